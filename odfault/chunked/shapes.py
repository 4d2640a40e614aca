"""Of what shape chunks are, so that slabs and lines in all three directions are read alike fast."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import prod

SIDE = 64
"""Samples of a chunk each way: what one line, or one time, needs lies in a 64th of the store."""
_CHUNK = SIDE**3
_ALONG = 2
"""Chunks of a shard along inlines and crosslines."""
_DOWN = 16
"""Chunks of a shard down the traces, at most: some 64 MB before they are packed."""

Shape = tuple[int, ...]


def chunk_shape(shape: Shape) -> Shape:
    """Choose chunks for (inlines, crosslines, samples): cubes, or larger tiles of a survey of few lines.

    Examples
    --------
    >>> chunk_shape((650, 950, 462)), chunk_shape((1, 950, 462))
    ((64, 64, 64), (1, 512, 462))
    """
    sides = [min(size, SIDE) for size in shape]
    while 2 * prod(sides) <= _CHUNK:
        short = [n for n, size in enumerate(shape) if sides[n] < size]
        if not short:
            break
        least = min(short, key=lambda n: sides[n])
        sides[least] = min(2 * sides[least], shape[least])
    return tuple(sides)


def shard_shape(shape: Shape) -> Shape:
    """Choose shards, one file each: four columns of chunks, cut evenly where traces are long.

    Examples
    --------
    >>> shard_shape((650, 950, 462)), shard_shape((1000, 1200, 1500))
    ((128, 128, 512), (128, 128, 768))
    """
    chunk = chunk_shape(shape)
    counts = [-(-size // side) for size, side in zip(shape, chunk, strict=True)]
    pieces = -(-counts[2] // _DOWN)
    down = -(-counts[2] // pieces)
    along = [min(_ALONG, count) for count in counts[:2]]
    return tuple(side * count for side, count in zip(chunk, (*along, down), strict=True))


def cut_footprints(shape: tuple[int, int, int]) -> Iterator[tuple[slice, slice]]:
    """Cut a survey into the footprints of shards, so that each is written once: inlines, and crosslines."""
    sides = shard_shape(shape)
    starts = [range(0, size, side) for size, side in zip(shape[:2], sides[:2], strict=True)]
    for i, x in itertools.product(*starts):
        yield slice(i, min(i + sides[0], shape[0])), slice(x, min(x + sides[1], shape[1]))
