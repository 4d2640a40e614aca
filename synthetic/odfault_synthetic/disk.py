"""Files that are whole, or not there; and that no two runs write at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError
from odfault.lock import take


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is whole as soon as it is there."""
    fresh = path.with_name(path.name + "-new")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait until a step is done: HDF5 does not bear it when it calls us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
        if asked:
            signal.raise_signal(signal.SIGINT)


def write_all(file: Any, piece: bytes | bytearray) -> None:
    """Write all of it to an unbuffered file, which may take it piece by piece."""
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def lock(file: Any, path: Path) -> None:
    """Keep other runs out while the file is open, where the system can.

    Windows would keep out those, too, that only read it.
    """
    if sys.platform != "win32" and not take(file.fileno()):
        raise OdfaultError(f"{path} is in use by another program", "close it there")
