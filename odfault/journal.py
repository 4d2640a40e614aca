"""What a run has done so far, kept beside its unfinished file, so that it can go on after a kill."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from odfault.segy.refusal import disk_error

Settings = dict[str, Any]
Place = tuple[int, int]


class Journal:
    """Lines of JSON: the settings first, then one for each column of tiles that is safely written.

    Parameters
    ----------
    path : Path
        The journal.
    settings : dict
        All that decides the bytes of the result; a journal of other settings is no use.

    Attributes
    ----------
    remarks : list of str
        What was said when the unfinished file was laid down.
    bare : bool
        The unfinished file was laid down without trace headers: a column that is not done has none.
    done : dict
        For each column that is written, its live traces and odd samples.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, json.loads(json.dumps(settings))
        self.remarks: list[str] = []
        self.bare = False
        self.done: dict[Place, tuple[int, int]] = {}

    def resume(self) -> bool:
        """Read what an earlier run with the same settings did; whether there was one."""
        try:
            whole, _, torn = self.path.read_text("utf-8").rpartition("\n")
            first, *lines = map(json.loads, whole.split("\n"))
            if first["settings"] != self.settings:
                return False
            self.remarks, self.bare = first["remarks"], bool(first.get("bare"))
            self.done = {(x, y): (live, odd) for x, y, live, odd in lines}
            if torn:  # it was killed in the middle of a line; what is added must not go on there
                os.truncate(self.path, len(whole.encode()) + 1)
        except (OSError, ValueError, TypeError, KeyError):
            return False
        return True

    def begin(self, remarks: list[str], *, bare: bool = False) -> None:
        """Start anew, once the unfinished file is laid down and this was said of it."""
        self.done, self.remarks, self.bare = {}, remarks, bare
        fresh = self.path.with_name(self.path.name + "-new")
        self._write(
            fresh, "w", {"settings": self.settings, "remarks": remarks, **({"bare": True} if bare else {})}
        )
        fresh.replace(self.path)

    def add(self, place: Place, live: int, odd: int) -> None:
        """Note a column that is safely on the disk, with its live traces and odd samples."""
        self._write(self.path, "a", [*place, live, odd])
        self.done[place] = live, odd

    def head(self) -> str:
        """Read what tells this run's unfinished file from another's: the first line's hash."""
        return read_head(self.path)

    def forget(self) -> None:
        """Throw the journal away: what it tells of is finished, or about to be overwritten."""
        self.path.with_name(self.path.name + "-new").unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _write(self, path: Path, mode: str, line: Any) -> None:
        try:
            with path.open(mode, encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_error(path, error) from error


def read_head(path: Path) -> str:
    """Hash the first line of a journal; of one that is not there, nothing."""
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.readline()).hexdigest()
    except FileNotFoundError:
        return ""
