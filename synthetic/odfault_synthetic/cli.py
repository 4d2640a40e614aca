"""The command odfault-synth: draw labelled cubes."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe, read_recipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run odfault-synth; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _draw(options)
    except OdfaultError as error:
        print(f"odfault-synth: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("odfault-synth", description="Draw labelled synthetic seismic cubes.")
    parser.add_argument("recipe", help="name of a shipped recipe (everything, quiet) or a TOML file")
    parser.add_argument("out", type=Path, help="OUT.h5 for many cubes, OUT.sgy for one (and OUT_faults.sgy)")
    parser.add_argument("--count", type=int, default=1, help="number of cubes (default 1)")
    parser.add_argument("--first", type=int, default=0, help="number of the first cube (default 0)")
    parser.add_argument("--seed", type=int, help="another seed than the recipe's")
    return parser


def _draw(options: argparse.Namespace) -> int:
    recipe = read_recipe(options.recipe)
    if options.seed is not None:
        recipe = dataclasses.replace(recipe, seed=options.seed)
    if not options.out.parent.is_dir():
        raise OdfaultError(f"no folder {options.out.parent}", "make it first")
    if options.count < 1 or options.first < 0:
        raise OdfaultError("nothing to draw", "give a --count of at least 1 and a --first of at least 0")
    if options.out.suffix in (".sgy", ".segy"):
        if options.count != 1:
            raise OdfaultError("a SEG-Y survey holds one cube", "leave --count out or write to OUT.h5")
        return _draw_survey(options, recipe)
    from tqdm import tqdm

    from odfault_synthetic.store import write_cubes

    numbers = range(options.first, options.first + options.count)
    with tqdm(total=options.count, unit="cube", disable=None) as bar:
        write_cubes(options.out, recipe, numbers, progress=lambda done: bar.update(done - bar.n))
    print(f"{options.count} cubes in {options.out}")
    return 0


def _draw_survey(options: argparse.Namespace, recipe: Recipe) -> int:
    import numpy as np

    from odfault_synthetic.cube import draw_cube
    from odfault_synthetic.survey import write_survey

    cube = draw_cube(recipe, options.first)
    truth = options.out.with_name(f"{options.out.stem}_faults{options.out.suffix}")
    history = f"recipe {Path(options.recipe).name}, seed {recipe.seed}, cube {options.first}"
    write_survey(options.out, cube.seismic, history=history)
    write_survey(truth, cube.labels.astype(np.float32), history="0 none, 1 fault, 2 beside one, 3 unresolved")
    print(f"{options.out}\n{truth}")
    return 0
