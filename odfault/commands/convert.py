"""odfault convert: a survey from SEG-Y to a chunked store, and back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.shared import add_headers, add_progress, given_headers, tell_remarks
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_convert(commands: Commands) -> None:
    """Add the words of ``odfault convert``."""
    convert = commands.add_parser("convert", help="a SEG-Y file as a Zarr or MDIO store, or back")
    convert.add_argument("input", type=Path, metavar="IN", help="SEG-Y file, or store")
    convert.add_argument(
        "output",
        type=Path,
        metavar="OUT",
        help="SEG-Y file to write, or store: .zarr, .mdio",
    )
    convert.add_argument(
        "--headers", type=Path, metavar="FILE", help="SEG-Y file whose headers a SEG-Y output gets"
    )
    convert.add_argument("--depth", action="store_true", help="samples are depths in metres, not times in ms")
    convert.add_argument("--replace", action="store_true", help="overwrite a file that odfault did not write")
    add_headers(convert)
    add_progress(convert)
    convert.set_defaults(do=_convert)


def _convert(options: argparse.Namespace) -> int:
    from odfault.chunked.convert import convert

    with show_progress(options.progress) as progress:
        report = convert(
            options.input,
            options.output,
            headers=options.headers,
            depth=options.depth,
            replace=options.replace,
            progress=progress,
            **given_headers(options),
        )
    tell_remarks(report.remarks, options.progress)
    print(f"{report.out}  {' x '.join(map(str, report.shape))} samples")
    return 0
