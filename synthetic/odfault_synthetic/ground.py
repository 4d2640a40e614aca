"""Lays the ground of a cube: reflectivity and labels from one mapping."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic import lay, strain
from odfault_synthetic.geology import FINE, MARGIN, STEP, Geology

Volume = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Ground:
    """What lies under a cube, each (inlines, crosslines, samples).

    reflectivity : float32, steps of log impedance
    labels : uint8, the words of ``odfault_synthetic.labels``
    throw  : float32, vertical offset in samples where labelled, else 0
    dip    : float32, degrees from the horizontal of the grid (its tangent is samples per trace)
    strike : float32, degrees from the inline axis towards the crossline axis, the surface dipping to the
        right of it (90 degrees further)
    beds   : float32, relative geologic time: the depth in samples at which a sample's bed was laid down
    """

    reflectivity: Volume
    labels: NDArray[np.uint8]
    throw: Volume
    dip: Volume
    strike: Volume
    beds: Volume


def lay_ground(geology: Geology, shape: tuple[int, int, int], resolve: tuple[float, float]) -> Ground:
    """Lay the ground of a cube.

    Parameters
    ----------
    geology : Geology
        Its tables.
    shape : tuple of int
        Inlines, crosslines, samples.
    resolve : tuple of float
        Throw below which a fault is not labelled, and from which it counts as seen, in samples.
    """
    reflectivity, beds = np.empty(shape, np.float32), np.empty(shape, np.float32)
    labels, about = np.empty(shape, np.uint8), np.zeros((3, *shape), np.float32)
    faults = geology.faults
    slips = np.abs(faults[:, strain.SLIP])
    slack = float(np.hypot(slips, slips * np.abs(faults[:, strain.COT_DIP])).sum())
    grid = np.array([*geology.spacing, STEP, MARGIN], np.float32)
    numbers = [geology.first_bed, FINE, geology.shake, geology.shade, geology.facies_number, slack]
    tables = geology.covers, geology.fills, geology.salt, geology.gas, geology.profiles
    lay.lay(
        faults, geology.maps, grid, *tables, np.array(numbers, np.float32), np.array(resolve, np.float32),
        geology.seed, reflectivity, labels, about, beds,
    )  # fmt: skip
    return Ground(reflectivity, labels, about[0], about[1], about[2], beds)
