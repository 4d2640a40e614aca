"""Tells which faults can be seen: those that change the signal around them by more than noise does."""

from __future__ import annotations

import itertools

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from odfault_synthetic.imaging import AROUND
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.strain import HALF, ONE, ZERO, Real

Volume = NDArray[np.float32]
PER_PERIOD = 0.2
"""Power that a fault must change, against that of the noise, for each sample of the dominant period: what is
seen adds up along a fault, and a slow wavelet gives fewer looks at it."""
OF_SIGNAL = 0.4
"""Power that a fault must change, against that of the signal; throws of a tenth of the period do."""
IMAGED = 0.5
"""Share of the beds' power that the migration must leave around a fault."""
ASIDE = 3
"""Traces to either side of a fault at which its walls are looked at, clear of the lateral resolution."""


def hide(
    labels: NDArray[np.uint8],
    throw: Volume,
    signal: Volume,
    noise: Volume,
    peak: float,
    imaged: Volume | None = None,
) -> NDArray[np.uint8]:
    """Mark faults that no one can see as unresolved, in place, and give the labels.

    A throw t changes the signal s of the walls by s(z + t/2) - s(z - t/2). Where its power, over a period and
    a half and on all sides of the fault, is less than that of the noise asks for, or only a small part of the
    signal's, the fault is there but cannot be asked for. Nor can one between beds that are too steep for the
    migration: what is left of them is no image of it.

    Parameters
    ----------
    labels : ndarray
        The words of ``odfault_synthetic.labels``, (inlines, crosslines, samples), like all the others.
    throw : ndarray
        Vertical offset in samples where a fault is labelled.
    signal, noise : ndarray
        Of the image; coherent noise is noise.
    peak : float
        Dominant frequency, cycles per sample.
    imaged : ndarray, optional
        Share of the beds' power that the migration left, at every other sample of each axis; else all.
    """
    half = int(np.clip(AROUND / peak, 3, 15))
    power = uniform_filter(noise[::2, ::2, ::2] ** 2, (5, 5, half | 1), mode="nearest")
    demand = np.array([PER_PERIOD / peak, OF_SIGNAL], np.float32)
    _hide(labels, throw, signal, np.asarray(power, np.float32), half, demand)
    if imaged is not None and (imaged < IMAGED).any():
        for i, j, k in itertools.product(range(2), repeat=3):
            some = labels[i::2, j::2, k::2]
            dark = imaged[: some.shape[0], : some.shape[1], : some.shape[2]] < IMAGED
            some[dark & ((some == FAULT) | (some == BESIDE))] = UNRESOLVED
    return labels


@njit(cache=True, nogil=True, error_model="numpy")
def _hide(
    labels: NDArray[np.uint8], throw: Volume, signal: Volume, power: Volume, half: int, demand: Volume
) -> None:
    """Do what ``hide`` says; power : of the noise, every other sample; demand : (2,) of noise, of signal."""
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            for k in range(labels.shape[2]):
                if labels[i, j, k] != FAULT and labels[i, j, k] != BESIDE:
                    continue
                shift, changed, heard = HALF * throw[i, j, k], ZERO, ZERO
                for way in range(4):
                    x = i + (ASIDE if way == 0 else -ASIDE if way == 1 else 0)
                    y = j + (ASIDE if way == 2 else -ASIDE if way == 3 else 0)
                    x = min(max(x, 0), labels.shape[0] - 1)
                    y = min(max(y, 0), labels.shape[1] - 1)
                    for n in range(k - half, k + half + 1):
                        one = _between(signal[x, y], np.float32(n) + shift)
                        two = _between(signal[x, y], np.float32(n) - shift)
                        changed += (one - two) * (one - two)
                        heard += HALF * (one * one + two * two)
                count = np.float32(4 * (2 * half + 1))
                if changed < demand[0] * power[i // 2, j // 2, k // 2] * count + demand[1] * heard:
                    labels[i, j, k] = UNRESOLVED


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _between(trace: Volume, z: Real) -> Real:
    """Give a trace's value between its samples; beyond its ends, that of the end."""
    z = min(max(z, ZERO), np.float32(trace.shape[0]) - np.float32(1.001))
    n = int(z)
    part = z - np.float32(n)
    return (ONE - part) * trace[n] + part * trace[n + 1]
