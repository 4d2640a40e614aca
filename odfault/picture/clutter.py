"""What lies over a section: frame, grid lines, foreign colours; found, and mended from beside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, minimum_filter1d

from odfault.picture.vision import load_vision

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
FRAME = 4
"""Pixels at each side in which a remainder of the frame is looked for."""
SHARE = 0.75
"""A grid line differs from its neighbours to one side along at least this part of its length."""
WIDEST = 4
"""Pixels of a grid line."""
MOST_GRID = 0.15
"""Part of a panel's rows that a grid may cover, where it has upright lines too."""
GHOST, LEAST_APART, OFF_COMB = 9, 16, 5.0
"""Columns within which marks are of one line, from line to line at least, and that one is off at most."""
OFF = 14.0
"""Levels from the colour map that make a colour foreign, at least."""


def trim_frame(rgb: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Tell how many rows and columns at left, top, right and bottom are a frame and no section.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The straightened panel.
    """
    left, right = _frame_depth(rgb.swapaxes(0, 1)), _frame_depth(rgb.swapaxes(0, 1)[::-1])
    return left, _frame_depth(rgb), right, _frame_depth(rgb[::-1])


def _frame_depth(rows: NDArray[np.uint8]) -> int:
    """Count the outermost rows up to the last that is of one colour, unlike the rows further in."""
    depth = 0
    inside = rows[FRAME + 1 : 3 * FRAME].astype(np.float64)
    if not inside.size:
        return 0
    usual = float(np.median(inside.std(axis=1).max(axis=-1)))
    for number in range(min(FRAME, len(rows) // 8)):
        row = rows[number].astype(np.float64)
        spread = (np.quantile(row, 0.9, axis=0) - np.quantile(row, 0.1, axis=0)).max()
        foreign = np.abs(np.median(row, axis=0) - np.median(inside, axis=(0, 1))).max() > 25
        if spread < 0.6 * usual and foreign:
            depth = number + 1
    return depth


def find_grid(values: Image, brightness: Image) -> Mask:
    """Find straight lines of a grid, up and down or across, whole, dashed or half clear.

    Parameters
    ----------
    values : ndarray of float32, (height, width)
        Amplitudes of the panel.
    brightness : ndarray of float32, (height, width)
        From -1 to 1. A black line is dark in all maps, and of any amplitude in most.

    Returns
    -------
    ndarray of bool, (height, width)
        True on the lines.
    """
    found = np.zeros(values.shape, bool)
    upright = _even_spaced(_line_columns(brightness))
    # a bed is not the same all along; a line is, unless it is half clear, as upright ones are then too
    if upright.any():
        level, along, most = _line_columns(brightness.T), brightness.std(axis=1), MOST_GRID
        beside = 0.6 * np.minimum(np.roll(along, 2 * WIDEST), np.roll(along, -2 * WIDEST))
        level &= minimum_filter1d(along, 3) < beside
    else:
        upright, level, most = _line_columns(values), _line_columns(values.T), 0.04
        along = minimum_filter1d(values.std(axis=1), 3)
        level &= along < (0.7 if upright.any() else 0.2) * np.median(along)
    found[:, upright] = True
    if level.mean() < most:
        found[level] = True
    return found


def _even_spaced(lines: Mask) -> Mask:
    """Choose columns of lines that lie from side to side at even distances; none where they do not."""
    merged = binary_closing(np.pad(lines, GHOST), np.ones(GHOST))[GHOST:-GHOST]
    edges = np.flatnonzero(np.diff(np.pad(merged, 1).astype(int))).reshape(-1, 2)
    at = edges.mean(axis=1)
    best = np.zeros(len(at), bool)
    for first in range(len(at)):
        for second in range(first + 1, len(at)):
            apart = at[second] - at[first]
            if not LEAST_APART < apart < 0.6 * len(lines):
                continue
            step = (at - at[first]) / apart
            on = np.abs(step - np.rint(step)) * apart < OFF_COMB
            slots = np.arange(at[first] % apart, len(lines), apart)
            slots = ((slots > GHOST) & (slots < len(lines) - GHOST)).sum()
            enough = len(np.unique(np.rint(step[on]))) >= max(2, slots - slots // 4)
            if enough and (slots > 2 or on.all()) and on.sum() > best.sum():
                best = on
    chosen = np.zeros_like(lines)
    for (start, end), good in zip(edges, best, strict=True):
        chosen[start:end] = good
    return np.asarray(chosen & merged)


def _line_columns(values: Image) -> Mask:
    """Tell columns that differ from those beside them to one side nearly everywhere."""
    height, width = values.shape
    lines = np.zeros(width, bool)
    if width < 8 * WIDEST or height < 32:
        return lines
    apart = WIDEST
    smooth = 0.5 * (np.roll(values, apart, 1) + np.roll(values, -apart, 1))
    off = values - smooth
    rough = np.abs(np.roll(values, apart, 1) - np.roll(values, -apart, 1))
    size = np.median(off, axis=0)
    one_side = np.maximum((off > 0.02).mean(axis=0), (off < -0.02).mean(axis=0))
    usual = np.abs(off).mean() + 1e-6
    strong = (
        (one_side > SHARE) & (np.abs(size) > 0.35 * usual) & (np.abs(size) > 0.5 * np.median(rough, axis=0))
    )
    spread = values.std(axis=0)  # of one colour all along, between what is not
    around = np.minimum(np.roll(spread, apart), np.roll(spread, -apart))
    strong |= (spread < 0.2 * np.median(spread)) & (around > 0.5 * np.median(spread))
    strong[: apart + 1] = strong[-apart - 1 :] = False
    starts = np.flatnonzero(np.diff(np.pad(strong, 1).astype(int)) == 1)
    ends = np.flatnonzero(np.diff(np.pad(strong, 1).astype(int)) == -1)
    for start, end in zip(starts, ends, strict=True):
        if end - start <= WIDEST:
            lines[max(0, start - 1) : end + 1] = True
    return lines


def find_foreign(distance: Image, misfit: float) -> Mask:
    """Find what has colours that are not on the map: horizons, wells, text in colour, a hand.

    Parameters
    ----------
    distance : ndarray of float32, (height, width)
        Of each colour from the map, in levels.
    misfit : float
        What is usual in this picture.
    """
    cv2 = load_vision()
    foreign = (distance > max(OFF, 3 * misfit)).astype(np.uint8)
    grown = cv2.dilate(foreign, np.ones((3, 3), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= 40
    large[0] = False
    return np.asarray(large[parts])


def mend(values: Image, hidden: Mask) -> Image:
    """Fill hidden samples from beside, along the beds: each from the nearest ones left and right.

    Parameters
    ----------
    values : ndarray of float32, (height, width)
    hidden : ndarray of bool, (height, width)

    Returns
    -------
    ndarray of float32, (height, width)
        Linear between the ends of each gap in a row; 0 in a row that is hidden whole.
    """
    mended = values.copy()
    columns = np.arange(values.shape[1])
    for row in np.flatnonzero(hidden.any(axis=1)):
        seen = ~hidden[row]
        mended[row] = np.interp(columns, columns[seen], values[row, seen]) if seen.any() else 0.0
    whole = hidden.all(axis=1)
    if whole.any() and not whole.all():  # a line across: from above and below
        rows = np.arange(len(values))
        for column in columns:
            mended[whole, column] = np.interp(rows[whole], rows[~whole], mended[~whole, column])
    return mended
