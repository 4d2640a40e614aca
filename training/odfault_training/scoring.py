"""A network and the classical attributes answer labelled data, and what they found is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from odfault.agreement import within_reach
from odfault.card import Card
from odfault.errors import OdfaultError
from odfault.inference import Network
from odfault.thinning import thin
from odfault_training.calibration import NOTHING, Tally, tally
from odfault_training.classical import dip_steered_semblance, fault_likelihood, variance
from odfault_training.evidence import Evidence, Section, Volume, cut_sections, cut_stacks
from odfault_training.judge import answer_volume
from odfault_training.metrics import Counts, count_matches, judged
from odfault_training.objects import THRESHOLD, THROWS, TOLERANCE, count_objects

STEP = 8
"""Lines from one scored section of a volume to the next."""
TOLERANCES = (1, 2, 3)
"""Samples within which a match lies."""
CLASSICAL: dict[str, Callable[[Volume], Volume]] = {
    "variance": lambda seismic: variance(seismic, half_window=9),
    "dip-steered semblance": lambda seismic: dip_steered_semblance(seismic, half_window=9),
    "fault likelihood": lambda seismic: fault_likelihood(seismic, power=4),
}
"""The yardsticks. The likelihood's power is half of Hale's: with the whole of it the best threshold in noise
lies above .99, where none is tried."""
Answer = Callable[[Evidence], tuple[list[Volume], Volume | None]]
"""Probabilities of the sections of a labelled volume, one by one, in their order; and of the whole volume, of
those who look at volumes."""


@dataclass
class Row:
    """What was counted of one who answers, over all sections so far.

    counts  : of each section, by tolerance
    solid   : of each volume as a whole, within 2 samples in any direction; of those who answer volumes
    tally   : what came true of the probabilities, within 2 samples
    objects : (bins, 2)    fault objects, and those found, by throw; all 0 where no throw is known
    alarms  : (2,)         samples above one half, and all, in data without a fault
    """

    counts: dict[int, list[Counts]] = field(default_factory=lambda: {t: [] for t in TOLERANCES})
    solid: list[Counts] = field(default_factory=list)
    tally: Tally = NOTHING
    objects: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(THROWS), 2), np.int64))
    alarms: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2, np.int64))

    def add(self, probability: Volume, section: Section, *, bare: bool) -> None:
        """Count one section's answer; ``bare`` tells of data without a fault."""
        for tolerance, counts in self.counts.items():
            counts.append(count_matches(probability, section.fault, section.ignore, tolerance=tolerance))
        event = within_reach(thin(section.fault) > 0.0, TOLERANCE)
        counted = judged(event, section.ignore, TOLERANCE)
        if counted.any():
            self.tally += tally(probability[counted], event[counted])
        if section.throw is not None:
            self.objects += count_objects(probability, section.fault, section.throw)
        if bare:
            self.alarms += np.array([np.count_nonzero(probability > THRESHOLD), probability.size])


@dataclass(frozen=True)
class Example:
    """The section with the most thinned label samples, with the network's answer, (traces, samples) each."""

    name: str
    seismic: Volume
    fault: NDArray[np.bool_]
    probability: Volume
    labelled: int


@dataclass(frozen=True)
class Tallied:
    """All that was counted: the sections of each of the data, the rows with the network first, an example."""

    sections: dict[str, int]
    rows: dict[str, Row]
    example: Example


def score(
    network: Network, card: Card, data: Iterable[Evidence], *, step: int = STEP, classical: bool = True
) -> Tallied:
    """Let a network and the classical attributes answer labelled data, and count what they found.

    Parameters
    ----------
    network : callable
        Scaled windows to probabilities.
    card : Card
        Of the network.
    data : iterable of Evidence
        What it did not learn from; one at a time is held.
    step : int
        Lines from one scored section of a volume to the next.
    classical : bool
        Whether to have the classical attributes beside it; they see volumes when the network does.

    Raises
    ------
    OdfaultError
        If a network for volumes is to answer a section, or there is no section at all.
    """
    answers = {card.name: _network_answer(network, card, step)}
    for name, attribute in CLASSICAL.items() if classical else ():
        answers[name] = _attribute_answer(attribute, step, flat=card.architecture.dimensions == 2)
    rows = {name: Row() for name in answers}
    counted: dict[str, int] = {}
    example = None
    for evidence in data:
        sections = evidence.sections(step)
        counted[evidence.name] = counted.get(evidence.name, 0) + len(sections)
        for name, answer in answers.items():
            found, whole = answer(evidence)
            if whole is not None:
                rows[name].solid.append(
                    count_matches(whole, evidence.fault, evidence.ignore, tolerance=TOLERANCE)
                )
            for probability, section in zip(found, sections, strict=True):
                rows[name].add(probability, section, bare=evidence.bare)
            if name == card.name:
                example = _more_telling(example, evidence.name, sections, found)
    if example is None:
        raise OdfaultError("there is no section to score", "give data that hold at least one")
    return Tallied(counted, rows, example)


def _network_answer(network: Network, card: Card, step: int) -> Answer:
    """Answer as ``odfault.predict`` does: volumes whole, or their lines one by one."""

    def whole(evidence: Evidence) -> tuple[list[Volume], Volume]:
        if len(evidence.seismic) == 1:
            raise OdfaultError(
                f"{card.name} looks at volumes, and {evidence.name} is a section", "take fault2d for it"
            )
        answer = answer_volume(network, card, evidence.seismic)
        return cut_sections(answer, step), answer

    def by_line(evidence: Evidence) -> tuple[list[Volume], None]:
        stacks = cut_stacks(evidence.seismic, step)
        return [section for stack in stacks for section in answer_volume(network, card, stack)], None

    return by_line if card.architecture.dimensions == 2 else whole


def _attribute_answer(attribute: Callable[[Volume], Volume], step: int, *, flat: bool) -> Answer:
    """Answer section by section, or volumes whole."""

    def by_line(evidence: Evidence) -> tuple[list[Volume], None]:
        sections = cut_sections(evidence.seismic, step)
        return [attribute(np.ascontiguousarray(section)) for section in sections], None

    def whole(evidence: Evidence) -> tuple[list[Volume], Volume]:
        answer = attribute(evidence.seismic)
        return cut_sections(answer, step), answer

    return by_line if flat else whole


def _more_telling(
    example: Example | None, name: str, sections: list[Section], found: list[Volume]
) -> Example | None:
    """Keep the section with the most labels, the first of equals."""
    for section, probability in zip(sections, found, strict=True):
        labelled = int(np.count_nonzero(thin(section.fault)))
        if example is None or labelled > example.labelled:
            parts = section.seismic.copy(), section.fault.copy(), probability.copy()
            example = Example(name, *parts, labelled=labelled)
    return example
