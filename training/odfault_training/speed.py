"""Measures whether the network ever waits for its data."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import keras

from odfault_training.keep import variables_of

WARM, ENOUGH, LONGEST = 3, 20, 15.0
"""Steps that are not counted (the first one compiles); steps that are; seconds after which fewer will do."""
BAR = 1.10
Speed = dict[str, float]


class StepTimes(keras.callbacks.Callback):  # type: ignore[misc]
    """Takes the time from the end of each step to that of the next: data, step and callbacks, all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Begin anew."""
        self.ends = []

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take the time."""
        self.ends.append(time.perf_counter())

    def median(self) -> float:
        """Give the median of the epoch's steps in seconds, without the first ones."""
        skipped = min(WARM, len(self.ends) // 2)
        pairs = zip(self.ends[skipped:-1], self.ends[skipped + 1 :], strict=True)
        return statistics.median([after - before for before, after in pairs] or [float("nan")])


class _Cached(StepTimes):
    """Ends the run when enough steps are timed."""

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take the time."""
        super().on_train_batch_end(batch, logs)
        late = len(self.ends) > WARM + 3 and self.ends[-1] - self.ends[WARM] > LONGEST
        self.model.stop_training = late or len(self.ends) >= WARM + ENOUGH


class _Again(keras.utils.PyDataset):  # type: ignore[misc]
    """One batch, given again and again."""

    def __init__(self, batch: Any) -> None:
        super().__init__()
        self.batch = batch

    def __len__(self) -> int:
        return WARM + ENOUGH

    def __getitem__(self, number: int) -> Any:
        return self.batch


def time_cached(model: Any, batch: Any) -> float:
    """Measure the step with one batch that is always there, in seconds.

    The same compiled step in the same loop of Keras as in the run itself, so that only the data differ, and
    the run need not compile again. All that the steps changed is put back, bit by bit.

    Parameters
    ----------
    model : keras.Model
        Compiled, its optimizer built.
    batch : tuple
        Windows and targets.
    """
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in variables_of(model)]
    times = _Cached()
    model.fit(_Again(batch), verbose=0, shuffle=False, callbacks=[times])
    for variable, value in zip(variables_of(model), before, strict=True):
        variable.assign(value)
    return times.median()


class LiveTimes(StepTimes):
    """Compares the first epoch's steps, with live data, to those with a cached batch, and tells once.

    ``live_step_s`` is the median time from one step's end to the next one's, in the run's first epoch since
    its start: waiting for data, if any, and the slower step of processors that draw data meanwhile are in it.
    """

    def __init__(self, cached: float, say: Callable[[str], None], note: Callable[[Speed], None]) -> None:
        super().__init__()
        self.cached, self.say, self.note, self.told = cached, say, note, False

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell it after the first epoch."""
        if self.told:
            return
        self.told, live = True, self.median()
        ratio = live / self.cached
        if not math.isfinite(ratio):
            return
        remark = "" if ratio <= BAR else ": it waits for data, or shares its cores with what draws them"
        self.say(f"a step takes {live:.4g} s, on a cached batch {self.cached:.4g} s ({ratio:.2f}){remark}")
        figures = {"live_step_s": live, "cached_step_s": self.cached, "live_over_cached": ratio}
        self.note({name: float(f"{value:.4g}") for name, value in figures.items()})
