"""The kernels in NumPy, to the same bits: slower than in Numba, but at hand without loading it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.card import LIMIT
from odfault.undefined import LARGEST

Samples = NDArray[np.float32]
AT_ONCE = 256
"""Traces that are scaled at a time, as many as a processor holds near by."""


def scale(traces: Samples, half_window: int, scaled: Samples) -> int:
    """Scale traces as ``kernels.scale`` does, by the same sums in the same order."""
    step = AT_ONCE
    return sum(
        _scale(traces[n : n + step], half_window, scaled[n : n + step]) for n in range(0, len(traces), step)
    )


def _scale(traces: Samples, half_window: int, scaled: Samples) -> int:
    many, n = traces.shape
    length = 2 * half_window + 1
    blocks = -(-n // length)
    sizes = np.zeros((many, blocks + 1, length))
    row = sizes.reshape(many, -1)[:, half_window : half_window + n]
    np.abs(traces, out=row)
    row[~(row < LARGEST)] = 0
    live = row > 0
    total = _slide(sizes)[:, :n]
    alike = 1 if live.all() else many  # traces without a dead sample have the same counts
    count = _slide((sizes[:alike] > 0).astype(np.float64))[:, :n]
    with np.errstate(all="ignore"):
        level = traces * count / total
    np.clip(level, -LIMIT, LIMIT, out=level)
    scaled[:] = np.where(live, level, 0)
    return int((count == 0).sum())


def _slide(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up windows as long as a block, each by the end of one block and the beginning of the next."""
    ends = values[:, :-1, ::-1].cumsum(axis=2)[:, :, ::-1]
    ends[:, :, 1:] += values[:, 1:, :-1].cumsum(axis=2)
    return ends.reshape(len(values), -1)


def find_dead(scaled: Samples, half_window: int, dead: NDArray[np.bool_]) -> None:
    """Mark samples as ``kernels.find_dead`` does."""
    if scaled.all():
        dead[:] = False
        return
    n = scaled.shape[1]
    live = np.zeros((len(scaled), n + 1), np.int32)
    np.cumsum(scaled != 0, axis=1, out=live[:, 1:])
    at = np.arange(n)
    high, low = np.minimum(at + half_window + 1, n), np.maximum(at - half_window, 0)
    np.equal(live[:, high], live[:, low], out=dead)


def gather(volume: NDArray[np.float32], starts: NDArray[np.int64], windows: NDArray[np.float32]) -> None:
    """Copy windows as ``kernels.gather`` does."""
    for start, window in zip(starts, windows, strict=True):
        places = [
            _mirror(np.arange(s, s + n), m) for s, n, m in zip(start, window.shape, volume.shape, strict=True)
        ]
        window[:] = volume[np.ix_(*places)]


def _mirror(positions: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Reflect positions as ``kernels.mirror`` does."""
    period = max(1, 2 * (length - 1))
    positions = np.abs(positions) % period
    return np.where(positions < length, positions, period - positions)


def place(answers: Samples, keeps: NDArray[np.int64], writes: NDArray[np.int64], volume: Samples) -> None:
    """Write answers as ``kernels.place`` does."""
    for answer, keep, write in zip(answers, keeps, writes, strict=True):
        part = tuple(slice(k, k + b - a) for k, (a, b) in zip(keep, write, strict=True))
        volume[tuple(slice(a, b) for a, b in write)] = answer[part]


def count_odd(block: Samples) -> int:
    """Count samples as ``kernels.count_odd`` does."""
    return int(block.size - np.count_nonzero(np.abs(block) < LARGEST))


def thin(probability: Samples) -> Samples:
    """Thin a section or a volume of probabilities as ``thinning.thin`` does."""
    values = probability.astype(np.float64)
    if probability.ndim == 2:
        crests: Samples = _leave_crests(probability[None], _smooth_section(values)[None])[0]
        return crests
    smoothed = probability
    for axis in range(3):
        values = smoothed.astype(np.float64)
        beside = _move(values, -1, axis) + _move(values, 1, axis)
        smoothed = (0.5 * values + 0.25 * beside).astype(np.float32)
    return _leave_crests(probability, smoothed.astype(np.float64))


def _smooth_section(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take the 1-2-1 mean both ways of a section (traces, samples), mirrored at its edges."""
    total = np.zeros_like(values)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            total += (2 - abs(i)) * (2 - abs(j)) * _move(_move(values, i, 0), j, 1)
    return total / 16


def _move(values: NDArray[np.float64], step: int, axis: int) -> NDArray[np.float64]:
    """Give the neighbours along an axis, mirrored at its ends."""
    length = values.shape[axis]
    return values.take(_mirror(np.arange(length) + step, length), axis)


def _leave_crests(volume: Samples, smoothed: NDArray[np.float64]) -> Samples:
    """Leave what is higher than both neighbours along the axis on which the smoothed bends down most."""
    sharpest, thinned = np.zeros(volume.shape), np.zeros_like(volume)
    for axis, length in enumerate(volume.shape):
        if length < 3:
            continue
        before, inner, after = ((slice(None),) * axis + (slice(n, length - 2 + n),) for n in range(3))
        here, one, other = smoothed[inner], smoothed[before], smoothed[after]
        bend = one - 2.0 * here + other
        sharper = bend < sharpest[inner]
        crest = (here > one) & (here >= other)
        sharpest[inner] = np.where(sharper, bend, sharpest[inner])
        thinned[inner] = np.where(sharper, np.where(crest, volume[inner], 0), thinned[inner])
    thinned[~(volume > 0)] = 0
    return thinned
