"""The workers of a run, judged before it begins: each refusal says who, and what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from odfault import __version__
from odfault.cluster.member import STRIPE, Asked, Told, stripe_of, versions
from odfault.engine import Engine
from odfault.errors import OdfaultError
from odfault.model import Precision

SEEN = "__import__('importlib.util').util.find_spec('odfault') and __import__('odfault').__version__"
"""What a machine evaluates that may have no odfault: its version, or nothing."""


@dataclasses.dataclass(frozen=True)
class Made:
    """How all slabs are computed: engine, precision, and the versions of what decides the numbers."""

    engine: Engine
    precision: Precision
    versions: tuple[tuple[str, str], ...]


def check_versions(there: Mapping[str, object]) -> None:
    """Refuse machines without odfault, or with another version of it.

    Parameters
    ----------
    there : mapping
        What each scheduler or worker, by name, answered to ``SEEN``.
    """
    without = [name for name, version in there.items() if not isinstance(version, str)]
    if without:
        raise OdfaultError(
            f"{_who(without)} {_have(without)} no odfault", "install it there, the same version"
        )
    other = [name for name, version in there.items() if version != __version__]
    if other:
        raise OdfaultError(
            f"{_who(other)} {_have(other)} odfault {there[other[0]]}, this is {__version__}",
            "install the same version everywhere",
        )


def check_told(told: Mapping[str, Told], source: Path, trial: Path, *, memory_gb: float) -> None:
    """Refuse workers that would not write the same bytes, have too little, or see other storage."""
    ours, first = dict(versions()), dict(next(iter(told.values())).versions)
    for who, one in told.items():
        for name, version in one.versions:
            if version == "none":
                _differ(f"{who} has no {name}")
            if _main(version) != _main(ours.get(name, version)):
                _differ(f"{who} has {name} {version}, this is {ours[name]}")
            if version != first.get(name, version):
                _differ(f"{who} has {name} {version}, another has {first[name]}")
    many = [who for who, one in told.items() if one.gpus > 1]
    if many:
        raise OdfaultError(
            f"{_who(many)} {_have(many, 'sees', 'see')} {told[many[0]].gpus} GPUs",
            "start one worker a GPU, each with its own CUDA_VISIBLE_DEVICES",
        )
    tight = [who for who, one in told.items() if 0 < one.limit < memory_gb * 1e9]
    if tight:
        limit = told[tight[0]].limit / 1e9
        raise OdfaultError(
            f"{_who(tight)} {_have(tight, 'ends', 'end')} at {limit:.1f} GB, and --memory is {memory_gb:g}",
            "give less, or start workers with a larger --memory-limit",
        )
    _check_storage(told, source, trial)


def _check_storage(told: Mapping[str, Told], source: Path, trial: Path) -> None:
    state = source.stat()
    for who, one in told.items():
        if isinstance(one.input, str):
            _refuse(f"{who} on {one.host} does not see {source} ({one.input})")
        if one.input != (state.st_size, state.st_mtime_ns):
            _refuse(f"{who} on {one.host} sees another file as {source}, of {one.input[0]} bytes")
        if one.output:
            _refuse(f"{who} on {one.host} cannot write into {trial.parent} ({one.output})")


def check_trial(trial: Path, token: bytes, workers: int) -> None:
    """Refuse storage on which what one worker wrote is gone when others have written beside it."""
    laid = trial.read_bytes()[len(token) :]
    for number in range(workers):
        if laid[number * STRIPE :][:STRIPE] != stripe_of(token, number):
            raise OdfaultError(
                f"{trial.parent} loses what worker {number + 1} of {workers} wrote when others write beside",
                "take storage that machines can share, such as NFS or Lustre",
            )


def choose(asked: Asked, told: Mapping[str, Told]) -> Made:
    """Choose the engine that all workers would choose, or else TensorFlow, and bfloat16 where all have it."""
    first = next(iter(told.values()))
    alike = all(one.engine == first.engine for one in told.values())
    engine: Engine = first.engine if alike else "tensorflow"
    precision = asked.precision
    if precision == "auto":
        has = engine != "onnxruntime" and all(one.bfloat16 for one in told.values())
        precision = "bfloat16" if has else "float32"
    return Made(engine, precision, first.versions if alike else first.versions[: len(versions())])


def _main(version: str) -> str:
    """Cut a version down to the part that may change the numbers."""
    return ".".join(version.split(".")[:2])


def _differ(problem: str) -> NoReturn:
    raise OdfaultError(problem, "install the same version everywhere")


def _refuse(problem: str) -> NoReturn:
    raise OdfaultError(problem, "mount the same storage at the same path everywhere")


def _who(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _have(names: list[str], one: str = "has", more: str = "have") -> str:
    return one if len(names) == 1 else more
