"""Which fault objects were found, by their throw: the network's smallest visible fault."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from odfault.agreement import within_reach
from odfault.thinning import thin

THROWS = (0.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0)
"""Where the bins of throw begin, in samples; the last one has no end."""
SHORTEST = 8
"""Samples of the shortest object: what thinning tears off a fault is none."""
TOLERANCE, THRESHOLD, SHARE = 2.0, 0.5, 0.5
"""Samples within which a match lies; probability that calls a fault; share matched of an object found."""


def count_objects(
    probability: npt.ArrayLike, label: npt.ArrayLike, throw: npt.ArrayLike
) -> npt.NDArray[np.int64]:
    """Count the fault objects of a section, and those of them that are found.

    An object is a connected piece of the thinned label. It is found where at least half of its samples have
    a thinned prediction of one half or more within two samples.

    Parameters
    ----------
    probability : array_like, (traces, samples)
        Fault probability, 0 to 1, before thinning.
    label : array_like, (traces, samples)
        Not 0 on a fault.
    throw : array_like, (traces, samples)
        Vertical offset in samples where a fault is labelled.

    Returns
    -------
    numpy.ndarray of int64, (len(THROWS), 2)
        Objects, and objects found, by their median throw.
    """
    reached = within_reach(thin(probability) >= THRESHOLD, TOLERANCE)
    pieces, count = ndimage.label(thin(np.asarray(label) != 0) > 0.0, np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    length = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    matched = np.bincount(pieces.ravel(), weights=reached.ravel(), minlength=count + 1)[1:]
    found = matched >= SHARE * length
    size = np.abs(np.asarray(throw, np.float64))
    median = np.array(ndimage.median(size, pieces, numbers)) if count else np.zeros(0)
    place = np.searchsorted(THROWS, median, side="right") - 1
    whole = length >= SHORTEST
    bins = len(THROWS)
    return np.stack(
        [np.bincount(place[some], minlength=bins) for some in (whole, whole & found)], axis=1
    ).astype(np.int64)
