"""What of a survey is data: no mutes, dead traces, bursts or padding; and boxes cut out of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, distance_transform_edt

from odfault.undefined import LARGEST
from odfault_synthetic.estimators import Piece

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
Curve = NDArray[np.float64]
STILL, SILENT = 32, 12
"""Samples of one value in a row that are no data; zeros are none from ``SILENT`` on."""
LOUD, FAINT = 30.0, 1e-3
"""Times the median mean amplitude beyond which a trace is a burst, or dead."""
NARROW = 16
"""Traces in a row without which a box says nothing."""


def live_samples(values: Volume) -> Mask:
    """Tell data from NaN, infinity, 1e30, zeros of a mute, padding of one value, and dead traces.

    values : (inlines, crosslines, samples); so is what returns
    """
    good = np.zeros(values.shape, bool)
    for line, live in zip(values, good, strict=True):  # by line, so that a large box needs little memory
        known = np.abs(line) < LARGEST
        clean = np.where(known, line, np.float32(0))
        length, border = _runs(clean)
        still = (length >= STILL) | ((clean == 0) & ((length >= SILENT) | (border & (length > 1))))
        live[:] = known & ~still
        live[live.sum(axis=1) < min(STILL, line.shape[1] // 2)] = False
    return good


def _runs(values: Volume) -> tuple[NDArray[np.int32], Mask]:
    """For each sample, how many equal ones stand in a row with it, and whether they reach an end."""
    size = values.shape[-1]
    place = np.arange(size, dtype=np.int32)
    step = np.ones(values.shape, bool)
    step[..., 1:] = values[..., 1:] != values[..., :-1]
    start = np.maximum.accumulate(np.where(step, place, 0), axis=-1)
    last = np.roll(step, -1, axis=-1)
    end = np.minimum.accumulate(np.where(last, place, size)[..., ::-1], axis=-1)[..., ::-1]
    return (end - start + 1).astype(np.int32), (start == 0) | (end == size - 1)


def find_traces(volumes: Sequence[Volume]) -> tuple[list[Mask], list[Curve]]:
    """Find the live samples of boxes, without traces much louder or fainter than the others, and offsets.

    Returns
    -------
    masks : list of (inlines, crosslines, samples)
        Whether a sample is data.
    offsets : list of (inlines, crosslines)
        What to take from each trace. Where the traces agree on it within a tenth of their amplitude it is one
        number, so that clipped or whole-numbered values stay so, and 0 if it is as small as that;
        else it is each trace's mean.
    """
    masks = [live_samples(volume) for volume in volumes]
    about = [_mean_and_spread(volume, mask) for volume, mask in zip(volumes, masks, strict=True)]
    if not any(mask.any() for mask in masks):
        return masks, [pair[0] for pair in about]
    alive = np.concatenate([mask.any(axis=2).ravel() for mask in masks])
    mean, spread = (np.concatenate([pair[n].ravel() for pair in about])[alive] for n in range(2))
    usual = float(np.median(spread))
    for mask, (_, loud) in zip(masks, about, strict=True):
        mask[(loud > LOUD * usual) | (loud < FAINT * usual)] = False
    offset = float(np.median(mean))
    if float(np.median(np.abs(mean - offset))) > 0.1 * usual:
        return masks, [pair[0] for pair in about]
    offset = offset if abs(offset) > 0.1 * usual else 0.0
    return masks, [np.full_like(pair[0], offset) for pair in about]


def _mean_and_spread(volume: Volume, mask: Mask) -> tuple[Curve, Curve]:
    """Mean of the live samples of each trace, and their mean absolute distance from it."""
    mean, spread = np.zeros(mask.shape[:2]), np.zeros(mask.shape[:2])
    for n, (line, live) in enumerate(zip(volume, mask, strict=True)):
        count = np.maximum(live.sum(axis=1), 1)
        mean[n] = np.where(live, line, 0).sum(axis=1, dtype=np.float64) / count
        spread[n] = np.where(live, np.abs(line - mean[n][:, None]), 0).sum(axis=1) / count
    return mean, spread


def live_depth(masks: Sequence[Mask]) -> tuple[int, int]:
    """Depth of the first sample that three live traces in four know, and behind the last that they do."""
    if not any(mask.any() for mask in masks):
        return 0, 0
    known = np.concatenate([mask[mask.any(axis=2)] for mask in masks])
    first, last = known.argmax(axis=1), known.shape[1] - known[:, ::-1].argmax(axis=1)
    return int(np.quantile(first, 0.75)), int(np.quantile(last, 0.25))


def cut_live(volume: Volume, mask: Mask, offset: Curve, live: tuple[int, int]) -> list[Piece]:
    """Cut a box to the rectangles of traces that are alive at nine in ten of the live depths, or more.

    Gaps up to four traces wide are mended with copies of the nearest trace.
    """
    span = slice(*live)
    good = mask[:, :, span].mean(axis=2) >= 0.9
    closed = binary_closing(np.pad(good, 4), np.ones((5, 5), bool))[4:-4, 4:-4]
    pieces = []
    for rows, columns in rectangles(closed):
        alive = good[rows, columns]
        if alive.mean() < 0.6:
            continue
        part = volume[rows, columns, span] - offset[rows, columns, None].astype(np.float32)
        part = np.where(mask[rows, columns, span], part, np.float32(0))
        if not alive.all():
            near = distance_transform_edt(~alive, return_distances=False, return_indices=True)
            part = part[near[0], near[1]]
        whole: Volume = np.ascontiguousarray(part, np.float32)
        pieces.append(Piece(whole, live[0]))
    return pieces


def rectangles(good: Mask, most: int = 4) -> list[tuple[slice, slice]]:
    """Find rectangles of a map that are wholly true, the largest first, each in what the others left."""
    left, found = good.copy(), list[tuple[slice, slice]]()
    while len(found) < most:
        rows, columns = (slice(0, n) for n in good.shape) if left.all() else _largest(left)
        if max(rows.stop - rows.start, columns.stop - columns.start) < NARROW:
            break
        found.append((rows, columns))
        left[rows, columns] = False
    return found


def _largest(good: Mask) -> tuple[slice, slice]:
    """Largest rectangle, from those that stand on each row and are as high as its lowest column."""
    best, where = 0, (slice(0, 0), slice(0, 0))
    heights = np.zeros(good.shape[1] + 1, np.int64)
    for row, line in enumerate(good):
        heights[:-1] = np.where(line, heights[:-1] + 1, 0)
        open_: list[tuple[int, int]] = []  # where columns begin, and how high, rising
        for column, height in enumerate(heights.tolist()):
            start = column
            while open_ and open_[-1][1] >= height:
                start, high = open_.pop()
                area = high * (column - start)
                if area > best and max(high, column - start) >= NARROW:
                    best, where = area, (slice(row + 1 - high, row + 1), slice(start, column))
            open_.append((start, height))
    return where


def quantum(volumes: Sequence[Volume], masks: Sequence[Mask]) -> float:
    """Step between the amplitudes of a survey that holds few evenly spaced ones, such as integers; or 0."""
    skip = max(1, sum(mask.size for mask in masks) // 2_000_000)
    live = [volume[mask][::skip] for volume, mask in zip(volumes, masks, strict=True)]
    values = np.concatenate(live).astype(np.float64)
    levels = np.unique(values)
    if len(levels) < 2 or len(levels) > min(len(values) // 8, 2**16):
        return 0.0
    middle = levels[np.abs(levels - np.median(values)).argmin()]
    away = np.sort(np.abs(levels - middle))
    step, reach = float(np.diff(levels[np.abs(levels - middle) <= away[:64][-1]]).min()), 4.0
    if away[-1] / step > 2**17:
        return 0.0
    while reach < 2 * away[-1] / step:  # the farther levels tell the step more finely
        some = away[away <= reach * step]
        count = np.round(some / step)
        step = float((some * count).sum() / (count * count).sum()) if count.any() else step
        reach *= 2
    even = float(np.abs(away / step - np.round(away / step)).max()) < 0.05
    return step if even else 0.0
