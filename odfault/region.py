"""Which part of a survey is answered, seen the way that the network looks at it."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.card import Card
from odfault.errors import OdfaultError
from odfault.segy import SegySurvey
from odfault.tiling import Shape

Range = tuple[int, int] | None
Slices = tuple[slice, slice, slice]


@dataclasses.dataclass(frozen=True)
class Region:
    """A part of a survey with the halo around it, as far as the survey has one.

    Attributes
    ----------
    survey : SegySurvey
        The survey.
    turned : bool
        Whether crosslines come first, so that a network for sections looks along inlines.
    origin : tuple of int
        Position of the region's first sample in the survey (turned when it is turned); on the grid.
    shape : tuple of int
        Of the region, halo included.
    wanted : tuple of slice
        The part to answer, counted from the region's start.
    """

    survey: SegySurvey
    turned: bool
    origin: Shape
    shape: Shape
    wanted: Slices

    def read(self, x: slice, y: slice, z: slice) -> NDArray[np.float32]:
        """Read a box of the region, line by line, so that long traces cost no memory."""
        lines = slice(x.start + self.origin[0], x.stop + self.origin[0])
        traces = slice(y.start + self.origin[1], y.stop + self.origin[1])
        samples = slice(z.start + self.origin[2], z.stop + self.origin[2])
        block = np.empty((x.stop - x.start, y.stop - y.start, z.stop - z.start), np.float32)
        rows = range(lines.start, lines.stop) if not self.turned else range(traces.start, traces.stop)
        for number, row in enumerate(rows):
            if self.turned:
                block[:, number] = self.survey.read(slice(row, row + 1), lines)[0, :, samples]
            else:
                block[number] = self.survey.read(slice(row, row + 1), traces)[0, :, samples]
        return block

    def lines(self, x: slice, y: slice) -> tuple[slice, slice]:
        """Positions in the survey, inlines and crosslines, of a part of the region."""
        one = slice(x.start + self.origin[0], x.stop + self.origin[0])
        two = slice(y.start + self.origin[1], y.stop + self.origin[1])
        return (two, one) if self.turned else (one, two)

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
    survey: SegySurvey, card: Card, *, turned: bool, inlines: Range, crosslines: Range, z_ms: tuple[float, float] | None
) -> Region:
    """Choose the part of a survey that line numbers and times ask for, and the halo around it.

    Raises
    ------
    OdfaultError
        If the ranges hold nothing.
    """
    asked = [
        survey.positions("inlines", *inlines) if inlines else slice(0, survey.shape[0]),
        survey.positions("crosslines", *crosslines) if crosslines else slice(0, survey.shape[1]),
        _samples(survey, z_ms),
    ]
    sizes = list(survey.shape)
    if turned:
        asked[:2], sizes[:2] = asked[1::-1], sizes[1::-1]
    origin, shape, wanted = [], [], []
    for part, size, halo, grid in zip(asked, sizes, card.halo_shape, card.grid_shape, strict=True):
        first = max(0, part.start - halo) // grid * grid
        origin.append(first)
        shape.append(min(size, part.stop + halo) - first)
        wanted.append(slice(part.start - first, part.stop - first))
    x, y, z = wanted
    return Region(survey, turned, (origin[0], origin[1], origin[2]), (shape[0], shape[1], shape[2]), (x, y, z))


def _samples(survey: SegySurvey, z_ms: tuple[float, float] | None) -> slice:
    if z_ms is None:
        return slice(0, survey.shape[2])
    times = survey.delay_ms + np.arange(survey.shape[2]) * survey.interval_s * 1000
    inside = np.flatnonzero((times >= min(z_ms) - 1e-6) & (times <= max(z_ms) + 1e-6))
    if not inside.size:
        raise OdfaultError(
            f"no sample from {min(z_ms):g} to {max(z_ms):g}", f"choose from {times[0]:g} to {times[-1]:g}"
        )
    return slice(int(inside[0]), int(inside[-1]) + 1)
