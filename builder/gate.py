"""Who is at the door: the session cookie, foreign origins, and the headers of every answer.

Nothing here knows Reflex or a page. `signed_in` reads the session, `same_origin` refuses other
sites, `Headers` puts the security and cache headers on everything that leaves.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers as RawHeaders
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from builder.context import wayline
from builder.files import EDITOR

COOKIE = "wayline_session"
DAYS = 14


def token_of(cookie_header: str) -> str | None:
    """The session token in a Cookie header."""
    try:
        found = SimpleCookie(cookie_header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found and found.value else None


async def person_of(cookie_header: str) -> Mapping[str, Any] | None:
    """The signed-in person of a Cookie header, asked anew each time: signing out acts at once."""
    token = token_of(cookie_header)
    if token is None:
        return None
    return await asyncio.to_thread(wayline().session, token)


async def signed_in(scope: Scope) -> Mapping[str, Any] | None:
    """The person of an HTTP or websocket scope."""
    return await person_of(RawHeaders(scope=scope).get("cookie", ""))


def same_origin(headers: Mapping[str, str], own: Iterable[str], *, required: bool) -> bool:
    """Whether a request comes from our own pages. `own` are further origins that are ours (the
    public address behind a proxy). Without Origin, Sec-Fetch-Site decides; without either, only a
    request that is not `required` to have one passes."""
    origin = headers.get("origin")
    if origin is None:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        return not required
    if origin.rstrip("/") in own:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and parts.netloc == headers.get("host", "")


_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def script_hashes(client: Path) -> list[str]:
    """The hashes of every inline script of the built pages, for the policy."""
    found: set[str] = set()
    for page in client.rglob("*.html"):
        for body in _SCRIPT.findall(page.read_bytes()):
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            found.add(f"'sha256-{digest}'")
    return sorted(found)


def policy(hashes: Iterable[str]) -> str:
    """The content security policy: our own scripts only, nothing from elsewhere, no frames.

    Styles may be inline because Radix and the canvas position by style attributes."""
    scripts = " ".join(["'self'", *hashes])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {scripts}",
            "worker-src 'self'",  # the editor's layout is found in a thread of its own
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def page_policy(client: Path) -> str:
    """The policy for the pages of a built front end: another one has other inline scripts."""
    return policy(script_hashes(client))


class Headers:
    """Security and cache headers around an ASGI app; foreign CORS headers are taken off."""

    def __init__(
        self,
        app: ASGIApp,
        content_policy: Callable[[], str],
        ahead: Callable[[], str] = lambda: "",
    ) -> None:
        """`ahead` gives the `Link` header of the editor's page."""
        self.app = app
        self.policy = content_policy
        self.ahead = ahead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [n for n in headers if n.startswith("access-control-")]:
                    del headers[name]
                headers["x-content-type-options"] = "nosniff"
                headers["cross-origin-resource-policy"] = "same-origin"
                if not _is_part(path):
                    headers["content-security-policy"] = self.policy()
                    page = headers.get("content-type", "").startswith("text/html")
                    editor = page and path.startswith(EDITOR) and message["status"] == 200
                    if editor and (links := self.ahead()):
                        headers["link"] = links
                    headers["x-frame-options"] = "DENY"
                    headers["referrer-policy"] = "same-origin"
                    headers["cross-origin-opener-policy"] = "same-origin"
                    headers["permissions-policy"] = "camera=(), microphone=(), geolocation=()"
                headers["cache-control"] = _cache(path, message["status"])
            await send(message)

        await self.app(scope, receive, dressed)


def _is_part(path: str) -> bool:
    """A script, style or font of a page: the page's own policy holds for it, and these headers
    would be as much again as many a script. A worker's script brings its own policy."""
    built = path.startswith(("/assets/", "/fonts/"))
    return built and path.endswith((".js", ".css", ".woff2")) and "worker" not in path


def _cache(path: str, status: int) -> str:
    if status in {200, 304}:
        if path.startswith("/assets/"):  # their names carry a hash
            return "public, max-age=31536000, immutable"
        if path.startswith("/fonts/"):
            return "public, max-age=604800"
    return "no-store"


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    """Say no, in a sentence; to a websocket before it is accepted."""
    if scope["type"] == "websocket":
        # Closing before accepting makes the server answer 403 to the handshake.
        await send({"type": "websocket.close", "code": 4401 if status == 401 else 4403})
        return
    await PlainTextResponse(words + "\n", status)(scope, receive, send)
