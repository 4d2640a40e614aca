"""Where one half lies: logits are lowered until labelled lines are found best at a probability of .5."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from scipy.special import logit

from odfault_training.drawn import Line
from odfault_training.metrics import HALF, THRESHOLDS, Counts, pool
from odfault_training.trial import Trial, Weights, count_all, others

NEAR = 0.05
"""A threshold is as good as the best if its F1 is as near to the best."""


@dataclasses.dataclass(frozen=True)
class Level:
    """By how much logits are lowered, and what it is worth.

    by              : logits of a probability; 0 where the network's own level is as good
    before, after   : F1 within 3 samples of each line at one half, and at the threshold that the other lines
                      choose, pooled
    """

    by: float
    before: float
    after: float


def choose_level(trial: Trial, weights: Weights, lines: Sequence[Line]) -> Level:
    """Choose a level at which labelled lines are found best at one half.

    It is taken if each line is found better at the threshold that all others choose, pooled. A single line
    judges what it chose itself. Where answers are averaged over scales, a threshold is nearly a level.

    Parameters
    ----------
    trial : Trial
        Of the network, at the scales that it will be run with.
    weights : list of ndarray
        As ``tune.read_base`` gives them.
    lines : sequence of Line
        With labels that lie on their faults.
    """
    seen = count_all(trial, weights, lines)
    heard = [[count for m in others(len(seen), n) for count in seen[m]] for n in range(len(seen))]
    cuts = [_nearest(find_middle(counts)) for counts in heard]
    before = _f1([(counts, HALF) for counts in seen])
    after = _f1(list(zip(seen, cuts, strict=True)))
    if after <= before:
        return Level(0.0, before, after)
    return Level(find_middle(list(itertools.chain(*seen))), before, after)


def lower(trial: Trial, weights: Weights, by: float) -> Weights:
    """Lower the logits of a probability: the bias of a network's head, the last of its weights."""
    return [*weights[:-1], weights[-1] - np.float32(by * trial.card.temperature)]


def find_middle(counts: Sequence[Counts]) -> float:
    """Find the middle, as a logit, of the thresholds at which the pooled F1 is as good as the best."""
    f1 = pool(counts).f1
    return float(logit(THRESHOLDS[f1 >= f1.max() - NEAR].astype(float)).mean())


def _nearest(middle: float) -> int:
    """Give the number of the threshold that is nearest to a logit."""
    return int(np.argmin(np.abs(logit(THRESHOLDS.astype(float)) - middle)))


def _f1(cut: Sequence[tuple[Sequence[Counts], int]]) -> float:
    """Pool the F1 of lines, each at a threshold of its own."""
    parts = np.sum([[part[..., [number]] for part in pool(counts).parts] for counts, number in cut], axis=0)
    return float(Counts(*parts).f1[0])
