"""Keeps an eye on a run: its score, how far it is, and whether its loss is still a number."""

from __future__ import annotations

import copy
import math
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops
from tqdm import tqdm

from odfault.errors import OdfaultError
from odfault_training.pool import FreshWindows
from odfault_training.windows import Windows

Logs = Mapping[str, float] | None


class F1(keras.metrics.Metric):  # type: ignore[misc]
    """F1 of the samples at probability 0.5, over all batches, where the target is not negative.

    The target holds the samples beside a fault too, so that an answer one sample off still counts.
    """

    def __init__(self) -> None:
        super().__init__(name="f1")
        self.both = self.add_variable((), "zeros", name="both")
        self.either = self.add_variable((), "zeros", name="either")

    def update_state(self, target: Any, logit: Any, sample_weight: Any = None) -> None:
        """Count a batch."""
        truth = ops.cast(target > 0.5, "float32")
        answer = ops.cast(ops.logical_and(ops.cast(logit, "float32") > 0, target >= 0), "float32")
        self.both.assign(self.both + 2 * ops.sum(answer * truth))
        self.either.assign(self.either + ops.sum(answer) + ops.sum(truth))

    def result(self) -> Any:
        """Give F1; 0 where there is neither a fault nor one found."""
        return self.both / ops.maximum(self.either, 1)


class NumberWatch(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops a run at the first step whose loss is no number, before anything of it is kept."""

    def __init__(self, windows: Windows, rate: float) -> None:
        super().__init__()
        self.windows, self.rate, self.epoch = windows, rate, 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Remember which epoch it is, and draw the windows that are its own."""
        self.epoch = self.windows.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            raise self._problem(batch)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Look at the losses once more: the last step may have spoiled the weights."""
        if not all(math.isfinite(value) for value in (logs or {}).values()):
            raise self._problem(len(self.windows) - 1)

    def _problem(self, batch: int) -> OdfaultError:
        used = ", ".join(map(str, cubes_in(self.windows, batch)))
        where = f"epoch {self.epoch + 1}, step {batch + 1}, from cubes {used}"
        there = f"go on after epoch {self.epoch}" if self.epoch else "begin anew"
        return OdfaultError(
            f"the loss is no number any more at {where}",
            f"lower the recipe's rate, {self.rate:g}, then run the same command again to {there}",
        )


def cubes_in(windows: Windows, number: int) -> list[int]:
    """Tell which cubes, counted from 0, the windows of a batch were cut from."""
    asked: set[int] = set()
    cubes = windows.cubes_of(number)
    first = 0
    if isinstance(windows, FreshWindows):
        first = (windows.epoch * windows.steps + number) // windows.pool.fresh.every

    class Told(Sequence[Any]):
        def __len__(self) -> int:
            return len(cubes[1])

        def __getitem__(self, at: Any) -> Any:
            asked.add(first + at)
            return cubes[1][at]

    spy = copy.copy(windows)
    spy.cubes_of = lambda number: (cubes[0], Told())  # type: ignore[method-assign]
    spy[number]
    return sorted(asked)


class Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """A line for each epoch on standard output; on a terminal also a bar of the whole run's steps."""

    def __init__(self, epochs: range, steps: int) -> None:
        super().__init__()
        self.epochs, self.began = epochs, time.monotonic()
        self.bar = tqdm(
            total=epochs.stop * steps,
            initial=epochs.start * steps,
            unit="step",
            dynamic_ncols=True,
            disable=not sys.stderr.isatty(),
        )
        if epochs.start:
            self.say(f"goes on after epoch {epochs.start} of {epochs.stop}")

    def on_train_begin(self, logs: Logs = None) -> None:
        """Take the time."""
        self.began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move the bar."""
        self.bar.update()
        self.bar.set_postfix(loss=f"{(logs or {}).get('loss', 0):.3f}", refresh=False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Say how well it does and how long it will take."""
        known, spent = logs or {}, time.monotonic() - self.began
        left = spent / (epoch + 1 - self.epochs.start) * (self.epochs.stop - epoch - 1)
        seen, unseen = (
            f"loss {known[f'{part}loss']:.4f}" + (f", F1 {known[f'{part}f1']:.3f}" if "f1" in known else "")
            for part in ("", "val_")
        )
        self.say(f"epoch {epoch + 1} of {self.epochs.stop}: {seen}; unseen: {unseen}; {lasting(left)} left")

    def say(self, line: str) -> None:
        """Write a line above the bar."""
        self.bar.write(line, file=sys.stdout)
        sys.stdout.flush()

    def close(self) -> None:
        """Leave the bar."""
        self.bar.close()


def lasting(seconds: float) -> str:
    """Write a time as one would say it.

    >>> lasting(42), lasting(600), lasting(7260)
    ('42 s', '10 min', '2 h 01 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"
