"""Labels drawn a little beside their faults are moved to where the network sees them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic.labels import FAULT
from odfault_training.drawn import Line, word_faults
from odfault_training.metrics import count_matches, score_counts
from odfault_training.trial import Trial, Weights

FURTHEST = 5
"""Traces by which labels may be moved."""
CLEAR = 0.05
"""By so much they must fit better."""
TOLERANCES = (0.0, 1.0, 2.0, 3.0)
"""Distances over whose scores the fit is the mean, so that it has one peak."""


def align_lines(trial: Trial, weights: Weights, lines: Sequence[Line]) -> tuple[list[Line], dict[str, int]]:
    """Move the labels of sections along their traces to where a network's answers fit them best.

    A line that was picked on another grid or read off a plot is often some traces off: too far to learn
    from. Labels in odfault-synth's words and those of volumes stay, and all where the gain is not clear.

    Returns
    -------
    tuple
        The lines, and by how many traces those that were moved are, by name.
    """
    aligned, moved = [], {}
    for line in lines:
        shift = 0
        if len(line.labels) == 1 and not line.worded:
            shift = find_shift(trial.answer([line], weights)[0][0], line.labels[0] == FAULT)
        if shift:
            moved[line.name] = shift
            labels = word_faults(move(line.labels[0] == FAULT, shift)[None])
            line = dataclasses.replace(line, labels=labels)
        aligned.append(line)
    return aligned, moved


def find_shift(answer: NDArray[np.float32], fault: NDArray[np.bool_]) -> int:
    """Find by how many traces labels must be moved to fit an answer, both (traces, samples); 0 if unclear."""
    fits = {}
    for shift in sorted(range(-FURTHEST, FURTHEST + 1), key=abs):
        there = move(fault, shift)
        scores = [score_counts([count_matches(answer, there, tolerance=d)]).ods for d in TOLERANCES]
        fits[shift] = float(np.mean(scores))
    best = max(fits, key=lambda shift: fits[shift])
    return best if fits[best] >= fits[0] + CLEAR else 0


def move(fault: NDArray[np.bool_], shift: int) -> NDArray[np.bool_]:
    """Move labels to higher traces; what leaves the section is gone."""
    moved = np.roll(fault, shift, axis=0)
    if shift > 0:
        moved[:shift] = False
    elif shift < 0:
        moved[shift:] = False
    return moved
