"""A second panel beside the one that is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.panel import find_panel
from odfault.picture.straighten import Points, size_of, straighten
from odfault.picture.texture import commonest
from odfault.picture.verdict import look_at, refuse
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
SIDE = 500
"""Pixels of the picture in which it is looked for."""
FULL = 0.62
"""Part of a picture: a panel that fills as much leaves no room for another."""
LEAST = 0.3
"""Of the panel's area, that another one has."""
ALIKE = 0.6
"""How much the colours of the two have in common, at least."""


def find_other(rgb: Colours, corners: Points) -> Points | None:
    """Find another panel in the same colours.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Of the panel that was found.

    Returns
    -------
    ndarray, (4, 2), or None
    """
    cv2 = load_vision()
    less = min(1.0, SIDE / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=less, fy=less, interpolation=cv2.INTER_AREA)
    inner = corners * [small.shape[1] / rgb.shape[1], small.shape[0] / rgb.shape[0]]
    if _area(inner) > FULL * small.shape[0] * small.shape[1]:
        return None
    middle = inner.mean(axis=0)
    covered = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(covered, np.round(middle + 1.03 * (inner - middle)).astype(np.int32), 1)
    rest = small.copy()
    rest[covered > 0] = commonest(small[covered == 0])
    other = find_panel(rest)
    first, second = straighten(small, inner), straighten(rest, other)
    if not LEAST * _area(inner) < _area(other) < 1.2 * _area(inner) or min(size_of(other)) < 24:
        return None
    if _in_common(first, second) < ALIKE:
        return None
    bright = cv2.cvtColor(second, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if refuse(look_at(bright, second), bright - np.median(bright)):
        return None
    return np.asarray(other * [rgb.shape[1] / small.shape[1], rgb.shape[0] / small.shape[0]])


def tell_other(rgb: Colours, corners: Points) -> list[str]:
    """Say that there is another panel, and how to choose it."""
    other = find_other(rgb, corners)
    if other is None:
        return []
    words = ",".join(str(round(number)) for number in other.ravel().tolist())
    return [f"Another panel like this one was left out: --corners {words} takes it."]


def _area(corners: Points) -> float:
    width, height = size_of(corners)
    return float(width * height)


def _in_common(one: Colours, other: Colours) -> float:
    """Give the part of the colours, to the nearest 32 levels, that two panels share."""
    many = []
    for panel in (one, other):
        codes = (panel // 32).astype(np.int64) @ np.array([64, 8, 1])
        many.append(np.bincount(codes.ravel(), minlength=512) / codes.size)
    return float(np.minimum(many[0], many[1]).sum())
