"""Answers from the host's windows: a slab of what they showed, the network in large tiles of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.slab import Slab, Spot
from odfault.window import Block, FaultProbability, find_wanted, is_live
from odfault.wire import Samples, TrcInfo

LONGEST_S = 1.0
"""A tile is cut so that it takes no longer; the host cannot be stopped while it waits."""
CALL = 50_000
"""Samples that a network answers in the time that a call takes beside."""
MOST_SLABS = 2
"""Ranges of depths, asked for in turn, that are kept apart."""


class Pace:
    """A network that knows how many samples it answers in the longest time that a host may wait."""

    def __init__(self, network: Callable[[Samples], Any]) -> None:
        self._network, self._calls = network, 0
        self.most = 0.0

    def __call__(self, windows: Samples) -> Any:
        """Answer windows."""
        return np.asarray(self._network(windows))

    def note(self, samples: float, seconds: float) -> None:
        """Learn from a tile that took so long; the first one, which compiles, tells nothing."""
        self._calls += 1
        if self._calls > 1:
            here = LONGEST_S * samples / max(seconds, 1e-6)
            self.most = here if not self.most else 0.5 * (self.most + here)

    def slow_down(self) -> None:
        """Take smaller tiles: the last one was too much."""
        self.most /= 4


class Numbers:
    """Counts lines, where the host gives their numbers; and knows when it gives another trace's.

    Attributes
    ----------
    steps : list of int
        From an inline to the next, and from a crossline; 1 until the traces themselves tell.
    lying : bool
        Whether another trace came under the same numbers: this attribute is asked by another.
    """

    def __init__(self) -> None:
        self.steps, self.lying = [1, 1], False

    def count(self, trace: TrcInfo) -> Spot:
        """Inline and crossline in lines from line 0."""
        return trace.inline // self.steps[0], trace.crossline // self.steps[1]

    def move(self, before: TrcInfo, trace: TrcInfo) -> Spot | None:
        """Lines from one trace to another, as the numbers have it; nothing where they lie between lines."""
        far = trace.inline - before.inline, trace.crossline - before.crossline
        if any(n % step for n, step in zip(far, self.steps, strict=True)):
            return None
        return far[0] // self.steps[0], far[1] // self.steps[1]

    def learn(self, before: TrcInfo, trace: TrcInfo, moved: Spot) -> bool:
        """Learn from two traces, so many lines from each other as their samples have it; tell what is new."""
        far = trace.inline - before.inline, trace.crossline - before.crossline
        if not any(far) and any(moved):
            self.lying = True
        steps = [
            n // m if m and n and n % m == 0 else s for n, m, s in zip(far, moved, self.steps, strict=True)
        ]
        new = not self.lying and steps != self.steps
        if new:
            self.steps = steps
        return new


class LookAhead:
    """Answers a window, and with it those that are likely to come, as far as the windows so far show.

    An answer is kept by its place and used when the centre trace is byte for byte the one that it was
    computed from. Places follow from the traces themselves; the numbers that come with them are believed
    where the traces agree.

    Parameters
    ----------
    network, halo, direction, margins
        As of ``window.FaultProbability``.
    """

    def __init__(
        self, network: Callable[[Samples], Any], halo: int, direction: str, margins: tuple[int, int]
    ) -> None:
        self._pace = Pace(network)
        self._block = Block(self._pace, halo, direction)
        self._direct = FaultProbability(self._pace, halo, direction, margins)
        self._margins, self._numbers = margins, Numbers()
        self._views: dict[tuple[int, int], _View] = {}

    @property
    def halo(self) -> Spot:
        """Step-out that the network needs."""
        return self._block.halo

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Fault probability and its crests along the centre trace (2, samples); 0 in the margins."""
        shown = window[0]
        values = np.zeros((2, trace.samples), np.float32)
        if not is_live(shown[shown.shape[0] // 2, shown.shape[1] // 2]):
            return values
        view = self._view(shown, trace)
        if not view.place(shown, trace, self._numbers):
            return self._direct.answer(shown, self._numbers.count(trace), trace)
        row, column = view.spot
        if column not in view.slab.kept.get(row, ()):
            try:
                self._answer_ahead(view, trace)
            except Exception:  # whatever a network out of memory raises: one trace alone may have room
                self._pace.slow_down()
                return self._direct.answer(shown, view.count(view.spot), trace)
        values[:, find_wanted(trace.samples, self._margins)] = view.slab.kept[row][column]
        return values

    def _view(self, shown: Samples, trace: TrcInfo) -> _View:
        """Find what was seen at these depths; the one that was not asked for longest goes."""
        key = trace.samples, trace.first_sample
        view = self._views.pop(key, None)
        if view is None:
            if len(self._views) >= MOST_SLABS:
                del self._views[next(iter(self._views))]
            view = _View(shown)
        self._views[key] = view
        return view

    def _answer_ahead(self, view: _View, trace: TrcInfo) -> None:
        """Answer the trace that is asked for and all those ahead that may be, in one tile."""
        depths = find_wanted(trace.samples, self._margins)
        rows, columns, size = view.choose(self._block, trace.samples, self._pace.most)
        x, y = (
            slice(span.start - halo - 2 * grid, span.stop + halo + 2 * grid)
            for span, halo, grid in zip((rows, columns), self._block.halo, self._block.grid, strict=True)
        )
        corner, block, missing = view.slab.cut(view.spot[0], x, y)
        lines, traces = (slice(s.start - c, s.stop - c) for s, c in zip((rows, columns), corner, strict=True))
        first = (*view.count(corner), trace.first_sample - self._margins[0])
        began = time.perf_counter()
        values = self._block.answer(block, missing, first, (lines, traces, depths))
        self._pace.note(size, time.perf_counter() - began)
        for i, row in enumerate(range(rows.start, rows.stop)):
            line = view.slab.kept.setdefault(row, {})
            line.update(zip(range(columns.start, columns.stop), values[:, i].swapaxes(0, 1), strict=True))


class _View:
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
            if moved[0]:
                self.slab.forget_answers(spot[0], 2 * self.slab.half[0])
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
            Samples of the largest tile; where not even the trace that is asked for fits, that one is taken.

        Returns
        -------
        tuple
            Inlines and crosslines of the slab; samples of their tile.
        """
        ok, ways, shown = self._ahead(block.halo), self._ways, self.slab.count_shown(self.spot[0])
        lines = [self.count(self.spot)[axis] for axis in (0, 1)]
        best, cheapest, least = (1, 1), np.inf, 0.0
        width = ok.shape[1]
        for tall in range(1, ok.shape[0] + 1):
            width = min(width, first_false(ok[tall - 1]))
            if not width:
                break
            high = min(
                _span(lines[0], tall * ways[0], block.halo[0], block.grid[0]), shown[0] + block.grid[0]
            )
            for wide in (width, *range(width // 4 * 4, 3, -4), 1):
                long = _span(lines[1], wide * ways[1], block.halo[1], block.grid[1])
                size = high * min(long, shown[1] + block.grid[1]) * samples
                least = size if wide * tall == 1 and best == (1, 1) else least
                cost = (size + CALL) / (tall * wide)
                if (size <= most or (not most and wide * tall <= 64)) and cost < cheapest:
                    best, cheapest, least = (tall, wide), cost, size
        rows, columns = (
            slice(at, at + n) if way > 0 else slice(at - n + 1, at + 1)
            for at, n, way in zip(self.spot, best, ways, strict=True)
        )
        return rows, columns, least

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
