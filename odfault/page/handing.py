"""One page hands files to another: a small private file tells where the one that runs is."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from odfault.errors import OdfaultError


@dataclasses.dataclass(frozen=True)
class Running:
    """A page that runs: its address, and the secret that lets files be handed to it."""

    url: str
    secret: str


def _place() -> Path:
    """Find a folder of the user's own."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = (
            os.environ.get("XDG_RUNTIME_DIR")
            or os.environ.get("XDG_CACHE_HOME")
            or str(Path.home() / ".cache")
        )
    return Path(base) / "odfault" / "page.json"


def remember_running(running: Running) -> None:
    """Write down where the page is, for this user's eyes only; without it ``open`` starts another."""
    path = _place()
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(dataclasses.asdict(running), file)


def find_running() -> Running | None:
    """Read where a page is said to run; it may have gone."""
    try:
        said = json.loads(_place().read_text("utf-8"))
        return Running(str(said["url"]), str(said["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_running(running: Running) -> None:
    """Take the note away, if it is still this page's."""
    if find_running() == running:
        with contextlib.suppress(OSError):
            _place().unlink(missing_ok=True)


def hand_over(running: Running, path: Path) -> str | None:
    """Hand a file to a page; give its word there, or nothing when the page has gone.

    Raises
    ------
    OdfaultError
        If the page refuses the file.
    """
    asked = urllib.request.Request(
        f"{running.url}api/hand",
        json.dumps({"path": str(path)}).encode(),
        {"Content-Type": "application/json", "X-Odfault-Hand": running.secret},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never to a proxy
    try:
        with opener.open(asked, timeout=20) as answer:
            return str(json.load(answer)["id"])
    except urllib.error.HTTPError as error:
        if error.code != 400:
            return None
        with contextlib.suppress(ValueError, KeyError):
            said = json.load(error)
            raise OdfaultError(said["problem"], said["mend"]) from None
        return None
    except (OSError, ValueError, KeyError):
        return None
