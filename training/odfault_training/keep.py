"""What a run keeps in its folder, each file whole at any moment: log, curves, checkpoint."""

from __future__ import annotations

import contextlib
import csv
import io
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from odfault.errors import OdfaultError
from odfault_synthetic.disk import write_new
from odfault_training.curves import draw_curves

CHECKPOINT, LOG, CURVES = "checkpoint.npz", "log.csv", "curves.png"
PATIENCE = 10.0
"""Seconds between two drawings of the curves, at least."""
Row = dict[str, str]


class Keep(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the log, the curves and, last of all, the checkpoint when an epoch ends.

    Keras's own CSVLogger and BackupAndRestore write in place and in several files: a kill or a full disk
    leaves half of one, or weights that are an epoch older or younger than what is said of them. Here every
    file is put in the place of the last one as a whole, the checkpoint is one file, and a run that goes on
    strikes from the log what the checkpoint does not hold.
    """

    def __init__(self, folder: Path, done: int) -> None:
        super().__init__()
        self.folder, self.rows = folder, read_log(folder, done)
        self._began = self._drawn = -np.inf

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take the time."""
        self._began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Write all that is kept."""
        known = dict(logs or {})
        order = sorted(known, key=lambda name: (name.startswith("val_"), not name.endswith("loss"), name))
        seconds = time.monotonic() - self._began
        words = {name: repr(float(known[name])) for name in order}
        self.rows.append({"epoch": str(epoch), **words, "seconds": f"{seconds:.1f}"})
        with kept_safe(self.folder):
            write_new(self.folder / LOG, _table(self.rows).encode())
            if time.monotonic() - self._drawn > PATIENCE:
                self._draw()
            write_new(self.folder / CHECKPOINT, _pack(self.model))

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Draw the curves to their end."""
        with kept_safe(self.folder):
            self._draw()

    def _draw(self) -> None:
        if picture := draw_curves(self.rows):
            write_new(self.folder / CURVES, picture)
        self._drawn = time.monotonic()


@contextlib.contextmanager
def kept_safe(folder: Path) -> Iterator[None]:
    """Tell of a full disk in one line; what was there is still whole.

    Raises
    ------
    OdfaultError
        If a file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise OdfaultError(
            f"{folder} cannot be written to ({error.strerror or error})",
            "make room, then run the same command again to go on from its last checkpoint",
        ) from error


def variables_of(model: Any) -> list[Any]:
    """List all that a step changes: weights and their running mean, statistics, the optimizer's state."""
    return [*model.variables, *model.optimizer.variables]


def _pack(model: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, *(keras.ops.convert_to_numpy(variable) for variable in variables_of(model)))
    return content.getvalue()


def go_on(model: Any, folder: Path) -> int:
    """Put the last checkpoint of a folder into a compiled model.

    Returns
    -------
    int
        Steps that it has had; none without a checkpoint.

    Raises
    ------
    OdfaultError
        If the checkpoint is damaged or another network's.
    """
    path = folder / CHECKPOINT
    try:
        with path.open("rb") as file, np.load(file) as parts:
            values = [parts[name] for name in parts.files]
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise OdfaultError(f"{path} is damaged ({error})", "remove it to begin anew") from error
    variables = variables_of(model)
    if [value.shape for value in values] != [tuple(variable.shape) for variable in variables]:
        raise OdfaultError(f"{path} is another network's", "give another --folder, or remove it")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))


def read_log(folder: Path, done: int | None = None) -> list[Row]:
    """Read the rows of the epochs that are done, one for each epoch."""
    try:
        with (folder / LOG).open(newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return []
    return [row for row in rows if done is None or int(row["epoch"]) < done]


def _table(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def training_seconds(folder: Path) -> float:
    """Tell how long all epochs of a run took together, over all of its starts."""
    return sum(float(row.get("seconds") or 0) for row in read_log(folder))
