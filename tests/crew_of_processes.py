"""A scheduler and its workers, for the tests that let them run, kill them or hold them."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).parents[1]
SMALL = 260_000
"""Samples of windows so small that there are several slabs."""
VALUES = np.random.default_rng(9).standard_normal((100, 60, 100)).astype(np.float32)
PART = {"inlines": (130, 165), "crosslines": (310, 355), "z_ms": (100, 300)}


class Cluster:
    """A scheduler and workers, each a process of its own that hears nobody but the tests."""

    def __init__(self, folder):
        self.folder, self.address, self.scheduler = folder, folder / "scheduler.json", None
        self.workers, self.names = [], iter(range(99))
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "ODFAULT_TEST_FOLDER": str(folder),
            "TF_NUM_INTRAOP_THREADS": "1",
            "NUMBA_NUM_THREADS": "2",
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__SCHEDULER__DASHBOARD__ENABLED": "False",
            "DASK_TEMPORARY_DIRECTORY": str(folder),
        }

    def dask(self, *words, **environment):
        with (self.folder / f"{words[0]}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, words)],
                cwd=self.folder, env={**self.environment, **environment}, stdout=log, stderr=log,
            )  # fmt: skip

    def start_scheduler(self):
        self.address.unlink(missing_ok=True)
        words = ("--scheduler-file", self.address, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self.dask("scheduler", *words)
        wait_until(self.address.exists)

    def start_worker(self, *words, **environment):
        words = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", next(self.names), *words)
        worker = self.dask("worker", "--scheduler-file", self.address, *words, **environment)
        self.workers.append(worker)
        return worker

    def have(self, count):
        """See that so many workers live; give a client."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        for _ in range(count - len(self.workers)):
            self.start_worker("--preload", ROOT / "tests" / "held_worker.py")
        client = distributed.Client(scheduler_file=str(self.address), timeout=20, set_as_default=False)
        wait_until(lambda: len(client.nthreads()) == count)
        return client

    def end(self):
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()

    def hold(self, written=0):
        """Let workers wait before they write, once so many columns are written; forget what was before."""
        for path in (*self.folder.glob("held-*"), self.folder / "log"):
            path.unlink(missing_ok=True)
        (self.folder / "hold").write_text(str(written))

    def let_go(self):
        (self.folder / "hold").unlink()

    def held(self):
        return [int(path.name.removeprefix("held-")) for path in self.folder.glob("held-*")]

    def written(self):
        return len((self.folder / "log").read_text().splitlines())


def wait_until(true, patience_s=60):
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience_s
        time.sleep(0.02)


def in_background(function):
    """Call a function in a thread; give the thread and what it raised or returned."""
    found = []

    def call():
        try:
            found.append(function())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    return thread, found
