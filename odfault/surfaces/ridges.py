"""The crests of a probability as points, gathered slab by slab, each with the way that it faces."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.surfaces.facing import REACH, face
from odfault.thinning import thin
from odfault.undefined import clear

Read = Callable[[slice], NDArray[np.float32]]
"""Gives the samples of some inlines: (inlines, crosslines, samples)."""
RIM = REACH + 2
"""Inlines beside a slab that are looked at too: what a point sees, and the reach of thinning."""
SLAB_SAMPLES = 2**25
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
    inlines = shape[0]
    step = max(1, SLAB_SAMPLES // max(1, shape[1] * shape[2]) - 2 * RIM)
    places_of, normals_of, found_of = [], [], []
    line = shape[1] * shape[2]
    progress(0, inlines * line)
    for start in range(0, inlines, step):
        stop = min(inlines, start + step)
        first, last = max(0, start - RIM), min(inlines, stop + RIM)
        values = _checked(read(slice(first, last)))
        crest = thin(values[0])[None] if inlines == 1 else thin(values)
        crest[crest < threshold] = 0
        places = np.argwhere(crest[start - first : stop - first])
        places[:, 0] += start - first
        normals_of.append(face(crest > 0, places, flat=inlines == 1))
        found_of.append(crest[tuple(places.T)])
        places[:, 0] += first
        places_of.append(places.astype(np.int32))
        progress(stop * line, inlines * line)
    return Ridges(np.concatenate(places_of), np.concatenate(normals_of), np.concatenate(found_of), shape)


def _checked(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take what is undefined as 0, and refuse what is no probability."""
    values = clear(values)
    if values.size and not (values.min() >= -ROUNDING and values.max() <= 1 + ROUNDING):
        raise OdfaultError(
            f"its samples reach from {values.min():g} to {values.max():g}, so they are no probabilities",
            "give what odfault run wrote, 0 to 1",
        )
    return np.clip(values, 0, 1)
