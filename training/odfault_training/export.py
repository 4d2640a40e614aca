"""From a trained network to shipped weights: batch normalisation folded away, a card beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.network import build_network
from odfault.card import Architecture


def fold_network(trained: Any, architecture: Architecture) -> Any:
    """Build the network without batch normalisation that answers as the trained one does."""
    plain = build_network(architecture, normalise=False)
    for layer in plain.layers:
        if layer.name == "head":
            layer.set_weights(trained.get_layer("head").get_weights())
        elif layer.name.startswith("convolve"):
            kernel = trained.get_layer(layer.name).get_weights()[0]
            norm = trained.get_layer(layer.name.replace("convolve", "normalise"))
            gamma, beta, mean, variance = norm.get_weights()
            factor = gamma / np.sqrt(variance + norm.epsilon)
            layer.set_weights([kernel * factor, beta - mean * factor])
    return plain
