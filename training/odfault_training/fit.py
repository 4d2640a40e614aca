"""The training run itself: Keras fits; we choose what, and keep what it did."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from odfault_synthetic.store import read_cubes
from odfault_training.begin import begin_with, check_cubes, compile_network, memory_told, open_tensorboard
from odfault_training.force import in_force, read_force, write_force
from odfault_training.keep import Keep, go_on
from odfault_training.noisy import NoisyWindows
from odfault_training.ordinary import OrdinaryWindows
from odfault_training.pool import Fresh, FreshWindows, Pool
from odfault_training.recipe import TrainingRecipe
from odfault_training.speed import LiveTimes, Speed, time_cached
from odfault_training.watch import NumberWatch, Progress
from odfault_training.windows import Windows

EPOCH = 100
"""Steps between two looks at unseen data and two checkpoints."""
SETTLED = 100
"""Batches over which the statistics of batch normalisation are measured in the end."""


def train(
    recipe: TrainingRecipe,
    data: Sequence[Path] | Fresh,
    unseen: Path,
    folder: Path,
    *,
    precision: str,
    start: Path | None = None,
    tensorboard: bool = False,
) -> Any:
    """Train a network, going on from the last checkpoint in the folder if there is one.

    A run that was killed ends with the numbers of one that was not: batch n of epoch e is always the same,
    and the checkpoint holds all that a step changes.

    Parameters
    ----------
    recipe : TrainingRecipe
        What to train.
    data : sequence of Path, or Fresh
        Files of cubes from odfault-synth to learn from, or how to draw them meanwhile.
    unseen : Path
        Cubes from odfault-synth to judge by.
    folder : Path
        For the checkpoint, the log ``log.csv``, its picture ``curves.png`` and the recipe in force
        ``recipe.json``.
    precision : str
        Keras policy: ``mixed_bfloat16`` or ``float32``.
    start : Path, optional
        A ``.keras`` file, as ``begin.find_start`` gives it, to begin with in place of random weights.
    tensorboard : bool
        Whether to write for TensorBoard too, into ``tensorboard``.

    Returns
    -------
    keras.Model
        The trained network with batch normalisation, its weights the running mean of the last steps'.

    Raises
    ------
    OdfaultError
        If the data hold no fault or no window, the loss is no number any more, or the disk is full; the last
        checkpoint stays good.
    """
    extra = open_tensorboard(folder) if tensorboard else []
    keras.utils.set_random_seed(recipe.seed)
    keras.mixed_precision.set_dtype_policy(precision)
    folder.mkdir(parents=True, exist_ok=True)
    length = min(EPOCH, recipe.steps)
    epochs = recipe.steps // length
    judge = _kind(recipe)(
        *read_cubes(unseen), window=recipe.window, batch=recipe.batch, steps=24, seed=10_000
    )
    judge.moves = False
    check_cubes(judge, unseen)
    model = compile_network(recipe)
    done = go_on(model, folder) // length
    with _open_windows(recipe, data, length, done) as seen:
        check_cubes(seen, "the recipe's pool" if isinstance(data, Fresh) else ", ".join(map(str, data)))
        force = in_force(recipe, data, unseen, precision)
        if done:
            earlier = read_force(folder)
            force |= {key: earlier[key] for key in ("from", "speed") if key in earlier}
        elif start:
            force["from"] = begin_with(start, model, recipe, seen)
        write_force(folder, force)
        if done < epochs:
            _fit(model, seen, judge, recipe=recipe, epochs=range(done, epochs), folder=folder, extra=extra)
        else:
            model.optimizer.finalize_variable_values(model.trainable_weights)
        seen.epoch = epochs
        settle(model, seen)
    return model


def _fit(
    model: Any,
    seen: Windows,
    judge: Windows,
    *,
    recipe: TrainingRecipe,
    epochs: range,
    folder: Path,
    extra: list[Any],
) -> None:
    """Run the epochs."""
    with memory_told(recipe), contextlib.closing(Progress(epochs, len(seen))) as progress:
        live = LiveTimes(time_cached(model, seen[0]), progress.say, functools.partial(_note, folder))
        model.fit(
            seen,
            initial_epoch=epochs.start,
            epochs=epochs.stop,
            validation_data=judge,
            verbose=0,
            shuffle=False,
            callbacks=[NumberWatch(seen, recipe.rate), Keep(folder, epochs.start), progress, live, *extra],
        )


def _note(folder: Path, speed: Speed) -> None:
    write_force(folder, {**read_force(folder), "speed": speed})


@contextlib.contextmanager
def _open_windows(
    recipe: TrainingRecipe, data: Sequence[Path] | Fresh, length: int, epoch: int
) -> Iterator[Windows]:
    """Give the windows to learn from; who trains says which epoch it is."""
    words: Any = {"window": recipe.window, "batch": recipe.batch, "steps": length, "seed": recipe.seed}
    with contextlib.ExitStack() as stack:
        if isinstance(data, Fresh):
            pool = stack.enter_context(contextlib.closing(Pool(data, epoch * length)))
            seen: Windows = FreshWindows(pool, **words)
        else:
            files = [read_cubes(path) for path in data]
            seismic, labels = ([cube for file in files for cube in file[part]] for part in (0, 1))
            seen = _kind(recipe)(seismic, labels, **words)
        seen.epoch, seen.moves = epoch, False
        yield seen


def _kind(recipe: TrainingRecipe) -> type[Windows]:
    return {"faults": Windows, "noise": NoisyWindows, "familiarity": OrdinaryWindows}[recipe.answers]


def settle(model: Any, windows: Windows) -> None:
    """Measure the statistics of batch normalisation anew, for weights that are a mean of many steps'.

    Each becomes the plain mean over ``SETTLED`` batches, with nothing left of what it was.
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for number in range(SETTLED):
        for norm in norms:
            norm.momentum = number / (number + 1)
        model(windows[number][0], training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
