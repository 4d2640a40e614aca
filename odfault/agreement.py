"""How well found faults agree with known ones, within a distance."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from odfault.thinning import thin


@dataclasses.dataclass(frozen=True)
class Agreement:
    """Agreement at one threshold, each figure from 0 to 1.

    Attributes
    ----------
    precision : float
        Share of what was found that is true.
    recall : float
        Share of what is true that was found.
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def agree(
    probability: npt.NDArray[np.float32],
    truth: npt.NDArray[np.bool_],
    ignore: npt.NDArray[np.bool_],
    *,
    threshold: float = 0.5,
    tolerance: float = 2.0,
) -> Agreement:
    """Compare found faults with known ones.

    Parameters
    ----------
    probability : ndarray
        Section or volume, 0 to 1; thinned here.
    truth, ignore : ndarray
        Same shape: where a fault is, and where neither yes nor no is right.
    threshold : float
        Probability from which a fault is found.
    tolerance : float
        Largest distance of a match, in samples and traces alike.
    """
    found = thin(probability) >= threshold
    near, reached = within_reach(truth, tolerance), within_reach(found, tolerance)
    found &= ~ignore
    right, seen = int(np.count_nonzero(found & near)), int(np.count_nonzero(truth & reached))
    return Agreement(right / max(1, int(found.sum())), seen / max(1, int(truth.sum())))


def within_reach(values: npt.NDArray[Any], tolerance: float) -> npt.NDArray[Any]:
    """Return at each sample the highest value within a distance, the sample's own included.

    Of a thinned label it makes the tolerant event: a fault passes within ``tolerance``.

    Parameters
    ----------
    values : numpy.ndarray, any number of dimensions
        Not negative.
    tolerance : float
        Distance, in samples and traces alike; not negative.
    """
    reach = int(tolerance)
    axes = np.ogrid[tuple(slice(-reach, reach + 1) for _ in range(values.ndim))]
    disk = np.sum(np.broadcast_arrays(*(axis**2 for axis in axes)), axis=0) <= tolerance**2
    return np.asarray(maximum_filter(values, footprint=disk, mode="constant", cval=0))
