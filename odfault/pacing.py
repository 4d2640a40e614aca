"""Tiles of a survey for a host that waits: as a batch run's, or smaller where those would take too long."""

from __future__ import annotations

import time
from itertools import groupby
from typing import Any

import numpy as np

from odfault import tiling
from odfault.columns import column_of
from odfault.inference import THIN_REACH, Network, most_samples, window_shape
from odfault.region import Region
from odfault.tiling import Box

MEMORY_GB = 4.0
"""As ``odfault run`` takes by itself, so that the tiles are the same where time allows."""
HELD_BYTES = 1e9
"""Of answers that are held."""


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


def plan_columns(region: Region, card: Any, most: float) -> list[Box]:
    """Plan the tiles as a batch run does; smaller ones where a column of those would take too long.

    Parameters
    ----------
    region : Region
        The survey.
    card : Card
        Of the network.
    most : float
        Samples that may be answered for a column of tiles.
    """
    x, y, z = (halo and halo + THIN_REACH for halo in card.halo_shape)
    rows = max(1, int(HELD_BYTES / 1.5 / (8 * region.shape[1] * region.shape[2])))

    def plan(largest: int) -> list[Box]:
        boxes: list[Box] = []
        whole = (slice(0, region.shape[1]), slice(0, region.shape[2]))
        for first in range(0, region.shape[0], rows):
            part = (slice(first, min(first + rows, region.shape[0])), *whole)
            boxes += tiling.plan(
                region.shape, (x, y, z), card.grid_shape, most=largest, part=part, phase=region.phase
            )
        return boxes

    largest = most_samples(MEMORY_GB)
    boxes = plan(largest)
    while _column_size(boxes) > most and largest > most / 8:
        largest = int(min(largest / 1.5, most))
        boxes = plan(largest)
    return boxes


def _column_size(boxes: list[Box]) -> float:
    """Count the samples of the windows of the largest column."""
    return max(
        sum(float(np.prod(window_shape(box))) for box in tiles) for _, tiles in groupby(boxes, key=column_of)
    )
