"""A tuned network on the disk: weights, their card with both recipes, and the log."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import keras
import numpy as np

from odfault import __version__
from odfault.card import Card
from odfault.network import build_network
from odfault_training.export import export_graph, write_model
from odfault_training.trial import see
from odfault_training.tune import Tuned

COLUMNS = ("step", "loss", "ods", "f1_at_half", "synthetics", "seconds")


def write_tuned(folder: Path, base: Card, tuned: Tuned, force: dict[str, Any]) -> Path:
    """Write ``NAME-tuned.keras``, its card and ``log.csv`` into a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    base : Card
        Of the network that was tuned, whose halo and temperature stay.
    tuned : Tuned
        From ``tune.tune``.
    force : dict
        What made it, for the card: files, settings, and ``held``, the line that chose the step.

    Returns
    -------
    Path
        Of the weights.
    """
    network = build_network(base.architecture)
    network.set_weights(tuned.weights)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{base.name}-tuned.keras"
    made = {
        "base": base.name,
        "sha256": base.sha256,
        **force,
        "step": tuned.step,
        "level": tuned.level.by,
        "versions": _versions(),
    }
    through = see(base, tuned.views)
    words: dict[str, Any] = {
        "halo": base.halo,
        "temperature": base.temperature,
        "scale": through.scale,
        "average": through.average,
        "spread": through.spread,
        "trusted": base.trusted,
        "recipe": {**base.recipe, "tuned": made},
        "scores": {
            "data": f"within 3 samples, {force['held']} (ods, f1) and synthetic sections (known)",
            "before": dataclasses.asdict(tuned.before),
            "after": dataclasses.asdict(tuned.after),
            "scales": {
                "data": "within 3 samples, each labelled line with scales chosen by the others",
                "before": dataclasses.asdict(tuned.sharper.before),
                "after": dataclasses.asdict(tuned.sharper.after),
            },
            "level": {
                "data": "F1 within 3 samples of each labelled line at one half, as the others put it",
                "before": tuned.level.before,
                "after": tuned.level.after,
            },
        },
    }
    write_model(network, base.architecture, path, **words)
    export_graph(path)
    with (folder / "log.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for look in tuned.looks:
            rows.writerow((look.step, look.loss, *dataclasses.astuple(look.marks), look.seconds))
    return path


def _versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {"odfault": __version__, "keras": keras.version(), "backend": backend, "numpy": np.__version__}
