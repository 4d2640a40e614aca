"""Windows of a real survey with new faults in them, to train on."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.undefined import clear
from odfault_synthetic.cube import Cube
from odfault_synthetic.cutting import Shape, insert_faults
from odfault_synthetic.quiet import Quiet, find_quiet
from odfault_synthetic.recipe import Recipe

RIM = (4, 4, 32)
"""Inlines, crosslines, samples read around a window where there are any."""
WINDOWS = 12
"""Windows looked at for one that is quiet."""
STREAM = 0x1A7
"""Keeps the numbers drawn here from those of a drawn cube of the same seed and number."""


def draw_inserted(
    volume: Any,
    recipe: Recipe,
    number: int,
    shape: Shape | None = None,
    *,
    quiet: Quiet | None = None,
    spacing: tuple[float, float] | None = None,
) -> Cube:
    """Draw a window of a real survey with new faults in it, to train on.

    Parameters
    ----------
    volume : array_like
        (inlines, crosslines, samples), whatever gives an array for a box of slices: an array, a memory map,
        a data set of an HDF5 file. Only windows are read.
    recipe : Recipe
        Its seed, its faults and its share of unfaulted cubes are used.
    number : int
        Of the window: the same recipe and number give the same bytes.
    shape : tuple of int, optional
        Of the window; the recipe's when left out. One inline gives sections, along either axis.
    quiet, spacing : optional
        As in ``insert_faults``, for the whole volume.

    Returns
    -------
    Cube
        Of unit rms; labels are 3 where the survey itself may have faults.

    Raises
    ------
    OdfaultError
        If the volume is smaller than the window, or nothing in it is quiet.
    """
    rng = np.random.default_rng([recipe.seed, number, STREAM])
    wanted = shape or recipe.shape
    best: tuple[float, Any, Any] = (0.0, None, None)
    for _ in range(WINDOWS):
        window, core, known = _draw_window(volume, wanted, quiet, rng)
        if known.where[core].mean() > best[0]:
            best = float(known.where[core].mean()), (window, core), known
        if best[0] > 0.4:
            break
    if best[1] is None:
        raise OdfaultError("no quiet window in the volume", "give a survey with coherent reflections")
    (window, core), known = best[1:]
    most = 0 if rng.random() < recipe.unfaulted else None
    cube = insert_faults(window, recipe, rng, known, spacing=spacing, most=most)
    parts = [np.ascontiguousarray(getattr(cube, field.name)[core]) for field in dataclasses.fields(cube)]
    return Cube(clear(parts[0]) / _rms(parts[0]), *parts[1:])


def _draw_window(
    volume: Any, shape: Shape, quiet: Quiet | None, rng: np.random.Generator
) -> tuple[NDArray[np.float32], tuple[slice, slice, slice], Quiet]:
    """Read a random window with a rim; say where it lies in what was read, and where that is quiet."""
    turned = shape[0] == 1 and volume.shape[0] >= shape[1] and (
        volume.shape[1] < shape[1] or rng.random() < 0.5
    )  # fmt: skip
    wanted = (shape[1], 1, shape[2]) if turned else shape
    if any(n < m for n, m in zip(volume.shape, wanted, strict=True)):
        raise OdfaultError(f"a volume of {volume.shape} is too small for a window of {shape}", "draw smaller")
    box, core = [], []
    for n, m, rim in zip(volume.shape, wanted, RIM, strict=True):
        start = int(rng.integers(n - m + 1))
        low, high = (max(0, start - rim), min(n, start + m + rim)) if m > 1 else (start, start + 1)
        box.append(slice(low, high))
        core.append(slice(start - low, start - low + m))
    if turned:
        core[:2] = core[1::-1]
    window, where = (
        np.ascontiguousarray(part[tuple(box)].swapaxes(0, 1) if turned else part[tuple(box)])
        for part in (volume, quiet.where if quiet else volume)
    )
    known = dataclasses.replace(quiet, where=where) if quiet else find_quiet(window)
    return window, (core[0], core[1], core[2]), known


def _rms(values: NDArray[np.float32]) -> np.float32:
    live = clear(values)
    live = live[live != 0]
    return np.float32(np.sqrt(np.mean(np.square(live, dtype=np.float64))) if live.size else 1.0)
