"""Wavelets: their amplitude spectra by family, and banks of them that absorption lowers with depth."""

from __future__ import annotations

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


def wavelet_spectrum(family: str, frequency: Spectrum, *, peak: float, octaves: float) -> Spectrum:
    """Amplitude spectrum of a wavelet, 1 at most.

    Parameters
    ----------
    family : str
        ``ricker`` (Ricker, 1953), ``ormsby`` (a trapezoid; Ormsby, 1961), ``klauder`` (the autocorrelation
        of a linear sweep; Klauder et al., 1960) or ``gauss`` (Gaussian over octaves).
    frequency : ndarray
        Cycles per sample, not negative.
    peak : float
        Cycles per sample; the middle of the flat part of an Ormsby or Klauder wavelet, in octaves.
    octaves : float
        Bandwidth at half amplitude; a Ricker has its own.
    """
    if family == "ricker":
        ratio = (frequency / peak) ** 2
        return np.asarray(ratio * np.exp(1 - ratio))
    low, high = peak * 2 ** (-octaves / 2), min(peak * 2 ** (octaves / 2), 0.46)
    if family == "ormsby":
        corners = [0.5 * low, 1.5 * low, 0.85 * high, 1.15 * high]
        return np.asarray(np.interp(frequency, corners, [0, 1, 1, 0]), np.float64)
    if family == "klauder":
        time = np.arange(LENGTH) - LENGTH / 2
        sweep = np.cos(2 * math.pi * ((low + high) / 2 * time + (high - low) / (2 * LENGTH) * time**2))
        power = np.abs(np.fft.rfft(sweep * tukey(LENGTH, 0.6), 2 * LENGTH)) ** 2
        found = np.interp(frequency, np.fft.rfftfreq(2 * LENGTH), power / power.max())
        return np.asarray(found, np.float64)
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
    peaks = peak * (1 - lowering * np.linspace(0, 1, NODES))
    spectra = [wavelet_spectrum(family, FREQUENCIES, peak=p, octaves=octaves) for p in peaks]
    return make_bank(np.array(spectra), phase)


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
    taps = whole[:, middle - half : middle + half + 1] * tukey(2 * half + 1, 0.1)
    taps /= np.sqrt((taps**2).sum(axis=1, keepdims=True)) + 1e-12
    return np.asarray(taps, np.float32)
