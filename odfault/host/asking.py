"""A small host that asks a script for a survey's traces, to measure it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from odfault.host.launchers import bare_environment
from odfault.host.wire import Samples, percent

Spot = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Life:
    """One life of a script: seconds in all, to the first reply, for the slowest after it; peak in GB."""

    total_s: float
    first_s: float
    slowest_s: float
    peak_gb: float | None
    traces: int


class Host:
    """Asks a script for traces of a volume (inlines, crosslines, samples), numbered from 1000 and 2000."""

    def __init__(self, volume: Samples, margin: int) -> None:
        self._volume, self._margin = np.pad(volume, ((0, 0), (0, 0), (margin, margin))), margin

    def ask_all(
        self, script: Path, parameters: dict[str, Any], *, step_out: Spot, places: Iterable[Spot]
    ) -> Life:
        """Start a script, ask for all places, let it go."""
        words = json.dumps({**parameters, "ZSampMargin": {"Value": [-self._margin, self._margin]}})
        coded = percent(words.replace("\\", "\\\\"))
        samples, times = self._volume.shape[2], []
        tall, wide = (2 * n + 1 for n in step_out)
        window = np.empty((tall, wide, samples), np.float32)
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, str(script), "-c", coded], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=bare_environment(), bufsize=0,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            pipe, reply = process.stdin.fileno(), bytearray(8 * samples)
            write(
                pipe, struct.pack("=5i5fi", tall * wide, 1, 2, tall, wide, 0.004, 25, 25, 1000, 1e6, samples)
            )
            for place in places:
                asked = time.perf_counter()
                self._fill(window, place, step_out)
                write(pipe, struct.pack("=4i", samples, 0, 1000 + place[0], 2000 + place[1]))
                write(pipe, window.data.cast("B"))
                read(process.stdout.fileno(), memoryview(reply))
                times.append(time.perf_counter() - asked)
            first_s = times.pop(0)
            peak = peak_gb(process.pid)
            process.stdin.close()
            process.wait()
        return Life(time.perf_counter() - began, first_s, max(times, default=0.0), peak, len(times) + 1)

    def _fill(self, window: Samples, place: Spot, step_out: Spot) -> None:
        """Fill the window about a place; the centre trace stands for what the survey does not have."""
        inside, there = [], []
        for at, far, n in zip(place, step_out, self._volume.shape, strict=False):
            low, high = max(0, at - far), min(n, at + far + 1)
            inside.append(slice(low, high))
            there.append(slice(low - at + far, high - at + far))
        if window[*there].size < window.size:
            window[:] = self._volume[place]
        window[*there] = self._volume[*inside]


def write(pipe: int, block: bytes | memoryview) -> None:
    """Write all of a block."""
    left = memoryview(block)
    while left:
        left = left[os.write(pipe, left) :]


def read(pipe: int, block: memoryview) -> None:
    """Fill a block."""
    while block:
        piece = os.read(pipe, len(block))
        if not piece:
            raise EOFError("the script left")
        block[: len(piece)] = piece
        block = block[len(piece) :]


def peak_gb(process: int) -> float | None:
    """Largest resident size of a process so far, where the system tells."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    return int(found[1]) * 1.024e-6 if found else None
