"""The command odfault-train: fit, score, robustness, tune, compare."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from odfault.program import Parser, carry_out
from odfault_training.compare_command import add_compare
from odfault_training.fit_command import add_fit
from odfault_training.robustness_command import add_robustness
from odfault_training.score_command import add_score
from odfault_training.tune_command import add_tune


def main(arguments: Sequence[str] | None = None) -> int:
    """Run odfault-train; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in ("fit", "score", "robustness", "tune", "compare", "-h", "--help"):
        words.insert(0, "fit")

    def do() -> int:
        options = _parser().parse_args(words)
        return int(options.do(options))

    return carry_out(do, name="odfault-train", less="close other programs, or give a smaller --pool")


def _parser() -> Parser:
    parser = Parser(
        "odfault-train",
        description="Train a fault network and judge it.",
        epilog="odfault-train RECIPE is short for odfault-train fit RECIPE.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_fit(commands.add_parser("fit", help="train by a recipe: fault2d, fault3d or a TOML file"))
    add_score(commands.add_parser("score", help="score a model beside the classical attributes"))
    add_robustness(commands.add_parser("robustness", help="what a model loses when surveys differ"))
    add_tune(commands.add_parser("tune", help="refine a model by a few labelled lines of your own"))
    add_compare(commands.add_parser("compare", help="families of networks at equal cost"))
    return parser
