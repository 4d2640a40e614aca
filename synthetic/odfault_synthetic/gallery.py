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
TELLING = {"everything": 4, "polygonal": 8, "quiet": 1, "rift": 1, "salt": 2, "thrust-belt": 3}
"""Numbers of cubes that show well what a recipe is for."""
QUIET: dict[str, Any] = {"unfaulted": 1.0}


@dataclasses.dataclass(frozen=True)
class Tile:
    """One feature: its words, the recipe's keys that show it, the cube's number, and a slice or a section."""

    caption: str
    keys: dict[str, Any]
    number: int = 6
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
        yield Tile(f"recipe {name}", keys, TELLING.get(name, 0))


def _fault_tiles() -> Iterator[Tile]:
    for kind, number in zip(SETS, (1, 1, 6, 4, 7, 4, 6, 2, 1, 6), strict=True):
        yield Tile(f"{kind} faults", {"sets": (kind,), "faults": (5, 6)}, number)
    for kind, number in (("relay", 3), ("branching", 5), ("crossing", 0), ("polygonal", 4)):
        keys = {"sets": (kind,), "shape": CUBE, "faults": (6, 6)}
        yield Tile(f"{kind} faults, slice", keys, number, sliced=True)
    yield Tile("planar", ALONE)
    yield Tile("listric", ALONE | {"listric": 1.0, "dip": (60.0, 72.0)}, 11)
    yield Tile("undulating, slice", ALONE | {"undulation": (9.0, 10.0), "shape": CUBE}, 1, sliced=True)
    yield Tile("reverse", ALONE | {"reverse": 1.0}, 2)
    oblique = ALONE | {"oblique": 1.0, "fold_slope": (0.3, 0.5), "shape": CUBE}
    yield Tile("oblique slip, slice", oblique, 4, sliced=True)
    yield Tile("growing", ALONE | {"growing": 1.0})
    yield Tile("drag", ALONE | {"drag": 1.0})
    yield Tile("damage zone", ALONE | {"damage": 1.0})
    yield Tile("too small to be seen", {"sets": ("parallel",), "throw": (1.0, 2.0), "faults": (9, 9)}, 1)


def _ground_tiles() -> Iterator[Tile]:
    folds = QUIET | {"fold_slope": (0.4, 0.5)}
    yield Tile("similar folds", folds, 5)
    yield Tile("folds that grow with depth", folds, 4)
    yield Tile("dome, slice", folds | {"shape": CUBE}, 4, sliced=True)
    yield Tile("dips up to 45 degrees", QUIET | {"fold_slope": (1.0, 1.0)}, 1)
    yield Tile("facies", QUIET | {"facies": (1.0, 1.0)}, 4)
    for words, number in (("onlap", 1), ("truncation", 5)):
        yield Tile(f"unconformity, {words}", QUIET | {"unconformity": 1.0, "fold_slope": (0.3, 0.5)}, number)
    buried = {"unconformity": 1.0, "faults": (7, 8), "fold_slope": (0.2, 0.4), "sets": ("parallel",)}
    yield Tile("unconformity over faults", buried, 2)
    yield Tile("channels", QUIET | {"channels": 1.0}, 3)
    yield Tile("channel, slice", QUIET | {"channels": 1.0, "shape": CUBE}, 7, sliced=True)
    yield Tile("mounds", QUIET | {"mounds": 1.0}, 1)
    yield Tile("clinoforms", QUIET | {"clinoforms": 1.0}, 3)
    yield Tile("salt", QUIET | {"salt": 1.0}, 1)
    yield Tile("salt and faults", {"salt": 1.0, "sets": ("random",)}, 3)
    yield Tile("gas", QUIET | {"gas": 1.0}, 0)


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
    for name in ("multiples", "smiles", "linear", "agc", "clip", "eight_bit", "dead_traces", "footprint"):
        yield Tile(name.replace("_", " "), ALONE | {name: 1.0})
    for name in ("linear", "footprint"):
        yield Tile(f"{name}, slice", QUIET | {name: 1.0, "shape": CUBE}, 7, sliced=True)


def draw_tile(tile: Tile, seed: int) -> Picture:
    """Draw a tile's cube, and cut out the section or slice with the most faults, else the most contrast."""
    from odfault_synthetic.cube import draw_cube

    cube = draw_cube(dataclasses.replace(CLEAN, **tile.keys | {"seed": seed}), tile.number)
    axis = 2 if tile.sliced else 0
    seen = (cube.labels == FAULT).sum(axis=tuple({0, 1, 2} - {axis}))
    if tile.sliced and not seen.any():
        seen = np.abs(np.diff(cube.seismic, axis=1)).mean(axis=(0, 1))
    at = int(seen.argmax())
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
