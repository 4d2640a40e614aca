"""Panels that touch, but for a narrow gap, as a figure's parts do: one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, is_upright, span_box
from odfault.picture.texture import commonest, near

Colours = NDArray[np.uint8]
Span = tuple[int, int, int, int]
THIN, LEVELS = 3, 20
"""Lines of a gap, at least, and by how much its colour varies."""
ALL, MOST = 0.97, 0.85
"""Parts of a line: blank in a gap, of one colour in a frame."""
RARE = 0.06
"""Part of panels without frames that has the colour of the gap, at most."""
BESIDE, FRAME = 8, 4
"""Pixels beyond the panel's ends where the gap goes on, and beside the gap where a frame is looked for."""
SMALLEST = 40
"""Pixels of a part."""


def split(rgb: Colours, corners: Points) -> list[Points]:
    """Split what was taken for one upright panel where a gap that opens into the page runs through it.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)

    Returns
    -------
    list of ndarray, (4, 2)
        The largest first; of equals the one that is read first.
    """
    if not is_upright(corners):
        return [corners]
    left, top, right, bottom = (round(n) for n in (*corners[0], *corners[2]))
    parts, whole = [(left, top, right, bottom)], list[Span]()
    while parts:
        one = parts.pop(0)
        halves = _halve(rgb, one) or [_turn(half) for half in _halve(rgb.swapaxes(0, 1), _turn(one))]
        parts, whole = (halves + parts, whole) if halves else (parts, [*whole, one])
    whole.sort(key=lambda span: -_size(span))  # which keeps the order of equals
    largest = [span for span in whole if _size(span) > 0.9 * _size(whole[0])]
    others = [span for span in whole if span not in largest]
    return [span_box(span) for span in sorted(largest, key=lambda span: (span[1], span[0])) + others]


def _halve(rgb: Colours, span: Span) -> list[Span]:
    """Give what is left and right of the first gap that runs up and down; nothing without one."""
    left, top, right, bottom = span
    panel = rgb[top:bottom, left:right]
    if top < BESIDE or bottom > len(rgb) - BESIDE or bottom == top or right - left < 2 * SMALLEST:
        return []
    ends = np.concatenate([rgb[top - BESIDE : top, left:right], rgb[bottom : bottom + BESIDE, left:right]])
    colour = commonest(ends.reshape(-1, 3))
    own, open_to = near(panel, colour, LEVELS), near(ends, colour, LEVELS).all(axis=0)
    blank = (own.mean(axis=0) > ALL) & open_to
    edges = np.flatnonzero(np.diff(np.pad(blank, 1).astype(int))).reshape(-1, 2)
    rare = own[:, ~blank].mean() < RARE if (~blank).any() else False
    above = rgb[top - FRAME : top + FRAME, left:right]
    for begin, end in edges.tolist():
        if min(begin, len(blank) - end) < SMALLEST or end - begin < THIN:
            continue
        beside = [panel[:, begin - FRAME : begin], panel[:, end : end + FRAME]]
        beside += [part.swapaxes(0, 1) for part in (above[:, :begin], above[:, end:])]
        if rare or all(_framed(part, colour) for part in beside):
            return [(left, top, left + begin, bottom), (left + end, top, right, bottom)]
    return []


def _framed(beside: Colours, gap: NDArray[np.uint8]) -> bool:
    """Tell whether one of the lines up and down is of one colour, unlike the gap's."""
    for line in beside.swapaxes(0, 1):
        colour = commonest(line)
        if near(line, colour, LEVELS).mean() > MOST and not near(colour, gap, LEVELS):
            return True
    return False


def _turn(span: Span) -> Span:
    return (span[1], span[0], span[3], span[2])


def _size(span: Span) -> int:
    return (span[2] - span[0]) * (span[3] - span[1])
