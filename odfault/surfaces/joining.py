"""Surfaces: patches that go on in one another, at once or over a gap, without the specks."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from odfault.surfaces.ridges import Ridges

CELL = 4
"""Samples along the sides of the cells that stand for the points in them."""
SPECK = 24
"""Points of a surface that may be joined with others over a gap."""
NEAR, GAP = 7.0, 16.0
"""Samples between cells that touch, and over which a surface may go on."""
ALIKE = 22.0
"""Degrees by which two sides may face differently."""
ASIDE, LEANING = 1.3, 0.12
"""Samples that one side may lie beside the other's plane, and by how much more for each sample between."""
AROUND, BENT = 32.0, 1.2
"""Samples around a joint within which both sides lie by one plane, but for so many (root of mean square)."""
CURVED, CORNER = 2.0, 0.8
"""So many where both sides lie by one curved surface, a quadric, but for the second."""
LEAST_LINKS = 3
SHARE = 0.3
"""Of all cells of two sides that are near each other, those that go on."""
LAYER = 3.5
"""Samples between layers: a surface has but one where it is looked at along its mean normal."""
TWOFOLD = 0.08
"""Share of the smaller side that may lie before or behind the other."""

Labels = NDArray[np.int32]


@dataclasses.dataclass(frozen=True)
class Cells:
    """Cells of patches: (n, 3) mean places and normals, (n,) patch of each, rising."""

    places: NDArray[np.float32]
    normals: NDArray[np.float32]
    patch: NDArray[np.int64]


def join(ridges: Ridges, patches: Labels, *, smallest: int) -> Labels:
    """Join patches into surfaces.

    First those that touch, the flattest joints first; then those that go on over a gap. Two are not joined
    when one would lie before the other: so faults that meet at a small angle come apart.

    Parameters
    ----------
    ridges : Ridges
    patches : ndarray of int32, (n,)
        The patch of each point.
    smallest : int
        Points of a surface; smaller ones are dropped.

    Returns
    -------
    ndarray of int32, (n,)
        1 and up for the surfaces, the largest first; 0 for points that belong to none.
    """
    if not len(patches):
        return patches
    cells = _make_cells(ridges, patches)
    groups = _unite(cells, np.arange(int(patches.max()) + 1), touching=True)
    for _ in range(3):
        sizes = np.bincount(groups[patches], minlength=len(groups))
        some = sizes[groups[cells.patch]] >= min(SPECK, smallest)
        fewer = Cells(cells.places[some], cells.normals[some], cells.patch[some])
        before, groups = groups, _unite(fewer, groups, touching=False)
        if (groups == before).all():
            break
    return rank(groups[patches] + 1, smallest)


def rank(surfaces: NDArray[np.int64], smallest: int) -> Labels:
    """Give surfaces their numbers from 1, the largest first; those with too few points become 0."""
    sizes = np.bincount(surfaces, minlength=1)
    sizes[0] = 0
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= max(1, smallest)]
    numbers = np.zeros(len(sizes), np.int32)
    numbers[order] = np.arange(1, len(order) + 1)
    return np.asarray(numbers[surfaces], np.int32)


def members(surfaces: Labels) -> list[NDArray[np.int64]]:
    """List the points of each surface, from the first on."""
    order = np.argsort(surfaces, kind="stable")
    starts = np.searchsorted(surfaces[order], np.arange(1, surfaces.max(initial=0) + 2))
    return [order[start:stop] for start, stop in pairwise(starts)]


def _make_cells(ridges: Ridges, patches: Labels) -> Cells:
    """Gather the points of each patch in cells."""
    places, normals = ridges.places, ridges.normals
    at = np.column_stack([patches, places // CELL])
    cells, first, inverse, many = np.unique(
        at, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    inverse = inverse.ravel()
    same = np.sign((normals * normals[first][inverse]).sum(axis=1))  # a normal may point either way
    mean = [np.bincount(inverse, places[:, axis]) / many for axis in range(3)]
    facing = np.stack([np.bincount(inverse, normals[:, axis] * same) for axis in range(3)], axis=1)
    length = np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    return Cells(np.stack(mean, axis=1).astype(np.float32), (facing / length).astype(np.float32), cells[:, 0])


def _unite(cells: Cells, groups: NDArray[np.int64], *, touching: bool) -> NDArray[np.int64]:
    """Join groups of patches pair by pair, the best joint first; give the group of each patch."""
    if not len(cells.patch):
        return groups
    of_cell = groups[cells.patch]
    order = np.argsort(of_cell, kind="stable")
    names, starts = np.unique(of_cell[order], return_index=True)
    held = dict(zip(names.tolist(), np.split(order, starts[1:]), strict=True))
    parent = list(range(len(groups)))
    for pair, joint in _links(cells, of_cell, touching=touching):
        one, two = (_root(parent, side) for side in pair)
        if one == two or _is_bent(cells, held[one], held[two], joint):
            continue
        if _is_twofold(cells, held[one], held[two]):
            continue
        if len(held[one]) < len(held[two]):
            one, two = two, one
        parent[two] = one
        held[one] = np.concatenate([held[one], held.pop(two)])
    return np.array([_root(parent, name) for name in groups.tolist()])


def _root(parent: list[int], name: int) -> int:
    while parent[name] != name:
        parent[name] = name = parent[parent[name]]
    return name


def _links(
    cells: Cells, of_cell: NDArray[np.int64], *, touching: bool
) -> list[tuple[tuple[int, int], NDArray[np.float64]]]:
    """List pairs of groups that go on in one another, the surest first, and the places where they do."""
    pairs = cKDTree(cells.places).query_pairs(NEAR if touching else GAP, output_type="ndarray")
    pairs = pairs[of_cell[pairs[:, 0]] != of_cell[pairs[:, 1]]]
    if not len(pairs):
        return []
    one, two = pairs.T
    way = cells.places[two] - cells.places[one]
    far = np.linalg.norm(way, axis=1)
    cosine = np.abs((cells.normals[one] * cells.normals[two]).sum(axis=1))
    turn = np.degrees(np.arccos(np.minimum(1, cosine)))
    aside = np.maximum(*(np.abs((cells.normals[at] * way).sum(axis=1)) for at in (one, two)))
    good = (turn <= ALIKE) & (aside <= ASIDE + LEANING * far)
    cost = turn / ALIKE + aside / (ASIDE + LEANING * far)
    sides = np.sort(of_cell[pairs], axis=1)
    names, inverse = np.unique(sides, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    near, links = np.bincount(inverse), np.bincount(inverse, good)
    costs = np.bincount(inverse, cost * good) / np.maximum(links, 1)
    sure = np.flatnonzero((links >= (1 if touching else LEAST_LINKS)) & (links >= SHARE * near))
    order = np.argsort(costs[sure] if touching else -links[sure], kind="stable")
    middle = (cells.places[one] + cells.places[two]) / 2
    joints = np.stack([np.bincount(inverse, middle[:, axis]) / near for axis in range(3)], axis=1)
    return [((int(names[at, 0]), int(names[at, 1])), joints[at]) for at in sure[order]]


def _is_bent(
    cells: Cells, one: NDArray[np.int64], two: NDArray[np.int64], joint: NDArray[np.float64]
) -> bool:
    """Tell whether two sides make a corner or a step where they meet: nothing smooth goes through both."""
    parts = []
    for side in (one, two):
        places = cells.places[side] - joint
        around = places[(places**2).sum(axis=1) <= AROUND**2]
        if not len(around):
            return False
        parts.append(around)
    say = np.concatenate([np.full(len(around), (2 * len(around)) ** -0.5) for around in parts])[:, None]
    aside = np.concatenate(parts) - (parts[0].mean(axis=0) + parts[1].mean(axis=0)) / 2
    weighed = aside * say
    spread, axes = np.linalg.eigh(weighed.T @ weighed)
    if spread[0] <= BENT**2:
        return False
    if spread[0] > CURVED**2:
        return True
    height, (u, v) = weighed @ axes[:, 0], (aside @ axes[:, 1:]).T
    terms = say * np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    fit = np.linalg.lstsq(terms, height, rcond=None)[0]
    return bool(np.linalg.norm(height - terms @ fit) > CORNER)


def _is_twofold(cells: Cells, one: NDArray[np.int64], two: NDArray[np.int64]) -> bool:
    """Tell whether one side lies before or behind the other, seen along their mean normal."""
    both = cells.normals[np.concatenate([one, two])].astype(np.float64)
    axes = np.linalg.eigh(both.T @ both)[1]
    seen = [cells.places[side] @ axes for side in (one, two)]
    low = np.maximum(seen[0][:, :2].min(axis=0), seen[1][:, :2].min(axis=0)) - CELL
    high = np.minimum(seen[0][:, :2].max(axis=0), seen[1][:, :2].max(axis=0)) + CELL
    inside = [at[((at[:, :2] >= low) & (at[:, :2] <= high)).all(axis=1)] for at in seen]
    if not all(map(len, inside)):
        return False
    tree = cKDTree(inside[1][:, :2])
    other, which = tree.query(inside[0][:, :2], distance_upper_bound=0.75 * CELL)
    met = np.isfinite(other)
    apart = np.abs(inside[0][met, 2] - inside[1][which[met], 2]) > LAYER
    return bool(apart.sum() > max(1, TWOFOLD * min(len(one), len(two))))
