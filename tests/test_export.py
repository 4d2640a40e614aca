"""A graph is its network: the same numbers in any runtime, at any size, whatever unit its input has."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from conftest import assert_one_line, snapshot

import odfault
from odfault import cli, runtimes
from odfault.card import find_graph, hash_file, models_folder, read_card
from odfault.demo import EXAMPLE
from odfault.engine import open_meter
from odfault.errors import OdfaultError
from odfault.export import beside
from odfault.segy.survey import SegySurvey

METER = models_folder() / "familiar2d.keras"
MODELS = sorted(path for path in models_folder().glob("*.keras") if path != METER)
ENGINES = ("openvino", "onnxruntime")


@pytest.fixture
def mine(tiny2d, tmp_path):
    """Copy a network for sections."""
    for ending in (".keras", ".json"):
        shutil.copy(tiny2d.with_suffix(ending), tmp_path / f"mine{ending}")
    return tmp_path / "mine.keras"


def windows(dimensions):
    """Draw scaled windows of several sizes: noise, one cut off, a spike, one that is all clipped."""
    chance = np.random.default_rng(4)
    for shape in ((1, 16, 28, 40), (2, 4, 36, 32)):
        noise = chance.standard_normal(shape, np.float32).clip(-4, 4)
        yield noise if dimensions == 3 else noise[:, :2]
        noise[..., : shape[-1] // 2] = 0
        noise[:, :, shape[2] // 2 :, ::2] = 4
        yield noise
        noise[:] = 0
        noise[:, 1, 5, 7] = -4
        yield noise


@pytest.mark.parametrize("weights", MODELS, ids=lambda path: path.stem)
def test_a_shipped_graph_answers_as_its_network_in_every_runtime(weights):
    from odfault.model import load_network

    card = read_card(weights)
    network = load_network(weights, precision="float32", answers=card.answers)
    graph = find_graph(card, weights)
    opened = [runtimes.open_graph(name, graph, "float32") for name in ENGINES]
    assert [precision for _, precision in opened] == ["float32", "float32"]
    flat = card.architecture.dimensions == 2
    for shown in windows(card.architecture.dimensions):
        theirs = network(shown)
        lines = (shown.reshape(-1, *shown.shape[2:]) if flat else shown)[..., None]
        for answer, _ in opened:
            assert np.abs(answer(lines).reshape(theirs.shape) - theirs).max() < 1e-4


def judged():
    """Draw scaled windows from familiar to strange: beds of the demo's survey under more and more noise."""
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        beds = survey.read(slice(0, 64, 5), slice(0, 64))[:, :, 40:104]
    noise = np.random.default_rng(7).standard_normal(beds.shape) * np.linspace(0, 3, len(beds))[:, None, None]
    mixed = beds / np.abs(beds).mean() + noise
    return (mixed / np.abs(mixed).mean(axis=(1, 2), keepdims=True)).astype(np.float32).clip(-4, 4)


def test_the_meter_judges_alike_in_every_runtime():
    windows = judged()
    theirs = open_meter("familiar2d", engine="tensorflow")(windows)
    assert theirs.max() > 0.8
    assert theirs.min() < 0.2
    assert ((theirs > 0.2) & (theirs < 0.8)).any()
    for engine in ENGINES:
        meter = open_meter("familiar2d", engine=engine)
        for part in (windows, windows[:1], windows[3:8]):
            at = [np.flatnonzero((windows == one).all(axis=(1, 2)))[0] for one in part]
            assert np.abs(meter(part) - theirs[at]).max() < 1e-4


def test_the_graph_of_a_meter_tells_the_same_numbers_of_a_window():
    import keras
    import onnx
    from onnx.reference import ReferenceEvaluator

    from odfault.autoencoder import build_meter
    from odfault.export.graph import lay_graph

    keras.utils.set_random_seed(3)
    card = read_card(METER)
    meter = build_meter(card.architecture)
    rows = keras.Model(meter.input, [meter.get_layer(name).output for name in ("numbers", "standard")])
    windows = np.concatenate([judged()[:4], judged()[-2:], np.zeros((1, 64, 64), np.float32)])
    windows[1, 5], windows[2, :, 30:] = 0, 0
    numbers = np.asarray(rows(windows[..., None])[0])
    meter.get_layer("standard").set_weights([numbers.mean(axis=0), numbers.std(axis=0) / 4 + 1e-3])
    graph = lay_graph(meter, card)
    first = next(node for node in graph.graph.node if node.op_type == "Gemm").input[0]
    row = next(node for node in graph.graph.node if node.op_type == "Concat").output[0]
    for name in (row, first):
        graph.graph.output.append(onnx.ValueInfoProto(name=name))
    _, *found = ReferenceEvaluator(graph).run(None, {"window": windows[:, None]})
    assert numbers.std(axis=0).min() > 0
    for mine, truth in zip(found, rows(windows[..., None]), strict=True):
        np.testing.assert_allclose(mine, np.asarray(truth), atol=2e-3, rtol=1e-4)
    assert np.abs(found[1]).max() > 4


@pytest.mark.parametrize("weights", [*MODELS, METER], ids=lambda path: path.stem)
def test_a_shipped_card_tells_of_its_graph(weights):
    card = read_card(weights)
    graph = find_graph(card, weights)
    assert hash_file(graph) == card.graph["sha256"]
    assert 0 < card.graph["parity"] < 1e-4


@pytest.mark.parametrize("model", ["fault3d", "fault2d", "denoise2d"])
def test_a_whole_graph_needs_neither_scaling_nor_a_grid(model, tmp_path):
    import onnxruntime

    out = tmp_path / "whole.onnx"
    assert cli.main(["export", model, str(out)]) == 0
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    chance, words = np.random.default_rng(5), {"engine": "tensorflow", "precision": "float32"}
    for shape in ((33, 41, 90), (2, 5, 200), (6, 1, 7)):
        volume = chance.standard_normal(shape).astype(np.float32)
        volume[:, :, :2] = 0
        volume[-1, :, 4:] = 0
        for unit in (1, 1e-5, 3e4):
            seismic = volume * np.float32(unit)
            if unit == 1:
                seismic[0, 0, :3] = np.nan, 1e30, -np.inf
            if model == "denoise2d":
                truth = odfault.denoise(seismic, **words) / unit
            else:
                truth, unit = odfault.predict(seismic, model, average="none", **words), 1
            blocks = seismic[None, None] if model == "fault3d" else seismic[:, None]
            found = session.run(None, {"seismic": blocks})[0].reshape(shape)
            np.testing.assert_allclose(found / unit, truth, atol=1e-4)


def test_a_graph_that_answers_otherwise_is_not_written(mine, monkeypatch):
    card = read_card(mine)
    lay = beside._lay
    warmer = dataclasses.replace(card, temperature=1.01)
    monkeypatch.setattr(beside, "_lay", lambda _, weights: lay(warmer, weights))
    with pytest.raises(OdfaultError, match="from the network"):
        beside.note_graph(mine)
    assert not mine.with_suffix(".onnx").exists()
    assert read_card(mine).graph == {}


def test_a_network_of_ones_own_gets_its_graph(mine, capsys):
    assert cli.main(["export", str(mine)]) == 0
    assert "mine.onnx" in capsys.readouterr().out
    card = read_card(mine)
    assert find_graph(card, mine) == mine.with_suffix(".onnx")
    section = np.random.default_rng(6).standard_normal((50, 60))
    one, two, three = (
        odfault.predict(section, mine, precision="float32", engine=engine)
        for engine in ("tensorflow", *ENGINES)
    )
    assert one.std() > 0.01
    assert np.abs(one - two).max() < 1e-4
    assert np.abs(one - three).max() < 1e-4


def test_a_graph_is_not_taken_for_that_of_weights_that_came_later(mine):
    card = beside.note_graph(mine)
    words = json.loads(mine.with_suffix(".json").read_text())
    assert words.pop("graph") == card.graph
    mine.with_suffix(".json").write_text(json.dumps(words))  # as training writes it anew
    assert find_graph(read_card(mine), mine) is None


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["fault3d", "a.zip"], "does not end in .onnx"),
        (["--opendtect", "fault3d", "a.onnx"], "does not end in .zip"),
        (["--opendtect", "fault3d"], "no file to write"),
        (["fault3d", "nowhere/a.onnx"], "nowhere does not exist"),
        (["fault4d", "a.onnx"], "no model fault4d"),
        (["familiar2d", "a.onnx"], "familiar2d judges surveys"),
        (["--opendtect", "familiar2d", "a.zip"], "familiar2d judges surveys"),
        (["none.keras"], "no file none.keras"),
        (["fault2d"], "fault2d comes with its graph"),
        (["familiar2d"], "familiar2d judges surveys"),
        ([str(models_folder() / "fault3d.keras")], "fault3d comes with its graph"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line(words, problem, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shipped = snapshot(models_folder())
    assert cli.main(["export", *words]) == 2
    told = capsys.readouterr().err
    assert_one_line(told)
    assert problem in told
    assert not list(tmp_path.iterdir())
    assert snapshot(models_folder()) == shipped


@pytest.mark.parametrize(
    "words", [["fault3d", "a.onnx"], ["--opendtect", "fault3d", "a.zip"], ["mine.keras"]]
)
def test_a_closed_folder_is_told_before_the_work(words, mine, monkeypatch, capsys):
    monkeypatch.chdir(mine.parent)
    monkeypatch.setattr("os.access", lambda *_: False)
    before = snapshot(mine.parent)
    assert cli.main(["export", *words]) == 2
    told = capsys.readouterr().err
    assert_one_line(told)
    assert "cannot be written to: change its permissions" in told
    assert snapshot(mine.parent) == before


def test_without_the_library_it_is_told_how_to_get_it(tmp_path, monkeypatch, capsys):
    find = beside.importlib.util.find_spec
    monkeypatch.setattr(beside.importlib.util, "find_spec", lambda n: None if n == "onnx" else find(n))
    assert cli.main(["export", "fault3d", str(tmp_path / "a.onnx")]) == 2
    assert 'pip install "odfault[export]"' in capsys.readouterr().err
