"""What tuning is worth: weights tried on a line that they did not learn from, and on what they knew."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from odfault.card import Card, Scale
from odfault.model import Network
from odfault.network import build_network
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.labels import FAULT, UNRESOLVED
from odfault_synthetic.recipe import Recipe
from odfault_training.drawn import Line
from odfault_training.judge import answer_volume
from odfault_training.metrics import Counts, Scores, count_matches, score_counts

STEP = 8
"""Lines from one section of a volume that is judged to the next."""
TOLERANCE = 3.0
FORGIVEN = 0.02
"""By so much the score on synthetics may fall."""
LEAST_GAIN = 0.01
"""A smaller gain on one line is no gain."""
Weights = list[NDArray[np.float32]]
Sections = list[NDArray[Any]]
Views = tuple[Scale, ...]
"""Scales whose answers are averaged, the best first; none where those of the card are."""


@dataclasses.dataclass(frozen=True)
class Marks:
    """Scores within 3 samples of one set of weights, from 0 to 1; not a number where none was asked for.

    ods, f1     : on the line held out, at the best threshold, which is to rise, and at one half
    known       : mean of the two on synthetic sections
    """

    ods: float
    f1: float
    known: float


class Trial:
    """Judges weights of one network, always on the same line and the same synthetics.

    Parameters
    ----------
    card : Card
        Of the network.
    held : Line or None
        The line that is held out.
    known : sequence of Line
        Synthetic sections or cubes.
    precision : str
        Keras policy.
    """

    def __init__(
        self, card: Card, held: Line | None = None, known: Sequence[Line] = (), *, precision: str = "float32"
    ) -> None:
        self.card, self.held, self.known = card, held, known
        with in_policy(precision):
            self.model = build_network(card.architecture)
        heat = np.float32(card.temperature)
        self.network = Network(card, "", lambda lines: expit(self.model.predict_on_batch(lines) / heat))

    def at(self, views: Views) -> Trial:
        """Give the same trial of a card with other scales."""
        other = copy.copy(self)
        other.card = see(self.card, views)
        return other

    def __call__(self, weights: Weights, views: Views = ()) -> Marks:
        """Judge weights: on synthetics at the card's own scales, on the line held out at the survey's."""
        known = score_lines(self.answer(self.known, weights), self.known)
        held = score_lines(self.at(views).answer([self.held], weights), [self.held]) if self.held else None
        ods, f1 = (held.ods, held.f1_at_half) if held else (np.nan, np.nan)
        return Marks(ods, f1, known.both)

    def answer(self, lines: Sequence[Line], weights: Weights) -> list[Sections]:
        """Answer lines as ``odfault.predict`` does, and cut them into sections."""
        self.model.set_weights(weights)
        return [self._answer(line.seismic) for line in lines]

    def _answer(self, seismic: NDArray[np.float32]) -> Sections:
        if self.card.architecture.dimensions == 3:
            return sections_of(answer_volume(self.network, self.card, seismic))
        stacks = [seismic[::STEP], seismic.swapaxes(0, 1)[::STEP]][: 1 if len(seismic) == 1 else 2]
        whole = [np.ascontiguousarray(stack) for stack in stacks]
        return [part for stack in whole for part in answer_volume(self.network, self.card, stack)]


def see(card: Card, views: Views) -> Card:
    """Give a card with the mean of some scales in place of its own; with none it stays as it is."""
    if not views:
        return card
    lateral, vertical = views[0]
    spread = tuple((x / lateral, y / vertical) for x, y in views)
    return dataclasses.replace(
        card, scale=views[0], spread=spread, average="scales" if len(views) > 1 else "none"
    )


def draw_known(recipe: Recipe, count: int) -> list[Line]:
    """Draw synthetics to judge by."""
    cubes = [draw_cube(recipe, number) for number in range(count)]
    return [Line("", cube.seismic, cube.labels, worded=True) for cube in cubes]


@contextlib.contextmanager
def in_policy(precision: str) -> Iterator[None]:
    """Let Keras build in a precision for a while."""
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def sections_of(volume: NDArray[Any]) -> Sections:
    """Give a section, or sections of a volume along both its lateral axes."""
    return [volume[0]] if len(volume) == 1 else [*volume[::STEP], *volume.swapaxes(0, 1)[::STEP]]


def score_lines(answers: Sequence[Sections], lines: Sequence[Line]) -> Scores:
    """Score answers against the labels of their lines, pooled.

    Raises
    ------
    OdfaultError
        If nothing is labelled.
    """
    return score_counts([each for pair in zip(answers, lines, strict=True) for each in _count(*pair)])


def count_all(trial: Trial, weights: Weights, lines: Sequence[Line]) -> list[list[Counts]]:
    """Count what weights match of the labels of each line, section by section."""
    return [_count(*pair) for pair in zip(trial.answer(lines, weights), lines, strict=True)]


def others(count: int, number: int) -> list[int]:
    """Give the numbers of the lines that choose for one of so many: all others, or it alone."""
    return [n for n in range(count) if n != number] or [number]


def _count(sections: Sections, line: Line) -> list[Counts]:
    """Count what an answer, cut into sections, matches of a line's labels."""
    return [
        count_matches(answer, labels == FAULT, (labels == UNRESOLVED) & line.worded, tolerance=TOLERANCE)
        for answer, labels in zip(sections, sections_of(line.labels), strict=True)
    ]


def is_better(new: Marks, best: Marks, before: Marks) -> bool:
    """Whether weights are to be taken: better where it counts, and what was known is not forgotten."""
    if not new.known >= before.known - FORGIVEN:
        return False
    return bool(np.isnan(new.ods) or (new.ods > best.ods and has_helped(new, before)))


def has_helped(after: Marks, before: Marks) -> bool:
    """Whether the line that was held out is found better, by more than nothing."""
    return bool(after.ods >= before.ods + LEAST_GAIN)
