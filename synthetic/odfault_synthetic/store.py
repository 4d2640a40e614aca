"""The HDF5 room: cubes with their labels and their recipe in one file that can be extended."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

import odfault
from odfault.errors import OdfaultError
from odfault_synthetic.cube import Cube, draw_cube
from odfault_synthetic.recipe import Recipe, make_recipe


def write_cubes(
    path: Path, recipe: Recipe, numbers: range, *, progress: Callable[[int], None] = lambda done: None
) -> None:
    """Draw cubes into a file, going on after the last one that it already holds.

    Parameters
    ----------
    path : Path
        The HDF5 file, ``seismic`` (cubes, inlines, crosslines, samples) float16 and ``labels`` uint8.
    recipe : Recipe
        What to draw; a file that exists must have been drawn by the same recipe.
    numbers : range
        Numbers of the cubes, in steps of 1.
    progress : callable
        Called with the number of cubes in the file.

    Raises
    ------
    OdfaultError
        If the file is no such file, or of another recipe.
    """
    with _open(path, recipe, numbers.start) as file, ThreadPoolExecutor(2) as pool:
        done = int(file.attrs["count"])
        for cube in pool.map(lambda number: draw_cube(recipe, number), numbers[done:]):
            _append(file, cube, done)
            done += 1
            progress(done)


def _open(path: Path, recipe: Recipe, first: int) -> h5py.File:
    words = json.dumps(dataclasses.asdict(recipe), sort_keys=True)
    try:
        file = h5py.File(path, "a")
    except OSError as error:
        raise OdfaultError(f"{path} is not an HDF5 file", "give another name or remove it") from error
    if "recipe" not in file.attrs:
        shape = tuple(recipe.shape)
        for name, kind in (("seismic", np.float16), ("labels", np.uint8)):
            chunks, most = (1, *shape), (None, *shape)
            file.create_dataset(name, (0, *shape), kind, chunks=chunks, maxshape=most, compression="lzf")
        file.attrs.update(recipe=words, first=first, count=0, version=odfault.__version__)
    if file.attrs["recipe"] != words or file.attrs["first"] != first:
        file.close()
        raise OdfaultError(f"{path} was drawn by another recipe", "give another name or remove it")
    return file


def _append(file: h5py.File, cube: Cube, number: int) -> None:
    for name, values in (("seismic", cube.seismic), ("labels", cube.labels)):
        file[name].resize(number + 1, axis=0)
        file[name][number] = values
    file.flush()
    file.attrs["count"] = number + 1
    file.flush()


def read_recipe_of(path: Path) -> Recipe:
    """Read the recipe that a file was drawn by."""
    with h5py.File(path) as file:
        return make_recipe(json.loads(file.attrs["recipe"]))


def read_cubes(
    path: Path, start: int = 0, stop: int | None = None
) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Read seismic and labels of the cubes from ``start`` to ``stop``."""
    try:
        with h5py.File(path) as file:
            last = min(int(file.attrs["count"]), stop if stop is not None else int(file.attrs["count"]))
            return file["seismic"][start:last], file["labels"][start:last]
    except (OSError, KeyError) as error:
        raise OdfaultError(f"{path} holds no cubes ({error})", "draw them with odfault-synth") from error
