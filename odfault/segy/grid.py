"""The traces of a survey on a grid of lines: holes, repeats and strays told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Lines = NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """The traces of a survey on its lines.

    Attributes
    ----------
    inlines, crosslines : array, (n_inlines,) and (n_crosslines,) int64
        Line numbers, regular and rising.
    index : array, (n_inlines, n_crosslines) int64
        Trace number at each place, -1 where there is none.
    duplicates : array, (n, 3) int64
        Trace number, inline position and crossline position of each trace whose place another trace holds.
    strays : array, (n,) int64
        Traces that have no place, for their headers hold no line numbers.
    """

    inlines: Lines
    crosslines: Lines
    index: Lines
    duplicates: Lines
    strays: Lines

    @property
    def is_crossed(self) -> bool:
        """Whether lines cross: numbers that only run beside each other, a trace a line, make no grid."""
        held = int((self.index >= 0).sum())
        n_inlines, n_crosslines = len(self.inlines), len(self.crosslines)
        return min(n_inlines, n_crosslines) == 1 or held >= 1.2 * max(n_inlines, n_crosslines)

    def oddities(self) -> list[str]:
        """Say what is missing, repeated or without a place."""
        holes = int((self.index < 0).sum())
        told = {
            f"{holes} of {self.index.size} places hold no trace and stay empty.": holes,
            f"{len(self.duplicates)} traces repeat the place of another.": len(self.duplicates),
            f"{len(self.strays)} traces have no line numbers and were left out.": len(self.strays),
        }
        return [sentence for sentence, count in told.items() if count]


def lay_grid(lines: NDArray[np.int32], *, filled: float, repeats: float, n_traces: int) -> Grid | None:
    """Lay traces on a grid by their line numbers.

    Parameters
    ----------
    lines : array, (2, n) int32
        Inline and crossline number of each trace.
    filled : float
        Share of the grid that ``n_traces`` must be able to fill.
    repeats : float
        Largest share of traces that may repeat a place.
    n_traces : int
        Traces of the whole file, of which ``lines`` may be a sample.

    Returns
    -------
    Grid or None
        None when the numbers are not regular enough.
    """
    wide = lines.astype(np.int64)
    placed = _has_numbers(wide)
    traces = np.flatnonzero(placed)
    axes = [_axis(numbers[placed]) for numbers in wide]
    shape = tuple(count for _, _, count in axes)
    if shape[0] * shape[1] * filled > n_traces:
        return None
    spots = [(numbers[placed] - start) // step for numbers, (start, step, _) in zip(wide, axes, strict=True)]
    flat = spots[0] * shape[1] + spots[1]
    index = np.full(shape[0] * shape[1], -1, np.int64)
    index[flat[::-1]] = traces[::-1]  # the first trace of a place is written last and stays
    again = index[flat] != traces
    if again.sum() > repeats * len(traces):
        return None
    inlines, crosslines = (start + step * np.arange(count) for start, step, count in axes)
    return Grid(
        inlines=inlines,
        crosslines=crosslines,
        index=index.reshape(shape),
        duplicates=np.stack([part[again] for part in (traces, *spots)], axis=1),
        strays=np.flatnonzero(~placed),
    )


def _has_numbers(lines: Lines) -> NDArray[np.bool_]:
    """Traces whose header holds line numbers: not 0 and 0, unless the lines run through 0."""
    blank = (lines == 0).all(axis=0)
    if blank.all() or not blank.any():
        return np.ones_like(blank)
    used = lines[:, ~blank]
    through_zero = ((used.min(axis=1) <= 1) & (used.max(axis=1) >= -1)).all()
    return np.ones_like(blank) if through_zero else ~blank


def _axis(numbers: Lines) -> tuple[int, int, int]:
    """First line number, step and count of the regular axis that holds all numbers."""
    lines = np.unique(numbers)
    step = int(np.gcd.reduce(np.diff(lines))) if len(lines) > 1 else 1
    return int(lines[0]), step, int(lines[-1] - lines[0]) // step + 1
