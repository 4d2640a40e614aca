"""Preloaded into a Dask worker: it waits, or dies, in the middle of a slab, as files in a folder tell it.

``hold`` holds a number: a worker that is to write a column waits while so many have been written.
``deadly`` kills it there. ``log`` gets a line for each column that is on the disk.
"""

import os
import signal
import time
from pathlib import Path

from odfault.cluster import work

FOLDER = Path(os.environ.get("ODFAULT_TEST_FOLDER", "nowhere"))


def dask_setup(worker):
    """Stand between the worker and what it writes."""
    write = work._write

    def write_when_told(*words):
        if (FOLDER / "deadly").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        while held():
            (FOLDER / f"held-{os.getpid()}").touch()
            time.sleep(0.01)
        answers = write(*words)
        with (FOLDER / "log").open("a") as file:
            file.write(f"{os.getpid()}\n")
        return answers

    work._write = write_when_told


def held():
    """Whether to wait."""
    log = FOLDER / "log"
    try:
        written = len(log.read_text().splitlines()) if log.exists() else 0
        return written >= int((FOLDER / "hold").read_text() or 0)
    except FileNotFoundError:
        return False
