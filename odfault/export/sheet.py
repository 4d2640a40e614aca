"""The ONNX room: nodes and constants laid on a sheet, made a graph, checked, written, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from odfault import __version__
from odfault.card import SIDE, Card

OPSET, IR_VERSION = 17, 8
"""Versions of the operators and of the format: old enough for the runtimes of other programs."""
FLOAT = int(TensorProto.FLOAT)


class Sheet:
    """Nodes and constants that are laid one after another, each named when it is laid."""

    def __init__(self, prefix: str) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._prefix = prefix

    def lay(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Lay a node, and tell the name of what it answers."""
        name = name or f"{self._prefix}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def keep(self, values: Any, kind: Any) -> str:
        """Keep a constant, and tell its name."""
        name = f"{self._prefix}kept{len(self.constants)}"
        array = np.ascontiguousarray(values, kind).reshape(np.shape(values))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def number(self, value: float) -> str:
        """Keep a float."""
        return self.keep(value, np.float32)

    def count(self, *values: int) -> str:
        """Keep whole numbers, one as a scalar in a list."""
        return self.keep(list(values), np.int64)

    def part(self, source: str, first: int, end: int, axis: int = 1) -> str:
        """Lay what lies between two places of an axis."""
        return self.lay("Slice", source, self.count(first), self.count(end), self.count(axis))

    def mean(self, source: str, *, keep: bool = False) -> str:
        """Lay the mean over a window's axes, which are left out or kept."""
        return self.lay("ReduceMean", source, axes=[2, 3], keepdims=int(keep))

    def average(self, source: str, size: tuple[int, ...], *, padding_counts: bool) -> str:
        """Lay the average about each sample, over an odd number of them along each axis."""
        pads, counted = [n // 2 for n in size] * 2, int(padding_counts)
        return self.lay("AveragePool", source, kernel_shape=list(size), pads=pads, count_include_pad=counted)


def close_sheet(sheet: Sheet, card: Card, source: str, answer: str) -> Any:
    """Make a model's graph of what was laid, and check it."""
    space = ("inlines", "traces", "samples")[3 - card.architecture.dimensions :]
    axes: list[str | int] = ["windows", 1, *space]
    judging: tuple[list[str | int], ...] = (["windows", 1, SIDE, SIDE], ["windows", 1])
    shapes = judging if card.answers == "familiarity" else (axes, axes)
    words = {"data_format": "channels_first", "model": card.name, "weights_sha256": card.sha256}
    return close_graph(sheet, card.name, {source: shapes[0]}, {answer: shapes[1]}, words)


def close_graph(
    sheet: Sheet,
    name: str,
    source: dict[str, list[str | int]],
    answer: dict[str, list[str | int]],
    words: dict[str, str],
) -> Any:
    """Make a graph of what was laid, from its input's and output's names and shapes, and check it."""
    ends = [
        [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one, shape in end.items()]
        for end in (source, answer)
    ]
    graph = helper.make_graph(sheet.nodes, name, ends[0], ends[1], sheet.constants)
    versions = {"opset_imports": [helper.make_opsetid("", OPSET)], "ir_version": IR_VERSION}
    model = helper.make_model(graph, producer_name="odfault", producer_version=__version__, **versions)
    helper.set_model_props(model, words)
    onnx.checker.check_model(model, full_check=True)
    return model


def write_graph(model: Any, path: Path) -> None:
    """Write a graph; the file is whole or not there."""
    fresh = path.with_name(path.name + ".part")
    fresh.write_bytes(model.SerializeToString(deterministic=True))
    fresh.replace(path)


def read_graph(path: Path) -> Any:
    """Read a graph."""
    return onnx.load(path)


def run_reference(model: Any, window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Answer with the format's own reference, which is slow and no engine."""
    from onnx.reference import ReferenceEvaluator

    return np.asarray(ReferenceEvaluator(model).run(None, {model.graph.input[0].name: window})[0])
