"""What a run begins with: a network and its optimizer, perhaps a model's weights, data that can teach."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from odfault.autoencoder import build_autoencoder
from odfault.card import find_weights, read_card
from odfault.errors import OdfaultError
from odfault.network import build_network
from odfault_synthetic.labels import FAULT
from odfault_training.export import unfold_network
from odfault_training.loss import make_loss
from odfault_training.noisy import make_noise_loss
from odfault_training.ordinary import make_drawing_loss
from odfault_training.recipe import TrainingRecipe
from odfault_training.watch import F1
from odfault_training.windows import Windows

MEASURED = 4
"""Batches by whose statistics folded weights get their batch normalisation back."""


def compile_network(recipe: TrainingRecipe) -> Any:
    """Build the network with its loss, its score and its optimizer; nothing is left to be built later."""
    warm = max(1, recipe.steps // 40)
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.rate / 50, recipe.steps - warm, alpha=0.01, warmup_target=recipe.rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=recipe.decay, clipnorm=1.0, use_ema=True, ema_momentum=0.995
    )
    if recipe.answers == "familiarity":
        model = build_autoencoder(recipe.architecture)
        model.compile(optimizer, make_drawing_loss(), metrics=["mae", "mse"])
    elif recipe.answers == "noise":
        model = build_network(recipe.architecture, normalise=True)
        model.compile(optimizer, make_noise_loss())
    else:
        model = build_network(recipe.architecture, normalise=True)
        model.compile(optimizer, make_loss(recipe.smoothing), metrics=[F1()])
    optimizer.build(model.trainable_variables)
    return model


def find_start(start: str | Path, recipe: TrainingRecipe) -> Path:
    """Find the weights that a run is to begin with.

    Raises
    ------
    OdfaultError
        If there is no such model, it is damaged, or it is another network than the recipe's.
    """
    weights = find_weights(start)
    if (theirs := read_card(weights).architecture) != recipe.architecture:
        words = f"width = {theirs.width}, blocks = {theirs.blocks}, dilations = {list(theirs.dilations)}"
        problem = f"{start} is another network than the recipe's"
        raise OdfaultError(problem, f"give a recipe with dimensions = {theirs.dimensions}, {words}")
    return weights


def begin_with(weights: Path, model: Any, recipe: TrainingRecipe, windows: Windows) -> dict[str, str]:
    """Put a shipped or an own model's weights into the network; return its name and their hash."""
    card = read_card(weights)
    plain = build_network(recipe.architecture)
    plain.load_weights(weights)
    batches = [windows[number][0] for number in range(min(MEASURED, len(windows)))]
    model.set_weights(unfold_network(plain, recipe.architecture, batches).get_weights())
    return {"model": card.name, "sha256": card.sha256}


def check_cubes(windows: Windows, origin: object) -> None:
    """Refuse cubes that are smaller than a window, or hold no fault.

    Raises
    ------
    OdfaultError
        If no network could learn from them, or be judged by them.
    """
    labels = windows.cubes_of(0)[1]
    if not any((cube == FAULT).any() for cube in labels):
        raise OdfaultError(f"{origin} holds no cube with a fault", "take data with faults")
    *across, along = windows.window
    wide = max(across)
    for shape in sorted({cube.shape for cube in labels}):
        least = (1 if len(across) == 1 and shape[0] == 1 else wide, wide, along)
        if all(size >= need for size, need in zip(shape, least, strict=True)):
            continue
        words = f"{origin} holds cubes of {shape}, in which a window of {windows.window} finds no room"
        raise OdfaultError(words, "draw larger ones, or give the recipe a smaller window")


@contextlib.contextmanager
def memory_told(recipe: TrainingRecipe) -> Iterator[None]:
    """Tell in one line that a step finds no memory, however the back end calls that.

    Raises
    ------
    OdfaultError
        In place of the back end's own error.
    """
    try:
        yield
    except Exception as error:
        if "RESOURCE_EXHAUSTED" in str(error) or type(error).__name__ == "ResourceExhaustedError":
            words = f"give the recipe a smaller batch than {recipe.batch}, or a smaller window"
            raise OdfaultError("a step of training finds no memory", words) from error
        raise


def open_tensorboard(folder: Path) -> list[Any]:
    """Give what writes for TensorBoard, into a folder of the run's.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    if not all(importlib.util.find_spec(name) for name in ("tensorboard", "tensorflow")):
        raise OdfaultError("TensorBoard is not installed", 'pip install "odfault[tensorboard]"')
    return [keras.callbacks.TensorBoard(str(folder / "tensorboard"), write_graph=False)]
