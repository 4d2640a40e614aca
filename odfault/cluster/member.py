"""What a worker tells of itself before a run: versions, processor, storage. Nothing here knows of Dask."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import os
import socket
from pathlib import Path

import numpy as np

from odfault import __version__
from odfault.engine import Engine, choose_engine
from odfault.model import Precision, look_around
from odfault.segy.shared import open_shared, write_exactly

LIBRARIES = ("tensorflow", "keras", "numpy")
"""Those that decide the numbers, beside odfault and the engine."""
STRIPE = 1000
"""Bytes that a worker writes for a trial: no multiple of a page."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is asked of a network.

    Attributes
    ----------
    engine, precision : str
        As for ``engine.open_network``.
    has_graph : bool
        Whether it has a graph for other engines than TensorFlow.
    """

    engine: Engine
    precision: Precision
    has_graph: bool


@dataclasses.dataclass(frozen=True)
class Told:
    """What a worker tells of itself.

    Attributes
    ----------
    host : str
        Its machine.
    engine : str
        What would compute here.
    versions : tuple of tuple of str
        Names and versions of what decides the numbers; that of the engine last.
    bfloat16 : bool
        Whether it computes in it.
    gpus : int
        That it sees.
    input : tuple of int or str
        Size and time of change (ns) of the input as it sees it, or why it does not.
    output : str
        Why it cannot write beside the output; nothing when it can.
    limit : int
        Bytes at which it is killed, 0 for no limit.
    """

    host: str
    engine: Engine
    versions: tuple[tuple[str, str], ...]
    bfloat16: bool
    gpus: int
    input: tuple[int, int] | str
    output: str
    limit: int


def versions(engine: Engine = "tensorflow") -> tuple[tuple[str, str], ...]:
    """Tell the versions of what decides the numbers in an engine; of what is not installed, ``none``."""
    found = [("odfault", __version__)]
    for name in dict.fromkeys((*LIBRARIES, engine)):
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, "none"))
    return tuple(found)


def tell(source: Path, trial: Path, token: bytes, *, asked: Asked, stripe: int, limit: int) -> Told:
    """Tell of this process, and write a stripe into the file that others write into as well."""
    engine = asked.engine if asked.has_graph else "tensorflow"

    # dask-cuda names all of the machine's GPUs to each worker, its own first
    os.environ.update({k: v.split(",")[0] for k, v in os.environ.items() if k == "CUDA_VISIBLE_DEVICES"})
    try:
        state = source.stat()
        seen: tuple[int, int] | str = (state.st_size, state.st_mtime_ns)
        with source.open("rb") as file:
            file.read(1)
    except OSError as error:
        seen = str(error)
    tried = _try(trial, token, stripe)
    if engine == "auto":
        engine = choose_engine(asked.precision)
    return Told(socket.gethostname(), engine, versions(engine), *look_around(), seen, tried, limit)


def _try(trial: Path, token: bytes, stripe: int) -> str:
    """Write a stripe; say why not."""
    try:
        with trial.open("rb") as file:
            if file.read(len(token)) != token:
                return "another file lies there"
        with open_shared(trial, apart=True) as shared:
            write_exactly(shared, len(token) + stripe * STRIPE, stripe_of(token, stripe))
    except OSError as error:
        return str(error)
    return ""


def stripe_of(token: bytes, stripe: int) -> bytes:
    """Give the bytes that a worker writes for a trial."""
    return np.random.default_rng([*token, stripe]).bytes(STRIPE)
