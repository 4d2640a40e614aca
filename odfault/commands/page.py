"""odfault page and odfault open: the local web page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_page(commands: Commands) -> None:
    """Add the words of ``odfault page`` and ``odfault open``."""
    page = commands.add_parser("page", help="a local web page: drop a picture or a survey, see its faults")
    opened = commands.add_parser("open", help="show a file on the page, and start it when needed")
    page.add_argument("--port", type=int, metavar="N", help="where to listen (default 8737, or a free one)")
    page.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to be reached from other machines too, with a token (default 127.0.0.1: from this one only)",
    )
    opened.add_argument("file", type=Path, metavar="FILE", help="a picture or a SEG-Y file")
    for parser in (page, opened):
        parser.add_argument(
            "--open", action=argparse.BooleanOptionalAction, default=True, help="the browser (default: do)"
        )
    page.set_defaults(do=_page)
    opened.set_defaults(do=_open)


def _page(options: argparse.Namespace) -> int:
    from odfault.page.command import serve

    return serve(host=options.host, port=options.port, browse=options.open)


def _open(options: argparse.Namespace) -> int:
    from odfault.page.command import open_file

    return open_file(options.file, browse=options.open)
