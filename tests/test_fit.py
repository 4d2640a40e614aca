"""A run tells how it goes, ends well whatever ends it, and goes on as if it had never stopped."""

import dataclasses
import importlib.util
import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras")

import tiny_recipe

from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import read_cubes, write_cubes
from odfault_training import begin, cli, export, fit, keep, ship, speed, watch
from odfault_training.windows import Windows

ROOT = Path(__file__).parents[1]
TINY = dataclasses.replace(tiny_recipe.TINY, steps=20)
SMALL = Recipe(shape=(32, 32, 48), seed=8, unfaulted=0.0)
EPOCH, SETTLED = 4, 3
CHILD = f"""
import os, pathlib, signal, sys
sys.path[:0] = {[str(ROOT / part) for part in (".", "synthetic", "training")]!r}
from odfault_training import cli, fit, keep, ship
fit.EPOCH, fit.SETTLED = {EPOCH}, {SETTLED}
"""
KILLED = (
    CHILD
    + """
ship.ship = lambda *words, **more: None
write, begun = keep.write_new, []
def die(path, content):
    begun.append(path.name)
    if begun.count(keep.CHECKPOINT) == 3:
        path.with_name(path.name + "-new").write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, content)
keep.write_new = die
cli.main(sys.argv[1:])
"""
)


@pytest.fixture(scope="module")
def cubes(tmp_path_factory):
    path = tmp_path_factory.mktemp("cubes") / "cubes.h5"
    write_cubes(path, SMALL, range(6))
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(fit, "EPOCH", EPOCH)
    monkeypatch.setattr(fit, "SETTLED", SETTLED)


@pytest.fixture
def words(cubes, tmp_path, shipped):
    """Give the words of a command that trains in a folder, and ships nothing."""
    return command_words(cubes, tmp_path)


@pytest.fixture
def shipped(monkeypatch):
    """List the networks that would have been shipped."""
    networks = []
    monkeypatch.setattr(ship, "ship", lambda network, *words, **more: networks.append(network))
    return networks


def command_words(cubes, folder):
    """Write the recipe, and give the words of the command."""
    recipe = folder / "tiny.toml"
    lines = {key: value for key, value in dataclasses.asdict(TINY).items() if value is not None}
    recipe.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items()))
    data = ["--data", str(cubes), "--unseen", str(cubes)]
    return [str(recipe), *data, "--folder", str(folder / "run"), "--precision", "float32"]


def figures(folder):
    """Read what a log says, but for the time that it took."""
    return [[float(v) for k, v in row.items() if k != "seconds"] for row in keep.read_log(folder)]


def open_windows(cubes, **words):
    return Windows(*read_cubes(cubes), window=(32, 32), batch=4, steps=EPOCH, seed=1, **words)


@pytest.mark.skipif(os.name == "nt", reason="Windows kills otherwise")
def test_a_killed_run_ends_with_the_numbers_of_one_that_was_not(cubes, tmp_path, words, shipped, capsys):
    done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, capture_output=True, text=True)
    folder = tmp_path / "run"
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(figures(folder)) == 3  # the third is of an epoch that no checkpoint holds
    assert cli.main(words) == 0
    told = capsys.readouterr().out
    assert "goes on after epoch 2 of 5" in told
    whole = fit.train(TINY, [cubes], cubes, tmp_path / "whole", precision="float32")
    assert [row[0] for row in figures(folder)] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(figures(folder), figures(tmp_path / "whole"), rtol=0, atol=1e-5)
    for one, other in zip(whole.get_weights(), shipped[0].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert not list(folder.glob("*-new"))
    check_told(told, capsys.readouterr().out)
    check_force(json.loads((folder / "recipe.json").read_text()))


def check_told(on, whole):
    """Check the lines of a run: one for each epoch, and one of the speed."""
    lines = [line for line in whole.splitlines() if line.startswith("epoch")]
    assert [line.split(":")[0] for line in lines] == [f"epoch {n} of 5" for n in range(1, 6)]
    assert all("unseen: loss" in line and line.endswith("left") for line in lines)
    assert len([line for line in on.splitlines() if line.startswith("epoch")]) == 3
    assert whole.count("a step takes") == on.count("a step takes") == 1


def check_force(force):
    """Check that the recipe in force tells all that made the network."""
    assert force["training"]["seed"] == 1
    assert force["synthetic"]["seed"] == 8
    assert force["precision"] == "float32"
    assert force["data"][0]["file"] == force["unseen"]["file"] == "cubes.h5"
    assert len(force["data"][0]["sha256"]) == 64
    assert {"odfault", "python", "backend", "keras", "numpy", force["versions"]["backend"]} <= set(
        force["versions"]
    )
    assert force["machine"]["processors"] >= 1
    assert force["speed"]["live_over_cached"] > 0


def test_a_run_learns_from_every_file_it_is_given(cubes, words, shipped, tmp_path, monkeypatch):
    other = tmp_path / "steep.h5"
    write_cubes(other, dataclasses.replace(SMALL, seed=9, tilt=(0.5, 1.0), shape=(34, 34, 48)), range(2))
    seen = []
    monkeypatch.setattr(fit, "_fit", lambda model, windows, *more, **words: seen.append(windows))
    words[words.index("--data") + 1 : words.index("--data") + 2] = [str(cubes), str(other)]
    assert cli.main(words) == 0
    shapes = [cube.shape for cube in seen[0].seismic]
    assert shapes.count((34, 34, 48)) == 2
    assert len(shapes) == 2 + len(read_cubes(cubes)[0])
    force = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert force["synthetic"]["tilt"] == list(SMALL.tilt)
    assert force["data"][1]["synthetic"] == {"seed": 9, "tilt": [0.5, 1.0], "shape": [34, 34, 48]}


def test_a_loss_that_is_no_number_ends_the_run_before_anything_of_it_is_kept(
    words, capsys, monkeypatch, tmp_path
):
    take = watch.Progress.on_train_batch_end

    def spoil(self, batch, logs=None):
        take(self, batch, logs)
        if int(self.model.optimizer.iterations) == 6:
            self.model.get_layer("head").bias.assign(np.full(4, np.nan))

    monkeypatch.setattr(watch.Progress, "on_train_batch_end", spoil)
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("odfault-train: the loss is no number any more at epoch 2, step 3, from cubes ")
    assert told.endswith(
        "lower the recipe's rate, 0.005, then run the same command again to go on after epoch 1\n"
    )
    assert told.count("\n") == 1
    model = begin.compile_network(TINY)
    assert keep.go_on(model, tmp_path / "run") == EPOCH
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert len(figures(tmp_path / "run")) == 1


def test_a_step_that_fails_is_named_with_its_cubes(cubes):
    windows = open_windows(cubes)
    eye = watch.NumberWatch(windows, 0.1)
    eye.on_epoch_begin(1)
    assert windows.epoch == 1
    eye.on_train_batch_end(0, {"loss": 3.0})
    used = watch.cubes_in(windows, 2)
    before = windows[2][0]
    windows.seismic[[n for n in range(6) if n not in used]] = 0
    np.testing.assert_array_equal(windows[2][0], before)
    windows.seismic[used[0]] = 0
    assert not np.array_equal(windows[2][0], before)
    with pytest.raises(OdfaultError, match=f"epoch 2, step 3, from cubes {', '.join(map(str, used))}: lower"):
        eye.on_train_batch_end(2, {"loss": math.nan})
    with pytest.raises(OdfaultError, match="epoch 2, step 4"):
        eye.on_epoch_end(1, {"loss": 1.0, "val_loss": math.inf})


def test_ctrl_c_ends_it_in_one_line_and_the_stream_too(words, capsys, monkeypatch):
    def press(self, epoch, logs=None):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(watch.Progress, "on_epoch_end", press)
    monkeypatch.setattr("odfault_training.recipe.TrainingRecipe.drawn", lambda recipe: SMALL)
    at = words.index("--data")
    assert cli.main([*words[:at], *words[at + 2 :], "--stream", "--pool", "2"]) == 130
    assert capsys.readouterr().err == "odfault-train: stopped: run the same command again to go on\n"


def test_a_full_disk_leaves_the_last_checkpoint_good(tmp_path):
    model = begin.compile_network(TINY)
    kept = keep.Keep(tmp_path, 0)
    kept.set_model(model)
    marks = {"loss": 1.5, "f1": 0.25, "val_loss": 2.0, "val_f1": 0.125}
    kept.on_epoch_begin(0)
    kept.on_epoch_end(0, marks)
    model.optimizer.iterations.assign(EPOCH)
    before = (tmp_path / "checkpoint.npz").read_bytes()
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OdfaultError, match=r"cannot be written to .*make room, then run"):
            kept.on_epoch_end(1, marks)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "checkpoint.npz").read_bytes() == before
    assert not list(tmp_path.glob("*-new"))
    assert len(keep.read_log(tmp_path)) == 2
    assert keep.Keep(tmp_path, 1).rows == keep.read_log(tmp_path)[:1]
    assert keep.go_on(model, tmp_path) == 0


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path):
    model = begin.compile_network(TINY)
    kept = keep.Keep(tmp_path, 0)
    kept.set_model(begin.compile_network(dataclasses.replace(TINY, width=16)))
    kept.on_epoch_end(0, {"loss": 1.0})
    with pytest.raises(OdfaultError, match="another network's"):
        keep.go_on(model, tmp_path)
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(OdfaultError, match=r"damaged .*remove it"):
        keep.go_on(model, tmp_path)


def test_data_that_can_teach_nothing_are_refused_before_training_begins(words, tmp_path, capsys):
    blank, small = tmp_path / "blank.h5", tmp_path / "small.h5"
    write_cubes(blank, dataclasses.replace(SMALL, unfaulted=1.0), range(2))
    write_cubes(small, dataclasses.replace(SMALL, shape=(24, 32, 32)), range(2))
    for path, problem in ((blank, "no cube with a fault"), (small, "a window of (32, 32) finds no room")):
        assert cli.main([*words, "--data", str(path)]) == 2
        told = capsys.readouterr().err
        assert problem in told
        assert told.count("\n") == 1


def test_the_score_is_f1_and_blind_where_the_label_is():
    rng = np.random.default_rng(3)
    metric = watch.F1()
    assert float(metric.result()) == 0
    true = both = found = 0
    for _ in range(3):
        target = rng.integers(-1, 2, (2, 8, 8, 1)).astype(np.float32)
        logit = rng.standard_normal(target.shape).astype(np.float32)
        metric.update_state(target, logit)
        for label, answer in zip(target.ravel(), logit.ravel(), strict=True):
            true += label == 1
            found += label >= 0 and answer > 0
            both += label == 1 and answer > 0
    precision, recall = both / found, both / true
    assert float(metric.result()) == pytest.approx(2 * precision * recall / (precision + recall))


def test_measuring_the_step_changes_nothing(cubes):
    windows = open_windows(cubes)
    model = begin.compile_network(TINY)
    before = [np.array(variable) for variable in keep.variables_of(model)]
    assert 0 < speed.time_cached(model, windows[0]) < 10
    for one, variable in zip(before, keep.variables_of(model), strict=True):
        np.testing.assert_array_equal(one, np.array(variable))


@pytest.mark.parametrize("name", ["tiny2d", "tiny3d"])
def test_a_network_that_gets_its_normalisation_back_answers_as_before(models, name):
    from odfault.card import read_card
    from odfault.network import build_network

    architecture = read_card(models / f"{name}.keras").architecture
    plain = build_network(architecture)
    plain.load_weights(models / f"{name}.keras")
    rng = np.random.default_rng(5)
    batch, other = rng.standard_normal((2, 2, *[32] * architecture.dimensions, 1), np.float32)
    network = export.unfold_network(plain, architecture, [batch])
    expected = np.asarray(plain(batch))
    for training in (True, False):
        close = {"rtol": 0, "atol": 1e-3 * float(np.abs(expected).max())}
        np.testing.assert_allclose(network(batch, training=training), expected, **close)
        expected = np.asarray(plain(other))
        batch = other
    folded = export.fold_network(network, architecture)
    for one, two in zip(folded.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=0.01, atol=1e-2)


def test_a_run_may_begin_with_a_model(words, models, tmp_path, monkeypatch, capsys):
    begun = []
    monkeypatch.setattr(fit, "_fit", lambda model, *more, **words: begun.append(model))
    assert cli.main([*words, "--from", str(models / "tiny2d.keras")]) == 0
    card = json.loads((models / "tiny2d.json").read_text())
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["from"] == {
        "model": "tiny2d",
        "sha256": card["sha256"],
    }
    from odfault.network import build_network

    plain = build_network(TINY.architecture)
    plain.load_weights(models / "tiny2d.keras")
    np.testing.assert_array_equal(begun[0].get_layer("head").kernel, plain.get_layer("head").kernel)
    assert cli.main([*words, "--from", "fault2d"]) == 2
    assert "give a recipe with dimensions = 2, width = " in capsys.readouterr().err
    assert cli.main([*words, "--from", "fault4d"]) == 2
    assert len(begun) == 1


def test_what_a_run_learned_may_be_added_in_part_to_what_it_began_with(models, tmp_path, words, capsys):
    from odfault.card import read_card
    from odfault.network import build_network

    architecture = read_card(models / "tiny2d.keras").architecture
    start, end, middle = (build_network(architecture) for _ in range(3))
    start.load_weights(models / "tiny2d.keras")
    end.set_weights([w + 1 for w in start.get_weights()])
    middle.set_weights(end.get_weights())
    assert export.average_networks(middle, start, 0.25) is middle
    for one, old in zip(middle.get_weights(), start.get_weights(), strict=True):
        np.testing.assert_allclose(one, old + 0.25, rtol=0.01, atol=0.01)
    recipe = Path(words[0])
    recipe.write_text(recipe.read_text().replace("learned = 1.0", "learned = 0.5"))
    assert cli.main(words) == 2
    assert "give --from" in capsys.readouterr().err
    assert cli.main([*words, "--from", str(models / "tiny2d.keras")]) == 0


def test_settled_statistics_are_the_mean_over_the_batches(cubes):
    model = begin.compile_network(TINY)
    windows = open_windows(cubes)
    fit.settle(model, windows)
    first = model.get_layer("convolve1")
    answers = [np.asarray(first(windows[number][0])) for number in range(SETTLED)]
    norm = model.get_layer("normalise1")
    np.testing.assert_allclose(norm.moving_mean, np.mean(answers, axis=(0, 1, 2, 3)), atol=1e-5)
    variance = np.mean([answer.var(axis=(0, 1, 2)) for answer in answers], axis=0)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=1e-3)
    assert norm.momentum == pytest.approx(0.98)


def test_a_terminal_gets_a_bar_and_a_missing_tensorboard_a_line(words, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = watch.Progress(range(2, 5), 4)
    progress.on_train_begin()
    progress.on_train_batch_end(0, {"loss": 0.5})
    progress.on_epoch_end(2, {"loss": 0.5, "f1": 0.1, "val_loss": 0.75, "val_f1": 0.2})
    progress.close()
    told = capsys.readouterr()
    assert "epoch 3 of 5: loss 0.5000, F1 0.100; unseen: loss 0.7500, F1 0.200; 0 s left" in told.out
    assert "/20" in told.err
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert cli.main([*words, "--tensorboard"]) == 2
    assert "TensorBoard is not installed" in capsys.readouterr().err


def test_a_step_that_finds_no_memory_is_told_in_one_line():
    with pytest.raises(OdfaultError, match="a smaller batch than 4"), begin.memory_told(TINY):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes")
    with pytest.raises(RuntimeError, match="something else"), begin.memory_told(TINY):
        raise RuntimeError("something else")


JAX = (
    CHILD
    + """
import numpy as np
from odfault.card import Architecture
from odfault.network import build_network
import keras
assert keras.backend.backend() == "jax"
assert cli.main([*sys.argv[1:], "--steps", "8"]) == 0
assert cli.main(sys.argv[1:]) == 0
network = build_network(Architecture(2, 8, 1, (1,)))
network.load_weights(pathlib.Path(sys.argv[sys.argv.index("--folder") + 1]) / "tiny.keras")
np.save(sys.argv[1] + ".npy", network(np.load(sys.argv[1] + ".in.npy")))
"""
)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_a_run_under_jax_learns_goes_on_and_ships_what_any_back_end_answers_alike(cubes, tmp_path):
    from odfault.network import build_network

    words, window = command_words(cubes, tmp_path), np.random.default_rng(1).standard_normal((2, 64, 64, 1))
    np.save(words[0] + ".in.npy", window.astype(np.float32))
    kept = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", JAX, *words], check=False, capture_output=True, text=True, env=kept
    )
    assert done.returncode == 0, done.stderr
    log = figures(tmp_path / "run")
    assert [row[0] for row in log] == [0, 1, 2, 3, 4]
    assert log[-1][1] < log[0][1]
    network = build_network(TINY.architecture)
    network.load_weights(tmp_path / "run" / "tiny.keras")
    logits = np.asarray(network(window.astype(np.float32)))
    assert np.abs(logits - np.load(words[0] + ".npy")).max() < 1e-3
