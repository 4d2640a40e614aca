"""The host's traces found in the SEG-Y file behind them, and checked against it."""

from __future__ import annotations

import numpy as np

from odfault.host.wire import Samples, TrcInfo
from odfault.segy.survey import SegySurvey
from odfault.undefined import LARGEST, clear

Spot = tuple[int, int]
ROUNDING = 1e-5
"""Largest difference between the host's sample and the file's, against the loudest of the trace."""
HALF = 0.505
"""Of the step between the numbers of a volume that the host has stored in 8 or 16 bits."""
SMALLEST = (1, 2, 3, 4, 5, 6)
"""The smallest gap between a trace's numbers is so many of these steps."""
FEWEST = 8
"""Gaps that tell whether numbers are rounded, where they are not the same again and again."""
OFF = 0.05
"""Of a step: numbers that are rounded are no further from whole steps."""
NEAR = 8
"""Lines to each side among which a trace is looked for that comes under the numbers of another."""
LINES_HELD = 40
"""Inlines of the file that are held in memory."""


class Match:
    """Finds a trace of the host in a file, by its numbers or, where these are another's, near them.

    Parameters
    ----------
    survey : SegySurvey
        The file.
    margin : int
        Samples of every window above the wanted ones.
    """

    def __init__(self, survey: SegySurvey, margin: int) -> None:
        self._survey, self._margin = survey, margin
        self.first_sample = round(survey.delay_ms / (survey.interval_s * 1000))
        self._lines: dict[int, Samples] = {}
        self._last: Spot = (0, 0)

    def find(self, heard: Samples, trace: TrcInfo) -> Spot | None:
        """Find the position of a trace on the file's inlines and crosslines; nothing where it is not there.

        Parameters
        ----------
        heard : ndarray
            (samples,), the trace as the host sent it.
        trace : TrcInfo
            The numbers that came with it.
        """
        mine, theirs = self.overlap(trace)
        part = heard[theirs]
        spot = self.by_number(trace)
        if spot is None or not self._is_same(part, self.line(spot[0])[spot[1], mine]):
            spot = self._search(part, spot or self._last, mine)
        if spot is not None:
            self._last = spot
        return spot

    def overlap(self, trace: TrcInfo) -> tuple[slice, slice]:
        """Tell which samples file and window share: in the file's trace, and in the window's."""
        first = trace.first_sample - self._margin - self.first_sample
        low, high = max(first, 0), min(first + trace.samples, self._survey.shape[2])
        high = max(low, high)
        return slice(low, high), slice(low - first, high - first)

    def by_number(self, trace: TrcInfo) -> Spot | None:
        """Position by line numbers; a file of one line has no number of its own."""
        spot = []
        for lines, number in (
            (self._survey.inlines, trace.inline),
            (self._survey.crosslines, trace.crossline),
        ):
            step = int(lines[1] - lines[0]) if len(lines) > 1 else 1
            at, rest = divmod(number - int(lines[0]), step)
            if len(lines) == 1:
                at, rest = 0, 0
            if rest or not 0 <= at < len(lines):
                return None
            spot.append(at)
        return spot[0], spot[1]

    def _search(self, part: Samples, about: Spot, mine: slice) -> Spot | None:
        """Look for a trace near a position, the nearest first; along all of a line that is the only one."""
        if not len(part):
            return None
        loud = int(np.argmax(np.abs(clear(part))))
        step = find_step(part)
        inlines, crosslines, _ = self._survey.shape
        far = NEAR if not self._survey.is_2d else max(inlines, crosslines)
        rows = range(max(0, about[0] - far), min(inlines, about[0] + far + 1))
        low, high = max(0, about[1] - far), min(crosslines, about[1] + far + 1)
        for row in sorted(rows, key=lambda row: abs(row - about[0])):
            line = self.line(row)[low:high, mine]
            alike = np.abs(line[:, loud] - part[loud]) <= 2 * ROUNDING * abs(part[loud]) + HALF * step
            found = [int(at) for at in np.flatnonzero(alike) if self._is_same(part, line[at])]
            if found:
                return row, low + min(found, key=lambda at: abs(low + at - about[1]))
        return None

    @staticmethod
    def _is_same(part: Samples, line: Samples) -> bool:
        """Whether two traces are the same but for the host's rounding; what is undefined is 0 in both."""
        if np.array_equal(part, line):
            return True
        heard, held = clear(part), clear(line)
        most = ROUNDING * np.abs(held).max(initial=0)
        apart = np.abs(heard - held)
        return bool((apart <= most).all() or (apart <= most + HALF * find_step(heard)).all())

    def line(self, row: int) -> Samples:
        """Read an inline, (crosslines, samples)."""
        line = self._lines.pop(row, None)
        if line is None:
            if len(self._lines) >= LINES_HELD:
                del self._lines[next(iter(self._lines))]
            line = self._survey.read(slice(row, row + 1), slice(0, self._survey.shape[1]))[0]
        self._lines[row] = line
        return line


def find_step(trace: Samples) -> float:
    """Find the step between the numbers that a trace was rounded to; 0 where it was not."""
    numbers = np.unique(trace[np.abs(trace) < LARGEST].astype(float))
    gaps = np.diff(numbers)
    if len(gaps) < FEWEST and len(trace) < 4 * len(numbers):
        return 0.0
    for parts in SMALLEST[: len(gaps)]:
        step = gaps.min() / parts
        for most in (50, 2500, np.inf):  # from the small ones, which are surely counted, to all
            sure = gaps[gaps <= most * step]
            step = sure.sum() / np.round(sure / step).sum()
        places = (numbers - numbers[0]) / step
        if np.abs(places - np.round(places)).max() < OFF:
            return float(step)
    return 0.0
