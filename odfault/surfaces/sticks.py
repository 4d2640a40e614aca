"""Fault sticks: where surfaces cross every so many lines, as polylines from the top down."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from odfault.surfaces.joining import members
from odfault.surfaces.ridges import Ridges

STRAIGHT = 0.6
"""Samples that a stick may lie beside its crest."""
SHORTEST = 4
"""Samples of a stick."""
APART = 3.0
"""Samples between strands of a crest."""
SMOOTH = 5
"""Samples of a crest, one sample thin, that are averaged: what is between the samples comes back."""

Points = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Stick:
    """A polyline on one line of a survey.

    fault     : number of its fault
    crossing  : whether it lies on a crossline
    nodes     : (n, 3)   inline, crossline and sample, counted from 0, from the top down
    """

    fault: int
    crossing: bool
    nodes: Points


def cut_sticks(ridges: Ridges, surfaces: NDArray[np.int32], *, every: int) -> list[Stick]:
    """Cut surfaces by lines: along inlines, or along crosslines where the fault faces along them.

    Parameters
    ----------
    ridges : Ridges
    surfaces : ndarray of int32, (n,)
        The number of each point's surface, 0 for none.
    every : int
        Lines from a stick to the next. A surface on few lines gets at least its first and its last.

    Returns
    -------
    list of Stick
        Fault by fault, line by line.
    """
    sticks = []
    for number, some in enumerate(members(surfaces), 1):
        size = np.abs(ridges.normals[some]).mean(axis=0)
        lines_along = ridges.shape[0] > 1, ridges.shape[1] > 1  # of a line, which has no other way, one
        across = int(lines_along[0] and (size[0] > size[1] or not lines_along[1]))
        places = ridges.places[some]
        for line in _chosen(places[:, across], every):
            path = _follow(places[places[:, across] == line][:, [1 - across, 2]])
            if len(path) < 2:
                continue
            nodes = np.insert(path, across, line, axis=1)
            sticks.append(Stick(number, bool(across), nodes))
    return sticks


def _chosen(lines: NDArray[np.int32], every: int) -> list[int]:
    """Choose the lines to cut at, among those that hold enough points."""
    held, many = np.unique(lines, return_counts=True)
    held = held[many >= SHORTEST]
    even = held[held % every == 0]
    if len(even) >= 3 or len(held) <= len(even):
        return [int(line) for line in even]
    ends = np.linspace(0, len(held) - 1, min(3, len(held))).round().astype(int)
    return sorted({int(line) for line in (*even, *held[ends])})


def _follow(points: NDArray[np.int32]) -> Points:
    """Make a polyline of points (trace, sample), smoothed, with few nodes."""
    axis = 1 if np.ptp(points[:, 1]) >= np.ptp(points[:, 0]) else 0
    points = _one_strand(points, axis)
    steps, member = np.unique(points[:, axis], return_inverse=True)
    if steps[-1] - steps[0] + 1 < SHORTEST:
        return np.empty((0, 2))
    beside = np.bincount(member.ravel(), points[:, 1 - axis]) / np.bincount(member.ravel())
    all_steps = np.arange(steps[0], steps[-1] + 1)
    beside = _smooth(np.interp(all_steps, steps, beside))
    path = np.empty((len(all_steps), 2))
    path[:, axis], path[:, 1 - axis] = all_steps, beside
    path = simplify(path, STRAIGHT)
    return path if path[0, 1] <= path[-1, 1] else path[::-1]


def _one_strand(points: NDArray[np.int32], axis: int) -> NDArray[np.int32]:
    """Leave of strands beside each other the longest; those above each other all stay."""
    pairs = cKDTree(points).query_pairs(APART, output_type="ndarray").T
    links = coo_array((np.ones(pairs.shape[1], np.int8), (pairs[0], pairs[1])), shape=(len(points),) * 2)
    strand = connected_components(links, directed=False)[1]
    taken = np.zeros(int(points[:, axis].max()) + 1, bool)
    kept = np.zeros(len(points), bool)
    for number in np.argsort(-np.bincount(strand), kind="stable"):
        mine = strand == number
        span = slice(points[mine, axis].min(), points[mine, axis].max() + 1)
        if not taken[span].any():
            taken[span] = kept[mine] = True
    return points[kept]


def _smooth(values: Points) -> Points:
    """Average along a crest; towards its ends over less, evenly to both sides, so that these stay."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    half = np.minimum(np.minimum(at, len(values) - 1 - at), SMOOTH // 2)
    return np.asarray((total[at + half + 1] - total[at - half]) / (2 * half + 1))


def simplify(path: Points, tolerance: float) -> Points:
    """Keep as few nodes of a polyline as leave all others near it (Douglas and Peucker, 1973).

    Parameters
    ----------
    path : ndarray, (n, 2)
    tolerance : float
        Distance, in samples.

    Returns
    -------
    ndarray, (m, 2)
        First and last node included.
    """
    kept = np.zeros(len(path), bool)
    kept[[0, -1]] = True
    open_spans = [(0, len(path) - 1)]
    while open_spans:
        start, stop = open_spans.pop()
        way = path[stop] - path[start]
        offset = path[start + 1 : stop] - path[start]
        aside = np.abs(offset[:, 0] * way[1] - offset[:, 1] * way[0]) / max(np.hypot(*way), 1e-9)
        if len(aside) and aside.max() > tolerance:
            middle = start + 1 + int(aside.argmax())
            kept[middle] = True
            open_spans += [(start, middle), (middle, stop)]
    return path[kept]
