"""Which lines teach and which one judges; and what tuning is worth on lines that no run has seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from odfault.card import Card
from odfault.errors import OdfaultError
from odfault_synthetic.labels import FAULT
from odfault_training.drawn import Line
from odfault_training.metrics import Scores
from odfault_training.sharper import name_views
from odfault_training.trial import Trial, Views, Weights, score_lines
from odfault_training.tune import Look, Tuning, tune


def part_lines(lines: Sequence[Line], hold: str | None = None) -> tuple[list[Line], Line]:
    """Choose the line that judges; of a single line, the last third of its traces.

    Parameters
    ----------
    lines : sequence of Line
        All that are labelled.
    hold : str, optional
        Name of the line that judges; the last when left out.

    Returns
    -------
    tuple
        The lines that teach, and the one that judges.

    Raises
    ------
    OdfaultError
        If there is no line of that name, or a single line has no fault in one of its parts.
    """
    if hold is not None and (len(lines) == 1 or hold not in [line.name for line in lines]):
        known = ", ".join(line.name for line in lines)
        raise OdfaultError(
            f"--hold {hold}: no line to hold out", f"give two lines or more, and one of {known}"
        )
    if len(lines) == 1:
        return _cut(lines[0])
    held = next((line for line in lines if line.name == hold), lines[-1])
    return [line for line in lines if line is not held], held


def _cut(line: Line) -> tuple[list[Line], Line]:
    """Cut a line in two, a volume along its longer lateral axis."""
    axis = 0 if line.labels.shape[0] > line.labels.shape[1] else 1
    at = 2 * line.labels.shape[axis] // 3
    parts = []
    for where, name in ((slice(at), line.name), (slice(at, None), f"{line.name}, last third")):
        cut = (slice(None),) * axis + (where,)
        parts.append(dataclasses.replace(line, name=name, seismic=line.seismic[cut], labels=line.labels[cut]))
        if not (parts[-1].labels == FAULT).any():
            raise OdfaultError(f"{line.name} has faults on one side only", "label a second line")
    return parts[:1], parts[1]


@dataclasses.dataclass(frozen=True)
class Left:
    """A line that was left out, or all of them: what judged, scales, step, scores before and after."""

    name: str
    held: str
    views: Views
    step: int
    before: Scores
    after: Scores


def leave_one_out(
    card: Card,
    weights: Weights,
    lines: Sequence[Line],
    learned: Sequence[Line],
    *,
    tuning: Tuning,
    precision: str = "float32",
    told: Callable[[Look], None] = lambda look: None,
) -> list[Left]:
    """Tune once for each line with that one never seen, and score it; the last row is all lines pooled.

    With three lines or more the one after it chooses the step; with two, the other one teaches for all
    steps.

    Parameters
    ----------
    card, weights, tuning, precision, told
        As in ``tune.tune``.
    lines : sequence of Line
        Two or more, whose labels are scored.
    learned : sequence of Line
        The same lines as they are learned from and choose the step, see ``align``.

    Raises
    ------
    OdfaultError
        If there are too few lines; and as ``tune.tune``.
    """
    if len(lines) < 2:
        raise OdfaultError("--leave-one-out with one line", "label two lines at least")
    trial = Trial(card, precision=precision)
    rows, before, after = [], [], []
    for number, line in enumerate(lines):
        others = [*learned[number + 1 :], *learned[:number]]
        held = others.pop(0) if len(others) > 1 else None
        tuned = tune(card, weights, others, held, tuning=tuning, precision=precision, told=told)
        before += trial.answer([line], weights)
        after += trial.at(tuned.views).answer([line], tuned.weights)
        scores = score_lines(before[-1:], [line]), score_lines(after[-1:], [line])
        rows.append(Left(line.name, held.name if held else "none", tuned.views, tuned.step, *scores))
    return [*rows, Left("pooled", "", (), 0, score_lines(before, lines), score_lines(after, lines))]


def as_table(rows: Sequence[Left]) -> str:
    """Write what ``leave_one_out`` found as a table."""
    head = f"{'line never seen':24s}{'judged by':>24s}{'step':>6s}{'ODS@3':>16s}{'F1 at .5':>16s}   scales"
    return "\n".join([head, *(_row(row) for row in rows)])


def _row(row: Left) -> str:
    pairs: list[Any] = [
        (getattr(row.before, name), getattr(row.after, name)) for name in ("ods", "f1_at_half")
    ]
    scores = "".join(f"{old:9.3f} {new:6.3f}" for old, new in pairs)
    step = "" if row.name == "pooled" else str(row.step)
    return f"{row.name[:23]:24s}{row.held[:23]:>24s}{step:>6s}{scores}   {name_views(row.views)}".rstrip()
