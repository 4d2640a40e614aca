"""Cubes one after another, drawn ahead on threads while the last one is used."""

from __future__ import annotations

import functools
import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from odfault_synthetic.cube import Cube, draw_cube
from odfault_synthetic.recipe import Recipe

T = TypeVar("T")
Drawn = Generator[tuple[int, Cube], None, None]


def stream(recipe: Recipe, *, first: int = 0, workers: int = 2, ahead: int = 4) -> Drawn:
    """Draw cubes without end, in the order of their numbers; close the iterator to stop.

    Parameters
    ----------
    recipe : Recipe
        What to draw.
    first : int
        Number of the first cube.
    workers : int
        Threads; the cubes are the same for any number of them.
    ahead : int
        Cubes that may be drawn or waiting beside the one that is used.
    """
    return draw_ahead(
        functools.partial(draw_cube, recipe), itertools.count(first), workers=workers, ahead=ahead
    )


def draw_ahead(
    draw: Callable[[int], T], numbers: Iterable[int], *, workers: int = 2, ahead: int = 4
) -> Generator[tuple[int, T], None, None]:
    """Draw what belongs to each number ahead on threads, and give it in their order.

    An error of ``draw`` comes at its number's turn. Nothing is begun before the first is asked for. When the
    iterator is closed, what is being drawn is finished and what waits is not begun.
    """
    pool = ThreadPoolExecutor(workers, "draw")
    waiting: deque[tuple[int, Future[T]]] = deque()
    rest = iter(numbers)
    try:
        while True:
            for number in itertools.islice(rest, max(1, ahead) - len(waiting)):
                waiting.append((number, pool.submit(draw, number)))
            if not waiting:
                return
            number, drawn = waiting.popleft()
            yield number, drawn.result()
            del drawn
    finally:
        pool.shutdown(cancel_futures=True)
