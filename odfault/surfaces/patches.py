"""Patches: small pieces of a surface, points of crests that touch and face the same way."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from odfault.surfaces.ridges import Ridges

ALIKE = 25.0
"""Degrees by which neighbours may face differently."""
ASIDE = 1.3
"""Samples by which a point may lie beside its neighbour's plane."""
TOUCHING = 2
"""Samples along an axis between neighbours."""
SIDE = 8
"""Samples along the sides of the box that holds a patch."""


def find_patches(ridges: Ridges) -> NDArray[np.int32]:
    """Part points into patches: neighbours in a box that face alike, on each other's plane, belong together.

    Where faults cross, and where they lie beside each other, a box holds a patch of each.

    Returns
    -------
    ndarray of int32, (n,)
        The number of each point's patch, from 0.
    """
    patches = np.arange(len(ridges.places), dtype=np.int32)
    if not len(patches):
        return patches
    boxes = np.ravel_multi_index(tuple((ridges.places // SIDE).T), _box_count(ridges.shape))
    keys = np.ravel_multi_index(tuple(ridges.places.T.astype(np.int64)), ridges.shape)
    for offset in _offsets(flat=ridges.shape[0] == 1):
        one, two = _pairs(ridges, keys, offset)
        inside = boxes[one] == boxes[two]
        one, two = patches[one[inside]], patches[two[inside]]
        fresh = one != two
        count = int(patches.max()) + 1
        links = coo_array((np.ones(fresh.sum(), np.int8), (one[fresh], two[fresh])), shape=(count, count))
        patches = connected_components(links, directed=False)[1][patches]
    return patches


def _box_count(shape: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(-(-size // SIDE) for size in shape)


def _offsets(*, flat: bool) -> list[NDArray[np.int32]]:
    """List half of the places around a point, the nearest first; the other half is theirs."""
    near = range(-TOUCHING, TOUCHING + 1)
    around = [np.array(way, np.int32) for way in itertools.product([0] if flat else near, near, near)]
    half = [way for way in around if tuple(way) > (0, 0, 0)]
    return sorted(half, key=lambda way: int(way @ way))


def _pairs(
    ridges: Ridges, keys: NDArray[np.int64], offset: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the points that have a neighbour there, on whose plane they are and which faces as they do."""
    there = ridges.places + offset
    inside = np.flatnonzero(((there >= 0) & (there < ridges.shape)).all(axis=1))
    wanted = np.ravel_multi_index(tuple(there[inside].T.astype(np.int64)), ridges.shape)
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    here = keys[found] == wanted
    one, two = inside[here], found[here]
    alike = np.abs((ridges.normals[one] * ridges.normals[two]).sum(axis=1)) >= np.cos(np.radians(ALIKE))
    aside = np.maximum(*(np.abs(ridges.normals[at] @ offset.astype(np.float32)) for at in (one, two)))
    good = alike & (aside <= ASIDE)
    return one[good], two[good]
