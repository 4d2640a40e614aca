"""The four sides of a panel, each where a vote of its parts says that the section ends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, box, homography, move, size_of, span_box, straighten
from odfault.picture.texture import change_of, commonest, near

Grid = NDArray[np.float64]
Line = tuple[float, float]
"""Where it begins and where it ends."""
BANDS = 40
"""Parts of a side that vote."""
GAP, GAP_LEVEL, GAP_BANDS, LIVELY = 4, 0.3, 0.6, 4
"""Columns of a gap, the content of its bands at most, the part of them that is so calm, columns beyond it."""
SLANT = 0.1
"""How far a side may lean against the rough one, as a part of its length."""
DOUBT = 125.0
"""What a place loses, times the square of its distance from the rough side, as a part of the panel's size."""


def refine(rgb: NDArray[np.uint8], corners: Points, *, margin: float) -> Points:
    """Move each side of a panel to where texture and colour end, by the vote of its parts.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Roughly where it is.
    margin : float
        How far a side may move, as a part of the panel's size.

    Returns
    -------
    ndarray, (4, 2)
        The same where it is too small, or where four sides would not hold it.
    """
    width, height = size_of(corners)
    if min(width, height) < 24:
        return corners
    rim = [max(12, round(margin * n)) for n in (width, height)]
    wide = box(width + 2 * rim[0], height + 2 * rim[1]) - np.array(rim)
    out = homography(box(width, height), corners)
    size = (width + 2 * rim[0], height + 2 * rim[1])
    outer = move(wide, out)
    around = straighten(rgb, outer, size)
    there = np.ones(size[::-1], bool)
    if (outer < 0).any() or (outer > [rgb.shape[1], rgb.shape[0]]).any():
        there = _in_picture(rgb, out, size, rim)
    busy = np.where(there, _activity(around, rim), 0).astype(np.float32)
    lines = []
    for side in range(4):  # left, top, right, bottom, each as if it were the left one
        seen, full, real = as_left(around, side), as_left(busy, side), as_left(there, side)
        lines.append(_vote(seen, full, real, rim[side % 2], rim[1 - side % 2], beside=side in (0, 2)))
    left, top, right, bottom = lines
    ends = _cross(left, top, right, bottom, size) - rim
    if min(size_of(ends)) < 0.4 * min(width, height):
        return corners
    return move(ends, out)


def _in_picture(
    rgb: NDArray[np.uint8], out: Points, size: tuple[int, int], rim: list[int]
) -> NDArray[np.bool_]:
    """Tell which pixels around a panel a perspective takes into the picture."""
    columns, rows = (np.arange(n) + 0.5 - start for n, start in zip(size, rim, strict=True))
    x, y, least = (row[0] * columns + (row[1] * rows + row[2])[:, None] for row in out)
    return np.asarray((x > 0) & (y > 0) & (x < rgb.shape[1] * least) & (y < rgb.shape[0] * least))


def _activity(rgb: NDArray[np.uint8], rim: list[int]) -> NDArray[np.float32]:
    """Tell how much colours change around each pixel, 1 for as much as is usual in the panel."""
    change = change_of(rgb).astype(np.float32)
    inside = change[rim[1] : -rim[1], rim[0] : -rim[0]]
    usual = float(np.median(inside))
    calm = min(float(np.quantile(change, 0.04)), 0.5 * usual)
    return np.asarray(np.clip((change - 1.5 * calm - 1) / max(0.4 * usual, 2), 0, 1), np.float32)


def as_left(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Turn an array so that a side lies left: left, top, right, bottom are 0 to 3."""
    turned = values if side in (0, 2) else values.swapaxes(0, 1)
    return turned if side in (0, 1) else turned[:, ::-1]


def _vote(
    rgb: NDArray[np.uint8],
    busy: NDArray[np.float32],
    there: NDArray[np.bool_],
    rim: int,
    end: int,
    *,
    beside: bool = False,
) -> Line:
    """Find the left side: its distance from the left at the top and at the bottom.

    A side that lies ``beside`` beds may have a gap and a colour bar left of it, which it does not cross;
    below a gap in time beds may go on.
    """
    reach = 2 * rim + 1
    inside = max(5, rim // 4)
    end_at = reach + inside
    strip, alive, real = rgb[:, :end_at], busy[:, :end_at], there[:, :end_at]
    far = max(4, rim // 2)
    content = alive
    outer = strip[:, :far][real[:, :far]]
    if len(outer) > 50:
        flat = real[:, :far] & (alive[:, :far] == 0)
        paper = commonest(strip[:, :far][flat]) if flat.sum() > 0.5 * len(outer) else None
        if paper is not None and near(outer, paper, 12).mean() > 0.5:
            content = np.where(real & ~near(strip, paper, 24), 1, alive)
    bands = [part for part in np.array_split(np.arange(end, len(rgb) - end), BANDS) if len(part)]
    full = np.stack([content[part].mean(axis=0) for part in bands])
    mean = np.stack([strip[part].mean(axis=0) for part in bands])
    held = np.stack([real[part].mean(axis=0) for part in bands])
    lively = np.stack([alive[part].mean(axis=0) for part in bands])
    begin, close = _gap(lively, full) if beside else (0, 0)
    full[:, begin:close] = lively[:, begin:close]
    score = _score(full, mean, held, inside)[:, :reach]
    score[:, : (begin + close) // 2] = -0.5
    score -= DOUBT * ((np.arange(reach) - rim) / max(1, rgb.shape[1] - 2 * rim)) ** 2
    return _best_line(score, [float(part.mean()) for part in bands], len(rgb))


def _gap(lively: Grid, full: Grid) -> tuple[int, int]:
    """Find the gap that parts a section, on the right, from what is as full beside it; 0 and 0 without."""
    calm = (lively < GAP_LEVEL).mean(axis=0) > GAP_BANDS
    filled = full.mean(axis=0) > 0.5
    edges = np.flatnonzero(np.diff(np.pad(calm, 1).astype(int)))
    for start, end in edges.reshape(-1, 2)[::-1].tolist():
        if end - start >= GAP and end < len(calm) and filled[:start].sum() >= min(LIVELY, max(1, start)):
            return start, end
    return 0, 0


def _score(full: Grid, mean: Grid, held: Grid, inside: int) -> Grid:
    """Score each place of each band as the border: content right of it, none left of it, and an edge.

    Where the picture itself ends a section may end too, though nothing shows that it does.
    """
    summed = np.pad(np.cumsum(full, axis=1), ((0, 0), (1, 0)))
    columns = full.shape[1]
    at = np.arange(columns)
    after, before = np.minimum(at + inside, columns), np.maximum(at - inside, 0)
    right = (summed[:, after] - summed[:, at]) / np.maximum(after - at, 1)
    left = (summed[:, at] - summed[:, before]) / np.maximum(at - before, 1)
    step = np.zeros((len(full), columns))
    step[:, 1:] = np.minimum(np.abs(np.diff(mean, axis=1)).max(axis=2) / 40, 1)
    border = np.zeros_like(step)
    border[:, 1:] = np.clip(held[:, 1:] - held[:, :-1], 0, 1)
    return np.where(border > 0.5, 0.8 * right, right - left + 0.6 * step * held)


def _best_line(score: Grid, rows: list[float], height: int) -> Line:
    """Find the straight line through the bands with the highest sum of scores."""
    columns = score.shape[1]
    lean = np.unique(np.round(np.linspace(-SLANT, SLANT, 121) * height)) if height > 1 else np.zeros(1)
    lean = lean[np.abs(lean) < columns]
    along = (np.array(rows) - height / 2) / height
    best, line = -np.inf, (columns / 2, columns / 2)
    for tilt in lean:
        moved = np.rint(along * tilt).astype(int)
        at = np.arange(columns)[None, :] + moved[:, None]
        fits = (at >= 0) & (at < columns)
        total = np.where(fits, np.take_along_axis(score, np.clip(at, 0, columns - 1), 1), -0.5).sum(axis=0)
        total -= 0.1 * abs(tilt) / height * len(rows)  # of equals the straighter one
        found = int(total.argmax())
        if total[found] > best:
            best, line = float(total[found]), (found - tilt / 2, found + tilt / 2)
    return line


def _cross(left: Line, top: Line, right: Line, bottom: Line, size: tuple[int, int]) -> Points:
    """Cross the four sides; right and bottom are counted from the far end."""
    width, height = size
    upright = [(left[0], left[1]), (width - right[0], width - right[1])]
    level = [(top[0], top[1]), (height - bottom[0], height - bottom[1])]

    def meet(side: Line, end: Line) -> tuple[float, float]:
        # x = a + b y and y = c + d x
        a, b = side[0], (side[1] - side[0]) / height
        c, d = end[0], (end[1] - end[0]) / width
        y = (c + d * a) / (1 - b * d)
        return a + b * y, y

    return np.array([meet(upright[0], level[0]), meet(upright[1], level[0]),
                     meet(upright[1], level[1]), meet(upright[0], level[1])])  # fmt: skip


def snap(corners: Points, rgb: NDArray[np.uint8]) -> Points:
    """Keep corners in the picture, and make a panel that is nearly upright upright, on whole pixels."""
    height, width = rgb.shape[:2]
    corners = np.clip(corners, 0, [width, height])
    a, b, c, d = corners
    off = max(abs(a[0] - d[0]), abs(b[0] - c[0]), abs(a[1] - b[1]), abs(c[1] - d[1]))
    if off <= max(1.5, 0.0025 * max(size_of(corners))):
        left, right = round((a[0] + d[0]) / 2), round((b[0] + c[0]) / 2)
        top, bottom = round((a[1] + b[1]) / 2), round((c[1] + d[1]) / 2)
        corners = span_box((left, top, right, bottom))
    return corners
