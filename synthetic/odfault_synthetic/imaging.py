"""From reflectivity to a migrated, noisy section: wavelets, resolution, noise, gain."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from odfault_synthetic.geology import log_even
from odfault_synthetic.recipe import Recipe

Volume = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Imaging:
    """One acquisition and its processing; frequencies in cycles per sample."""

    peak: float
    octaves: float
    phase: float
    lowering: float
    """Share by which absorption lowers the peak from top to base."""
    blur: tuple[float, float]
    slope: float
    """Steepest dip kept, samples per trace."""
    signal_to_noise_db: float
    scattered: float
    """Share of the noise that goes through the imaging with the signal."""


def draw_imaging(recipe: Recipe, rng: np.random.Generator) -> Imaging:
    """Draw an acquisition."""
    phase = rng.uniform(-math.pi, math.pi) if rng.random() < 0.5 else rng.uniform(-0.5, 0.5)
    blur = log_even(rng, recipe.blur)
    return Imaging(
        peak=log_even(rng, recipe.peak),
        octaves=float(rng.uniform(*recipe.octaves)),
        phase=float(phase + (math.pi if rng.random() < 0.5 else 0.0)),
        lowering=float(rng.uniform(0, 0.45)),
        blur=(blur, blur * float(rng.uniform(0.7, 1.4))),
        slope=math.tan(math.radians(rng.uniform(*recipe.migration_dip))),
        signal_to_noise_db=float(rng.uniform(*recipe.signal_to_noise_db)),
        scattered=float(rng.uniform(0, 1)),
    )


def wavelet_spectrum(frequency: NDArray[np.floating], peak: float, octaves: float) -> NDArray[np.float64]:
    """Amplitude of a log-Gaussian band, 1 at its peak and half at half its octaves to either side.

    frequency : any shape, cycles per sample, not negative
    """
    away = np.log2(np.maximum(frequency, 1e-6) / peak) / (octaves / 2)
    return np.asarray(np.exp2(-(away**2)))


def image(reflectivity: Volume, imaging: Imaging, rng: np.random.Generator) -> Volume:
    """Migrated seismic of a reflectivity volume, in rms units of the signal.

    One operator in wave numbers does the wavelet, the lateral resolution and the dip limit (the
    point spread function of Lecomte et al., 2015, in its simplest form); two of them, blended over
    depth, stand for absorption. Noise scattered in the ground passes the same operator.
    """
    noise_size = 10 ** (-imaging.signal_to_noise_db / 20)
    spread = float(reflectivity.std()) or 1.0
    ground = reflectivity / spread
    ground += rng.standard_normal(ground.shape, dtype=np.float32) * np.float32(noise_size * imaging.scattered)
    spectrum = fft.rfftn(ground, workers=1)
    shallow = _pass(spectrum, imaging, ground.shape, imaging.peak)
    deep = _pass(spectrum, imaging, ground.shape, imaging.peak * (1 - imaging.lowering))
    weight = np.linspace(0, 1, ground.shape[2], dtype=np.float32)
    seismic = shallow + weight * (deep - shallow)
    seismic /= np.float32(seismic.std() or 1.0)
    rough = _rough_noise(ground.shape, imaging, rng)
    return np.asarray(seismic + rough * np.float32(noise_size * (1 - imaging.scattered)), np.float32)


def _pass(spectrum: NDArray[np.complex64], imaging: Imaging, shape: tuple[int, ...], peak: float) -> Volume:
    kx = np.fft.fftfreq(shape[0])[:, None, None]
    ky = np.fft.fftfreq(shape[1])[None, :, None]
    kz = np.fft.rfftfreq(shape[2])[None, None, :]
    vertical = wavelet_spectrum(kz, peak, imaging.octaves) * np.exp(1j * imaging.phase)
    lateral = np.exp(-2 * math.pi**2 * ((imaging.blur[0] * kx) ** 2 + (imaging.blur[1] * ky) ** 2))
    steep = np.sqrt(kx * kx + ky * ky).astype(np.float32) / np.maximum(kz, 1e-6).astype(np.float32)
    kept = 1 / (1 + np.minimum(steep / np.float32(imaging.slope), 1e4) ** 8)
    operator = lateral.astype(np.float32) * vertical.astype(np.complex64)
    passed = fft.irfftn(spectrum * operator * kept, shape, workers=1)
    return np.asarray(passed / (passed.std() or 1.0), np.float32)


def _rough_noise(shape: tuple[int, ...], imaging: Imaging, rng: np.random.Generator) -> Volume:
    """Noise of its own in every trace, in the wavelet's band, of unit rms."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    band = wavelet_spectrum(np.fft.rfftfreq(shape[2]), imaging.peak * 1.2, imaging.octaves * 1.4)
    noise = fft.irfft(fft.rfft(noise, axis=2) * band.astype(np.float32), shape[2], axis=2)
    return np.asarray(noise / (noise.std() or 1.0), np.float32)


def spoil(seismic: Volume, recipe: Recipe, rng: np.random.Generator) -> None:
    """Do to a volume, in place, what acquisition and processing do: footprint, gain, clip, dead traces."""
    n_inlines, n_crosslines, n_samples = seismic.shape
    if rng.random() < 0.2:
        along = int(rng.integers(2))
        lines = np.arange(seismic.shape[along])
        stripe = np.sin(2 * math.pi * lines / rng.uniform(3, 12) + rng.uniform(0, 6)) * rng.uniform(0.05, 0.3)
        fade = np.exp(-np.arange(n_samples) / rng.uniform(20, 200))
        seismic *= (1 + np.expand_dims(stripe, (1 - along, 2)) * fade).astype(np.float32)
    if rng.random() < 0.5:
        decay = np.exp(np.linspace(0, rng.normal(0, 1.0), n_samples))
        seismic *= decay.astype(np.float32)
    if rng.random() < 0.25:
        limit = np.quantile(np.abs(seismic[::4, ::4]), rng.uniform(0.9, 0.999))
        np.clip(seismic, -limit, limit, out=seismic)
    if rng.random() < recipe.dead_traces:
        bad = rng.random((n_inlines, n_crosslines)) < rng.uniform(0.001, 0.02)
        seismic[bad] *= rng.choice([0.0, 0.0, 0.2, 3.0], (int(bad.sum()), 1)).astype(np.float32)
