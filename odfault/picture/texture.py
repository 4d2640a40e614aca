"""How much a picture changes from pixel to pixel, and from which change on it is more than noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.vision import load_vision

GRAIN, LEAST_CALM, MOST_PAPER = 1.7, 0.12, 24.0
"""Times the least change of a photo that is its grain, part of it that is paper if there is any, and levels
that its grain has at most: what changes more is a calm section."""
MOST_GRAIN = 70
"""Levels that paper changes by at most, JPEG and grain included."""


def find_live(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell pixels around which colours change, from flat ones; noise counts as flat."""
    change = change_of(rgb)
    return np.asarray(change > min(thresholds(change)))


def thresholds(change: NDArray[np.uint8]) -> list[float]:
    """Find from which changes on a picture is alive: above its paper, and above all that is weak.

    Notes
    -----
    The first valley of the histogram of the logarithms, and the split of Otsu (1979).
    """
    some = change.ravel()[:: max(1, change.size // 200_000)].astype(np.float64)
    some += np.random.default_rng(0).uniform(-0.5, 0.5, some.size)  # or whole numbers make valleys between
    size = np.log1p(np.maximum(some, 0))
    many, edges = np.histogram(size, 48, (0, np.log(256)))
    smooth = np.convolve(np.pad(many, 2, "edge"), [0.1, 0.2, 0.4, 0.2, 0.1], "valid") / size.size
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(smooth)
    sums = np.cumsum(smooth * middles)
    apart = (sums[-1] * below - sums) ** 2 / np.maximum(below * (1 - below), 1e-9)
    apart[(below < 0.03) | (below > 0.97)] = 0
    otsu = max(2.0, float(np.expm1(middles[apart.argmax()])))
    strong = max(2.0, 0.4 * float(np.expm1(np.quantile(size, 0.9))))
    for at in range(1, int(np.searchsorted(middles, np.log1p(MOST_GRAIN)))):
        lowest = smooth[at] <= smooth[at - 1] and smooth[at] <= smooth[at + 1]
        enough = 0.05 < below[at] < 0.92 and smooth[:at].max() > 1.5 * smooth[at]
        if lowest and enough and smooth[at:].max() > 1.5 * smooth[at]:
            return [max(2.0, float(np.expm1(middles[at]))), otsu, strong]
    if below[np.searchsorted(middles, np.log1p(3))] > 0.1:  # flat to the last bit, and all sizes above
        return [3.0, otsu, strong]
    grainy = _grainy_paper(change)
    if grainy is not None:
        return [grainy, otsu, strong]
    return [max(1.0, 0.6 * float(np.expm1(np.quantile(size, 0.02)))), otsu, strong]


def _grainy_paper(change: NDArray[np.uint8]) -> float | None:
    """Find the change of paper or a desk in a grainy photo, by its being in one piece; nothing without."""
    cv2 = load_vision()
    soft = cv2.blur(change, (5, 5))
    most = GRAIN * float(np.quantile(soft[::3, ::3], 0.04))
    calm = (soft <= most).astype(np.uint8)
    side = max(9, min(change.shape) // 40)
    whole = cv2.morphologyEx(calm, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return most if most < MOST_PAPER and whole.mean() > LEAST_CALM else None


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
