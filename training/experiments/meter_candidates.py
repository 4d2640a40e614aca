"""Which number of an autoencoder tells strange tiles from ordinary ones, and foretells errors.

    python training/experiments/meter_candidates.py [--seed 71]

Takes the autoencoder inside the shipped `familiar2d` and, on altered tiles of a seed that neither its
training nor its score has seen, compares what it can be asked for: errors of the drawing, divergence,
negative evidence bound, that against the size of the compressed tile, distances (Mahalanobis) of its code
and of what its layers see, what it learned to say in the end; and beside them, without any network, the
distance of a plain spectrum. Prints AUROC of all and of each kind, and the rank correlation with the
errors of fault2d.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from odfault.autoencoder import (
    LEAST,
    MOST,
    build_meter,
    find_amplitudes,
    find_divergence,
    find_spectrum,
)
from odfault.card import SIDE, find_weights, read_card
from odfault.engine import open_meter
from odfault_training.meter import draw_tiles
from odfault_training.telling import Judged, tell
from odfault_training.tiles import ORDINARY, Windows

METER, REFERENCE, SECTIONS = "familiar2d", 1000, (72, 16)
"""The judge; the seed of the ordinary tiles that distances are taken from; sections, and those altered."""
Table = NDArray[np.float64]


def distance_from(rows: Table) -> Callable[[Table], Table]:
    """Give what measures the Mahalanobis distance from rows of numbers, a square mean."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    values, axes = np.linalg.eigh(np.cov(((rows - mean) / spread).T))
    turn = axes / np.sqrt(np.maximum(values, 0) + 1e-2)
    return lambda others: np.asarray(((((others - mean) / spread) @ turn) ** 2).mean(axis=1))


def ask(parts: Any, windows: Windows) -> dict[str, Table]:
    """Ask an autoencoder all that it can be asked of windows, a row each."""
    found: dict[str, list[Any]] = {}
    for first in range(0, len(windows), 256):
        batch = windows[first : first + 256]
        told, drawn, *seen = (ops.convert_to_numpy(part) for part in parts(batch[..., None], training=False))
        mean, log_variance = np.split(told, 2, axis=-1)
        left = drawn[..., 0] - batch
        square = (left**2).mean(axis=(1, 2))
        apart = np.asarray(find_divergence(mean, np.clip(log_variance, LEAST, MOST)))
        bound = apart / SIDE**2 + 0.5 * np.log(square)
        coded = np.clip(np.rint(batch * 16), -127, 127).astype(np.int8)
        bits = np.array([8 * len(zlib.compress(tile.tobytes(), 6)) for tile in coded]) / SIDE**2
        pooled = [part.mean(axis=(1, 2)) for part in seen] + [part.std(axis=(1, 2)) for part in seen]
        plain = [np.asarray(find(ops.convert_to_tensor(batch))) for find in (find_spectrum, find_amplitudes)]
        row = {
            "mean absolute error": np.abs(left).mean(axis=(1, 2)),
            "mean squared error": square,
            "squared error against power": square / ((batch**2).mean(axis=(1, 2)) + 1e-3),
            "divergence": apart,
            "evidence bound, negative": bound,
            "the same less complexity": bound / np.log(2) - bits,
            "code": np.concatenate([mean.mean(axis=(1, 2)), mean.std(axis=(1, 2))], axis=1),
            "layers": np.concatenate(pooled, axis=1),
            "spectrum": np.concatenate(plain, axis=1),
        }
        for name, values in row.items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(values).astype(float) for name, values in found.items()}


def main() -> None:
    """Compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=71)
    options = parser.parse_args()
    weights = find_weights(METER)
    meter = build_meter(read_card(weights).architecture)
    meter.load_weights(weights)
    names = ["told", "drawn", *(layer.name for layer in meter.layers if layer.name.startswith("look"))]
    parts = keras.Model(meter.input, [meter.get_layer(name).output for name in names])
    ordinary = next(draw_tiles("everything", REFERENCE, 160, 0)).windows
    reference = ask(parts, ordinary)
    far = {name: distance_from(reference[name]) for name in ("code", "layers", "spectrum")}
    middle = np.median(reference["evidence bound, negative"])
    end = open_meter(METER, engine="tensorflow")
    judged: dict[str, list[Judged]] = {}
    for tiles in draw_tiles("everything", options.seed, *SECTIONS):
        role = "strange" if tiles.is_strange else "familiar" if tiles.is_familiar else "graded"
        scores = {
            name: far[name](rows) if name in far else rows for name, rows in ask(parts, tiles.windows).items()
        }
        scores["evidence bound, off the middle"] = np.abs(scores["evidence bound, negative"] - middle)
        scores["familiar2d"] = -end(tiles.windows).astype(float)
        for name, values in scores.items():
            judged.setdefault(name, []).append(
                Judged(tiles.kind, role, -values, tiles.errors, tiles.labelled, tiles.origins)
            )
    print(f"{'':32s}{'all':>7s}{'rank':>7s}  " + " ".join(kind for kind in _kinds(judged)))
    for name, ones in judged.items():
        told = tell(ones)
        areas = " ".join(f"{told.kinds[kind][1]:.2f}" for kind in _kinds(judged))
        print(f"{name:32s}{told.auroc:7.3f}{told.rank:7.3f}  {areas}", flush=True)


def _kinds(judged: dict[str, list[Judged]]) -> list[str]:
    return [one.kind for one in next(iter(judged.values())) if one.kind != ORDINARY]


if __name__ == "__main__":
    main()
