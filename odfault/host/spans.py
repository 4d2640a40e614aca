"""Which lines and samples: those that are wanted of a window, those that live, those of a tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.host.wire import Samples
from odfault.tiling import THINNEST

Box = tuple[slice, slice, slice]


def find_wanted(samples: int, margins: tuple[int, int]) -> slice:
    """Find the wanted samples of a window among its margins; one at least."""
    start = min(max(margins[0], 0), samples - 1)
    return slice(start, max(samples - max(margins[1], 0), start + 1))


def find_live(block: Samples, missing: NDArray[np.bool_], wanted: slice) -> Box:
    """Cut off lines that are missing altogether, and margins beyond the data, which are all zeros."""
    rows, columns = np.flatnonzero(~missing.all(axis=1)), np.flatnonzero(~missing.all(axis=0))
    above = np.flatnonzero(block[:, :, : wanted.start].any(axis=(0, 1)))
    below = np.flatnonzero(block[:, :, wanted.stop :].any(axis=(0, 1)))
    top = int(above[0]) if len(above) else wanted.start
    base = wanted.stop + (int(below[-1]) + 1 if len(below) else 0)
    return (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
        slice(top, base),
    )


def span_tile(first: int, live: slice, wanted: slice, *, window: int, halo: int, grid: int) -> slice:
    """Lay a tile on one axis, from a multiple of the grid in survey numbers to another.

    Parameters
    ----------
    first : int
        Survey number of the window's first line; all else counts from it.
    live, wanted : slice
        Lines that there are, lines to answer.
    window, halo, grid : int
        Lines of the window, halo and grid of the network.

    Returns
    -------
    slice
        May overhang the live lines. A tile that is too short grows at its high side, as a survey's last
        tile does; but at its low side where only its high end is a face of the survey.
    """
    rim = -(-halo // grid) * grid
    low, face = ((first + span.start) // grid * grid - first for span in (wanted, live))
    high, end = (-(-(first + span.stop) // grid) * grid - first for span in (wanted, live))
    low, high = max(low - rim, face), min(high + rim, end)
    lack = max((THINNEST if halo else grid) - (high - low), 0)
    grows_low = live.start == 0 and live.stop < window
    return slice(low - lack, high) if grows_low else slice(low, high + lack)


def overlap(one: slice, other: slice) -> slice:
    """Positions in both."""
    return slice(max(one.start, other.start), min(one.stop, other.stop))
