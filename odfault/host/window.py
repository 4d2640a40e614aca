"""The direct answer: the traces in the middle of a block through the network, scaled, cut and thinned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from odfault.at_hand import find_kernels, thin
from odfault.card import HALF_WINDOW
from odfault.host import wire
from odfault.host.spans import Box, find_live, find_wanted, overlap, span_tile
from odfault.host.wire import Samples, TrcInfo
from odfault.inference import THIN_REACH
from odfault.tiling import Shape
from odfault.undefined import LARGEST

Place = tuple[int, int, int]


class Rim(Protocol):
    """What a tile needs around and below it: a card tells, or the lens before its network."""

    @property
    def halo_shape(self) -> Shape:
        """Halo along inlines, crosslines and samples, as the network looks at them."""

    @property
    def grid_shape(self) -> Shape:
        """Grid alike."""

    @property
    def finds_faults(self) -> bool:
        """Whether the answers are probabilities, which have crests."""


class Block:
    """Answers traces of a block from the network's tile about them.

    |        block, cut where the survey ends      |
       |hhhh|c wanted ccc|hhhh|     the tile: whole steps of the grid about the wanted, and a halo

    The grid is fixed to the survey's inline, crossline and sample numbers: a sample meets the same
    neighbours in the network's poolings whatever block it comes in. Where block or survey end off
    the grid the tile is mirrored up to its next line, and up to the least size that a network takes.

    Parameters
    ----------
    network : callable
        Scaled windows (windows, inlines, traces, samples) to probabilities alike.
    rim : Rim
        Its halo and grid.
    direction : str
        ``3-D``; or the section that the network sees, ``2-D inline`` or ``2-D crossline``.
    """

    def __init__(self, network: Callable[[Samples], Any], rim: Rim, direction: str) -> None:
        self._network = network
        self._flat, self._turned = direction != "3-D", direction == "2-D crossline"
        self._halo, self._grid, self._crests = rim.halo_shape, rim.grid_shape, rim.finds_faults

    @property
    def halo(self) -> tuple[int, int]:
        """Inlines and crosslines that are looked at to each side."""
        x, y, _ = self._halo
        return (y, x) if self._turned else (x, y)

    @property
    def grid(self) -> tuple[int, int]:
        """Grid along inlines and crosslines."""
        x, y, _ = self._grid
        return (y, x) if self._turned else (x, y)

    def answer(self, block: Samples, missing: NDArray[np.bool_], first: Place, wanted: Box) -> Samples:
        """Answer the wanted traces of a block.

        Parameters
        ----------
        block : ndarray
            (inlines, crosslines, samples), any unit; what else is wanted of the survey lies around.
        missing : ndarray
            (inlines, crosslines), True where there is no trace; the block is not looked at there.
        first : tuple of int
            Numbers of its first inline, crossline and sample, counted in lines and samples.
        wanted : tuple of slice
            What to answer, in positions of the block.

        Returns
        -------
        ndarray
            (2, inlines, crosslines, samples) of the wanted: fault probability, and its crests; 0 where dead.
        """
        if self._turned:
            turned = (first[1], first[0], first[2]), (wanted[1], wanted[0], wanted[2])
            return self._answer(block.swapaxes(0, 1), missing.T, *turned).swapaxes(1, 2)
        return self._answer(block, missing, first, wanted)

    def _answer(self, block: Samples, missing: NDArray[np.bool_], first: Place, wanted: Box) -> Samples:
        live = find_live(block, missing, wanted[2])
        axes = zip(first, live, wanted, block.shape, self._halo, self._grid, strict=True)
        tile = [span_tile(f, a, w, window=n, halo=h, grid=g) for f, a, w, n, h, g in axes]
        rows, columns = (overlap(a, b) for a, b in zip(live[:2], tile[:2], strict=True))
        corner = (rows.start, columns.start, live[2].start)
        scaled, dead = _scale(block[rows, columns, live[2]], missing[rows, columns])
        windows = np.empty((1, *(span.stop - span.start for span in tile)), np.float32)
        starts = [[span.start - c for span, c in zip(tile, corner, strict=True)]]
        find_kernels().gather(scaled, np.array(starts), windows)
        answers = np.asarray(self._network(windows), np.float32)[0]
        near = [
            overlap(s, slice(w.start - THIN_REACH, w.stop + THIN_REACH))
            for s, w in zip((rows, columns), wanted[:2], strict=True)
        ]
        near.append(overlap(live[2], tile[2]))
        patch = answers[
            tuple(slice(n.start - t.start, n.stop - t.start) for n, t in zip(near, tile, strict=True))
        ]
        silent = dead[tuple(slice(n.start - c, n.stop - c) for n, c in zip(near, corner, strict=True))]
        patch = np.where(silent, np.float32(0), patch)
        return _lay((patch, self._thin(patch)), near, wanted)

    def _thin(self, patch: Samples) -> Samples:
        """Leave the crests, along lines or of the whole; nothing of what is no probability."""
        if not self._crests:
            return np.zeros_like(patch)
        return np.stack([thin(line) for line in patch]) if self._flat else thin(patch)


def _scale(block: Samples, missing: NDArray[np.bool_]) -> tuple[Samples, NDArray[np.bool_]]:
    """Scale a block by itself, all its depths, for scaling looks beyond the tile; tell what is dead."""
    scaled = block.copy()
    scaled[missing] = 0
    traces = scaled.reshape(-1, scaled.shape[2])
    kernels = find_kernels()
    kernels.scale(traces, HALF_WINDOW, traces)
    dead = np.empty(scaled.shape, bool)
    kernels.find_dead(traces, HALF_WINDOW, dead.reshape(traces.shape))
    return scaled, dead


def _lay(patches: tuple[Samples, Samples], near: list[slice], wanted: Box) -> Samples:
    """Lay what is known into what is wanted; the rest is where there are no data."""
    values = np.zeros((2, *(span.stop - span.start for span in wanted)), np.float32)
    both = [overlap(n, w) for n, w in zip(near, wanted, strict=True)]
    into = tuple(slice(b.start - w.start, b.stop - w.start) for b, w in zip(both, wanted, strict=True))
    out = tuple(slice(b.start - n.start, b.stop - n.start) for b, n in zip(both, near, strict=True))
    for number, patch in enumerate(patches):
        values[number][into] = patch[out]
    return values


class FaultProbability:
    """Answers the centre trace of a window from that window and the numbers that came with it alone.

    Parameters
    ----------
    network, rim, direction
        As of a ``Block``.
    margins : tuple of int
        Samples of every window above and below the wanted ones.

    Notes
    -----
    Where this attribute feeds another of several traces, the host gives the other's numbers, and where lines
    are numbered in steps the numbers do not count lines: then the grid may lie some lines beside the
    right one, and the answers differ by as much as the network's do.
    """

    def __init__(
        self, network: Callable[[Samples], Any], rim: Rim, direction: str, margins: tuple[int, int]
    ) -> None:
        self._block, self._direction, self._margins = Block(network, rim, direction), direction, margins

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Fault probability and its crests along the centre trace; 0 in the margins and where it is dead."""
        return self.answer(window[0], (trace.inline, trace.crossline), trace)

    def answer(self, window: Samples, place: tuple[int, int], trace: TrcInfo) -> Samples:
        """Answer the centre trace of a window (inlines, crosslines, samples) at a place counted in lines."""
        values = np.zeros((2, trace.samples), np.float32)
        i, j = window.shape[0] // 2, window.shape[1] // 2
        if not is_live(window[i, j]):
            return values
        rows = slice(i, i + 1) if self._direction == "2-D inline" else slice(0, window.shape[0])
        columns = slice(j, j + 1) if self._direction == "2-D crossline" else slice(0, window.shape[1])
        block = window[rows, columns]
        row, column = i - rows.start, j - columns.start
        first = (place[0] - row, place[1] - column, trace.first_sample - self._margins[0])
        depths = find_wanted(trace.samples, self._margins)
        wanted = (slice(row, row + 1), slice(column, column + 1), depths)
        missing = wire.find_missing(block, row, column)
        values[:, depths] = self._block.answer(block, missing, first, wanted)[:, 0, 0]
        return values


def is_live(trace: Samples) -> bool:
    """Whether a trace holds anything but zeros and what is no number."""
    size = np.abs(trace)
    return bool(((size > 0) & (size < LARGEST)).any())
