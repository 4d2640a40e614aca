"""A ZipModel package answers block by block as OpendTect's callers ask it, with the numbers of odfault.

The reader here is written from the form that those callers have: a zip in Python's path, from which
``ZipModel`` is imported; ``modelinfo.json``; blocks of float32, channels first.
"""

import abc
import builtins
import dataclasses
import enum
import importlib
import json
import sys
import types
import zipfile

import numpy as np
import pytest

import odfault
from odfault import cli
from odfault.demo import EXAMPLE
from odfault.segy.survey import SegySurvey

KEYS = {
    "platform", "pred_type", "learn_type", "scale_type", "scale_output", "num_inputs", "num_outputs",
    "input_names", "output_names", "input_shape", "output_shape", "data_format", "model_version",
    "model_name", "platform_version",
}  # fmt: skip
FORBIDDEN = {
    "os",
    "sys",
    "subprocess",
    "shutil",
    "socket",
    "urllib",
    "ctypes",
    "threading",
    "pickle",
    "pkgutil",
}
"""What a caller that only asks for the description lets no package import."""


def base():
    """Make the module that OpendTect's Python has, as far as packages see it."""
    module = types.ModuleType("dgbpy.zipmodelbase")
    kinds = {
        "PlatformType": ["keras", "scikit", "torch", "onnx"],
        "LearnType": ["Seismic Classification", "Seismic Image Transformation"],
        "PredType": ["Continuous Data", "Classification Data", "Segmentation"],
        "ScalingType": ["Global Standardization", "Local Standardization", "Normalization", "MinMax"],
    }
    for name, words in kinds.items():
        setattr(module, name, enum.StrEnum(name, [(word.replace(" ", ""), word) for word in words]))
    fields = sorted(KEYS - {"num_inputs", "num_outputs"})
    module.ZipModelInfo = dataclasses.make_dataclass("ZipModelInfo", fields)

    class ZipPredictModel(abc.ABC):
        modelinfo = None

        @abc.abstractmethod
        def __init__(self, params=None): ...

        @abc.abstractmethod
        def predict(self, model_input, params=None): ...

    module.ZipPredictModel = ZipPredictModel
    return module


@pytest.fixture
def caller(monkeypatch):
    """Be a Python that has OpendTect's modules; what is imported from a package is forgotten again."""
    monkeypatch.setitem(sys.modules, "dgbpy", types.ModuleType("dgbpy"))
    monkeypatch.setitem(sys.modules, "dgbpy.zipmodelbase", base())

    def load(package):
        monkeypatch.syspath_prepend(str(package))
        monkeypatch.delitem(sys.modules, "zipmodel", raising=False)
        made = importlib.import_module("zipmodel").ZipModel()
        monkeypatch.delitem(sys.modules, "zipmodel")
        return made

    return load


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Export all shipped networks."""
    folder = tmp_path_factory.mktemp("packages")
    for model in ("fault3d", "fault2d", "denoise2d"):
        assert cli.main(["export", "--opendtect", model, str(folder / f"{model}.zip")]) == 0
    return folder


@pytest.fixture(scope="module")
def volume():
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        cube = survey.read(slice(0, 64), slice(0, 80))
    cube = np.concatenate([cube, cube[:, ::-1]], axis=1)[:32]
    cube[:, :, :20] = 0
    return cube


def describe(package):
    with zipfile.ZipFile(package) as opened:
        return json.loads(opened.read("modelinfo.json"))


def apply_in_blocks(model, info, volume, *, rim, scale=lambda block: block):
    """Ask for the interior of a volume, block by block, two at a time, as the runner of packages does."""
    size = [n or 64 for n in info["input_shape"][2:]]
    size = [min(n, m) for n, m in zip(size, volume.shape, strict=True)]
    answer = np.full(volume.shape, np.nan, np.float32)
    step = [max(1, n - 2 * r) for n, r in zip(size, rim, strict=True)]
    starts = [
        sorted({min(k, n - s) for k in range(0, n, d)})
        for n, s, d in zip(volume.shape, size, step, strict=True)
    ]
    corners = [(i, j, k) for i in starts[0] for j in starts[1] for k in starts[2]]
    for first in range(0, len(corners), 2):
        places = corners[first : first + 2]
        boxes = [tuple(slice(c, c + s) for c, s in zip(corner, size, strict=True)) for corner in places]
        blocks = np.empty((len(boxes), 1, *size), np.float32)
        for number, box in enumerate(boxes):
            blocks[number, 0] = np.nan_to_num(volume[box])
        found = model.predict(scale(blocks))
        assert found.shape == blocks.shape
        assert found.dtype == np.float32
        found[0, 0, 0, 0, 0] += 0  # callers write into it
        for corner, part in zip(places, found[:, 0], strict=True):
            keep = [
                slice(0 if c == 0 else r, s if c + s == n else s - r)
                for c, s, r, n in zip(corner, size, rim, volume.shape, strict=True)
            ]
            there = tuple(slice(c + k.start, c + k.stop) for c, k in zip(corner, keep, strict=True))
            answer[there] = part[tuple(keep)]
    return answer


@pytest.mark.parametrize("model", ["fault3d", "fault2d", "denoise2d"])
def test_a_package_describes_itself_in_the_words_of_its_callers(model, packages):
    info = describe(packages / f"{model}.zip")
    assert set(info) == KEYS
    assert info["learn_type"] == "Seismic Image Transformation"
    assert info["data_format"] == "channels_first"
    assert len(info["input_names"]) == info["num_inputs"] == 1
    assert len(info["output_names"]) == info["num_outputs"] == 1
    assert len(info["input_shape"]) == 5
    assert info["scale_output"] == (model == "denoise2d")


def test_the_description_may_be_asked_for_where_little_is_allowed(packages):
    module = base()

    def careful(name, *words):
        if name.split(".")[0] in FORBIDDEN:
            raise ImportError(name)
        return module if name == "dgbpy.zipmodelbase" else builtins.__import__(name, *words)

    allowed = ("__build_class__", "super", "property", "str", "dict", "list", "print")
    words = {name: getattr(builtins, name) for name in allowed}
    with zipfile.ZipFile(packages / "fault3d.zip") as opened:
        source = opened.read("zipmodel.py").decode()
    space = {"__builtins__": {**words, "__import__": careful}, "__name__": "asked"}
    exec(compile(source, "zipmodel.py", "exec"), space)
    info = describe(packages / "fault3d.zip")
    told = dataclasses.asdict(space["ZipModel"].modelinfo)
    assert told == {key: info[key] for key in told}
    assert told["platform"] == module.PlatformType.onnx


def test_a_section_package_gives_the_numbers_of_odfault_however_the_caller_scales(packages, caller, volume):
    package = packages / "fault2d.zip"
    model = caller(package)
    words = {"engine": "tensorflow", "precision": "float32", "average": "none"}
    truth = odfault.predict(volume, "fault2d", **words)
    assert truth.max() > 0.9
    mean, deviation = volume.mean(), volume.std()
    rim = (0, 0, 0)
    callers = {
        "not at all": (lambda block: block, 1.0),
        "by a gain": (lambda block: block * 1e4, 1.0),
        "to standard": (lambda block: (block - mean) / deviation, 0.998),  # the mean itself is a change
    }
    for name, (scale, share) in callers.items():
        found = apply_in_blocks(model, {"input_shape": [0, 1, 1, 160, 128]}, volume[:8], rim=rim, scale=scale)
        off = np.abs(found - truth[:8])
        assert off.mean() < 1e-3, name
        assert (off < (1e-3 if share == 1 else 0.05)).mean() >= share, name
    found = apply_in_blocks(model, {"input_shape": [0, 1, 1, 144, 128]}, volume[:4], rim=(0, 64, 0))
    assert np.abs(found - truth[:4]).max() < 0.02  # as the card promises of its halo
    flat = model.predict(volume[:4, None])
    assert np.abs(flat[:, 0] - truth[:4]).max() < 1e-3


def test_a_volume_package_gives_the_numbers_of_odfault(packages, caller, volume):
    package = packages / "fault3d.zip"
    model, info = caller(package), describe(package)
    truth = odfault.predict(volume, engine="tensorflow", precision="float32")
    assert truth.max() > 0.9
    whole = model.predict(volume[None, None] * np.float32(3e-3))[0, 0]
    assert np.abs(whole - truth).max() < 1e-3
    found = apply_in_blocks(model, info, volume, rim=(0, 44, 0))
    assert np.abs(found - truth).max() < 0.02


def test_a_package_takes_the_noise_away_in_the_callers_unit(packages, caller, volume):
    model = caller(packages / "denoise2d.zip")
    lines = volume[:4] * np.float32(700)
    truth = odfault.denoise(lines, engine="tensorflow", precision="float32")
    found = model.predict(lines[None, None])[0, 0]
    assert np.abs(truth - lines).max() > 0.01 * lines.std()
    assert np.abs(found - truth).max() < 1e-4 * lines.std()


def test_blocks_of_several_channels_are_refused(packages, caller):
    with pytest.raises(ValueError, match="is wanted"):
        caller(packages / "fault3d.zip").predict(np.zeros((1, 2, 32, 32, 32), np.float32))


def test_the_same_network_gives_the_same_package(packages, tmp_path):
    assert cli.main(["export", "--opendtect", "fault2d", str(tmp_path / "again.zip")]) == 0
    assert (tmp_path / "again.zip").read_bytes() == (packages / "fault2d.zip").read_bytes()
