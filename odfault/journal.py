"""What a run has done so far, kept beside its unfinished file, so that it can go on after a kill."""

from __future__ import annotations

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
    done : dict
        For each column that is written, its live traces and odd samples.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, json.loads(json.dumps(settings))
        self.remarks: list[str] = []
        self.done: dict[Place, tuple[int, int]] = {}

    def resume(self) -> bool:
        """Read what an earlier run with the same settings did; whether there was one."""
        try:
            whole, _, torn = self.path.read_text("utf-8").rpartition("\n")
            first, *lines = map(json.loads, whole.split("\n"))
            if first["settings"] != self.settings:
                return False
            self.remarks = first["remarks"]
            self.done = {(x, y): (live, odd) for x, y, live, odd in lines}
            if torn:  # it was killed in the middle of a line; what is added must not go on there
                os.truncate(self.path, len(whole.encode()) + 1)
        except (OSError, ValueError, TypeError, KeyError):
            return False
        return True

    def begin(self, remarks: list[str]) -> None:
        """Start anew, once the unfinished file is laid down and this was said of it."""
        self.done, self.remarks = {}, remarks
        fresh = self.path.with_name(self.path.name + "-new")
        self._write(fresh, "w", {"settings": self.settings, "remarks": remarks})
        fresh.replace(self.path)

    def add(self, place: Place, live: int, odd: int) -> None:
        """Note a column that is safely on the disk, with its live traces and odd samples."""
        self._write(self.path, "a", [*place, live, odd])
        self.done[place] = live, odd

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
