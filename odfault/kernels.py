"""The Numba room: scale traces, gather windows, place answers; plain arrays in and out."""

from __future__ import annotations

import importlib
import sys

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from odfault.card import LIMIT
from odfault.undefined import LARGEST


def spare_blas() -> None:
    """Let Numba do without BLAS in this process; to look for it in SciPy costs it a fifth of a second.

    None of our kernels multiplies matrices.
    """
    unwanted = "scipy.linalg" not in sys.modules
    if unwanted:
        sys.modules["scipy.linalg"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("numba.np.arraymath")  # which looks for it once
    finally:
        if unwanted:
            del sys.modules["scipy.linalg"]


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def live_size(trace: NDArray[np.float32], k: int) -> float:
    """Size of a sample, 0 where it is dead or beyond the trace."""
    if k < 0 or k >= trace.shape[0]:
        return 0.0
    size = abs(np.float64(trace[k]))
    return size if size < LARGEST else 0.0


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def scale(traces: NDArray[np.float32], half_window: int, scaled: NDArray[np.float32]) -> int:
    """Divide every sample by the mean size of the live samples around it in its trace.

    Returns the number of samples with no live one around them, those that ``find_dead`` marks.

    traces : (traces, samples)   any unit; NaN, Inf and undefined samples count as dead
    scaled : (traces, samples)   written; within +-4, 0 where dead; may be ``traces`` itself

    Zeros are dead: they neither answer nor count, so that a trace cut off or padded with zeros
    keeps its numbers. Window sums are a suffix and a prefix of blocks as long as the window (van
    Herk, 1992), never a difference, so that a spike leaves no trace beyond its window. The loop is
    parallel: each turn writes its own trace and adds to the sum.
    """
    n = traces.shape[1]
    length = 2 * half_window + 1
    silent = 0
    for t in prange(traces.shape[0]):
        trace = traces[t].copy()  # since ``scaled`` may be ``traces``
        sums, counts = np.empty(length), np.empty(length)
        for first in range(0, n, length):
            total, count = 0.0, 0.0
            for k in range(length - 1, -1, -1):
                size = live_size(trace, first + k - half_window)
                total += size
                count += size > 0.0
                sums[k], counts[k] = total, count
            total, count = 0.0, 0.0
            for k in range(min(length, n - first)):
                value = trace[first + k]
                if live_size(trace, first + k) > 0.0:
                    level = value * (counts[k] + count) / (sums[k] + total)
                    scaled[t, first + k] = min(LIMIT, max(-LIMIT, level))
                else:
                    scaled[t, first + k] = 0.0
                silent += counts[k] + count == 0.0
                size = live_size(trace, first + k + length - half_window)
                total += size
                count += size > 0.0
    return silent


@njit(cache=True, nogil=True, parallel=True)
def find_dead(scaled: NDArray[np.float32], half_window: int, dead: NDArray[np.bool_]) -> None:
    """Mark samples without a live one within half a window in their trace.

    scaled : (traces, samples)   0 where dead
    dead   : (traces, samples)   written

    What lies further away does not count, so that a trace cut into pieces has the same dead samples.
    The loop is parallel: each turn writes its own trace.
    """
    n = scaled.shape[1]
    for t in prange(scaled.shape[0]):
        last = -half_window - 1
        for k in range(n):
            if scaled[t, k] != 0.0:
                last = k
            dead[t, k] = k - last > half_window
        last = n + half_window
        for k in range(n - 1, -1, -1):
            if scaled[t, k] != 0.0:
                last = k
            dead[t, k] &= last - k > half_window


@njit(cache=True, nogil=True, inline="always")
def mirror(position: int, length: int) -> int:
    """Reflect a position into 0 ... length - 1 without repeating the end sample."""
    if length == 1:
        return 0
    period = 2 * (length - 1)
    position = abs(position) % period
    return position if position < length else period - position


@njit(cache=True, nogil=True, parallel=True)
def gather(volume: NDArray[np.float32], starts: NDArray[np.int64], windows: NDArray[np.float32]) -> None:
    """Copy windows of a volume, mirrored where they overhang it.

    volume  : (inlines, crosslines, samples)
    starts  : (windows, 3)                     first inline, crossline, sample; may be negative
    windows : (windows, inlines, crosslines, samples)   written, in the order of ``starts``

    The loop is parallel: each turn writes its own plane of its own window.
    """
    _, n_inlines, n_crosslines, n_samples = windows.shape
    for plane in prange(windows.shape[0] * n_inlines):
        w, i = plane // n_inlines, plane % n_inlines
        x = mirror(starts[w, 0] + i, volume.shape[0])
        for j in range(n_crosslines):
            y = mirror(starts[w, 1] + j, volume.shape[1])
            first = starts[w, 2]
            if first >= 0 and first + n_samples <= volume.shape[2]:
                windows[w, i, j] = volume[x, y, first : first + n_samples]
            else:
                for k in range(n_samples):
                    windows[w, i, j, k] = volume[x, y, mirror(first + k, volume.shape[2])]


@njit(cache=True, nogil=True, parallel=True)
def place(
    answers: NDArray[np.float32],
    keeps: NDArray[np.int64],
    writes: NDArray[np.int64],
    volume: NDArray[np.float32],
) -> None:
    """Write the kept part of each window's answer where it belongs.

    answers : (windows, inlines, crosslines, samples)
    keeps   : (windows, 3)      first kept position of each axis within the window
    writes  : (windows, 3, 2)   first and past-the-last position of each axis in the volume
    volume  : (inlines, crosslines, samples)   written; windows must not write the same sample

    The loop is parallel: the tiles are disjoint, and a turn writes one plane of one.
    """
    most = answers.shape[1]
    for plane in prange(answers.shape[0] * most):
        w, i = plane // most, plane % most
        if i >= writes[w, 0, 1] - writes[w, 0, 0]:
            continue
        y, z = writes[w, 1], writes[w, 2]
        b, c = keeps[w, 1], keeps[w, 2]
        for j in range(y[1] - y[0]):
            for k in range(z[1] - z[0]):
                volume[writes[w, 0, 0] + i, y[0] + j, z[0] + k] = answers[w, keeps[w, 0] + i, b + j, c + k]


@njit(cache=True, nogil=True, parallel=True)
def count_odd(block: NDArray[np.float32]) -> int:
    """Count samples of a block (inlines, crosslines, samples) that are NaN, Inf or undefined.

    The loop is parallel: a sum over inlines.
    """
    odd = 0
    for i in prange(block.shape[0]):
        for j in range(block.shape[1]):
            for k in range(block.shape[2]):
                if not abs(block[i, j, k]) < LARGEST:
                    odd += 1
    return odd
