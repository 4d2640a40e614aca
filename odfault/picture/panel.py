"""Where the section is in the picture: roughly as a network sees it, then side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.mute import take_in_mutes
from odfault.picture.seams import split
from odfault.picture.sides import refine, snap
from odfault.picture.straighten import Points, box, homography, move, size_of, straighten, whole
from odfault.picture.texture import change_of
from odfault.picture.vision import load_vision
from odfault.picture.where import find_panels, look_closer

LONG_SIDE = 1000
"""Pixels of the picture in which a panel's sides are looked for at first."""
MARGIN, FINE = 0.06, 0.02
"""Around a rough panel, where its sides are looked for, as parts of its size: there, and in all pixels."""
BORDER, LIVELY, MOSTLY = 0.015, 0.3, 0.5
"""Next to the picture's border, as a part of its longer side; a lively pixel, as a part of what is usual in
the panel, and the part of what is between that has to be lively."""


def find_panel(rgb: NDArray[np.uint8]) -> Points:
    """Find the four corners of the largest panel that looks like a section.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)

    Returns
    -------
    ndarray, (4, 2)
        x and y, clockwise from the top left; the whole picture when nothing stands out.
    """
    found = find_panels(rgb)
    return split(rgb, _closer(rgb, found[0]))[0] if found else whole(rgb)


def find_all(rgb: NDArray[np.uint8]) -> list[Points]:
    """Find the four corners of every panel that looks like a section."""
    return [part for rough in find_panels(rgb) for part in split(rgb, _closer(rgb, rough))]


def _closer(rgb: NDArray[np.uint8], rough: Points) -> Points:
    return take_in_mutes(rgb, sharpen(rgb, look_closer(rgb, rough)))


def sharpen(rgb: NDArray[np.uint8], corners: Points) -> Points:
    """Move the sides of a panel that is known roughly to where it ends."""
    cv2 = load_vision()
    less = min(1.0, LONG_SIDE / max(rgb.shape[:2]))
    middle = cv2.resize(rgb, None, fx=less, fy=less, interpolation=cv2.INTER_AREA) if less < 1 else rgb
    scale = np.divide(middle.shape[1::-1], rgb.shape[1::-1])
    rough = corners * scale
    corners = _to_border(middle, _no_farther(rough, refine(middle, rough, margin=MARGIN))) / scale
    if less < 1:
        corners = refine(rgb, corners, margin=FINE)
    return snap(corners, rgb)


def _no_farther(rough: Points, fine: Points) -> Points:
    """Leave a side where it was that would move farther than it may: there is something else."""
    size = size_of(rough)
    ends = move(fine, homography(rough, box(*size))) - box(*size)
    for axis, sides in ((0, ([0, 3], [1, 2])), (1, ([0, 1], [2, 3]))):
        for side in sides:
            if np.abs(ends[side, axis]).max() > MARGIN * size[axis]:
                ends[side, axis] = 0
    return move(ends + box(*size), homography(box(*size), rough))


def _to_border(rgb: NDArray[np.uint8], corners: Points) -> Points:
    """Move sides that lie next to the picture's own out to these, unless what is between is calm.

    Of a panel that fills the picture but for one side that one too, from anywhere: a hand lies over it.
    """
    height, width = rgb.shape[:2]
    near_by, change = BORDER * max(height, width), change_of(rgb)
    lively = LIVELY * float(np.median(straighten(np.repeat(change[:, :, None], 3, 2), corners)))
    sides = ((0, [0, 3], 0), (1, [0, 1], 0), (0, [1, 2], width), (1, [2, 3], height))
    far = np.array([np.abs(corners[side, axis] - end).max() for axis, side, end in sides])
    corners = corners.copy()
    for (axis, side, end), off in zip(sides, far.tolist(), strict=True):
        along = change if axis == 0 else change.T
        deep = max(1, round(off))
        strip = along[:, -deep:] if end else along[:, :deep]
        near = off < near_by or (far > near_by).sum() == 1
        if near and off > 0 and float((strip > lively).mean()) > MOSTLY:
            corners[side, axis] = end
    return corners
