"""Windows straight from the generator: a pool of cubes in memory, the oldest replaced as training goes on."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.stream import draw_ahead
from odfault_training.windows import Labels, Seismic, Windows

LATE = 16
"""Steps that Keras may still be asking for when a later one has been given."""


@dataclasses.dataclass(frozen=True)
class Fresh:
    """Cubes that are drawn while the network learns, and never touch the disk.

    Step s learns from the cubes s // every to s // every + size - 1, whoever draws them and however fast; so
    a run that was stopped goes on with the cubes that it would have had.

    recipe  : what is drawn
    size    : cubes in memory
    every   : steps after which the oldest cube makes room for a new one
    workers : threads that draw
    """

    recipe: Recipe
    size: int = 64
    every: int = 4
    workers: int = 2


class Pool:
    """The cubes of the step in work, in memory."""

    def __init__(self, fresh: Fresh, step: int = 0) -> None:
        self.fresh, self._next = fresh, step // fresh.every
        self._lock = threading.Lock()
        self._cubes: dict[int, tuple[Seismic, Labels]] = {}
        draw = functools.partial(_draw, fresh.recipe)
        self._stream = draw_ahead(draw, itertools.count(self._next), workers=fresh.workers)

    def at(self, step: int) -> tuple[Sequence[Seismic], Sequence[Labels]]:
        """Give the cubes of a step, waiting for the new ones; steps come in nearly rising order."""
        first = step // self.fresh.every
        numbers = range(first, first + self.fresh.size)
        with self._lock:
            while self._next < numbers.stop:
                number, self._cubes[number] = next(self._stream)
                self._next = number + 1
            for number in [n for n in self._cubes if n < (step - LATE) // self.fresh.every]:
                del self._cubes[number]
            cubes = [self._cubes[number] for number in numbers]
        return [cube[0] for cube in cubes], [cube[1] for cube in cubes]

    def close(self) -> None:
        """Stop drawing, once nobody waits for a cube any more."""
        with self._lock:
            self._stream.close()


def _draw(recipe: Recipe, number: int) -> tuple[Seismic, Labels]:
    cube = draw_cube(recipe, number)
    return cube.seismic.astype(np.float16), cube.labels


class FreshWindows(Windows):
    """Windows from a pool: batch n of an epoch and a seed is always the same, here too."""

    def __init__(self, pool: Pool, **words: Any) -> None:
        none = (0, *pool.fresh.recipe.shape)
        super().__init__(np.empty(none, np.float16), np.empty(none, np.uint8), **words)
        self.pool = pool

    def cubes_of(self, number: int) -> tuple[Sequence[Seismic], Sequence[Labels]]:
        """Give the cubes that batch ``number`` is cut from."""
        return self.pool.at(self.epoch * self.steps + number)
