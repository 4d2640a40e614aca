"""Windows to a finer or coarser grid, and probabilities back from there; samples are cells."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Windows = NDArray[np.float32]
LOBES = 4
"""Of the sinc to each side."""


def resample(windows: Windows, axis: int, length: int, *, linear: bool = False) -> Windows:
    """Resample an axis to more or fewer samples, by a sinc that keeps what both can hold, or linearly.

    Parameters
    ----------
    windows : ndarray
        Mirrored about its faces.
    axis, length : int
        Which axis, and the samples that it gets.
    linear : bool
        Between the two nearest samples, without ringing; not for a shorter axis.

    Notes
    -----
    A Lanczos kernel (Duchon, 1979). The axis is cut into blocks whose weights are the same small matrix.
    """
    n = windows.shape[axis]
    if n == length:
        return windows
    parts = math.gcd(n, length) // math.gcd(n, length, 16)
    reach, weights = _weights(n // parts, length // parts, linear)
    lines = np.moveaxis(windows, axis, -1)
    padded = np.pad(lines, [(0, 0)] * (lines.ndim - 1) + [(reach, reach)], "symmetric")
    blocks = sliding_window_view(padded, len(weights), -1)[..., :: n // parts, :]
    resampled = blocks.reshape(-1, len(weights)) @ weights
    return np.ascontiguousarray(np.moveaxis(resampled.reshape(*lines.shape[:-1], length), -1, axis))


def reach_of(factor: float) -> int:
    """Tell how many samples to each side ``resample`` looks at."""
    return math.ceil(LOBES / min(1.0, factor))


@functools.cache
def _weights(block: int, size: int, linear: bool) -> tuple[int, Windows]:
    """Weights of a block and its rim in each of the samples that it is resampled to, and the rim."""
    stretch = min(1.0, size / block)
    reach = 1 if linear else reach_of(size / block)
    places = (np.arange(size) + 0.5) * block / size - 0.5
    distance = (places - np.arange(-reach, block + reach)[:, None]) * stretch
    if linear:
        weights = np.maximum(0, 1 - np.abs(distance))
    else:
        weights = np.sinc(distance) * np.sinc(distance / LOBES) * (np.abs(distance) < LOBES)
    return reach, (weights / weights.sum(axis=0)).astype(np.float32)


def take_back(answers: Windows, axis: int, length: int) -> Windows:
    """Take probabilities back to the window's own grid.

    From a finer one, a cell gets the highest of those that it holds a part of: a fault passes there when it
    passes any of them, and a thin one keeps its height, which between two cells would be halved. From a
    coarser one they are interpolated linearly, so that a fault keeps one crest.
    """
    n = answers.shape[axis]
    if n <= length:
        return resample(answers, axis, length, linear=True)
    cells = np.arange(length + 1) * n
    first, last = cells[:-1] // length, -(-cells[1:] // length) - 1
    highest = np.take(answers, first, axis)
    for step in range(1, int((last - first).max()) + 1):
        np.maximum(highest, np.take(answers, np.minimum(first + step, last), axis), out=highest)
    return np.asarray(highest)
