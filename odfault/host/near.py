"""The first answer from the named file: the smallest tile about the trace that is asked for."""

from __future__ import annotations

import time

import numpy as np

from odfault import tiling
from odfault.host.match import Spot
from odfault.host.pacing import MEMORY_GB, is_small, lines_at_once
from odfault.host.wire import Samples
from odfault.inference import THIN_REACH, Network, most_samples, window_shape
from odfault.lens import Lens
from odfault.region import Region
from odfault.tiling import Box

WORTH = 0.8
"""A tile about a trace that is a larger share of a column is not worth its while."""


def plan_near(region: Region, lens: Lens, spot: Spot) -> list[Box]:
    """Plan a tile about a trace: the traces in its cell of the grid, with the rim that they have in any tile.

    So they get the numbers that they get in a large one. Nothing is planned where that is done as soon.
    """
    size = float(lines_at_once(region, lens)) * region.shape[1] * region.shape[2]
    if is_small(region, lens):
        return []
    x, y, z = (halo and halo + THIN_REACH for halo in lens.halo_shape)
    rows, columns = (
        _find_cell(*axis)
        for axis in zip(spot, region.shape[:2], lens.grid_shape[:2], region.phase[:2], strict=True)
    )
    boxes = tiling.plan(
        region.shape, (x, y, z), lens.grid_shape,
        most=int(most_samples(MEMORY_GB) / lens.growth),
        part=(rows, columns, slice(0, region.shape[2])), phase=region.phase,
    )  # fmt: skip
    return boxes if sum(float(np.prod(window_shape(box))) for box in boxes) <= WORTH * size else []


def _find_cell(at: int, length: int, grid: int, phase: int) -> slice:
    """Find the cell of the grid that a position of an axis is in."""
    start = (at + phase) // grid * grid - phase
    return slice(max(0, start), min(length, start + grid))


class Timed:
    """A network that tells how many samples a second it answered when last asked."""

    def __init__(self, network: Network, *, flat: bool) -> None:
        self._network, self.rate = network, 0.0
        side = 32 if flat else 16
        network(np.zeros((1, 1 if flat else side, side, side), np.float32))  # which compiles

    def __call__(self, windows: Samples) -> Samples:
        """Answer windows."""
        began = time.perf_counter()
        answers = np.asarray(self._network(windows))
        self.rate = windows.size / (time.perf_counter() - began)
        return answers
