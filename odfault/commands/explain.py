"""odfault explain: why a network says fault."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.numbers import read_point
from odfault.commands.shared import add_progress
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_explain(commands: Commands) -> None:
    """Add the words of ``odfault explain``."""
    explain = commands.add_parser(
        "explain", help="a look inside a network, and why it says fault, as a report"
    )
    explain.add_argument(
        "section",
        type=Path,
        metavar="SECTION",
        help="SEG-Y file, .npy or .npz array, or picture of a section",
    )
    explain.add_argument("report", type=Path, metavar="REPORT", help="HTML file to write")
    explain.add_argument("--model", help="fault2d, picture2d, fault3d or a .keras file (default: what fits)")
    which = explain.add_mutually_exclusive_group()
    which.add_argument("--inline", type=int, metavar="N", help="line number (default: the middle inline)")
    which.add_argument("--crossline", type=int, metavar="N", help="line number")
    explain.add_argument(
        "--at",
        type=read_point,
        metavar="TRACE,TIME",
        help="the point to explain: trace or line number, and ms (default: the strongest fault)",
    )
    explain.add_argument(
        "--interval", type=float, metavar="MS", help="sample interval (default: the file's, or 4)"
    )
    explain.add_argument(
        "--language", choices=("en", "ru"), help="of the report (default: the system's, or en)"
    )
    add_progress(explain)
    explain.set_defaults(do=_explain)


def _explain(options: argparse.Namespace) -> int:
    from odfault.explain.command import explain

    named = [(f"{which}s", getattr(options, which)) for which in ("inline", "crossline")]
    with show_progress(options.progress, "step") as progress:
        told = explain(
            options.section,
            options.report,
            model=options.model,
            line=next(((which, number) for which, number in named if number is not None), None),
            at=options.at,
            interval_ms=options.interval,
            language=options.language,
            progress=progress,
        )
    print(f"{options.report}  {told}")
    return 0
