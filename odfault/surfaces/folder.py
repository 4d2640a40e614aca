"""The folder of faults: checked before, filled beside, and there with all its files or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from odfault.chunked.laying import discard
from odfault.chunked.library import is_store
from odfault.chunked.writing import check_store
from odfault.errors import OdfaultError
from odfault.outputs import check_output
from odfault.segy.refusal import disk_error

FILES = ("faults.csv", "faults.sgy", "sticks.txt", "opendtect.txt", "petrel.txt", "rose.png", "sticks.png")
"""What may be written there."""
STORES = ("faults.zarr", "faults.mdio")
"""What may be written in place of ``faults.sgy``."""


def name_numbers(source: Path) -> str:
    """Name the survey of numbers, which is of the kind that the probability is."""
    kinds = [name for name in STORES if source.name.lower().endswith(Path(name).suffix)]
    return kinds[0] if kinds else STORES[0] if is_store(source) else "faults.sgy"


def check_folder(source: Path, out: Path, *, replace: bool) -> None:
    """Refuse a folder that could not be filled in the end, before the work begins.

    Parameters
    ----------
    source : Path
        The input.
    out : Path
        The folder, which need not be there.
    replace : bool
        Whether files of an earlier run may be overwritten.

    Raises
    ------
    OdfaultError
        It is a file, it holds an earlier run's files or the input, or its own folder is missing or closed.
    """
    if out.exists() and not out.is_dir():
        raise OdfaultError(f"{out} is a file", "name a folder, which may be new")
    if is_store(out):
        raise OdfaultError(f"{out} is a store, or named as one", "name a folder, which may be new")
    if source.resolve() in out.resolve().parents:
        raise OdfaultError(f"{out} is in the input itself", "choose another folder")
    check_output(source, out / FILES[0] if out.is_dir() else out)
    there = [name for name in (*FILES, *STORES) if (out / name).exists()]
    if there and not replace:
        raise OdfaultError(f"{out / there[0]} is there already", "name another folder, or give --replace")
    for name in there:
        (check_store if name in STORES else check_output)(source, out / name)


@contextlib.contextmanager
def fill_folder(out: Path) -> Iterator[Path]:
    """Let files be written beside the folder, and move them into it together when all are there.

    Raises
    ------
    OdfaultError
        The disk fails or fills; then nothing is left.
    """
    part = out.with_name(out.name + ".part")
    try:
        _clear(part)
        part.mkdir()
        try:
            yield part
            out.mkdir(exist_ok=True)
            for name in (*FILES, *STORES):
                if name in STORES or not (part / name).exists():
                    discard(out / name)
                if (part / name).exists():
                    (part / name).replace(out / name)
        finally:
            _clear(part)
    except OSError as error:
        raise disk_error(out, error) from error


def _clear(part: Path) -> None:
    """Take our files, and nothing else, out of an unfinished folder, and the folder away."""
    if part.is_dir():
        for name in (*FILES, *STORES):
            discard(part / name)
            discard(part / f"{name}.part")
        part.rmdir()
