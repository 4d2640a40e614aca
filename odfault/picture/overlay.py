"""Lines that somebody drew on a section, and whether they are faults."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.vision import load_vision

LEAST_LENGTH = 0.08
"""Of a line, as a part of the panel's smaller side."""
HUES = 20
"""Of OpenCV's 180, that count as one colour."""
MOST_HORIZONS = 12
THICKEST = 9.0
"""Pixels of a line."""


def tell_lines(foreign: NDArray[np.bool_], rgb: NDArray[np.uint8]) -> list[str]:
    """Say which lines are drawn in colours that are not the section's own.

    Parameters
    ----------
    foreign : ndarray of bool, (height, width)
        From ``find_foreign``.
    rgb : ndarray of uint8, (height, width, 3)
        The straightened panel.
    """
    cv2 = load_vision()
    hue, full, bright = np.moveaxis(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV), 2, 0)
    inked = foreign & (full > 60) & (bright > 60)
    kinds = (hue.astype(np.int16) + HUES // 2) % 180 // HUES
    steep = level = 0
    for first in range(0, 180, HUES):  # lines that cross are told apart by their colours
        of_one = inked & (kinds == first // HUES)
        if not of_one.any():
            continue
        joined = cv2.morphologyEx(of_one.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        some = _count_lines(joined)
        steep, level = steep + some[0], level + some[1]
    black = foreign & ~inked
    some = _count_lines(black.astype(np.uint8))
    steep, level = steep + some[0], level + some[1]
    said = []
    if steep and level <= MOST_HORIZONS:
        said.append(f"Faults seem to be drawn on it already: {steep} steep line(s) in a colour of their own.")
    if 0 < level <= MOST_HORIZONS:  # more are no drawing but colours that JPEG has spoilt
        said.append(f"{level} line(s) along the beds, such as horizons, are drawn on it.")
    return said


def _count_lines(drawn: NDArray[np.uint8]) -> tuple[int, int]:
    """Count steep lines and long ones along the beds."""
    cv2 = load_vision()
    _, parts, stats, _ = cv2.connectedComponentsWithStats(drawn, connectivity=8)
    steep = level = 0
    least = LEAST_LENGTH * min(drawn.shape)
    for number in range(1, len(stats)):
        left, top, width, height, area = stats[number]
        length = float(np.hypot(width, height))
        if length < least or area > THICKEST * length:
            continue
        rows, columns = np.nonzero(parts[top : top + height, left : left + width] == number)
        spread = np.cov(np.stack([columns, rows]))
        values, vectors = np.linalg.eigh(spread)
        if values[0] > 0.15 * values[1]:
            continue  # no line: a cross, a ring, a word
        along = np.abs(vectors[:, 1])
        if along[1] > 0.6 * along[0]:
            steep += 1
        elif width > 0.2 * drawn.shape[1]:
            level += 1
    return steep, level
