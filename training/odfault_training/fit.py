"""The training run itself: Keras fits, saves, resumes; we choose what."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from odfault.errors import OdfaultError
from odfault.network import build_network
from odfault_training.loss import make_loss
from odfault_training.recipe import TrainingRecipe
from odfault_training.windows import Windows

EPOCH = 100
"""Steps between two looks at unseen data and two checkpoints."""


def train(recipe: TrainingRecipe, data: Path, unseen: Path, folder: Path, *, precision: str) -> Any:
    """Train a network, going on from the last checkpoint in the folder if there is one.

    Parameters
    ----------
    recipe : TrainingRecipe
        What to train.
    data, unseen : Path
        Cubes from odfault-synth, to learn from and to judge by.
    folder : Path
        For checkpoints, the log ``log.csv`` and the recipe in force.
    precision : str
        Keras policy: ``mixed_bfloat16`` or ``float32``.

    Returns
    -------
    keras.Model
        The trained network, its weights the running mean of the last steps'.
    """
    from odfault_synthetic.store import read_cubes

    keras.utils.set_random_seed(recipe.seed)
    keras.mixed_precision.set_global_policy(precision)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps(_in_force(recipe, data, precision), indent=1))
    size = {"window": recipe.window, "batch": recipe.batch}
    seen = Windows(*read_cubes(data), steps=EPOCH, seed=recipe.seed, **size)
    judge = Windows(*read_cubes(unseen), steps=12, seed=10_000, **size)
    model = build_network(recipe.architecture, normalise=True)
    model.compile(_optimizer(recipe), make_loss(recipe.smoothing), weighted_metrics=[])
    model.fit(
        seen,
        epochs=max(1, recipe.steps // EPOCH),
        validation_data=judge,
        verbose=2 if not os.isatty(1) else 1,
        shuffle=False,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
            keras.callbacks.CSVLogger(str(folder / "log.csv"), append=True),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.SwapEMAWeights(),
        ],
    )
    if not all(np.isfinite(weight).all() for weight in model.get_weights()):
        raise OdfaultError("the loss became NaN", f"lower the rate; the last good weights are in {folder}")
    return model


def _optimizer(recipe: TrainingRecipe) -> Any:
    warm = max(1, recipe.steps // 40)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 50, recipe.steps - warm, alpha=0.01, warmup_target=recipe.rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(rate, weight_decay=recipe.decay, clipnorm=1.0, use_ema=True, ema_momentum=0.995)


def _in_force(recipe: TrainingRecipe, data: Path, precision: str) -> dict[str, Any]:
    from odfault import __version__
    from odfault_synthetic.store import read_recipe_of

    return {
        "training": dataclasses.asdict(recipe),
        "synthetic": dataclasses.asdict(read_recipe_of(data)),
        "precision": precision,
        "versions": {
            "odfault": __version__,
            "keras": keras.version(),
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
    }
