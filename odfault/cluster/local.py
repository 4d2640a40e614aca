"""Workers on this machine: one for each GPU, or a share of the cores each."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError

MOST = 1024


def read_count(address: str) -> int:
    """Read the N of ``local:N``; 0 for any other address.

    Raises
    ------
    OdfaultError
        N is no number of workers.
    """
    kind, _, number = address.partition(":")
    if kind != "local":
        return 0
    if not number.isdecimal() or not 1 <= int(number) <= MOST:
        raise OdfaultError(f"{address} names no number of workers", "give local:2, for instance")
    return int(number)


@contextlib.contextmanager
def start(count: int) -> Iterator[Any]:
    """Start a scheduler and workers, in processes of their own that end with this one."""
    from distributed import Nanny, Scheduler, SpecCluster

    here: dict[str, Any] = {"host": "127.0.0.1", "protocol": "tcp://", "dashboard": False}
    gpus = list_gpus(os.environ.get("CUDA_VISIBLE_DEVICES"), Path("/dev"))
    workers = {
        number: {
            "cls": Nanny,
            "options": {
                **here,
                "nthreads": 2,
                "memory_limit": 0,
                "silence_logs": logging.CRITICAL,
                "env": env,
                "preload": keep_to(number, count),
            },
        }
        for number, env in enumerate(share(count, gpus, count_cores()))
    }
    scheduler = {"cls": Scheduler, "options": {**here, "dashboard_address": ":0"}}
    with SpecCluster(workers=workers, scheduler=scheduler, silence_logs=logging.CRITICAL) as cluster:
        yield cluster


def share(count: int, gpus: list[str], cores: int) -> list[dict[str, str]]:
    """Share GPUs and cores out: the environment of each worker."""
    threads = str(max(1, cores // count))
    shared = {"TF_NUM_INTRAOP_THREADS": threads, "NUMBA_NUM_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if not gpus:
        return [shared] * count
    if count > len(gpus):
        raise OdfaultError(f"{count} workers for {len(gpus)} GPUs", f"give local:{len(gpus)} at most")
    return [{**shared, "CUDA_VISIBLE_DEVICES": gpu} for gpu in gpus[:count]]


def keep_to(number: int, count: int) -> list[str]:
    """Give the words by which a worker keeps to its share of the cores, whatever computes in it."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    some = max(1, len(cores) // count)
    mine = [cores[(number * some + n) % len(cores)] for n in range(some)]
    return [f"import os; os.sched_setaffinity(0, {mine})"]


def list_gpus(visible: str | None, devices: Path) -> list[str]:
    """List the GPUs of this machine: those that CUDA may use, or all that have a device file."""
    if visible is not None:
        return [gpu.strip() for gpu in visible.split(",") if gpu.strip() not in ("", "-1", "NoDevFiles")]
    found = (re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.glob("nvidia*"))
    return sorted((match[1] for match in found if match), key=int)


def count_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
