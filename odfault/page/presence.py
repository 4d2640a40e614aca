"""Whether anybody looks at the page, so that one that was opened for a file can end by itself."""

from __future__ import annotations

import time


class Presence:
    """Remembers when a tab was last heard of."""

    def __init__(self) -> None:
        self._heard = time.monotonic()

    def hear(self) -> None:
        """Somebody is there."""
        self._heard = time.monotonic()

    def silence_s(self) -> float:
        """Seconds since a tab was heard of."""
        return time.monotonic() - self._heard
