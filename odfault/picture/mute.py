"""A panel out to its frame, over water or a mute without any amplitude."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.sides import as_left
from odfault.picture.straighten import Points, is_upright, span_box
from odfault.picture.texture import commonest, near

Colours = NDArray[np.uint8]
MOST, LEAST = 0.5, 0.01
"""What a mute may cover, as parts of the panel's size before."""
ROUGH = 0.02
"""How far a side may be from where the mute begins, as a part of the panel's size."""
LEVELS, OWN_LEVELS = 14, 24
"""Of red, green and blue: by how much a mute varies, and by how much the section's own middle is off."""
ALL, NONE = 0.97, 0.1
"""Parts of a line that are blank, where it is in the mute and where it is not."""
OWN = 0.03
"""Part of the section that has the colour of the mute too, at least."""
SMALLEST = 24
"""Pixels of a panel that is looked at."""
NEXT = 4
"""Pixels beside a blank in which what closes it has to begin."""


def take_in_mutes(rgb: Colours, corners: Points) -> Points:
    """Move sides of an upright panel over what is blank, of the section's colour, and closed all around.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Where beds end.

    Returns
    -------
    ndarray, (4, 2)
        The same where nothing is to be moved: a page around a panel is not closed beside it.
    """
    if not is_upright(corners) or np.ptp(corners, axis=0).min() < SMALLEST:
        return corners
    size = rgb.shape[1::-1]
    span = [round(n) for n in (*corners[0], *corners[2])]
    for side in range(4):
        end, across = side % 2, 1 - side % 2
        begin = span[side] if side < 2 else size[end] - span[side]
        ends = (span[across], span[2 + across])
        wide = _count_blank(as_left(rgb, side), begin, span[2 + end] - span[end], ends)
        span[side] -= wide if side < 2 else -wide
    return span_box((span[0], span[1], span[2], span[3]))


def _count_blank(rgb: Colours, begin: int, depth: int, ends: tuple[int, int]) -> int:
    """Count the columns of a mute left of a panel, which begins there and is as deep and has these ends."""
    off = max(3, round(ROUGH * depth))
    inner = rgb[ends[0] + 2 : ends[1] - 2]
    beside = inner[:, max(0, begin - 2 * off) : begin]
    if beside.shape[1] < 2:
        return 0
    colour = commonest(beside.reshape(-1, 3))
    if near(inner[:, begin : begin + depth], colour, OWN_LEVELS).mean() < OWN:
        return 0
    first = max(0, begin - round(MOST * depth))
    blank = near(inner[:, first : begin + off], colour, LEVELS).mean(axis=0)[::-1]
    outward = np.flatnonzero(blank[: 2 * off] > ALL)
    if not outward.size:
        return 0
    start = int(outward[0])
    other = np.flatnonzero(blank[start:] <= ALL)
    stop = start + int(other[0]) if other.size else len(blank)
    if stop - start < max(NEXT, LEAST * depth):
        return 0
    closed = blank[stop : stop + NEXT].min() < NONE if other.size else first == 0
    left = begin + off - stop
    for outer in (rgb[max(0, ends[0] - NEXT) : ends[0] + 2], rgb[ends[1] - 2 : ends[1] + NEXT]):
        rows = near(outer[:, left : begin + off - start], colour, LEVELS).mean(axis=1)
        closed &= len(rows) < NEXT or rows.min() < NONE
    return max(0, begin - left) if closed else 0
