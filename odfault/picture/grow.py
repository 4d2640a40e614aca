"""A panel out to where its own colours end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, box, homography, move, size_of, span_box, straighten
from odfault.picture.texture import change_of, commonest, near
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
Mask = NDArray[np.bool_]
SIDE = 400
"""Pixels of the longer side at which it is looked at."""
REACH = 2.2
"""How far is looked to each side, as a part of the panel's size."""
LEVELS = 16
"""Of red, green and blue, to which colours are counted."""
LEAST_OWN, MOST_FOREIGN = 0.55, 0.12
"""Parts of a column that have the section's colours and are no paper, and that have others."""
GRAIN = 2.0
"""Times the change where there is least of it: what is no more is the grain of a photo."""
OWN_WHITE = 0.05
"""Part of a panel in the colour of the paper, from which on that colour says nothing."""
LEAST_STEP = 0.025
"""Of the size, from which a side is moved."""


def grow(rgb: Colours, corners: Points) -> Points:
    """Move sides out, while what lies beyond has the colours of the section and is no blank paper.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Of a panel, perhaps of a part of it: where beds end at a salt body, the section does not.

    Returns
    -------
    ndarray, (4, 2)
        The same corners where nothing is to be moved.
    """
    width, height = size_of(corners)
    less = SIDE / max(width, height)
    size = (max(8, round(width * less)), max(8, round(height * less)))
    out: Points = homography(box(*size), corners)
    span = _free(rgb, out, size)
    around = straighten(rgb, move(span_box(span), out), (span[2] - span[0], span[3] - span[1]))
    inner = (-span[0], -span[1], size[0] - span[0], size[1] - span[1])
    own, foreign = _own_colours(around, inner)
    left, top, right, bottom = inner
    for _ in range(2):
        left, right = _reach(own[top:bottom], foreign[top:bottom], (left, right))
        top, bottom = _reach(own[:, left:right].T, foreign[:, left:right].T, (top, bottom))
    moved = np.array([left, top, right, bottom])
    short = np.abs(moved - inner) < LEAST_STEP * np.array([*size, *size])
    if short.all():
        return corners
    ends: Points = np.where(short, inner, moved).astype(np.float64)
    outer = span_box((ends[0], ends[1], ends[2], ends[3]))
    return move(np.asarray(outer + np.array(span[:2]), np.float64), out)


def _free(rgb: Colours, out: Points, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Give how far around a panel the picture reaches in its directions: left, top, right and bottom."""
    ends = move(box(rgb.shape[1], rgb.shape[0]), np.asarray(np.linalg.inv(out), np.float64))
    width, height = size
    left, top = max(ends[[0, 3], 0].max(), -REACH * width), max(ends[:2, 1].max(), -REACH * height)
    right = min(ends[1:3, 0].min(), (1 + REACH) * width)
    bottom = min(ends[2:, 1].min(), (1 + REACH) * height)
    return min(0, int(left)), min(0, int(top)), max(width, int(right)), max(height, int(bottom))


def _own_colours(rgb: Colours, inner: tuple[int, int, int, int]) -> tuple[Mask, Mask]:
    """Tell what has colours that are common in the panel and is no paper, and what has others."""
    cv2 = load_vision()
    left, top, right, bottom = inner
    codes = (rgb // (256 // LEVELS)).astype(np.int64) @ np.array([LEVELS**2, LEVELS, 1])
    many = np.bincount(codes[top:bottom, left:right].ravel(), minlength=LEVELS**3).reshape([LEVELS] * 3)
    held = many > 2e-4 * (bottom - top) * (right - left)
    held = np.stack([cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) for part in held]) > 0
    held |= np.roll(held, 1, 0) | np.roll(held, -1, 0)
    there = held.ravel()[codes]
    beyond = np.ones(rgb.shape[:2], bool)
    beyond[top:bottom, left:right] = False
    if not beyond.any():
        return there, ~there
    paper = near(rgb, commonest(rgb[beyond]), 10)
    if paper[top:bottom, left:right].mean() > OWN_WHITE:  # the section's own white then, unless it is flat
        paper[:] = False
    change = change_of(rgb, 3)
    flat = change <= max(6.0, GRAIN * float(np.quantile(change, 0.05)))
    return there & ~paper & ~flat, ~there


def _reach(own: Mask, foreign: Mask, span: tuple[int, int]) -> tuple[int, int]:
    """Go left and right from a span of columns while they are the section's."""
    cv2 = load_vision()
    parts = [cv2.blur(part.mean(axis=0).astype(np.float32)[None], (3, 1))[0] for part in (own, foreign)]
    good = (parts[0] > LEAST_OWN) & (parts[1] < MOST_FOREIGN)
    first, last = span
    bad = np.flatnonzero(~good[:first])
    first = int(bad[-1]) + 1 if bad.size else 0
    bad = np.flatnonzero(~good[last:])
    last = last + int(bad[0]) if bad.size else len(good)
    return first, last
