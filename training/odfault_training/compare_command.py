"""odfault-train compare: families of networks at equal cost, as one table and one picture."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from odfault.outputs import check_place

if TYPE_CHECKING:
    from odfault_training.compare import Run

HEADS = (
    "family", "rate", "parameters", "multiplications", "s / section", "AUC patches", "shifted 1, 2, 4, 8",
    "ODS synthetic", "other cubes", "ODS field", "other sections",
)  # fmt: skip
TICKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
"""Seconds that an axis tells."""


def add_compare(compare: argparse.ArgumentParser) -> None:
    """Add what compare understands."""
    compare.add_argument("--quick", action="store_true", help="small networks, few steps, two seeds: minutes")
    compare.add_argument(
        "--folder", type=Path, default=Path("odfault-compare"), help="where runs are kept (odfault-compare)"
    )
    compare.add_argument(
        "--sections", nargs="+", default=[], metavar="DATA", help="labelled sections, as for score"
    )
    compare.add_argument(
        "--patches", type=Path, metavar="FILE.npz", help="patches (n, 45, 45) and fault (n,)"
    )
    compare.add_argument("--json", type=Path, metavar="FILE", help="write all runs there too")
    compare.set_defaults(do=_compare)


def _compare(options: argparse.Namespace) -> int:
    from odfault_training.reading import check_names, read_evidence

    check_names(options.sections)
    if options.json and options.json.parent != options.folder:  # which it makes itself, later
        check_place(options.json)
    from odfault_training.compare import FULL, QUICK, Field, compare, read_patches

    patches, truth = read_patches(options.patches) if options.patches else (None, None)
    sections = [evidence for word in options.sections for evidence in read_evidence(word)]
    options.folder.mkdir(parents=True, exist_ok=True)
    setting = QUICK if options.quick else FULL
    kept = options.folder / ("quick.jsonl" if options.quick else "runs.jsonl")
    runs = compare(setting, Field(sections, patches, truth), kept, told=_tell)
    print(as_table(runs))
    draw_comparison(runs, options.folder / "compare.png")
    if options.json:
        options.json.write_text(
            json.dumps([dataclasses.asdict(run) for run in runs], indent=1) + "\n", "utf-8"
        )
    return 0


def _tell(run: Run) -> None:
    print(
        f"{run.family}, matched {run.matched}, seed {run.seed}: ODS {run.synthetic:.3f}",
        file=sys.stderr,
        flush=True,
    )


def as_table(runs: Sequence[Run]) -> str:
    """Write the runs as Markdown tables, one a match.

    Scores are means over seeds with the half width of their 95 % interval (Student's t); beside them is how
    far one run's would move were the cubes or sections others (means of the ends).
    """
    lines = []
    for matched in dict.fromkeys(run.matched for run in runs):
        lines += [f"matched by {matched}", "", "| " + " | ".join(HEADS) + " |"]
        lines.append("|---" * len(HEADS) + "|")
        for family in dict.fromkeys(run.family for run in runs):
            some = [run for run in runs if (run.family, run.matched) == (family, matched)]
            if some:
                lines.append("| " + " | ".join([f"{family} ({len(some)})", *_cells(some)]) + " |")
        lines.append("")
    return "\n".join(lines)


def _cells(runs: Sequence[Run]) -> list[str]:
    curves = [run.patches for run in runs if run.patches]
    shifted = [f"{np.mean([curve[shift] for curve in curves]):.3f}" for shift in "1248" if curves]
    return [
        f"{runs[0].rate:g}",
        f"{runs[0].parameters:,}",
        f"{runs[0].operations:,.0f}",
        f"{np.median([run.seconds for run in runs]):.2f}",
        _mean([curve["0"] for curve in curves]),
        " ".join(shifted) or "-",
        _mean([run.synthetic for run in runs]),
        _ends([run.synthetic_interval for run in runs]),
        _mean([run.field for run in runs if run.field is not None]),
        _ends([run.field_interval for run in runs]),
    ]


def _mean(values: Sequence[float]) -> str:
    """Write a mean with the half width of its 95 % interval, if there are several."""
    from scipy.stats import t

    if not values:
        return "-"
    many = len(values)
    half = t.ppf(0.975, many - 1) * np.std(values, ddof=1) / many**0.5 if many > 1 else 0
    return f"{np.mean(values):.3f}" + (f" ± {half:.3f}" if many > 1 else "")


def _ends(intervals: Sequence[tuple[float, float] | None]) -> str:
    known = [ends for ends in intervals if ends]
    return "{:.2f} to {:.2f}".format(*np.mean(known, axis=0)) if known else "-"


def draw_comparison(runs: Sequence[Run], path: Path) -> None:
    """Draw scores against cost, a dot for each run, and areas under the curve against the shift."""
    from odfault.draw import begin_figure
    from odfault_synthetic.sheet import save_figure

    matches = list(dict.fromkeys(run.matched for run in runs))
    figure = begin_figure(15, 4.2 * len(matches))
    for row, matched in enumerate(matches):
        some = [run for run in runs if run.matched == matched]
        beside = [figure.add_subplot(len(matches), 3, 3 * row + column) for column in (1, 2, 3)]
        _dots(beside[0], [(run.family, run.seconds, run.synthetic) for run in some])
        _dots(beside[1], [(run.family, run.seconds, run.field) for run in some if run.field is not None])
        beside[0].set(title=f"matched by {matched}", ylabel="ODS, unseen synthetics")
        beside[1].set(ylabel="ODS, field sections")
        _curves(beside[2], some)
        for axes in beside:
            axes.grid(alpha=0.3)
        beside[0].legend(fontsize=8)
    save_figure(figure, path, dpi=110)


def _dots(axes: Any, points: Sequence[tuple[str, float, float]]) -> None:
    for family in dict.fromkeys(point[0] for point in points):
        own = [point[1:] for point in points if point[0] == family]
        axes.plot(*zip(*own, strict=True), "o", label=family, color=_colour(family))
    axes.set(xscale="log", xlabel="seconds for 484 traces of 76 samples", ylim=(0, 1))
    seconds = [point[1] for point in points]
    ticks = [tick for tick in TICKS if min(seconds) / 4 < tick < max(seconds) * 4] if seconds else []
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _curves(axes: Any, runs: Sequence[Run]) -> None:
    for family in dict.fromkeys(run.family for run in runs):
        curves = [run.patches for run in runs if run.family == family and run.patches]
        if curves:
            means = [float(np.mean([curve[shift] for curve in curves])) for shift in curves[0]]
            axes.plot([int(shift) for shift in curves[0]], means, "o-", color=_colour(family))
    axes.set(xlabel="traces that a patch is shifted by", ylabel="area under the ROC curve", ylim=(0.4, 1))


def _colour(family: str) -> str:
    """Name a family's colour, the same in all panels."""
    from odfault_training.families import FAMILIES

    return f"C{[other.name for other in FAMILIES].index(family)}"
