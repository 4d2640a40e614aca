"""Windows of clean cubes with noise laid over them: what a network that takes noise away learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from odfault.noise import find_level
from odfault.scaling import scale_volume
from odfault_synthetic.labels import BESIDE, FAULT
from odfault_training.windows import Labels, Seismic, Windows, lay_noise

Volume = NDArray[np.float32]
EDGE = 6.0
"""By so much more a sample counts at or beside a fault, where noise must go and the fault stay."""
LEAST = 0.08
"""Mean size of noise, against that of the data, below which less of it is no better."""
DEPTH, VARIED = 13, 150.0
"""Samples over which variance is taken, and how much its error counts."""


class NoisyWindows(Windows):
    """Batches of noisy windows with the noise in them.

    An item is (windows, targets): scaled amplitudes (batch, ..., 1); and (batch, ..., 3) the noise in the
    unit of the scaled window, how much a sample counts, and the amplitudes in that unit without clipping.
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
        level = np.maximum(find_level(noisy), 1e-9)
        wanted = (noisy - clean) / level
        target = np.stack([wanted, counts, noisy / level], axis=-1).astype(np.float32)
        return scale_volume(noisy).reshape(*self.window, 1), target.reshape(*self.window, 3)


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
    """Absolute error of the noise and of its change from trace to trace, and the error of the variance.

    The errors are taken against the noise that a window holds, so that those with little of it count as
    much as those with more. An error alone would be least where a fault whose place is uncertain is smoothed
    away; so what is left must vary from trace to trace as the clean window does.
    """

    def loss(target: Any, noise: Any) -> Any:
        wanted, counts, seen = (target[..., n : n + 1] for n in range(3))
        wrong = ops.cast(noise, "float32") - wanted
        step = wrong[..., 1:, :, :] - wrong[..., :-1, :, :]
        either = ops.maximum(counts[..., 1:, :, :], counts[..., :-1, :, :])
        axes = tuple(range(1, len(wanted.shape)))
        loud = ops.mean(ops.abs(wanted), axis=axes) + LEAST
        errors = _mean(ops.abs(wrong), counts, axes) + _mean(ops.abs(step), either, axes)
        clean = seen - wanted
        gap = _spread(clean) - _spread(clean - wrong)
        half = DEPTH // 2
        judged = counts[:, 1:-1, half:-half]
        return ops.mean(errors / loud) + VARIED * _mean(ops.square(gap), judged, None)

    return loss


def _mean(values: Any, counts: Any, axes: tuple[int, ...] | None) -> Any:
    return ops.sum(values * counts, axis=axes) / (ops.sum(counts, axis=axes) + 1)


def _spread(section: Any) -> Any:
    """Root of the variance of three traces against their energy, without the outermost traces and samples."""
    mean = ops.average_pool(section, (3, 1), 1, "valid")
    energy = ops.average_pool(ops.square(section), (3, DEPTH), 1, "valid")
    common = ops.average_pool(ops.square(mean), (1, DEPTH), 1, "valid")
    return ops.sqrt(ops.maximum(1 - common / (energy + 1e-3), 0) + 1e-3)
