"""Lines that somebody drew on a section, and whether they are faults."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.vision import load_vision

LEAST_LENGTH = 0.08
"""Of a line, as a part of the panel's smaller side."""
MOST_HORIZONS = 12
THICKEST = 9.0
"""Pixels of a line."""


def tell_lines(foreign: NDArray[np.bool_]) -> list[str]:
    """Say which lines are drawn in colours that are not the section's own.

    Parameters
    ----------
    foreign : ndarray of bool, (height, width)
        From ``find_foreign``.
    """
    cv2 = load_vision()
    _, parts, stats, _ = cv2.connectedComponentsWithStats(foreign.astype(np.uint8), connectivity=8)
    steep = level = 0
    least = LEAST_LENGTH * min(foreign.shape)
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
        elif width > 0.2 * foreign.shape[1]:
            level += 1
    said = []
    if steep and level <= MOST_HORIZONS:
        said.append(f"Faults seem to be drawn on it already: {steep} steep line(s) in a colour of their own.")
    if 0 < level <= MOST_HORIZONS:  # more are no drawing but colours that JPEG has spoilt
        said.append(f"{level} line(s) along the beds, such as horizons, are drawn on it.")
    return said
