"""Tiles of a survey for a host that waits: as a batch run's, or smaller where those would take too long."""

from __future__ import annotations

import math
import time
from itertools import groupby

import numpy as np

from odfault import tiling
from odfault.columns import column_of
from odfault.inference import THIN_REACH, Network, most_samples, window_shape
from odfault.lens import Lens
from odfault.region import Region
from odfault.tiling import THINNEST, Box

WORST = 8
"""Tiles are not made so small that the network sees each sample more often."""
MEMORY_GB = 4.0
"""As ``odfault run`` takes by itself, so that the tiles are the same where time allows."""
HELD_BYTES = 1e9
"""Of answers that are held."""
SECTIONS = 4
"""Sections that are answered at a time; they share nothing, and the first of them is waited for."""
SMALL = 1e6
"""A column of no more samples is answered soon enough by anything."""


def measure_rate(network: Network, *, flat: bool) -> float:
    """Measure how many samples a second a network answers; the first call, which compiles, does not count."""
    window = np.random.default_rng(1).standard_normal(
        (1, 1, 320, 320) if flat else (1, 64, 64, 64), np.float32
    )
    np.asarray(network(window[:, :, :32, :32]))
    np.asarray(network(window))
    began = time.perf_counter()
    np.asarray(network(window))
    return window.size / (time.perf_counter() - began)


def is_small(region: Region, lens: Lens) -> bool:
    """Whether all that may be answered at a time is answered soon enough by anything."""
    return lines_at_once(region, lens) * float(np.prod(region.shape[1:])) * lens.growth <= SMALL


def find_most(network: Network, lens: Lens, region: Region, longest_s: float) -> float:
    """Find how many samples may be answered in a time; nothing is measured where few are to be answered."""
    if is_small(region, lens):
        return math.inf
    return longest_s * measure_rate(network, flat=lens.card.architecture.dimensions == 2)


def lines_at_once(region: Region, lens: Lens) -> int:
    """Lines that may be answered at a time."""
    return min(region.shape[0], SECTIONS) if lens.card.architecture.dimensions == 2 else region.shape[0]


def plan_columns(region: Region, lens: Lens, most: float) -> list[Box]:
    """Plan the tiles as a batch run does; smaller ones where a column of those would take too long.

    Parameters
    ----------
    region : Region
        The survey.
    lens : Lens
        Before the network.
    most : float
        Samples that may be answered for a column of tiles.
    """
    x, y, z = (halo and halo + THIN_REACH for halo in lens.halo_shape)
    length, samples = region.shape[2], float(np.prod(region.shape))
    rows = min(lines_at_once(region, lens), max(1, int(HELD_BYTES / 1.5 / (8 * region.shape[1] * length))))

    def plan(largest: float, deep: int) -> list[Box]:
        boxes: list[Box] = []
        for first in range(0, region.shape[0], rows):
            part = (
                slice(first, min(first + rows, region.shape[0])),
                slice(0, region.shape[1]),
                slice(0, length),
            )
            boxes += tiling.plan(
                region.shape, (x, y, deep), lens.grid_shape, most=int(largest), part=part, phase=region.phase
            )
        return boxes

    largest = most_samples(MEMORY_GB) / lens.growth
    best = plan(largest, z)
    while column_size(best) > most and largest > THINNEST * length:
        largest = min(largest / 1.3, samples)
        boxes = plan(largest, length)  # traces are answered whole, so that none is cut
        if _size(boxes) > WORST * samples:
            break
        best = boxes
    return best


def column_size(boxes: list[Box]) -> float:
    """Count the samples of the windows of the largest column."""
    return max(_size(list(tiles)) for _, tiles in groupby(boxes, key=column_of))


def _size(boxes: list[Box]) -> float:
    return sum(float(np.prod(window_shape(box))) for box in boxes)
