"""Who may ask the page, and for how much: the host's name, the asking site, a token, sizes; its headers."""

from __future__ import annotations

import hmac
import ipaddress
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from odfault.page.refusals import PageError, tell

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "odfault"
MOST_WORDS = 65_536
"""Bytes of a request that is no upload."""
UPLOAD = "/api/files"
HAND = "/api/hand"
"""Programs of this machine ask here, with a secret of their own that the app looks at."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Guard:
    """Stands before the page's app.

    Parameters
    ----------
    app : callable
        The ASGI app behind it.
    host : str
        Address that the page listens on.
    token : str
        What who asks must bring, once in the URL and then as a cookie; nobody has to when it is empty.
    """

    def __init__(self, app: App, *, host: str = "127.0.0.1", token: str = "") -> None:
        self.app, self.token = app, token
        self.names = {"localhost", host.lower()}
        if token:  # reached from elsewhere by the machine's own names
            self.names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse before the app sees it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._check(scope, heads)
            if self.token and scope["path"] != HAND and not self._has_token(heads):
                await self._let_in(scope, send)
                return
            await self.app(scope, self._counted(scope, heads, receive), _with_headers(send))
        except PageError as refusal:
            await _refuse(_with_headers(send), refusal, plain=scope["path"] == "/")

    def _check(self, scope: Scope, heads: dict[str, str]) -> None:
        """Refuse names that are not ours (DNS rebinding) and other sites (cross-site requests)."""
        host = heads.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if name not in self.names and not self._is_address(name):
            raise PageError(
                "host", f"the page is not called {name[:60]}", "open the address that it told", status=421
            )
        visit = scope["path"] == "/" and heads.get("sec-fetch-mode") == "navigate"  # a link to the page
        if heads.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and not visit:
            raise PageError("site", "another site asked for this", "open the page itself", status=403)
        if scope["method"] in ("GET", "HEAD"):
            return
        own = f"{scope.get('scheme', 'http')}://{host}"
        if heads.get("origin") != own and scope["path"] != HAND:
            raise PageError("site", "another site asked for this", "open the page itself", status=403)

    def _is_address(self, name: str) -> bool:
        """Whether it is a plain address, which no foreign name server can give away as its own."""
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return bool(self.token) or address.is_loopback

    def _has_token(self, heads: dict[str, str]) -> bool:
        for part in heads.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE and hmac.compare_digest(value.encode(), self.token.encode()):
                return True
        return False

    async def _let_in(self, scope: Scope, send: Send) -> None:
        """Change the token in the URL for a cookie."""
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        right = hmac.compare_digest(given.encode(), self.token.encode())
        if scope["path"] != "/" or scope["method"] != "GET" or not right:
            raise PageError(
                "token", "this page needs its token", "open the whole address that it told", status=401
            )
        cookie = f"{COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Lax"
        heads = [(b"location", b"/"), (b"set-cookie", cookie.encode())]
        await _with_headers(send)({"type": "http.response.start", "status": 303, "headers": heads})
        await send({"type": "http.response.body", "body": b""})

    @staticmethod
    def _counted(scope: Scope, heads: dict[str, str], receive: Receive) -> Receive:
        """Count what comes in; uploads are counted where they are written."""
        if scope["path"] == UPLOAD and scope["method"] == "POST":
            return receive
        large = PageError("words", "this request is too long", "reload the page", status=413)
        length = heads.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_WORDS:
            raise large
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > MOST_WORDS:
                raise large
            return message

        return counted


def _with_headers(send: Send) -> Send:
    """Put the headers of safety on every answer."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message.get("headers", [])}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
            message["headers"] = [*message.get("headers", []), *more]
        await send(message)

    return sent


async def _refuse(send: Send, refusal: PageError, *, plain: bool) -> None:
    """Refuse in JSON, or in a line for the eyes of who opened the page itself."""
    body = f"odfault: {refusal}".encode() if plain else json.dumps(tell(refusal)).encode()
    kind = b"text/plain; charset=utf-8" if plain else b"application/json"
    heads = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": heads})
    await send({"type": "http.response.body", "body": body})


def make_token() -> str:
    """Make a token that cannot be guessed."""
    return secrets.token_urlsafe(24)
