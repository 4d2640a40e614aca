"""How a network and the classical attributes bear what surveys differ in, one alteration at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from odfault.card import Card
from odfault.inference import Network
from odfault_training import alterations
from odfault_training.evidence import Evidence
from odfault_training.metrics import score_counts
from odfault_training.scoring import score

Change = Callable[[Evidence, float], Evidence]
MOST = 0.05
"""Loss that gain, polarity and phase are meant to stay below."""


def _of_seismic(alter: alterations.Alteration) -> Change:
    return lambda evidence, value: dataclasses.replace(evidence, seismic=alter(evidence.seismic, value))


def _resampled(axes: tuple[int, ...]) -> Change:
    def change(evidence: Evidence, factor: float) -> Evidence:
        seismic = alterations.resample(evidence.seismic, axes, factor)
        fault = alterations.resample_mask(evidence.fault, axes, factor)
        ignore = alterations.resample_mask(evidence.ignore, axes, factor)
        return Evidence(evidence.name, seismic, fault, ignore, throw=None, bare=evidence.bare)

    return change


def _tilted(evidence: Evidence, slope: float) -> Evidence:
    seismic, fault = alterations.tilt(evidence.seismic, evidence.fault, slope)
    _, ignore = alterations.tilt(evidence.seismic, evidence.ignore, slope)
    return Evidence(evidence.name, seismic, fault, ignore, throw=None, bare=evidence.bare)


CHANGES: dict[str, tuple[Change, Sequence[float]]] = {
    "gain": (_of_seismic(alterations.gain), (0.01, 1.0, 100.0)),
    "phase, degrees": (_of_seismic(alterations.rotate_phase), (0.0, 45.0, 90.0, 180.0)),
    "white noise, rms S/N": (_of_seismic(alterations.add_noise), (4.0, 2.0, 1.0, 0.5)),
    "frequency": (_of_seismic(alterations.move_spectrum), (0.5, 0.75, 1.0, 1.5)),
    "sampling of time": (_resampled((2,)), (0.5, 0.75, 1.5, 2.0)),
    "sampling of traces": (_resampled((0, 1)), (0.5, 0.75, 1.5, 2.0)),
    "sampling of both": (_resampled((0, 1, 2)), (0.5, 0.75, 1.5, 2.0)),
    "dip, samples per trace": (_tilted, (0.05, 0.1, 0.2, 0.5)),
    "clip at quantile": (_of_seismic(alterations.clip), (0.99, 0.9)),
}
"""Each alteration with the values it is tried with; some change nothing, and tell what the others lose."""


@dataclasses.dataclass(frozen=True)
class Point:
    """One value of one alteration: best F1 of one threshold (ODS) of all who answer, the network first.

    ods, f1_at_half : by name, within the tolerance
    """

    change: str
    value: float
    ods: dict[str, float]
    f1_at_half: dict[str, float]

    @property
    def lead(self) -> float:
        """How far the network is above the best classical attribute."""
        network, *others = self.ods.values()
        return network - max(others, default=float("nan"))


def walk(
    network: Network, card: Card, data: Sequence[Evidence], *, tolerance: int = 3, step: int = 8
) -> Iterator[Point]:
    """Score labelled data altered in every way, one after the other.

    Parameters
    ----------
    network, card
        Scaled windows to probabilities, and its card.
    data : sequence of Evidence
        Labelled sections or volumes that it did not learn from.
    tolerance : int
        Samples within which a match lies: 1, 2 or 3.
    step : int
        Lines from one scored section of a volume to the next.
    """
    for name, (change, values) in CHANGES.items():
        for value in values:
            tallied = score(network, card, (change(evidence, value) for evidence in data), step=step)
            scores = {row: score_counts(found.counts[tolerance]) for row, found in tallied.rows.items()}
            ods = {row: one.ods for row, one in scores.items()}
            half = {row: one.f1_at_half for row, one in scores.items()}
            yield Point(name, value, ods, half)


def spread(points: Sequence[Point], change: str) -> float:
    """Largest difference of the network's ODS over the values of an alteration."""
    ods = [next(iter(point.ods.values())) for point in points if point.change == change]
    return float(np.ptp(ods)) if ods else float("nan")
