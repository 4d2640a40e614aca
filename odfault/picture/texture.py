"""How much a picture changes from pixel to pixel, and which colours it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.vision import load_vision


def change_of(rgb: NDArray[np.uint8], side: int = 5) -> NDArray[np.uint8]:
    """Give the largest difference of a colour in a square of pixels, (height, width)."""
    cv2 = load_vision()
    square = np.ones((side, side), np.uint8)
    red, green, blue = cv2.split(cv2.dilate(rgb, square) - cv2.erode(rgb, square))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def commonest(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the commonest of colours (n, 3), to the nearest 8 levels, and then their median."""
    coarse = (colours // 8).astype(np.int64) @ np.array([1, 32, 1024])
    values, counts = np.unique(coarse, return_counts=True)
    return np.asarray(np.median(colours[coarse == values[counts.argmax()]], axis=0), np.uint8)


def near(rgb: NDArray[np.uint8], colour: NDArray[np.uint8], levels: int) -> NDArray[np.bool_]:
    """Tell which pixels have nearly a colour."""
    return np.asarray(np.abs(rgb.astype(np.int16) - colour.astype(np.int16)).max(axis=-1) <= levels)
