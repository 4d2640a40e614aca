"""odfault picture: the faults in a picture of a section."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.numbers import read_corners, read_size
from odfault.commands.shared import add_progress, tell_remarks
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_picture(commands: Commands) -> None:
    """Add the words of ``odfault picture``."""
    picture = commands.add_parser("picture", help="faults in a picture of a section, drawn over it")
    picture.add_argument("input", type=Path, metavar="IN", help="PNG, JPEG, TIFF, BMP, WebP, GIF or PDF file")
    picture.add_argument("output", type=Path, metavar="OUT", help="picture to write, with the faults over it")
    picture.add_argument("--probability", type=Path, metavar="FILE", help="the bare probability as a picture")
    picture.add_argument("--mask", type=Path, metavar="FILE", help="white where a fault is, as a picture")
    picture.add_argument("--segy", type=Path, metavar="FILE", help="the section as a SEG-Y line")
    picture.add_argument("--csv", type=Path, metavar="FILE", help="the faults as polylines in pixels")
    picture.add_argument("--threshold", type=float, default=0.5, help="faults begin here (default 0.5)")
    picture.add_argument(
        "--corners",
        type=read_corners,
        metavar="X,Y,...",
        help="the panel's corners in pixels, clockwise from the top left (default: found)",
    )
    picture.add_argument(
        "--size",
        type=read_size,
        metavar="TRACES,SAMPLES",
        help="how many the section has, as its axes may tell (default: guessed)",
    )
    picture.add_argument("--page", type=int, default=0, metavar="N", help="of a PDF or TIFF file, from 0")
    picture.add_argument("--force", action="store_true", help="answer what does not look like a section too")
    picture.add_argument("--model", default="picture2d", help="picture2d, fault2d or a .keras file")
    add_progress(picture)
    picture.set_defaults(do=_picture)


def _picture(options: argparse.Namespace) -> int:
    from odfault.picture.command import Wanted, answer_picture

    wanted = Wanted(options.probability, options.mask, options.segy, options.csv)
    with show_progress(options.progress) as progress:
        section, _ = answer_picture(
            options.input,
            options.output,
            wanted=wanted,
            model=options.model,
            threshold=options.threshold,
            corners=options.corners,
            size=options.size,
            page=options.page,
            force=options.force,
            progress=progress,
        )
    tell_remarks(section.remarks, options.progress)
    print(f"{options.output}  a section of {section.shape[0]} x {section.shape[1]} pixels, {section.colours}")
    return 0
