"""Where the section is in the picture: roughly by its texture, then side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.picture.frames import find_frames
from odfault.picture.grow import grow
from odfault.picture.sides import Sides, as_left, refine, snap
from odfault.picture.straighten import Points, box, homography, move, size_of, span_box, straighten, whole
from odfault.picture.texture import change_of, commonest, find_live, near, thresholds
from odfault.picture.vision import load_vision

Grid = NDArray[np.float64]
ROUGH_SIDE, LONG_SIDE = 500, 1000
"""Pixels of the picture in which the panel is looked for, and its sides."""
CELL = 6
"""Pixels of a cell of the texture map."""
MARGINS = (0.16, 0.1, 0.05)
"""Around the rough panel, where its sides are looked for, as parts of its size, one look after the other."""
ISLANDS = 5
"""Of texture, that are looked at."""
LEAST_PAPER = 0.04
"""Part of a picture that is flat, if the section does not fill it."""
AT_BORDER = 0.8
"""Most evidence of a side where the picture ends."""
SHARP = 0.75
"""Evidence of a side at which a section does end."""
LEAST_BLANK = 5
"""Columns of a gap."""
FRAMED = 1.25
"""How much more a frame is worth than a panel of the same size without one."""
THINNEST = 0.08
"""Height or width of a panel, as a part of the picture's smaller side."""
GAP = 0.2
"""Rows and columns of which a smaller part is alive are no part of a section."""


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

    def shrink(side: int) -> NDArray[np.uint8]:
        less = min(1.0, side / max(height, width))
        return cv2.resize(rgb, None, fx=less, fy=less, interpolation=cv2.INTER_AREA) if less < 1 else rgb

    def scale_to(corners: Points, picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> Points:
        return np.asarray(corners * [other.shape[1] / picture.shape[1], other.shape[0] / picture.shape[0]])

    small, middle = shrink(ROUGH_SIDE), shrink(LONG_SIDE)
    live, live_middle = find_live(small), find_live(middle)
    tried = [refine(small, start, margin=MARGINS[0]) for start in _starts(small)]
    worth = [(_evidence(small, sides) * _fill(live, sides.corners), sides.corners) for sides in tried]
    for frame in find_frames(middle):
        inner = scale_to(span_box(frame), middle, small)
        worth.append((FRAMED * _fill(live, inner, power=2.5), inner))
    corners = scale_to(max(worth, key=lambda one: one[0])[1], small, middle)
    for margin in MARGINS[1:]:
        sides = refine(middle, _without_gaps(middle, live_middle, corners), margin=margin)
        corners = sides.corners
    grown = grow(middle, corners)
    if not np.array_equal(grown, corners):
        sides = refine(middle, grown, margin=MARGINS[-1])
        corners = sides.corners
    corners = scale_to(_to_border(middle, live_middle, corners, sides.each), middle, rgb)
    if middle is not rgb:
        corners = refine(rgb, corners, margin=0.02).corners
    return snap(corners, rgb)


def _blank_columns(panel: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell columns of one colour, such as the paper before a colour bar, though JPEG has spoilt it."""
    middle = np.median(panel, axis=0)
    blank = (np.abs(panel - middle).max(axis=2) <= 28).mean(axis=0) > 0.93
    edges = np.flatnonzero(np.diff(np.pad(blank, 1).astype(int)))
    for start, end in edges.reshape(-1, 2):
        if end - start < LEAST_BLANK:  # a dead trace
            blank[start:end] = False
    return np.asarray(blank)


def _to_border(
    rgb: NDArray[np.uint8], live: NDArray[np.bool_], corners: Points, evidence: tuple[float, ...]
) -> Points:
    """Let a panel that fills the picture but for one side fill it whole, unless that side is a sharp one.

    What lies beyond is a weak part of the section then, such as water, and no paper.
    """
    near_by = 0.012 * max(rgb.shape[:2])
    far = _from_border(rgb, corners)
    if (far > near_by).sum() != 1:
        return corners
    side = int(far.argmax())
    depth = max(3, int(far[side]))
    strip = as_left(live, side)[:, :depth]
    return whole(rgb) if evidence[side] < SHARP or strip.mean() > 0.5 else corners


def _from_border(rgb: NDArray[np.uint8], corners: Points) -> Grid:
    """Give how far the sides left, top, right and bottom lie from those of the picture, in pixels."""
    height, width = rgb.shape[:2]
    left, top = corners[[0, 3], 0].max(), corners[:2, 1].max()
    right, bottom = width - corners[1:3, 0].min(), height - corners[2:, 1].min()
    return np.array([left, top, right, bottom])


def _evidence(rgb: NDArray[np.uint8], sides: Sides) -> float:
    """Give the least evidence of a side; of one where the picture itself ends there cannot be much."""
    ends = _from_border(rgb, sides.corners) < 0.012 * max(rgb.shape[:2])
    return float(np.where(ends, np.minimum(sides.each, AT_BORDER), sides.each).min())


def _fill(live: NDArray[np.bool_], corners: Points, *, power: float = 5) -> float:
    """Tell how large a panel is, and how much of it has the texture of a section."""
    cv2 = load_vision()
    there = _straight(live, corners)
    height, width = there.shape
    cells = (max(1, width // CELL), max(1, height // CELL))
    alive = cv2.resize(there.astype(np.uint8) * 255, cells, interpolation=cv2.INTER_AREA) > 127
    share = height * width / live.size
    if min(height, width) < THINNEST * min(live.shape):
        share *= 0.01
    return float(np.sqrt(share) * alive.mean() ** power)


def _straight(live: NDArray[np.bool_], corners: Points) -> NDArray[np.bool_]:
    """Tell where a panel is alive, straightened; what is flat is known from the whole picture."""
    levels = live.astype(np.uint8) * 255
    return straighten(np.repeat(levels[:, :, None], 3, 2), corners)[:, :, 0] > 127


def _without_gaps(rgb: NDArray[np.uint8], live: NDArray[np.bool_], corners: Points) -> Points:
    """Cut away what lies beside a gap that runs across: a colour bar, text, a second panel."""
    there = _straight(live, corners)
    height, width = there.shape
    there[:, _blank_columns(straighten(rgb, corners))] = False
    kept = span_box(_between_gaps(there, (0, 0, width, height)))
    return move(kept, homography(box(width, height), corners))


def _starts(rgb: NDArray[np.uint8]) -> list[Points]:
    """Give boxes that hold much texture and little else, to begin with."""
    cv2 = load_vision()
    height, width = rgb.shape[:2]
    change = change_of(rgb)
    found = {}
    for least in thresholds(change):
        live = change > least
        weight = _likeness(rgb, live)
        if (weight <= -0.4).mean() < LEAST_PAPER:
            found[(0, 0, width, height)] = True
        clear = cv2.morphologyEx((weight > 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        _, islands = cv2.connectedComponents(clear, connectivity=4)
        sizes = np.bincount(islands.ravel())
        sizes[0] = 0
        large = [one for one in sizes.argsort()[::-1][:ISLANDS] if sizes[one] > 0.01 * weight.size]
        for island in large:  # a desk around a page is another one than the panel
            held = np.where((islands != island) & np.isin(islands, large), -0.5, weight)
            _, (top, bottom, left, right) = best_box(held)
            box_found = (CELL * left, CELL * top, min(CELL * right, width), min(CELL * bottom, height))
            found[box_found] = True
            found[_between_gaps(live, box_found)] = True
    starts = [span_box(span) for span in found]
    return [start for start in starts if min(size_of(start)) >= 24] or [whole(rgb)]


def _between_gaps(live: NDArray[np.bool_], span: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Cut a box (left, top, right, bottom) at gaps that run across it, and keep the largest piece.

    Notes
    -----
    The recursive cut of Nagy and Seth (1984), down one branch.
    """
    left, top, right, bottom = span
    for _ in range(4):
        before = (left, top, right, bottom)
        first, last = _largest_run(live[top:bottom, left:right].mean(axis=1))
        top, bottom = top + first, top + last
        first, last = _largest_run(live[top:bottom, left:right].mean(axis=0))
        left, right = left + first, left + last
        if before == (left, top, right, bottom):
            break
    return left, top, right, bottom


def _largest_run(alive: Grid) -> tuple[int, int]:
    """Find the run between gaps that holds most of what is alive; a gap has three rows at least."""
    gap = np.pad(alive < GAP, 1, constant_values=True)
    edges = np.flatnonzero(np.diff(gap))
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    runs: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if runs and start - runs[-1][1] < 3:
            start = runs.pop()[0]
        runs.append((start, end))
    if not runs:
        return 0, len(alive)
    return max(runs, key=lambda run: float(alive[run[0] : run[1]].sum()))


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
    paper = cv2.blur(shrink(near(rgb, commonest(rim), 8) & ~live), (3, 3))
    likeness = shrink(live) * (0.7 + 0.6 * one_way) - 0.6 - 0.8 * np.clip(3 * paper - 0.5, 0, 1)
    return np.asarray(likeness)


def best_box(weight: Grid) -> tuple[float, tuple[int, int, int, int]]:
    """Find the box whose sum is the highest: the sum, and its top, bottom, left and right.

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
    return float(best[at]), (int(spans[at, 0]), int(spans[at, 1]), int(left[at]), int(right[at]))
