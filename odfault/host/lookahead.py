"""Answers from the host's windows: a slab of what they showed, the network in large tiles of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from odfault.host.counting import Numbers
from odfault.host.slab import Spot
from odfault.host.spans import find_wanted
from odfault.host.view import View
from odfault.host.window import Block, FaultProbability, Rim, is_live
from odfault.host.wire import Samples, TrcInfo

LONGEST_S = 1.0
"""A tile is cut so that it takes no longer; the host cannot be stopped while it waits."""
LINES_BACK = 8
"""Inlines whose answers are kept for one who comes back, beside those ahead."""
KEPT_ALONE = 4096
"""Answers to single windows that are kept."""
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


class LookAhead:
    """Answers a window, and with it those that are likely to come, as far as the windows so far show.

    An answer is kept by its place and used when the centre trace is byte for byte the one that it was
    computed from. Places follow from the traces themselves; the numbers that come with them are believed
    where the traces agree.

    Parameters
    ----------
    network, rim, direction, margins
        As of ``window.FaultProbability``.
    """

    def __init__(
        self, network: Callable[[Samples], Any], rim: Rim, direction: str, margins: tuple[int, int]
    ) -> None:
        self._pace = Pace(network)
        self._block = Block(self._pace, rim, direction)
        self._direct = FaultProbability(self._pace, rim, direction, margins)
        self._margins, self._numbers = margins, Numbers()
        self._views: dict[tuple[int, int], View] = {}
        self._alone: dict[tuple[Any, ...], Samples] = {}

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
            return self._answer_alone(shown, self._numbers.count(trace), trace)
        row, column = view.spot
        if column not in view.slab.kept.get(row, ()):
            try:
                self._answer_ahead(view, trace)
            except Exception:  # whatever a network out of memory raises: one trace alone may have room
                self._pace.slow_down()
                return self._direct.answer(shown, view.count(view.spot), trace)
        values[:, find_wanted(trace.samples, self._margins)] = view.slab.kept[row][column]
        return values

    def _answer_alone(self, shown: Samples, place: Spot, trace: TrcInfo) -> Samples:
        """Answer a window of data that repeat themselves: such windows come again, byte for byte."""
        on_grid = tuple(n % step for n, step in zip(place, self._block.grid, strict=True))
        digest = hashlib.blake2b(np.ascontiguousarray(shown).data.cast("B"), digest_size=16).digest()
        key = (*on_grid, trace.samples, trace.first_sample, digest)
        if key not in self._alone:
            while len(self._alone) >= KEPT_ALONE:
                del self._alone[next(iter(self._alone))]
            self._alone[key] = self._direct.answer(shown, place, trace)
        return self._alone[key]

    def _view(self, shown: Samples, trace: TrcInfo) -> View:
        """Find what was seen at these depths; the one that was not asked for longest goes."""
        key = trace.samples, trace.first_sample
        view = self._views.pop(key, None)
        if view is None:
            if len(self._views) >= MOST_SLABS:
                del self._views[next(iter(self._views))]
            view = View(shown)
        self._views[key] = view
        return view

    def _answer_ahead(self, view: View, trace: TrcInfo) -> None:
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
        view.slab.forget_answers(view.spot[0], 2 * max(0, view.slab.half[0] - self.halo[0]) + LINES_BACK)
        for i, row in enumerate(range(rows.start, rows.stop)):
            line = view.slab.kept.setdefault(row, {})
            line.update(zip(range(columns.start, columns.stop), values[:, i].swapaxes(0, 1), strict=True))
