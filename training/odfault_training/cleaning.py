"""What a network that takes noise away is worth: errors, and the classical attributes before and after it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from odfault.model import Network
from odfault.noise import clean
from odfault_training.alterations import add_noise
from odfault_training.evidence import Evidence, Volume, cut_stacks
from odfault_training.metrics import Counts, count_matches, score_counts
from odfault_training.scoring import CLASSICAL, STEP

RATIOS = (np.inf, 4.0, 2.0, 1.0)
"""Rms of the data against that of the white noise that is added to them."""
TOLERANCE = 3.0
MEMORY_GB = 4.0


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """What one strength of noise did, and what is left of it.

    ratio    : rms of the data against that of the noise added
    mae, mse : error against the data before, in units of their rms; with the noise, and after it is taken
    ods      : of each classical attribute, best F within 3 samples; of the noisy data and of the cleaned
    """

    ratio: float
    mae: tuple[float, float]
    mse: tuple[float, float]
    ods: dict[str, tuple[float, float]]


class _Sums:
    """What is summed up for one strength of noise, before and after."""

    def __init__(self) -> None:
        self.errors: list[list[tuple[float, float]]] = [[], []]
        self.counts: dict[str, list[list[Counts]]] = {name: [[], []] for name in CLASSICAL}

    def add(self, turn: int, seen: Volume, section: Volume, truth: tuple[Any, Any]) -> None:
        """Add one section as it was seen (0 noisy, 1 cleaned), beside what it was before."""
        rms = float(np.sqrt(np.mean(section**2))) or 1.0
        wrong = (seen - section) / rms
        self.errors[turn].append((float(np.abs(wrong).mean()), float((wrong**2).mean())))
        for name, attribute in CLASSICAL.items():
            self.counts[name][turn].append(count_matches(attribute(seen), *truth, tolerance=TOLERANCE))

    def cleaned(self, ratio: float) -> Cleaned:
        """Give the figures."""
        (mae, mse), (mae_after, mse_after) = (np.mean(errors, axis=0) for errors in self.errors)
        ods = {
            name: (score_counts(before).ods, score_counts(after).ods)
            for name, (before, after) in self.counts.items()
        }
        return Cleaned(ratio, (float(mae), float(mae_after)), (float(mse), float(mse_after)), ods)


def score_cleaning(network: Network, data: Iterable[Evidence], *, step: int = STEP) -> list[Cleaned]:
    """Lay noise over labelled data, take it away, and see what is left and what attributes find.

    Parameters
    ----------
    network : Network
        That answers noise.
    data : iterable of Evidence
        As ``reading.read_evidence`` gives them.
    step : int
        Lines from one section of a volume to the next.
    """
    sums = {ratio: _Sums() for ratio in RATIOS}
    for evidence in data:
        stacks = zip(
            *(cut_stacks(part, step) for part in (evidence.seismic, evidence.fault, evidence.ignore)),
            strict=True,
        )
        for seismic, fault, ignore in stacks:
            stack = np.ascontiguousarray(seismic)
            for ratio, summed in sums.items():
                noisy = stack if np.isinf(ratio) else add_noise(stack, ratio)
                for turn, seen in enumerate((noisy, clean(noisy, network, memory_gb=MEMORY_GB))):
                    for number, section in enumerate(seen):
                        truth = fault[number], ignore[number]
                        summed.add(turn, section, stack[number], truth)
    return [summed.cleaned(ratio) for ratio, summed in sums.items()]


def as_table(rows: Sequence[Cleaned]) -> str:
    """Write what ``score_cleaning`` found as a table: before and after in each column."""
    names = list(CLASSICAL)
    lines = [f"{'rms S/N':>8s}{'MAE':>14s}{'MSE':>14s}" + "".join(f"{name:>24s}" for name in names)]
    for row in rows:
        pairs = [(row.mae, 14), (row.mse, 14), *((row.ods[name], 24) for name in names)]
        lines.append(f"{row.ratio:8g}" + "".join(f"{f'{a:.3f} {b:.3f}':>{wide}s}" for (a, b), wide in pairs))
    return "\n".join([*lines, "each: noisy, cleaned; attributes: ODS within 3 samples"])


def as_scores(rows: Sequence[Cleaned]) -> list[dict[str, Any]]:
    """Give the figures as a card holds them."""
    return [
        {
            "signal_to_noise": row.ratio if np.isfinite(row.ratio) else None,
            "mae": [round(n, 4) for n in row.mae],
            "mse": [round(n, 4) for n in row.mse],
            "ods": {name: [round(n, 4) for n in pair] for name, pair in row.ods.items()},
        }
        for row in rows
    ]
