"""Where a fault runs near a point: a plane through what the network sees of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.explain.gradients import Point, Windows

Traces = NDArray[np.floating[Any]]
BOX = (8, 16, 24)
"""Lines, traces and samples to each side in which the fault's course is fitted."""
UNKNOWN = 1e12
"""Squared distance across a section, of which it says nothing: no plane leans that way."""
FAINT = 0.3
"""Least probability of what belongs to a fault's course."""
FLATTEST = 0.25
"""Least part of a fault's normal that points along the traces: a flatter one cannot be slid this way."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """The course of a fault near a point: a plane.

    Attributes
    ----------
    point : tuple of float
        Line, trace and sample that it passes through.
    lean : float
        Traces that it goes on for a sample further down.
    strike : float
        Traces that it goes on for a line further on.
    """

    point: tuple[float, float, float]
    lean: float
    strike: float = 0.0

    def trace_at(self, line: NDArray[np.float64] | float, sample: Traces | float) -> Traces:
        """Tell at which trace it stands."""
        i, x, t = self.point
        return np.asarray(x + self.lean * (sample - t) + self.strike * (line - i), np.float64)


def find_course(probability: Windows, point: Point) -> Fault | None:
    """Find the course of the fault through a point.

    Parameters
    ----------
    probability : ndarray, (lines, traces, samples)
        Around the point.
    point : tuple of int
        Line, trace and sample.

    Returns
    -------
    Fault or None
        None where there is no fault, or it lies too flat.

    Notes
    -----
    The plane with the least squared distance (Pearson, 1901) from what is connected with the point, each
    sample weighted with its probability.
    """
    from scipy.ndimage import label

    first = [max(0, p - b) for p, b in zip(point, BOX, strict=True)]
    box = probability[tuple(slice(f, p + b + 1) for f, p, b in zip(first, point, BOX, strict=True))]
    here = tuple(p - f for p, f in zip(point, first, strict=True))
    parts, _ = label(box >= FAINT, np.ones((3, 3, 3)))
    if parts[here] == 0:
        return None
    places = np.argwhere(parts == parts[here])
    weights = box[parts == parts[here]].astype(np.float64)
    middle = np.average(places, axis=0, weights=weights)
    flat = places - middle
    spread = (flat * weights[:, None]).T @ flat / weights.sum()
    if len(box) == 1:
        spread[0, 0] = UNKNOWN  # a section says nothing of what is across it
    normal = np.linalg.eigh(spread)[1][:, 0]
    if len(places) < 6 or abs(normal[1]) < FLATTEST:
        return None
    i, x, t = (float(m + f) for m, f in zip(middle, first, strict=True))
    fault = Fault((i, x, t), float(-normal[2] / normal[1]), float(-normal[0] / normal[1]))
    at = float(fault.trace_at(point[0], point[2]))
    return dataclasses.replace(fault, point=(float(point[0]), at, float(point[2])))
