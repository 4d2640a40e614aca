"""Families of networks that the field has tried on faults, each of any width: what is compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras import layers

from odfault.card import Architecture
from odfault.network import build_network

Kind = Literal["patch", "trace", "map", "lines"]
PATCH = 29
"""Traces and samples of a patch, whose middle is classified."""
BUNDLE = 9
"""Traces side by side, of which the middle one is labelled sample by sample."""
LINES = 5
"""Lines that are seen one after another."""
SIZES: dict[Kind, tuple[int, ...]] = {
    "patch": (PATCH, PATCH, 1),
    "trace": (128, BUNDLE),
    "map": (64, 64, 1),
    "lines": (LINES, 32, 64, 1),
}
"""What a network of a kind is shown when its operations are counted."""
WIDEST = 512


@dataclass(frozen=True)
class Family:
    """A family: its name, what it is shown, and how it is built.

    Attributes
    ----------
    name : str
        As tables call it.
    kind : str
        ``patch``: (n, 29, 29, 1) to a logit each; ``trace``: (n, samples, 9) to a logit for each sample;
        ``map``: (n, traces, samples, 1) and ``lines``: (n, 5, traces, samples, 1) to a logit for each.
    build : callable
        Width to a ``keras.Model``.
    """

    name: str
    kind: Kind
    build: Callable[[int], Any]


def _dense(width: int) -> Any:
    """Three fully connected layers: the multilayer perceptron."""
    x = seen = keras.Input((PATCH, PATCH, 1))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(width, "relu")(x)
    return keras.Model(seen, layers.Dense(1)(x))


def _lenet(width: int) -> Any:
    """Two convolutions with mean pooling, then dense layers (after LeCun et al., 1998)."""
    x = seen = keras.Input((PATCH, PATCH, 1))
    for channels in (width, 2 * width):
        x = layers.AveragePooling2D(2)(layers.Conv2D(channels, 5, activation="relu")(x))
    x = layers.Dense(8 * width, "relu")(layers.Flatten()(x))
    return keras.Model(seen, layers.Dense(1)(x))


def _alexnet(width: int) -> Any:
    """Take a coarse large filter, three small ones, the largest values, dropout (after Krizhevsky, 2012)."""
    x = seen = keras.Input((PATCH, PATCH, 1))
    x = layers.MaxPooling2D(2)(layers.Conv2D(width, 7, 2, "same", activation="relu")(x))
    for channels in (2 * width, 2 * width, width):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    x = layers.Dropout(0.3)(layers.Dense(8 * width, "relu")(x))
    return keras.Model(seen, layers.Dense(1)(x))


def _resnet(width: int) -> Any:
    """Residual blocks at two resolutions, means over all places in the end (after He et al., 2016)."""
    x = seen = keras.Input((PATCH, PATCH, 1))
    for channels in (width, 2 * width):
        x = layers.BatchNormalization()(layers.Conv2D(channels, 3, 2, "same", use_bias=False)(x))
        x = layers.Activation("relu")(x)
        y = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(channels, 3, padding="same", use_bias=False)(y))
        x = layers.Activation("relu")(layers.Add()([x, y]))
    return keras.Model(seen, layers.Dense(1)(layers.GlobalAveragePooling2D()(x)))


def _unet(width: int) -> Any:
    """Our own: down to a quarter and up again, a logit for every sample."""
    return build_network(Architecture(2, width, 1, (1, 2)), normalise=True)


def _lstm(width: int) -> Any:
    """Two layers of LSTM, down and up along a bundle of traces (after Hochreiter and Schmidhuber, 1997)."""
    x = seen = keras.Input((None, BUNDLE))
    for _ in range(2):
        x = layers.Bidirectional(layers.LSTM(width, return_sequences=True))(x)
    return keras.Model(seen, layers.Dense(1)(x))


def _convlstm(width: int, shape: tuple[int, ...] = SIZES["lines"]) -> Any:
    """Convolutional LSTM across lines, there and back, at half resolution (after Shi et al., 2015)."""
    x = seen = keras.Input(shape)
    x = layers.Conv3D(width, (1, 4, 4), (1, 2, 2), "same", activation="relu")(x)
    x = layers.Bidirectional(layers.ConvLSTM2D(width, 3, padding="same", return_sequences=True))(x)
    x = layers.Conv3D(width, (1, 3, 3), padding="same", activation="relu")(x)
    x = layers.UpSampling3D((1, 2, 2))(x)
    return keras.Model(seen, layers.Conv3D(1, (1, 3, 3), padding="same")(x))


def resize(model: Any, shape: tuple[int, ...]) -> Any:
    """Give a network across lines for another number of traces and samples, with the same weights.

    Keras wants to know both of a convolutional LSTM beforehand; its weights do not depend on them.
    """
    if model.input_shape[1:] == shape:
        return model
    other = _convlstm(model.layers[1].filters, shape)
    other.set_weights(model.get_weights())
    return other


FAMILIES = (
    Family("dense", "patch", _dense),
    Family("LeNet-style", "patch", _lenet),
    Family("AlexNet-style", "patch", _alexnet),
    Family("ResNet-style", "patch", _resnet),
    Family("BiLSTM", "trace", _lstm),
    Family("ConvLSTM", "lines", _convlstm),
    Family("U-Net", "map", _unet),
)


def count_parameters(model: Any) -> int:
    """Count what training changes."""
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


def count_operations(model: Any, kind: Kind) -> float:
    """Count the multiplications with weights for each labelled sample.

    The layers are asked for the shapes that they give for one item of ``SIZES``; what is between them
    (activations, pooling, normalisation) is not counted.
    """
    inner = [layer for layer in model.layers if layer.weights]
    whole = keras.Model(model.input, [layer.output for layer in inner])
    shapes = [given.shape for given in whole.compute_output_spec(keras.KerasTensor((1, *SIZES[kind])))]
    total = sum(_operations(layer, shape) for layer, shape in zip(inner, shapes, strict=True))
    labelled = 1 if kind == "patch" else SIZES[kind][0] if kind == "trace" else math.prod(SIZES[kind])
    return total / labelled


def _operations(layer: Any, shape: tuple[int, ...]) -> float:
    """Count the multiplications of a layer that gives an array of a shape."""
    if isinstance(layer, layers.Bidirectional):
        places = math.prod(shape[:-1])
        return float(places * sum(math.prod(w.shape) for w in layer.trainable_variables if len(w.shape) > 1))
    if isinstance(layer, layers.BatchNormalization):
        return 0.0
    kernel = layer.kernel.shape
    return float(math.prod(shape[:-1]) * math.prod(kernel))


def fit_width(family: Family, target: float, *, by: str) -> int:
    """Find the width at which a family comes nearest to a number of ``parameters`` or ``operations``."""

    def measure(width: int) -> float:
        model = family.build(width)
        return count_parameters(model) if by == "parameters" else count_operations(model, family.kind)

    low, high = 1, 2
    while high < WIDEST and measure(high) < target:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if measure(middle) < target else (low, middle)
    return min((low, high), key=lambda width: abs(math.log(measure(width) / target)))
