"""From reflectivity to a migrated, noisy volume: wavelets, resolution, illumination, noise."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import uniform_filter

from odfault_synthetic import sound
from odfault_synthetic.faults import log_even
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.wavelets import draw_bank

Volume = NDArray[np.float32]
Shape = tuple[int, int, int]
STEEP = 3.0
"""Samples per trace: a migration that keeps such dips keeps all beds."""
AROUND = 0.75
"""Half the depth, in dominant periods, over which powers are taken."""


@dataclasses.dataclass(frozen=True)
class Imaging:
    """One acquisition and its processing.

    bank, noise_bank : (nodes, taps) wavelets of the signal and of the noise, see ``wavelets``
    peak : cycles per sample, of the signal at the top
    blur : standard deviations of the lateral resolution, in traces
    slope : steepest dip that the migration keeps, samples per trace
    scattered : share of the noise that is migrated with the signal
    echoes : strength of multiples, time of the bed that makes them, its slopes
    smiles, trains : tables of coherent noise, see ``sound``; loudness in rms of the signal
    light : (x, y) how much of the signal comes back, or (1, 1)
    """

    bank: Volume
    noise_bank: Volume
    peak: float
    blur: tuple[float, float] = (0.5, 0.5)
    slope: float = 10.0
    signal_to_noise_db: float = 20.0
    scattered: float = 0.5
    echoes: tuple[float, float, float, float] = (0.0, 50.0, 0.0, 0.0)
    smiles: Volume = dataclasses.field(default_factory=lambda: np.empty((0, 6), np.float32))
    trains: Volume = dataclasses.field(default_factory=lambda: np.empty((0, 8), np.float32))
    light: Volume = dataclasses.field(default_factory=lambda: np.ones((1, 1), np.float32))


def draw_imaging(
    recipe: Recipe, shape: Shape, spacing: tuple[float, float], rng: np.random.Generator
) -> Imaging:
    """Draw an acquisition for a cube of some shape and trace distance (in samples)."""
    family = str(rng.choice(recipe.wavelets))
    peak, octaves = log_even(rng, recipe.peak), float(rng.uniform(*recipe.octaves))
    turned = rng.uniform(-math.pi, math.pi) if rng.random() < recipe.rotated else rng.uniform(-0.5, 0.5)
    phase = float(turned + math.pi * int(rng.integers(2)))
    lowering = float(rng.uniform(*recipe.absorption))
    noise_peak = min(peak * float(rng.uniform(0.7, 1.5)), 0.4)
    noise_octaves = octaves * float(rng.uniform(1, 1.6))
    blur = log_even(rng, recipe.blur)
    steepest = math.tan(math.radians(rng.uniform(*recipe.migration_dip)))
    return Imaging(
        bank=draw_bank(family, peak=peak, octaves=octaves, phase=phase, lowering=lowering),
        noise_bank=draw_bank("gauss", peak=noise_peak, octaves=noise_octaves, phase=phase),
        peak=peak,
        blur=(blur, blur * float(rng.uniform(0.7, 1.4))),
        slope=steepest * max(spacing[1], 0.5),
        signal_to_noise_db=float(rng.uniform(*recipe.signal_to_noise_db)),
        scattered=float(rng.uniform(*recipe.scattered)),
        echoes=_draw_echoes(shape, rng) if rng.random() < recipe.multiples else (0.0, 50.0, 0.0, 0.0),
        smiles=_draw_smiles(shape, rng if rng.random() < recipe.smiles else None),
        trains=_draw_trains(shape, rng if rng.random() < recipe.linear else None),
        light=_draw_light(shape, rng) if rng.random() < recipe.illumination else np.ones((1, 1), np.float32),
    )


def image(reflectivity: Volume, imaging: Imaging, rng: np.random.Generator) -> Volume:
    """Migrated seismic of a reflectivity volume: the sum of its ``image_parts``."""
    signal, noise, _ = image_parts(reflectivity, imaging, rng)
    return signal + noise


def image_parts(
    reflectivity: Volume, imaging: Imaging, rng: np.random.Generator
) -> tuple[Volume, Volume, Volume | None]:
    """Migrated seismic of a reflectivity volume (x, y, z): a signal of unit rms, its noise, what is imaged.

    Migration smiles and trains of steep events count as noise. Signal and scattered noise pass one operator
    in wave numbers, a dip limit and a lateral resolution (the point spread function of Lecomte et al., 2015,
    in its simplest form), then wavelets that change with depth. ``reflectivity`` is changed in place.

    The third is the share of the beds' power that the migration's dip limit left around every other inline,
    crossline and sample, or None where it leaves all.
    """
    shape, kept = reflectivity.shape, migrated_share(reflectivity.shape, imaging)
    beds = _image_beds(reflectivity, imaging, kept)
    imaged = imaged_share(reflectivity, beds, imaging) if imaging.slope < STEEP else None
    signal, noise = _balance(beds, imaging), draw_noise(shape, imaging, rng, kept)
    if len(imaging.smiles) or len(imaging.trains):
        noise += coherent_noise(shape, imaging)
    return signal, noise, imaged


def imaged_share(reflectivity: Volume, beds: Volume, imaging: Imaging) -> Volume:
    """Share of the beds' power that the migration's dip limit left, around every other sample of each axis.

    reflectivity : that was imaged, with its multiples
    beds : their image, of no unit yet
    """
    unlimited = focus(reflectivity, dataclasses.replace(imaging, slope=1e3))
    whole = ring(np.ascontiguousarray(unlimited[::2, ::2]), imaging.bank)[:, :, ::2]
    size = (5, 5, int(np.clip(AROUND / imaging.peak, 3, 15)) | 1)
    left, all_ = (uniform_filter(part**2, size, mode="nearest") for part in (beds[::2, ::2, ::2], whole))
    return np.asarray(left / np.maximum(all_, 1e-6 * max(float(all_.max()), 1e-30)), np.float32)


def make_signal(reflectivity: Volume, imaging: Imaging, kept: Volume | None = None) -> Volume:
    """Migrated seismic without noise, of unit rms; ``reflectivity`` is changed in place.

    kept : ``migrated_share`` of the same shape and imaging, should it be known
    """
    return _balance(_image_beds(reflectivity, imaging, kept), imaging)


def _image_beds(reflectivity: Volume, imaging: Imaging, kept: Volume | None) -> Volume:
    """Lay multiples into a reflectivity, in place, and image it."""
    strength, lag, slope_x, slope_y = imaging.echoes
    if strength:
        sound.echo(reflectivity, lag, slope_x, slope_y, strength)
    return ring(focus(reflectivity, imaging, kept), imaging.bank)


def _balance(beds: Volume, imaging: Imaging) -> Volume:
    """Scale an image to unit rms, and light it, in place; give it."""
    beds *= np.float32(1 / rms(beds))
    beds *= imaging.light[:, :, None]
    return beds


def coherent_noise(shape: Shape, imaging: Imaging) -> Volume:
    """Migration smiles and trains of steep events, against a signal of unit rms."""
    spikes = np.zeros(shape, np.float32)
    sound.smile(spikes, imaging.smiles)
    sound.rake(spikes, imaging.trains)
    return ring(spikes, imaging.bank)


def migrated_share(shape: Shape, imaging: Imaging) -> Volume:
    """Share of every wave number that migration keeps, (x, y, z // 2 + 1): its dips, its lateral detail."""
    kx, ky, kz = np.ix_(*(np.fft.fftfreq(n) for n in shape[:2]), np.fft.rfftfreq(shape[2]))
    lateral = np.exp(-2 * math.pi**2 * ((imaging.blur[0] * kx) ** 2 + (imaging.blur[1] * ky) ** 2))
    flat = (np.maximum(kz, 1e-4) * imaging.slope).astype(np.float32)
    steep = (kx * kx + ky * ky).astype(np.float32) * (1 / (flat * flat))
    np.minimum(steep, 1e8, out=steep)  # its fourth power must not leave float32
    steep **= 4
    steep += 1
    return np.asarray(np.divide(lateral.astype(np.float32), steep, out=steep))


def focus(spikes: Volume, imaging: Imaging, kept: Volume | None = None) -> Volume:
    """Keep the dips and the lateral detail that migration keeps."""
    axes = [axis for axis, n in enumerate(spikes.shape) if n > 1]  # a section has two
    spectrum = fft.rfftn(spikes, axes=axes, workers=1)
    spectrum *= migrated_share(spikes.shape, imaging) if kept is None else kept
    lengths = [spikes.shape[axis] for axis in axes]
    return np.asarray(fft.irfftn(spectrum, lengths, axes, workers=1, overwrite_x=True), np.float32)


def rms(volume: Volume) -> float:
    """Root mean square of a volume, or 1 if there is nothing in it."""
    flat = volume.reshape(-1)
    return math.sqrt(float(np.dot(flat, flat)) / flat.size) or 1.0


def ring(spikes: Volume, bank: Volume) -> Volume:
    """Lay the wavelets of a bank at spikes (x, y, z)."""
    answer = np.empty_like(spikes)
    n_samples = spikes.shape[2]
    sound.ring(spikes.reshape(-1, n_samples), bank, answer.reshape(-1, n_samples))
    return answer


def draw_noise(
    shape: Shape, imaging: Imaging, rng: np.random.Generator, kept: Volume | None = None
) -> Volume:
    """Noise against a signal of unit rms: a share migrated with it, the rest each trace's own.

    kept : ``migrated_share`` of the same shape and imaging, should it be known
    """
    noise = rng.standard_normal(shape, np.float32)
    if imaging.scattered > 0:
        spread = focus(noise, imaging, kept)
        spread *= np.float32(imaging.scattered / rms(spread))
        noise *= np.float32(1 - imaging.scattered)
        noise += spread
    noise = ring(noise, imaging.noise_bank)
    noise *= np.float32(10 ** (-imaging.signal_to_noise_db / 20) / rms(noise))
    return noise


def _draw_echoes(shape: Shape, rng: np.random.Generator) -> tuple[float, float, float, float]:
    slopes = rng.normal(0, 0.06, 2)
    return (
        float(rng.uniform(0.1, 0.5)),
        float(rng.uniform(0.12, 0.6)) * shape[2],
        float(slopes[0]),
        float(slopes[1]),
    )


def _draw_smiles(shape: Shape, rng: np.random.Generator | None) -> Volume:
    count = int(rng.integers(1, 9)) if rng else 0
    rows = [
        [rng.uniform(0, shape[0]), rng.uniform(0, shape[1]), rng.uniform(-0.5, 0.8) * shape[2],
         rng.uniform(15, 90), rng.uniform(0.4, 1.2), rng.choice([-1, 1]) * rng.uniform(0.5, 4)]
        for _ in range(count) if rng
    ]  # fmt: skip
    return np.array(rows, np.float32).reshape(count, len(sound.SMILE_COLUMNS))


def _draw_trains(shape: Shape, rng: np.random.Generator | None) -> Volume:
    """Draw fans of steep events: one place and nearly one slope, uneven in time and loudness."""
    rows: list[list[float]] = []
    for _ in range(int(rng.integers(1, 4)) if rng else 0):
        assert rng is not None
        slope, turn = rng.choice([-1, 1]) * rng.uniform(0.8, 3.5), rng.uniform(0, 2 * math.pi)
        at, radius = [rng.uniform(0, n) for n in shape[:2]], rng.uniform(15, 60)
        for _ in range(int(rng.integers(2, 7))):
            steep = slope * rng.normal(1, 0.08)
            ways = [0.0, steep] if shape[0] == 1 else [steep * math.cos(turn), steep * math.sin(turn)]
            late, loud = rng.uniform(-0.3, 1.3) * shape[2], rng.uniform(0.2, 1.2)
            rows.append([late, *ways, 8.0 * shape[2], loud, *at, radius * rng.uniform(0.6, 1.4)])
    return np.array(rows, np.float32).reshape(len(rows), len(sound.TRAIN_COLUMNS))


def _draw_light(shape: Shape, rng: np.random.Generator) -> Volume:
    x, y = np.ogrid[0 : shape[0], 0 : shape[1]]
    number, turn, phase = 1 / rng.uniform(30, 200), rng.uniform(0, 2 * math.pi), rng.uniform(0, 6)
    wave = np.sin(2 * math.pi * number * (math.cos(turn) * x + math.sin(turn) * y) + phase)
    return np.asarray(np.exp(-rng.uniform(0.1, 1.0) * np.maximum(wave, 0)), np.float32)
