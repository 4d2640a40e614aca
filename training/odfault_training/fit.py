"""The training run itself: Keras fits, saves, resumes; we choose what."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from odfault import __version__
from odfault.errors import OdfaultError
from odfault.network import build_network
from odfault_synthetic.store import read_cubes, read_recipe_of
from odfault_training.loss import make_loss
from odfault_training.pool import Fresh, FreshWindows, Pool
from odfault_training.recipe import TrainingRecipe
from odfault_training.windows import Windows

EPOCH = 100
"""Steps between two looks at unseen data and two checkpoints."""


def train(recipe: TrainingRecipe, data: Path | Fresh, unseen: Path, folder: Path, *, precision: str) -> Any:
    """Train a network, going on from the last checkpoint in the folder if there is one.

    Parameters
    ----------
    recipe : TrainingRecipe
        What to train.
    data : Path or Fresh
        Cubes from odfault-synth to learn from, or how to draw them meanwhile.
    unseen : Path
        Cubes from odfault-synth to judge by.
    folder : Path
        For checkpoints, the log ``log.csv`` and the recipe in force ``recipe.json``.
    precision : str
        Keras policy: ``mixed_bfloat16`` or ``float32``.

    Returns
    -------
    keras.Model
        The trained network with batch normalisation, its weights the running mean of the last steps'.

    Raises
    ------
    OdfaultError
        If the loss is no number any more; the last good weights stay in the folder.
    """
    keras.utils.set_random_seed(recipe.seed)
    keras.mixed_precision.set_dtype_policy(precision)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(in_force(recipe, data, precision), indent=1))
    judge = Windows(*read_cubes(unseen), window=recipe.window, batch=recipe.batch, steps=24, seed=10_000)
    judge.moves = False
    with _open_windows(recipe, data, _epochs_done(folder)) as seen:
        model = build_network(recipe.architecture, normalise=True)
        model.compile(_optimizer(recipe), make_loss(recipe.smoothing))
        model.fit(
            seen,
            epochs=max(1, recipe.steps // EPOCH),
            validation_data=judge,
            verbose=1 if sys.stdout.isatty() else 2,
            shuffle=False,
            callbacks=[
                keras.callbacks.TerminateOnNaN(),
                keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
                keras.callbacks.CSVLogger(str(folder / "log.csv"), append=seen.epoch > 0),
            ],
        )
        if not all(np.isfinite(weight).all() for weight in model.get_weights()):
            raise OdfaultError(
                "the loss is no number any more", f"lower the rate; good weights are in {folder}/backup"
            )
        settle(model, seen)
    return model


@contextlib.contextmanager
def _open_windows(recipe: TrainingRecipe, data: Path | Fresh, epoch: int) -> Iterator[Windows]:
    """Give the windows to learn from, from an epoch on."""
    words: Any = {"window": recipe.window, "batch": recipe.batch, "steps": EPOCH, "seed": recipe.seed}
    if isinstance(data, Fresh):
        with contextlib.closing(Pool(data, epoch * EPOCH)) as pool:
            seen: Windows = FreshWindows(pool, **words)
            seen.epoch = epoch
            yield seen
        return
    seen = Windows(*read_cubes(data), **words)
    seen.epoch = epoch
    yield seen


def settle(model: Any, windows: Windows, batches: int = 100) -> None:
    """Measure the statistics of batch normalisation anew, for weights that are a mean of many steps'."""
    for number in range(batches):
        model(windows[number][0], training=True)


def _epochs_done(folder: Path) -> int:
    try:
        return int(json.loads((folder / "backup" / "training_metadata.json").read_text())["epoch"])
    except (OSError, ValueError, KeyError):
        return 0


def _optimizer(recipe: TrainingRecipe) -> Any:
    warm = max(1, recipe.steps // 40)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 50, recipe.steps - warm, alpha=0.01, warmup_target=recipe.rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(
        rate, weight_decay=recipe.decay, clipnorm=1.0, use_ema=True, ema_momentum=0.995
    )


def in_force(recipe: TrainingRecipe, data: Path | Fresh, precision: str) -> dict[str, Any]:
    """All that made a network: both recipes, the precision, the versions."""
    return {
        "training": dataclasses.asdict(recipe),
        "synthetic": dataclasses.asdict(data.recipe if isinstance(data, Fresh) else read_recipe_of(data)),
        **({"pool": {"size": data.size, "every": data.every}} if isinstance(data, Fresh) else {}),
        "precision": precision,
        "versions": {
            "odfault": __version__,
            "keras": keras.version(),
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
    }
