"""The folder of faults: checked before, filled beside, and there with all its files or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from odfault.errors import OdfaultError
from odfault.segy.output import check_output
from odfault.segy.refusal import disk_error

FILES = ("faults.csv", "faults.sgy", "sticks.txt", "opendtect.txt", "petrel.txt", "rose.png", "sticks.png")
"""What may be written there."""


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
    check_output(source, out / FILES[0] if out.is_dir() else out)
    there = [name for name in FILES if (out / name).exists()]
    if there and not replace:
        raise OdfaultError(f"{out / there[0]} is there already", "name another folder, or give --replace")
    for name in FILES:
        if (out / name).exists():
            check_output(source, out / name)


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
            for name in FILES:
                if (part / name).exists():
                    (part / name).replace(out / name)
                else:
                    (out / name).unlink(missing_ok=True)
        finally:
            _clear(part)
    except OSError as error:
        raise disk_error(out, error) from error


def _clear(part: Path) -> None:
    """Take our files, and nothing else, out of an unfinished folder, and the folder away."""
    if part.is_dir():
        for name in FILES:
            (part / name).unlink(missing_ok=True)
        part.rmdir()
