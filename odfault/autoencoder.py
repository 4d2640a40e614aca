"""The variational autoencoder that judges windows: its layers, and what it tells of a window in numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from odfault.card import SIDE, Architecture
from odfault.network import SubPixel

HIDDEN = 32
"""Between the numbers that tell of a window and how familiar it is."""
LEAST, MOST = -12.0, 6.0
"""Of the logarithm of a variance."""
FLOOR = 1e-2
"""Beside which nothing is small, where a logarithm is taken."""
BANDS = (0, 2, 4, 7, 11, 16, 24, 33)
"""Wave numbers, in turns a window, at which bands of a spectrum begin and end."""
AMPLITUDES, ERRORS = 7, 4
"""Numbers that ``find_amplitudes`` gives, and that tell how well a window is drawn."""
EQUAL = 1e-4
"""Scaled samples nearer than this to the one above are flat."""
FAR = 8.0
"""Spreads from the mean."""
WARM, SLOW = 200, 600
"""Steps at which the divergence begins to count, and over which it comes to count in full."""


@keras.saving.register_keras_serializable("odfault")
class Sample(layers.Layer):  # type: ignore[misc]
    """Mean and log variance (..., 2n) to a sample (..., n) of that normal distribution; the mean when used.

    In training the divergence from a standard normal distribution is added to the loss, per sample of the
    window, from little to in full, or else the first steps leave nothing in the code.

    Notes
    -----
    Kingma and Welling, 2014, Auto-encoding variational Bayes.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the generator of chance and the count of steps."""
        self.chance = keras.random.SeedGenerator(1)
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")
        super().build(input_shape)

    def call(self, told: Any, training: bool | None = None) -> Any:
        """Draw, or give the mean."""
        mean, log_variance = ops.split(told, 2, axis=-1)
        if not training:
            return mean
        log_variance = ops.clip(log_variance, LEAST, MOST)
        self.steps.assign(self.steps + 1)
        share = ops.clip((self.steps - WARM) / SLOW, 1e-3, 1.0)
        apart = ops.mean(find_divergence(mean, log_variance))
        self.add_loss(share * apart / SIDE**2)
        noise = keras.random.normal(ops.shape(mean), seed=self.chance, dtype=mean.dtype)
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Half as many channels."""
        return (*input_shape[:-1], input_shape[-1] // 2)


@keras.saving.register_keras_serializable("odfault")
class Numbers(layers.Layer):  # type: ignore[misc]
    """What tells of a window, as one row of numbers: its spectrum, its amplitudes, its code, what is left.

    The first input is the window (batch, 64, 64, 1), then come the code, mean and log variance, the window as
    the autoencoder draws it, and what it saw at each resolution.
    """

    def call(self, inputs: list[Any]) -> Any:
        """Put the numbers in a row."""
        window, told, drawn, *seen = (ops.cast(part, "float32") for part in inputs)
        mean, log_variance = ops.split(told, 2, axis=-1)
        left = (drawn - window)[..., 0]
        square = ops.mean(ops.square(left), axis=(1, 2))
        beside = ops.mean(left[:, 1:] * left[:, :-1], axis=(1, 2)) / (square + FLOOR)
        apart = find_divergence(mean, ops.clip(log_variance, LEAST, MOST))
        errors = [_log(ops.mean(ops.abs(left), axis=(1, 2))), _log(square), _log(apart), beside]
        code = [ops.mean(mean, axis=(1, 2)), ops.std(mean, axis=(1, 2))]
        looks = [_log(ops.abs(pool(part, axis=(1, 2)))) for part in seen for pool in (ops.mean, ops.std)]
        plain = window[..., 0]
        rows = [find_spectrum(plain), find_amplitudes(plain), ops.stack(errors, axis=1), *code, *looks]
        return ops.concatenate(rows, axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """So many numbers for each window."""
        _, told, _, *seen = input_shape
        many = (len(BANDS) - 1) ** 2 + AMPLITUDES + ERRORS + told[-1] + sum(2 * one[-1] for one in seen)
        return (input_shape[0][0], many)


@keras.saving.register_keras_serializable("odfault")
class Standard(layers.Layer):  # type: ignore[misc]
    """Numbers (batch, n) less their mean, in units of their spread, as they are in ordinary windows."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make room for both."""
        for name, start in (("mean", "zeros"), ("spread", "ones")):
            setattr(self, name, self.add_weight((input_shape[-1],), start, trainable=False, name=name))
        super().build(input_shape)

    def call(self, numbers: Any) -> Any:
        """Take the mean away and divide; what is beyond ``FAR`` is as far."""
        return ops.clip((numbers - self.mean) / self.spread, -FAR, FAR)


def find_spectrum(windows: Any) -> Any:
    """Logarithm of the power of windows (batch, 64, 64) in bands of wave number and of frequency."""
    real, imaginary, across, along = (ops.convert_to_tensor(table) for table in make_tables())
    down = [ops.matmul(windows, wave[:, : SIDE // 2 + 1]) for wave in (real, imaginary)]
    both = [[ops.einsum("ki,bkf->bif", wave, part) for part in down] for wave in (real, imaginary)]
    power = ops.square(both[0][0] - both[1][1]) + ops.square(both[0][1] + both[1][0])
    bands = ops.einsum("bif,ia,fc->bac", power, across, along)
    return _log(ops.reshape(bands, (-1, (len(BANDS) - 1) ** 2)))


def make_tables() -> tuple[NDArray[np.float32], ...]:
    """Make what a spectrum is taken with: tapered cosines and sines, and which band each wave number is in.

    Returns
    -------
    tuple of ndarray
        Twice (64 traces or samples, 64 turns a window), then (64, bands) and (33, bands) of 0 and 1.
    """
    turn = 2 * np.pi * np.outer(np.arange(SIDE), np.arange(SIDE)) / SIDE
    taper = np.hanning(SIDE)[:, None]
    real, imaginary = ((taper * wave(turn)).astype(np.float32) for wave in (np.cos, np.sin))
    number = np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))
    return real, imaginary, _bands(number), _bands(np.arange(SIDE // 2 + 1))


def find_amplitudes(windows: Any) -> Any:
    """Tell power, kurtosis, largest size, dead and flat share, likeness of neighbours of windows."""
    axes = (1, 2)
    size, power = ops.abs(windows), ops.mean(ops.square(windows), axis=axes)
    down, across = windows[:, :, 1:] - windows[:, :, :-1], windows[:, 1:] * windows[:, :-1]
    below = ops.mean(windows[:, :, 1:] * windows[:, :, :-1], axis=axes)
    numbers = [
        _log(power),
        ops.mean(windows**4, axis=axes) / (ops.square(power) + FLOOR),
        ops.max(size, axis=axes),
        ops.mean(ops.cast(size == 0, "float32"), axis=axes),
        ops.mean(ops.cast(ops.abs(down) < EQUAL, "float32"), axis=axes),
        ops.mean(across, axis=axes) / (power + FLOOR),
        below / (power + FLOOR),
    ]
    return ops.stack(numbers, axis=1)


def _bands(numbers: Any) -> Any:
    """Which of the bands each wave number lies in, (numbers, bands) of 0 and 1."""
    low, high = np.array(BANDS[:-1]), np.array(BANDS[1:])
    return ((numbers[:, None] >= low) & (numbers[:, None] < high)).astype(np.float32)


def _log(values: Any) -> Any:
    return ops.log(values + FLOOR)


def find_divergence(mean: Any, log_variance: Any) -> Any:
    """Divergence of normal distributions (windows, ..., n) from the standard one, in nats a window."""
    apart = ops.square(mean) + ops.exp(log_variance) - 1 - log_variance
    return 0.5 * ops.sum(apart, axis=tuple(range(1, len(mean.shape))))


def build_autoencoder(architecture: Architecture) -> Any:
    """Build the autoencoder: convolutions to an eighth of the resolution, a code there, and back.

    Returns
    -------
    keras.Model
        Windows (batch, 64, 64, 1) to what the autoencoder makes of them alike, float32.
    """
    window, *_, drawn = _lay(architecture)
    return keras.Model(window, drawn, name="autoencoder")


def build_meter(architecture: Architecture) -> Any:
    """Build what judges windows: the autoencoder, the numbers that tell of a window, and two dense layers.

    Returns
    -------
    keras.Model
        Windows (batch, 64, 64, 1) to how familiar they are (batch, 1), logits, float32.
    """
    window, seen, told, drawn = _lay(architecture)
    numbers = Numbers(dtype="float32", name="numbers")([window, told, drawn, *seen])
    numbers = Standard(dtype="float32", name="standard")(numbers)
    hidden = layers.Dense(HIDDEN, activation="silu", dtype="float32", name="hidden")(numbers)
    familiar = layers.Dense(1, dtype="float32", name="familiar")(hidden)
    return keras.Model(window, familiar, name="meter")


def _lay(architecture: Architecture) -> tuple[Any, list[Any], Any, Any]:
    """Lay the layers: the window, what is seen in it at each resolution, the code, and the window drawn."""
    width, depth = architecture.width, architecture.blocks
    window = keras.Input((SIDE, SIDE, 1), name="window")
    x, seen = window, []
    for number in range(depth):
        x = _convolve(x, width * 2**number, f"look{number}", kernel=5 if number == 0 else 3, strides=2)
        seen.append(x)
    told = layers.Conv2D(2 * architecture.latent, 1, dtype="float32", name="told")(x)
    x = _convolve(Sample(dtype="float32", name="sample")(told), width * 2 ** (depth - 1), f"draw{depth}")
    for number in reversed(range(depth - 1)):
        x = _convolve(layers.UpSampling2D(2)(x), width * 2**number, f"draw{number}")
    x = layers.Conv2D(4, 3, padding="same", dtype="float32", name="head")(x)
    return window, seen, told, SubPixel(dtype="float32", name="drawn")(x)


def _convolve(x: Any, channels: int, name: str, *, kernel: int = 3, strides: int = 1) -> Any:
    return layers.Conv2D(channels, kernel, strides=strides, padding="same", activation="silu", name=name)(x)
