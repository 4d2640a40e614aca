"""Where the section is in the picture: first roughly, by its texture, then each side by a vote."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, box, homography, move, size_of, straighten, whole
from odfault.picture.vision import load_vision

Grid = NDArray[np.float64]
LONG_SIDE = 1000
"""Pixels of the picture in which the panel is looked for."""
CELL = 8
"""Pixels of a cell of the texture map."""
MARGIN = 0.07
"""Around the rough panel, where its sides are looked for, as a part of its size."""
BANDS = 40
"""Parts of a side that vote."""
SLANT = 0.05
"""How far a side may lean against the rough one, as a part of its length."""


def find_panel(rgb: NDArray[np.uint8]) -> Points:
    """Find the four corners of the largest panel that has the texture of a section.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)

    Returns
    -------
    ndarray, (4, 2)
        x and y, clockwise from the top left; the whole picture when nothing stands out.
    """
    cv2 = load_vision()
    height, width = rgb.shape[:2]
    less = min(1.0, LONG_SIDE / max(height, width))
    small = cv2.resize(rgb, None, fx=less, fy=less, interpolation=cv2.INTER_AREA) if less < 1 else rgb
    live = find_live(small)
    corners = _rough(small, live)
    for _ in range(3):
        before, corners = corners, refine(small, corners)
        if np.abs(before - corners).max() < 1:
            break
    scale = np.array([width, height]) / np.array([small.shape[1], small.shape[0]])
    corners = refine(rgb, corners * scale, margin=0.02) if less < 1 else corners * scale
    return snap(corners, rgb)


def find_live(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell pixels around which colours change, from flat ones; noise counts as flat."""
    cv2 = load_vision()
    square = np.ones((5, 5), np.uint8)
    change = (cv2.dilate(rgb, square) - cv2.erode(rgb, square)).max(axis=2)
    calm = float(np.quantile(change, 0.04))
    least = min(max(3.0, 2.0 * calm), max(3.0, 0.6 * float(np.quantile(change, 0.6))))
    return np.asarray(change > least)


def _rough(rgb: NDArray[np.uint8], live: NDArray[np.bool_]) -> Points:
    """Find the upright box that holds most texture and least else."""
    weight = _likeness(rgb, live)
    top, bottom, left, right = best_box(weight)
    height, width = rgb.shape[:2]
    x, x_end, y, y_end = (
        min(CELL * n, most) for n, most in ((left, width), (right, width), (top, height), (bottom, height))
    )
    if (x_end - x) * (y_end - y) < 0.02 * width * height:
        return whole(rgb)
    return np.array([[x, y], [x_end, y], [x_end, y_end], [x, y_end]], np.float64)


def _likeness(rgb: NDArray[np.uint8], live: NDArray[np.bool_]) -> Grid:
    """Weigh cells: above 0 where there is the texture of a section, below where it is flat or text."""
    cv2 = load_vision()
    height, width = live.shape
    cells = (-(-width // CELL), -(-height // CELL))

    def shrink(values: Any) -> Grid:
        whole_cells = cv2.copyMakeBorder(
            np.asarray(values, np.float32),
            0,
            cells[1] * CELL - height,
            0,
            cells[0] * CELL - width,
            cv2.BORDER_REPLICATE,
        )
        return np.asarray(cv2.resize(whole_cells, cells, interpolation=cv2.INTER_AREA), np.float64)

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.blur(shrink(part), (5, 5)) for part in (across**2, down**2, across * down))
    one_way = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / np.maximum(xx + yy, 1e-6)
    rim = np.concatenate(
        [
            rgb[:3].reshape(-1, 3),
            rgb[-3:].reshape(-1, 3),
            rgb[:, :3].reshape(-1, 3),
            rgb[:, -3:].reshape(-1, 3),
        ]
    )
    paper = cv2.blur(shrink(near(rgb, commonest(rim), 8)), (3, 3))
    return shrink(live) * (0.7 + 0.6 * one_way) - 0.55 - 0.8 * (paper > 0.5)


def commonest(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the commonest of colours (n, 3), to the nearest 8 levels, and then their median."""
    coarse = (colours // 8).astype(np.int64) @ np.array([1, 32, 1024])
    values, counts = np.unique(coarse, return_counts=True)
    return np.median(colours[coarse == values[counts.argmax()]], axis=0).astype(np.uint8)


def near(rgb: NDArray[np.uint8], colour: NDArray[np.uint8], levels: int) -> NDArray[np.bool_]:
    """Tell which pixels have nearly a colour."""
    return np.asarray(np.abs(rgb.astype(np.int16) - colour.astype(np.int16)).max(axis=-1) <= levels)


def best_box(weight: Grid) -> tuple[int, int, int, int]:
    """Find the rows and columns of the box whose sum is the highest: top, bottom, left, right.

    Notes
    -----
    Kadane's scan (Bentley, 1984) along the rows, for each pair of columns at once.
    """
    rows, columns = weight.shape
    summed = np.concatenate([np.zeros((rows, 1)), np.cumsum(weight, axis=1)], axis=1)
    left, right = np.triu_indices(columns + 1, 1)
    total, start = np.zeros(len(left)), np.zeros(len(left), int)
    best, spans = np.full(len(left), -np.inf), np.zeros((len(left), 2), int)
    for row in range(rows):
        fresh = total <= 0
        total = np.where(fresh, 0, total) + summed[row, right] - summed[row, left]
        start = np.where(fresh, row, start)
        better = total > best
        best = np.where(better, total, best)
        spans[better] = np.column_stack([start, np.full(len(left), row + 1)])[better]
    at = int(best.argmax())
    return int(spans[at, 0]), int(spans[at, 1]), int(left[at]), int(right[at])


def refine(rgb: NDArray[np.uint8], corners: Points, *, margin: float = MARGIN) -> Points:
    """Move each side of a panel to where texture and colour end, by the vote of its parts.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Roughly where it is.
    margin : float
        How far a side may move, as a part of the panel's size.
    """
    width, height = size_of(corners)
    rim = [max(12, round(margin * n)) for n in (width, height)]
    wide = box(width, height) + [[-rim[0], -rim[1]], [rim[0], -rim[1]], [rim[0], rim[1]], [-rim[0], rim[1]]]
    out = homography(box(width, height), corners)
    size = (width + 2 * rim[0], height + 2 * rim[1])
    around = straighten(rgb, move(wide, out), size)
    spots = move(
        np.stack(np.meshgrid(np.arange(size[0]) + 0.5 - rim[0], np.arange(size[1]) + 0.5 - rim[1]), -1), out
    )
    there = ((spots > 0) & (spots < [rgb.shape[1], rgb.shape[0]])).all(axis=1).reshape(size[::-1])
    live = find_live(around) & there
    turned = (around, live, there)
    lines = []
    for side in range(4):  # left, top, right, bottom, each as if it were the left one
        part = [_as_left(item, side) for item in turned]
        lines.append(_vote(*part, rim[side % 2]))
    (left, top, right, bottom) = lines
    ends = _cross(left, top, right, bottom, size)
    return move(ends - rim, out)


def _as_left(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Turn an array so that a side lies left: left, top, right, bottom are 0 to 3."""
    turned = values if side in (0, 2) else values.swapaxes(0, 1)
    return turned if side in (0, 1) else turned[:, ::-1]


def _vote(
    rgb: NDArray[np.uint8], live: NDArray[np.bool_], there: NDArray[np.bool_], rim: int
) -> tuple[float, float]:
    """Find the left side: its distance from the left at the top and at the bottom of the array."""
    reach = 2 * rim + 1
    inside = max(5, rim // 4)
    strip, alive, real = rgb[:, : reach + inside], live[:, : reach + inside], there[:, : reach + inside]
    outer = strip[:, : max(4, rim // 2)][real[:, : max(4, rim // 2)] & ~alive[:, : max(4, rim // 2)]]
    content = alive
    if len(outer) > 50:
        content = (alive | ~near(strip, commonest(outer), 24)) & real
    bands = [part for part in np.array_split(np.arange(rim, len(rgb) - rim), BANDS) if len(part)]
    full = np.stack([content[part].mean(axis=0) for part in bands])
    mean = np.stack([strip[part].mean(axis=0) for part in bands])
    held = np.stack([real[part].mean(axis=0) for part in bands])
    score = _score(full, mean, held, inside)[:, :reach]
    return _best_line(score, [float(part.mean()) for part in bands], len(rgb))


def _score(full: Grid, mean: Grid, held: Grid, inside: int) -> Grid:
    """Score each place of each band as the border: content right of it, none left of it, and an edge."""
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
    return right - left + 0.6 * np.maximum(step * held, border)


def _best_line(score: Grid, rows: list[float], height: int) -> tuple[float, float]:
    """Find the straight line through the bands with the highest sum of scores."""
    columns = score.shape[1]
    lean = np.unique(np.round(np.linspace(-SLANT, SLANT, 81) * height)) if height > 1 else np.zeros(1)
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


def _cross(
    left: tuple[float, float], top: tuple[float, float], right: tuple[float, float], bottom: tuple[float, float],
    size: tuple[int, int],
) -> Points:  # fmt: skip
    """Cross the four sides; right and bottom are counted from the far end."""
    width, height = size
    upright = [(left[0], left[1]), (width - right[0], width - right[1])]
    level = [(top[0], top[1]), (height - bottom[0], height - bottom[1])]

    def meet(side: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
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
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    return corners
