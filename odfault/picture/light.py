"""Uneven light on a photo or a stained page: seen from colours that are darker than their map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.likely import LUMA, Fit, share

Colours = NDArray[np.uint8]
Points = NDArray[np.float64]
SEEN = 6000
"""Pixels that are looked at."""
DARK = 8.0
"""Levels that are added to both, or the darkest colours would say most."""
ROUNDS = 6
"""Of weighing less what fits badly."""


def find_light(rgb: Colours, found: Fit) -> NDArray[np.float32]:
    """Find how much brighter each part of a panel is than its colour map.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The straightened panel.
    found : Fit
        Of the map to its colours.

    Returns
    -------
    ndarray of float32, (height, width)
        Factors around 1: those of a polynomial of second order.

    Notes
    -----
    As the bias field of a magnetic resonance image (Wells and others, 1996): the colours that a map likely
    has in each place, guessed by tint more than by brightness while the light is unknown, against those seen;
    the logarithm of the ratio is smooth. Far ones are weighed less (Huber, 1964).
    """
    height, width = rgb.shape[:2]
    chance = np.random.default_rng(0)
    row, column = chance.integers(0, height, SEEN), chance.integers(0, width, SEEN)
    own = rgb[row, column] @ LUMA.T
    likely = share(own, found) @ (found.curve @ LUMA[0])
    ratio = np.log((own[:, 0] + DARK) / (likely + DARK))
    bent = _terms(row / height - 0.5, column / width - 0.5)
    weights = np.ones(SEEN)
    for _ in range(ROUNDS):
        factors = np.linalg.lstsq(bent * weights[:, None], ratio * weights, rcond=None)[0]
        off = np.abs(ratio - bent @ factors)
        weights = np.sqrt(np.minimum(1, 1.5 * np.median(off) / np.maximum(off, 1e-6)))
    y, x = np.arange(height) / height - 0.5, np.arange(width) / width - 0.5
    level, across, down, bow, twist, sag = factors
    light = np.add.outer(level + down * y + sag * y * y, across * x + bow * x * x) + np.multiply.outer(
        twist * y, x
    )
    return np.asarray(np.exp(light - np.median(light)), np.float32)


def _terms(y: Points, x: Points) -> Points:
    """Give 1, x, y, x x, x y and y y."""
    return np.stack([np.ones(len(x)), x, y, x * x, x * y, y * y], axis=-1)
