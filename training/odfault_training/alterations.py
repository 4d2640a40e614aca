"""What a survey may look like besides: gain, polarity, phase, noise, frequency, sampling, dip, clip.

An alteration takes seismic and fault mask, (inlines, traces, samples), and gives both, altered alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import map_coordinates, maximum_filter1d, zoom

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
Alteration = Callable[[Volume, float], Volume]


def gain(seismic: Volume, factor: float) -> Volume:
    """Multiply."""
    return seismic * np.float32(factor)


def rotate_phase(seismic: Volume, degrees: float) -> Volume:
    """Rotate the phase of every trace; 180 degrees reverse its polarity."""
    turn = np.exp(1j * np.radians(degrees))
    spectrum = fft.rfft(seismic, axis=-1) * turn
    return np.asarray(fft.irfft(spectrum, seismic.shape[-1], axis=-1), np.float32)


def add_noise(seismic: Volume, signal_to_noise: float) -> Volume:
    """Add white noise at a ratio of rms amplitudes; the same noise for the same shape."""
    rng = np.random.default_rng(1)
    loud = float(seismic.std()) / signal_to_noise
    return seismic + rng.standard_normal(seismic.shape, np.float32) * np.float32(loud)


def move_spectrum(seismic: Volume, factor: float) -> Volume:
    """Damp as a Gaussian what lies above the median frequency times the factor; below it for a factor > 1."""
    spectrum = fft.rfft(seismic, axis=-1)
    power = (np.abs(spectrum) ** 2).mean(axis=tuple(range(seismic.ndim - 1)))
    numbers = np.arange(power.size)
    edge = max(1.0, factor * float(np.searchsorted(np.cumsum(power), power.sum() / 2)))
    low = np.exp(-0.5 * (numbers / edge) ** 2)
    kept = low if factor < 1 else 1 - low if factor > 1 else np.ones_like(low)
    return np.asarray(fft.irfft(spectrum * kept, seismic.shape[-1], axis=-1), np.float32)


def clip(seismic: Volume, quantile: float) -> Volume:
    """Clip at a quantile of the absolute amplitudes, in 127 steps to either side."""
    limit = np.float32(np.quantile(np.abs(seismic), quantile) or 1)
    steps: Volume = np.rint(np.clip(seismic / limit, -1, 1) * np.float32(127)) / np.float32(127)
    return steps


def resample(volume: Volume, axes: tuple[int, ...], factor: float) -> Volume:
    """Resample some axes to ``factor`` times as many samples, without aliasing."""
    if factor < 1:
        for axis in axes:
            volume = _smooth(volume, axis, factor)
    factors = [factor if axis in axes and n > 1 else 1.0 for axis, n in enumerate(volume.shape)]
    return np.asarray(zoom(volume, factors, order=3, mode="nearest", grid_mode=False), np.float32)


def resample_mask(mask: Mask, axes: tuple[int, ...], factor: float) -> Mask:
    """Resample a mask as ``resample`` does seismic; no line gets lost."""
    wide = mask
    if factor < 1:
        for axis in axes:
            wide = maximum_filter1d(wide, int(np.ceil(1 / factor)), axis=axis)
    factors = [factor if axis in axes and n > 1 else 1.0 for axis, n in enumerate(mask.shape)]
    return np.asarray(zoom(wide.astype(np.uint8), factors, order=0, mode="nearest", grid_mode=False), bool)


def tilt(seismic: Volume, mask: Mask, slope: float) -> tuple[Volume, Mask]:
    """Shear by ``slope`` samples per trace; what is laid bare at top and base is dead."""
    n_traces, n_samples = seismic.shape[1:]
    deep = n_samples + int(np.ceil(abs(slope) * (n_traces - 1)))
    late = slope * np.arange(n_traces) + max(0.0, -slope * (n_traces - 1))
    traces = np.arange(n_traces)[:, None] + np.zeros(deep)
    places = np.stack([traces, np.arange(deep) - late[:, None]])
    inside = (places[1] >= 0) & (places[1] <= n_samples - 1)
    moved = [
        np.where(inside, map_coordinates(line, places, order=3, mode="nearest"), 0).astype(np.float32)
        for line in seismic
    ]
    marked = [inside & (map_coordinates(line.astype(np.uint8), places, order=0) > 0) for line in mask]
    return np.stack(moved), np.stack(marked)


def _smooth(volume: Volume, axis: int, factor: float) -> Volume:
    """Keep the wave numbers that stay below Nyquist's after decimation by ``factor``."""
    n = volume.shape[axis]
    wide = np.concatenate([volume, np.flip(volume, axis)], axis)
    spectrum = fft.rfft(wide, axis=axis)
    share = np.arange(spectrum.shape[axis]) / n / factor
    taper = np.clip((1.05 - share) / 0.1, 0, 1)
    shape = [1] * volume.ndim
    shape[axis] = -1
    smooth = fft.irfft(spectrum * taper.reshape(shape), 2 * n, axis=axis)
    return np.asarray(smooth.take(np.arange(n), axis), np.float32)
