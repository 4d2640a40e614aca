"""At which scales a network finds a user's faults best: many are tried on the labelled lines."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import Scale
from odfault.resampling import resample
from odfault_synthetic.labels import FAULT
from odfault_training.drawn import Line, word_faults
from odfault_training.metrics import Scores, score_counts
from odfault_training.trial import Trial, Views, Weights, count_all, others

SCALES: dict[int, tuple[Scale, ...]] = {
    2: tuple(itertools.product((0.75, 1.0, 1.5, 2.0, 2.5, 3.0), (0.75, 1.0, 1.25, 1.5, 2.0))),
    3: (
        (1.0, 1.0), (1.5, 1.0), (1.5, 1.25), (2.0, 1.0), (2.0, 1.5), (0.75, 0.75), (0.75, 1.0), (1.0, 1.5),
    ),
}  # fmt: skip
"""Lateral and vertical, for networks of sections and of volumes; traces are apart as surveys have it, and no
one can tell from the data alone which of these a network sees best."""
AVERAGED = {2: 3, 3: 1}
"""Over so many of the best scales answers are averaged: of volumes one, since a finer one costs much."""


@dataclasses.dataclass(frozen=True)
class Sharper:
    """Scales for a survey, and what they are worth.

    views           : the best for all labelled lines; none where the card's own are as good
    before, after   : each line at the card's own scales, and at those that the other lines choose, pooled
    """

    views: Views
    before: Scores
    after: Scores


def choose_views(trial: Trial, weights: Weights, lines: Sequence[Line]) -> Sharper:
    """Choose the scales at which weights find the faults of lines best, by the best F1 within 3 samples.

    They are taken if each line is found better at the scales that all others choose, pooled. A single line
    judges what it chose itself.

    Parameters
    ----------
    trial : Trial
        Of the network.
    weights : list of ndarray
        As ``tune.read_base`` gives them.
    lines : sequence of Line
        With labels that lie on their faults.
    """
    dimensions = trial.card.architecture.dimensions
    seen = {scale: count_all(trial.at((scale,)), weights, lines) for scale in SCALES[dimensions]}

    def best(numbers: Sequence[int]) -> Views:
        worth = {
            scale: score_counts(list(itertools.chain(*(counts[n] for n in numbers)))).ods
            for scale, counts in seen.items()
        }
        ranked = sorted(worth, key=lambda scale: -worth[scale])
        return tuple(ranked[: AVERAGED[dimensions]])

    after = []
    for n, line in enumerate(lines):
        after += count_all(trial.at(best(others(len(lines), n))), weights, [line])
    own, chosen = (
        score_counts(list(itertools.chain(*counts))) for counts in (count_all(trial, weights, lines), after)
    )
    return Sharper(best(range(len(lines))) if chosen.ods > own.ods else (), own, chosen)


def name_views(views: Views) -> str:
    """Name scales as a user reads them: lateral x vertical."""
    return ", ".join(f"{lateral:g} x {vertical:g}" for lateral, vertical in views)


def stretch(line: Line, scale: Scale) -> Line:
    """Give a line as a network sees it at a scale, with its labels.

    scale : lateral and vertical, samples of the new line for one of the old
    """
    if scale == (1.0, 1.0):
        return line
    flat = len(line.seismic) == 1
    factors = (1.0 if flat else scale[0], *scale)
    seismic, labels = line.seismic, line.labels
    for axis, factor in enumerate(factors):
        size = max(1, round(labels.shape[axis] * factor))
        labels = _nearest(labels, axis, size)
        seismic = resample(seismic, axis, size)
    if not line.worded and (labels == FAULT).any():
        labels = word_faults(labels == FAULT)
    return dataclasses.replace(line, seismic=seismic, labels=labels)


def _nearest(values: NDArray[Any], axis: int, size: int) -> NDArray[Any]:
    """Take the nearest sample; to a coarser grid the lowest word but 0 of a cell's: no fault is lost."""
    n = values.shape[axis]
    if size >= n:
        places = ((np.arange(size) + 0.5) * n / size).astype(int)
        return np.asarray(np.take(values, np.minimum(places, n - 1), axis))
    rank = np.where(values == 0, np.uint8(255), values)
    starts = (np.arange(size) * n) // size
    lowest = np.minimum.reduceat(rank, starts, axis)
    return np.asarray(np.where(lowest == 255, np.uint8(0), lowest))
