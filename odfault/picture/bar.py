"""The colour bar beside a panel: its colours, from one end to the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points
from odfault.picture.vision import load_vision

LEAST_LENGTH, LEAST_WIDTH, LEAST_ASPECT = 60, 6, 3.0
"""In pixels, and how many times longer than wide a bar is."""
LEAST_PATH = 120.0
"""Levels of colour that a bar runs through."""


def find_bar(rgb: NDArray[np.uint8], corners: Points) -> NDArray[np.float64] | None:
    """Find a strip outside a panel that is of one colour across and of many along.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Of the panel.

    Returns
    -------
    ndarray, (n, 3), or None
        Colours along the bar, in even steps; top or right first. Nothing where there is none.
    """
    upright = _find_upright(rgb, corners)
    lying = _find_upright(np.ascontiguousarray(rgb.swapaxes(0, 1)), corners[:, ::-1])
    found = [one for one in (upright, lying) if one is not None]
    return max(found, key=len) if found else None


def _find_upright(rgb: NDArray[np.uint8], corners: Points) -> NDArray[np.float64] | None:
    """Find the longest upright bar."""
    cv2 = load_vision()
    if min(rgb.shape[:2]) < LEAST_LENGTH:
        return None
    values = rgb.astype(np.int16)
    across = np.abs(values[:, 2:] - values[:, :-2]).max(axis=2)
    change = np.abs(values[8:] - values[:-8]).max(axis=2)
    change = np.pad(change, ((4, 4), (0, 0)), "edge")[:, 1:-1]
    steady = ((across <= 10) & (change >= 4) & (change < 110)).astype(np.uint8)
    inside = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners).astype(np.int32), 1)
    steady[inside[:, 1:-1] > 0] = 0
    steady = cv2.morphologyEx(steady, cv2.MORPH_CLOSE, np.ones((25, 1), np.uint8))
    steady = cv2.morphologyEx(steady, cv2.MORPH_OPEN, np.ones((15, LEAST_WIDTH - 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(steady, connectivity=4)
    best: NDArray[np.float64] | None = None
    for left, top, width, height, area in stats[1:]:
        long_enough = height >= LEAST_LENGTH and height >= LEAST_ASPECT * width and width >= LEAST_WIDTH - 3
        if not long_enough or area < 0.7 * width * height:
            continue
        colours = _read_bar(rgb, left + 1, top, width, height)
        if colours is not None and (best is None or len(colours) > len(best)):
            best = colours
    return best


def _read_bar(
    rgb: NDArray[np.uint8], left: int, top: int, width: int, height: int
) -> NDArray[np.float64] | None:
    """Read the colours of a bar, drawn out to its ends; nothing where they run through too little."""
    strip = rgb[:, left : left + width].astype(np.float64)
    rows = np.median(strip, axis=1)
    spread = np.abs(strip - rows[:, None]).max(axis=(1, 2))
    steps = np.abs(np.diff(rows, axis=0)).max(axis=1)
    first, last = top, top + height - 1
    while first > 0 and steps[first - 1] < 12 and spread[first - 1] < 25 and top - first < 0.1 * height:
        first -= 1
    while last + 1 < len(rows) and steps[last] < 12 and spread[last + 1] < 25 and last - top < 1.1 * height:
        last += 1
    colours = rows[first : last + 1]
    run = np.abs(np.diff(colours, axis=0)).sum()
    ends = np.abs(colours[0] - colours[-1]).sum()
    smooth = np.quantile(np.abs(np.diff(colours, axis=0)).max(axis=1), 0.95)
    return colours if max(run / 3, ends) > LEAST_PATH and smooth < 40 else None
