"""The command odfault: its words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from odfault import __version__
from odfault.commands.attributes import add_attributes
from odfault.commands.bench import add_bench
from odfault.commands.convert import add_convert
from odfault.commands.demo import add_demo
from odfault.commands.explain import add_explain
from odfault.commands.export import add_export
from odfault.commands.faults import add_faults
from odfault.commands.page import add_page
from odfault.commands.picture import add_picture
from odfault.commands.run import add_run
from odfault.program import Parser, carry_out

ADDED = (
    add_run, add_convert, add_faults, add_picture, add_page, add_explain, add_export, add_demo,
    add_attributes, add_bench,
)  # fmt: skip
"""The commands, in the order of their help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 when all is done, 2 for what the user can mend."""
    _open_standard_files()

    def do() -> int:
        options = _parser().parse_args(arguments)
        return int(options.do(options))

    return carry_out(do, name="odfault", less="give less with --memory")


def _open_standard_files() -> None:
    """Fill the places of standard files that a host has closed, before a survey is opened there."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _parser() -> Parser:
    parser = Parser("odfault", description="Find faults in seismic data with neural networks.")
    parser.add_argument("--version", action="version", version=f"odfault {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in ADDED:
        add(commands)
    return parser
