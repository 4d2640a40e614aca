"""Only one run writes an output at a time: a lock that the system takes back when its process dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from odfault.errors import OdfaultError

TAIL = ".part.lock"
"""What is locked stands beside the output while it is written, and is empty."""
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_TRIES = 9


@contextlib.contextmanager
def hold(out: Path) -> Iterator[None]:
    """Keep other runs from writing an output meanwhile; where the system cannot lock, nobody is kept out.

    Raises
    ------
    OdfaultError
        If another run is writing it.
    """
    path = out.with_name(out.name + TAIL)
    file = _open(path, out)
    try:
        yield
    finally:
        if file is not None:
            with contextlib.suppress(OSError):
                path.unlink()  # while it is ours: who waits for its name finds that it has gone
            os.close(file)
            if sys.platform == "win32":  # which deletes no open file
                with contextlib.suppress(OSError):
                    path.unlink()


def take(file: int) -> bool:
    """Lock an open file; whether no other process has it. Where the system cannot lock, none has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _TAKEN
    return True


def _open(path: Path, out: Path) -> int | None:
    """Open what is locked, and lock it; nothing where it cannot be made."""
    for _ in range(_TRIES):
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:
            return None
        if not take(file):
            os.close(file)
            raise OdfaultError(f"another run is writing {out}", "wait for it, or choose another name")
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)  # the run before took it away just then
    return None
