"""Filters of a layer as what they listen to: which frequency, in beds of which dip."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kernel = NDArray[np.float64]
FLAT = 0.02
"""Cycles per sample: a filter whose strongest frequency is lower has no frequency, and so no dip."""
ZOOMS = 6
"""Times that the search for the peak looks closer."""


@dataclasses.dataclass(frozen=True)
class Peak:
    """What a filter answers most strongly.

    Attributes
    ----------
    frequency : float
        Cycles per sample; 0 where the filter listens to no frequency along the trace.
    dip : float or None
        Samples per trace, of beds that get deeper with the trace number; none without a frequency.
    wavenumber : float
        Cycles per trace.
    """

    frequency: float
    dip: float | None
    wavenumber: float


def respond(kernel: ArrayLike, frequencies: ArrayLike, wavenumbers: ArrayLike) -> NDArray[np.float64]:
    """Size of a filter's answer to plane waves of size 1.

    Parameters
    ----------
    kernel : array_like, (traces, samples) or (lines, traces, samples)
        The filter. Of several lines the power is summed: over the wavenumbers across them.
    frequencies : array_like
        Cycles per sample.
    wavenumbers : array_like
        Cycles per trace, of the same shape.

    Returns
    -------
    ndarray
        Of that shape.

    Notes
    -----
    A bed t = p x carries the wave exp(2 pi i f (t - p x)), whose wavenumber is -f p. The Fourier transform
    of the filter itself: a convolution of a network is a correlation, and a real one does not mind.
    """
    w = np.asarray(kernel, np.float64)
    lines = w if w.ndim == 3 else w[None]
    f, k = np.asarray(frequencies, np.float64), np.asarray(wavenumbers, np.float64)
    i, j = np.arange(lines.shape[1]), np.arange(lines.shape[2])
    across = np.exp(-2j * np.pi * k[..., None] * i)
    down = np.exp(-2j * np.pi * f[..., None] * j)
    answers = np.einsum("...i,aij,...j->...a", across, lines, down, optimize=True)
    return np.asarray(np.sqrt((np.abs(answers) ** 2).sum(axis=-1)))


def respond_to_dips(kernel: ArrayLike, frequencies: ArrayLike, dips: ArrayLike) -> NDArray[np.float64]:
    """Size of a filter's answer to beds, (frequencies, dips): cycles per sample, samples per trace."""
    f, p = np.meshgrid(np.asarray(frequencies, np.float64), np.asarray(dips, np.float64), indexing="ij")
    return respond(kernel, f, -f * p)


def find_peak(kernel: ArrayLike) -> Peak:
    """Find the frequency and the dip that a filter answers most strongly.

    kernel : (traces, samples) or (lines, traces, samples)
    """
    f, k, step = 0.25, 0.0, np.array([0.25, 0.5])
    for zoom in range(ZOOMS):
        n = 65 if zoom == 0 else 17
        fs, ks = np.meshgrid(
            np.clip(np.linspace(f - step[0], f + step[0], n), 0, 0.5),
            np.clip(np.linspace(k - step[1], k + step[1], 2 * n - 1), -0.5, 0.5),
            indexing="ij",
        )
        best = int(respond(kernel, fs, ks).argmax())
        f, k = float(fs.flat[best]), float(ks.flat[best])
        step = step / (16 if zoom == 0 else 4)
    if f < FLAT:
        return Peak(0.0, None, abs(k))
    return Peak(f, -k / f, k)
