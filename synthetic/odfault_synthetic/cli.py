"""The command odfault-synth: its words; what they do is in ``odfault_synthetic.commands``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from odfault import __version__
from odfault.program import Parser, carry_out
from odfault_synthetic import commands
from odfault_synthetic.recipe import shipped_recipes

ALSO = ("throw", "dip", "strike")
USAGE = """odfault-synth RECIPE OUT.h5 [--count N] ...     labelled cubes, in one file
       odfault-synth RECIPE OUT.sgy [--count N] ...    OUT.sgy and OUT_faults.sgy, for any host
       odfault-synth --like SURVEY.sgy OUT.h5 ...      cubes like a real survey
       odfault-synth --into SURVEY.sgy OUT.sgy ...     new faults in a real survey
       odfault-synth gallery OUT.png                   a picture of all features with their labels
       odfault-synth bench                             how many are drawn in a second"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run odfault-synth; return its exit code: 0 when all is done, 2 for what the user can mend."""
    words = list(sys.argv[1:] if arguments is None else arguments)

    def do() -> int:
        parser = _choose(words)
        asked = {"-h", "--help"} & set(words)
        options = parser.parse_args(["--help"] if asked else words)
        return int(options.do(options))

    return carry_out(do, name="odfault-synth", less="give a smaller --shape")


def _choose(words: list[str]) -> argparse.ArgumentParser:
    """Give the parser for these words; take the first away if it is a command."""
    if words and words[0] in ("bench", "gallery"):
        return {"bench": _bench, "gallery": _gallery}[words.pop(0)]()
    for option, make in (("--like", _like), ("--into", _into)):
        if any(word.split("=")[0] == option for word in words):
            return make()
    return _draw()


def _new(usage: str, do: Callable[[argparse.Namespace], int], about: str, more: str = "") -> Parser:
    parser = Parser(
        "odfault-synth",
        usage=usage,
        description=about,
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(do=do)
    return parser


def _draw() -> argparse.ArgumentParser:
    about = "Draw labelled synthetic seismic: the same recipe, seed and number give the same cube."
    recipes = "\n".join(f"  {name:16}{line}" for name, line in describe_recipes().items())
    parser = _new(
        USAGE, commands.draw, about, f"recipes:\n{recipes}\n\nA killed run goes on when called again."
    )
    parser.add_argument("--version", action="version", version=f"odfault-synth {__version__}")
    parser.add_argument("recipe", metavar="RECIPE", help="name of one below, or a TOML file")
    parser.add_argument("out", metavar="OUT", type=Path, help="a name that ends in .h5 or .sgy")
    _add_numbers(parser)
    parser.add_argument("--seed", type=int, metavar="S", help="another seed than the recipe's")
    parser.add_argument(
        "--shape", type=_shape, metavar="I,X,N", help="inlines,crosslines,samples; 1,X,N for lines"
    )
    parser.add_argument(
        "--also", type=_names, default=(), metavar="NAMES", help="SEG-Y of throw,dip,strike too"
    )
    _add_replace(parser)
    return parser


def _add_replace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--replace", action="store_true", help="overwrite SEG-Y files that odfault did not write, too"
    )


def _add_numbers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, metavar="N", help="cubes in all (default 1)")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="number of the first (default 0)")


def _like() -> argparse.ArgumentParser:
    usage = "odfault-synth --like SURVEY.sgy [--report FOLDER] [--count N] OUT.h5"
    parser = _new(usage, commands.like, "Measure a survey, and draw labelled cubes like it.")
    parser.add_argument(
        "--like", type=Path, required=True, metavar="SURVEY.sgy", help="line or volume to measure"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FOLDER", help="how like they are: numbers and a picture"
    )
    parser.add_argument("out", metavar="OUT.h5", type=Path)
    _add_numbers(parser)
    parser.add_argument("--seed", type=int, metavar="S", help="another seed than the recipe's")
    parser.add_argument("--shape", type=_shape, metavar="I,X,N", help="inlines,crosslines,samples of a cube")
    parser.add_argument("--recipe", default="everything", help="of faults and bodies (default everything)")
    return parser


def _into() -> argparse.ArgumentParser:
    usage = "odfault-synth --into SURVEY.sgy [--count N] [--seed S] OUT.sgy"
    about = (
        "Cut new faults, with exact labels, into the quiet parts of a survey; labels go to OUT_faults.sgy."
    )
    parser = _new(usage, commands.into, about)
    parser.add_argument("--into", type=Path, required=True, metavar="SURVEY.sgy", help="line or volume")
    parser.add_argument("out", metavar="OUT.sgy", type=Path)
    parser.add_argument(
        "--count", type=int, metavar="N", help="faults (default: as many as there is room for)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(default 1)")
    parser.add_argument("--recipe", default="everything", help="of the faults (default everything)")
    parser.add_argument("--model", help="a network, such as fault3d, asked too where there may be faults")
    parser.add_argument(
        "--spacing", type=_pair, metavar="I,X",
        help="distance of inlines and of crosslines in samples (default: by the coordinates, at 2500 m/s)",
    )  # fmt: skip
    _add_replace(parser)
    return parser


def _bench() -> argparse.ArgumentParser:
    usage = "odfault-synth bench [--count N] [--repeat R] [--threads T] [--json FILE] [RECIPE]"
    parser = _new(usage, commands.bench, "Measure how many cubes and sections are drawn in a second.")
    parser.add_argument(
        "recipe", nargs="?", default="everything", metavar="RECIPE", help="(default everything)"
    )
    parser.add_argument("--count", type=int, default=8, metavar="N", help="cubes of a repeat (default 8)")
    parser.add_argument(
        "--repeat", type=int, default=3, metavar="R", help="times all is measured (default 3)"
    )
    parser.add_argument("--threads", type=int, metavar="T", help="that draw (default: one for each core)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _gallery() -> argparse.ArgumentParser:
    usage = "odfault-synth gallery [--recipe RECIPE] [--seed S] OUT.png"
    parser = _new(usage, commands.gallery, "Draw a contact sheet of all features with their labels.")
    parser.add_argument("out", metavar="OUT.png", type=Path)
    parser.add_argument("--recipe", metavar="RECIPE", help="cubes of this recipe, in place of the features")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="(default 1)")
    return parser


def _shape(text: str) -> tuple[int, int, int]:
    try:
        inlines, crosslines, samples = (int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no shape such as 128,128,128") from None
    return inlines, crosslines, samples


def _pair(text: str) -> tuple[float, float]:
    try:
        inlines, crosslines = (float(word) for word in text.split(","))
    except ValueError:
        inlines = crosslines = math.nan
    if not (0 < inlines < math.inf and 0 < crosslines < math.inf):
        raise argparse.ArgumentTypeError(f"{text} is no pair of distances such as 2.5,2.5")
    return inlines, crosslines


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if not set(names) <= set(ALSO):
        raise argparse.ArgumentTypeError(f"{text} is not of {','.join(ALSO)}")
    return names


def describe_recipes() -> dict[str, str]:
    """Name the shipped recipes, each with the first line of its file."""
    folder = resources.files("odfault_synthetic").joinpath("recipes")
    texts = {name: folder.joinpath(f"{name}.toml").read_text("utf-8") for name in shipped_recipes()}
    lines = {name: text.partition("\n")[0].lstrip("# ") for name, text in texts.items()}
    return {
        name: line.removeprefix(f"{name.capitalize().replace('-', ' ')}: ") for name, line in lines.items()
    }
