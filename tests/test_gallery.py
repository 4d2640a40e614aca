"""Every recipe that comes with the generator shows what its name promises, and the gallery shows all."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from odfault.errors import OdfaultError
from odfault_synthetic import gallery, strain
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.geology import draw_geology
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.recipe import SETS, Recipe, read_recipe, shipped_recipes
from odfault_synthetic.sheet import COLOURS, paint

NAMES = (
    "everything", "noise-free", "passive-margin", "polygonal", "quiet",
    "rift", "salt", "steep", "thrust-belt",
)  # fmt: skip
SMALL = (32, 48, 64)


def draw_some(name, count=6, shape=SMALL):
    recipe = dataclasses.replace(read_recipe(name), shape=shape)
    return [draw_cube(recipe, number) for number in range(count)]


def draw_tables(name, count=30):
    """Draw the grounds of full-size cubes, which cost next to nothing until they are laid."""
    recipe = read_recipe(name)
    return [draw_geology(recipe, (128, 128, 128), np.random.default_rng([3, n])) for n in range(count)]


def slips(name):
    return np.concatenate([table.faults[:, strain.SLIP] for table in draw_tables(name)])


def oneness(name):
    """How much alike the strikes of each cube are: 1 when they are one, 0 when there is every one."""
    found = []
    for table in draw_tables(name):
        strikes = table.faults[:, strain.STRIKE_X] + 1j * table.faults[:, strain.STRIKE_Y]
        if len(strikes) > 3:
            found.append(abs((strikes**2).mean()))
    return float(np.median(found))


def test_the_recipes_are_these():
    assert tuple(shipped_recipes()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_begins_with_a_line_that_says_what_it_draws(name):
    from importlib import resources

    text = resources.files("odfault_synthetic").joinpath("recipes", f"{name}.toml").read_text("utf-8")
    first, second = text.splitlines()[:2]
    assert first.startswith("# ")
    assert first.endswith(".")
    assert 40 < len(first) <= 110
    assert second.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_draws_finite_cubes(name):
    for cube in draw_some(name, 3):
        assert cube.seismic.shape == SMALL
        assert np.isfinite(cube.seismic).all()
        assert 0.1 < cube.seismic.std() < 30
        assert set(np.unique(cube.labels)) <= {0, FAULT, BESIDE, UNRESOLVED}


def test_quiet_has_no_fault_but_look_alikes():
    assert all(not cube.labels.any() for cube in draw_some("quiet"))
    tables = draw_tables("quiet")
    assert sum(len(table.faults) for table in tables) == 0
    assert np.mean([len(table.fills) > 0 for table in tables]) > 0.7
    assert any(len(table.salt) for table in tables)


def test_a_thrust_belt_is_made_of_reverse_faults_of_low_dip():
    assert (slips("thrust-belt") < 0).all()
    dips = np.concatenate([cube.dip[cube.labels == FAULT] for cube in draw_some("thrust-belt", 8)])
    assert np.mean(dips < 55) > 0.9


def test_a_rift_is_made_of_normal_faults_of_few_strikes():
    assert (slips("rift") > 0).all()
    assert oneness("rift") > 0.8
    dips = np.concatenate([cube.dip[cube.labels == FAULT] for cube in draw_some("rift", 8)])
    assert np.median(dips) > 45


def test_polygonal_faults_have_every_strike_and_are_many():
    assert oneness("polygonal") < 0.35
    assert np.median([len(table.faults) for table in draw_tables("polygonal")]) > 30
    assert (slips("polygonal") > 0).all()


def test_a_passive_margin_slides_along_growing_listric_faults():
    faults = np.concatenate([table.faults for table in draw_tables("passive-margin")])
    assert (faults[:, strain.SLIP] > 0).all()
    assert np.mean(faults[:, strain.LISTRIC] > 0) > 0.6
    assert np.mean(faults[:, strain.GROWTH_TOP] > -1e5) > 0.6


def test_salt_has_salt_and_no_fault_in_it():
    assert all(len(table.salt) for table in draw_tables("salt", 5))


def test_the_gallery_has_a_tile_for_every_feature():
    words = " ".join(tile.caption for tile in gallery.tiles())
    shares = {field.name for field in dataclasses.fields(Recipe) if isinstance(field.default, float)}
    shown = {key for tile in gallery.tiles() for key in tile.keys if not tile.caption.startswith("recipe")}
    assert shares - shown == {"gain"}
    for word in (*SETS, *NAMES, "ricker", "ormsby", "klauder", "gauss"):
        assert word in words


def test_every_tile_is_a_recipe():
    for tile in gallery.tiles():
        assert isinstance(dataclasses.replace(gallery.CLEAN, **tile.keys), Recipe)


def test_a_sheet_shows_pictures_beside_their_labels(tmp_path, monkeypatch):
    few = [tile for tile in gallery.tiles() if tile.caption in ("planar", "gas", "polygonal faults, slice")]
    monkeypatch.setattr(gallery, "tiles", lambda: few)
    monkeypatch.setattr(gallery, "CUBE", SMALL)
    gallery.main_gallery(tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        image = np.asarray(picture.convert("RGB")).astype(int)
    red = (image[..., 0] > image[..., 1] + 100) & (image[..., 0] > image[..., 2] + 100)
    assert 100 < red.sum() < 0.1 * red.size
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


def test_the_sheet_of_a_recipe_shows_its_cubes(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "RANDOM", 2)
    path = tmp_path / "mine.toml"
    path.write_text("shape = [1, 40, 48]\nunfaulted = 0.0\n", "utf-8")
    gallery.main_gallery(tmp_path / "mine.png", str(path), seed=5)
    with Image.open(tmp_path / "mine.png") as picture:
        assert picture.width > 2 * picture.height


def test_labels_have_their_colours():
    painted = paint(np.array([0, FAULT, BESIDE, UNRESOLVED], np.uint8))
    assert painted[0, 3] == 0
    assert np.allclose(painted[1:], [COLOURS[word] for word in (FAULT, BESIDE, UNRESOLVED)])


@pytest.mark.parametrize("name", ["sheet.txt", "sheet", "absent/sheet.png"])
def test_a_name_that_no_picture_can_have_is_refused_before_anything_is_drawn(tmp_path, name, monkeypatch):
    monkeypatch.setattr(gallery, "draw_tile", None)
    with pytest.raises(OdfaultError):
        gallery.main_gallery(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_recipe_that_is_not_there_leaves_nothing(tmp_path):
    with pytest.raises(OdfaultError, match="no recipe"):
        gallery.main_gallery(tmp_path / "sheet.png", "absent")
    assert not list(tmp_path.iterdir())


def test_a_sheet_that_cannot_be_written_leaves_nothing_half_done(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def fail(self, path, **words):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    monkeypatch.setattr(gallery, "tiles", lambda: [gallery.Tile("planar", {"shape": (1, 32, 32)})])
    with pytest.raises(OdfaultError, match="No space"):
        gallery.main_gallery(tmp_path / "sheet.png")
    assert not list(tmp_path.iterdir())
