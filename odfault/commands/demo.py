"""odfault demo: the main job on the survey that comes with odfault."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.shared import add_progress
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_demo(commands: Commands) -> None:
    """Add the words of ``odfault demo``."""
    demo = commands.add_parser("demo", help="run on the survey that comes with odfault, and score it")
    demo.add_argument(
        "--folder", type=Path, default=Path("odfault-demo"), help="where to write (default odfault-demo)"
    )
    add_progress(demo)
    demo.set_defaults(do=_demo)


def _demo(options: argparse.Namespace) -> int:
    from odfault.demo import demo

    with show_progress(options.progress) as progress:
        print(demo(options.folder, progress=progress))
    return 0
