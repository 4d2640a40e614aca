"""The fault network as Keras layers; with ``model`` the only room that imports Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from odfault.card import Architecture

AROUND, QUIET = (15, 31), 0.25
"""Traces and samples over which noise is judged; its mean size, against the data, of which half is taken."""


@keras.saving.register_keras_serializable("odfault")
class SubPixel(layers.Layer):  # type: ignore[misc]
    """Channels to space: (batch, n, m, 4) to (batch, 2n, 2m, 1), and alike in three dimensions.

    Notes
    -----
    Shi et al., 2016, Real-time single image super-resolution with a sub-pixel network.
    """

    def call(self, x: Any) -> Any:
        """Interleave the channels."""
        axes = len(x.shape) - 2
        batch, *space = ops.shape(x)[:-1]
        x = ops.reshape(x, (batch, *space, *(2,) * axes))
        order = [0]
        for axis in range(axes):
            order += [1 + axis, 1 + axes + axis]
        x = ops.transpose(x, order)
        return ops.reshape(x, (batch, *(2 * n if n is not None else -1 for n in space), 1))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Twice the size of every axis, one channel."""
        batch, *space = input_shape[:-1]
        return (batch, *(2 * n if n is not None else None for n in space), 1)


def build_network(architecture: Architecture, *, normalise: bool = False) -> Any:
    """Build a fault network; a window's axes must be multiples of 4.

    A strided stem takes the window to half resolution; residual blocks (He et al., 2016) work there
    and, with twice the width, at a quarter; a sub-pixel head answers at full resolution, so that
    nothing wide ever runs there.

    Parameters
    ----------
    architecture : Architecture
        Which network.
    normalise : bool
        With batch normalisation to train it, or without (it is folded into the convolutions) to use it.

    Returns
    -------
    keras.Model
        Windows (batch, [inlines,] traces, samples, 1) to logits of the same shape, float32.
    """
    lay = Layout(architecture.dimensions, normalise)
    width = architecture.width
    window = keras.Input((None,) * architecture.dimensions + (1,), name="window")
    x = lay.convolve(window, width, kernel=4, strides=2)
    for _ in range(architecture.blocks):
        x = lay.residual(x, width)
    half = x
    x = lay.convolve(x, 2 * width, kernel=2, strides=2)
    for dilation in architecture.dilations:
        x = lay.residual(x, 2 * width, dilation)
    x = lay.double(lay.convolve(x, width, kernel=1, active=False))
    x = layers.Activation("relu")(layers.Add()([x, half]))
    for _ in range(architecture.blocks):
        x = lay.residual(x, width)
    x = lay.convolution(2**architecture.dimensions, 3, padding="same", name="head")(x)
    logits = SubPixel(dtype="float32", name="logits")(x)
    return keras.Model(window, logits, name=f"fault{architecture.dimensions}d")


def leave_quiet(noise: Any) -> Any:
    """Leave the quiet part of an answer (lines, traces, samples, 1) in the seismic: it is mostly faults.

    Notes
    -----
    As Wiener's filter: r^2 / (r^2 + QUIET^2) is taken of noise whose mean size around is r.
    """
    around = ops.average_pool(ops.abs(noise), AROUND, 1, "same")
    power = ops.square(around)
    return noise * power / (power + QUIET**2)


class Layout:
    """Lays convolutions of two or three dimensions, numbered, so that weights find their place."""

    def __init__(self, dimensions: int, normalise: bool) -> None:
        self.convolution = layers.Conv2D if dimensions == 2 else layers.Conv3D
        self.larger = layers.UpSampling2D if dimensions == 2 else layers.UpSampling3D
        self.normalise = normalise
        self.count = 0

    def convolve(
        self, x: Any, channels: int, *, kernel: int, strides: int = 1, dilation: int = 1, active: bool = True
    ) -> Any:
        """Convolve, normalise when asked, and cut at zero when active."""
        self.count += 1
        steps = {"strides": strides, "dilation_rate": dilation, "padding": "same"}
        name = f"convolve{self.count}"
        x = self.convolution(channels, kernel, use_bias=not self.normalise, name=name, **steps)(x)
        if self.normalise:
            x = layers.BatchNormalization(momentum=0.98, name=f"normalise{self.count}")(x)
        return layers.Activation("relu")(x) if active else x

    def double(self, x: Any) -> Any:
        """Repeat each value along each axis."""
        return self.larger(2)(x)

    def residual(self, x: Any, channels: int, dilation: int = 1) -> Any:
        """Add two convolutions to what came in."""
        y = self.convolve(x, channels, kernel=3, dilation=dilation)
        y = self.convolve(y, channels, kernel=3, dilation=dilation, active=False)
        return layers.Activation("relu")(layers.Add()([x, y]))
