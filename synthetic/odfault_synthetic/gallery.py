"""The gallery: every feature of the generator, drawn alone and loud, with its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from odfault_synthetic.labels import FAULT
from odfault_synthetic.recipe import SETS, Recipe, read_recipe, shipped_recipes
from odfault_synthetic.sheet import Picture, check_suffix, draw_sheet

SECTION, CUBE = (1, 160, 144), (144, 144, 96)
RANDOM = 36
"""Cubes on the sheet of one recipe."""
OFF: dict[str, Any] = {
    field.name: 0.0 for field in dataclasses.fields(Recipe) if isinstance(field.default, float)
}
CLEAN = Recipe(
    **OFF | {"shape": SECTION, "sampling": (1.0, 1.0), "dip": (55.0, 72.0), "throw": (8.0, 18.0)},
    faults=(5, 5), undulation=(0.0, 0.0), fold_slope=(0.02, 0.06), bed=(2.5, 4.0), facies=(0.0, 0.15),
    tails=(6.0, 20.0), wavelets=("ricker",), peak=(0.11, 0.11), absorption=(0.0, 0.05), blur=(0.4, 0.5),
    migration_dip=(78.0, 80.0), signal_to_noise_db=(24.0, 24.0), scattered=(0.7, 0.9),
)  # fmt: skip
"""Nothing but gentle beds under a sharp wavelet."""
ALONE: dict[str, Any] = {"sets": ("parallel",), "faults": (2, 2), "throw": (12.0, 18.0)}
"""Two faults, whose shape one wants to see."""
QUIET: dict[str, Any] = {"unfaulted": 1.0}


@dataclasses.dataclass(frozen=True)
class Tile:
    """One feature: its words, the recipe's keys that show it, the cube's number, and a slice or a section."""

    caption: str
    keys: dict[str, Any]
    number: int = 0
    sliced: bool = False


def tiles() -> Iterator[Tile]:
    """List every tile of the gallery: fault sets, faults, beds, bodies, imaging, noise, presets."""
    yield from _fault_tiles()
    yield from _ground_tiles()
    yield from _sound_tiles()
    yield from _noise_tiles()
    for name in shipped_recipes():
        recipe = dataclasses.replace(read_recipe(name), shape=SECTION)
        keys = {field.name: getattr(recipe, field.name) for field in dataclasses.fields(Recipe)}
        yield Tile(f"recipe {name}", keys, 2)


def _fault_tiles() -> Iterator[Tile]:
    for kind in SETS:
        yield Tile(f"{kind} faults", {"sets": (kind,), "faults": (5, 6)}, 0)
    for kind in ("relay", "branching", "crossing", "polygonal"):
        yield Tile(f"{kind} faults, slice", {"sets": (kind,), "shape": CUBE, "faults": (6, 6)}, 0, True)
    yield Tile("planar", ALONE)
    yield Tile("listric", ALONE | {"listric": 1.0, "dip": (60.0, 72.0)})
    yield Tile("undulating, slice", ALONE | {"undulation": (9.0, 10.0), "shape": CUBE}, 0, True)
    yield Tile("reverse", ALONE | {"reverse": 1.0})
    yield Tile("oblique slip", ALONE | {"oblique": 1.0, "fold_slope": (0.2, 0.3)})
    yield Tile("growing", ALONE | {"growing": 1.0})
    yield Tile("drag", ALONE | {"drag": 1.0})
    yield Tile("damage zone", ALONE | {"damage": 1.0})
    yield Tile("too small to be seen", {"sets": ("parallel",), "throw": (1.0, 2.0), "faults": (9, 9)})


def _ground_tiles() -> Iterator[Tile]:
    folds = QUIET | {"fold_slope": (0.4, 0.5)}
    yield Tile("similar folds", folds, 0)
    yield Tile("folds that grow with depth", folds, 1)
    yield Tile("domes", folds, 2)
    yield Tile("dips up to 45 degrees", QUIET | {"fold_slope": (1.0, 1.0)}, 1)
    yield Tile("facies", QUIET | {"facies": (0.5, 0.5)})
    for number in (0, 1):
        yield Tile("unconformities", QUIET | {"unconformity": 1.0, "fold_slope": (0.3, 0.5)}, number)
    buried = {"unconformity": 1.0, "faults": (7, 8), "fold_slope": (0.2, 0.4), "sets": ("parallel",)}
    yield Tile("unconformity over faults", buried)
    yield Tile("channels", QUIET | {"channels": 1.0})
    yield Tile("channel, slice", QUIET | {"channels": 1.0, "shape": CUBE}, 0, True)
    yield Tile("mounds", QUIET | {"mounds": 1.0})
    yield Tile("clinoforms", QUIET | {"clinoforms": 1.0})
    yield Tile("salt", QUIET | {"salt": 1.0})
    yield Tile("salt and faults", {"salt": 1.0, "sets": ("random",)})
    yield Tile("gas", QUIET | {"gas": 1.0})


def _sound_tiles() -> Iterator[Tile]:
    for family in ("ricker", "ormsby", "klauder", "gauss"):
        yield Tile(f"{family} wavelet", ALONE | {"wavelets": (family,), "octaves": (2.0, 2.0)})
    yield Tile("any phase", ALONE | {"rotated": 1.0})
    yield Tile("low frequency", ALONE | {"peak": (0.05, 0.05)})
    yield Tile("high frequency", ALONE | {"peak": (0.26, 0.28)})
    yield Tile("absorption", ALONE | {"absorption": (0.6, 0.6), "peak": (0.2, 0.2)})
    yield Tile("blur", ALONE | {"blur": (3.0, 3.0)})
    yield Tile("migration dip of 30 degrees", ALONE | {"migration_dip": (30.0, 30.0)})
    yield Tile("illumination", ALONE | {"illumination": 1.0, "damage": 1.0})


def _noise_tiles() -> Iterator[Tile]:
    yield Tile("white noise, 3 dB", ALONE | {"signal_to_noise_db": (3.0, 3.0), "scattered": (0.0, 0.0)})
    yield Tile("scattered noise, 3 dB", ALONE | {"signal_to_noise_db": (3.0, 3.0), "scattered": (1.0, 1.0)})
    for name in ("multiples", "smiles", "linear", "agc", "clip", "eight_bit", "dead_traces"):
        yield Tile(name.replace("_", " "), ALONE | {name: 1.0})
    yield Tile("linear noise, slice", QUIET | {"linear": 1.0, "shape": CUBE}, 0, True)
    yield Tile("footprint", ALONE | {"footprint": 1.0})
    yield Tile("footprint, slice", QUIET | {"footprint": 1.0, "shape": CUBE}, 0, True)


def draw_tile(tile: Tile, seed: int) -> Picture:
    """Draw a tile's cube, and cut the section or the slice with the most faults out of it."""
    from odfault_synthetic.cube import draw_cube

    cube = draw_cube(dataclasses.replace(CLEAN, **tile.keys | {"seed": seed}), tile.number)
    axis = 2 if tile.sliced else 0
    seen = (cube.labels == FAULT).sum(axis=tuple({0, 1, 2} - {axis}))
    at = int(seen.argmax()) if seen.any() else cube.labels.shape[axis] // 2
    return Picture(tile.caption, np.take(cube.seismic, at, axis), np.take(cube.labels, at, axis))


def draw_random(name: str, seed: int) -> Iterator[Picture]:
    """Draw cubes of a recipe, no longer than 128 a side, and cut the middle inline out of each."""
    from odfault_synthetic.cube import draw_cube

    recipe = read_recipe(name)
    inlines, crosslines, samples = (min(n, 128) for n in recipe.shape)
    recipe = dataclasses.replace(recipe, seed=seed, shape=(inlines, crosslines, samples))
    for number in range(RANDOM):
        cube = draw_cube(recipe, number)
        at = inlines // 2
        yield Picture(f"{Path(name).name} {number}", cube.seismic[at], cube.labels[at])


def main_gallery(out: Path, recipe: str | None = None, seed: int = 1) -> None:
    """Draw the contact sheet of all features, or of random cubes of one recipe.

    Parameters
    ----------
    out : Path
        The picture.
    recipe : str, optional
        A shipped recipe's name or a TOML file: its cubes instead of the features.
    seed : int
        Another seed, other cubes.

    Raises
    ------
    OdfaultError
        If there is no such recipe, or the picture cannot be written.
    """
    check_suffix(out)
    if recipe is None:
        pictures = [draw_tile(tile, seed) for tile in tiles()]
    else:
        pictures = list(draw_random(recipe, seed))
    draw_sheet(pictures, out)
