"""Plans the tiles: which samples are read, which part of the answer is kept, where it is written."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable

import numpy as np

THINNEST = 32
"""Samples that a window has at least along an axis with a halo, so that a thin volume has neighbours."""
HELD = 0.15
"""Memory of an answer that is held until its trace is whole, against that of a sample in the window."""
ALONE = 1.35
"""A window that is the only one may be this much larger: no other is read or written beside it."""
READ = 1 / 64
"""Cost of reading a sample, against answering it: traces are read whole, however they are cut."""

Shape = tuple[int, int, int]


@dataclasses.dataclass(frozen=True)
class Tile:
    """One tile of one axis.

    read   |hhh|cccccccccc|hhh|    samples the network sees (may overhang the axis to reach the grid)
    keep       |cccccccccc|        the part of its answer we trust
    write      |cccccccccc|        where that part goes

    ``read`` and ``write`` count from the start of the axis, ``keep`` from the start of ``read``. At the
    faces of the survey there is no halo: the network ends there as it ended at the faces of the volumes
    that it learned from.
    """

    read: slice
    write: slice

    @property
    def keep(self) -> slice:
        """Part of the window that is kept."""
        return slice(self.write.start - self.read.start, self.write.stop - self.read.start)


Box = tuple[Tile, Tile, Tile]
"""A tile of a volume: one along inlines, crosslines, samples."""


def size_of(box: Box) -> int:
    """Count the samples that a tile writes."""
    return math.prod(tile.write.stop - tile.write.start for tile in box)


def split(length: int, parts: int, halo: int, grid: int) -> tuple[Tile, ...]:
    """Cut an axis into tiles whose windows are as long as one another and start on the grid.

    Parameters
    ----------
    length : int
        Samples of the axis.
    parts : int
        Number of tiles wanted; fewer come back when the axis is too short.
    halo : int
        Samples read and not kept at each inner end.
    grid : int
        Every window starts at a multiple of it and is a multiple of it long.
    """
    rim = math.ceil(halo / grid) * grid
    full = max(math.ceil(length / grid) * grid, _thinnest(halo, grid))
    window = math.ceil((full + 2 * rim * (parts - 1)) / parts / grid) * grid
    if parts == 1 or window < 2 * rim + grid or window >= full:
        return (Tile(slice(0, full), slice(0, length)),)
    tiles, done = [], 0
    while done < length:
        start = min(max(done - rim, 0), full - window)
        last = start + window >= full
        stop = length if last else start + window - rim
        tiles.append(Tile(slice(start, start + window), slice(done, min(stop, length))))
        done = stop
    return tuple(tiles)


def _longest(spans: Iterable[slice]) -> float:
    return float(max(span.stop - span.start for span in spans))


def _thinnest(halo: int, grid: int) -> int:
    """Shortest window of an axis that is not cut."""
    return math.ceil((THINNEST if halo else 1) / grid) * grid


def plan(
    shape: Shape,
    halo: Shape,
    grid: Shape,
    *,
    most: int,
    part: tuple[slice, slice, slice] | None = None,
    phase: Shape = (0, 0, 0),
) -> list[Box]:
    """Cut a volume into tiles that cost the least, in windows of no more than ``most`` samples.

    Parameters
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the volume.
    halo, grid : tuple of int
        Of the network, for each axis.
    most : int
        Samples of the largest window, counting what is held of the traces above and below it; one that is
        alone may have ``ALONE`` times as many. Where even the smallest windows have more, those are taken.
    part : tuple of slice, optional
        What is to be answered, the volume when left out. It gets the same answers as in the whole.
    phase : tuple of int
        The grid's own number of the volume's first sample, so that a survey cut out of another keeps the
        other's grid. Windows on it may start before the volume.

    Returns
    -------
    list of Box
        Every sample of the part is written by exactly one of them, no other by any.
    """
    wanted = part or tuple(slice(0, length) for length in shape)
    choices = [_choices(*axis) for axis in zip(shape, wanted, halo, grid, phase, strict=True)]
    x, y, z = (np.array([_longest(tile.read for tile in tiles) for tiles in axis]) for axis in choices)
    held = [np.array([_longest(tile.write for tile in tiles) for tiles in axis]) for axis in choices[:2]]
    counts = [np.array([len(tiles) for tiles in axis]) for axis in choices]
    area = np.multiply.outer(x, y)
    size = np.multiply.outer(area, z)
    size = size + HELD * np.multiply.outer(np.multiply.outer(*held), np.maximum(0, shape[2] - z))
    windows = np.multiply.outer(np.multiply.outer(counts[0], counts[1]), counts[2])
    size = np.where(windows == 1, size / ALONE, size)
    cost = windows * np.multiply.outer(area, z + shape[2] * READ)
    best = np.unravel_index(np.argmin(np.where(size <= max(most, size.min()), cost, np.inf)), cost.shape)
    axes = [axis[int(n)] for axis, n in zip(choices, best, strict=True)]
    return [(i, j, k) for i, j, k in itertools.product(*axes)]


def _choices(length: int, wanted: slice, halo: int, grid: int, phase: int) -> list[tuple[Tile, ...]]:
    """List ways to cut one axis, from one tile to many; all of them different."""
    low, thinnest = -(phase % grid), _thinnest(halo, grid)
    high = max(low + thinnest, math.ceil((length + phase) / grid) * grid - phase)
    first = (max(0, wanted.start - halo) + phase) // grid * grid - phase
    first = max(low, min(first, high - thinnest))  # no window goes beyond the face
    span = min(length, wanted.stop + halo) - first
    found: dict[int, tuple[Tile, ...]] = {}
    parts = 1
    while parts <= 1 + span // grid:
        tiles = split(span, parts, halo, grid)
        found.setdefault(len(tiles), _take(tiles, first, wanted))
        parts = max(parts + 1, parts * 11 // 10)
    return list(found.values())


def _take(tiles: Iterable[Tile], first: int, wanted: slice) -> tuple[Tile, ...]:
    """Move tiles to where they belong, and keep of them what is wanted."""
    taken = []
    for tile in tiles:
        start = max(tile.write.start + first, wanted.start)
        stop = min(tile.write.stop + first, wanted.stop)
        if start < stop:
            taken.append(Tile(slice(tile.read.start + first, tile.read.stop + first), slice(start, stop)))
    return tuple(taken)
