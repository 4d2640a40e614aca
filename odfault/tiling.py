"""Plans the tiles: which samples are read, which part of the answer is kept, where it is written."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np

THINNEST = 32
"""Samples that a window has at least along an axis with a halo, so that a thin volume has neighbours."""

Shape = tuple[int, int, int]


@dataclasses.dataclass(frozen=True)
class Tile:
    """One tile of one axis.

    read   |hhh|cccccccccc|hhh|    samples the network sees (may overhang the axis at its end)
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
    thinnest = max(grid, THINNEST if halo else 1)
    full = max(math.ceil(length / grid) * grid, math.ceil(thinnest / grid) * grid)
    window = math.ceil((full + 2 * rim * (parts - 1)) / parts / grid) * grid
    if parts == 1 or window <= 2 * rim + grid or window >= full:
        return (Tile(slice(0, full), slice(0, length)),)
    tiles, done = [], 0
    while done < length:
        start = min(max(done - rim, 0), full - window)
        last = start + window >= full
        stop = length if last else start + window - rim
        tiles.append(Tile(slice(start, start + window), slice(done, min(stop, length))))
        done = stop
    return tuple(tiles)


def plan(shape: Shape, halo: Shape, grid: Shape, *, most: int) -> list[Box]:
    """Cut a volume into tiles that cost the fewest samples, none of more than ``most``.

    Parameters
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the volume.
    halo, grid : tuple of int
        Of the network, for each axis.
    most : int
        Samples of the largest window; where even the smallest windows have more, those are taken.

    Returns
    -------
    list of Box
        Every sample is written by exactly one of them.
    """
    choices = [_choices(*axis) for axis in zip(shape, halo, grid, strict=True)]
    window = [np.array([tile[0].read.stop - tile[0].read.start for tile in axis]) for axis in choices]
    total = [np.array([len(tile) for tile in axis]) * size for axis, size in zip(choices, window, strict=True)]
    largest = np.einsum("i,j,k->ijk", *(size.astype(float) for size in window))
    cost = np.einsum("i,j,k->ijk", *(size.astype(float) for size in total))
    fits = largest <= max(most, largest.min())
    best = np.unravel_index(np.argmin(np.where(fits, cost, np.inf)), cost.shape)
    axes = [axis[int(n)] for axis, n in zip(choices, best, strict=True)]
    return [(x, y, z) for x, y, z in itertools.product(*axes)]


def _choices(length: int, halo: int, grid: int) -> list[tuple[Tile, ...]]:
    """List the ways to cut one axis, from one tile to many; all of them different."""
    found: dict[int, tuple[Tile, ...]] = {}
    for parts in range(1, 2 + length // max(grid, 4)):
        tiles = split(length, parts, halo, grid)
        found.setdefault(len(tiles), tiles)
    return list(found.values())
