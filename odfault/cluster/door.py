"""The Dask room: a scheduler found or started, workers asked, slabs sent and what comes back of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from odfault.cluster import local
from odfault.cluster.crew import SEEN
from odfault.cluster.member import Asked, Told, tell
from odfault.cluster.slab import Job, Slab
from odfault.cluster.work import Parcel, Written, answer_slab
from odfault.errors import OdfaultError
from odfault.extras import needed

ANSWERS_S = 5
"""A scheduler that has not answered after so many seconds is not there."""
WAIT_S = 60
"""A scheduler without a worker for so many seconds, at the beginning or later, is not waited for."""
LOOK_S = 2
"""Seconds between looks at whether scheduler and workers are there."""
GONE = "what was written is kept; start it and run the same command again to go on"


@contextlib.contextmanager
def reach(address: str) -> Iterator[Any]:
    """Give a client of the scheduler at an address, or of one that is started here.

    Parameters
    ----------
    address : str
        ``tcp://HOST:PORT``, the file that ``dask scheduler --scheduler-file`` wrote, or ``local:N`` to start
        N workers on this machine.

    Raises
    ------
    OdfaultError
        Dask is not installed, there is no scheduler, or the address makes no sense.
    """
    with needed("a cluster needs dask.distributed", "cluster"):
        from distributed import Client
    count = local.read_count(address)
    before = (log := logging.getLogger("distributed")).level
    with contextlib.ExitStack() as stack:
        stack.callback(log.setLevel, before)
        log.setLevel(logging.CRITICAL)  # what goes wrong is told in one line
        where = stack.enter_context(local.start(count)) if count else address
        words = {"scheduler_file": address} if Path(address).is_file() else {"address": where}
        try:
            client = Client(**words, timeout=ANSWERS_S, set_as_default=False)
        except (OSError, ValueError, TypeError, KeyError) as error:
            told = " ".join(str(error).split()) or type(error).__name__
            raise OdfaultError(
                f"no scheduler answers at {address} ({told})",
                "start it with: dask scheduler, or give local:N",
            ) from error
        stack.callback(client.close, timeout=ANSWERS_S)
        yield client


def ask_versions(client: Any, told: Callable[[str], None]) -> dict[str, object]:
    """Ask scheduler and workers for their odfault, once there is a worker; say so while there is none.

    Raises
    ------
    OdfaultError
        The client cannot be used, or there is no worker after ``WAIT_S``.
    """
    if getattr(client, "asynchronous", False):
        raise OdfaultError("the client is asynchronous", "give one made without asynchronous=True")
    name = client.scheduler.address
    with _gone(name):
        began, said = time.monotonic(), False
        while not client.nthreads():
            if time.monotonic() - began > WAIT_S:
                raise OdfaultError(
                    f"the scheduler at {name} has had no worker for {WAIT_S} s",
                    f"start some: dask worker {name}",
                )
            if not said and time.monotonic() - began > 1:
                told(f"The scheduler at {name} has no worker yet; waiting for {WAIT_S} s.")
                said = True
            time.sleep(0.1)
        there = {f"the scheduler {name}": client.run_on_scheduler(eval, SEEN)}
        there |= {f"worker {who}": what for who, what in client.run(eval, SEEN, on_error="return").items()}
        return there


def ask_workers(client: Any, files: tuple[Path, Path], token: bytes, asked: Asked) -> dict[str, Told]:
    """Let each worker tell of itself, and write a stripe of its own, in the order of the answer.

    Parameters
    ----------
    client : distributed.Client
    files : tuple of Path
        The input, and the file that all write into.
    token : bytes
        What that file begins with.
    asked : Asked
        What is asked of the network.

    Raises
    ------
    OdfaultError
        A worker fails, or all have gone.
    """
    with _gone(client.scheduler.address):
        order = {address: number for number, address in enumerate(client.nthreads())}
        found = client.run(
            _tell_later, files, token, asked, order=order, workers=list(order), on_error="return"
        )
    for address, one in found.items():
        if isinstance(one, BaseException):
            raise OdfaultError(
                f"worker {address} cannot tell of itself ({type(one).__name__}: {one})", "see its log"
            )
    if not found:
        raise OdfaultError("all workers have gone", "start some, and run the same command again")
    return {f"worker {address}": found[address] for address in order}


async def _tell_later(
    files: tuple[Path, Path], token: bytes, asked: Asked, *, order: dict[str, int], dask_worker: Any
) -> Told:
    """Tell in a thread, so that the worker meanwhile answers its scheduler: Keras takes time."""
    limit = dask_worker.memory_manager.memory_limit or 0
    stripe = order[dask_worker.address]
    return await asyncio.to_thread(tell, *files, token, asked=asked, stripe=stripe, limit=limit)


def send(client: Any, slabs: Sequence[Slab], job: Job, parcel: Parcel) -> Iterator[Written]:
    """Send slabs to whoever is free, and give what comes back, as it comes.

    A worker that dies costs what it had in work, which others do again. When the caller stops, what is not
    begun yet is called back.

    Raises
    ------
    OdfaultError
        A slab fails, or kills worker after worker; scheduler or workers are gone.
    """
    import dask

    name, back = client.scheduler.address, queue.SimpleQueue[Any]()
    keys = [(f"odfault-slab-{uuid.uuid4().hex}", number) for number in range(len(slabs))]
    futures: dict[Any, Slab] = {}
    with _gone(name):
        try:
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
                weights = client.submit(_hand_on, parcel, key=f"odfault-weights-{uuid.uuid4().hex}")
                sent = client.map(
                    answer_slab, slabs, job=job, parcel=weights, key=keys, retries=1, batch_size=500
                )
            futures = dict(zip(sent, slabs, strict=True))
            for future in sent:
                future.add_done_callback(back.put)
            del sent
            while futures:
                future = _next(client, back)
                yield _open(future, futures.pop(future), name)
        finally:
            with contextlib.suppress(Exception):
                client.cancel([*futures, weights], force=True)


def _hand_on(parcel: Parcel) -> Parcel:
    """Be where the weights come from: they are fetched from whoever has them, and made again when he dies."""
    return parcel


def _next(client: Any, back: queue.SimpleQueue[Any]) -> Any:
    """Wait for the next slab that comes back, as long as there is a worker."""
    seen = time.monotonic()
    while True:
        try:
            return back.get(timeout=LOOK_S)
        except queue.Empty:
            if client.status != "running":
                raise OSError("the connection is lost") from None
            if client.nthreads():
                seen = time.monotonic()
            elif time.monotonic() - seen > WAIT_S:
                raise OdfaultError(
                    f"no worker has been left for {WAIT_S} s", "start some, and run the same command again"
                ) from None


def _open(future: Any, slab: Slab, scheduler: str) -> Written:
    """Give what came of a slab."""
    from distributed.scheduler import KilledWorker

    if future.status == "cancelled":
        raise OdfaultError(f"the scheduler at {scheduler} is gone, or called a slab back", GONE)
    try:
        done: Written = future.result()
    except KilledWorker as error:
        raise OdfaultError(
            f"{slab.name} killed {error.allowed_failures + 1} workers, the last {error.last_worker.address}",
            "see its log; where memory ran out give less with --memory",
        ) from error
    return done


@contextlib.contextmanager
def _gone(scheduler: str) -> Iterator[None]:
    """Say in one line that the scheduler is gone."""
    from distributed import CancelledError

    try:
        yield
    except OdfaultError:
        raise
    except (OSError, CancelledError, asyncio.CancelledError, RuntimeError) as error:
        told = " ".join(str(error).split())[:200] or type(error).__name__
        raise OdfaultError(f"the scheduler at {scheduler} is gone ({told})", GONE) from error
