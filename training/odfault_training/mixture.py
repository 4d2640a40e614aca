"""Windows to tune by: some from labelled lines, the rest from the generator, so that nothing is forgotten."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import Card
from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe, make_recipe, read_recipe
from odfault_training.drawn import Line
from odfault_training.pool import Fresh, FreshWindows, Pool
from odfault_training.windows import Labels, Seismic, Windows

RIM = 16
"""Samples and traces by which a line is mirrored, at least, so that windows hold its edges as tiles do."""
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


def synthetic_of(card: Card, window: tuple[int, ...], seed: int) -> Recipe:
    """Recipe of the data that a network learned from, in pieces somewhat larger than a window.

    Of networks of older generators, whose words are unknown, it is ``everything``.
    """
    try:
        recipe = make_recipe(card.recipe["synthetic"])
    except (KeyError, TypeError, OdfaultError):
        recipe = read_recipe("everything")
    inlines, traces, samples = (
        (1, *(2 * n for n in window)) if len(window) == 2 else (3 * n // 2 for n in window)
    )
    return dataclasses.replace(recipe, shape=(inlines, traces, samples), seed=seed)


def open_pool(recipe: Recipe) -> Pool:
    """Draw what is mixed in, one piece after another, on a thread of its own."""
    size, every = (24, 2) if recipe.shape[0] == 1 else (6, 10)
    return Pool(Fresh(recipe, size=size, every=every, workers=1))


class LineWindows(Windows):
    """Windows from labelled lines of any size, mirrored at their edges; each line is drawn as often."""

    def __init__(self, lines: Sequence[Line], **words: Any) -> None:
        none = (0, 1, 1, 1)
        super().__init__(np.empty(none, np.float16), np.empty(none, np.uint8), **words)
        pads = [_margins(line.labels.shape, self.window) for line in lines]
        self.lines = [np.pad(line.seismic, pad, "reflect") for line, pad in zip(lines, pads, strict=True)]
        self.words = [np.pad(line.labels, pad, "reflect") for line, pad in zip(lines, pads, strict=True)]

    def cubes_of(self, number: int) -> tuple[Sequence[Seismic], Sequence[Labels]]:
        """Give all lines."""
        return self.lines, self.words  # type: ignore[return-value]  # amplitudes of any size are floats


def _margins(shape: tuple[int, ...], window: tuple[int, ...]) -> list[tuple[int, int]]:
    """Find what to add at both ends of each axis, so that a window finds room and the edges lie within."""
    least = (max(window[:-1]), max(window[:-1]), window[-1])
    margins = []
    for axis, (size, need) in enumerate(zip(shape, least, strict=True)):
        flat = axis == 0 and size == 1 and len(window) == 2
        wide = 0 if flat else max(RIM, -(-(need + RIM - size) // 2))
        margins.append((wide, wide))
    return margins


class Mixture:
    """Batches of windows and targets; batch n of a seed is always the same."""

    def __init__(
        self, lines: Sequence[Line], pool: Pool, *, window: tuple[int, ...], batch: int, seed: int
    ) -> None:
        half = max(1, batch // 2)
        words: Any = {"window": window, "steps": 1, "seed": seed}
        self.own = LineWindows(lines, batch=half, **words)
        self.drawn = FreshWindows(pool, batch=max(1, batch - half), **words)

    def __getitem__(self, number: int) -> Batch:
        """Draw batch ``number``."""
        pairs = [self.own[number], self.drawn[number]]
        return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])
