"""By what a survey is known again: size and time of change, and its hash."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odfault.card import hash_file


def state_of(path: Path) -> list[Any]:
    """Tell a survey's name, size and time of change, by which an unfinished run knows its input again."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    states = [file.stat() for file in files]
    newest = max((state.st_mtime_ns for state in states), default=0)
    return [str(path.resolve()), sum(state.st_size for state in states), newest]


def hash_survey(path: Path, given_up: Callable[[], bool]) -> str:
    """SHA-256 of a file, or of a store's files one after the other, each behind its name."""
    if path.is_file():
        return hash_file(path, given_up)
    digest = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        if given_up():
            break
        with contextlib.suppress(OSError):
            digest.update(f"{file.relative_to(path).as_posix()} {hash_file(file, given_up)}\n".encode())
    return digest.hexdigest()
