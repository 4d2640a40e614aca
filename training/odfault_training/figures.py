"""From counts to figures: those of each row, as JSON and as what a card keeps."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault_training.bootstrap import COVER, Interval, find_intervals
from odfault_training.calibration import brier, expected_calibration_error, reliability
from odfault_training.metrics import Scores, pool, score_counts
from odfault_training.objects import THROWS
from odfault_training.scoring import Row, Tallied

MAIN = 2
"""Samples of the tolerance that is meant where none is named."""
UNKNOWN = float("nan")
SOLID = ("ods", "f1_at_half", "ap", "precision_at_half", "recall_at_half")
"""Scores that are told of volumes too."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """The figures of one row; without any labelled fault only the false alarms are known.

    within            : scores by tolerance in samples; empty without labels
    solid             : scores of whole volumes within 2 samples in any direction; nothing of sections
    intervals         : 90 % intervals of ods, ap and f1_at_half, by tolerance
    calibration_error : expected, of the event that a fault passes within 2 samples
    brier             : the score of that name, of the same event
    reliability       : (points, 3)    mean probability, share of events, samples
    curve             : (2, 99)        recall and precision at thresholds .01 to .99, within 2 samples
    by_throw          : (bins, 2)      fault objects, and those found, by throw
    false_alarms      : share of samples above one half in data without a fault; nan if there are none
    """

    within: dict[int, Scores]
    solid: Scores | None
    intervals: dict[int, dict[str, Interval]]
    calibration_error: float
    brier: float
    reliability: NDArray[np.float64]
    curve: NDArray[np.float64]
    by_throw: NDArray[np.int64]
    false_alarms: float


def find_figures(row: Row) -> Figures:
    """Work out the figures of a row."""
    alarms = float(row.alarms[0] / row.alarms[1]) if row.alarms[1] else UNKNOWN
    pooled = pool(row.counts[MAIN])
    solid = any(counts.labelled[0] for counts in row.solid)
    if not pooled.labelled[0]:
        none = np.zeros((0, 3))
        return Figures({}, None, {}, UNKNOWN, UNKNOWN, none, np.zeros((2, 0)), row.objects, alarms)
    return Figures(
        within={tolerance: score_counts(counts) for tolerance, counts in row.counts.items()},
        solid=score_counts(row.solid) if solid else None,
        intervals={tolerance: find_intervals(counts) for tolerance, counts in row.counts.items()},
        calibration_error=expected_calibration_error(row.tally),
        brier=brier(row.tally),
        reliability=reliability(row.tally),
        curve=np.stack([pooled.recall, pooled.precision]),
        by_throw=row.objects,
        false_alarms=alarms,
    )


def card_scores(row: Figures) -> dict[str, float | None]:
    """Give what a card keeps of a row: the scores within 2 samples and the calibration error."""
    scores = dataclasses.asdict(row.within[MAIN]) if row.within else {}
    solid = {f"{name}_in_volumes": getattr(row.solid, name) for name in SOLID} if row.solid else {}
    return {**scores, **solid, "calibration_error": known(row.calibration_error)}


def known(value: float) -> float | None:
    """Turn what is no number into nothing, as JSON wants it."""
    return None if math.isnan(value) else value


def as_json(tallied: Tallied, figures: dict[str, Figures]) -> dict[str, Any]:
    """Give all figures as JSON holds them; nothing (null) where a figure is not known."""
    return {
        "sections": sum(tallied.sections.values()),
        "data": tallied.sections,
        "interval": COVER,
        "rows": {name: _row_as_json(row) for name, row in figures.items()},
    }


def _row_as_json(row: Figures) -> dict[str, Any]:
    ends = [*THROWS[1:], None]
    return {
        "within": {str(t): dataclasses.asdict(scores) for t, scores in row.within.items()},
        "in_volumes": dataclasses.asdict(row.solid) if row.solid else None,
        "intervals": {
            str(t): {name: [known(end) for end in pair] for name, pair in pairs.items()}
            for t, pairs in row.intervals.items()
        },
        "calibration_error": known(row.calibration_error),
        "brier": known(row.brier),
        "reliability": [
            {"probability": p, "share": share, "samples": int(n)} for p, share, n in row.reliability
        ],
        "recall": row.curve[0].tolist(),
        "precision": row.curve[1].tolist(),
        "by_throw": [
            {"from": start, "to": end, "objects": int(all_), "found": int(found)}
            for start, end, (all_, found) in zip(THROWS, ends, row.by_throw, strict=True)
        ],
        "false_alarms": known(row.false_alarms),
    }
