"""Draws one labelled cube: ground, imaging, acquisition, in that order."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic.acquisition import spoil
from odfault_synthetic.geology import draw_geology
from odfault_synthetic.ground import Ground, lay_ground
from odfault_synthetic.imaging import draw_imaging, image_parts
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.sight import hide

RIM = (8, 8, 16)
"""Inlines, crosslines, samples drawn around a cube and cut away, so that its faces are like its inside."""
USUAL, LEAST = 0.19, 1 / 14
"""Throw that is seen, as a share of the dominant period, where noise is as loud as the signal, and at best: a
quarter is the limit of separable resolution (Widess, 1973)."""


@dataclasses.dataclass(frozen=True)
class Cube:
    """A labelled cube; each array is (inlines, crosslines, samples).

    seismic : float32, amplitudes of about unit rms
    labels  : uint8, the words of ``odfault_synthetic.labels``
    throw   : float32, vertical offset in samples where a fault is labelled, else 0
    dip     : float32, degrees there, whose tangent is samples per trace; of a section, the apparent dip
    strike  : float32, degrees there from the inline axis towards the crossline axis; the surface dips to
        the side 90 degrees further
    """

    seismic: NDArray[np.float32]
    labels: NDArray[np.uint8]
    throw: NDArray[np.float32]
    dip: NDArray[np.float32]
    strike: NDArray[np.float32]


def draw_cube(recipe: Recipe, number: int) -> Cube:
    """Draw cube ``number`` of a recipe; the same recipe and number give the same bytes."""
    rng = np.random.default_rng([recipe.seed, number])
    shape = widen(recipe.shape)
    geology = draw_geology(recipe, shape, rng)
    imaging = draw_imaging(recipe, shape, geology.spacing, rng)
    ground = lay_ground(geology, shape, resolved_throw(imaging.peak, LEAST))
    signal, noise, imaged = image_parts(ground.reflectivity, imaging, rng)
    hide(ground.labels, ground.throw, signal, noise, imaging.peak, imaged)
    cube = label(signal + noise, ground, recipe.shape)
    spoil(cube.seismic, recipe, rng)
    return cube


def label(seismic: NDArray[np.float32], ground: Ground, shape: tuple[int, int, int]) -> Cube:
    """Join seismic with what its ground knows of faults, and cut the rim of both away."""
    parts = (seismic, ground.labels, ground.throw, ground.dip, ground.strike)
    return Cube(*(cut(part, shape) for part in parts))


def resolved_throw(peak: float, share: float = USUAL) -> tuple[float, float]:
    """Throw, in samples, that is nothing, and that is seen, for a peak frequency in cycles per sample.

    share : of the dominant period, that is seen; a third of it is nothing
    """
    return max(0.2, share / (3 * peak)), max(0.5, share / peak)


def widen(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Shape with the rim; a section has none beside it."""
    across = shape[0] + 2 * RIM[0] if shape[0] > 1 else 1
    return across, shape[1] + 2 * RIM[1], shape[2] + 2 * RIM[2]


def cut(volume: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[Any]:
    """Cut the rim away."""
    core = tuple(slice((n - m) // 2, (n - m) // 2 + m) for n, m in zip(volume.shape, shape, strict=True))
    return np.ascontiguousarray(volume[core])
