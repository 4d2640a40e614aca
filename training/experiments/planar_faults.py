"""Draws volumes as others do: flat beds, folded by Gaussians, sheared, cut by planar faults, and noise.

    python training/experiments/planar_faults.py FOLDER [--count 10] [--first 0]
    odfault-train score fault3d FOLDER/*.npz

After the published description of a public training set (Wu et al., 2019, FaultSeg3D), with nothing of our
generator in it: how a network answers ground of somebody else's making. Each ``FOLDER/NUMBER.npz`` holds
``seismic``, float32, and ``faults``, 0 and 1, of 128 inlines, crosslines and samples. A fault is asked for
wherever it slips by more than two samples, seen or not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

SIZE = 128
FINE = 4
"""Steps of the beds in a sample."""
SLIP = 2.0
"""Samples of slip, above which a fault is asked for."""
Grid = list[NDArray[np.float64]]


def draw_volume(number: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Draw one volume: amplitudes and faults, (inlines, crosslines, samples)."""
    rng = np.random.default_rng([77, number])
    faults = np.zeros((SIZE,) * 3, np.uint8)
    grid: Grid = list(np.meshgrid(*[np.arange(SIZE, dtype=float)] * 3, indexing="ij"))
    for _ in range(rng.integers(3, 9)):  # the youngest first: each takes back its slip
        grid, crossed = _take_back(grid, rng)
        faults |= crossed
    seismic = _show(_unfold(grid, rng), rng)
    noise = gaussian_filter(rng.standard_normal(seismic.shape), rng.uniform(0, 1.2))
    seismic = seismic / seismic.std() + noise / noise.std() * rng.uniform(0.1, 0.6)
    return seismic.astype(np.float32), faults


def _take_back(grid: Grid, rng: np.random.Generator) -> tuple[Grid, NDArray[np.bool_]]:
    """Move the wall below a planar fault back to where it was; tell where the fault is."""
    dip, azimuth = np.radians(rng.uniform(55, 88)), rng.uniform(0, 2 * np.pi)
    level = np.array([np.cos(azimuth), np.sin(azimuth)])
    normal = [*(level * np.sin(dip)), np.cos(dip)]
    up = [*(level * np.cos(dip)), -np.sin(dip)]  # samples are counted downwards
    aside = [axis - middle for axis, middle in zip(grid, rng.uniform(0.15, 0.85, 3) * SIZE, strict=True)]
    distance = _project(aside, normal)
    slip = rng.uniform(4, 25) * (1 if rng.random() < 0.85 else -1)
    if rng.random() < 0.5:
        slip = slip * np.exp(-sum(axis**2 for axis in aside) / (2 * (rng.uniform(0.5, 1.2) * SIZE) ** 2))
    else:
        slip = slip * np.clip(1 + rng.uniform(-0.6, 0.6) * _project(aside, up) / SIZE, 0.2, 1.8)
    moved = [np.where(distance > 0, axis - slip * part, axis) for axis, part in zip(grid, up, strict=True)]
    return moved, (np.abs(distance) < 0.6) & (np.abs(slip) > SLIP)


def _project(places: Grid, way: list[float]) -> NDArray[np.float64]:
    """Tell how far places lie along a way of length 1."""
    return np.asarray(sum(axis * part for axis, part in zip(places, way, strict=True)))


def _unfold(grid: Grid, rng: np.random.Generator) -> NDArray[np.float64]:
    """Tell the depth in flat beds at each place of folded and sheared ones."""
    x, y, z = grid
    fold = np.zeros_like(x)
    for _ in range(rng.integers(2, 12)):
        middle, width = rng.uniform(0, SIZE, 2), rng.uniform(12, 45)
        fold += rng.uniform(-12, 12) * np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * width**2))
    shear = rng.uniform(-0.25, 0.25, 2)
    return np.asarray(z - rng.uniform(0.3, 1.2) * z / SIZE * fold - shear[0] * x - shear[1] * y)


def _show(depth: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw reflections of random beds at each depth, under a Ricker wavelet."""
    beds = rng.uniform(-1, 1, 6 * SIZE) * (rng.random(6 * SIZE) < rng.uniform(0.4, 1))
    time = np.arange(-200, 201) / FINE * rng.uniform(0.04, 0.14) * np.pi
    wave = fftconvolve(np.repeat(beds, FINE), (1 - 2 * time**2) * np.exp(-(time**2)), "same")
    return np.interp((depth + 2 * SIZE) * FINE, np.arange(len(wave)), wave)


def main() -> None:
    """Draw into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.first, options.first + options.count):
        seismic, faults = draw_volume(number)
        np.savez(options.folder / f"{number}.npz", seismic=seismic, faults=faults)
        print(f"{number}: {faults.mean():.1%} of the samples on faults")


if __name__ == "__main__":
    main()
