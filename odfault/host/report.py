"""What the host's log is told: one plain line an event, each once."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from odfault.errors import OdfaultError

MOST_LINES = 20
"""Events told in the life of a process; the host keeps every line."""


class Report(contextlib.AbstractContextManager["Report"]):
    """Catches what goes wrong and tells each event once, in one line on standard error."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, error: BaseException) -> None:
        """Tell a failure."""
        words = " ".join(str(error).split())[:300]
        line = words if isinstance(error, OdfaultError) else f"{type(error).__name__}: {words}"
        self.say(f"{line}; what cannot be answered is undefined")

    def say(self, line: str) -> None:
        """Tell an event."""
        if line not in self._told and len(self._told) < MOST_LINES:
            self._told.add(line)
            tell(line)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """Swallow failures; not the end of the process that somebody asked for."""
        if isinstance(error, Exception):
            self(error)
            return True
        return False


def tell(line: str) -> None:
    """Write a line on standard error, wherever that leads."""
    with contextlib.suppress(OSError):
        os.write(2, f"odfault: {' '.join(line.split())}\n".encode("ascii", "backslashreplace"))
