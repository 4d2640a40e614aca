"""Where sections are in a picture, as a small network sees it."""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import models_folder
from odfault.picture.four import LIKELY, fit_sides
from odfault.picture.straighten import Points
from odfault.picture.vision import load_vision

SIDE = 512
"""Pixels of the square that the network is shown."""
AROUND = 128
"""Level of what is in the square and not in the picture."""
LEAST = 0.004
"""Part of a picture that a section covers, at least."""
FLAT = 2
"""Levels by which a section's pixels vary, at least: of what is flat the network cannot know."""
TURN = threading.Lock()
CLOSER = 0.25
"""Of a panel's longer side: how much around it is looked at again, and how far a corner may move."""


def find_panels(rgb: NDArray[np.uint8]) -> list[Points]:
    """Find the corners of sections, the one that covers most first.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)

    Returns
    -------
    list of ndarray, (4, 2)
        x and y in pixels, clockwise from the top left, roughly where a section ends; none where nothing
        looks like one.
    """
    cv2 = load_vision()
    shown, scale = fit_in(rgb)
    size = np.ceil(np.array(rgb.shape[1::-1]) * scale).astype(int)
    fine = cv2.resize(_ask(shown), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)[: size[1], : size[0]]
    _, parts = cv2.connectedComponents((fine > LIKELY).astype(np.uint8), connectivity=4)
    worth = np.bincount(parts.ravel(), fine.ravel())
    worth[0] = 0
    large = [part for part in worth.argsort()[::-1] if worth[part] > LEAST * fine.size]
    large = [part for part in large if shown[: size[1], : size[0]][parts == part].std(axis=0).max() > FLAT]
    found = [fit_sides(np.where(parts == part, fine, np.minimum(fine, LIKELY))) for part in large]
    return [np.clip(corners / scale, 0, rgb.shape[1::-1]) for corners in found if corners is not None]


def look_closer(rgb: NDArray[np.uint8], corners: Points) -> Points:
    """Look again at a panel that was found, and at what is around it, as large as the square holds it."""
    span = np.ptp(corners, axis=0)
    around = CLOSER * span.max()
    first = np.clip(corners.min(axis=0) - around, 0, None).astype(int)
    last = np.clip(corners.max(axis=0) + around, None, rgb.shape[1::-1]).astype(int)
    found = [one + first for one in find_panels(rgb[first[1] : last[1], first[0] : last[0]])]
    off = [np.abs(one - corners).max() / span.max() for one in found]
    return found[int(np.argmin(off))] if off and min(off) < CLOSER else corners


def _ask(shown: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give the part of each cell that is a section's; one at a time, since a network keeps its input."""
    with TURN:
        network = _load()
        network.setInput(np.ascontiguousarray(shown.transpose(2, 0, 1)[None], np.float32))
        return np.array(network.forward()[0, 0], np.float32)


@functools.lru_cache(1)
def _load() -> Any:
    """Load the network into OpenCV, from its bytes: a path may have letters that OpenCV cannot read."""
    graph = np.frombuffer((models_folder() / "panel.onnx").read_bytes(), np.uint8)
    return load_vision().dnn.readNetFromONNX(graph)


def fit_in(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Scale a picture to the upper left of the square, and give the factors of x and y."""
    cv2 = load_vision()
    height, width = rgb.shape[:2]
    less = SIDE / max(height, width)
    size = (max(1, round(width * less)), max(1, round(height * less)))
    how = cv2.INTER_AREA if less < 1 else cv2.INTER_LINEAR
    shown = np.full((SIDE, SIDE, 3), AROUND, np.uint8)
    shown[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=how)
    return shown, np.divide(size, (width, height))
