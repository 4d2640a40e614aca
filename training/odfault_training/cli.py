"""The command odfault-train: train a network by a recipe, or score one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from odfault.errors import OdfaultError
from odfault_training.fit_command import add_fit
from odfault_training.score_command import add_score


def main(arguments: Sequence[str] | None = None) -> int:
    """Run odfault-train; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in ("fit", "score", "-h", "--help"):
        words.insert(0, "fit")
    options = _parser().parse_args(words)
    try:
        return int(options.do(options))
    except OdfaultError as error:
        print(f"odfault-train: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "odfault-train",
        description="Train a fault network and judge it.",
        epilog="odfault-train RECIPE is short for odfault-train fit RECIPE.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_fit(commands.add_parser("fit", help="train by a recipe: fault2d, fault3d or a TOML file"))
    add_score(commands.add_parser("score", help="score a model beside the classical attributes"))
    return parser
