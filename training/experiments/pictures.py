"""Sections as pictures show them, with the faults that were drawn in them: what `picture2d` learned from.

    odfault-synth steep sections.h5 --shape 1,256,256 --count 6000 --seed 51
    python training/experiments/pictures.py tiles.h5 --count 1300
    python training/experiments/pictures.py tiles_unseen.h5 --first 1300 --count 60
    odfault-train fit RECIPE.toml --data sections.h5 tiles.h5 --unseen tiles_unseen.h5 --from fault2d

Each section is drawn as a picture (`tests/picture_cases.py`: plots, viewers, journals, scans, photos), read
back by `odfault.picture` with its corners told, and shown at the widths at which the network is asked, a
little off. Two tiles of each go into the file, as `odfault-synth` would write them. About a second for a
picture and core. `training/RESULTS.md` tells the recipes and what came of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.picture.answer import LEAST, WIDTHS, choose_size, show_as
from odfault.picture.section import Section, find_section
from odfault.picture.straighten import box, homography, move
from odfault_synthetic.cube import Cube, draw_cube
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.recipe import read_recipe
from odfault_synthetic.store import write_cubes

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from picture_cases import MAPS, STYLES, draw_case

SIDE, EACH = 192, 2
"""Traces and samples of a tile, and how many are cut of each view."""
RECIPES = ("everything", "steep", "rift", "passive-margin", "everything")
SECTION: dict[str, Any] = {
    "shape": (1, 384, 320),
    "seed": 991,
    "signal_to_noise_db": (3.0, 20.0),
    "unfaulted": 0.05,
}
PEAK = (0.05, 0.15)
"""Dominant frequencies that a picture of half a pixel a sample can hold."""
Labels = NDArray[np.uint8]
FIRST = 700_000
"""Of the pictures' numbers: others than those of the tests and of `tests/picture_bench.py`."""


@functools.lru_cache(4)
def draw_views(number: int) -> list[tuple[NDArray[np.float32], Labels]]:
    """Draw a picture, read it, and give what the network is shown of it, with labels: three pairs."""
    recipe = dataclasses.replace(read_recipe(RECIPES[number % len(RECIPES)]), **SECTION, peak=PEAK)
    drawn = draw_cube(recipe, number)
    rng = np.random.default_rng([5, number])
    style, colours = STYLES[number % len(STYLES)], MAPS[number // len(STYLES) % len(MAPS)]
    case = draw_case(drawn.seismic[0], FIRST + number, style=style, colours=colours)
    off = rng.uniform(-0.004, 0.004, (4, 2)) * np.ptp(case.corners, axis=0) * (rng.random() < 0.5)
    try:
        section = find_section(case.rgb, corners=case.corners + off, force=True)
    except OdfaultError:  # a corner beyond the picture
        section = find_section(case.rgb, corners=case.corners, force=True)
    size, wider = choose_size(section.amplitudes), np.exp(rng.normal(0, 0.2))
    views = []
    for width in WIDTHS:
        factors = (width * wider, np.exp(rng.normal(0, 0.12)))
        view = tuple(max(LEAST, round(n * factor)) for n, factor in zip(size, factors, strict=True))
        seen = show_as(section.amplitudes, view)
        views.append((seen / (np.abs(seen).mean() + 1e-9), label(drawn.labels[0], case, section, view)))
    return views


def label(labels: Labels, case: Any, section: Section, view: tuple[int, ...]) -> Labels:
    """Take labels from the array that was drawn to a view of what was read; no fault is lost."""
    drawn = box(*case.section.shape)
    cells = np.argwhere(np.ones(view, bool)) + 0.5
    there = section.to_picture(cells * np.divide(section.shape, view) - 0.5)
    true = np.floor(move(there, homography(case.corners, drawn))).astype(int)
    inside = ((true >= 0) & (true < labels.shape)).all(axis=1)
    found = labels[tuple(np.clip(true, 0, np.array(labels.shape) - 1).T)]
    found = np.where(inside, found, UNRESOLVED).reshape(view)
    word = np.where(found == UNRESOLVED, UNRESOLVED, BACKGROUND).astype(np.uint8)
    fault = found == FAULT
    for kind, into in ((UNRESOLVED, word), (FAULT, fault)):
        at = section.to_section(move(np.argwhere(labels == kind) + 0.5, homography(drawn, case.corners)))
        cell = np.floor((at + 0.5) * np.divide(view, section.shape)).astype(int)
        cell = cell[((cell >= 0) & (cell < view)).all(axis=1)]
        into[tuple(cell.T)] = kind
    near = fault.copy()
    near[1:] |= fault[:-1]
    near[:-1] |= fault[1:]
    word[near], word[fault] = BESIDE, FAULT
    return word


def draw_tile(number: int) -> Cube:
    """Draw a tile: (1, SIDE, SIDE) seismic and labels; around a view that is smaller nothing is asked for."""
    picture, which = divmod(number, EACH * len(WIDTHS))
    seismic, labels = draw_views(picture)[which // EACH]
    short = [max(0, SIDE - n) for n in seismic.shape]
    around = [(n // 2, n - n // 2) for n in short]
    seismic = np.pad(seismic, around, "symmetric")
    labels = np.pad(labels, around, constant_values=UNRESOLVED)
    rng = np.random.default_rng([6, number])
    x, y = (slice(at, at + SIDE) for at in (int(rng.integers(n - SIDE + 1)) for n in seismic.shape))
    none = np.zeros((1, SIDE, SIDE), np.float32)
    return Cube(seismic[None, x, y].astype(np.float32), labels[None, x, y], none, none, none)


def main() -> None:
    """Draw a file of tiles, or go on with it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first picture")
    parser.add_argument("--count", type=int, default=1300, metavar="N", help="pictures")
    options = parser.parse_args()
    each = EACH * len(WIDTHS)
    numbers = range(options.first * each, (options.first + options.count) * each)
    recipe = dataclasses.replace(read_recipe("everything"), shape=(1, SIDE, SIDE), seed=SECTION["seed"])
    words = {"pictures": list(RECIPES), "first": FIRST}
    write_cubes(options.out, recipe, numbers, draw=draw_tile, words=words, workers=1)


if __name__ == "__main__":
    main()
