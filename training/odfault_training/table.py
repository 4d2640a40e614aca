"""The figures of a network and its yardsticks as a table of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from odfault_training.bootstrap import FEWEST, Interval
from odfault_training.figures import MAIN, SOLID, UNKNOWN, Figures
from odfault_training.objects import THROWS
from odfault_training.scoring import Tallied


def as_table(tallied: Tallied, figures: dict[str, Figures]) -> str:
    """Write the figures as a table of at most 110 columns."""
    count = sum(tallied.sections.values())
    said = [f"sections: {count}, of volumes and lines: {len(tallied.sections)}"]
    if any(row.within for row in figures.values()):
        said += _score_tables(figures, count)
    else:
        said.append("no fault is labelled: all but the false alarms is undefined")
    if not all(math.isnan(row.false_alarms) for row in figures.values()):
        said += _table("false alarms, share of samples above .5 in data without a fault", {
            name: [_figure(row.false_alarms, 4)] for name, row in figures.items()
        })  # fmt: skip
    return "\n".join(said)


def _score_tables(figures: dict[str, Figures], count: int) -> list[str]:
    spans = [(2, "ods"), (3, "ods"), (2, "ap"), (2, "f1_at_half")]
    more = [(1, "ods"), (1, "ois"), (2, "ois"), (3, "ois"), (1, "ap"), (3, "ap")]
    half = [(2, f"{name}_at_half") for name in ("precision", "recall", "tolerant_iou")] + [(3, "f1_at_half")]
    few = f"; no intervals for fewer than {FEWEST} sections" if count < FEWEST else ", 90 % interval"
    return [
        *_table("best F1 of one threshold (ODS) and at .5, area (AP), within @ samples" + few, {
            name: [_score(row, *at) + _span(row.intervals[at[0]][at[1]]) for at in spans]
            for name, row in figures.items()
        }, ["ODS @2", "ODS @3", "AP @2", "F1 at .5 @2"], 20),
        *_table("", {
            name: [*(_score(row, *at) for at in more)] for name, row in figures.items()
        }, ["ODS @1", "OIS @1", "OIS @2", "OIS @3", "AP @1", "AP @3"], 10),
        *_table("threshold of ODS @2; at .5; calibration error and Brier score", {
            name: [
                _score(row, MAIN, "ods_threshold"), *(_score(row, *at) for at in half),
                _figure(row.calibration_error, 4), _figure(row.brier, 4),
            ] for name, row in figures.items()
        }, ["threshold", "precision", "recall", "IoU", "F1 @3", "calibr.", "Brier"], 10),
        *_solid_table(figures),
        *_throw_table(figures),
    ]  # fmt: skip


def _solid_table(figures: dict[str, Figures]) -> list[str]:
    if not any(row.solid for row in figures.values()):
        return []
    rows = {
        name: [_figure(getattr(row.solid, word) if row.solid else UNKNOWN) for word in SOLID]
        for name, row in figures.items()
    }
    heads = ["ODS", "F1 at .5", "AP", "precision", "recall"]
    return _table("whole volumes, within 2 samples in any direction", rows, heads, 10)


def _throw_table(figures: dict[str, Figures]) -> list[str]:
    every = next(iter(figures.values())).by_throw[:, 0]
    if not every.any():
        return []
    rows = {
        name: [_figure(found / count if count else UNKNOWN, 2) for count, found in row.by_throw]
        for name, row in figures.items()
    }
    rows["fault objects"] = [str(count) for count in every]
    bins = [f"{start:g}-" for start in THROWS]
    return _table("share of fault objects found at .5, by their throw in samples", rows, bins, 7)


def _score(row: Figures, tolerance: int, name: str) -> str:
    """Write a score."""
    return _figure(getattr(row.within[tolerance], name))


def _table(title: str, rows: dict[str, list[str]], heads: Sequence[str] = ("",), width: int = 8) -> list[str]:
    """Write one table, with a line of space before it."""
    top = f"{'':24s}" + "".join(f"{head:>{width}s}" for head in heads)
    lines = ["", *([title] if title else []), *([top] if any(heads) else [])]
    return lines + [f"{name[:23]:24s}" + "".join(f"{v:>{width}s}" for v in row) for name, row in rows.items()]


def _figure(value: float, digits: int = 3) -> str:
    """Write a share without the 0 before its point, - where it is not known."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}".removeprefix("0")


def _span(interval: Interval) -> str:
    """Write an interval behind its score."""
    return "" if math.isnan(interval[0]) else f" ({_figure(interval[0])}-{_figure(interval[1])})"
