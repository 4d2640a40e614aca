"""Wiggle and variable-area plots: how black each trace is, as amplitudes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

TWO_TONED = 0.7
"""Part of a panel that is nearly black or nearly white, at least."""
REGULAR = 0.35
"""Correlation of the columns with those one trace further, at least."""
COLOURED = 0.04
"""Part of a panel that may be in vivid colours, such as a horizon drawn on it."""
FEWEST = 12
"""Traces."""
SPACINGS = (4, 80)
"""Pixels from trace to trace."""


def read_wiggles(rgb: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Turn a plot of black traces on white into amplitudes, as well as may be.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The straightened panel.

    Returns
    -------
    ndarray of float32, (height, width), or None
        Blackness averaged over a trace's width, above the mean of its surroundings: the filled halves are
        seen, the others only as far as the curve shows them. Nothing where it is no such plot.
    """
    some = rgb.reshape(-1, 3)[::7]
    paper = np.maximum(np.quantile(some, 0.9, axis=0), 60)  # it may have yellowed
    low, high = np.quantile(_darkness(some, paper), [0.02, 0.98])
    toned = (_darkness(some, paper) - low) / max(high - low, 1e-3)
    white, black = (toned < 0.25).mean(), (toned > 0.75).mean()
    vivid = np.ptp(np.minimum(some / paper, 1), axis=1)
    if white + black < TWO_TONED or not 0.35 < white < 0.9:
        return None
    if vivid.mean() > 0.12 or (vivid > 0.25).mean() > COLOURED:
        return None
    dark = np.clip((_darkness(rgb, paper) - low) / max(high - low, 1e-3), 0, 1).astype(np.float32)
    spacing = trace_spacing(dark)
    if spacing is None or rgb.shape[1] < FEWEST * spacing:
        return None
    wide = gaussian_filter1d(uniform_filter1d(dark, spacing, axis=1), 0.35 * spacing, axis=1)
    return np.asarray(wide - wide.mean(), np.float32)


def _darkness(rgb: NDArray[np.uint8], paper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give 0 for paper and 1 for black."""
    return np.asarray(1 - np.minimum(rgb / paper, 1).mean(axis=-1))


def trace_spacing(dark: NDArray[np.float32]) -> int | None:
    """Find how many pixels lie between the traces of a plot; nothing where columns do not repeat."""
    mean = dark.mean(axis=0)
    mean = mean - gaussian_filter1d(mean, 40)
    if mean.std() < 0.02:
        return None
    waves = np.abs(np.fft.rfft(mean, 2 * len(mean))) ** 2
    same = np.fft.irfft(waves)[: len(mean)]
    same = same / max(same[0], 1e-12) * (len(mean) / np.arange(len(mean), 0, -1))
    first, last = SPACINGS[0], min(SPACINGS[1], len(mean) // 4)
    lags = [n for n in range(first, last) if same[n] >= same[n - 1] and same[n] > same[n + 1]]
    good = [n for n in lags if same[n] > REGULAR]
    return good[0] if good else None


def as_grey(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Show amplitudes as greys, (height, width, 3)."""
    low, high = np.quantile(values, [0.01, 0.99])
    grey = np.clip((values - low) * (255 / max(float(high - low), 1e-6)), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, 2)
