"""Colour bars beside a panel: their colours, from one end to the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from odfault.picture.straighten import Points, box, homography, move, size_of, span_box, straighten
from odfault.picture.texture import commonest, near
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
Strip = NDArray[np.float64]
Place = tuple[int, int, int, int]
"""Left, top, width and height."""
LONG_SIDE = 1000
"""Pixels of the panel's longer side, at most, beside which bars are looked for."""
AROUND = 0.5, 160
"""How far from the panel: a part of its longer side, and pixels at least."""
LEAST_LENGTH, LEAST_WIDTH, LEAST_ASPECT = 40, 5, 3.0
"""In pixels, and how many times longer than wide a bar is."""
LEAST_PATH = 120.0
"""Levels of colour that a bar runs through."""
EVEN, PAPER = 12, 14
"""Levels: between neighbours across a bar, and between its colours and those of what it lies on."""
MOST_WIDTH = 50
"""Pixels of a bar; what is wider is a toolbar's edge."""
LEAST_CHANGE = 7
"""Levels over 16 rows along a bar."""
JUMP = 45
"""Levels over three rows that are no part of a bar."""
RIM = 0.02
"""Part of a bar at each end that its frame may have darkened."""
MOST_BARS = 6


def find_bars(rgb: Colours, corners: Points) -> list[Strip]:
    """Find strips beside a panel that are of one colour across and of many along.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Of the panel.

    Returns
    -------
    list of ndarray, (n, 3)
        Colours along each bar, in even steps; top or left first, the longest bar first. Which of them is the
        panel's own is seen from its colours only.
    """
    around, inside = _surroundings(rgb, corners)
    found = _find_upright(around, inside)
    found += _find_upright(np.ascontiguousarray(around.swapaxes(0, 1)), np.ascontiguousarray(inside.T))
    return sorted(found, key=lambda one: -len(one))[:MOST_BARS]


def _surroundings(rgb: Colours, corners: Points) -> tuple[Colours, NDArray[np.bool_]]:
    """Cut out the panel with what is around it, upright, and tell what is the panel or beyond the picture."""
    width, height = size_of(corners)
    rim = max(AROUND[0] * max(width, height), AROUND[1])
    out = homography(box(width, height), corners)
    outer = move(span_box((-rim, -rim, width + rim, height + rim)), out)
    inner = corners
    if np.abs(corners - np.roll(corners, 1, 0)).min(axis=1).max() < 1:  # upright: nothing to turn
        first = np.floor(np.clip(outer[0], 0, None)).astype(int)
        last = np.ceil(outer[2]).astype(int)
        rgb, inner = rgb[first[1] : last[1], first[0] : last[0]], corners - first
        outer = box(rgb.shape[1], rgb.shape[0])
    less = min(1.0, LONG_SIDE / max(width, height))
    size = (max(8, round(size_of(outer)[0] * less)), max(8, round(size_of(outer)[1] * less)))
    around = straighten(rgb, outer, size)
    there = homography(outer, box(*size))
    cv2 = load_vision()
    taken = np.ones(around.shape[:2], np.uint8)
    cv2.fillConvexPoly(taken, np.round(move(box(rgb.shape[1], rgb.shape[0]), there)).astype(np.int32), 0)
    cv2.fillConvexPoly(taken, np.round(move(inner, there)).astype(np.int32), 1)
    return around, taken > 0


def _find_upright(rgb: Colours, taken: NDArray[np.bool_]) -> list[Strip]:
    """Find the upright bars."""
    cv2 = load_vision()
    if min(rgb.shape[:2]) < LEAST_LENGTH:
        return []
    values = cv2.blur(rgb, (1, 9)).astype(np.int16)  # grain is no edge
    across = np.abs(values[:, 2:] - values[:, :-2]).max(axis=2)
    change = np.abs(values[16:] - values[:-16]).max(axis=2)
    change = np.pad(change, ((8, 8), (0, 0)), "edge")[:, 1:-1]
    steady = ((across <= EVEN) & (change >= LEAST_CHANGE) & ~taken[:, 1:-1]).astype(np.uint8)
    steady -= cv2.morphologyEx(steady, cv2.MORPH_OPEN, np.ones((1, MOST_WIDTH), np.uint8))
    steady = cv2.morphologyEx(steady, cv2.MORPH_CLOSE, np.ones((25, 1), np.uint8))
    steady = cv2.morphologyEx(steady, cv2.MORPH_OPEN, np.ones((15, LEAST_WIDTH - 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(steady, connectivity=4)
    found = [_read_bar(rgb, place) for place in _solid(stats) + _on_ground(rgb, taken)]
    return [one for one in found if one is not None]


def _solid(stats: NDArray[np.int32]) -> list[Place]:
    """Choose what is long, narrow and filled."""
    places = []
    for left, top, width, height, area in stats[1:].tolist():
        long_enough = height >= max(LEAST_LENGTH, LEAST_ASPECT * width) and width >= LEAST_WIDTH - 3
        if long_enough and area > 0.6 * width * height:
            places.append((left + 1, top, width, height))
    return places


def _on_ground(rgb: Colours, taken: NDArray[np.bool_]) -> list[Place]:
    """Find long narrow boxes by what they lie on, such as the window of a viewer."""
    cv2 = load_vision()
    beside = cv2.dilate(taken.astype(np.uint8), np.ones((41, 41), np.uint8)) > taken
    if not beside.any():
        return []
    other = (~near(rgb, commonest(rgb[beside]), 20) & ~taken).astype(np.uint8)
    other = cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((5, LEAST_WIDTH), np.uint8))
    boxes = cv2.connectedComponentsWithStats(other, connectivity=4)[2][1:, :5].tolist()
    halves: list[list[int]] = []
    for left, top, width, height, area in sorted(boxes, key=lambda one: one[1]):
        if width > MOST_WIDTH or area < 0.8 * width * height or height < 8:
            continue
        for half in halves:  # of a bar whose middle is white like the ground
            close = top - half[1] - half[3] < 0.4 * (top + height - half[1])
            if abs(left - half[0]) < 3 and abs(width - half[2]) < 4 and close:
                half[3] = top + height - half[1]
                break
        else:
            halves.append([left, top, width, height])
    return [(left, top, width, height) for left, top, width, height in halves
            if height >= max(LEAST_LENGTH, LEAST_ASPECT * width)]  # fmt: skip


def _read_bar(rgb: Colours, place: Place) -> Strip | None:
    """Read the colours of a bar from end to end; nothing where they run through too little."""
    left, top, width, height = place
    core = slice(left + width // 5, left + width - width // 5)
    first, last = max(0, top - height // 6), min(len(rgb), top + height + height // 6)
    rows = np.median(rgb[first:last, core].astype(np.float64), axis=1)
    sides = [rgb[top : top + height, max(0, x) : max(0, x) + 3].reshape(-1, 3)
             for x in (left - 9, left + width + 6)]  # fmt: skip
    ground = commonest(np.concatenate(sides))
    bar = _longest(~near(rows.astype(np.uint8), ground, PAPER), rows)
    if bar is None:
        return None
    begin, end = bar
    for _ in range(4):  # the lines around it
        begin += bool(end - begin > 12 and np.abs(rows[begin] - rows[begin + 2]).max() > 60)
        end -= bool(end - begin > 12 and np.abs(rows[end - 1] - rows[end - 3]).max() > 60)
    rim = round(RIM * (end - begin))
    colours = rows[begin + rim : end - rim]
    if len(colours) < LEAST_LENGTH:
        return None
    run = np.abs(np.diff(gaussian_filter1d(colours, 2, axis=0), axis=0)).sum()
    ends = np.abs(colours[0] - colours[-1]).sum()
    steep = np.quantile(np.abs(np.diff(colours, axis=0)).max(axis=1), 0.95)
    if max(run / 3, ends) < LEAST_PATH or steep > 40:
        return None
    return np.asarray(gaussian_filter1d(colours, len(colours) / 150, axis=0, mode="nearest"))


def _longest(coloured: NDArray[np.bool_], rows: Strip) -> tuple[int, int] | None:
    """Find the longest run that is not of the ground's colour, unless it comes to that colour smoothly."""
    edges = np.flatnonzero(np.diff(np.pad(coloured, 1).astype(int)))
    runs: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        long_enough = end - start > 0.15 * len(rows)
        if runs and long_enough and max(_jump(rows, runs[-1][1]), _jump(rows, start)) < JUMP:
            start = runs.pop()[0]
        runs.append((start, end))
    return max(runs, key=lambda run: run[1] - run[0]) if runs else None


def _jump(rows: Strip, at: int) -> float:
    """Give the change of colour at a row."""
    return float(np.abs(rows[max(0, at - 2)] - rows[min(len(rows) - 1, at + 1)]).max())
