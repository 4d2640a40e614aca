"""At which scale a network finds a user's faults best: a few are tried on the labelled lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import Scale
from odfault.resampling import resample
from odfault_synthetic.labels import FAULT
from odfault_training.drawn import Line, word_faults
from odfault_training.trial import Trial, Weights, score_lines

SCALES: tuple[Scale, ...] = (
    (1.0, 1.0), (1.5, 1.0), (1.5, 1.25), (2.0, 1.0), (2.0, 1.5), (0.75, 0.75), (0.75, 1.0), (1.0, 1.5),
)  # fmt: skip
"""Lateral and vertical; traces are apart as surveys have it, and no one can tell from the data alone which of
these a network sees best."""
CLEAR = 0.01
"""By so much a scale must be better than the network's own."""


def choose_scale(trial: Trial, weights: Weights, lines: Sequence[Line]) -> Scale:
    """Choose the scale at which weights find the faults of lines best: the mean of ODS and F1 at one half.

    Parameters
    ----------
    trial : Trial
        Of the network; its own scale is taken where no other is clearly better.
    weights : list of ndarray
        As ``tune.read_base`` gives them.
    lines : sequence of Line
        With labels that lie on their faults.
    """
    own = trial.card.scale
    worth = {own: _rate(trial, weights, lines)}
    for scale in SCALES:
        if scale not in worth:
            worth[scale] = _rate(trial.at(scale), weights, lines)
    best = max(worth, key=lambda scale: worth[scale])
    return best if worth[best] >= worth[own] + CLEAR else own


def _rate(trial: Trial, weights: Weights, lines: Sequence[Line]) -> float:
    return score_lines(trial.answer(lines, weights), lines).both


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
