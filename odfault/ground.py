"""Where a survey stands on the map: a grid, or the path of a line, laid through its traces' coordinates."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.survey import Survey

FEET_M = 0.3048
_SAMPLE = 4000
"""Traces that tell a volume's grid."""
_CROOKED = 0.5
"""Share of the spacing of traces that a volume's grid may be off."""

Points = NDArray[np.float64]
Places = NDArray[np.int64]


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
        Whether the survey holds coordinates; else line numbers stand for them.
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


def choose_places(survey: Survey) -> Places:
    """Choose the traces that tell the map: all of a line, some of a volume.

    Returns
    -------
    array, (n, 2) int64
        Inline and crossline of each, counted from 0, in the order of the traces.
    """
    held = np.argwhere(survey.index >= 0)
    if not survey.is_2d and len(held) > _SAMPLE:
        held = held[np.unique(np.linspace(0, len(held) - 1, _SAMPLE).astype(np.int64))]
    return held[np.argsort(survey.index[tuple(held.T)])]


def lay_map(survey: Survey, held: Places, found: Points | None, *, unit_m: float) -> tuple[Map, list[str]]:
    """Lay a grid, or a line's path, through coordinates.

    Parameters
    ----------
    survey : Survey
    held : array, (n, 2) int64
        Places of traces.
    found : array, (n, 2), optional
        X and Y of each; line numbers stand for them where there are none.
    unit_m : float
        Length of their unit in metres.

    Returns
    -------
    map : Map
    remarks : list of str
        What is odd, a plain sentence each.
    """
    known, remarks = found is not None, list[str]()
    if found is None:
        found = np.stack([survey.crosslines[held[:, 1]], survey.inlines[held[:, 0]]], axis=1).astype(float)
    order = np.lexsort((held[:, 1], held[:, 0]))  # so that the last bit does not depend on that of the traces
    held, found = held[order], found[order]
    grid = np.column_stack([np.ones(len(held)), held])
    steps = np.linalg.lstsq(grid, found, rcond=None)[0]
    off = np.abs(grid @ steps - found).max()
    spacing = max(np.linalg.norm(steps[1]), np.linalg.norm(steps[2]))
    if not survey.is_2d and off > _CROOKED * spacing:
        remarks.append(f"The coordinates are not regular: traces stand up to {off:.0f} beside their grid.")
    path = _path(survey, held, found) if survey.is_2d else None
    return Map(steps[0], steps[1], steps[2], path, unit_m, known), remarks


def _path(survey: Survey, held: Places, found: Points) -> Points:
    """Lay the coordinates of a line's traces in order; holes lie between their neighbours."""
    shape = survey.shape[:2]
    at, count = held.max(axis=1), np.arange(max(shape))
    order = np.argsort(at)
    return np.stack([np.interp(count, at[order], found[order, axis]) for axis in (0, 1)], axis=1).reshape(
        *shape, 2
    )
