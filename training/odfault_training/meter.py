"""From a trained autoencoder to a judge of surveys: taught by altered tiles, scored, with its card."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from odfault.autoencoder import build_meter
from odfault.card import SIDE, Architecture
from odfault.engine import open_meter
from odfault.model import load_network
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import Recipe, read_recipe
from odfault_training.export import export_graph, to_bfloat16, write_model
from odfault_training.strange import Section, Words
from odfault_training.telling import as_scores, as_table, score_meter
from odfault_training.tiles import ORDINARY, Tiles, Windows, cut_tiles

TEACHER = "fault2d"
"""The network whose errors are foretold."""
TAUGHT, SCORED = (120, 40), (120, 40)
"""Sections to teach and to score by: as they are, and in each kind of alteration."""
ERRORS = 1.0
"""How much the error foretold counts beside how strange a tile is, both in units of their spread."""
EPOCHS, BATCH, RATE, DECAY = 15, 128, 2e-3, 1e-2
DROPPED, NOISE = 0.2, 0.1
CALM = 0.95
"""Share of the ordinary tiles that are taught by which are to be called familiar."""
Row = NDArray[np.float32]


def ship_meter(
    model: Any, architecture: Architecture, weights: Path, unseen: Path, force: dict[str, Any]
) -> None:
    """Teach a trained autoencoder what is strange, score it, and write it with its card.

    unseen : Path   not used: tiles for teaching and for scoring are drawn by seeds of their own
    """
    told = force["training"]
    taught = list(draw_tiles(told["synthetic"], int(told["seed"]) + 2, *TAUGHT))
    meter = _with_eyes_of(model, architecture)
    teach(meter, taught)
    words: dict[str, Any] = {"recipe": force, "halo": 0, "answers": "familiarity"}
    write_model(meter, architecture, weights, **words)
    scores = score_meter(
        open_meter(weights, engine="tensorflow"), scored_tiles(told["synthetic"], int(told["seed"]))
    )
    write_model(meter, architecture, weights, scores=as_scores(scores), **words)
    export_graph(weights)
    print(as_table(scores))
    print(weights)


def scored_tiles(synthetic: str, seed: int) -> Iterator[Tiles]:
    """Draw the tiles by which a judge is scored: of the seed after the one that it was trained with."""
    return draw_tiles(synthetic, seed + 1, *SCORED)


def draw_tiles(synthetic: str, seed: int, many: int, each: int) -> Iterator[Tiles]:
    """Draw sections by a recipe and a seed, and cut their tiles, as they are and altered."""
    recipe = dataclasses.replace(read_recipe(synthetic), seed=seed, shape=(1, 4 * SIDE, 4 * SIDE))
    return cut_tiles(_draw(recipe, many), load_network(TEACHER), each=each, seed=seed)


def _draw(recipe: Recipe, many: int) -> Iterator[tuple[Section, Words]]:
    for number in range(many):
        cube = draw_cube(recipe, number)
        yield cube.seismic[0].astype(np.float32), cube.labels[0]


def _with_eyes_of(model: Any, architecture: Architecture) -> Any:
    """Build a judge that sees and draws as an autoencoder does, its weights rounded to bfloat16."""
    meter = build_meter(architecture)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            meter.get_layer(layer.name).set_weights([to_bfloat16(part) for part in layer.get_weights()])
    return meter


def teach(meter: Any, tiles: Sequence[Tiles]) -> None:
    """Teach a judge to tell strange tiles from familiar ones, and to foretell the fault network's errors.

    Two answers are learned from the same hidden layer, a logit of strangeness and one of the error; what the
    judge says is their sum, so that one dense layer holds it.

    Parameters
    ----------
    meter : keras.Model
        From ``build_meter``; the statistics of its numbers and its two dense layers are set.
    tiles : sequence of Tiles
        Of all kinds.
    """
    look = keras.Model(meter.input, meter.get_layer("numbers").output)
    numbers = [_in_batches(look, one.windows) for one in tiles]
    familiar = np.concatenate([row for row, one in zip(numbers, tiles, strict=True) if one.is_familiar])
    standard = meter.get_layer("standard")
    standard.set_weights([familiar.mean(axis=0), familiar.std(axis=0) + 1e-3])
    rows = np.asarray(standard(np.concatenate(numbers)))
    head = _fit(rows, _targets(tiles), units=meter.get_layer("hidden").units)
    meter.get_layer("hidden").set_weights(head.get_layer("hidden").get_weights())
    answers = np.asarray(head(rows, training=False))
    ordinary = np.concatenate([np.full(len(one.windows), one.kind == ORDINARY) for one in tiles])
    share = np.array([1.0, ERRORS]) / answers.std(axis=0)
    strange = answers @ share
    limit = np.quantile(strange[ordinary], CALM)
    size = strange[ordinary].std()
    kernel, bias = head.get_layer("answers").get_weights()
    meter.get_layer("familiar").set_weights(
        [-(kernel @ share)[:, None] / size, np.atleast_1d((limit - bias @ share) / size)]
    )


def _targets(tiles: Sequence[Tiles]) -> Row:
    """For each tile: is it strange, how much that counts, the error, and whether it was measured."""
    parts = []
    for one in tiles:
        measured = np.isfinite(one.errors)
        strange = np.full(len(measured), one.is_strange)
        judged = np.full(len(measured), one.is_strange or one.is_familiar)
        parts.append(np.stack([strange, judged, np.nan_to_num(one.errors), measured], axis=1))
    targets = np.concatenate(parts).astype(np.float32)
    many = targets[:, 0].sum()
    targets[targets[:, 0] > 0, 1] *= (targets[:, 1].sum() - many) / max(many, 1)
    return targets


def _fit(rows: Row, targets: Row, *, units: int) -> Any:
    """Fit the hidden layer and both answers."""
    keras.utils.set_random_seed(1)
    told = keras.Input((rows.shape[1],))
    x = keras.layers.Dropout(DROPPED)(keras.layers.GaussianNoise(NOISE)(told))
    x = keras.layers.Dense(units, activation="silu", dtype="float32", name="hidden")(x)
    head = keras.Model(told, keras.layers.Dense(2, dtype="float32", name="answers")(x))

    def loss(target: Any, answer: Any) -> Any:
        strange, counts, error, measured = (target[:, n] for n in range(4))
        entropy = ops.softplus(answer[:, 0]) - strange * answer[:, 0]
        wrong = ops.square(error - ops.sigmoid(answer[:, 1]))
        return ops.mean(counts * entropy) + 3 * ops.mean(measured * wrong)

    head.compile(keras.optimizers.AdamW(RATE, weight_decay=DECAY), loss)
    head.fit(rows, targets, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return head


def _in_batches(look: Callable[[Any], Any], windows: Windows) -> Row:
    parts = [np.asarray(look(windows[n : n + 256, ..., None])) for n in range(0, len(windows), 256)]
    return np.concatenate(parts)
