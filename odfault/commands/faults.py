"""odfault faults: single faults of a probability."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.shared import add_headers, add_progress, given_headers, tell_remarks
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_faults(commands: Commands) -> None:
    """Add the words of ``odfault faults``."""
    faults = commands.add_parser(
        "faults", help="single faults of a fault probability: sticks, table, numbers"
    )
    faults.add_argument("input", type=Path, metavar="PROB", help="SEG-Y file or store that odfault run wrote")
    faults.add_argument("output", type=Path, metavar="OUT", help="folder to write the faults into")
    faults.add_argument(
        "--also",
        type=Path,
        nargs="+",
        default=(),
        metavar="PROB",
        help="more probabilities of the same survey; the largest counts",
    )
    faults.add_argument(
        "--threshold", type=float, default=0.5, help="faults begin at this probability (default 0.5)"
    )
    faults.add_argument(
        "--smallest",
        type=int,
        metavar="N",
        help="samples of a fault (default 300, or 16 for each of few lines)",
    )
    faults.add_argument(
        "--sure", type=float, default=0.8, metavar="P", help="mean probability of a fault (default 0.8)"
    )
    faults.add_argument(
        "--every", type=int, default=8, metavar="N", help="lines from a stick to the next (default 8)"
    )
    faults.add_argument("--velocity", type=float, metavar="V", help="m/s, for dips and areas in time")
    faults.add_argument("--depth", action="store_true", help="samples are depths in metres, not times in ms")
    faults.add_argument(
        "--seismic", type=Path, metavar="FILE", help="survey to draw the sticks over (default: PROB)"
    )
    faults.add_argument("--replace", action="store_true", help="overwrite what an earlier run left in OUT")
    add_headers(faults)
    add_progress(faults)
    faults.set_defaults(do=_faults)


def _faults(options: argparse.Namespace) -> int:
    from odfault.surfaces.command import faults

    with show_progress(options.progress) as progress:
        report = faults(
            options.input,
            options.output,
            progress=progress,
            also=options.also,
            threshold=options.threshold,
            smallest=options.smallest,
            sure=options.sure,
            every=options.every,
            velocity=options.velocity,
            depth=options.depth,
            seismic=options.seismic,
            replace=options.replace,
            **given_headers(options),
        )
    tell_remarks(report.remarks, options.progress)
    count = len(report.faults)
    print(f"{options.output}  {count} {'fault' if count == 1 else 'faults'}")
    return 0
