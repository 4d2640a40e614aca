"""Train the network that finds sections in pictures, and write it as a graph for OpenCV.

    python training/experiments/panel_network.py FOLDER --pictures pictures.h5 --unseen unseen.h5

The files are from `training/experiments/panels.py`. FOLDER gets `panel.onnx` and a log; the weights are kept
each epoch, and a killed run goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import h5py
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from odfault.export.graph import lay_layers
from odfault.export.sheet import Sheet, close_graph, read_graph, write_graph
from odfault.network import Layout
from odfault.picture.four import CELL
from odfault.picture.where import AROUND, SIDE
from odfault_training.export import fold_into, unfold_into
from odfault_training.loss import make_loss

WIDTHS = (32, 48, 64, 96, 96)
"""Channels at a 4th, 8th, 16th, 32nd and 64th of the square."""
BATCH, EPOCH = 16, 100


def build(*, normalise: bool = False) -> Any:
    """Build it: pictures (batch, SIDE, SIDE, 3), about -1 to 1, to logits (batch, cells, cells, 1).

    Notes
    -----
    Ronneberger et al., 2015, U-Net, of residual blocks (He et al., 2016), with sums in place of
    concatenations; from a quarter of the square's resolution on.
    """
    lay = Layout(2, normalise)
    picture = keras.Input((SIDE, SIDE, 3), name="picture")
    x = lay.residual(lay.convolve(picture, WIDTHS[0], kernel=2 * CELL, strides=CELL), WIDTHS[0])
    kept = [x]
    for width in WIDTHS[1:]:
        x = lay.residual(lay.convolve(x, width, kernel=2, strides=2), width)
        kept.append(x)
    for width, beside in zip(WIDTHS[-2::-1], kept[-2::-1], strict=True):
        x = lay.double(lay.convolve(x, width, kernel=1, active=False))
        x = lay.residual(layers.Activation("relu")(layers.Add()([x, beside])), width)
    logits = layers.Conv2D(1, 1, dtype="float32", name="head")(x)
    return keras.Model(picture, logits, name="panel")


class Pictures(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of a file of pictures, by chance: mirrored, their colours changed, some made grey."""

    def __init__(self, files: Sequence[Path], steps: int, seed: int) -> None:
        super().__init__(workers=1)
        self.files, self.steps, self.seed, self.epoch = [h5py.File(file) for file in files], steps, seed, 0
        counts = [len(file["pictures"]) for file in self.files]
        self.places = [(file, at) for file, count in enumerate(counts) for at in range(count)]

    def __len__(self) -> int:
        return self.steps

    def on_epoch_end(self) -> None:
        """Draw others next time."""
        self.epoch += self.seed > 0

    def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = np.random.default_rng([self.seed, self.epoch, step])
        places = [self.places[at] for at in rng.choice(len(self.places), BATCH, replace=False)]
        pictures, masks = (  # one by one: a list of places is 30 times slower
            np.stack([self.files[file][name][at] for file, at in places]) for name in ("pictures", "masks")
        )
        if self.seed:
            for rgb, mask in zip(pictures, masks, strict=True):
                change(rgb, mask, rng)
        return pictures.astype(np.float32) / 127.5 - 1, masks[..., None].astype(np.float32) / 255


def change(rgb: NDArray[np.uint8], mask: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Mirror a picture in its square, mix its colours, make it brighter, darker, inverted, grey."""
    beside = (rgb == AROUND).all(axis=2)
    wide, tall = ((~beside.all(axis=axis)).nonzero()[0].max(initial=CELL - 1) + 1 for axis in (0, 1))
    seen = rgb[:tall, :wide]
    mixed = np.eye(3)[:: rng.choice([1, 1, -1])] + rng.normal(0, 0.15, (3, 3)) * (rng.random() < 0.4)
    if rng.random() < 0.2:
        mixed = np.full((3, 3), 1 / 3)
    gain = rng.uniform(0.6, 1.2)
    if rng.random() < 0.05:
        gain = -gain
    shift = 127.5 * (1 - gain) + rng.uniform(-25, 25)
    seen[:] = cv2.transform(seen, np.column_stack([gain * mixed, np.full(3, shift)]))
    if rng.random() < 0.5 and wide % CELL == 0:
        seen[:], mask[:, : wide // CELL] = seen[:, ::-1].copy(), mask[:, : wide // CELL][:, ::-1].copy()


def lay(network: Any) -> Any:
    """Lay the graph: pictures (1, 3, SIDE, SIDE), 0 to 255, to the part of each cell that is a section's."""
    sheet = Sheet("n")
    shown = sheet.lay("Sub", sheet.lay("Mul", "picture", sheet.number(1 / 127.5)), sheet.number(1))
    sheet.lay("Sigmoid", lay_layers(sheet, network, shown), name="section")
    cells = SIDE // CELL
    return close_graph(sheet, "panel", {"picture": [1, 3, SIDE, SIDE]}, {"section": [1, 1, cells, cells]}, {})


def read(path: Path) -> Any:
    """Read the network without batch normalisation from its graph."""
    from onnx import numpy_helper

    kept = [numpy_helper.to_array(one) for one in read_graph(path).graph.initializer]
    kernels = [at for at, array in enumerate(kept) if array.ndim == 4]
    plain = build()
    convolutions = [layer for layer in plain.layers if "Conv2D" in type(layer).__name__]
    for layer, at in zip(convolutions, kernels, strict=True):
        layer.set_weights([np.moveaxis(kept[at], (0, 1), (-1, -2)), kept[at + 1]])
    return plain


def main() -> None:
    """Train, and write the graph."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--unseen", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--from", dest="start", type=Path, metavar="ONNX", help="a graph to go on from")
    parser.add_argument("--precision", default="mixed_bfloat16")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(7)
    keras.mixed_precision.set_dtype_policy(options.precision)
    model = build(normalise=True)
    rate = keras.optimizers.schedules.CosineDecay(
        1e-5,
        options.steps,
        alpha=0.01,
        warmup_target=options.rate,
        warmup_steps=min(200, options.steps // 10),
    )
    if options.start:
        some = Pictures(options.pictures, 4, 1)
        unfold_into(model, read(options.start), [some[batch][0] for batch in range(len(some))])
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4, clipnorm=1.0, use_ema=True, ema_momentum=0.99)
    model.compile(optimizer, make_loss(0.02))
    model.fit(
        Pictures(options.pictures, EPOCH, 7),
        epochs=options.steps // EPOCH,
        validation_data=Pictures([options.unseen], 10, 0),
        verbose=2,
        callbacks=[
            keras.callbacks.BackupAndRestore(options.folder / "backup"),
            keras.callbacks.CSVLogger(options.folder / "log.csv", append=True),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: epoch % 10 == 9 and keep(model, options.folder)
            ),
        ],
    )
    optimizer.finalize_variable_values(model.trainable_weights)
    keep(model, options.folder)


def keep(model: Any, folder: Path) -> None:
    """Write the graph of what has been learned so far."""
    keras.mixed_precision.set_dtype_policy("float32")
    plain = fold_into(build(), model)
    write_graph(lay(plain), folder / "panel.onnx")


if __name__ == "__main__":
    main()
