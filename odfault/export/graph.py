"""A network's layers as a graph: scaled windows in, answers out."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.card import Card
from odfault.errors import OdfaultError
from odfault.export.judge import lay_numbers, lay_standard
from odfault.export.sheet import Sheet, close_sheet

WINDOW, ANSWER = "window", "answer"
"""Names of the graph's input and output."""


def lay_graph(network: Any, card: Card) -> Any:
    """Lay the graph of a network: scaled windows, channels first, to answers alike, of any size on the grid.

    Parameters
    ----------
    network : keras.Model
        As ``network.build_network`` or ``autoencoder.build_meter`` lays it, with its weights.
    card : Card
        Of the network.

    Returns
    -------
    onnx.ModelProto
        ``window`` (windows, 1, [inlines,] traces, samples) to ``answer`` of the same shape, float32; of a
        meter, ``window`` (windows, 1, 64, 64) to ``answer`` (windows, 1).

    Raises
    ------
    OdfaultError
        If it has layers that are none of our networks'.
    """
    sheet = Sheet("n")
    last = lay_layers(sheet, network, WINDOW)
    if card.answers == "noise":
        _leave_quiet(sheet, last)
    else:
        sheet.lay("Sigmoid", sheet.lay("Div", last, sheet.number(card.temperature)), name=ANSWER)
    return close_sheet(sheet, card, WINDOW, ANSWER)


def lay_layers(sheet: Sheet, network: Any, source: str) -> str:
    """Lay all layers of a network upon what is called ``source``, and tell the name of what they answer.

    Raises
    ------
    OdfaultError
        If it has layers that are none of our networks'.
    """
    names: dict[int, str] = {}
    for layer in network.layers:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        kind = type(layer).__name__
        if kind == "InputLayer":
            names[id(layer.output)] = source
        else:
            names[id(layer.output)] = _lay_layer(sheet, layer, [names[id(tensor)] for tensor in inputs])
    return names[id(network.output)]


def _lay_layer(sheet: Sheet, layer: Any, inputs: list[str]) -> str:
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
        case "Sample":
            return sheet.part(inputs[0], 0, layer.output.shape[-1])
        case "Numbers":
            return lay_numbers(sheet, inputs, latent=layer.input[1].shape[-1] // 2)
        case "Standard":
            return lay_standard(sheet, layer, inputs[0])
        case "Dense":
            kernel, bias = (sheet.keep(part, np.float32) for part in layer.get_weights())
            return _lay_activation(sheet, layer, sheet.lay("Gemm", inputs[0], kernel, bias))
    raise OdfaultError(f"a layer {layer.name} that no graph is known for", "export networks of ours")


def _lay_convolution(sheet: Sheet, layer: Any, source: str) -> str:
    """Lay a convolution; what Keras pads at a grid of 4 is the same at every size."""
    kernel, bias = layer.get_weights()
    size, stride, dilation = kernel.shape[0], layer.strides[0], layer.dilation_rate[0]
    space = kernel.ndim - 2
    around = (size - 1) * dilation + 1 - stride
    first = np.moveaxis(kernel, (-1, -2), (0, 1))
    told = sheet.lay(
        "Conv", source, sheet.keep(first, np.float32), sheet.keep(bias, np.float32),
        kernel_shape=[size] * space, strides=[stride] * space, dilations=[dilation] * space,
        pads=[around // 2] * space + [around - around // 2] * space,
    )  # fmt: skip
    return _lay_activation(sheet, layer, told)


def _lay_activation(sheet: Sheet, layer: Any, told: str) -> str:
    """Lay what a layer does with its sums."""
    match layer.activation.__name__:
        case "linear":
            return told
        case "silu":
            return sheet.lay("Mul", told, sheet.lay("Sigmoid", told))
    raise OdfaultError(f"a layer {layer.name} that no graph is known for", "export networks of ours")


def _interleave(sheet: Sheet, source: str, dimensions: int) -> str:
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


def _leave_quiet(sheet: Sheet, noise: str) -> None:
    """Leave the quiet part of the noise, as ``network.leave_quiet`` does."""
    from odfault.network import AROUND, QUIET

    around = sheet.average(sheet.lay("Abs", noise), AROUND, padding_counts=False)
    power = sheet.lay("Mul", around, around)
    share = sheet.lay("Div", power, sheet.lay("Add", power, sheet.number(QUIET**2)))
    sheet.lay("Mul", noise, share, name=ANSWER)
