"""What the words of odfault-synth do; each imports what it needs when it is called."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from odfault.errors import OdfaultError
from odfault.outputs import check_place
from odfault_synthetic.recipe import Recipe, read_recipe

SEGY, HDF5 = (".sgy", ".segy"), (".h5", ".hdf5")


def draw(options: argparse.Namespace) -> int:
    """Draw cubes by a recipe."""
    recipe = read_recipe(options.recipe)
    if options.seed is not None:
        recipe = dataclasses.replace(recipe, seed=options.seed)
    if options.shape is not None:
        recipe = dataclasses.replace(recipe, shape=options.shape)
    numbers = _numbers(options)
    _check_out(options.out, SEGY + HDF5)
    if options.out.suffix.lower() in SEGY:
        return _draw_surveys(options, recipe, numbers)
    if options.also:
        raise OdfaultError("--also is for SEG-Y", "leave it out: OUT.h5 holds throw, dip and strike anyway")
    from odfault_synthetic.bench import count_cores
    from odfault_synthetic.store import write_cubes

    with show_cubes(numbers) as progress:
        write_cubes(options.out, recipe, numbers, workers=count_cores(), progress=progress)
    print(f"{options.out}  cubes {numbers.start} to {numbers.stop - 1}")
    return 0


def _draw_surveys(options: argparse.Namespace, recipe: Recipe, numbers: range) -> int:
    from odfault.ours import check_replaced
    from odfault_synthetic.bench import count_cores
    from odfault_synthetic.cube import draw_cube
    from odfault_synthetic.stream import draw_ahead
    from odfault_synthetic.survey import name_surveys, write_surveys

    one, out = functools.partial(draw_cube, recipe), options.out
    with (
        show_cubes(numbers) as progress,
        contextlib.closing(draw_ahead(one, numbers, workers=count_cores())) as cubes,
    ):
        for done, (number, cube) in enumerate(cubes, 1):
            name = out if options.count is None else out.with_name(f"{out.stem}_{number:04d}{out.suffix}")
            for path in name_surveys(name, options.also):
                check_replaced(path, replace=options.replace)
            history = f"recipe {Path(options.recipe).name[:20]}, seed {recipe.seed}, cube {number}"
            written = write_surveys(name, cube, also=options.also, history=history)
            progress(done)
            print(*written, sep="\n")
    return 0


def like(options: argparse.Namespace) -> int:
    """Measure a survey, and draw cubes like it."""
    numbers = _numbers(options)
    _check_out(options.out, HDF5)
    from odfault_synthetic.portrait import like as draw_portrait

    told = draw_portrait(
        options.like, options.out, count=len(numbers), first=numbers.start, report=options.report,
        recipe=options.recipe, seed=options.seed, shape=options.shape,
        progress=lambda said: print(f"odfault-synth: {said}", file=sys.stderr),
    )  # fmt: skip
    near = told.pop("within_bounds")
    for name, value in told.items():
        print(f"{value:10.3f}  {name}{'' if near.get(name, True) else '  (too far)'}")
    print(f"{options.out}  cubes {numbers.start} to {numbers.stop - 1}, like {options.like}")
    return 0


def into(options: argparse.Namespace) -> int:
    """Cut new faults into a survey."""
    _check_out(options.out, SEGY)
    if options.count is not None and options.count < 1:
        raise OdfaultError(f"--count {options.count} leaves nothing to do", "give at least 1")
    from odfault.progress import show_progress
    from odfault_synthetic.insert import into as insert

    with show_progress("auto") as progress:
        told = insert(
            options.into, options.out, seed=options.seed, count=options.count, recipe=options.recipe,
            model=options.model, spacing=options.spacing, replace=options.replace, progress=progress,
        )  # fmt: skip
    print(*told.remarks, sep="\n", end="\n" if told.remarks else "")
    print(f"{told.out}\n{told.labels}  {told.faults} faults, {told.quiet:.0%} of the survey is quiet")
    return 0


def gallery(options: argparse.Namespace) -> int:
    """Draw a contact sheet."""
    from odfault_synthetic.gallery import main_gallery
    from odfault_synthetic.sheet import SUFFIXES

    _check_out(options.out, SUFFIXES)

    main_gallery(options.out, options.recipe, options.seed)
    print(options.out)
    return 0


def bench(options: argparse.Namespace) -> int:
    """Measure the speed."""
    for name in ("count", "repeat", "threads"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise OdfaultError(f"--{name} {value} leaves nothing to do", "give at least 1")
    recipe = read_recipe(options.recipe)
    if options.json:
        check_place(options.json)
    from odfault_synthetic.bench import bench as measure

    words = {name: getattr(options, name) for name in ("count", "repeat", "threads")}
    figures = measure(str(options.recipe), recipe, **words)
    print(figures.table())
    if options.json:
        options.json.write_text(figures.json(), "utf-8")
    return 0


@contextlib.contextmanager
def show_cubes(numbers: range) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many of the cubes are drawn, on a terminal."""
    from tqdm import tqdm

    with tqdm(total=len(numbers), unit="cube", disable=None) as bar:
        yield lambda done: bar.update(done - bar.n) and None


def _numbers(options: argparse.Namespace) -> range:
    count = 1 if options.count is None else options.count
    if count < 1 or options.first < 0:
        raise OdfaultError("nothing to draw", "give a --count of at least 1 and a --first of at least 0")
    return range(options.first, options.first + count)


def _check_out(out: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a name that cannot be written, before the work begins."""
    if out.suffix.lower() not in suffixes:
        raise OdfaultError(f"{out} has no name that is known", f"end it in {' or '.join(suffixes)}")
    check_place(out)
