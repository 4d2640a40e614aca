"""Wavelets: their amplitude spectra by family, and banks of them that absorption lowers with depth."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import tukey

from odfault.errors import OdfaultError

Spectrum = NDArray[np.float64]
LENGTH = 512
"""Samples of a wavelet before what is next to nothing is cut off its ends."""
FREQUENCIES: Spectrum = np.arange(LENGTH // 2 + 1) / LENGTH
NODES = 16
"""Depths for which a bank holds a wavelet."""


def wavelet_spectrum(family: str, frequency: Spectrum, *, peak: float | Spectrum, octaves: float) -> Spectrum:
    """Amplitude spectrum of a wavelet, 1 at most; of several, as rows, where ``peak`` is a column.

    Parameters
    ----------
    family : str
        ``ricker`` (Ricker, 1953), ``ormsby`` (a trapezoid; Ormsby, 1961), ``klauder`` (the autocorrelation
        of a linear sweep; Klauder et al., 1960) or ``gauss`` (Gaussian over octaves).
    frequency : ndarray
        Cycles per sample, not negative.
    peak : float or ndarray
        Cycles per sample; the middle of the flat part of an Ormsby or Klauder wavelet, in octaves.
    octaves : float
        Bandwidth at half amplitude; a Ricker has its own.
    """
    if family == "ricker":
        ratio = (frequency / peak) ** 2
        return np.asarray(ratio * np.exp(1 - ratio))
    low, high = peak * 2 ** (-octaves / 2), np.minimum(peak * 2 ** (octaves / 2), 0.46)
    if family == "ormsby":
        rise, fall = (frequency - 0.5 * low) / low, (1.15 * high - frequency) / (0.3 * high)
        return np.asarray(np.clip(np.minimum(rise, fall), 0, 1))
    if family == "klauder":
        time = np.arange(LENGTH) - LENGTH / 2
        sweep = np.cos(2 * math.pi * ((low + high) / 2 * time + (high - low) / (2 * LENGTH) * time**2))
        power = np.abs(np.fft.rfft(sweep * _taper(LENGTH, 0.6), 2 * LENGTH)) ** 2
        power /= power.max(axis=-1, keepdims=True)
        there = np.fft.rfftfreq(2 * LENGTH)
        rows = [np.interp(frequency, there, row) for row in np.atleast_2d(power)]
        return np.array(rows).reshape(*power.shape[:-1], len(frequency))
    if family == "gauss":
        away = np.log2(np.maximum(frequency, 1e-6) / peak) / (octaves / 2)
        return np.asarray(np.exp2(-(away**2)))
    raise OdfaultError(f"no wavelet {family}", "give ricker, ormsby, klauder or gauss")


def draw_bank(
    family: str, *, peak: float, octaves: float, phase: float = 0.0, lowering: float = 0.0
) -> NDArray[np.float32]:
    """Wavelets from top to base, (nodes, taps), each of unit energy.

    peak : at the top, cycles per sample; ``lowering`` is the share by which it is lower at the base
    phase : radians, the same at all frequencies
    """
    peaks = peak * (1 - lowering * np.linspace(0, 1, NODES if lowering else 1))
    bank = make_bank(wavelet_spectrum(family, FREQUENCIES, peak=peaks[:, None], octaves=octaves), phase)
    return np.repeat(bank, NODES // len(bank), axis=0)


def make_bank(spectra: Spectrum, phase: float = 0.0) -> NDArray[np.float32]:
    """Make wavelets (nodes, taps), taps odd, of unit energy from spectra (nodes, ``FREQUENCIES``)."""
    turned = spectra * np.exp(1j * phase)
    turned[:, 0] = 0.0
    whole = np.fft.fftshift(np.fft.irfft(turned, LENGTH, axis=1), axes=1)
    whole /= np.sqrt((whole**2).sum(axis=1, keepdims=True)) + 1e-12
    middle = LENGTH // 2
    energy = (whole**2).max(axis=0)
    outer = np.maximum(energy[middle:], energy[middle:0:-1])
    outside = np.cumsum(outer[::-1])[::-1]
    half = int(np.clip(np.searchsorted(-outside, -3e-4 * outside[0]), 8, middle - 1))
    taps = whole[:, middle - half : middle + half + 1] * _taper(2 * half + 1, 0.1)
    taps /= np.sqrt((taps**2).sum(axis=1, keepdims=True)) + 1e-12
    return np.asarray(taps, np.float32)


@functools.lru_cache(maxsize=LENGTH)
def _taper(length: int, share: float) -> Spectrum:
    window = np.asarray(tukey(length, share), np.float64)
    window.setflags(write=False)
    return window
