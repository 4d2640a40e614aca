"""What odfault page and odfault open do: a server on this machine, a browser, and files handed to it."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError
from odfault.extras import needed
from odfault.page.handing import Running, find_running, forget_running, hand_over, remember_running

PORT = 8737
IDLE_S = 900.0
"""A page that was started for a file ends when no tab was heard of for so long."""


def serve(
    *, host: str = "127.0.0.1", port: int | None = None, browse: bool = True, file: Path | None = None
) -> int:
    """Serve the page until it is stopped or, started for a file, until nobody looks any more.

    Parameters
    ----------
    host : str
        Address to listen on; any but this machine's own makes a token needed.
    port : int, optional
        Another is taken when left out and the usual one is not free.
    browse : bool
        Open the browser.
    file : Path, optional
        Loaded at once.

    Raises
    ------
    OdfaultError
        If the extra is not installed, or the address cannot be listened on.
    """
    _check_extra()
    import uvicorn

    from odfault.page.app import make_app
    from odfault.page.guard import Guard, make_token
    from odfault.page.rooms import Rooms

    own = is_own(host)
    token = "" if own else make_token()
    rooms = Rooms(secret=secrets.token_urlsafe(24) if own else "")
    with _listen(host, port) as listener:
        address = listener.getsockname()[1]
        guard: Any = Guard(make_app(rooms), host=host, token=token)
        config = uvicorn.Config(
            guard, log_level="error", access_log=False, server_header=False, limit_concurrency=200,
            timeout_graceful_shutdown=3, lifespan="on",
        )  # fmt: skip
        server = uvicorn.Server(config)
        item = rooms.hand_over(file) if file else None
        url = f"http://{_written(host)}:{address}/"
        running = Running(url, rooms.secret)
        shown = url + (f"?token={token}" if token else "") + (f"#{item.id}" if item else "")
        _say(url + (f"?token={token}" if token else ""), own)
        _when_up(server, lambda: _greet(running if own else None, shown if browse else ""))
        if file:
            _end_when_idle(server, rooms.presence.silence_s)
        _end_gently()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            forget_running(running)
            rooms.store.close()
    return 0


def open_file(path: Path, *, browse: bool = True) -> int:
    """Show a file on the page that runs, or on one that is started for it.

    Raises
    ------
    OdfaultError
        If there is no such file, or the page cannot be started.
    """
    if not path.is_file():
        raise OdfaultError(f"{path} is no file", "name a picture or a SEG-Y file")
    path = path.resolve()
    running = find_running()
    word = hand_over(running, path) if running else None
    if running is None or word is None:
        return serve(browse=browse, file=path)
    print(f"{running.url}#{word}")
    if browse:
        webbrowser.open(f"{running.url}#{word}")
    return 0


def is_own(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _end_gently() -> None:
    """Make the other ways to end a program as good as Ctrl+C: what is temporary is deleted."""
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
            signal.signal(getattr(signal, name), signal.default_int_handler)


def _check_extra() -> None:
    with needed("the page needs fastapi", "page"):
        import fastapi  # noqa: F401
    with needed("the page needs uvicorn", "page"):
        import uvicorn  # noqa: F401
    from odfault.picture.vision import load_vision

    load_vision()


def _listen(host: str, port: int | None) -> socket.socket:
    """Take the port; the usual one, or any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tries = [port] if port is not None else [PORT, 0]
    for number in tries:
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(128)
        except (OSError, OverflowError) as error:
            listener.close()
            if number == tries[-1]:
                raise OdfaultError(
                    f"{host} port {number} cannot be listened on ({error})", "give another --host or --port"
                ) from error
            continue
        return listener
    raise AssertionError


def _written(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _say(url: str, own: bool) -> None:
    print(f"odfault: {url}  (Ctrl+C ends it)", flush=True)
    if not own:
        warning = "whoever has this address can use the page; what is sent to it can be read on the way"
        print(f"odfault: {warning}", file=sys.stderr, flush=True)


def _when_up(server: Any, then: Callable[[], None]) -> None:
    """Call something once the server answers."""

    def wait() -> None:
        rest = threading.Event()
        while not server.started and not server.should_exit:
            rest.wait(0.05)
        if server.started:
            then()

    threading.Thread(target=wait, daemon=True).start()


def _greet(running: Running | None, url: str) -> None:
    if running:
        remember_running(running)
    if url:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)


def _end_when_idle(server: Any, silence_s: Callable[[], float]) -> None:
    def wait() -> None:
        rest = threading.Event()
        while silence_s() < IDLE_S:
            rest.wait(5)
        server.should_exit = True

    threading.Thread(target=wait, daemon=True).start()
