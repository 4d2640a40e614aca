"""The ONNX room: a network's layers as a graph, and a graph that scales, pads and cuts by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from odfault import __version__
from odfault.card import GRID, HALF_WINDOW, Card
from odfault.errors import OdfaultError
from odfault.kernels import LIMIT
from odfault.tiling import THINNEST
from odfault.undefined import LARGEST

OPSET, IR_VERSION = 17, 8
"""Versions of the operators and of the format: old enough for the runtimes of other programs."""
WINDOW, ANSWER, SEISMIC = "window", "answer", "seismic"
"""Names of a bare graph's input and output, and of a whole one's input."""


class _Sheet:
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


def lay_graph(network: Any, card: Card) -> Any:
    """Lay the graph of a network: scaled windows, channels first, to answers alike, of any size on the grid.

    Parameters
    ----------
    network : keras.Model
        As ``network.build_network`` lays it, with its weights.
    card : Card
        Of the network.

    Returns
    -------
    onnx.ModelProto
        ``window`` (windows, 1, [inlines,] traces, samples) to ``answer`` of the same shape, float32.

    Raises
    ------
    OdfaultError
        If it has layers that are none of our networks'.
    """
    sheet = _Sheet("n")
    names: dict[int, str] = {}
    for layer in network.layers:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        kind = type(layer).__name__
        if kind == "InputLayer":
            names[id(layer.output)] = WINDOW
        else:
            names[id(layer.output)] = _lay_layer(sheet, layer, [names[id(tensor)] for tensor in inputs])
    last = names[id(network.output)]
    if card.finds_faults:
        sheet.lay("Sigmoid", sheet.lay("Div", last, sheet.number(card.temperature)), name=ANSWER)
    else:
        _leave_quiet(sheet, last)
    return _close(sheet, card, WINDOW, ANSWER)


def _lay_layer(sheet: _Sheet, layer: Any, inputs: list[str]) -> str:
    """Lay one layer."""
    dimensions = len(layer.output.shape) - 2
    match type(layer).__name__:
        case "Conv2D" | "Conv3D":
            return _lay_convolution(sheet, layer, inputs[0])
        case "Activation":
            return sheet.lay("Relu", *inputs)
        case "Add":
            return sheet.lay("Add", *inputs)
        case "UpSampling2D" | "UpSampling3D":
            factors = sheet.keep([1, 1, *[2] * dimensions], np.float32)
            return sheet.lay(
                "Resize", inputs[0], "", factors,
                mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
            )  # fmt: skip
        case "SubPixel":
            return _interleave(sheet, inputs[0], dimensions)
    raise OdfaultError(f"a layer {layer.name} that no graph is known for", "export networks of ours")


def _lay_convolution(sheet: _Sheet, layer: Any, source: str) -> str:
    """Lay a convolution; what Keras pads at a grid of 4 is the same at every size."""
    kernel, bias = layer.get_weights()
    size, stride, dilation = kernel.shape[0], layer.strides[0], layer.dilation_rate[0]
    space = kernel.ndim - 2
    around = (size - 1) * dilation + 1 - stride
    first = np.moveaxis(kernel, (-1, -2), (0, 1))
    return sheet.lay(
        "Conv", source, sheet.keep(first, np.float32), sheet.keep(bias, np.float32),
        kernel_shape=[size] * space, strides=[stride] * space, dilations=[dilation] * space,
        pads=[around // 2] * space + [around - around // 2] * space,
    )  # fmt: skip


def _interleave(sheet: _Sheet, source: str, dimensions: int) -> str:
    """Interleave channels, as ``network.SubPixel`` does."""
    if dimensions == 2:
        return sheet.lay("DepthToSpace", source, blocksize=2)
    shape = sheet.lay("Shape", source)
    windows = sheet.lay("Slice", shape, sheet.count(0), sheet.count(1))
    space = sheet.lay("Slice", shape, sheet.count(2), sheet.count(5))
    parted = sheet.lay("Concat", windows, sheet.count(2, 2, 2), space, axis=0)
    turned = sheet.lay("Transpose", sheet.lay("Reshape", source, parted), perm=[0, 4, 1, 5, 2, 6, 3])
    doubled = sheet.lay("Mul", space, sheet.count(2))
    return sheet.lay("Reshape", turned, sheet.lay("Concat", windows, sheet.count(1), doubled, axis=0))


def _leave_quiet(sheet: _Sheet, noise: str) -> None:
    """Leave the quiet part of the noise, as ``network.leave_quiet`` does."""
    from odfault.network import AROUND, QUIET

    around = _average(sheet, sheet.lay("Abs", noise), AROUND, padding_counts=False)
    power = sheet.lay("Mul", around, around)
    share = sheet.lay("Div", power, sheet.lay("Add", power, sheet.number(QUIET**2)))
    sheet.lay("Mul", noise, share, name=ANSWER)


def _average(sheet: _Sheet, source: str, size: tuple[int, ...], *, padding_counts: bool) -> str:
    """Average about each sample, over an odd number of them along each axis."""
    pads = [n // 2 for n in size] * 2
    counted = int(padding_counts)
    return sheet.lay("AveragePool", source, kernel_shape=list(size), pads=pads, count_include_pad=counted)


def lay_whole(bare: Any, card: Card) -> Any:
    """Lay scaling, padding and cutting about a bare graph: amplitudes of any unit and size to answers.

    Parameters
    ----------
    bare : onnx.ModelProto
        From ``lay_graph``.
    card : Card
        Of its network.

    Returns
    -------
    onnx.ModelProto
        ``seismic`` (batch, 1, [inlines,] traces, samples), float32, to ``probability`` of the same shape, 0
        where no sample within 64 is live; of a network for noise ``denoised``, in the unit of ``seismic``.

    Notes
    -----
    The same numbers as ``kernels.scale``, mirroring and all of ``inference.predict`` give on the same array.
    """
    space = card.architecture.dimensions
    sheet, tail = _Sheet("s"), _Sheet("t")
    size = sheet.lay("Abs", SEISMIC)
    defined = sheet.lay("Less", size, sheet.number(LARGEST))
    values = sheet.lay("Where", defined, SEISMIC, sheet.number(0))
    size = sheet.lay("Abs", values)
    live = sheet.lay("Greater", size, sheet.number(0))
    span = (1,) * (space - 1) + (2 * HALF_WINDOW + 1,)
    count = _average(sheet, sheet.lay("Cast", live, to=TensorProto.FLOAT), span, padding_counts=True)
    total = _average(sheet, size, span, padding_counts=True)
    level = sheet.lay("Div", total, sheet.lay("Max", count, sheet.number(1e-6)))
    scaled = sheet.lay("Div", values, sheet.lay("Where", live, level, sheet.number(1)))
    scaled = sheet.lay("Clip", scaled, sheet.number(-LIMIT), sheet.number(LIMIT))
    shape = sheet.lay("Shape", SEISMIC)
    for axis in range(2, 2 + space):
        name = WINDOW if axis == space + 1 else None
        scaled = sheet.lay("Gather", scaled, _mirror(sheet, shape, axis), axis=axis, name=name)
    ends = sheet.lay("Slice", shape, sheet.count(2), sheet.count(2 + space))
    axes = tail.count(*range(2, 2 + space))
    answer = tail.lay("Slice", ANSWER, tail.count(*[0] * space), ends, axes)
    if card.finds_faults:
        silent = tail.lay("Less", count, tail.number(0.5 / (2 * HALF_WINDOW + 1)))
        out = tail.lay("Where", silent, tail.number(0), answer, name="probability")
    else:
        out = tail.lay("Sub", values, tail.lay("Mul", answer, level), name="denoised")
    sheet.nodes += [*bare.graph.node, *tail.nodes]
    sheet.constants += [*bare.graph.initializer, *tail.constants]
    return _close(sheet, card, SEISMIC, out)


def _mirror(sheet: _Sheet, shape: str, axis: int) -> str:
    """Find which sample stands at each place of a padded axis, as ``kernels.mirror`` does."""
    length = sheet.lay("Gather", shape, sheet.keep(axis, np.int64), axis=0)
    one, grid = sheet.keep(1, np.int64), sheet.keep(GRID, np.int64)
    steps = sheet.lay("Div", sheet.lay("Add", length, sheet.keep(GRID - 1, np.int64)), grid)
    padded = sheet.lay("Max", sheet.lay("Mul", steps, grid), sheet.keep(THINNEST, np.int64))
    there = sheet.lay("Range", sheet.keep(0, np.int64), padded, one)
    there_and_back = sheet.lay("Mul", sheet.lay("Sub", length, one), sheet.keep(2, np.int64))
    period = sheet.lay("Max", there_and_back, one)
    place = sheet.lay("Mod", there, period)
    return sheet.lay("Min", place, sheet.lay("Sub", period, place))


def _close(sheet: _Sheet, card: Card, source: str, answer: str) -> Any:
    """Make a graph of what was laid, and check it."""
    axes = ["windows", 1, *("inlines", "traces", "samples")[3 - card.architecture.dimensions :]]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, axes) for name in (source, answer)]
    graph = helper.make_graph(sheet.nodes, card.name, ends[:1], ends[1:], sheet.constants)
    versions = {"opset_imports": [helper.make_opsetid("", OPSET)], "ir_version": IR_VERSION}
    model = helper.make_model(graph, producer_name="odfault", producer_version=__version__, **versions)
    words = {"data_format": "channels_first", "model": card.name, "weights_sha256": card.sha256}
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
