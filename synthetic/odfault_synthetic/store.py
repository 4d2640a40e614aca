"""The HDF5 room: cubes with their labels and their recipe in one file that is always whole and can grow."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault_synthetic.cube import Cube, draw_cube
from odfault_synthetic.disk import undisturbed, write_new
from odfault_synthetic.layout import (
    KINDS,
    Facts,
    Packed,
    append,
    check_format,
    check_same,
    empty_file,
    make_facts,
    pack,
)
from odfault_synthetic.ledger import Ledger
from odfault_synthetic.recipe import Recipe, make_recipe
from odfault_synthetic.stream import draw_ahead

Drawn = Generator[tuple[int, Packed], None, None]
STEP = 2**21
"""Samples that come into the file at once, at least: a cube of 128^3, or 32 sections of 256^2."""


def write_cubes(
    path: Path,
    recipe: Recipe,
    numbers: range,
    *,
    draw: Callable[[int], Cube] | None = None,
    words: Mapping[str, Any] | None = None,
    workers: int = 2,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Draw cubes into a file, going on after the last one that it already holds.

    A new file is called ``NAME.part`` until it holds all cubes; one that exists grows in place. Either holds
    whole cubes only at any moment, and a run that was killed goes on where it was.

    Parameters
    ----------
    path : Path
        The HDF5 file, see ``odfault_synthetic.layout``.
    recipe : Recipe
        What to draw; a file that exists must have been drawn by the same recipe.
    numbers : range
        Numbers of the cubes, in steps of 1; the first must be that of the file.
    draw : callable, optional
        Gives the cube of a number, of the recipe's shape, in place of ``draw_cube``.
    words : mapping, optional
        What else made the cubes, to be kept as JSON; a file that exists must have the same.
    workers : int
        Threads.
    progress : callable
        Called with the number of cubes in the file.

    Raises
    ------
    OdfaultError
        If the file is no such file, is of another recipe or version, or finds no room on the disk.
    """
    growing = path if path.exists() else path.with_name(path.name + ".part")
    facts = make_facts(recipe, numbers.start, words or {})
    one = draw or functools.partial(draw_cube, recipe)

    def rest(done: int) -> Drawn:
        return draw_ahead(lambda number: pack(one(number), recipe.shape), numbers[done:], workers=workers)

    try:
        if not growing.exists():
            write_new(growing, empty_file(recipe.shape, facts))
        with contextlib.closing(Ledger(growing, writing=True)) as ledger:
            _grow(ledger, facts, rest, progress)
        if growing != path:
            growing.replace(path)
    except OSError as error:
        raise OdfaultError(
            f"{growing} cannot be written ({error.strerror or error})",
            "make room, then run the same command again to go on after its last whole cube",
        ) from error


def _grow(
    ledger: Ledger, facts: Facts, rest: Callable[[int], Drawn], progress: Callable[[int], None]
) -> None:
    """Add the cubes that a file lacks, in steps that are safe on the disk."""
    with _open(ledger) as file:
        with undisturbed():
            check_same(ledger.path, file, facts)
            count, together = int(file.attrs["count"]), max(1, STEP // math.prod(file["seismic"].shape[1:]))
        progress(count)
        with contextlib.closing(rest(count)) as cubes:
            while some := list(itertools.islice(cubes, together)):
                with undisturbed():
                    append(file, [cube for _, cube in some])
                    file.flush()
                    ledger.commit()
                count += len(some)
                progress(count)


@contextlib.contextmanager
def _open(ledger: Ledger) -> Iterator[h5py.File]:
    with undisturbed():
        file = h5py.File(ledger, "r+")
    try:
        yield file
    finally:
        with undisturbed():
            file.close()


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[h5py.File]:
    try:
        with contextlib.closing(Ledger(path)) as ledger, h5py.File(ledger, "r") as file:
            yield file
    except FileNotFoundError as error:
        raise OdfaultError(f"{path} does not exist", "draw it with odfault-synth") from error
    except (OSError, KeyError, ValueError) as error:
        raise OdfaultError(f"{path} holds no cubes ({error})", "draw them with odfault-synth") from error


def read_recipe_of(path: Path) -> Recipe:
    """Read the recipe that a file was drawn by."""
    with _reading(path) as file:
        check_format(path, file)
        words = json.loads(file.attrs["recipe"])
    try:
        return make_recipe(words)
    except OdfaultError as error:
        problem = f"{path} was drawn by another version of odfault ({error.problem})"
        raise OdfaultError(problem, "draw it anew") from error


def read_words_of(path: Path) -> dict[str, Any]:
    """Read what else made the cubes of a file: the ``words`` that it was written with."""
    with _reading(path) as file:
        check_format(path, file)
        words: dict[str, Any] = json.loads(file.attrs["words"])
    return words


def read_cubes(
    path: Path, start: int = 0, stop: int | None = None
) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Read seismic and labels of the cubes from ``start`` to ``stop``, counted in the file.

    Files of older versions, which hold nothing else, are read too.
    """
    with _reading(path) as file:
        here = slice(start, _last(file, stop))
        return file["seismic"][here], file["labels"][here]


def read_whole_cubes(path: Path, start: int = 0, stop: int | None = None) -> Iterator[Cube]:
    """Read cubes with all that is known of them, one by one, from ``start`` to ``stop`` in the file."""
    with _reading(path) as file:
        check_format(path, file)
        for number in range(start, _last(file, stop)):
            values = {name: file[name][number] for name in KINDS}
            yield Cube(**{n: v if n == "labels" else v.astype(np.float32) for n, v in values.items()})


def _last(file: h5py.File, stop: int | None) -> int:
    count = int(file.attrs["count"])
    return count if stop is None else min(count, stop)
