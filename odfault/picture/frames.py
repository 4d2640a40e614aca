"""Frames: rectangles of four long thin lines, as plots have around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.vision import load_vision

CONTRAST = 35
"""Levels by which a line differs from both sides."""
SHORTEST = 0.12
"""Of a side, as a part of the picture's smaller side."""
THICK = 4
"""Pixels of a frame with its rims."""
WHOLE = 0.85
"""Part of each side that must be there."""


def find_frames(rgb: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Find upright frames.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)

    Returns
    -------
    list of tuple
        Left, top, right and bottom of what is inside each, in pixels.
    """
    cv2 = load_vision()
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.int16)
    least = max(20, round(SHORTEST * min(grey.shape)))
    upright = _lines(grey, least)
    level = _lines(np.ascontiguousarray(grey.T), least).T
    both = cv2.dilate((upright | level).astype(np.uint8), np.ones((3, 3), np.uint8))
    _, parts, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=8)
    found = []
    for number in range(1, len(stats)):
        left, top, width, height, _ = stats[number].tolist()
        if min(width, height) < least:
            continue
        frame = _inside(parts[top : top + height, left : left + width] == number)
        if frame and min(frame[2] - frame[0], frame[3] - frame[1]) >= least:
            found.append((left + frame[0], top + frame[1], left + frame[2], top + frame[3]))
    return found


def _inside(lines: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Find what lies within the outermost lines of a net that run nearly all along it, if there are four."""
    top, bottom = 0, len(lines)
    for _ in range(2):
        across = np.flatnonzero(_thick(lines[top:bottom]).mean(axis=0) >= WHOLE)
        if not across.size:
            return None
        left, right = int(across[0]), int(across[-1]) + 1
        down = np.flatnonzero(_thick(lines[:, left:right].T).mean(axis=0) >= WHOLE)
        if not down.size:
            return None
        top, bottom = int(down[0]), int(down[-1]) + 1
    return left + THICK, top + THICK, right - THICK, bottom - THICK


def _thick(lines: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Widen upright lines by a pixel to each side."""
    cv2 = load_vision()
    return np.asarray(cv2.dilate(lines.astype(np.uint8), np.ones((1, 3), np.uint8)), np.uint8)


def _lines(grey: NDArray[np.int16], least: int) -> NDArray[np.bool_]:
    """Find upright lines of a length, of one grey, that differ from what is beside them to one side."""
    cv2 = load_vision()
    before, after = np.roll(grey, 3, 1), np.roll(grey, -3, 1)
    edge = np.minimum(np.abs(grey - before), 255) > CONTRAST
    other = np.minimum(np.abs(grey - after), 255) > CONTRAST
    steady = np.abs(grey - np.roll(grey, 1, 0)) < 12
    line = ((edge | other) & steady).astype(np.uint8)
    line = cv2.morphologyEx(line, cv2.MORPH_CLOSE, np.ones((7, 1), np.uint8))  # ticks and labels interrupt it
    line = cv2.morphologyEx(line, cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    return np.asarray(line > 0)
