"""Which part of a survey is answered, seen the way that the network looks at it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.survey import Survey
from odfault.tiling import Shape

Range = tuple[int, int] | None
Slices = tuple[slice, slice, slice]


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of a survey.

    Attributes
    ----------
    survey : Survey
        The survey.
    turned : bool
        Whether crosslines come first, so that a network for sections looks along inlines.
    wanted : tuple of slice
        The part to answer, in positions of the survey (turned when it is turned).
    """

    survey: Survey
    turned: bool
    wanted: Slices

    @property
    def shape(self) -> Shape:
        """Of the survey, turned when it is turned."""
        inlines, crosslines, samples = self.survey.shape
        return (crosslines, inlines, samples) if self.turned else (inlines, crosslines, samples)

    @property
    def phase(self) -> Shape:
        """Grid number of the first sample: line numbers and time count, not where the file begins."""
        first = [_number(lines) for lines in (self.survey.inlines, self.survey.crosslines)]
        if self.turned:
            first.reverse()
        return first[0], first[1], round(self.survey.delay_ms / (self.survey.interval_s * 1000))

    def read(self, x: slice, y: slice, z: slice) -> NDArray[np.float32]:
        """Read a box."""
        block = np.empty((x.stop - x.start, y.stop - y.start, z.stop - z.start), np.float32)
        self.survey.read(*self.lines(x, y), z, out=block.swapaxes(0, 1) if self.turned else block)
        return block

    def lines(self, x: slice, y: slice) -> tuple[slice, slice]:
        """Positions in the survey, inlines and crosslines, of a part."""
        return (y, x) if self.turned else (x, y)

    def name(self, axis: int, first: int, last: int) -> str:
        """Name what lies between two positions of an axis, turned as the region is."""
        survey = self.survey
        if axis == 2:
            low, high = (survey.delay_ms + n * survey.interval_s * 1000 for n in (first, last))
            return f"from {low:.0f} to {high:.0f} ms"
        along = ("crosslines", "inlines") if self.turned else ("inlines", "crosslines")
        lines = getattr(survey, along[axis])
        return f"on {along[axis]} {lines[first]} to {lines[last]}"

    def traces(self) -> NDArray[np.int64] | None:
        """Numbers of the traces to answer, rising; nothing when it is all of them."""
        inlines, crosslines = self.lines(self.wanted[0], self.wanted[1])
        index = self.survey.index
        box = index[inlines, crosslines]
        if box.shape == index.shape:
            return None
        repeats, rows, columns = self.survey.duplicates.T
        inside = (rows >= inlines.start) & (rows < inlines.stop)
        inside &= (columns >= crosslines.start) & (columns < crosslines.stop)
        return np.sort(np.concatenate([box[box >= 0], repeats[inside]]))


def choose_region(
    survey: Survey,
    *,
    inlines: Range,
    crosslines: Range,
    z_ms: tuple[float, float] | None = None,
    turned: bool = False,
) -> Region:
    """Choose the part of a survey that line numbers and times ask for.

    Raises
    ------
    OdfaultError
        If the ranges hold nothing.
    """
    rows = survey.positions("inlines", *inlines) if inlines else slice(0, survey.shape[0])
    columns = survey.positions("crosslines", *crosslines) if crosslines else slice(0, survey.shape[1])
    lines = (columns, rows) if turned else (rows, columns)
    region = Region(survey, turned, (*lines, _samples(survey, z_ms)))
    kept = region.traces()
    if kept is not None and not kept.size:
        raise OdfaultError("the lines asked for hold no trace", "choose a wider range")
    return region


def _number(lines: Sequence[int] | NDArray[np.int64]) -> int:
    """Count the steps from line 0 to the first line."""
    return int(lines[0]) // (int(lines[1] - lines[0]) if len(lines) > 1 else 1)


def _samples(survey: Survey, z_ms: tuple[float, float] | None) -> slice:
    if z_ms is None:
        return slice(0, survey.shape[2])
    times = survey.delay_ms + np.arange(survey.shape[2]) * survey.interval_s * 1000
    inside = np.flatnonzero((times >= min(z_ms) - 1e-6) & (times <= max(z_ms) + 1e-6))
    if not inside.size:
        raise OdfaultError(
            f"no sample from {min(z_ms):g} to {max(z_ms):g}", f"choose from {times[0]:g} to {times[-1]:g}"
        )
    return slice(int(inside[0]), int(inside[-1]) + 1)
