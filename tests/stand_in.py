"""Runs odfault in a process of its own with a stand-in network, slow or deadly as a test wants it.

    python stand_in.py '{"source": ..., "out": ..., "options": {...}, "most": 150000, "die": "column"}'

It prints the largest resident size in kB (where /proc tells) and the number of windows answered.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from odfault import batch, journal, plan, unfinished
from odfault.chunked.writing import StoreWriter
from odfault.segy.output import SegyWriter


class Network:
    """A cheap network: a smoothed size of the amplitudes."""

    precision = "float32"

    def __init__(self, *, sleep_s: float = 0.0, last: int | None = None) -> None:
        self.sleep_s, self.last, self.count = sleep_s, last, 0

    def __call__(self, windows: Any) -> Any:
        """Answer, slowly; die at the last window that is granted."""
        self.count += len(windows)
        if self.last is not None and self.count > self.last:
            die()
        time.sleep(self.sleep_s)
        size = np.abs(windows)
        size[..., 1:] += size[..., :-1]
        return size / np.float32(9)


def die() -> None:
    """Kill this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Any, *, turn: int = 1, before: bool = False) -> Any:
    """Let a function be called so often, the last time in vain or for the last time."""
    calls = []

    def once(*arguments: Any, **words: Any) -> Any:
        calls.append(1)
        if before and len(calls) == turn:
            die()
        answer = function(*arguments, **words)
        if len(calls) == turn:
            die()
        return answer

    return once


def tear(path: Path, mode: str, line: Any) -> None:
    """Write half a line of the journal."""
    with path.open(mode) as file:
        file.write(json.dumps(line)[:4])
    die()


def prepare(moment: str) -> Network:
    """Make the process die at a moment."""
    if moment == "laying":  # half a file lies there, and no journal
        unfinished.lay_down_answers = lambda survey, part, *_, **__: (part.write_bytes(bytes(5000)), die())
    elif moment == "laid":
        unfinished.lay_down_answers = dying(unfinished.lay_down_answers)
    elif moment == "begun":
        journal.Journal.begin = dying(journal.Journal.begin)
    elif moment == "computing":
        return Network(last=8)
    elif moment == "writing":  # a column is on the disk, the journal does not know
        for writer in (SegyWriter, StoreWriter):
            writer.flush = dying(writer.flush, turn=3, before=True)
    elif moment == "noting":
        write, count = journal.Journal._write, []

        def torn(self: Any, path: Path, mode: str, line: Any) -> None:
            count.append(1)
            (tear if len(count) == 4 else lambda *words: write(self, *words))(path, mode, line)

        journal.Journal._write = torn
    elif moment == "done":
        unfinished.Unfinished._tell = dying(unfinished.Unfinished._tell, before=True)
    elif moment == "renaming":  # the sidecar has its name, the file not yet
        replace = Path.replace

        def replace_once(self: Path, target: Path) -> Path:
            if target.suffix in (".sgy", ".zarr"):
                die()
            return replace(self, target)

        Path.replace = replace_once
    elif moment == "renamed":
        journal.Journal.forget = dying(journal.Journal.forget, turn=2, before=True)
    return Network()


def peak_kb() -> int | None:
    """Largest resident size of this process so far."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1])


def main() -> None:
    """Do what the first argument says."""
    words = json.loads(sys.argv[1])
    most = words["most"]
    plan.most_samples = lambda memory_gb, batch=1: most // batch
    network = prepare(words.get("die", ""))
    network.sleep_s = words.get("sleep_s", 0.0)
    batch.run(words["source"], words["out"], network=network, **words["options"])
    print(json.dumps([peak_kb(), network.count]))


if __name__ == "__main__":
    main()
