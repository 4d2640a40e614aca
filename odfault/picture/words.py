"""Words that a panel took in at its sides, such as its title: off at the blank paper below them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.sides import as_left
from odfault.picture.straighten import Points, box, homography, move, size_of, straighten
from odfault.picture.texture import near

DEEPEST = 0.35
"""Part of a panel that words may be."""
LEVELS = 40
"""By which paper differs from paper."""
BLANK, WORDS, FULL = 0.9, 0.55, 0.6
"""Parts of a line that are paper: in a gap and among words at least, in a section at most."""
FRAME = 0.25
"""Part of a line among words that is paper, at least: a frame is none, and within it is the section."""
OWN_WHITE = 0.4
"""Part of a section in the colour of the paper, from which on that says nothing of words."""
LEAST_GAP, STEP, LEAN = 2, 4, 5
"""Lines of a gap, within how many the section begins below it, and how far askew it may."""


def without_words(rgb: NDArray[np.uint8], corners: Points, paper: NDArray[np.uint8] | None) -> Points:
    """Move sides in to where words end that lie on the paper beside a panel.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
    paper : ndarray of uint8, (3,), or None
        The colour of what is beside the panel.

    Returns
    -------
    ndarray, (4, 2)
        The same corners where there are no words.
    """
    if paper is None:
        return corners
    width, height = size_of(corners)
    blank = near(straighten(rgb, corners), paper, LEVELS)
    inside = blank[height // 4 : -height // 4, width // 4 : -width // 4]
    if inside.mean() > OWN_WHITE:
        return corners
    off = np.zeros((4, 2))
    for _ in range(2):
        left, top, right, bottom = np.floor(off.min(axis=1)).astype(int)
        for side, sides in enumerate(((top, bottom), (left, right), (top, bottom), (left, right))):
            turned = as_left(blank, side)
            first = int(off[side].min())
            kept = turned[sides[0] : len(turned) - sides[1], first:]
            off[side] = _depths(kept) + first
    if not off.any():
        return corners
    ends = box(width, height)
    (left, right), (top, bottom) = off[[0, 2]], off[[1, 3]]
    ends += [[left[0], top[0]], [-right[0], top[1]], [-right[1], -bottom[1]], [left[1], -bottom[0]]]
    return move(ends, homography(box(width, height), corners))


def _depths(blank: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Tell after how many columns words at the left end, at the top and at the bottom."""
    depth = _depth(blank.mean(axis=0))
    if not depth:
        return np.zeros(2)
    near_by = slice(max(0, depth - LEAN), depth + LEAN)
    halves = [half[:, near_by].mean(axis=0) >= FULL for half in np.array_split(blank, 2)]
    at = [
        near_by.start + int(np.flatnonzero(half)[-1]) + 1 if half.any() else near_by.start for half in halves
    ]
    slant = 0.5 * (at[1] - at[0])  # from a quarter to the end
    return np.array([max(0.0, at[0] - slant), max(0.0, at[1] + slant)])


def _depth(share: NDArray[np.float64]) -> int:
    """Tell after how many lines words on paper end, from the part of each line that is paper."""
    most = int(DEEPEST * len(share))
    full = share < FULL
    for line in range(most, LEAST_GAP, -1):
        gap = share[line - LEAST_GAP : line] > BLANK
        ends = (
            gap.all() and full[line : line + STEP].any() and full[line + STEP : line + 3 * STEP].mean() > 0.8
        )
        outer = share[:line]
        if ends and outer.mean() > WORDS and FRAME < outer.min() < BLANK:
            return line
    return 0
