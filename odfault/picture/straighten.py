"""A four-cornered panel to an upright one, and coordinates there and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault.errors import OdfaultError
from odfault.picture.vision import load_vision

Points = NDArray[np.float64]
"""(n, 2): x and y. The picture's upper left corner is 0, 0; its pixel k covers k to k + 1."""
MOST_SIDE = 4000
"""Pixels of a straightened panel."""


def whole(rgb: NDArray[np.uint8]) -> Points:
    """Corners of the whole picture, clockwise from the top left."""
    return box(rgb.shape[1], rgb.shape[0])


def check_corners(corners: ArrayLike, rgb: NDArray[np.uint8]) -> Points:
    """Give corners as numbers, clockwise from the top left.

    Raises
    ------
    OdfaultError
        If they are not four points of the picture that span a panel.
    """
    mend = "give x1,y1,...,x4,y4 clockwise from the top left"
    try:
        points = np.asarray(corners, np.float64).reshape(4, 2)
    except (TypeError, ValueError) as error:
        raise OdfaultError("the corners are not four points", mend) from error
    height, width = rgb.shape[:2]
    if not np.isfinite(points).all() or (points < -1).any() or (points > (width + 1, height + 1)).any():
        raise OdfaultError(f"a corner is not in the picture of {width} x {height} pixels", mend)
    steps = np.roll(points, -1, 0) - points
    after = np.roll(steps, -1, 0)
    turns = steps[:, 0] * after[:, 1] - steps[:, 1] * after[:, 0]
    if (turns <= 0).any() or min(size_of(points)) < 16:
        raise OdfaultError("the corners span no panel", mend)
    return points


def size_of(corners: Points) -> tuple[int, int]:
    """Width and height of a panel in pixels: the longer of the sides that face one another."""
    sides = np.hypot(*(np.roll(corners, -1, 0) - corners).T)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    less = min(1.0, MOST_SIDE / max(width, height, 1e-9))
    return max(1, round(width * less)), max(1, round(height * less))


def homography(source: Points, target: Points) -> Points:
    """Find the perspective (3, 3) that takes four points to four others.

    Notes
    -----
    The eight equations of Heckbert (1989), with the last element 1.
    """
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    eight = np.linalg.solve(np.array(rows), np.array(right))
    return np.append(eight, 1.0).reshape(3, 3)


def move(points: ArrayLike, through: Points) -> Points:
    """Take points (n, 2) through a perspective."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    moved = np.column_stack([flat, np.ones(len(flat))]) @ through.T
    return np.asarray(moved[:, :2] / moved[:, 2:])


def box(width: float, height: float) -> Points:
    """Corners of an upright panel at the origin."""
    return span_box((0, 0, width, height))


def span_box(span: tuple[float, float, float, float]) -> Points:
    """Corners of an upright panel from its left, top, right and bottom."""
    left, top, right, bottom = span
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def for_opencv(through: Points) -> Points:
    """Give a perspective in OpenCV's pixels, of which k is at k; ours is at k + 1/2."""
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(centre) @ through @ centre)


def straighten(
    rgb: NDArray[np.uint8], corners: Points, size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Cut a panel out and make it upright.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
    size : tuple of int, optional
        Width and height; as in the picture when left out.

    Returns
    -------
    ndarray of uint8, (size[1], size[0], 3)
    """
    cv2 = load_vision()
    width, height = size or size_of(corners)
    if is_upright(corners) and (width, height) == size_of(corners):
        (x, y), (x_end, y_end) = corners[0].round().astype(int), corners[2].round().astype(int)
        if min(x, y) >= 0 and x_end <= rgb.shape[1] and y_end <= rgb.shape[0]:
            return np.ascontiguousarray(rgb[y:y_end, x:x_end])
    back = for_opencv(homography(box(width, height), corners))
    shrink = size_of(corners)[0] / width
    source = rgb
    if shrink > 1.5:  # or pixels between would be left out
        source = cv2.GaussianBlur(rgb, (0, 0), 0.35 * shrink)
    warped = cv2.warpPerspective(
        source,
        back,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)


def is_upright(corners: Points) -> bool:
    """Tell whether a panel is upright, on whole pixels."""
    (a, b, c, d) = corners
    whole_ones = np.abs(corners - np.round(corners)).max() < 1e-6
    return bool(whole_ones and a[1] == b[1] and b[0] == c[0] and c[1] == d[1] and d[0] == a[0])
