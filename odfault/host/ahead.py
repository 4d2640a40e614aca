"""Answers from the named file: read in large tiles as a batch run does, ahead of the host's questions."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from odfault.columns import column_of
from odfault.host.match import Match, Spot
from odfault.host.near import Timed, plan_near
from odfault.host.pacing import HELD_BYTES, column_size, find_most, plan_columns
from odfault.host.spans import find_wanted
from odfault.host.window import is_live
from odfault.host.wire import Samples, TrcInfo
from odfault.inference import Network, cut_rim, place_answers, run_tiles, thin_answers
from odfault.lens import Lens
from odfault.region import Region, choose_region
from odfault.segy.survey import SegySurvey
from odfault.tiling import Box

LONGEST_S = 1.4
"""Time of a column of tiles; the host cannot be stopped while it waits."""


class FromFile:
    """Answers a trace of the host from the file behind it.

    Parameters
    ----------
    path : str
        The SEG-Y file.
    network : callable
        Behind its lens.
    lens : Lens
        With the network's card.
    model : str
        ``3-D``, ``2-D inline`` or ``2-D crossline``.
    margins : tuple of int
        Samples of every window above and below the wanted ones.

    Attributes
    ----------
    why : str
        What is wrong with the last trace that was not answered.

    Raises
    ------
    OdfaultError
        If the file cannot be read.
    """

    def __init__(self, path: str, network: Network, lens: Lens, model: str, margins: tuple[int, int]) -> None:
        survey = SegySurvey.open(path)
        self._match, self._margins = Match(survey, margins[0]), margins
        turned = model == "2-D crossline"
        region = choose_region(survey, inlines=None, crosslines=None, turned=turned)
        self._columns = Ahead(region, network, lens)
        self._turned, self.why = turned, f"{path} has not the traces that the host sends"

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples | None:
        """Answer the centre trace (2, samples), 0 in the margins; nothing where it is not the file's."""
        values = np.zeros((2, trace.samples), np.float32)
        heard = window[0, window.shape[1] // 2, window.shape[2] // 2]
        if not is_live(heard):
            return values
        spot = self._match.find(heard, trace)
        if spot is None:
            return None
        mine, theirs = self._match.overlap(trace)
        wanted, shift = find_wanted(trace.samples, self._margins), mine.start - theirs.start
        low, high = max(wanted.start, theirs.start), max(min(wanted.stop, theirs.stop), theirs.start)
        answer = self._columns.answer((spot[1], spot[0]) if self._turned else spot)
        values[:, low:high] = answer[:, low + shift : high + shift]
        return values

    def close(self) -> None:
        """Wait for the tile in work, and give the file back."""
        self._columns.close()


class Ahead:
    """The answers of a survey, column of tiles by column, the next one computed while this one is asked for.

    The very first trace is answered from a small tile about it, where that is sooner done.

    Parameters
    ----------
    region : Region
        The survey, turned the way that the network looks at it.
    network, lens
        As of ``FromFile``.
    """

    def __init__(self, region: Region, network: Network, lens: Lens) -> None:
        self._region, self._network, self._lens = region, network, lens
        self._flat, self._crests = lens.card.architecture.dimensions == 2, lens.finds_faults
        self._near: tuple[Spot, Samples] | None = None
        self._rate = 0.0
        self._boxes: dict[Spot, list[Box]] = {}
        self._starts: list[NDArray[np.int64]] = []
        self._held: dict[Spot, Samples] = {}
        self._thread = ThreadPoolExecutor(1, "odfault-ahead")
        self._work: tuple[Spot, Future[Samples]] | None = None
        self._spot: Spot | None = None
        self._at: Spot | None = None

    def answer(self, spot: Spot) -> Samples:
        """Answer a trace at a position of the region: (2, samples)."""
        near = self._answer_near(spot)
        if near is not None:
            return near
        if not self._boxes:
            self._plan()
        place = self._place(spot)
        values = self._held.get(place)
        if values is None:
            values = self._fetch(place)
        if self._work is None and self._at != place and self._spot is not None:
            self._look_ahead(place, (spot[0] - self._spot[0], spot[1] - self._spot[1]))
        self._spot = spot
        return values[:, spot[0] - place[0], spot[1] - place[1]]

    def close(self) -> None:
        """Wait for the tile in work, and give the file back."""
        self._thread.shutdown(cancel_futures=True)
        self._region.survey.close()

    def _answer_near(self, spot: Spot) -> Samples | None:
        """Answer the first trace, or one beside it, from a tile about it; nothing where there is none."""
        if self._near is None and not self._boxes:
            boxes = plan_near(self._region, self._lens, spot)
            if boxes:
                network = Timed(self._network, flat=self._flat)
                self._near = column_of(boxes[0]), self._compute(boxes, network)
                self._rate = network.rate
                return self._find_near(spot)
        values = self._find_near(spot)
        if values is not None and not self._boxes:
            self._plan()
            place = self._place(spot)
            self._work = place, self._thread.submit(self._answer_column, place)
        return values

    def _find_near(self, spot: Spot) -> Samples | None:
        """Find a trace in the tile about the first one."""
        if self._near is None:
            return None
        (row, column), values = self._near
        i, j = spot[0] - row, spot[1] - column
        inside = 0 <= i < values.shape[1] and 0 <= j < values.shape[2]
        return values[:, i, j] if inside else None

    def _plan(self) -> None:
        """Plan the columns; it is measured how large they may be, unless the network is known to be fast."""
        boxes = plan_columns(self._region, self._lens, math.inf)
        if not column_size(boxes) <= LONGEST_S * self._rate:
            most = find_most(self._network, self._lens, self._region, LONGEST_S)
            boxes = plan_columns(self._region, self._lens, most)
        self._boxes = {place: list(tiles) for place, tiles in groupby(boxes, key=column_of)}
        self._starts = [np.array(sorted({place[axis] for place in self._boxes})) for axis in (0, 1)]

    def _place(self, spot: Spot) -> Spot:
        x, y = (int(s[np.searchsorted(s, at, "right") - 1]) for s, at in zip(self._starts, spot, strict=True))
        return x, y

    def _fetch(self, place: Spot) -> Samples:
        """Wait for a column, whether it is in work or not."""
        if self._work is not None:
            done, future = self._work
            self._work = None
            self._hold(done, future.result())
        if place not in self._held:
            self._hold(place, self._thread.submit(self._answer_column, place).result())
        return self._held[place]

    def _hold(self, place: Spot, values: Samples) -> None:
        while self._held and sum(v.nbytes for v in self._held.values()) + values.nbytes > HELD_BYTES:
            del self._held[next(iter(self._held))]
        self._held[place] = values

    def _look_ahead(self, place: Spot, moved: Spot) -> None:
        """Begin with the column that comes next, if it can be told which."""
        x, y = (int(np.searchsorted(s, at)) for s, at in zip(self._starts, place, strict=True))
        self._at = place
        if moved[1] and not moved[0]:
            ways = [(x, later) for later in range(y + 1, len(self._starts[1]))] + [(x + 1, 0)]
        elif moved[0] and not moved[1]:
            ways = [(x + 1, y)]
        else:
            self._at = None
            return
        for i, j in ways:
            if i < len(self._starts[0]):
                ahead = int(self._starts[0][i]), int(self._starts[1][j])
                if ahead not in self._held:
                    self._work = ahead, self._thread.submit(self._answer_column, ahead)
                    return

    def _answer_column(self, place: Spot) -> Samples:
        return self._compute(self._boxes[place], self._network)

    def _compute(self, boxes: list[Box], network: Network) -> Samples:
        """Answer a column, (2, inlines, crosslines, samples): probabilities and their crests."""
        place, shape = column_of(boxes[0]), self._region.shape
        x, y = (tile.write for tile in boxes[0][:2])
        values = np.zeros((2, x.stop - x.start, y.stop - y.start, shape[2]), np.float32)
        for gathered, whole in run_tiles(self._region.read, shape, boxes, network):
            kept, answers = cut_rim(gathered.boxes, whole)
            crests = np.zeros_like(answers)
            if self._crests:
                crests = thin_answers(kept, answers, shape, lines=self._flat)
            for volume, part in zip(values, (answers, crests), strict=True):
                place_answers(kept, part, volume, (*place, 0))
        return values
