"""One slab of a survey: small enough to be sent, and all that a worker needs to answer it."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.answering import Way
from odfault.chunked.reading import StoreSurvey
from odfault.columns import column_of
from odfault.engine import Engine
from odfault.inference import cut_batches
from odfault.journal import Place
from odfault.model import Precision
from odfault.region import Region
from odfault.segy.layout import Layout
from odfault.segy.output import Footprint, find_footprint
from odfault.tiling import Box, Tile


@dataclasses.dataclass(frozen=True)
class Job:
    """What all slabs of a run have in common.

    Attributes
    ----------
    source : Layout or Path
        Of the input, a SEG-Y file; or where it is, a store. Paths hold on every machine.
    part : Layout, optional
        Of the unfinished SEG-Y file, into which workers write. Where there is none, they send answers back.
    state : tuple of int
        Size and time of change (ns) of the input, or of the file at a store's root.
    journal : Path
    head : str
        The journal, and the hash of its first line: an unfinished file of another run is not written into.
    way : Way
        How the region is answered.
    engine, precision : str
        What computes, and of the network's convolutions.
    turned : bool
        Whether crosslines come first, see ``Region``.
    depths : slice
        The samples that are asked for.
    versions : tuple of tuple of str
        Of what decides the numbers, see ``member.versions``.
    apart : bool
        Whether workers may be on different machines.
    """

    source: Layout | Path
    part: Layout | None
    state: tuple[int, int]
    journal: Path
    head: str
    way: Way
    engine: Engine
    precision: Precision
    turned: bool
    depths: slice
    versions: tuple[tuple[str, str], ...]
    apart: bool


@dataclasses.dataclass(frozen=True)
class Packed:
    """An array of trace numbers: most follow one another, and then it is small."""

    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, numbers: NDArray[np.int64]) -> Packed:
        """Pack."""
        return cls(numbers.shape, zlib.compress(np.diff(numbers.ravel(), prepend=0).tobytes()))

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Unpack."""
        return np.cumsum(np.frombuffer(zlib.decompress(self.data), np.int64)).reshape(self.shape)


@dataclasses.dataclass(frozen=True)
class Slab:
    """Whole columns of tiles, and the traces that they look at.

    Attributes
    ----------
    boxes : tuple of Box
        The tiles, counted from the first line that any of them looks at; of a store, from its first.
    origin : tuple of int
        That line, along both axes of the region.
    index : Packed
        (inlines, crosslines) of those lines: the trace at each place, see ``Grid``; of a store, which tells
        it itself, none.
    prints : tuple of tuple
        For each column that is to be written, its place counted like the boxes, and its footprint's numbers,
        parts and slots; none of these where answers are sent back.
    name : str
        As it is told to users.
    """

    boxes: tuple[Box, ...]
    origin: Place
    index: Packed
    prints: tuple[tuple[Place, tuple[Packed, ...]], ...]
    name: str

    def footprints(self) -> dict[Place, Footprint]:
        """Unpack the footprints of the columns."""
        return {place: Footprint(*(part.numbers for part in parts)) for place, parts in self.prints if parts}


def cut_slabs(
    region: Region,
    boxes: Sequence[Box],
    done: Container[Place],
    *,
    batch: int,
    keep: NDArray[np.int64] | None,
    prints: bool = True,
) -> Iterator[Slab]:
    """Cut a plan into slabs that need nothing of one another; those that are done are left out.

    prints : bool
        Whether workers write, and need the footprints.

    A slab is whole columns and whole batches, so that each window is answered in the same company as on one
    machine, and with it the last bit of every answer is the same.
    """

    def find(box: Box) -> tuple[Packed, ...]:
        if not prints:
            return ()
        found = find_footprint(region.survey, *region.lines(box[0].write, box[1].write), keep)
        return Packed.of(found.numbers), Packed.of(found.parts), Packed.of(found.slots)

    some: list[Box] = []
    for group in cut_batches(boxes, batch):
        if some and column_of(some[-1]) != column_of(group[0]):
            yield from _slab(region, some, done, find)
            some = []
        some += group
    yield from _slab(region, some, done, find)


def _slab(
    region: Region, boxes: Sequence[Box], done: Container[Place], find: Callable[[Box], tuple[Packed, ...]]
) -> Iterator[Slab]:
    columns = {column_of(box): box for box in boxes if column_of(box) not in done}
    if not columns:
        return
    x, y = (
        slice(max(0, min(t.read.start for t in tiles)), min(n, max(t.read.stop for t in tiles)))
        for tiles, n in zip(list(zip(*boxes, strict=True))[:2], region.shape, strict=False)
    )
    stored = isinstance(region.survey, StoreSurvey)
    none, origin = np.empty((0, 0), np.int64), (0, 0) if stored else (x.start, y.start)
    yield Slab(
        boxes=tuple((_move(i, origin[0]), _move(j, origin[1]), k) for i, j, k in boxes),
        origin=origin,
        index=Packed.of(none if stored else region.survey.index[region.lines(x, y)]),
        prints=tuple(((i - origin[0], j - origin[1]), find(box)) for (i, j), box in columns.items()),
        name=_tell(region, x, y),
    )


def _move(tile: Tile, start: int) -> Tile:
    """Count a tile from a later line."""
    read, write = (slice(part.start - start, part.stop - start) for part in (tile.read, tile.write))
    return Tile(read, write)


def _tell(region: Region, x: slice, y: slice) -> str:
    inlines, crosslines = region.lines(x, y)
    survey = region.survey
    first, last = survey.inlines[inlines][[0, -1]], survey.crosslines[crosslines][[0, -1]]
    return f"inlines {first[0]} to {first[1]}, crosslines {last[0]} to {last[1]}"
