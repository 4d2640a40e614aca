"""What several commands say alike: a file's headers, progress, remarks."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from odfault.progress import PROGRESS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]
    """What ``add_subparsers`` returns."""


def add_headers(parser: argparse.ArgumentParser) -> None:
    """Let the user say what is known better than a SEG-Y file's headers tell."""
    parser.add_argument("--inline-byte", type=int, metavar="N", help="where trace headers hold the inline")
    parser.add_argument(
        "--crossline-byte", type=int, metavar="N", help="where trace headers hold the crossline"
    )
    parser.add_argument("--byte-order", choices=("big", "little"), help="of the file")
    parser.add_argument("--format", type=int, metavar="CODE", help="sample format code of the file")
    parser.add_argument("--samples", type=int, metavar="N", help="samples of a trace")


def add_progress(parser: argparse.ArgumentParser) -> None:
    """Let the user say how it is shown how far it is."""
    parser.add_argument("--progress", choices=PROGRESS, default="auto", help="how to show it (default auto)")


def given_headers(options: argparse.Namespace) -> dict[str, int | bool | None]:
    """Gather what is known better than a SEG-Y file's headers tell."""
    return {
        "inline_byte": options.inline_byte,
        "crossline_byte": options.crossline_byte,
        "big_endian": options.byte_order and options.byte_order == "big",
        "sample_format": options.format,
        "n_samples": options.samples,
    }


def tell_remarks(remarks: list[str], how: str) -> None:
    """Write remarks on standard error, in the way that progress is shown."""
    for remark in remarks:
        print(json.dumps({"remark": remark}) if how == "json" else remark, file=sys.stderr)
