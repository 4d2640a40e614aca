"""A survey like the probability's, of its kind, that holds the number of each fault's surface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.chunked.library import names_store
from odfault.chunked.shapes import cut_footprints
from odfault.kinds import finish, lay_down_answers, open_writer
from odfault.region import Region
from odfault.survey import Survey

BLOCK_SAMPLES = 2**24
"""Samples that are written at a time."""
NAME, TITLE = "fault_number", "numbers of fault surfaces, 0 none"


def write_labels(
    survey: Survey, path: Path, places: NDArray[np.int32], numbers: NDArray[np.int32], *, depth: bool = False
) -> list[str]:
    """Write 0 everywhere but at the places of faults, and there the fault's number.

    Parameters
    ----------
    survey : Survey
        The probability; all headers, the order of traces and their coordinates are its own.
    path : Path
        A SEG-Y file or a store, as the probability is one; what is there is overwritten.
    places : ndarray of int32, (n, 3)
        Inline, crossline and sample, counted from 0, inlines rising.
    numbers : ndarray of int32, (n,)
    depth : bool
        Samples are depths in metres.

    Returns
    -------
    list of str
        What was changed beside the samples, a plain sentence each.

    Raises
    ------
    OdfaultError
        The disk fails or fills.
    """
    samples = survey.shape[2]
    region = Region(survey, False, (slice(0, survey.shape[0]), slice(0, survey.shape[1]), slice(0, samples)))
    part = path.with_name(path.name + ".part")
    remarks = lay_down_answers(region, part, f"odfault {__version__}: {TITLE}", name=NAME, depth=depth)
    with open_writer(region, part, NAME) as writer:
        for rows, columns in _cut(survey.shape, store=names_store(path)):
            some = slice(*np.searchsorted(places[:, 0], [rows.start, rows.stop]))
            i, j, k = places[some].T
            here = (j >= columns.start) & (j < columns.stop)
            block = np.zeros((rows.stop - rows.start, columns.stop - columns.start, samples), np.float32)
            block[i[here] - rows.start, j[here] - columns.start, k[here]] = numbers[some][here]
            writer.write(rows, columns, block)
    finish(part, path, name=NAME, title=TITLE, story={"odfault": __version__, "input": survey.path.name})
    return remarks


def _cut(shape: tuple[int, int, int], *, store: bool) -> Iterator[tuple[slice, slice]]:
    """Cut a survey as it lies: a store into the footprints of its files, SEG-Y into inlines."""
    if store:
        yield from cut_footprints(shape)
        return
    step = max(1, BLOCK_SAMPLES // (shape[1] * shape[2]))
    for start in range(0, shape[0], step):
        yield slice(start, min(shape[0], start + step)), slice(0, shape[1])
