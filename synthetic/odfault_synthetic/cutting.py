"""Cuts new faults, with exact labels, into the quiet parts of real data."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from odfault.errors import OdfaultError
from odfault.undefined import clear
from odfault_synthetic import sinc, strain, warp
from odfault_synthetic.confine import OPEN, Place, Walls, choose_faults
from odfault_synthetic.cube import Cube, resolved_throw
from odfault_synthetic.faults import Table, log_even
from odfault_synthetic.labels import UNRESOLVED
from odfault_synthetic.quiet import Quiet, find_quiet
from odfault_synthetic.recipe import Recipe

Shape = tuple[int, int, int]
SPACING = (3.0, 9.0)
"""Distance of traces in samples that is drawn where nobody knows it: 12.5 to 25 m at 4 ms, as surveys are."""
FEW = 1024
"""Different amplitudes up to which data were stored in steps, such as bytes."""
LEAST = (32, 48)
"""Traces of a line, and samples, that a place must have: in less, a fault is not told from chance."""


def insert_faults(
    volume: NDArray[Any],
    recipe: Recipe,
    seed: int | np.random.Generator = 1,
    quiet: Quiet | None = None,
    *,
    spacing: tuple[float, float] | None = None,
    walls: Walls = OPEN,
    most: int | None = None,
) -> Cube:
    """Cut one set of new faults into real data.

    Parameters
    ----------
    volume : ndarray
        (inlines, crosslines, samples), any unit; one inline is a section. Whole numbers stay whole.
    recipe : Recipe
        Its faults are drawn; its geology and noise are the volume's own.
    seed : int or Generator
        The same seed gives the same faults.
    quiet : Quiet, optional
        What ``find_quiet`` said of the volume, if that is known.
    spacing : tuple of float, optional
        Distance of inlines and of crosslines in samples; drawn, as surveys have it, when left out.
    walls : tuple
        At which faces of the volume nothing may move any more, see ``confine.Place``.
    most : int, optional
        No more faults than this.

    Returns
    -------
    Cube
        ``seismic`` is the volume, float32, equal to the last bit where nothing moved. In ``labels``,
        whatever was not quiet is 3, neither right nor wrong: nobody knows the faults that are there.

    Raises
    ------
    OdfaultError
        If the volume is constant, too noisy or too small.
    """
    rng = np.random.default_rng(seed)
    check_size(volume.shape)
    quiet = quiet or find_quiet(volume)
    if not quiet.where.any():
        raise OdfaultError("nothing in the data is quiet", "give data with coherent reflections")
    steps = _spacing(volume.shape, spacing, rng)
    place = Place(quiet.where, steps, resolved_throw(quiet.peak), walls)
    faults = choose_faults(recipe, place, rng, most=most)
    return cut_faults(volume, faults, quiet, steps)


def cut_faults(volume: NDArray[Any], faults: Table, quiet: Quiet, spacing: tuple[float, float]) -> Cube:
    """Cut faults of a table into a volume and label them.

    Each sample that moves is read once, between samples, where the faults took it (a windowed sinc); the
    labels come from the same mapping. Within the lateral resolution of the data the two walls of a fault
    show on each other, as a migrated image has them: a step seen through a Gaussian. What neighbours do not
    share, noise, keeps its strength there.
    """
    clean = clear(volume)
    live = np.asarray(clean.any(axis=2))
    shape: Shape = volume.shape
    cube = Cube(np.array(volume, np.float32), np.empty(shape, np.uint8), *np.zeros((3, *shape), np.float32))
    about = np.zeros((3, *shape), np.float32)
    blur = np.array([max(1.1 * quiet.lateral, 0.6), 0.15 / quiet.peak, quiet.peak], np.float32)
    sure, moved = np.empty(shape, bool), np.full(shape, np.nan, np.float32)
    warp.warp(
        faults, np.array(spacing, np.float32), np.array(resolved_throw(quiet.peak), np.float32), blur,
        np.float32(quiet.likeness), sinc.interpolator(), clean, _usable(live), live, quiet.where,
        moved, cube.labels, about, sure,
    )  # fmt: skip
    touched = ~np.isnan(moved)
    cube.seismic[touched] = _as_before(moved[touched], clean[touched], clean)
    cube.labels[~sure] = UNRESOLVED
    return dataclasses.replace(cube, throw=about[0], dip=about[1], strike=about[2])


def check_size(shape: tuple[int, ...]) -> None:
    """Refuse what is no volume, or too small."""
    if len(shape) != 3 or max(shape[:2]) < LEAST[0] or shape[2] < LEAST[1]:
        raise OdfaultError(
            f"data of shape {shape} are too small for a fault to be cut in",
            f"give (inlines, crosslines, samples), lines of at least {LEAST[0]} traces of {LEAST[1]} samples",
        )
    if shape[2] > strain.PITCH:
        raise OdfaultError(f"traces of {shape[2]} samples", f"give at most {strain.PITCH} at a time")


def _spacing(
    shape: tuple[int, ...], spacing: tuple[float, float] | None, rng: np.random.Generator
) -> tuple[float, float]:
    one, two = spacing or (log_even(rng, SPACING),) * 2
    return (0.0 if shape[0] == 1 else one), two


def _usable(live: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Traces around which none is dead within the interpolator's reach."""
    near = np.ones((2 * sinc.TAPS + 1, 2 * sinc.TAPS + 1), bool)
    return np.asarray(~binary_dilation(~live, near)) if not live.all() else live


def _as_before(
    moved: NDArray[np.float32], before: NDArray[np.float32], clean: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Keep moved samples within the data's range.

    Where the data were stored in few steps, the moved samples get the values that were there before, rank
    for rank: bytes are clipped and often bent, and what lies between two of them may be no value at all.
    """
    steps = np.unique(clean[::3, ::3])
    if len(steps) > FEW:
        moved = np.clip(moved, clean.min(), clean.max())
        return np.rint(moved) if np.array_equal(steps, np.rint(steps)) else moved
    kept = np.empty_like(moved)
    kept[np.argsort(moved, kind="stable")] = np.sort(before)
    return kept
