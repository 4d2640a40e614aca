"""Windows of clean cubes with noise laid over them: what a network that takes noise away learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from odfault.noise import find_level
from odfault_synthetic.labels import BESIDE, FAULT
from odfault_training.windows import Labels, Seismic, Windows, lay_noise, scale_volume

Volume = NDArray[np.float32]
EDGE = 4.0
"""By so much more a sample counts at or beside a fault, where noise must go and the fault stay."""


class NoisyWindows(Windows):
    """Batches of noisy windows with the noise in them.

    An item is (windows, targets): scaled amplitudes (batch, ..., 1); and the noise, in the unit of the scaled
    window, with how much the sample counts, (batch, ..., 2). Float32.
    """

    def _draw(
        self, rng: np.random.Generator, cubes: Sequence[Seismic], truth: Sequence[Labels]
    ) -> tuple[Volume, Volume]:
        clean, labels = self._cut(rng, cubes, truth)
        if rng.random() < 0.5:
            clean *= -1
        noise = draw_noise(clean, rng)
        noisy = clean + noise
        if rng.random() < 0.05:
            noisy[rng.random(noisy.shape[:2]) < 0.03] = 0
        counts = np.where((labels == FAULT) | (labels == BESIDE), np.float32(1 + EDGE), np.float32(1))
        counts[noisy == 0] = 0
        wanted = noise / np.maximum(find_level(noisy), 1e-9)
        target = np.stack([wanted, counts], axis=-1).astype(np.float32)
        return scale_volume(noisy).reshape(*self.window, 1), target.reshape(*self.window, 2)


def draw_noise(clean: Volume, rng: np.random.Generator) -> Volume:
    """Draw noise for a clean volume (inlines, traces, samples), of any strength against it, none among them.

    Each trace's own, white or nearly so, in some traces louder; and migrated with the signal's own spectrum.
    """
    noise, rms = np.zeros_like(clean), np.sqrt(np.mean(clean**2)) + 1e-6
    if rng.random() < 0.6:
        migrated = lay_noise(clean, rng)
        noise += migrated * np.float32(_strength(rng, 1.5) * rms / (migrated.std() + 1e-9))
    if rng.random() < 0.8:
        own = rng.standard_normal(clean.shape, np.float32)
        kind = rng.random()
        if kind < 0.4:
            axis, most = (2, 5) if kind < 0.25 else (1, 4)
            own = uniform_filter1d(own, int(rng.integers(2, most)), axis=axis)
        own *= np.float32(_strength(rng, 2.2) * rms / (own.std() + 1e-9))
        if rng.random() < 0.2:
            own *= np.exp(rng.normal(0, 0.7, (*clean.shape[:2], 1))).astype(np.float32)
        noise += own
    return noise


def _strength(rng: np.random.Generator, most: float) -> float:
    """Draw an rms against that of the signal, evenly in its logarithm."""
    return float(np.exp(rng.uniform(np.log(0.05), np.log(most))))


def make_noise_loss() -> Callable[[Any, Any], Any]:
    """Mean absolute error of the noise, faults counted more."""

    def loss(target: Any, noise: Any) -> Any:
        wanted, counts = target[..., :1], target[..., 1:]
        return ops.sum(ops.abs(ops.cast(noise, "float32") - wanted) * counts) / (ops.sum(counts) + 1)

    return loss
