"""The room of gradients: a network opened, with its layers and derivatives, on TensorFlow or JAX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from odfault.card import Card
from odfault.errors import OdfaultError
from odfault.model import compile_network, load_layers

Windows = NDArray[np.float32]
Point = tuple[int, int, int]
"""Line, trace and sample."""


class Inside:
    """A network with its layers open: arrays in, arrays out.

    Windows have the shape (windows, lines, traces, samples), scaled; a network for sections has one line.
    Logits are calibrated: divided by the card's temperature.

    Attributes
    ----------
    card : Card
        What it is.
    """

    def __init__(self, card: Card, network: Any) -> None:
        self.card, self._network = card, network
        self._fast = compile_network(network)

    @property
    def kernels(self) -> Windows:
        """Filters of the first layer, (filters, lines, traces, samples)."""
        kernel = np.asarray(self._network.get_layer("convolve1").kernel, np.float32)
        turned = np.moveaxis(kernel[..., 0, :], -1, 0)
        return turned if turned.ndim == 4 else turned[:, None]

    @property
    def layers(self) -> dict[str, str]:
        """Layers worth a look, by what they are: ``first``, ``deep`` (the quarter's last), ``last``."""
        width = self.card.architecture.width
        active = [layer for layer in self._network.layers if layer.name.startswith("activation")]
        half = [layer.name for layer in active if layer.output.shape[-1] == width]
        deep = [layer.name for layer in active if layer.output.shape[-1] == 2 * width]
        return {"first": half[0], "deep": deep[-1], "last": half[-1]}

    def answer(self, windows: Windows) -> Windows:
        """Answer windows with probabilities of the same shape."""
        logits = np.asarray(self._fast(self._fold(windows)), np.float32) / self.card.temperature
        answers: Windows = expit(logits.astype(np.float64)).astype(np.float32)
        return answers.reshape(windows.shape)

    def activate(self, layer: str, windows: Windows) -> Windows:
        """Give what a layer makes of windows, (windows, lines, traces, samples, channels), not below 0."""
        found = np.asarray(self._part(layer)(self._fold(windows)), np.float32)
        return found if found.ndim == 5 else found[:, None]

    def derive(self, windows: Windows, point: Point) -> tuple[Windows, Windows]:
        """Give the logits (windows,) at a point of each window, and their derivatives by the samples."""
        logits, slopes = differentiate(
            lambda x: self._at(self._network(x), point, windows.shape), self._fold(windows)
        )
        return logits, slopes.reshape(windows.shape)

    def derive_layer(self, layer: str, windows: Windows, point: Point) -> tuple[Windows, Windows]:
        """Give what a layer makes of windows, and the derivatives by it of the logits at a point."""
        import keras

        head = self._part(layer)
        tail = keras.Model([self._network.input, head.output], self._network.output)
        seen = keras.ops.convert_to_tensor(self._fold(windows))
        active = np.asarray(head(seen), np.float32)
        _, slopes = differentiate(lambda x: self._at(tail([seen, x]), point, windows.shape), active)
        if active.ndim == 5:
            return active, slopes
        return active[:, None], slopes[:, None]

    def shuffled(self, seed: int) -> Inside:
        """Give the same network with the weights of each layer in a random order."""
        import keras

        chance = np.random.default_rng(seed)
        other = keras.models.clone_model(self._network)
        other.set_weights(
            [chance.permutation(w.ravel()).reshape(w.shape) for w in self._network.get_weights()]
        )
        return Inside(self.card, other)

    def _part(self, layer: str) -> Any:
        import keras

        return keras.Model(self._network.input, self._network.get_layer(layer).output)

    def _fold(self, windows: Windows) -> Windows:
        """Shape windows as the network's layers take them."""
        if self.card.architecture.dimensions == 3:
            return windows[..., None]
        return windows.reshape(-1, *windows.shape[2:], 1)

    def _at(self, logits: Any, point: Point, shape: tuple[int, ...]) -> Any:
        """Take the logits (windows,) at a point."""
        place = point if self.card.architecture.dimensions == 3 else point[1:]
        return logits[(slice(None), *place, 0)] / self.card.temperature


def open_network(model: str | Path) -> Inside:
    """Open a network, in float32.

    Raises
    ------
    OdfaultError
        If there is no such model, or its file is damaged, changed or not ours.
    """
    return Inside(*load_layers(model))


def differentiate(function: Callable[[Any], Any], at: NDArray[np.float32]) -> tuple[Windows, Windows]:
    """Give the values (n,) of a function made of Keras operations, and the derivatives of their sum.

    Parameters
    ----------
    function : callable
        Tensor to tensor (n,).
    at : ndarray
        Where.

    Raises
    ------
    OdfaultError
        On a back end that is neither TensorFlow nor JAX.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        x = tensorflow.convert_to_tensor(at)
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            values = function(x)
        return np.asarray(values, np.float32), np.asarray(tape.gradient(values, x), np.float32)
    if backend == "jax":
        import jax

        values, back = jax.vjp(function, jax.numpy.asarray(at))
        return np.asarray(values, np.float32), np.asarray(back(jax.numpy.ones_like(values))[0], np.float32)
    raise OdfaultError(f"gradients on the Keras back end {backend}", "set KERAS_BACKEND to tensorflow or jax")
