"""From a trained network to one that users get: folded, calibrated, measured, scored, with its card."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.agreement import agree
from odfault.card import Architecture, Card
from odfault.demo import EXAMPLE
from odfault.inference import Network
from odfault.model import load_network
from odfault.network import build_network
from odfault.range import measure
from odfault.segy.survey import SegySurvey
from odfault_synthetic.labels import FAULT, UNRESOLVED
from odfault_synthetic.store import read_cubes
from odfault_training import judge
from odfault_training.alterations import add_noise
from odfault_training.cleaning import as_scores, score_cleaning
from odfault_training.cleaning import as_table as as_cleaning_table
from odfault_training.export import average_networks, export_graph, fold_network, write_model
from odfault_training.figures import card_scores, find_figures, known
from odfault_training.meter import ship_meter
from odfault_training.reading import read_evidence
from odfault_training.scoring import score
from odfault_training.table import as_table

CLEANED = 6
"""Unseen cubes on which a network that takes noise away is scored; three attributes are slow."""


def ship(
    model: Any, name: str, folder: Path, unseen: Path, *, seconds: float, start: Path | None = None
) -> None:
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
    start : Path, optional
        The weights that it began with, towards which the recipe's ``learned`` may move it.
    """
    force = json.loads((folder / "recipe.json").read_text())
    build = ("dimensions", "width", "blocks", "dilations", "latent")
    shape = {key: force["training"][key] for key in build if key in force["training"]}
    architecture = Architecture(**{**shape, "dilations": tuple(shape["dilations"])})
    weights = folder / f"{name}.keras"
    if architecture.latent:
        ship_meter(model, architecture, weights, unseen, {**force, "seconds": round(seconds)})
        return
    plain = fold_network(model, architecture)
    if start and force["training"].get("learned", 1) < 1:
        begun = build_network(architecture)
        begun.load_weights(start)
        plain = average_networks(plain, begun, force["training"]["learned"])
    if force["training"].get("answers") == "noise":
        _ship_cleaner(plain, architecture, weights, unseen, {**force, "seconds": round(seconds)})
        return
    average = force["training"].get("average", "none")
    card = write_model(plain, architecture, weights, halo=32, average=average)
    network = load_network(weights)
    heat = judge.fit_temperature(network, card, unseen, cubes=12)
    card = write_model(plain, architecture, weights, halo=32, temperature=heat, average=average)
    network = load_network(weights)
    seen_not = read_cubes(unseen)[0]
    cubes = [cube.astype(np.float32) for cube in seen_not[:12]]
    reach = judge.measure_reach(network, card, cubes, change=0.01)
    scores, table = score_unseen(network, card, unseen, force["training"]["synthetic"])
    words = {
        "recipe": {**force, "seconds": round(seconds)},
        "scores": {**scores, "reach_for_change_0.01": reach},
        "trusted": find_trusted(seen_not),
        "average": average,
    }
    halo = -(-reach // 4) * 4
    write_model(plain, architecture, weights, halo=halo, temperature=heat, **words)
    export_graph(weights)
    print(table)
    print(f"{weights}  halo {halo}, temperature {heat:.2f}")


def _ship_cleaner(
    plain: Any, architecture: Architecture, weights: Path, unseen: Path, force: dict[str, Any]
) -> None:
    """Measure and score a network that takes noise away; write it with its card."""
    card = write_model(plain, architecture, weights, halo=32, answers="noise")
    network = load_network(weights, answers="noise")
    cubes = [cube[:4].astype(np.float32) for cube in read_cubes(unseen)[0][:12]]
    reach = judge.measure_reach(network, card, [add_noise(cube, 2.0) for cube in cubes], change=0.05)
    rows = score_cleaning(network, read_evidence(str(unseen), cubes=CLEANED), step=32)
    scores = {
        "data": f"{CLEANED} unseen cubes of {force['training']['synthetic']} and white noise; before, after",
        "table": as_scores(rows),
        "reach_for_change_0.05": reach,
    }
    halo = -(-reach // 4) * 4
    write_model(plain, architecture, weights, halo=halo, recipe=force, scores=scores, answers="noise")
    export_graph(weights)
    print(as_cleaning_table(rows))
    print(f"{weights}  halo {halo}")


def score_unseen(network: Network, card: Card, unseen: Path, synthetic: str) -> tuple[dict[str, Any], str]:
    """Score a network on unseen cubes and on the demo's survey: what its card tells, and a table of it.

    unseen, synthetic : the cubes, and the name of the recipe that drew them
    """
    tallied = score(network, card, read_evidence(str(unseen)))
    figures = {row: find_figures(counted) for row, counted in tallied.rows.items()}
    scores = {
        "data": f"{len(tallied.sections)} unseen cubes of {synthetic}, by section, within 2",
        "table": {row: card_scores(values) for row, values in figures.items()},
        "false_alarms_unfaulted": known(figures[card.name].false_alarms),
        "demo": score_demo(network, card),
    }
    return scores, as_table(tallied, figures)


def score_demo(network: Network, card: Card) -> dict[str, float]:
    """Score a network on the survey that comes with odfault, so that who has its weights can check them."""
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey, np.load(EXAMPLE / "demo_truth.npz") as file:
        seismic = survey.read(slice(0, survey.shape[0]), slice(0, survey.shape[1]))
        labels = file["labels"]
    answer = judge.answer_volume(network, card, seismic)
    score = agree(answer, labels == FAULT, labels == UNRESOLVED)
    words = {
        "precision_at_half": score.precision,
        "recall_at_half": score.recall,
        "mean": float(answer.mean()),
    }
    return {name: round(value, 4) for name, value in words.items()}


def find_trusted(cubes: NDArray[np.float16]) -> dict[str, Any]:
    """Measure the ranges that a network has learned from, as on surveys; none of cubes too small for it.

    cubes : (cubes, inlines, crosslines, samples)
    """
    whole = (slice(0, cubes.shape[1]), slice(0, cubes.shape[2]), slice(0, cubes.shape[3]))
    seen = [measure(functools.partial(_cut, cube), whole) for cube in cubes]
    rows = np.array([dataclasses.astuple(found) for found in seen if found is not None])
    if not len(rows):
        return {}
    low, high = rows.min(axis=0).round(3), rows.max(axis=0).round(3)
    return {
        "peak": (float(low[0]), float(high[0])),
        "signal_to_noise_db": (float(low[1]), float(high[1])),
        "steepest_dip": float(high[2]),
    }


def _cut(cube: NDArray[np.float16], x: slice, y: slice, z: slice) -> NDArray[np.float32]:
    return cube[x, y, z].astype(np.float32)
