"""What is shipped works as a user meets it: the demo, the benchmark, the examples, the weights."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from odfault import cli
from odfault.agreement import agree
from odfault.card import hash_file, models_folder, read_card
from odfault.demo import EXAMPLE
from odfault.segy.survey import SegySurvey

ROOT = Path(__file__).parents[1]
MODELS = sorted(models_folder().glob("*.keras"))
FINDERS = [path for path in MODELS if read_card(path).finds_faults]
PLACERS = [path for path in MODELS if read_card(path).answers != "familiarity"]
"""Those that answer each sample."""


def test_the_demo_writes_what_it_says_and_finds_the_faults(tmp_path, capsys):
    assert cli.main(["demo", "--folder", str(tmp_path / "demo"), "--progress", "none"]) == 0
    said = capsys.readouterr().out
    for name in ("faults.sgy", "faults.png", "faults.sgy.json"):
        assert (tmp_path / "demo" / name).is_file()
    assert str(tmp_path / "demo" / "faults.png") in said
    with np.load(EXAMPLE / "demo_truth.npz") as file:
        labels = file["labels"]
    with SegySurvey.open(tmp_path / "demo" / "faults.sgy") as survey:
        faults = survey.read(slice(0, 64), slice(0, 80))
    assert agree(faults, labels == 1, labels == 3).f1 > 0.75


def test_the_survey_of_the_demo_is_what_its_recipe_draws():
    from odfault_synthetic.cube import draw_cube
    from odfault_synthetic.recipe import read_recipe

    cube = draw_cube(read_recipe(EXAMPLE / "demo.toml"), 7)
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        np.testing.assert_allclose(survey.read(slice(0, 64), slice(0, 80)), cube.seismic, atol=1e-3)
    assert (EXAMPLE / "demo.sgy").stat().st_size <= 4_000_000


def test_the_benchmark_tells_its_figures(tmp_path, capsys):
    figures = tmp_path / "bench.json"
    words = ["bench", "--shape", "32,48,64", "--repeat", "1", "--json", str(figures)]
    assert cli.main(words) == 0
    assert "whole job" in capsys.readouterr().out
    table = json.loads(figures.read_text())
    assert 0 < table["ratio"] < 2
    assert table["shape"] == [32, 48, 64]


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_an_example_runs(script):
    answer = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout


def test_the_example_finds_the_fault_where_it_was_drawn():
    answer = subprocess.run(
        [sys.executable, ROOT / "examples" / "01_predict_an_array.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    trace = int(answer.stdout.split("trace ")[1].split()[0])
    assert 61 <= trace <= 66


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("weights", FINDERS, ids=lambda path: path.stem)
def test_the_weights_still_give_their_cards_numbers(weights, precision):
    from odfault.model import load_network
    from odfault_training.ship import score_demo

    network = load_network(weights, precision=precision)
    told = network.card.scores["demo"]
    assert score_demo(network, network.card) == pytest.approx(told, abs=0.01)
    assert told["precision_at_half"] > 0.7


@pytest.mark.parametrize("weights", FINDERS, ids=lambda path: path.stem)
def test_a_card_tells_where_its_weights_come_from_and_that_they_win(weights):
    from odfault_training.unseen import unseen_recipe

    card = read_card(weights)
    table = card.scores["table"]
    classical = max(table[name]["ods"] for name in table if name != card.name)
    assert table[card.name]["ods"] > classical + 0.1
    assert card.recipe["training"]["name"] == card.name
    assert unseen_recipe(card).seed != card.recipe["synthetic"]["seed"]


@pytest.mark.parametrize("weights", PLACERS, ids=lambda path: path.stem)
def test_bfloat16_and_float32_agree(weights):
    from odfault.model import load_network
    from odfault.scaling import scale_volume

    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        window = scale_volume(survey.read(slice(0, 64), slice(0, 80)))[None]
    answers = read_card(weights).answers
    one, two = (
        load_network(weights, precision=word, answers=answers)(window) for word in ("float32", "bfloat16")
    )
    assert np.abs(one - two).max() < (0.02 if answers == "faults" else 0.1)


@pytest.mark.parametrize("weights", PLACERS, ids=lambda path: path.stem)
def test_a_tiled_answer_of_the_shipped_weights_is_the_whole_answer(weights):
    from odfault.inference import place_answers, run_tiles
    from odfault.model import load_network
    from odfault.tiling import plan

    network = load_network(weights, answers=read_card(weights).answers)
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        cube = survey.read(slice(0, 64), slice(0, 80))
    cube = np.concatenate([cube, cube[:, ::-1]], axis=1)
    halo, grid = network.card.halo_shape, network.card.grid_shape
    answers = []
    for most in (10_000_000, 300_000):
        boxes = plan(cube.shape, halo, grid, most=most)
        answer = np.empty(cube.shape, np.float32)
        for gathered, part in run_tiles(lambda x, y, z: cube[x, y, z].copy(), cube.shape, boxes, network):
            place_answers(gathered.boxes, part, answer)
        answers.append(answer)
    assert len(boxes) > 2
    assert np.abs(answers[0] - answers[1]).max() <= (0.02 if weights in FINDERS else 0.1)


def test_variance_finds_more_in_noise_when_that_is_taken_away():
    from odfault import denoise
    from odfault_training.alterations import add_noise
    from odfault_training.metrics import count_matches, score_counts
    from odfault_training.scoring import CLASSICAL

    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey, np.load(EXAMPLE / "demo_truth.npz") as file:
        noisy = add_noise(survey.read(slice(0, 64, 8), slice(0, 80)), 2.0)
        labels = file["labels"][::8]
    found = []
    for volume in (noisy, denoise(noisy)):
        pairs = zip(volume, labels, strict=True)
        counts = [count_matches(CLASSICAL["variance"](line), word == 1, word == 3) for line, word in pairs]
        found.append(score_counts(counts).ods)
    assert found[1] > found[0] + 0.05


def test_all_networks_are_shipped_and_small():
    card = json.loads((models_folder() / "panel.json").read_text())
    assert card["sha256"] == hash_file(models_folder() / "panel.onnx")
    assert [path.stem for path in MODELS] == ["denoise2d", "familiar2d", "fault2d", "fault3d", "picture2d"]
    assert sum(path.stat().st_size for path in MODELS) < 15e6
