"""A model that is unknown, damaged, edited or not ours gets one line, and no code of it is run."""

import hashlib
import io
import json
import shutil
import zipfile

import numpy as np
import pytest


@pytest.fixture
def copied(models, tmp_path):
    """Copy a model, to be spoiled."""
    folder = tmp_path / "models"
    folder.mkdir()
    for ending in ("keras", "json"):
        shutil.copy(models / f"tiny3d.{ending}", folder / f"m.{ending}")
    return folder / "m.keras"


def sign(weights, **changes):
    """Make the card fit the weights, and change it."""
    path = weights.with_suffix(".json")
    card = json.loads(path.read_text())
    card["sha256"] = hashlib.sha256(weights.read_bytes()).hexdigest()
    card["architecture"].update(changes.pop("architecture", {}))
    path.write_text(json.dumps({**card, **changes}))


def test_unknown_models_are_refused_and_the_known_are_named(tmp_path, source, refused):
    refused(source, "--model", "no-such", problem="no model no-such")
    refused(source, "--model", tmp_path / "none.keras", problem="no file")
    refused(source, "--model", "../in.sgy", problem="no model")


def test_weights_without_a_card_are_refused(source, refused, copied):
    copied.with_suffix(".json").unlink()
    refused(source, "--model", copied, problem="no card")


@pytest.mark.parametrize("at", [0, 5000, -1])
def test_damaged_and_edited_weights_are_refused(source, refused, copied, at):
    data = bytearray(copied.read_bytes())
    data[at] ^= 1
    copied.write_bytes(data)
    refused(source, "--model", copied, problem="not the file that its card tells of")


@pytest.mark.parametrize("spoil", ["cut", "text", "empty", "zip", "inside"])
def test_damaged_weights_are_refused_even_with_a_card_that_fits(source, refused, copied, spoil):
    data = copied.read_bytes()
    whole = {name: zipfile.ZipFile(copied).read(name) for name in zipfile.ZipFile(copied).namelist()}
    if spoil in ("zip", "inside"):
        with zipfile.ZipFile(copied, "w") as file:
            file.writestr("model.weights.h5", whole["model.weights.h5"][:2000] if spoil == "inside" else b"")
    else:
        copied.write_bytes({"cut": data[: len(data) // 2], "text": b"hello", "empty": b""}[spoil])
    sign(copied)
    refused(source, "--model", copied, problem="does not fit its card")


def test_weights_of_another_network_are_refused(source, refused, copied, tiny2d):
    shutil.copy(tiny2d, copied)
    sign(copied)
    refused(source, "--model", copied, problem="does not fit its card")
    sign(copied, architecture={"dimensions": 2, "width": 12})
    refused(source, "--model", copied, problem="does not fit its card")


@pytest.mark.parametrize(
    "changes",
    [
        {"halo": -1},
        {"halo": "20"},
        {"halo": 1e9},
        {"temperature": 0},
        {"temperature": float("nan")},
        {"temperature": "hot"},
        {"name": 5},
        {"new": 1},
        {"scale": 2},
        {"scale": [1.3, 1]},
        {"scale": [1, 0]},
        {"scale": [1, 1, 1]},
        {"scale": ["1", 1]},
        {"spread": []},
        {"spread": [[1, 1]] * 17},
        {"spread": [[1, 1, 1]]},
        {"spread": [[1, 0]]},
        {"spread": [["1", 1]]},
        {"spread": 2},
        {"trusted": []},
        {"trusted": {"peak": 0.2}},
        {"trusted": {"peak": [0.3, 0.1]}},
        {"trusted": {"peak": [0, float("nan")]}},
        {"trusted": {"steepest_dip": "steep"}},
        {"trusted": {"colour": [1, 2]}},
        {"architecture": {"dimensions": 4}},
        {"architecture": {"width": 10**9}},
        {"architecture": {"width": 8.5}},
        {"architecture": {"dilations": ["a"]}},
        {"architecture": {"dilations": 3}},
        {"architecture": {"colour": "red"}},
    ],
)
def test_a_card_that_makes_no_sense_is_refused(source, refused, copied, changes):
    sign(copied, **changes)
    refused(source, "--model", copied, problem="card")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "5", '"x"', "{}", "[" * 100_000, '{"architecture": []}', "\0"]
)
def test_a_card_that_is_none_is_refused(source, refused, copied, text):
    copied.with_suffix(".json").write_text(text)
    refused(source, "--model", copied, problem="card")


def test_no_code_from_a_model_file_is_run(source, odfault_run, refused, copied, tmp_path):
    """A file whose configuration, pickles and Lambda layers would leave a trace leaves none."""
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'w').write('here')"

    class Bomb:
        def __reduce__(self):
            return exec, (code,)

    pickled = io.BytesIO()
    np.save(pickled, np.array([Bomb()], dtype=object), allow_pickle=True)
    lambda_layer = {
        "module": "keras.layers", "class_name": "Lambda", "registered_name": None,
        "config": {"function": {"class_name": "__lambda__", "config": {"code": code}}},
    }  # fmt: skip
    call = {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"}
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [lambda_layer, call]}}
    with zipfile.ZipFile(copied) as file:
        weights = file.read("model.weights.h5")

    def write(*, ours):
        with zipfile.ZipFile(copied, "w") as file:
            file.writestr("config.json", json.dumps(config))
            file.writestr("metadata.json", "{}")
            file.writestr("model.weights.npz", pickled.getvalue())
            if ours:
                file.writestr("model.weights.h5", weights)
        sign(copied)

    write(ours=False)
    refused(source, "--model", copied, problem="does not fit its card")
    write(ours=True)
    code, told = odfault_run(source, "--model", copied, "--replace")
    assert (code, told) == (0, ""), "its weights are ours, whatever else is in the file"
    assert not trace.exists()
