"""Whichever engine computes, the numbers are the same; if not the one asked for computes, it is said."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_one_line

import odfault
from odfault import cli, engine, runtimes
from odfault.card import models_folder
from odfault.demo import EXAMPLE
from odfault.engine import choose_engine, open_network
from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey

ROOT = Path(__file__).parents[1]
SURVEY = EXAMPLE / "demo.sgy"
FIRST = """
import sys
import numpy as np
from odfault.host import menu
from odfault.host.attribute import make_fault_probability
from odfault.host.wire import SeisInfo, TrcInfo

parameters = {"Model": {"Value": "2-D inline"}, "ZSampMargin": {"Value": [-80, 80]}}
info = SeisInfo(9, 1, 2, 1, 9, 0.004, 25.0, 25.0, 1.0, 1.0)
window = np.random.default_rng(1).standard_normal((1, 1, 9, 260), np.float32)
values = make_fault_probability(parameters, info)(window, TrcInfo(260, 0, 1, 1))
assert values[0, 80:-80].max() > 0
slow = {"tensorflow", "keras", "numba", "scipy.linalg", "scipy.ndimage", "openvino.tools.ovc", "segyio"}
print(sorted(slow & set(sys.modules)))
"""


@pytest.fixture
def plain(monkeypatch):
    """Be a machine without a graphics card, on which nobody has chosen a back end."""
    monkeypatch.setattr(engine, "GPU_SIGNS", ())
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


@pytest.fixture
def only(monkeypatch, plain):
    """Give a function that lets some engines be installed, and no others."""
    return lambda *names: monkeypatch.setattr(runtimes, "is_installed", lambda name: name in names)


@pytest.fixture
def model(tmp_path):
    """Copy the network for sections, with its graph, to be spoiled."""
    for ending in (".keras", ".json", ".onnx"):
        shutil.copy((models_folder() / "fault2d").with_suffix(ending), tmp_path / f"mine{ending}")
    return tmp_path / "mine.keras"


def test_runs_in_all_engines_give_the_same_and_say_which(tmp_path):
    answers = []
    for name in ("tensorflow", "openvino", "onnxruntime"):
        out = tmp_path / f"{name}.sgy"
        words = ["--engine", name, "--precision", "float32", "--inlines", "100:107", "--progress", "none"]
        assert cli.main(["run", str(SURVEY), str(out), "--model", "fault2d", *words]) == 0
        assert json.loads(out.with_suffix(".sgy.json").read_text())["options"]["engine"] == name
        with SegySurvey.open(out) as survey:
            answers.append(survey.read(slice(0, 8), slice(0, 80)))
    assert answers[0].max() > 0.5
    for answer in answers[1:]:
        assert np.abs(answer - answers[0]).max() < 1e-4


@pytest.mark.parametrize("name", runtimes.PIP)
def test_a_run_by_a_graph_starts_no_keras_and_judges_the_survey_too(tmp_path, name):
    words = ["run", str(SURVEY), str(tmp_path / "out.sgy"), "--engine", name, "--inlines", "100:101"]
    words += ["--model", "fault2d", "--familiar", str(tmp_path / "familiar.sgy"), "--progress", "none"]
    code = (
        f"import sys; from odfault.cli import main; assert main({words!r}) == 0;"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr
    with SegySurvey.open(tmp_path / "familiar.sgy") as survey:
        assert survey.read(slice(0, 2), slice(0, 80)).mean() > 0.5


def test_the_engine_is_part_of_what_a_run_goes_on_with():
    from odfault.options import Options
    from odfault.plan import make_plan
    from odfault.unfinished import settings_of

    with SegySurvey.open(SURVEY) as survey:
        plan = make_plan(survey, Options(model="fault2d"))
        one, two = (
            settings_of(plan, {"precision": "float32", "engine": name}) for name in ("openvino", "tensorflow")
        )
    assert one != two


def test_bfloat16_of_an_engine_is_as_near_as_that_of_tensorflow():
    from odfault.model import processor_has_bfloat16

    if not processor_has_bfloat16():
        pytest.skip("this processor computes in float32")
    with SegySurvey.open(SURVEY) as survey:
        volume = survey.read(slice(0, 48), slice(0, 48))
    exact = odfault.predict(volume, engine="openvino", precision="float32")
    rounded = odfault.predict(volume, engine="openvino", precision="bfloat16")
    assert 0 < np.abs(rounded - exact).max() < 0.02


def test_the_fastest_that_is_installed_is_chosen(only, monkeypatch):
    only("openvino", "onnxruntime")
    assert choose_engine("auto") == "openvino"
    only()
    assert choose_engine("auto", at_once=True) == "tensorflow"
    only("onnxruntime")
    assert choose_engine("float32") == "tensorflow"
    assert choose_engine("float32", at_once=True) == "onnxruntime"
    for bfloat16, chosen in ((True, "tensorflow"), (False, "onnxruntime")):
        monkeypatch.setattr(engine, "processor_has_bfloat16", lambda has=bfloat16: has)
        assert choose_engine("auto", at_once=True) == chosen


def test_a_graphics_card_and_a_chosen_back_end_keep_their_work(only, monkeypatch, tmp_path):
    only("openvino")
    monkeypatch.setattr(engine, "GPU_SIGNS", (str(tmp_path),))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose_engine("auto") == "tensorflow"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert choose_engine("auto") == "openvino"
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert choose_engine("auto") == "tensorflow"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--engine", "caffe"], "invalid choice: 'caffe'"),
        (["--engine", "openvino"], 'pip install "odfault[fast]"'),
        (["--engine", "onnxruntime"], "pip install onnxruntime"),
    ],
)
def test_an_engine_that_is_not_there_is_refused_in_one_line(words, problem, only, tmp_path, capsys):
    only()
    assert cli.main(["run", str(SURVEY), str(tmp_path / "out.sgy"), *words]) == 2
    told = capsys.readouterr().err
    assert_one_line(told)
    assert problem in told
    assert not list(tmp_path.iterdir())


def test_what_no_engine_has_is_refused():
    with pytest.raises(OdfaultError, match="unknown engine caffe"):
        odfault.predict(np.ones((32, 32)), "fault2d", engine="caffe")
    with pytest.raises(OdfaultError, match="float32 only"):
        odfault.predict(np.ones((32, 32)), "fault2d", engine="onnxruntime", precision="bfloat16")
    with pytest.raises(OdfaultError, match="unknown precision half"):
        odfault.predict(np.ones((32, 32)), "fault2d", engine="openvino", precision="half")
    with pytest.raises(OdfaultError, match="takes noise away"):
        open_network("denoise2d", engine="openvino")


@pytest.mark.parametrize("spoil", ["byte", "cut", "text"])
def test_a_graph_that_is_not_its_cards_is_refused_or_left_alone(model, spoil, plain):
    graph = model.with_suffix(".onnx")
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes({"byte": data, "cut": data[:1000], "text": b"hello"}[spoil])
    for name in runtimes.PIP:
        with pytest.raises(OdfaultError, match="not the graph that the card of fault2d tells of"):
            open_network(model, engine=name)
    network = open_network(model)
    assert network.engine == "tensorflow"
    assert "not the graph" in network.remark


@pytest.mark.parametrize("name", runtimes.PIP)
def test_a_graph_that_no_engine_opens_is_refused_in_one_line(model, name, capfd):
    from odfault.card import hash_file

    graph, card = model.with_suffix(".onnx"), model.with_suffix(".json")
    graph.write_bytes(graph.read_bytes()[:1000])
    words = json.loads(card.read_text())
    words["graph"]["sha256"] = hash_file(graph)
    card.write_text(json.dumps(words))
    with pytest.raises(OdfaultError, match=f"{name} cannot open") as refusal:
        open_network(model, engine=name)
    assert "\n" not in str(refusal.value)


def test_a_network_without_a_graph_runs_in_tensorflow_and_it_is_said(source, odfault_run):
    code, told = odfault_run(source, "--engine", "openvino")
    assert code == 0
    assert "tiny3d has no graph for openvino; TensorFlow runs it" in told
    code, told = odfault_run(source)
    assert code == 0
    assert "graph" not in told


def test_the_first_answer_to_the_host_waits_for_nothing_slow():
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, "-c", FIRST], capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_the_host_gets_the_numbers_of_a_run(tmp_path):
    from odfault.host import menu
    from odfault.host.attribute import make_fault_probability
    from odfault.host.wire import SeisInfo, TrcInfo

    out = tmp_path / "run.sgy"
    words = ["--inlines", "100:115", "--progress", "none"]
    assert cli.main(["run", str(SURVEY), str(out), "--model", "fault2d", *words]) == 0
    with SegySurvey.open(out) as survey, SegySurvey.open(SURVEY) as seismic:
        run, traces = (opened.read(slice(0, 16), slice(0, 80)) for opened in (survey, seismic))
    parameters = {"Model": {"Value": "2-D inline"}, menu.FILE: {"Value": str(SURVEY)}}
    info = SeisInfo(1, 1, 2, 1, 1, 0.004, 25.0, 25.0, 1.0, 1.0)
    attribute = make_fault_probability(parameters, info)
    for place in ((0, 0), (7, 40), (15, 79)):
        trace = TrcInfo(traces.shape[2], 0, 100 + place[0], 300 + place[1])
        values = attribute(traces[place][None, None, None], trace)
        assert np.abs(values[0] - run[place]).max() < 1e-3
