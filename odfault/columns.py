"""Tiles above one another, gathered until their traces are whole."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Container, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from odfault.inference import Gathered, place_answers
from odfault.journal import Place
from odfault.tiling import Box


def column_of(box: Box) -> Place:
    """First inline and crossline of the tiles above one another to which a tile belongs."""
    return box[0].write.start, box[1].write.start


@dataclasses.dataclass
class Column:
    """Whole traces under one footprint: where, how many tiles are missing, what was found."""

    box: Box
    values: NDArray[np.float32]
    live: NDArray[np.bool_]
    missing: int
    odd: int = 0


class Columns:
    """Gathers the tiles above one another, so that every trace is written once and whole."""

    def __init__(self, boxes: Sequence[Box], n_samples: int, done: Container[Place]) -> None:
        self.n_samples, self.open = n_samples, dict[Place, Column]()
        self.tiles = {place: n for place, n in Counter(map(column_of, boxes)).items() if place not in done}

    def is_done(self, box: Box) -> bool:
        """Whether an earlier run wrote this tile's column."""
        return column_of(box) not in self.tiles

    def add(self, gathered: Gathered, answers: NDArray[np.float32]) -> Iterator[Column]:
        """Take a batch; give the columns that it completes. They are 0 where no tile writes."""
        for number, box in enumerate(gathered.boxes):
            key = column_of(box)
            if self.is_done(box):
                continue
            whole = box[2].write == slice(0, self.n_samples)
            if key not in self.open:
                size = tuple(tile.write.stop - tile.write.start for tile in box[:2])
                x, y, z = (tile.keep for tile in box)
                values = answers[number, x, y, z] if whole else np.zeros((*size, self.n_samples), np.float32)
                self.open[key] = Column(box, values, np.zeros(size, bool), self.tiles[key])
            column = self.open[key]
            if not whole:
                place_answers([box], answers[number : number + 1], column.values, (*key, 0))
            column.missing -= 1
            column.live |= gathered.live[number]
            column.odd += gathered.odd[number]
            if not column.missing:
                yield self.open.pop(key)
