"""Labels come from the same mapping as the data, and a recipe, a seed and a number make a cube."""

import dataclasses
import math
from itertools import pairwise

import h5py
import numpy as np
import pytest
import segyio
from scipy.ndimage import maximum_filter

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault_synthetic import strain
from odfault_synthetic.cli import main
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.imaging import Imaging, image
from odfault_synthetic.labels import BACKGROUND, FAULT
from odfault_synthetic.recipe import Recipe, make_recipe, read_recipe
from odfault_synthetic.store import read_cubes, read_recipe_of, write_cubes

SMALL = Recipe(shape=(24, 28, 32), seed=3)
SHAPE = (40, 48, 64)


def one_fault(slip: float, dip: float = math.radians(65)) -> np.ndarray:
    """Make a table of one planar fault through the middle, far larger than the volume."""
    row = [20, 24, 32, 1, 0, 1 / math.tan(dip), 0, 0, 50, 0, 4000, 4000, slip, 1, 0, 1e6, 0.5, 0, 5]
    assert len(row) == len(strain.FAULT_COLUMNS)
    return np.array([row])


def lay(faults: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    beds = np.empty(SHAPE, np.float32)
    places, labels = np.empty((*SHAPE, 2), np.float32), np.empty(SHAPE, np.uint8)
    none = np.empty((0, 11))
    cover = np.array([-1e9, 0, 0, 0, 0])
    strain.strain(faults, none, none, none, cover, np.array([0.3, 0.9]), beds, places, labels)
    return beds, labels


@pytest.mark.parametrize("slip", [3.0, 12.0, -7.0])
def test_the_offset_across_a_fault_is_its_throw(slip):
    beds, labels = lay(one_fault(slip))
    line = beds[20, :, 32]
    jump = np.abs(np.diff(line)).max()
    assert jump == pytest.approx(abs(slip) * math.sin(math.radians(65)), rel=0.02)
    at = int(np.abs(np.diff(line)).argmax())
    assert FAULT in labels[20, at - 1 : at + 3, 32]


def test_labels_lie_on_the_jump_and_are_thin():
    beds, labels = lay(one_fault(10.0))
    steps = np.abs(np.diff(beds, axis=1)) > 2
    found = labels == FAULT
    near = maximum_filter(found, (1, 5, 1))
    assert near[:, :-1][steps].all()
    assert found.any(axis=1).all()
    assert found.sum(axis=1).max() <= 2


def test_labels_vanish_with_the_throw():
    _, labels = lay(one_fault(0.2))
    assert not (labels != BACKGROUND).any()


def test_slip_is_full_at_the_centre_and_none_at_the_tip():
    assert strain.bell(0.0) == 1.0
    assert strain.bell(1.0) == 0.0
    falling = [strain.bell(r) for r in np.linspace(0, 1, 50)]
    assert all(a >= b for a, b in pairwise(falling))


def test_kernels_answer_alike_with_and_without_the_jit():
    row, point = one_fault(8.0)[0], np.array([21.0, 30.0, 35.0])
    plain = point.copy()
    assert strain.slip_back(row, point) == pytest.approx(strain.slip_back.py_func(row, plain))
    np.testing.assert_allclose(point, plain)


def test_the_same_number_gives_the_same_cube_on_any_number_of_threads():
    import numba

    once = draw_cube(SMALL, 5)
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        again = draw_cube(SMALL, 5)
    finally:
        numba.set_num_threads(threads)
    np.testing.assert_array_equal(once.seismic, again.seismic)
    np.testing.assert_array_equal(once.labels, again.labels)
    assert not np.array_equal(once.seismic, draw_cube(SMALL, 6).seismic)


def test_cubes_are_finite_and_varied():
    cubes = [draw_cube(SMALL, number) for number in range(12)]
    assert all(np.isfinite(cube.seismic).all() and cube.seismic.std() > 0.1 for cube in cubes)
    assert 6 <= sum((cube.labels == FAULT).any() for cube in cubes) <= 12


def test_a_quiet_recipe_has_no_fault():
    quiet = dataclasses.replace(read_recipe("quiet"), shape=SMALL.shape)
    assert all((draw_cube(quiet, number).labels == BACKGROUND).all() for number in range(6))


def test_the_spectrum_asked_is_the_spectrum_got():
    rng = np.random.default_rng(2)
    white = rng.standard_normal((32, 32, 256)).astype(np.float32)
    way = Imaging(0.12, 1.5, 0.3, 0.0, (0.5, 0.5), 50.0, 60.0, 1.0)
    power = (np.abs(np.fft.rfft(image(white, way, rng), axis=2)) ** 2).mean(axis=(0, 1))
    peak = np.fft.rfftfreq(256)[np.convolve(power, np.ones(5) / 5, "same").argmax()]
    assert peak == pytest.approx(0.12, abs=0.02)


def test_a_file_of_cubes_is_gone_on_with_and_keeps_its_recipe(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(2))
    write_cubes(path, SMALL, range(4))
    seismic, labels = read_cubes(path)
    assert seismic.shape == labels.shape == (4, *SMALL.shape)
    np.testing.assert_array_equal(labels[3], draw_cube(SMALL, 3).labels)
    assert read_recipe_of(path) == SMALL
    with pytest.raises(OdfaultError, match="another recipe"):
        write_cubes(path, dataclasses.replace(SMALL, seed=4), range(5))


def test_a_kill_between_two_cubes_loses_only_the_second(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(2))
    with h5py.File(path, "a") as file:  # as if it was killed after the data and before the count
        file.attrs["count"] = 1
    write_cubes(path, SMALL, range(3))
    np.testing.assert_array_equal(read_cubes(path)[1][1], draw_cube(SMALL, 1).labels)


def test_the_command_writes_surveys_that_open(tmp_path, capsys):
    recipe = tmp_path / "small.toml"
    recipe.write_text("shape = [16, 20, 32]\nunfaulted = 0.0\n")
    assert main([str(recipe), str(tmp_path / "cube.sgy"), "--first", "2"]) == 0
    assert "cube_faults.sgy" in capsys.readouterr().out
    with segyio.open(tmp_path / "cube.sgy") as file:
        cube = draw_cube(read_recipe(recipe), 2)
        np.testing.assert_array_equal(segyio.tools.cube(file), cube.seismic)
    with SegySurvey.open(tmp_path / "cube_faults.sgy") as survey:
        assert survey.shape == (16, 20, 32)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nothing-like-it", "out.h5"], "no recipe"),
        (["everything", "missing/out.h5"], "no folder"),
        (["everything", "out.h5", "--count", "0"], "nothing to draw"),
        (["everything", "out.sgy", "--count", "2"], "one cube"),
    ],
)
def test_bad_words_get_one_line(words, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "table",
    [{"sead": 1}, {"throw": [9, 2]}, {"sets": ["circles"]}, {"shape": [8, 8, 8]}, {"peak": [0.1, 0.6]}],
)
def test_a_recipe_refuses_what_makes_no_sense(table):
    with pytest.raises(OdfaultError):
        make_recipe(table)
