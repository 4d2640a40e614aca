"""odfault-train tune: a user's own labelled lines refine a network, and it says whether that helped."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odfault.errors import OdfaultError

if TYPE_CHECKING:
    from odfault.card import Card
    from odfault_training.drawn import Line
    from odfault_training.trial import Weights
    from odfault_training.tune import Look, Tuned

NUMBERS = {
    "steps": "most steps (default 80)",
    "minutes": "of learning, no step begins later (default 6)",
    "rate": "largest learning rate (default 2e-4)",
    "batch": "windows in a step, half of them from the lines (default 16)",
    "seed": "of what is drawn (default 1)",
}
DRAWN = (
    "labelled lines: SEG-Y, or .npz with seismic; and faults as SEG-Y, as PNG (a column for each trace, a "
    "row for each sample), as text (x z stick, or inline crossline z stick), or in the .npz"
)


def add_tune(parser: argparse.ArgumentParser) -> None:
    """Add what tune understands."""
    add = parser.add_argument
    add("model", help="fault2d, fault3d or a .keras file")
    add("--labels", nargs="+", required=True, metavar="SEISMIC=FAULTS", help=DRAWN)
    add("--hold", metavar="NAME", help="line that judges and does not teach (default: the last)")
    add("--as-drawn", action="store_true", help="move no labels that lie some traces beside their faults")
    add(
        "--leave-one-out",
        action="store_true",
        help="tune for each line unseen; print scores, write nothing",
    )
    for name, told in NUMBERS.items():
        add(f"--{name}", type=float if name in ("minutes", "rate") else int, metavar="N", help=told)
    add("--precision", choices=("mixed_bfloat16", "float32"), help="default: what is faster here")
    add("--folder", type=Path, help="where to write (default: NAME-tuned)")
    add("--keep", action="store_true", help="write what did not help too")
    parser.set_defaults(do=_tune)


def _tune(options: argparse.Namespace) -> int:
    from odfault_training.drawn import read_lines

    if options.folder and options.folder.exists() and not options.folder.is_dir():
        raise OdfaultError(f"{options.folder} is no folder", "give another --folder")
    lines = read_lines(options.labels)
    from odfault.model import has_bfloat16
    from odfault_training.tune import Tuning, read_base

    given = {name: getattr(options, name) for name in NUMBERS if getattr(options, name) is not None}
    tuning = Tuning(**given)
    card, weights = read_base(options.model)
    precision = options.precision or ("mixed_bfloat16" if has_bfloat16() else "float32")
    learned = lines if options.as_drawn else _align(card, weights, lines, precision)
    words: Any = {"tuning": tuning, "precision": precision, "told": _tell}
    if options.leave_one_out:
        from odfault_training.leave_out import as_table, leave_one_out

        print(as_table(leave_one_out(card, weights, lines, learned, **words)))
        return 0
    return _tune_one(options, card, weights, learned, words)


def _tune_one(
    options: argparse.Namespace, card: Card, weights: Weights, lines: Sequence[Line], words: dict[str, Any]
) -> int:
    """Tune, say whether it helped, and write what did."""
    from odfault_training.leave_out import part_lines
    from odfault_training.tune import tune
    from odfault_training.tuned import write_tuned

    teaching, held = part_lines(lines, options.hold)
    tuned = tune(card, weights, teaching, held, **words)
    print(_table(tuned, held.name))
    if _say(tuned, held.name) or options.keep:
        files = ["=".join(Path(part).name for part in pair.split("=", 1)) for pair in options.labels]
        force = {"files": files, "held": held.name, **dataclasses.asdict(words["tuning"])}
        force["precision"] = words["precision"]
        path = write_tuned(options.folder or Path(f"{card.name}-tuned"), card, tuned, force)
        print(f"{path}, to be used as: odfault run SURVEY OUT --model {path}")
    return 0


def _align(card: Card, weights: Weights, lines: Sequence[Line], precision: str) -> list[Line]:
    """Move labels to where the network sees their faults, and tell of each line what it is."""
    from odfault_training.align import align_lines
    from odfault_training.trial import Trial

    aligned, moved = align_lines(Trial(card, precision=precision), weights, lines)
    for line in aligned:
        size = " x ".join(map(str, line.labels.shape))
        print(f"{line.name}: {size}, {(line.labels == 1).mean():.2%} faults")
        if line.name in moved:
            print(
                f"  its labels lie {-moved[line.name]:+d} traces beside the faults that the network sees: "
                f"moved by {moved[line.name]:+d} (--as-drawn leaves them)"
            )
    return aligned


def _tell(look: Look) -> None:
    """Tell on the way how it goes."""
    held = "" if math.isnan(look.marks.ods) else f"ODS {look.marks.ods:.3f}, F1 {look.marks.f1:.3f}, "
    loss = "" if look.step == 0 else f", loss {look.loss:.3f}, {look.seconds:.0f} s"
    print(f"step {look.step:4d}: {held}synthetics {look.marks.known:.3f}{loss}", flush=True)


def _table(tuned: Tuned, held: str) -> str:
    """Put before and after into a table: of scales and level on all lines, of weights on the one held out."""
    sharper, level = tuned.sharper, tuned.level
    rows = [f"{'within 3 samples':32s}{'ODS':>8s}{'F1 at .5':>12s}{'synthetics':>12s}"]
    rows.append("each line at scales that the others chose, pooled")
    for name, scores in (("own scales", sharper.before), ("scales chosen", sharper.after)):
        rows.append(f"  {name:30s}{scores.ods:8.3f}{scores.f1_at_half:12.3f}")
    rows.append(f"{held[-40:]}, which did not teach")
    begun = tuned.begun
    for name, marks in (("0 steps", begun), (f"{tuned.step} steps", tuned.after))[: 1 + bool(tuned.step)]:
        rows.append(f"  {name:30s}{marks.ods:8.3f}{marks.f1:12.3f}{marks.known:12.3f}")
    rows.append("each line at the level that the others chose, pooled")
    for name, f1 in (("own level", level.before), ("level chosen", level.after)):
        rows.append(f"  {name:30s}{'':8s}{f1:12.3f}")
    return "\n".join(rows)


def _say(tuned: Tuned, held: str) -> bool:
    """Say, a sentence each, what helped."""
    from odfault_training.sharper import name_views

    if tuned.views:
        gain = tuned.sharper.after.ods - tuned.sharper.before.ods
        print(
            f"It helped: seen at {name_views(tuned.views)} (traces x samples for one), ODS rose by "
            f"{gain:.3f} on lines that did not choose these scales."
        )
    if tuned.step:
        print(
            f"It helped: with the weights of step {tuned.step}, ODS rose by "
            f"{tuned.after.ods - tuned.begun.ods:.3f} on {held}, which chose the step and did not teach; "
            f"on synthetics F1 changed by {tuned.after.known - tuned.begun.known:+.3f}."
        )
    if tuned.level.by:
        way, gain = "lower" if tuned.level.by > 0 else "higher", tuned.level.after - tuned.level.before
        print(
            f"It helped: logits are {abs(tuned.level.by):.1f} {way}, F1 at .5 rose by {gain:.3f} on lines "
            "that did not choose this level."
        )
    if not tuned.helped:
        print("It did not help: lines that did not teach are found no better. Label more lines.")
    return tuned.helped
