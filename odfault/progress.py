"""How far a run is: a bar on a terminal, plain lines elsewhere, JSON lines for a host."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all, when work begins and after each step of it."""
PROGRESS = ("auto", "bar", "lines", "json", "none")


@contextlib.contextmanager
def show_progress(kind: str, unit: str = "sample") -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows what is done and how much there is in all, on standard error.

    Parameters
    ----------
    kind : str
        ``bar``, ``lines``, ``json``, ``none``, or ``auto``: a bar on a terminal and lines elsewhere.
    unit : str
        What is counted.
    """
    if kind == "auto":
        kind = "bar" if sys.stderr.isatty() else "lines"
    if kind == "bar":
        from tqdm import tqdm

        with tqdm(unit=unit, unit_scale=unit == "sample", desc="odfault", dynamic_ncols=True) as bar:

            def move(done: int, total: int) -> None:
                if bar.total is None:
                    bar.initial = done
                    bar.reset(total)
                bar.update(done - bar.n)

            yield move
        return
    lines = _Lines(kind, unit)
    yield lines.move


class _Lines:
    """Lines of text, one for each tenth, or of JSON, one for each step."""

    def __init__(self, kind: str, unit: str) -> None:
        self.unit = unit
        self.kind, self.tenth, self.began, self.first = kind, -1, time.monotonic(), -1

    def move(self, done: int, total: int) -> None:
        """Say how far it is."""
        if self.first < 0:
            self.first, self.began = done, time.monotonic()
        elapsed = time.monotonic() - self.began
        rate = (done - self.first) / elapsed if elapsed > 0 else 0.0
        left = (total - done) / rate if rate > 0 else None
        if self.kind == "json":
            rest = None if left is None else round(left, 1)
            line = {
                "done": done,
                "total": total,
                f"{self.unit}s_per_s": round(rate, 2 if self.unit != "sample" else None),
                "left_s": rest,
            }
            print(json.dumps(line), file=sys.stderr, flush=True)
        elif self.kind == "lines" and 10 * done // max(total, 1) > self.tenth:
            self.tenth = 10 * done // max(total, 1)
            million = f", {rate / 1e6:.2f} million samples a second" if self.unit == "sample" else ""
            speed = f"{million}, {left:.0f} s left" if left is not None else ""
            print(f"odfault: {100 * done // max(total, 1)} %{speed}", file=sys.stderr, flush=True)
