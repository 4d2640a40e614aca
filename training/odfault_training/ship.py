"""From a trained network to one that users get: folded, calibrated, measured, scored, with its card."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from odfault.card import Architecture
from odfault.model import load_network
from odfault_synthetic.store import read_cubes
from odfault_training import judge
from odfault_training.export import fold_network, write_model


def ship(model: Any, name: str, folder: Path, unseen: Path, *, seconds: float) -> None:
    """Fold, calibrate, measure and score a trained network; write it with its card into a folder.

    Parameters
    ----------
    model : keras.Model
        As ``fit.train`` returns it.
    name : str
        Of the network.
    folder : Path
        Where its ``recipe.json`` is, and ``NAME.keras`` and ``NAME.json`` go.
    unseen : Path
        Cubes that it did not learn from.
    seconds : float
        That the training took.
    """
    force = json.loads((folder / "recipe.json").read_text())
    shape = {key: force["training"][key] for key in ("dimensions", "width", "blocks", "dilations")}
    architecture = Architecture(**{**shape, "dilations": tuple(shape["dilations"])})
    weights = folder / f"{name}.keras"
    plain = fold_network(model, architecture)
    card = write_model(plain, architecture, weights, halo=32)
    network = load_network(weights)
    heat = judge.fit_temperature(network, card, unseen, cubes=12)
    card = write_model(plain, architecture, weights, halo=32, temperature=heat)
    network = load_network(weights)
    seen_not = read_cubes(unseen)[0]
    cubes = [cube.astype(np.float32) for cube in seen_not[:12]]
    reach = judge.measure_reach(network, card, cubes, change=0.01)
    table = judge.score_table(network, card, unseen)
    scores = {
        "data": f"{len(seen_not)} unseen cubes of {force['training']['synthetic']}, by section, within 2",
        "table": {row: dataclasses.asdict(values) for row, values in table.items()},
        "false_alarms_unfaulted": judge.false_alarms(network, card, unseen),
        "reach_for_change_0.01": reach,
    }
    recipe = {**force, "seconds": round(seconds)}
    halo = -(-reach // 4) * 4
    write_model(plain, architecture, weights, halo=halo, temperature=heat, recipe=recipe, scores=scores)
    print(judge.table_text(table))
    print(
        f"{weights}  halo {halo}, temperature {heat:.2f}, false alarms {scores['false_alarms_unfaulted']:.4f}"
    )
