"""What acquisition and processing do to the amplitudes: footprint, gain, AGC, clip, bits, dead traces."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from odfault_synthetic.recipe import Recipe

Volume = NDArray[np.float32]


def spoil(seismic: Volume, recipe: Recipe, rng: np.random.Generator) -> None:
    """Do to a volume (x, y, z), in place, what the recipe draws for it, in the order of the field."""
    chances = rng.random(6)
    if chances[0] < recipe.footprint:
        lay_footprint(seismic, rng)
    if chances[1] < recipe.gain:
        seismic *= np.exp(np.linspace(0, rng.normal(0, 1.0), seismic.shape[2])).astype(np.float32)
    if chances[2] < recipe.dead_traces:
        bad = rng.random(seismic.shape[:2]) < rng.uniform(0.001, 0.02)
        seismic[bad] *= rng.choice([0.0, 0.0, 0.2, 3.0], (int(bad.sum()), 1)).astype(np.float32)
    if chances[3] < recipe.agc:
        control_gain(seismic, int(rng.uniform(20, 120)))
    if chances[4] < recipe.clip:
        limit = np.quantile(np.abs(seismic[::4, ::4]), rng.uniform(0.85, 0.999))
        np.clip(seismic, -limit, limit, out=seismic)
    if chances[5] < recipe.eight_bit:
        cut_bits(seismic, float(np.quantile(np.abs(seismic[::4, ::4]), rng.uniform(0.98, 0.9999))))


def lay_footprint(seismic: Volume, rng: np.random.Generator) -> None:
    """Stripes along lines, of amplitude and a little of time, strong at the top (Marfurt et al., 1998)."""
    fade = np.exp(-np.arange(seismic.shape[2]) / rng.uniform(20, 200)).astype(np.float32)
    stripes = np.zeros(seismic.shape[:2], np.float32)
    for axis in range(2) if rng.random() < 0.4 else (int(rng.integers(2)),):
        lines = np.arange(seismic.shape[axis])
        stripe = np.sin(2 * math.pi * lines / rng.uniform(3, 14) + rng.uniform(0, 6)) * rng.uniform(
            0.05, 0.35
        )
        stripes += np.expand_dims(stripe, 1 - axis).astype(np.float32)
    seismic *= 1 + stripes[:, :, None] * fade


def control_gain(seismic: Volume, window: int) -> None:
    """Automatic gain control, in place: divide by the mean absolute amplitude in a window of samples."""
    level = uniform_filter1d(np.abs(seismic), window, axis=2, mode="nearest")
    seismic /= level + np.float32(1e-3 * float(level.mean()) + 1e-12)


def cut_bits(seismic: Volume, limit: float) -> None:
    """Store as one-byte integers and back, in place: clip at ``limit``, 127 steps to either side."""
    step = np.float32(max(limit, 1e-12) / 127)
    np.rint(np.clip(seismic, -limit, limit, out=seismic) / step, out=seismic)
    seismic *= step
