"""Draws one labelled cube: geology, reflectivity, imaging, in that order."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic import strain
from odfault_synthetic.geology import FINE, Geology, draw_geology
from odfault_synthetic.imaging import draw_imaging, image, spoil
from odfault_synthetic.labels import BACKGROUND, UNRESOLVED
from odfault_synthetic.recipe import Recipe

RIM = (8, 8, 16)
"""Inlines, crosslines, samples drawn around a cube and cut away, so that its faces are like its inside."""


@dataclasses.dataclass(frozen=True)
class Cube:
    """A labelled cube.

    seismic : (inlines, crosslines, samples) float32, amplitudes of about unit rms
    labels  : same shape, uint8, the words of ``odfault_synthetic.labels``
    """

    seismic: NDArray[np.float32]
    labels: NDArray[np.uint8]


def draw_cube(recipe: Recipe, number: int) -> Cube:
    """Draw cube ``number`` of a recipe; the same recipe and number give the same bytes."""
    rng = np.random.default_rng([recipe.seed, number])
    full = tuple(n + 2 * rim for n, rim in zip(recipe.shape, RIM, strict=True))
    shape = (full[0], full[1], full[2])
    geology = draw_geology(recipe, shape, rng)
    imaging = draw_imaging(recipe, rng)
    resolve = (max(0.3, 1 / (16 * imaging.peak)), max(0.9, 1 / (5 * imaging.peak)))
    reflectivity, labels = _ground(geology, shape, resolve)
    if rng.random() < recipe.body:
        _body(reflectivity, labels, rng)
    seismic = image(reflectivity, imaging, rng)
    if rng.random() < recipe.dim:
        _dim(seismic, labels, rng)
    core = tuple(slice(rim, -rim) for rim in RIM)
    seismic = np.ascontiguousarray(seismic[core])
    spoil(seismic, recipe, rng)
    return Cube(seismic, np.ascontiguousarray(labels[core]))


def _ground(
    geology: Geology, shape: tuple[int, int, int], resolve: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    beds = np.empty(shape, np.float32)
    places = np.empty((*shape, 2), np.float32)
    labels = np.empty(shape, np.uint8)
    reflectivity = np.empty(shape, np.float32)
    tables = geology.faults, geology.folds, geology.young, geology.channels, geology.cover
    strain.strain(*tables, np.array(resolve), beds, places, labels)
    first, profiles = geology.first_bed, geology.profiles
    strain.reflect(beds, places, geology.facies, profiles, first, FINE, reflectivity)
    return reflectivity, labels


def _body(reflectivity: NDArray[np.float32], labels: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Push a salt-like body through the beds: a bright skin, a quiet inside, no faults in it."""
    x, y, z = np.ogrid[tuple(slice(0, n) for n in labels.shape)]
    size = rng.uniform(0.15, 0.4, 3) * labels.shape
    at = rng.uniform(0, 1, 3) * labels.shape
    at[2] = rng.uniform(0.6, 1.2) * labels.shape[2]
    bumps = 1 + 0.15 * np.sin(x / rng.uniform(5, 20) + rng.uniform(0, 6)) * np.sin(y / rng.uniform(5, 20))
    x, y, z = ((axis - a) / n for axis, a, n in zip((x, y, z), at, size, strict=True))
    radius = np.sqrt(x * x + y * y + z * z)
    inside = radius < bumps
    loud = float(reflectivity.std())
    skin = inside & ~np.roll(inside, 1, axis=2)
    reflectivity[inside] = loud * rng.uniform(0, 0.4) * rng.standard_normal(int(inside.sum()))
    reflectivity[skin] = loud * rng.uniform(2, 6) * rng.choice([-1, 1])
    labels[inside] = BACKGROUND


def _dim(seismic: NDArray[np.float32], labels: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Lay a gas-like column over the seismic: dim, noisy, its faults neither right nor wrong."""
    n_inlines, n_crosslines, n_samples = seismic.shape
    x, y = np.ogrid[0:n_inlines, 0:n_crosslines]
    away = ((x - rng.uniform(0, n_inlines)) ** 2 + (y - rng.uniform(0, n_crosslines)) ** 2) / 2
    column = np.exp(-away / rng.uniform(8, 25) ** 2)[:, :, None] * rng.uniform(0.5, 0.97)
    below = 1 / (1 + np.exp(-(np.arange(n_samples) - rng.uniform(0, 0.5) * n_samples) / 4))
    weak = (column * below).astype(np.float32)
    seismic *= 1 - weak
    hidden = (weak > 0.8) & (labels != BACKGROUND)
    labels[hidden] = UNRESOLVED
