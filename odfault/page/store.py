"""What was dropped and what came of it, each in a folder of its own, for a while."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odfault.page.refusals import PageError

LIFETIME_S = 1800.0
"""After this time without a sign of its tab, a file and its results are deleted."""
MOST_ITEMS = 24
_PREFIX = "odfault-page-"
_OLD_S = 86400.0


@dataclasses.dataclass
class Item:
    """A file that was dropped.

    Attributes
    ----------
    id : str
        Cannot be guessed.
    name : str
        Fit to be shown; never a path.
    folder : Path
        For everything that comes of it; goes with it.
    source : Path
        The file itself, in the folder or, where it was handed over by path, where the user has it.
    kind : str
        ``picture`` or ``survey``.
    facts : dict
        What the page is told of it.
    kept : dict
        What its reader keeps open.
    """

    id: str
    name: str
    folder: Path
    source: Path
    kind: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    kept: dict[str, Any] = dataclasses.field(default_factory=dict)
    used: float = dataclasses.field(default_factory=time.monotonic)
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)

    def clear(self) -> None:
        """Close what is open and delete the folder."""
        with self.lock:
            for held in self.kept.values():
                if hasattr(held, "close"):
                    with contextlib.suppress(Exception):
                        held.close()
            self.kept.clear()
            shutil.rmtree(self.folder, ignore_errors=True)


class Store:
    """All items; the oldest that nobody uses goes when there are too many."""

    def __init__(self, *, lifetime_s: float = LIFETIME_S, most: int = MOST_ITEMS) -> None:
        _clear_old(Path(tempfile.gettempdir()))
        self.root = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.lifetime_s, self.most = lifetime_s, most
        self._items: dict[str, Item] = {}
        self._lock = threading.Lock()
        self._alive()

    def new(
        self, name: str, source: Path | None = None, busy: Callable[[str], bool] = lambda _: False
    ) -> Item:
        """Make room for a file.

        Parameters
        ----------
        name : str
            Fit to be shown.
        source : Path, optional
            Where it lies; in the item's folder when left out.
        busy : callable
            Tells of an item's id whether there is work on it, so that it must stay.

        Raises
        ------
        PageError
            If there are too many, and work on each.
        """
        with self._lock:
            if len(self._items) >= self.most:
                free = [item for item in self._items.values() if not busy(item.id)]
                if not free:
                    raise PageError(
                        "many",
                        f"there are {self.most} files in work",
                        "wait, or close other tabs",
                        status=503,
                    )
                oldest = min(free, key=lambda item: item.used)
                del self._items[oldest.id]
                oldest.clear()
            word = secrets.token_urlsafe(18)
            folder = self.root / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            item = Item(word, name, folder, source or folder / "upload")
            self._items[word] = item
            return item

    def get(self, word: str) -> Item:
        """Find an item; asking for it keeps it.

        Raises
        ------
        PageError
            If there is none, or no longer.
        """
        item = self._items.get(word)
        if item is None:
            raise PageError("gone", "this file was deleted after a while", "drop it again", status=404)
        item.used = time.monotonic()
        return item

    def remove(self, word: str) -> None:
        """Delete an item and what came of it."""
        with self._lock:
            item = self._items.pop(word, None)
        if item:
            item.clear()

    def sweep(self, busy: Callable[[str], bool]) -> None:
        """Delete what nobody used for a while."""
        self._alive()
        late = time.monotonic() - self.lifetime_s
        for item in list(self._items.values()):
            if item.used < late and not busy(item.id):
                self.remove(item.id)

    def close(self) -> None:
        """Delete everything."""
        for word in list(self._items):
            self.remove(word)
        shutil.rmtree(self.root, ignore_errors=True)

    def _alive(self) -> None:
        with contextlib.suppress(OSError):
            (self.root / "alive").touch()


def _clear_old(folder: Path) -> None:
    """Delete what a page that was killed left behind a day ago or earlier."""
    for left in folder.glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):
            if time.time() - (left / "alive").stat().st_mtime > _OLD_S:
                shutil.rmtree(left, ignore_errors=True)
