"""Cuts training windows from labelled cubes and roughens them as the field would."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from odfault.scaling import scale_volume
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED

Seismic = NDArray[np.float16]
Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
IGNORE = -1.0


class Windows(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of windows with their targets, drawn at random from cubes held in memory.

    Batch n of an epoch and a seed is always the same. An item is (windows, targets), both (batch, ..., 1)
    float32: scaled amplitudes, and 1 at and beside faults, 0 elsewhere, -1 where neither is right or wrong.
    """

    def __init__(
        self,
        seismic: Seismic | Sequence[Seismic],
        labels: Labels | Sequence[Labels],
        *,
        window: tuple[int, ...],
        batch: int,
        steps: int,
        seed: int,
    ) -> None:
        super().__init__(workers=2, max_queue_size=8)
        self.seismic, self.labels = seismic, labels
        self.window, self.batch, self.steps, self.seed = window, batch, steps, seed
        self.epoch, self.moves = 0, True

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw batch ``number``."""
        rng = np.random.default_rng([self.seed, self.epoch, number])
        seismic, labels = self.cubes_of(number)
        pairs = [self._draw(rng, seismic, labels) for _ in range(self.batch)]
        return np.stack([pair[0] for pair in pairs]), np.stack([pair[1] for pair in pairs])

    def cubes_of(self, number: int) -> tuple[Sequence[Seismic], Sequence[Labels]]:
        """Give the cubes that batch ``number`` is cut from."""
        return self.seismic, self.labels  # type: ignore[return-value]  # an array is a sequence to us

    def on_epoch_end(self) -> None:
        """Go on to other windows, unless they are to stay."""
        self.epoch += self.moves

    def _draw(
        self, rng: np.random.Generator, cubes: Sequence[Seismic], truth: Sequence[Labels]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seismic, labels = self._cut(rng, cubes, truth)
        drowned = bury(seismic, rng)
        muted, dropped = roughen(seismic, rng)
        scaled = scale_volume(seismic)
        target = np.where((labels == FAULT) | (labels == BESIDE), np.float32(1), np.float32(0))
        target[(labels == UNRESOLVED) | dropped | ((target > 0) & drowned)] = IGNORE
        target[muted] = 0
        return scaled.reshape(*self.window, 1), target.reshape(*self.window, 1)

    def _cut(
        self, rng: np.random.Generator, cubes: Sequence[Seismic], truth: Sequence[Labels]
    ) -> tuple[NDArray[np.float32], Labels]:
        """Cut a window anywhere, turned and flipped anyhow: (inlines, traces, samples) of both."""
        size = (1, *self.window) if len(self.window) == 2 else self.window
        number = int(rng.integers(len(cubes)))
        shape = truth[number].shape
        turned = rng.random() < 0.5 and shape[0] > 1
        extent = (size[1], size[0], size[2]) if turned else size
        at = [int(rng.integers(n - m + 1)) for n, m in zip(shape, extent, strict=True)]
        x, y, z = (slice(a, a + m) for a, m in zip(at, extent, strict=True))
        seismic, labels = cubes[number][x, y, z].astype(np.float32), truth[number][x, y, z]
        if turned:
            seismic, labels = seismic.swapaxes(0, 1), labels.swapaxes(0, 1)
        for axis, chance in ((0, 0.5), (1, 0.5), (2, 0.2)):
            if rng.random() < chance:
                seismic, labels = np.flip(seismic, axis), np.flip(labels, axis)
        return np.ascontiguousarray(seismic), labels


def bury(seismic: NDArray[np.float32], rng: np.random.Generator) -> bool:
    """Add migrated noise of any strength, in place.

    Deep field data are mostly this, and nothing in it is a fault. Returns whether it drowns the signal, so
    that faults are neither to be seen nor to be denied.
    """
    if rng.random() > 0.35:
        return False
    strength = np.exp(rng.uniform(np.log(0.1), np.log(5.0)))
    noise = lay_noise(seismic, rng)
    loud = float(seismic.std()) / (float(noise.std()) + 1e-9)
    seismic += noise * np.float32(strength * loud)
    return bool(strength > 1.2)


def lay_noise(seismic: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw migrated noise: of the signal's own spectrum, coherent over traces, of no certain loudness."""
    power = np.sqrt((np.abs(fft.rfft(seismic, axis=2)) ** 2).mean(axis=(0, 1)))
    reach = np.exp(rng.uniform(np.log(0.4), np.log(6.0), 2))
    shape = seismic.shape
    x, y = np.fft.fftfreq(shape[0])[:, None, None], np.fft.fftfreq(shape[1])[None, :, None]
    lateral = np.exp(-2 * np.pi**2 * ((reach[0] * x) ** 2 + (reach[1] * y) ** 2)).astype(np.float32)
    spectrum = fft.rfftn(rng.standard_normal(shape, np.float32), workers=1)
    return np.asarray(fft.irfftn(spectrum * (lateral * power.astype(np.float32)), shape, workers=1))


def roughen(seismic: NDArray[np.float32], rng: np.random.Generator) -> tuple[Mask, Mask]:
    """Change amplitudes in place: polarity, compression, noise, mutes, dead traces.

    Returns
    -------
    tuple of ndarray
        Where it is muted, as beyond the edge of a survey, and where single traces are dead.
    """
    seismic /= np.float32(np.abs(seismic).mean() + 1e-6)
    if rng.random() < 0.5:
        seismic *= -1
    if rng.random() < 0.3:
        seismic[:] = np.sign(seismic) * np.abs(seismic) ** np.float32(rng.uniform(0.6, 1.5))
    if rng.random() < 0.3:
        seismic += rng.standard_normal(seismic.shape, np.float32) * np.float32(rng.uniform(0.05, 0.8))
    if rng.random() < 0.2:
        limit = np.abs(seismic).mean() * np.float32(rng.uniform(0.4, 2.5))
        np.clip(seismic, -limit, limit, out=seismic)
    if rng.random() < 0.1:
        seismic[:] = np.round(seismic * np.float32(rng.uniform(2, 30)))
    muted, dropped = np.zeros(seismic.shape, bool), np.zeros(seismic.shape, bool)
    if rng.random() < 0.12:
        x, y, z = np.ogrid[tuple(slice(0, n) for n in seismic.shape)]
        turn = rng.uniform(0, 2 * np.pi)
        side = np.cos(turn) * (x - seismic.shape[0] / 2) + np.sin(turn) * (y - seismic.shape[1] / 2)
        if rng.random() < 0.6:
            muted |= side + 0 * z > rng.uniform(0.1, 0.5) * max(seismic.shape)
        else:
            muted |= z < rng.uniform(0, 0.3) * seismic.shape[2] + rng.normal(0, 0.2) * side
    if rng.random() < 0.1:
        dropped |= (rng.random(seismic.shape[:2]) < rng.uniform(0.005, 0.05))[:, :, None]
    seismic[muted | dropped] = 0
    return muted, dropped
