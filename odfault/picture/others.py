"""Other panels beside the one that is taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.panel import find_all
from odfault.picture.straighten import Points, size_of, straighten
from odfault.picture.verdict import look_at, refuse
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
LEAST = 0.3
"""Of the panel's area, that another one has."""
ALIKE = 0.6
"""How much the colours of the two have in common, at least."""


def find_others(rgb: Colours, corners: Points) -> list[Points]:
    """Find other panels in the same colours.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Of the panel that was found.

    Returns
    -------
    list of ndarray, (4, 2)
    """
    cv2 = load_vision()
    mine, found = straighten(rgb, corners), list[Points]()
    for other in find_all(rgb):
        apart = (other.min(axis=0) >= corners.max(axis=0)) | (other.max(axis=0) <= corners.min(axis=0))
        if not apart.any() or not LEAST * _area(corners) < _area(other) or min(size_of(other)) < 24:
            continue
        there = straighten(rgb, other)
        bright = cv2.cvtColor(there, cv2.COLOR_RGB2GRAY).astype(np.float32)
        alike = _in_common(mine, there) >= ALIKE
        if alike and not refuse(look_at(bright, there), bright - np.median(bright)):
            found.append(other)
    return found


def tell_others(rgb: Colours, corners: Points) -> list[str]:
    """Say that there are other panels, and how to choose them."""
    first, *more = [_as_option(other) for other in find_others(rgb, corners)] or [""]
    if not first:
        return []
    told = f"Another panel like this one was left out: {first} takes it"
    return [f"{told}; {len(more)} more: {', '.join(more)}." if more else f"{told}."]


def _as_option(corners: Points) -> str:
    return "--corners " + ",".join(str(round(number)) for number in corners.ravel().tolist())


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
