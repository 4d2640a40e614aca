"""Where the traces of a survey stand on the map: coordinates from the trace headers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.segy.headers import batches
from odfault.segy.survey import SegySurvey

_PAIRS = ((181, 185), (73, 77))
"""X and Y of the CDP; of the source, where there is none."""
_SCALAR, _UNITS, _SYSTEM = (71, 2), (89, 2), 3255
_FEET_M = 0.3048
_SAMPLE = 4000
"""Traces that tell a volume's grid."""
_CROOKED = 0.5
"""Share of the spacing of traces that a volume's grid may be off."""

Points = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Map:
    """The grid of a volume, or the path of a line, on the map.

    Attributes
    ----------
    origin, inline_step, crossline_step : array, (2,)
        X and Y of the first inline's first crossline, and from a line to the next; along a line, on average.
    path : array, (n_inlines, n_crosslines, 2), optional
        X and Y of each trace of a line, which need not be straight.
    unit_m : float
        Length of the coordinates' unit in metres.
    known : bool
        Whether the headers hold coordinates; else line numbers stand for them.
    """

    origin: Points
    inline_step: Points
    crossline_step: Points
    path: Points | None
    unit_m: float
    known: bool

    def at(self, places: NDArray[Any]) -> Points:
        """Give X and Y of places between traces.

        Parameters
        ----------
        places : array, (n, 2)
            Inline and crossline, counted from 0.

        Returns
        -------
        array, (n, 2)
        """
        if self.path is None:
            steps = np.stack([self.inline_step, self.crossline_step])
            return np.asarray(self.origin + places.astype(np.float64) @ steps)
        along = int(self.path.shape[1] > 1)
        count = np.arange(self.path.shape[along])
        path = self.path.reshape(-1, 2)
        return np.stack([np.interp(places[:, along], count, path[:, axis]) for axis in (0, 1)], axis=1)


def read_map(survey: SegySurvey) -> tuple[Map, list[str]]:
    """Read where a survey stands.

    Parameters
    ----------
    survey : SegySurvey

    Returns
    -------
    map : Map
    remarks : list of str
        What is missing or odd, a plain sentence each.

    Raises
    ------
    OdfaultError
        The file cannot be read.
    """
    held = np.argwhere(survey.index >= 0)
    if not survey.is_2d and len(held) > _SAMPLE:
        held = held[np.unique(np.linspace(0, len(held) - 1, _SAMPLE).astype(np.int64))]
    traces = survey.index[tuple(held.T)]
    order = np.argsort(traces)
    held, traces = held[order], traces[order]
    found, remarks = read_coordinates(survey, traces)
    known = found is not None
    if found is None:
        found = np.stack([survey.crosslines[held[:, 1]], survey.inlines[held[:, 0]]], axis=1).astype(float)
    grid = np.column_stack([np.ones(len(held)), held])
    steps = np.linalg.lstsq(grid, found, rcond=None)[0]
    off = np.abs(grid @ steps - found).max()
    spacing = max(np.linalg.norm(steps[1]), np.linalg.norm(steps[2]))
    if not survey.is_2d and off > _CROOKED * spacing:
        remarks.append(f"The coordinates are not regular: traces stand up to {off:.0f} beside their grid.")
    path = _path(survey, held, found) if survey.is_2d else None
    return Map(steps[0], steps[1], steps[2], path, _unit_m(survey), known), remarks


def read_coordinates(survey: SegySurvey, traces: NDArray[np.int64]) -> tuple[Points | None, list[str]]:
    """Read X and Y of some traces, (n, 2); nothing, with a remark, where there are none of use."""
    words = [(byte, 4) for pair in _PAIRS for byte in pair]
    told = np.concatenate(
        [survey.layout.scan([*words, _SCALAR, _UNITS], some) for some in batches(traces)], axis=1
    )
    scalar = told[4].astype(np.float64)
    factor = np.where(scalar > 0, scalar, np.where(scalar < 0, -1 / np.minimum(scalar, -1), 1.0))
    if np.isin(told[5], (2, 3, 4)).any():
        problem = "The coordinates are geographic, in seconds or degrees of arc"
        return None, [f"{problem}; line numbers stand for them."]
    for number in range(len(_PAIRS)):
        pair = told[2 * number : 2 * number + 2] * factor
        if np.ptp(pair, axis=1).any():
            return pair.T, []
    return None, ["The trace headers hold no coordinates; line numbers stand for them."]


def _path(survey: SegySurvey, held: NDArray[np.int64], found: Points) -> Points:
    """Lay the coordinates of a line's traces in order; holes lie between their neighbours."""
    shape = survey.shape[:2]
    at, count = held.max(axis=1), np.arange(max(shape))
    order = np.argsort(at)
    return np.stack([np.interp(count, at[order], found[order, axis]) for axis in (0, 1)], axis=1).reshape(
        *shape, 2
    )


def _unit_m(survey: SegySurvey) -> float:
    """Length of the unit: feet where the binary header says so."""
    with survey.layout.path.open("rb") as file:
        file.seek(_SYSTEM - 1)
        system = int.from_bytes(file.read(2), "big" if survey.layout.big_endian else "little")
    return _FEET_M if system == 2 else 1.0
