"""Which way each point of a crest faces: the plane through it that most of its neighbours lie on (Numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

REACH = 8
"""Samples around a point within which its neighbours vote."""
NEAR = 1.2
"""Samples beside a plane within which a neighbour is on it."""
DIRECTIONS = 160
"""Planes that are tried, some 11 degrees apart."""


ZERO, ONE = np.float32(0), np.float32(1)


@njit(cache=True, nogil=True, fastmath=True)
def count_votes(x: Any, y: Any, z: Any, direction: Any, per_near: Any) -> Any:
    """Count the neighbours on a plane through the point, those in it fully; single precision, no branches.

    x, y, z   : (neighbours,) float32    from the point
    direction : (3,) float32             unit normal of the plane
    per_near  : float32                  1 over how far beside the plane counts
    """
    votes = ZERO
    i, j, k = direction[0] * per_near, direction[1] * per_near, direction[2] * per_near
    for c in range(x.shape[0]):
        aside = x[c] * i + y[c] * j + z[c] * k
        votes += max(ZERO, ONE - aside * aside)
    return votes


@njit(cache=True, nogil=True)
def vote(crest: Any, places: Any, directions: Any, reach: int, near: float, spread: Any) -> None:
    """Choose for each point the plane with most neighbours on it, and tell how these are spread.

    At a crossing the neighbours lie on several planes; a mean of all would face between them.

    crest      : (inlines, crosslines, samples)   whether a crest passes there
    places     : (n, 3)                           of the points
    directions : (m, 3) float32                   unit normals of the planes to try
    spread     : (n, 3, 3)                        written: second moments of the neighbours on the best plane
    """
    around = np.empty((3, (2 * reach + 1) ** 3), np.float32)
    per_near = np.float32(1.0 / near)
    for n in range(places.shape[0]):
        count = 0
        i0, j0, k0 = places[n, 0], places[n, 1], places[n, 2]
        for i in range(max(0, i0 - reach), min(crest.shape[0], i0 + reach + 1)):
            for j in range(max(0, j0 - reach), min(crest.shape[1], j0 + reach + 1)):
                left = reach * reach - (i - i0) ** 2 - (j - j0) ** 2
                if left < 0:
                    continue
                deep = int(np.sqrt(left))
                for k in range(max(0, k0 - deep), min(crest.shape[2], k0 + deep + 1)):
                    if crest[i, j, k]:
                        around[0, count], around[1, count], around[2, count] = i - i0, j - j0, k - k0
                        count += 1
        x, y, z = around[0, :count], around[1, :count], around[2, :count]
        best, most = 0, np.float32(-1)
        for m in range(directions.shape[0]):
            votes = count_votes(x, y, z, directions[m], per_near)
            if votes > most:
                best, most = m, votes
        for c in range(count):
            aside = x[c] * directions[best, 0] + y[c] * directions[best, 1] + z[c] * directions[best, 2]
            if abs(aside) <= 1.5 * near:
                for one in range(3):
                    for two in range(3):
                        spread[n, one, two] += around[one, c] * around[two, c]


def face(crest: NDArray[np.bool_], places: NDArray[np.int64], *, flat: bool = False) -> NDArray[np.float32]:
    """Find the unit normals of points on crests.

    Parameters
    ----------
    crest : ndarray of bool, (inlines, crosslines, samples)
    places : ndarray of int, (n, 3)
        Points of it.
    flat : bool
        Of one line: the normals lie within it.

    Returns
    -------
    ndarray of float32, (n, 3)
        Their largest component is positive.
    """
    spread = np.zeros((len(places), 3, 3), np.float32)
    vote(crest, places, _directions(flat), REACH, NEAR, spread)
    if flat:
        spread[:, 0, 0] = 1e6
    normals = np.linalg.eigh(spread)[1][:, :, 0]
    largest = np.take_along_axis(normals, np.abs(normals).argmax(axis=1)[:, None], axis=1)
    return np.asarray(normals * np.where(largest < 0, -1, 1), np.float32)


def _directions(flat: bool) -> NDArray[np.float32]:
    """Spread normals evenly over half of a sphere by the golden angle (Swinbank and Purser, 2006)."""
    count = np.arange(DIRECTIONS) + 0.5
    if flat:
        half_turn = np.pi * count / DIRECTIONS
        return np.stack([0 * count, np.cos(half_turn), np.sin(half_turn)], axis=1).astype(np.float32)
    height, turn = count / DIRECTIONS, count * (np.pi * (3 - 5**0.5))
    ring: NDArray[np.float64] = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1).astype(np.float32)
