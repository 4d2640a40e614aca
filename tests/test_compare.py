"""Every family of the comparison trains, saves, loads and predicts, and is counted right."""

import dataclasses

import keras
import numpy as np
import pytest

from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import read_recipe
from odfault_training.contest import (
    Lesson,
    answer_section,
    area_under_curve,
    draw_batches,
    rank_patches,
    teach,
)
from odfault_training.families import FAMILIES, count_operations, count_parameters, fit_width

BY_NAME = {family.name: family for family in FAMILIES}


@pytest.fixture(scope="module")
def lesson():
    """Draw two small cubes to learn from."""
    recipe = dataclasses.replace(read_recipe("rift"), shape=(64, 64, 128))
    cubes = [draw_cube(recipe, number) for number in range(2)]
    seismic = np.stack([cube.seismic.astype(np.float16) for cube in cubes])
    return Lesson(seismic, np.stack([cube.labels for cube in cubes]), steps=4)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_family_trains_saves_loads_and_predicts(name, lesson, tmp_path):
    family = BY_NAME[name]
    model = teach(family, 3, lesson, 1)
    before = [weight.copy() for weight in family.build(3).get_weights()]
    assert any(not np.allclose(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    section = np.random.default_rng(1).standard_normal((3, 40, 61)).astype(np.float32)
    answer = answer_section(model, family, section, 1)
    assert answer.shape == (40, 61)
    assert np.isfinite(answer).all()
    assert 0 <= answer.min() <= answer.max() <= 1
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(answer_section(again, family, section, 1), answer, atol=1e-5)
    patches = np.random.default_rng(2).standard_normal((6, 45, 45)).astype(np.float32)
    assert rank_patches(model, family, patches, shift=8).shape == (6,)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_loss_falls_when_one_batch_is_seen_again_and_again(name, lesson):
    family = BY_NAME[name]
    keras.utils.set_random_seed(1)
    model = family.build(4)
    seen, target = next(draw_batches(family, lesson, 1))
    from odfault_training.loss import make_loss

    model.compile(keras.optimizers.Adam(5e-3), make_loss(0.02))
    losses = [float(model.train_on_batch(seen, target)) for _ in range(12)]
    assert model.test_on_batch(seen, target) < losses[0] or losses[-1] < losses[0]


def test_parameters_and_operations_are_those_counted_by_hand():
    dense = BY_NAME["dense"].build(10)
    by_hand = 29 * 29 * 10 + 10 * 10 + 10
    assert count_operations(dense, "patch") == by_hand
    assert count_parameters(dense) == by_hand + 10 + 10 + 1
    lenet = BY_NAME["LeNet-style"].build(2)
    by_hand = 25 * 25 * 25 * 2 + 8 * 8 * 25 * 2 * 4 + 4 * 4 * 4 * 16 + 16
    assert count_operations(lenet, "patch") == by_hand
    lstm = BY_NAME["BiLSTM"].build(3)
    assert count_operations(lstm, "trace") == 2 * 4 * 3 * (9 + 3) + 2 * 4 * 3 * (6 + 3) + 6


@pytest.mark.parametrize("by", ["parameters", "operations"])
@pytest.mark.parametrize("name", ["dense", "BiLSTM", "U-Net"])
def test_a_width_is_found_that_matches(name, by):
    family = BY_NAME[name]
    width = fit_width(family, 20_000, by=by)
    model = family.build(width)
    found = count_parameters(model) if by == "parameters" else count_operations(model, family.kind)
    assert found == pytest.approx(20_000, rel=0.3)


def test_the_area_under_the_curve_is_the_chance_of_a_right_order():
    chance = np.random.default_rng(3)
    truth = chance.random(60) < 0.3
    scores = (truth + chance.standard_normal(60)).astype(np.float32)
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[truth] for b in scores[~truth]]
    assert area_under_curve(scores, truth) == pytest.approx(np.mean(pairs))


@pytest.fixture
def tiny_contest(monkeypatch):
    """Make the comparison as small as can be: two families, two steps, one seed, no graph for two steps."""
    import tensorflow as tf

    from odfault_training import compare

    small = compare.Setting(
        steps=2, seeds=1, cubes=2, unseen=3, target=2000, every=1, rates=(1e-3, 2e-3), trials=1
    )
    monkeypatch.setattr(compare, "QUICK", small)
    monkeypatch.setattr(compare, "FAMILIES", [BY_NAME["dense"], BY_NAME["U-Net"]])
    monkeypatch.setattr(compare, "SHAPE", (64, 64, 128))
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_the_command_writes_table_picture_and_json_and_goes_on(tiny_contest, tmp_path, capsys):
    import json

    from odfault_training.cli import main

    chance = np.random.default_rng(4)
    section, faults = chance.standard_normal((40, 48)), np.zeros((40, 48), np.uint8)
    faults[20, 8:40] = 1
    np.savez(tmp_path / "line.npz", seismic=section.astype(np.float32), faults=faults)
    patches = chance.standard_normal((12, 45, 45)).astype(np.float32)
    np.savez(tmp_path / "patches.npz", patches=patches, fault=np.arange(12) % 2)
    words = [
        "compare",
        "--quick",
        "--folder",
        str(tmp_path / "kept"),
        "--json",
        str(tmp_path / "kept" / "runs.json"),
    ]
    words += ["--sections", str(tmp_path / "line.npz"), "--patches", str(tmp_path / "patches.npz")]
    assert main(words) == 0
    told = capsys.readouterr()
    assert told.err.count("seed 0") == 4  # two families, two ways to match
    assert "matched by operations" in told.out
    runs = json.loads((tmp_path / "kept" / "runs.json").read_text())
    assert {run["family"] for run in runs} == {"dense", "U-Net"}
    assert all(set(run["patches"]) == {"0", "1", "2", "4", "8"} for run in runs)
    assert (tmp_path / "kept" / "compare.png").stat().st_size > 10_000
    kept = tmp_path / "kept" / "quick.jsonl"
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join(lines[:3]) + "\n" + lines[3][:20])  # stopped while it wrote the last one
    assert main(words) == 0
    assert capsys.readouterr().err.count("seed 0") == 1
    assert main(words) == 0
    assert capsys.readouterr().err.count("seed 0") == 0
    runs = json.loads((tmp_path / "kept" / "runs.json").read_text())
    assert len(runs) == 4
    assert {run["rate"] for run in runs} <= {1e-3, 2e-3}
    same = [run for run in runs if run["family"] == "dense"]
    assert same[0]["synthetic"] == same[1]["synthetic"]  # matched either way it is the same network
    trials = [json.loads(line) for line in (tmp_path / "kept" / "quick.rates.jsonl").read_text().splitlines()]
    assert len(trials) == 2 * len({(run["family"], run["width"]) for run in runs})
    kept.write_text(kept.read_text() + lines[0] + "\n")  # two processes shared the folder
    assert main(words) == 0
    assert len(json.loads((tmp_path / "kept" / "runs.json").read_text())) == 4


def test_the_table_gives_the_mean_and_its_interval():
    from odfault_training.compare import Run
    from odfault_training.compare_command import as_table

    runs = [
        Run("dense", "parameters", n, 9, 1e-3, 4, 10, 20.0, 0.5, value, None, None, None, {"0": value})
        for n, value in enumerate([0.5, 0.6, 0.7])
    ]
    runs = [dataclasses.replace(run, patches=dict.fromkeys("01248", run.synthetic)) for run in runs]
    row = as_table(runs).splitlines()[-1]
    # 0.1 / sqrt(3) times 4.303, Student's t for two degrees of freedom
    assert row.count("0.600 ± 0.248") == 2
    assert "| - | - | - |" in row


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--patches", "no.npz"], "holds no patches"),
        (["--sections", "no.npz"], "no file no.npz"),
        (["--sections", "a.txt"], "no labelled data by its name"),
        (["--json", "no/such/folder.json"], "such does not exist"),
    ],
)
def test_data_that_cannot_be_judged_by_are_refused(words, problem, tmp_path, capsys, monkeypatch):
    from odfault_training.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["compare", "--quick", *words]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert problem in told
    assert not list(tmp_path.iterdir())
