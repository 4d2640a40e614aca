"""The crests of a probability as points, gathered slab by slab, each with the way that it faces."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.inference import THIN_REACH
from odfault.surfaces.facing import REACH, face
from odfault.thinning import thin
from odfault.undefined import clear

Read = Callable[[slice], NDArray[np.float32]]
"""Gives the samples of some inlines: (inlines, crosslines, samples)."""
SLAB_SAMPLES = 2**26
"""Samples of a slab with its rim, so that memory stays bounded."""
ROUNDING = 1e-3
"""How far beyond 0 and 1 a probability may lie: what a store of few bits makes of it."""


@dataclasses.dataclass(frozen=True)
class Ridges:
    """Points on crests, in the order of the volume.

    places      : (n, 3) int32     inline, crossline and sample, counted from 0
    normals     : (n, 3) float32   unit length, across the crest, in samples along each axis
    probability : (n,) float32
    shape       : inlines, crosslines, samples
    """

    places: NDArray[np.int32]
    normals: NDArray[np.float32]
    probability: NDArray[np.float32]
    shape: tuple[int, int, int]


def find_ridges(
    read: Read,
    shape: tuple[int, int, int],
    *,
    threshold: float,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ridges:
    """Gather the points on the crests of a probability; of a line, the crests within it.

    Parameters
    ----------
    read : callable
        Gives the samples of a slice of inlines.
    shape : tuple of int
        Inlines, crosslines, samples; of a line, the first is 1.
    threshold : float
        Probability from which a crest counts.
    progress : callable
        Told the samples done and those of all.

    Returns
    -------
    Ridges

    Raises
    ------
    OdfaultError
        If a sample is not from 0 to 1.
    """
    places_of, found_of = [], []
    line = shape[1] * shape[2]
    progress(0, shape[0] * line)
    for start, stop, first, last in _slabs(shape, THIN_REACH):
        values = check_probability(read(slice(first, last)))
        crest = thin(values[0])[None] if shape[0] == 1 else thin(values)
        crest[crest < threshold] = 0
        crest = crest[start - first : stop - first]
        places = np.argwhere(crest).astype(np.int32)
        found_of.append(crest[tuple(places.T)])
        places[:, 0] += start
        places_of.append(places)
        progress(stop * line, shape[0] * line)
    places = np.concatenate(places_of)
    return Ridges(places, _face(places, shape), np.concatenate(found_of), shape)


def _slabs(shape: tuple[int, int, int], rim: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut the inlines into slabs: first and last of each, and of what it sees."""
    step = max(1, SLAB_SAMPLES // max(1, shape[1] * shape[2]) - 2 * rim)
    for start in range(0, shape[0], step):
        stop = min(shape[0], start + step)
        yield start, stop, max(0, start - rim), min(shape[0], stop + rim)


def _face(places: NDArray[np.int32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Find the normals, slab by slab."""
    normals = np.empty((len(places), 3), np.float32)
    for start, stop, first, last in _slabs(shape, REACH):
        seen = slice(*np.searchsorted(places[:, 0], [first, last]))
        some = slice(*np.searchsorted(places[:, 0], [start, stop]))
        crest = np.zeros((last - first, *shape[1:]), np.bool_)
        i, j, k = places[seen].T
        crest[i - first, j, k] = True
        normals[some] = face(crest, places[some] - (first, 0, 0), flat=shape[0] == 1)
    return normals


def check_probability(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take what is undefined as 0, and refuse what is no probability; the values given may change.

    Raises
    ------
    OdfaultError
        If a sample is not from 0 to 1, but for rounding.
    """
    values = clear(values)
    if values.size and not (values.min() >= -ROUNDING and values.max() <= 1 + ROUNDING):
        raise OdfaultError(
            f"its samples reach from {values.min():g} to {values.max():g}, so they are no probabilities",
            "give what odfault run wrote, 0 to 1",
        )
    return np.clip(values, 0, 1, out=values)
