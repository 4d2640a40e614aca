"""From a trained network to shipped weights: batch normalisation folded away, a card beside them."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from odfault.card import Architecture, Card, hash_file, write_card
from odfault.export.beside import note_graph
from odfault.network import build_network


def fold_network(trained: Any, architecture: Architecture) -> Any:
    """Build the network without batch normalisation that answers as the trained one does."""
    return fold_into(build_network(architecture, normalise=False), trained)


def fold_into(plain: Any, trained: Any) -> Any:
    """Fold batch normalisation into the convolutions of a network that has none, and give it.

    Its weights are rounded to bfloat16, so that they are the same numbers in either precision, and only
    what passes between the layers differs.
    """
    for layer in plain.layers:
        if layer.name == "head":
            layer.set_weights([to_bfloat16(w) for w in trained.get_layer("head").get_weights()])
        elif layer.name.startswith("convolve"):
            kernel = trained.get_layer(layer.name).get_weights()[0]
            norm = trained.get_layer(layer.name.replace("convolve", "normalise"))
            gamma, beta, mean, variance = norm.get_weights()
            factor = gamma / np.sqrt(variance + norm.epsilon)
            layer.set_weights([to_bfloat16(kernel * factor), to_bfloat16(beta - mean * factor)])
    return plain


def average_networks(plain: Any, start: Any, learned: float) -> Any:
    """Move a network's weights back to where it began: the share ``learned`` of the way is left.

    Both are as ``fold_network`` gives them; ``plain`` is changed, and given. Its weights are rounded again.
    """
    pairs = zip(start.get_weights(), plain.get_weights(), strict=True)
    plain.set_weights([to_bfloat16((1 - learned) * old + learned * new) for old, new in pairs])
    return plain


def unfold_network(plain: Any, architecture: Architecture, windows: Sequence[NDArray[np.float32]]) -> Any:
    """Build the network with batch normalisation that answers as the folded one does, to train it on."""
    return unfold_into(build_network(architecture, normalise=True), plain, windows)


def unfold_into(trained: Any, plain: Any, windows: Sequence[NDArray[np.float32]]) -> Any:
    """Give a network with batch normalisation the weights of the folded one, and give it.

    Each normalisation gets the mean and the variance that its convolution has on the windows, and undoes
    them. So it answers alike when it is used, for any input, and nearly alike when it is trained, where
    batches are like the windows.

    Parameters
    ----------
    trained : keras.Model
        With batch normalisation, to be given weights.
    plain : keras.Model
        Without, as ``fold_into`` gives it.
    windows : sequence of ndarray
        Batches (batch, ..., channels) of what it will be trained on, float32.
    """
    names = [layer.name for layer in plain.layers if layer.name.startswith("convolve")]
    seen = keras.Model(plain.inputs[0], [plain.get_layer(name).output for name in names])
    sums = [np.zeros((2, plain.get_layer(name).filters)) for name in names]
    for batch in windows:
        for total, answer in zip(sums, seen(batch, training=False), strict=True):
            values = np.asarray(keras.ops.cast(answer, "float32"), np.float64)
            values = values.reshape(-1, values.shape[-1])
            total += np.stack([values.mean(0), (values**2).mean(0)]) / len(windows)
    for name, (mean, square) in zip(names, sums, strict=True):
        kernel, bias = plain.get_layer(name).get_weights()
        variance = np.maximum(square - mean**2, 0)
        norm = trained.get_layer(name.replace("convolve", "normalise"))
        trained.get_layer(name).set_weights([kernel])
        norm.set_weights([np.sqrt(variance + norm.epsilon), mean, mean - bias, variance])
    trained.get_layer("head").set_weights(plain.get_layer("head").get_weights())
    return trained


def to_bfloat16(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to the nearest numbers that bfloat16 holds, ties to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    even = (bits >> 16) & 1
    return ((bits + 0x7FFF + even) & np.uint32(0xFFFF0000)).view(np.float32)


def write_model(
    plain: Any,
    architecture: Architecture,
    weights: Path,
    *,
    halo: int,
    temperature: float = 1.0,
    **words: Any,
) -> Card:
    """Write a network's weights and its card.

    Parameters
    ----------
    plain : keras.Model
        From ``fold_network``.
    architecture : Architecture
        Which network.
    weights : Path
        ``NAME.keras``; the card goes beside it as ``NAME.json``.
    halo : int
        Samples at each side that are read and not answered.
    temperature : float
        Logits are divided by it.
    **words
        ``recipe``, ``scores``, ``scale``, ``average``, ``spread``, ``answers`` and ``trusted`` of the card.
    """
    plain.save(weights)
    card = Card(
        name=weights.stem,
        architecture=architecture,
        halo=halo,
        temperature=temperature,
        sha256=hash_file(weights),
        **{"recipe": {}, "scores": {}, **words},
    )
    write_card(card, weights)
    return card


def export_graph(weights: Path) -> None:
    """Write the graph of shipped weights beside them, for faster engines and other programs.

    Raises
    ------
    OdfaultError
        If its answers are not those of the weights.
    """
    if importlib.util.find_spec("onnx") is None:
        print(f'no graph beside {weights}: pip install "odfault[export]", then odfault export {weights}')
        return
    note_graph(weights)
