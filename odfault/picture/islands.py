"""Where a panel may be, roughly: islands of the texture that sections have, and the boxes around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, size_of, span_box, whole
from odfault.picture.texture import change_of, commonest, near, thresholds
from odfault.picture.vision import load_vision

Grid = NDArray[np.float64]
CELL = 6
"""Pixels of a cell of the texture map."""
ISLANDS = 5
"""Of texture, that are looked at."""
LEAST_PAPER = 0.04
"""Part of a picture that is flat, if the section does not fill it."""
GAP = 0.2
"""Rows and columns of which a smaller part is alive are no part of a section."""


def find_starts(rgb: NDArray[np.uint8]) -> list[Points]:
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
            found[between_gaps(live, box_found)] = True
    starts = [span_box(span) for span in found]
    return [start for start in starts if min(size_of(start)) >= 24] or [whole(rgb)]


def between_gaps(live: NDArray[np.bool_], span: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
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
