"""A SEG-Y file like the probability's that holds the number of each fault's surface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.segy.output import SegyWriter, lay_down
from odfault.segy.survey import SegySurvey

BLOCK_SAMPLES = 2**24
"""Samples that are written at a time."""


def write_labels(
    survey: SegySurvey, path: Path, places: NDArray[np.int32], numbers: NDArray[np.int32]
) -> list[str]:
    """Write 0 everywhere but at the places of faults, and there the fault's number.

    Parameters
    ----------
    survey : SegySurvey
        The probability; all headers, the order of traces and their coordinates are its own.
    path : Path
        One of that name is overwritten.
    places : ndarray of int32, (n, 3)
        Inline, crossline and sample, counted from 0, inlines rising.
    numbers : ndarray of int32, (n,)

    Returns
    -------
    list of str
        What was changed beside the samples, a plain sentence each.

    Raises
    ------
    OdfaultError
        The disk fails or fills.
    """
    remarks = lay_down(survey, path, f"odfault {__version__}: numbers of fault surfaces, 0 none")
    inlines, crosslines, samples = survey.shape
    step = max(1, BLOCK_SAMPLES // (crosslines * samples))
    with SegyWriter(survey, path) as writer:
        for start in range(0, inlines, step):
            stop = min(inlines, start + step)
            some = slice(*np.searchsorted(places[:, 0], [start, stop]))
            block = np.zeros((stop - start, crosslines, samples), np.float32)
            i, j, k = places[some].T
            block[i - start, j, k] = numbers[some]
            writer.write(slice(start, stop), slice(0, crosslines), block)
    return remarks
