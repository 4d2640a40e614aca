"""odfault attributes: the scripts for OpendTect."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.errors import OdfaultError

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_attributes(commands: Commands) -> None:
    """Add the words of ``odfault attributes``."""
    attributes = commands.add_parser("attributes", help="the folder of scripts to pick in OpendTect")
    attributes.add_argument("--copy", type=Path, metavar="FOLDER", help="write launchers into that folder")
    attributes.add_argument(
        "--python",
        default=sys.executable,
        metavar="FILE",
        help="the Python that is set in OpendTect (this one)",
    )
    attributes.set_defaults(do=_attributes)


def _attributes(options: argparse.Namespace) -> int:
    """Print the folder alone on its line; all else goes to standard error."""
    from odfault.host.launchers import ask_menu, attributes_folder, copy_launchers, list_scripts

    folder = attributes_folder()
    scripts = list_scripts(folder)
    if not scripts:
        raise OdfaultError(f"no scripts in {folder}", "install odfault again")
    if options.copy:
        folder, scripts = options.copy.resolve(), copy_launchers(options.copy.resolve())
    print(folder, flush=True)
    for script in scripts:
        ask_menu(script, options.python)
        print(f"{script.name} starts with {options.python}", file=sys.stderr)
    return 0
