"""odfault-synth writes whole files that open elsewhere, or says in one line what to mend."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import segyio

from odfault.segy.survey import SegySurvey
from odfault_synthetic import bench
from odfault_synthetic.cli import describe_recipes, main
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import read_recipe, shipped_recipes
from odfault_synthetic.store import read_cubes, read_recipe_of, read_whole_cubes

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "numba", "scipy", "matplotlib", "h5py", "segyio", "tqdm", "keras", "tensorflow")
START = "import sys; from odfault_synthetic.cli import main; sys.exit(main())"
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in (".", "synthetic")),
}


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """Write a small recipe, in the folder that the commands then run in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.toml"
    path.write_text("shape = [16, 20, 32]\nunfaulted = 0.0\n")
    return path


def test_a_pair_of_surveys_opens_and_holds_the_cube(recipe, tmp_path, capsys):
    assert main(["small.toml", "cube.sgy", "--first", "2", "--also", "throw,dip,strike"]) == 0
    cube = draw_cube(read_recipe(recipe), 2)
    expected = {
        "": cube.seismic,
        "_faults": cube.labels,
        "_throw": cube.throw,
        "_dip": cube.dip,
        "_strike": cube.strike,
    }
    assert capsys.readouterr().out.split() == [f"cube{word}.sgy" for word in expected]
    for word, values in expected.items():
        with segyio.open(tmp_path / f"cube{word}.sgy") as file:
            np.testing.assert_array_equal(segyio.tools.cube(file), values.astype(np.float32))
            assert segyio.tools.dt(file) == 4000
            assert file.header[21][segyio.TraceField.CDP_X] == 5_000_000 + 250
            assert file.header[21][segyio.TraceField.CDP_Y] == 60_000_000 + 250
            assert file.header[21][segyio.TraceField.TRACE_SAMPLE_COUNT] == 32
        with SegySurvey.open(tmp_path / f"cube{word}.sgy") as survey:
            assert survey.shape == (16, 20, 32)
            assert not survey.remarks
    assert len(list(tmp_path.iterdir())) == 6


def test_many_pairs_are_named_by_their_numbers(recipe, tmp_path):
    assert main(["small.toml", "cube.segy", "--first", "9", "--count", "2"]) == 0
    names = [
        "cube_0009.segy",
        "cube_0009_faults.segy",
        "cube_0010.segy",
        "cube_0010_faults.segy",
        "small.toml",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    with segyio.open(tmp_path / "cube_0010_faults.segy") as file:
        np.testing.assert_array_equal(segyio.tools.cube(file), draw_cube(read_recipe(recipe), 10).labels)


def test_a_section_is_a_2d_line_with_cdps_and_coordinates(recipe, tmp_path):
    assert main(["small.toml", "line.sgy", "--shape", "1,40,32", "--seed", "5"]) == 0
    for name in ("line.sgy", "line_faults.sgy"):
        with SegySurvey.open(tmp_path / name) as survey:
            assert survey.is_2d
            assert survey.shape == (1, 40, 32)
        with segyio.open(tmp_path / name, ignore_geometry=True) as file:
            assert list(file.attributes(segyio.TraceField.CDP)) == list(range(1, 41))
            assert len(set(file.attributes(segyio.TraceField.CDP_X))) == 40
            assert not any(file.attributes(segyio.TraceField.INLINE_3D))


def test_a_file_of_cubes_grows_when_more_are_asked_for(recipe, tmp_path, capsys):
    for count in ("1", "3"):
        assert main(["small.toml", "cubes.h5", "--count", count, "--shape", "16,16,24", "--seed", "8"]) == 0
    assert "cubes 0 to 2" in capsys.readouterr().out
    known = read_recipe_of(tmp_path / "cubes.h5")
    assert (known.shape, known.seed) == ((16, 16, 24), 8)
    for number, cube in enumerate(read_whole_cubes(tmp_path / "cubes.h5")):
        np.testing.assert_array_equal(cube.labels, draw_cube(known, number).labels)
    assert len(read_cubes(tmp_path / "cubes.h5")[0]) == 3


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "required"),
        (["nothing-like-it", "out.h5"], "no recipe nothing-like-it: give .* polygonal"),
        (["small.toml", "missing/out.h5"], "missing does not exist: make it"),
        (["small.toml", "out.h5", "--count", "0"], "nothing to draw"),
        (["small.toml", "out.h5", "--first", "-1"], "nothing to draw"),
        (["small.toml", "out.h5", "--count", "many"], "invalid int"),
        (["small.toml", "out.png"], "end it in .sgy"),
        (["small.toml", "folder.h5"], "is a folder"),
        (["small.toml", "out.h5", "--also", "dip"], "for SEG-Y"),
        (["small.toml", "out.sgy", "--also", "dip,rake"], "dip,rake is not of"),
        (["small.toml", "out.h5", "--shape", "12"], "no shape"),
        (["small.toml", "out.h5", "--shape", "8,8,8"], "16 to 4096"),
        (["small.toml", "out.h5", "--seed", "-4"], "seed"),
        (["small.toml", "out.h5", "--colour", "red"], "unrecognized arguments"),
        (["unknown.toml", "out.h5"], "unknown keys volcanoes"),
        (["range.toml", "out.h5"], "throw = 9, 2 is impossible"),
        (["share.toml", "out.h5"], "salt = 1.5 is no share"),
        (["broken.toml", "out.h5"], "is not TOML"),
        (["small.toml", "text.h5"], "not an HDF5 file"),
        (["small.toml", "other.h5"], "holds no cubes"),
        (["quiet", "drawn.h5"], "drawn by another recipe"),
        (["small.toml", "drawn.h5", "--first", "3"], "begins with cube 0, not 3"),
        (["bench", "nothing-like-it"], "no recipe"),
        (["bench", "--repeat", "0"], "--repeat 0"),
        (["bench", "--json", "missing/f.json"], "missing does not exist"),
        (["gallery", "out.txt"], "end it in .png"),
        (["gallery"], "required"),
        (["--into", "none.sgy", "out.h5"], "end it in .sgy"),
        (["--into", "none.sgy", "out.sgy"], "none.sgy does not exist"),
        (["--into", "none.sgy", "out.sgy", "--spacing", "0,1"], "no pair"),
        (["--like", "none.sgy", "out.sgy"], "end it in .h5"),
        (["--like", "none.sgy", "out.h5", "--count", "0"], "nothing to draw"),
        (["--like", "none.sgy", "out.h5"], "none.sgy does not exist"),
        (["--like", "none.sgy", "out.h5", "--recipe", "nothing-like-it"], "no recipe nothing-like-it"),
        (["--like", "none.sgy", "out.h5", "--shape", "9,9,9"], "16 to 4096"),
        (["--like", "none.sgy", "text.h5"], "not an HDF5 file"),
    ],
)
def test_bad_words_get_one_line_and_leave_all_as_it_was(words, problem, recipe, tmp_path, capsys):
    (tmp_path / "folder.h5").mkdir()
    (tmp_path / "text.h5").write_text("precious")
    for name, line in (
        ("unknown", "volcanoes = 2"),
        ("range", "throw = [9, 2]"),
        ("share", "salt = 1.5"),
        ("broken", "="),
    ):
        (tmp_path / f"{name}.toml").write_text(line + "\n")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["mine"] = 1
    assert main(["small.toml", "drawn.h5"]) == 0
    capsys.readouterr()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(words) == 2
    said = capsys.readouterr().err
    assert re.search(problem, said)
    assert said.startswith("odfault-synth: ")
    assert said.count("\n") == 1
    assert said.count(": ") >= 2
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def run_small(tmp_path, *words, **more):
    return subprocess.Popen(
        [sys.executable, "-c", START, *words], cwd=tmp_path, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip


@pytest.mark.parametrize("out", ["cubes.h5", "cube.sgy"])
def test_stopped_by_hand_it_says_one_line_and_leaves_no_half(out, recipe, tmp_path):
    with run_small(tmp_path, "small.toml", out, "--count", "1000000") as run:
        sign = tmp_path / ("cubes.h5.part" if out.endswith("h5") else "cube_0001_faults.sgy")
        for _ in range(600):
            if sign.exists() or run.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        _, told = run.communicate(timeout=60)
    assert run.returncode == 130, told
    assert told == "odfault-synth: stopped: run the same command again to go on\n"
    assert not (tmp_path / "cubes.h5").exists()
    assert not list(tmp_path.glob("*.sgy.part"))
    assert len(list(tmp_path.glob("*_faults.sgy"))) * 2 == len(list(tmp_path.glob("*.sgy")))
    for path in tmp_path.glob("*.sgy"):
        assert path.stat().st_size == 3600 + 320 * (240 + 4 * 32)


@pytest.mark.parametrize("out", ["cubes.h5", "cube.sgy"])
def test_a_full_disk_is_one_line(out, recipe, tmp_path):
    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with run_small(tmp_path, "small.toml", out, "--count", "50", preexec_fn=small_disk) as run:
        _, told = run.communicate(timeout=120)
    assert run.returncode == 2
    assert told.startswith("odfault-synth: cube")
    assert told.count("\n") == 1
    assert "cannot be written" in told
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == (["cubes.h5.part", "small.toml"] if out.endswith("h5") else ["small.toml"])


def test_the_benchmark_prints_and_writes_its_figures(recipe, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench, "CUBE", (16, 16, 24))
    monkeypatch.setattr(bench, "SECTION", (1, 24, 24))
    words = ["--count", "2", "--repeat", "3", "--threads", "2", "--json", "figures.json"]
    assert main(["bench", *words, "small.toml"]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    for name in ("cubes_per_second", "crowded_cubes_per_second", "sections_per_second"):
        assert sorted(figures["repeats"][name])[1] == figures[name] > 0
        assert figures["spread"][name] >= 1
        assert figures["processor_s"][name] > 0
    assert (figures["threads"], figures["count"], figures["sections"]) == (2, 2, 32)
    assert {"image_parts", "lay_ground"} <= set(figures["shares"])
    assert sum(figures["shares"].values()) == pytest.approx(1, abs=0.1)
    told = capsys.readouterr().out
    assert "cubes of 128" in told
    assert "sections of 256" in told


def test_the_crowded_cube_has_every_feature_that_some_have():
    everything = read_recipe("everything")
    crowded = bench.crowd(everything)
    assert crowded.salt == crowded.gas == crowded.agc == crowded.multiples == 1
    assert crowded.unfaulted == 0
    assert crowded.throw == everything.throw
    assert bench.crowd(read_recipe("quiet")).unfaulted == 1


@pytest.mark.parametrize(
    "words",
    [["--help"], ["bench", "-h"], ["gallery", "-h"], ["--like", "-h"], ["--into", "-h"], ["--version"]],
)
def test_help_is_given_without_any_heavy_library(words):
    check = f"""
import sys
from odfault_synthetic.cli import main
try:
    main({words!r})
except SystemExit as end:
    assert not end.code, end.code
found = sorted(set({HEAVY!r}) & set(sys.modules))
assert not found, found
"""
    done = subprocess.run(
        [sys.executable, "-c", check], env=ENVIRONMENT, check=True, capture_output=True, text=True
    )
    assert "odfault-synth" in done.stdout
    if words == ["--help"]:
        assert all(re.search(rf"^  {name} +\S", done.stdout, re.MULTILINE) for name in shipped_recipes())


def test_each_shipped_recipe_says_what_it_is():
    told = describe_recipes()
    assert set(told) == set(shipped_recipes()) >= {"everything", "quiet"}
    assert all(len(line) > 10 and "\n" not in line for line in told.values())


def test_the_gallery_is_asked_for_by_name(recipe, tmp_path, monkeypatch):
    from odfault_synthetic import gallery

    asked = []
    monkeypatch.setattr(gallery, "main_gallery", lambda *words: asked.append(words))
    assert main(["gallery", "sheet.png", "--recipe", "quiet", "--seed", "4"]) == 0
    assert asked == [(Path("sheet.png"), "quiet", 4)]


def test_a_likeness_is_asked_for_by_its_survey(recipe, tmp_path, monkeypatch, capsys):
    from odfault_synthetic import portrait

    asked = []

    def like(survey, out, *, progress, **words):
        asked.append((survey, out, words))
        progress("measuring")
        return {"spectrum_l1": 0.2, "spacing_share": 0.1, "within_bounds": {"spectrum_l1": False}}

    monkeypatch.setattr(portrait, "like", like)
    words = ["--report", "report", "--count", "3", "--seed", "4", "--shape", "1,64,64", "out.h5"]
    assert main(["--like", "real.sgy", *words]) == 0
    survey, out, given = asked[0]
    assert (survey, out) == (Path("real.sgy"), Path("out.h5"))
    assert given == {
        "count": 3, "first": 0, "report": Path("report"), "recipe": "everything", "seed": 4,
        "shape": (1, 64, 64),
    }  # fmt: skip
    told = capsys.readouterr()
    assert "0.200  spectrum_l1  (too far)" in told.out
    assert "0.100  spacing_share\n" in told.out
    assert told.err == "odfault-synth: measuring\n"
