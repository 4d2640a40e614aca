"""Four sides fitted to where a section is likely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.sides import as_left
from odfault.picture.straighten import Points, box, for_opencv, homography, move, size_of, span_box
from odfault.picture.vision import load_vision

Likely = NDArray[np.float32]
CELL = 4
"""Pixels for which the network gives one answer."""
LIKELY = 0.65
"""Part of a cell that is a section's, from which on it counts."""
SKEW, MOST_SKEW = 0.03, 0.4
"""How far four sides may be from a rectangle, in cosines and logarithms: before it counts, and at all."""
RIM = 0.15
"""Around a panel, where its sides are looked for, as a part of its size."""
ENDS = 0.1
"""Of each side, near its corners, that is left out when it is fitted."""


def fit_sides(likely: Likely) -> Points | None:
    """Fit four sides to a blot: the best of those along its outline, along its hull, and of a rectangle.

    Parameters
    ----------
    likely : ndarray of float32, (height, width)
        Above ``LIKELY`` in one piece.

    Returns
    -------
    ndarray, (4, 2), or None
        Corners, clockwise from the top left; None where there are no such sides.

    Notes
    -----
    Lines by Huber's loss (1964): a finger over a side, or words beside it, do not move it.
    """
    cv2 = load_vision()
    outlines, _ = cv2.findContours(
        (likely > LIKELY).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(outlines, key=len)[:, 0].astype(np.float64)
    hull = cv2.convexHull(outline.astype(np.float32))[:, 0].astype(np.float64)
    turned = _clockwise(cv2.boxPoints(cv2.minAreaRect(hull.astype(np.float32))).astype(np.float64))
    upright = span_box((*outline.min(axis=0), *outline.max(axis=0)))
    tried = [_along(points, rough) for points in (outline, _dense(hull)) for rough in (turned, upright)]
    good = [corners for corners in tried if np.isfinite(corners).all() and _skew(corners) < MOST_SKEW]
    good = [corners for corners in (turned, upright, *good) if min(size_of(corners)) >= 2 * CELL]
    if not good:
        return None
    best: Points = max(good, key=lambda corners: _worth(likely, corners))
    for _ in range(2):
        best = _settle(likely, best)
    return np.asarray(best + 0.5 + 0.5 * np.sign(best - best.mean(axis=0)))  # from middles of pixels to rims


def _settle(likely: Likely, corners: Points) -> Points:
    """Move each side to where a section is likely on the mean along it: words beside it fill a part of it."""
    cv2 = load_vision()
    width, height = size_of(corners)
    rim = [max(2 * CELL, round(RIM * n)) for n in (width, height)]
    size = (width + 2 * rim[0], height + 2 * rim[1])
    out = homography(box(width, height), corners)
    wide = homography(box(*size), move(box(*size) - np.array(rim), out))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    around = cv2.warpPerspective(likely, for_opencv(wide), size, flags=flags)
    moved = []
    for side in range(4):
        turned = as_left(around, side)
        middle = round(0.4 * (len(turned) - 2 * rim[1 - side % 2]))
        along = turned[len(turned) // 2 - middle : len(turned) // 2 + middle + 1]
        low = np.flatnonzero(along.mean(axis=0)[: turned.shape[1] // 2] < LIKELY)
        moved.append((int(low[-1]) + 1 if low.size else 0) - rim[side % 2])
    left, top, right, bottom = moved
    if left + right > 0.5 * width or top + bottom > 0.5 * height:
        return corners
    return move(span_box((left, top, width - right, height - bottom)), out)


def _worth(likely: Likely, corners: Points) -> float:
    """Tell how much more of a section than of other things four sides hold; less for what is no rectangle."""
    inside = np.zeros(likely.shape, np.uint8)
    load_vision().fillConvexPoly(inside, np.round(corners).astype(np.int32), 1)
    held = float((likely[inside > 0] - LIKELY).sum())
    return held * (1 - max(0.0, _skew(corners) - SKEW)) if held > 0 else held


def _skew(corners: Points) -> float:
    """Tell how far four sides are from a rectangle."""
    steps = np.roll(corners, -1, 0) - corners
    length = np.maximum(np.hypot(*steps.T), 1e-9)
    turned = np.abs((steps * np.roll(steps, -1, 0)).sum(axis=1) / (length * np.roll(length, -1)))
    return float(turned.mean() + np.abs(np.log(length[:2] / length[2:])).mean())


def _dense(hull: Points) -> Points:
    """Give a polygon's points at every pixel."""
    parts = []
    for start, end in zip(hull, np.roll(hull, -1, 0), strict=True):
        steps = np.linspace(0, 1, max(2, int(np.hypot(*(end - start)))), endpoint=False)
        parts.append(start + steps[:, None] * (end - start))
    return np.concatenate(parts)


def _along(outline: Points, rough: Points) -> Points:
    """Fit lines to the parts of an outline that are nearest to each side of a rough rectangle."""
    cv2 = load_vision()
    ends = np.roll(rough, -1, 0)
    off = np.stack([_distance(outline, start, end) for start, end in zip(rough, ends, strict=True)])
    fitted = []
    for side, (start, end) in enumerate(zip(rough, ends, strict=True)):
        along = (outline - start) @ (end - start) / max(1e-9, (end - start) @ (end - start))
        own = outline[(off.argmin(axis=0) == side) & (along > ENDS) & (along < 1 - ENDS)]
        line = np.concatenate([end - start, start])
        if len(own) >= 5:
            line = cv2.fitLine(own.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        fitted.append((line[:2].astype(np.float64), line[2:].astype(np.float64)))
    return np.array([_meet(fitted[side - 1], fitted[side]) for side in range(4)])


def _distance(points: Points, start: Points, end: Points) -> NDArray[np.float64]:
    """Give how far points lie from a side."""
    along = end - start
    far = np.abs((points - start) @ np.array([-along[1], along[0]]))
    return np.asarray(far / max(1e-9, float(np.hypot(*along))))


def _meet(one: tuple[Points, Points], other: tuple[Points, Points]) -> NDArray[np.float64]:
    """Cross two lines, each a direction and a point."""
    both = np.column_stack([one[0], -other[0]])
    if abs(np.linalg.det(both)) < 1e-9:
        return np.full(2, np.nan)
    return np.asarray(one[1] + np.linalg.solve(both, other[1] - one[1])[0] * one[0])


def _clockwise(corners: Points) -> Points:
    """Give the corners of a rectangle clockwise from the top left."""
    turn = np.arctan2(*(corners - corners.mean(axis=0)).T[::-1])
    corners = corners[turn.argsort()]  # clockwise where y runs down
    return np.roll(corners, -int(np.argmin(corners.sum(axis=1))), 0)
