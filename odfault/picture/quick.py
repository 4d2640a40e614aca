"""What tells signs apart: the mixture of colours that changes from bed to bed and is nowhere slow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.linalg import eigh
from scipy.ndimage import gaussian_filter1d

from odfault.picture.likely import LUMA, STEPS
from odfault.picture.maps import Curve

Points = NDArray[np.float64]
STRIPS, WIDE = 6, 16
"""Parts of a panel that are looked at, and their columns."""
SLOW, PERIOD = 1 / 32, 1.2
"""Of the height, and of the dominant period at least: standard deviation of what is slow."""
GRAIN = 2.0
"""Variance, in squared levels, that noise may have."""
ENDS = 0.004
"""Part of the pixels beyond either end of a curve."""


def find_quick(rgb: NDArray[np.uint8]) -> tuple[Points, Curve]:
    """Find the mixture of red, green and blue that alternates most, and the colours along it.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The panel.

    Returns
    -------
    tuple of ndarray
        (3,): weights of red, green and blue; (STEPS, 3): the mean colours in even steps of that mixture.

    Notes
    -----
    A trace has no slow part, but how strong it is varies slowly. What of the colours is alike for both signs,
    such as the brightness of most maps with a light middle, has a slow part therefore, and what tells signs
    has none. The mixture with the largest share of quick variance is the first generalised eigenvector of two
    covariances, as in slow feature analysis (Wiskott and Sejnowski, 2002) the other way round.
    """
    height, width = rgb.shape[:2]
    wide = min(WIDE, width)
    starts = np.linspace(0.03 * width, max(0.97 * width - wide, 0), STRIPS).astype(int).clip(0, width - wide)
    colours = np.stack([rgb[:, at : at + wide] for at in starts], axis=1).astype(np.float64)
    own = colours @ LUMA.T
    own -= np.median(own, axis=(0, 1, 2))
    smooth = gaussian_filter1d(own, 1.0, axis=2)
    slow = gaussian_filter1d(smooth, max(2.0, SLOW * height, PERIOD * _period(smooth)), axis=0)
    quick = (smooth - slow).reshape(-1, 3)
    slow = slow.reshape(-1, 3)
    _, mixtures = eigh(quick.T @ quick / len(quick), slow.T @ slow / len(slow) + GRAIN * np.eye(3))
    weights = LUMA.T @ mixtures[:, -1]
    flat = colours.reshape(-1, 3)
    return weights, _along(flat, flat @ weights)


def _period(own: Points) -> float:
    """Give the period in pixels along the first axis about which an octave has most power."""
    spectrum = np.abs(rfft(own - own.mean(axis=0), axis=0)) ** 2
    power = spectrum.sum(axis=tuple(range(1, own.ndim))) * np.arange(len(spectrum))
    return float(len(own) / max(1, int(power.argmax())))


def _along(colours: Points, place: Points) -> Curve:
    """Give the mean colours in even steps of a place."""
    low, high = np.quantile(place, [ENDS, 1 - ENDS])
    step = np.clip(((place - low) / max(high - low, 1e-9) * STEPS).astype(int), 0, STEPS - 1)
    many = gaussian_filter1d(np.bincount(step, minlength=STEPS).astype(float), 2.0, mode="nearest")
    sums = np.column_stack([np.bincount(step, part, STEPS) for part in colours.T])
    return np.asarray(gaussian_filter1d(sums, 2.0, axis=0, mode="nearest") / np.maximum(many, 1e-3)[:, None])
