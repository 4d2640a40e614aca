"""Cubes drawn like a survey measure as the survey does."""

import dataclasses
import json

import numpy as np
import pytest

from odfault.errors import OdfaultError
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.fitting import compare, draw_like, find_dips, measure_drawn
from odfault_synthetic.labels import FAULT
from odfault_synthetic.like import fit_recipe, fit_shape, top_of
from odfault_synthetic.likeness import measure_volumes
from odfault_synthetic.portrait import BOUNDS, like
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import read_cubes, read_words_of
from odfault_synthetic.survey import write_survey

HIDDEN = Recipe(
    shape=(1, 200, 160), seed=77, peak=(0.12, 0.12), octaves=(1.8, 1.8), signal_to_noise_db=(8.0, 8.0),
    sampling=(3.0, 3.0), fold_slope=(0.1, 0.2), salt=0.0, gas=0.0, unconformity=0.0, clip=0.0, agc=0.0,
    eight_bit=0.0, dead_traces=0.0, linear=0.0, smiles=0.0, unfaulted=0.0,
)  # fmt: skip
"""A survey of which the matching is told nothing."""


@pytest.fixture(scope="module")
def survey():
    return 350.0 * draw_cube(HIDDEN, 3).seismic


@pytest.fixture(scope="module")
def matched(survey):
    real = measure_volumes([survey], survey.shape, interval_s=0.004, name="hidden")
    recipe = fit_recipe(Recipe(seed=5, unfaulted=0.0), real, fit_shape(real, None))
    return real, recipe, find_dips(recipe, real)


def test_drawn_sections_measure_as_the_survey(matched):
    real, recipe, dips = matched
    cubes = [draw_like(recipe, real, dips, number) for number in range(6)]
    drawn = measure_drawn(cubes, [top_of(recipe, real, number) for number in range(6)], real)
    found = compare(real, drawn)
    assert all(found[name] <= bound for name, bound in BOUNDS.items()), found
    assert any((cube.labels == FAULT).any() for cube in cubes)


def test_the_same_number_gives_the_same_bytes(matched):
    real, recipe, dips = matched
    one, two = (draw_like(recipe, real, dips, 4) for _ in range(2))
    assert one.seismic.tobytes() == two.seismic.tobytes()
    other = dataclasses.replace(recipe, seed=6)
    assert draw_like(other, real, dips, 4).seismic.tobytes() != one.seismic.tobytes()


def test_the_command_s_function_writes_cubes_and_a_report(survey, tmp_path):
    path, out = tmp_path / "survey.sgy", tmp_path / "cubes.h5"
    write_survey(path, survey[:, :96, :96].copy())
    found = like(path, out, count=2, report=tmp_path / "report", shape=(1, 64, 64))
    seismic, labels = read_cubes(out)
    assert seismic.shape == labels.shape == (2, 1, 64, 64)
    assert np.abs(seismic.astype(np.float32)).mean() == pytest.approx(1, abs=0.5), (
        "in units that float16 holds"
    )
    assert read_words_of(out)["like"]["unit"] > 50
    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert told["spectrum_l1"] == found["spectrum_l1"]
    assert (tmp_path / "report" / "report.png").stat().st_size > 10_000
    assert not list((tmp_path / "report").glob(".*"))


def test_a_survey_too_small_to_be_measured_leaves_nothing(survey, tmp_path):
    path = tmp_path / "survey.sgy"
    write_survey(path, survey[:, :20, :24].copy())
    with pytest.raises(OdfaultError, match="too small"):
        like(path, tmp_path / "cubes.h5", report=tmp_path / "report")
    assert sorted(tmp_path.iterdir()) == [path]
