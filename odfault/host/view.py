"""Where in a slab the host is, and which traces ahead of it can be answered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.host.counting import Numbers
from odfault.host.slab import Slab, Spot
from odfault.host.window import Block
from odfault.host.wire import Samples, TrcInfo

CALL = 50_000
"""Samples that a network answers in the time that a call takes beside."""
FEW = 4
"""Widths of a tile that are tried differ by so many traces at least."""
LEAST = 1.5
"""A tile may always have so many times the samples that the trace alone needs, however slow the network."""


class View:
    """A slab, and where in it the host is."""

    def __init__(self, shown: Samples) -> None:
        self.slab = Slab(shown.shape[:2], shown.shape[2])
        self.spot: Spot = (0, 0)
        self._origin: Spot = (0, 0)
        self._before: TrcInfo | None = None
        self._ways = [1, 1]

    def count(self, spot: Spot) -> Spot:
        """Inline and crossline in lines from line 0 of the survey, as far as it is known."""
        return self._origin[0] + spot[0], self._origin[1] + spot[1]

    def place(self, shown: Samples, trace: TrcInfo, numbers: Numbers) -> bool:
        """Find out where a window stands, and take what it shows; False where its data repeat themselves."""
        before, last = self._before, self.spot
        spot = self._locate(shown, trace, numbers) if before else None
        if spot is None or before is None:
            self.slab.clear(0, 3 * shown.shape[1], shown.shape[2])
            spot, self._origin = (0, 0), numbers.count(trace)
        else:
            moved = spot[0] - last[0], spot[1] - last[1]
            if numbers.learn(before, trace, moved):
                line = numbers.count(trace)
                self._origin = line[0] - spot[0], line[1] - spot[1]
                self.slab.kept.clear()
            self._ways = [
                (-1 if m < 0 else 1) if abs(m) == 1 else way for m, way in zip(moved, self._ways, strict=True)
            ]
        self.spot, self._before = spot, trace
        known = self.slab.take(shown, spot)
        if not known:
            self._before = None
        return known

    def _locate(self, shown: Samples, trace: TrcInfo, numbers: Numbers) -> Spot | None:
        assert self._before is not None
        row, column = self.spot
        moves: list[Spot | None] = [numbers.move(self._before, trace), (0, 1), (1, 0)]
        for move in dict.fromkeys(moves):
            if move and self.slab.agrees(shown, (row + move[0], column + move[1])):
                return row + move[0], column + move[1]
        return self.slab.search(shown)

    def choose(self, block: Block, samples: int, most: float) -> tuple[slice, slice, float]:
        """Choose inlines and crosslines to answer: those whose tile costs the least for a trace.

        Parameters
        ----------
        block : Block
            Tells halo and grid.
        samples : int
            Of a trace.
        most : float
            Samples of the largest tile, or ``LEAST`` times those that the trace alone needs.

        Returns
        -------
        tuple
            Inlines and crosslines of the slab; samples of their tile.
        """
        ok, ways, shown = self._ahead(block.halo), self._ways, self.slab.count_shown(self.spot[0])

        def size_of(tall: int, wide: int) -> float:
            spans = (
                min(_span(line, n * way, halo, grid), n_shown + grid)
                for line, n, way, halo, grid, n_shown in zip(
                    self.count(self.spot), (tall, wide), ways, block.halo, block.grid, shown, strict=True
                )
            )
            return float(next(spans) * next(spans) * samples)

        alone = size_of(1, 1)
        best, cheapest, chosen = (1, 1), np.inf, alone
        step = max(block.grid[1], FEW)
        width = ok.shape[1]
        for tall in range(1, ok.shape[0] + 1):
            width = min(width, first_false(ok[tall - 1]))
            if not width:
                break
            for wide in (width, *range(width // step * step, step - 1, -step), 1):
                size = size_of(tall, wide)
                cost = (size + CALL) / (tall * wide)
                if (size <= max(most, LEAST * alone) or (not most and wide * tall <= 64)) and cost < cheapest:
                    best, cheapest, chosen = (tall, wide), cost, size
        rows, columns = (
            slice(at, at + n) if way > 0 else slice(at - n + 1, at + 1)
            for at, n, way in zip(self.spot, best, ways, strict=True)
        )
        return rows, columns, chosen

    def _ahead(self, halo: Spot) -> NDArray[np.bool_]:
        """Which traces can be answered and are not yet, from here on the way that the host goes."""
        first, whole, live = self.slab.map(self.spot[0], halo)
        open_ = whole & live
        for row, line in self.slab.kept.items():
            if line and first[0] <= row < first[0] + len(open_):
                columns = np.fromiter(line, int) - first[1]
                open_[row - first[0], columns[(columns >= 0) & (columns < open_.shape[1])]] = False
        i, j = (s - f for s, f in zip(self.spot, first, strict=True))
        open_[i, j] = True
        rows = open_[i:] if self._ways[0] > 0 else open_[i::-1]
        return rows[:, j:] if self._ways[1] > 0 else rows[:, j::-1]


def first_false(row: NDArray[np.bool_]) -> int:
    """Length of the run of True that a row begins with."""
    return len(row) if row.all() else int(np.argmin(row))


def _span(line: int, lines: int, halo: int, grid: int) -> int:
    """Lines of the tile about some, from one on, or up to one where they are counted below zero."""
    low, high = (line, line + lines) if lines > 0 else (line + lines + 1, line + 1)
    return -(-high // grid) * grid - low // grid * grid + 2 * (-(-halo // grid) * grid)
