"""Tiles of ordinary and of altered sections, with what a fault network found and missed in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.agreement import within_reach
from odfault.card import SIDE
from odfault.model import Network
from odfault.scaling import scale_volume
from odfault.thinning import thin
from odfault_synthetic.labels import FAULT, UNRESOLVED
from odfault_training.judge import answer_volume
from odfault_training.metrics import judged
from odfault_training.strange import KINDS, Section, Words, median_frequency

ORDINARY = "ordinary"
TOLERANCE = 2.0
LABELLED = 12
"""Samples of faults that a tile needs for its F1 to mean something."""
Windows = NDArray[np.float32]
Look = tuple[Windows, NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True)
class Tiles:
    """Tiles of one kind, in the order of their sections.

    kind    : ``ORDINARY``, or one of ``strange.KINDS``
    windows : (tiles, 64, 64)    scaled
    errors  : (tiles,)           1 - F1 of the fault network at one half, within 2 samples; not a number
                                 where too little of a fault is in it
    labelled : (tiles,)          samples of faults in it
    origins : (tiles,)           number of the section that each is from, altered or not
    """

    kind: str
    windows: Windows
    errors: NDArray[np.float64]
    labelled: NDArray[np.int64]
    origins: NDArray[np.int64]

    @property
    def is_familiar(self) -> bool:
        """Whether the fault networks take them as they take ordinary ones."""
        return self.kind == ORDINARY or KINDS[self.kind].harmless

    @property
    def is_strange(self) -> bool:
        """Whether they must be told from ordinary ones."""
        return not self.is_familiar and not KINDS[self.kind].graded


def cut_tiles(
    sections: Iterable[tuple[Section, Words]], network: Network, *, each: int, seed: int
) -> Iterator[Tiles]:
    """Cut tiles of sections as they are, and of some of them altered in every way.

    Parameters
    ----------
    sections : iterable of tuple
        Amplitudes and words of labels, (traces, samples) each.
    network : Network
        For faults, whose errors are wanted.
    each : int
        Sections altered in each way, from the last one backwards.
    seed : int
        Of what is drawn in the alterations.
    """
    known = list(enumerate(sections))
    yield _gather(ORDINARY, ((number, *_look(*pair, network)) for number, pair in known))
    for number, (name, kind) in enumerate(KINDS.items()):
        low, high = kind.median
        chance = np.random.default_rng([seed, number])
        fitting = [one for one in reversed(known) if low <= median_frequency(one[1][0]) <= high][:each]
        if fitting:
            looks = ((origin, *_look(*kind.change(*pair, chance), network)) for origin, pair in fitting)
            yield _gather(name, looks)


def _look(section: Section, words: Words, network: Network) -> Look:
    """Cut a section into its windows, find the network's error in each, and how much there is to find."""
    section = np.ascontiguousarray(section, np.float32)
    answer = answer_volume(network, network.card, section[None])[0]
    label, ignored = thin(words == FAULT) > 0, words == UNRESOLVED
    event = within_reach(label, TOLERANCE).astype(bool)
    found = (thin(answer) >= 0.5) & judged(event, ignored, TOLERANCE)
    wanted = label & ~ignored
    parts = (found, found & event, wanted, wanted & (within_reach(found, TOLERANCE) > 0))
    predicted, true, labelled, seen = (side_by_side(part).sum(axis=(1, 2)) for part in parts)
    precision, recall = true / np.maximum(predicted, 1), seen / np.maximum(labelled, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    errors = np.where(labelled >= LABELLED, 1 - f1, np.nan)
    return side_by_side(scale_volume(section)), errors, labelled


def side_by_side(section: NDArray[Any]) -> NDArray[Any]:
    """Cut a section (traces, samples) into tiles (tiles, 64, 64); what is left over is left out."""
    across, down = (n // SIDE for n in section.shape)
    whole = section[: across * SIDE, : down * SIDE].reshape(across, SIDE, down, SIDE)
    return whole.swapaxes(1, 2).reshape(-1, SIDE, SIDE)


def _gather(kind: str, looks: Iterable[tuple[int, *Look]]) -> Tiles:
    origins, *parts = zip(*looks, strict=True)
    numbers = np.repeat(origins, [len(part) for part in parts[0]])
    windows, errors, labelled = (np.concatenate(part) for part in parts)
    return Tiles(kind, windows, errors, labelled, numbers)
