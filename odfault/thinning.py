"""Ridge thinning: of a thick fault only the samples on its crest are left."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from odfault.errors import OdfaultError


@njit(cache=True, nogil=True)
def mirrored(index: int, size: int) -> int:
    """Fold an index that overhangs an axis by one back onto it, about the outermost sample."""
    if index < 0:
        return min(1, size - 1)
    if index >= size:
        return max(size - 2, 0)
    return index


@njit(cache=True, nogil=True)
def smoothed_at(probability: Any, trace: int, sample: int) -> float:
    """Return the 1-2-1 mean (both ways) about one sample; the section is mirrored at its edges."""
    traces, samples = probability.shape
    total = 0.0
    for i in range(-1, 2):
        row = mirrored(trace + i, traces)
        for j in range(-1, 2):
            column = mirrored(sample + j, samples)
            total += (2 - abs(i)) * (2 - abs(j)) * probability[row, column]
    return total / 16.0


@njit(cache=True, nogil=True)
def thin_section(probability: Any, thinned: Any) -> None:
    """Keep the crests of a section and clear the rest.

    probability : (traces, samples)     0 to 1
    thinned     : (traces, samples)     written: the probability on a crest, else 0

    The axis along which the smoothed probability curves down most is taken to be across the fault. On a
    crest the smoothed probability is higher than the neighbour before and not lower than the one after: of
    a flat top one sample is kept. An axis is not tried where it has no neighbour to both sides.
    """
    traces, samples = probability.shape
    for i in range(traces):
        for j in range(samples):
            thinned[i, j] = 0.0
            if not probability[i, j] > 0.0:
                continue
            here = smoothed_at(probability, i, j)
            sharpest = 0.0
            for di, dj in ((1, 0), (0, 1)):
                if not (di <= i < traces - di and dj <= j < samples - dj):
                    continue
                before = smoothed_at(probability, i - di, j - dj)
                after = smoothed_at(probability, i + di, j + dj)
                bend = before - 2.0 * here + after
                if bend < sharpest:
                    sharpest = bend
                    crest = here > before and here >= after
                    thinned[i, j] = probability[i, j] if crest else 0.0


@njit(cache=True, nogil=True)
def smooth(values: Any, smoothed: Any) -> None:
    """Take the 1-2-1 mean along the middle axis, mirrored at its ends.

    values, smoothed : (before, length, after)    the second is written
    """
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            above, below = mirrored(j - 1, values.shape[1]), mirrored(j + 1, values.shape[1])
            for k in range(values.shape[2]):
                beside = np.float64(values[i, above, k]) + np.float64(values[i, below, k])
                smoothed[i, j, k] = 0.5 * values[i, j, k] + 0.25 * beside


@njit(cache=True, nogil=True)
def thin_volume(probability: Any, smoothed: Any, thinned: Any) -> None:
    """Keep the crests of a volume and clear the rest, as `thin_section` does for a section.

    probability : (inlines, crosslines, samples)    0 to 1
    smoothed    : (inlines, crosslines, samples)    its 1-2-1 mean along the three axes
    thinned     : (inlines, crosslines, samples)    written: the probability on a crest, else 0
    """
    inlines, crosslines, samples = probability.shape
    for i in range(inlines):
        for j in range(crosslines):
            for k in range(samples):
                thinned[i, j, k] = 0.0
                if not probability[i, j, k] > 0.0:
                    continue
                here = smoothed[i, j, k]
                sharpest = 0.0
                for di, dj, dk in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
                    if not (di <= i < inlines - di and dj <= j < crosslines - dj and dk <= k < samples - dk):
                        continue
                    before = smoothed[i - di, j - dj, k - dk]
                    after = smoothed[i + di, j + dj, k + dk]
                    bend = before - 2.0 * here + after
                    if bend < sharpest:
                        sharpest = bend
                        crest = here > before and here >= after
                        thinned[i, j, k] = probability[i, j, k] if crest else 0.0


def thin(probability: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Thin a fault probability to its crests.

    Parameters
    ----------
    probability : array_like, (traces, samples) or (inlines, crosslines, samples)
        Fault probability, 0 to 1; a mask of 0 and 1 may be given too.

    Returns
    -------
    numpy.ndarray of float32, same shape
        The probability on the crests, 0 elsewhere. In a volume the crests are surfaces.

    Raises
    ------
    OdfaultError
        When the array has neither 2 nor 3 dimensions or holds a value that is not from 0 to 1.

    Notes
    -----
    Suppression of what is not a maximum across the ridge (Canny 1986), with the axis nearest to the normal
    in place of the normal: each crest is then the graph of a function of the other axes, one sample thick
    at any slope. Diagonals beside the axes would leave a 45-degree ridge twice as many samples. A ridge
    along the outermost trace or sample cannot be told from the flank of one outside, and is cleared.
    """
    array = np.ascontiguousarray(probability, dtype=np.float32)
    if array.ndim not in (2, 3):
        raise OdfaultError(
            f"an array of {array.ndim} dimensions cannot be thinned", "give a section or a volume"
        )
    if array.size and not (array.min() >= 0.0 and array.max() <= 1.0):
        raise OdfaultError("a probability is not from 0 to 1", "scale it and replace what is not a number")
    thinned = np.empty_like(array)
    if array.ndim == 2:
        thin_section(array, thinned)
    else:
        smoothed = array
        for axis in range(3):
            before, shape = smoothed, array.shape
            smoothed = np.empty_like(array)
            rows = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
            smooth(before.reshape(rows), smoothed.reshape(rows))
        thin_volume(array, smoothed, thinned)
    return thinned
