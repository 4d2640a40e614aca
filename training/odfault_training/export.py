"""From a trained network to shipped weights: batch normalisation folded away, a card beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import Architecture, Card, hash_file, write_card
from odfault.network import build_network


def fold_network(trained: Any, architecture: Architecture) -> Any:
    """Build the network without batch normalisation that answers as the trained one does.

    Its weights are rounded to bfloat16, so that they are the same numbers in either precision, and only
    what passes between the layers differs.
    """
    plain = build_network(architecture, normalise=False)
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
        ``recipe`` and ``scores`` of the card.
    """
    plain.save(weights)
    card = Card(
        name=weights.stem,
        architecture=architecture,
        halo=halo,
        temperature=temperature,
        sha256=hash_file(weights),
        recipe=words.get("recipe", {}),
        scores=words.get("scores", {}),
    )
    write_card(card, weights)
    return card
