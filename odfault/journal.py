"""What a run has done so far, kept beside its unfinished file, so that it can go on after a kill."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

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
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, json.loads(json.dumps(settings))
        self.remarks: list[str] = []
        self.done: dict[Place, tuple[int, int]] = {}

    def resume(self) -> bool:
        """Read what an earlier run with the same settings did; whether there was one."""
        try:
            first, *lines = self.path.read_text("utf-8").split("\n")
            head = json.loads(first)
            if head["settings"] != self.settings:
                return False
            self.remarks = head["remarks"]
            for line in lines[:-1]:  # what follows the last line end was being written when it was killed
                x, y, live, odd = json.loads(line)
                self.done[x, y] = live, odd
        except (OSError, ValueError, TypeError, KeyError):
            return False
        return True

    def begin(self, remarks: list[str]) -> None:
        """Start anew, once the unfinished file is laid down and this was said of it."""
        self.done, self.remarks = {}, remarks
        fresh = self.path.with_name(self.path.name + "-new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"settings": self.settings, "remarks": remarks}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def add(self, place: Place, live: int, odd: int) -> None:
        """Note a column that is safely on the disk, with its live traces and odd samples."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([*place, live, odd]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.done[place] = live, odd
