"""Where a fault runs near a point: a plane through what the network sees of it, bent to its crest."""

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
SPAN = 40
"""Samples up and down from the point along which its crest is followed."""
BESIDE = 2
"""Traces to each side of where the crest is expected next in which it is looked for."""
LOST = 0.2
"""Probability below which the crest is followed no further."""
FEW = 8
"""Samples of a crest that say nothing of its bends."""


def _straight() -> Traces:
    return np.zeros((0, 2))


@dataclasses.dataclass(frozen=True)
class Fault:
    """The course of a fault near a point: a plane, and how far the fault bends off it.

    Attributes
    ----------
    point : tuple of float
        Line, trace and sample that the plane passes through.
    lean : float
        Traces that it goes on for a sample further down.
    strike : float
        Traces that it goes on for a line further on.
    bends : ndarray, (heights, 2)
        Samples, and how many traces beside the plane the fault stands there; between them it is linear, and
        beyond them it is as far beside.
    """

    point: tuple[float, float, float]
    lean: float
    strike: float = 0.0
    bends: Traces = dataclasses.field(default_factory=_straight)

    def trace_at(self, line: NDArray[np.float64] | float, sample: Traces | float) -> Traces:
        """Tell at which trace it stands."""
        i, x, t = self.point
        plane = np.asarray(x + self.lean * (sample - t) + self.strike * (line - i), np.float64)
        return plane + np.interp(sample, *self.bends.T) if len(self.bends) else plane

    def seen_from(self, start: Point) -> Fault:
        """Give the same fault in a block that begins at another line, trace and sample."""
        i, x, t = (p - s for p, s in zip(self.point, start, strict=True))
        return dataclasses.replace(self, point=(i, x, t), bends=self.bends - [start[2], 0])


def find_course(probability: Windows, point: Point) -> Fault | None:
    """Find the course of the fault through a point.

    Parameters
    ----------
    probability : ndarray, (lines, traces, samples)
        Around the point.
    point : tuple of int
        Line, trace and sample, on the crest.

    Returns
    -------
    Fault or None
        None where there is no fault, or it lies too flat.

    Notes
    -----
    The plane with the least squared distance (Pearson, 1901) from what is connected with the point, each
    sample weighted with its probability. In the point's own line the crest is then followed up and down.
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
    plane = dataclasses.replace(fault, point=(float(point[0]), at, float(point[2])))
    return dataclasses.replace(plane, bends=_follow(probability[point[0]], plane, point))


def _follow(section: Windows, plane: Fault, point: Point) -> Traces:
    """Follow the crest (traces, samples) from a point, up and down; tell its distances from the plane."""
    from scipy.ndimage import gaussian_filter1d

    stands = {point[2]: float(point[1])}
    for way in (1, -1):
        here, lean = float(point[1]), plane.lean
        for sample in range(point[2] + way, point[2] + way * SPAN, way):
            expected = here + way * lean
            first = max(0, round(expected) - BESIDE)
            inside = 0 <= sample < section.shape[1]
            near = (
                section[first : max(first, round(expected) + BESIDE + 1), sample]
                if inside
                else section[:0, 0]
            )
            if not len(near) or near.max() < LOST:
                break
            crest = float(np.average(np.arange(first, first + len(near)), weights=near))
            fresh = (expected + crest) / 2
            lean, here = 0.9 * lean + 0.1 * way * (fresh - here), fresh
            stands[sample] = here
    if len(stands) < FEW:
        return _straight()
    samples = np.array(sorted(stands), np.float64)
    beside = np.array([stands[int(t)] for t in samples]) - plane.trace_at(point[0], samples)
    return np.stack([samples, gaussian_filter1d(beside, 3.0, mode="nearest")], axis=1)
