"""What the page's routes share: files, work, whether anybody looks."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from odfault.errors import OdfaultError
from odfault.page import uploads
from odfault.page.jobs import Jobs
from odfault.page.presence import Presence
from odfault.page.refusals import tell
from odfault.page.store import Item, Store

SWEEP_S = 5.0


class Rooms:
    """What the routes share.

    Attributes
    ----------
    store, jobs, presence
        Files, work, and whether anybody looks.
    secret : str
        Of ``odfault open``; empty when nothing is handed over.
    drawing : Lock
        What takes much memory is drawn one at a time.
    """

    def __init__(
        self, *, secret: str = "", quiet_s: float | None = None, lifetime_s: float | None = None
    ) -> None:
        self.store = Store() if lifetime_s is None else Store(lifetime_s=lifetime_s)
        self.jobs = Jobs() if quiet_s is None else Jobs(quiet_s=quiet_s)
        self.presence, self.secret, self.drawing = Presence(), secret, threading.Lock()

    def hand_over(self, path: Path) -> Item:
        """Take a file where it lies."""
        if not path.is_file():
            raise OdfaultError(f"{path} is no file", "name a picture or a SEG-Y file")
        item = self.store.new(uploads.read_name(path.name), path, self.jobs.is_busy)
        try:
            with path.open("rb") as file:
                head = file.read(uploads.HEAD)
            uploads.settle(item, head, path.stat().st_size)
        except OSError as error:
            self.store.remove(item.id)
            raise OdfaultError(f"{path} cannot be read ({error.strerror})", "check its name") from error
        except OdfaultError as error:
            item.facts |= {"name": item.name, "kind": "", "error": tell(error)}  # told on the page
        return item

    async def sweep_for_ever(self) -> None:
        """Clear up every few seconds."""
        while True:
            await asyncio.sleep(min(SWEEP_S, self.jobs.quiet_s / 3))
            self.jobs.sweep()
            await asyncio.to_thread(self.store.sweep, self.jobs.is_busy)
