"""Surfaces that are none: what the network is hardly sure of, and what is crumpled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.surfaces.joining import members, rank
from odfault.surfaces.ridges import Ridges

SURE = 0.8
"""Mean probability of a surface, unless the user says otherwise."""
EVEN, PLACE = 0.92, 32
"""How alike the points of a surface face within so many samples: 1 is all the same way, a third every way, as
around salt."""


def clean(ridges: Ridges, surfaces: NDArray[np.int32], *, sure: float = SURE) -> NDArray[np.int32]:
    """Drop surfaces that are not sure, and those that face every way.

    Parameters
    ----------
    ridges : Ridges
    surfaces : ndarray of int32, (n,)
        The number of each point's surface, 0 for none.
    sure : float
        Smallest mean probability.

    Returns
    -------
    ndarray of int32, (n,)
        The same with those dropped, numbered anew.
    """
    kept = np.zeros(int(surfaces.max(initial=0)) + 1, np.int64)
    for number, some in enumerate(members(surfaces), 1):
        even = _evenness(ridges.places[some], ridges.normals[some])
        if ridges.probability[some].mean(dtype=np.float64) >= sure and even >= EVEN:
            kept[number] = number
    return rank(kept[surfaces], 1)


def _evenness(places: NDArray[np.int32], normals: NDArray[np.float32]) -> float:
    """Tell how alike points face, place by place: a long fault may turn, a ball does so at once."""
    which = np.unique(places // PLACE, axis=0, return_inverse=True)[1].ravel()
    facing = normals.astype(np.float64)
    moments = np.zeros((which.max() + 1, 3, 3))
    np.add.at(moments, which, facing[:, :, None] * facing[:, None])
    return float(np.linalg.eigvalsh(moments)[:, -1].sum() / len(places))
