"""The web process: one ASGI app in front of everything.

/hooks /v1 /api /healthz /readyz /metrics   the intake, which knows no Reflex
/login /setup /logout                       pages outside Reflex (builder/auth.py)
/studio/…                                   the editor's JSON (builder/editor_api.py)
/fonts /assets and a few files              the built front end
everything else                             with a session only: Reflex and its websocket
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers as RawHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from builder import auth, editor_api, gate, pending
from builder.context import use
from runtime.settings import Settings, from_environment

if TYPE_CHECKING:
    import reflex as rx

ROOT = Path(__file__).resolve().parent.parent
WEB = Path(__file__).resolve().parent / "_web"
CLIENT = WEB / "build" / "client"

INTAKE = ("/hooks/", "/v1/", "/api/")
INTAKE_EXACT = {"/healthz", "/readyz", "/metrics", "/api"}
OPEN = ("/assets/", "/fonts/")
OPEN_EXACT = {
    "/colors.css",
    "/tokens.css",
    "/auth.css",
    "/theme.js",
    "/favicon.ico",
    "/favicon.svg",
}

log = logging.getLogger("wayline.web")


def create() -> ASGIApp:
    """The factory that `wayline up` and `wayline web` serve."""
    from runtime.facade import Wayline
    from runtime.ingest import create_app

    settings = from_environment()
    wayline = Wayline.open(settings)
    intake = create_app(settings, database=wayline.database)
    return assemble(settings, wayline, intake, studio(settings))


def studio(settings: Settings) -> rx.App | None:
    """The Reflex app in production mode, or None while no front end is built."""
    if not (CLIENT / "index.html").is_file():
        log.warning("The studio's front end is not built: run `make front`.")
        return None
    os.environ.update(
        {
            "REFLEX_ENV_MODE": "prod",
            "REFLEX_BACKEND_ONLY": "true",
            "__REFLEX_SKIP_COMPILE": "true",
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
            "REFLEX_WEB_WORKDIR": str(WEB),
            "REFLEX_STATE_MANAGER_MODE": "memory",  # nothing of a person is left on the disk
            "REFLEX_STATES_WORKDIR": str(settings.data / "studio"),  # and so this is never made
            "REFLEX_TELEMETRY_ENABLED": "false",
            "REFLEX_CHECK_LATEST_VERSION": "false",
        }
    )
    from reflex_base.config import _get_config
    from reflex_base.registry import RegistrationContext

    # Reflex looks for rxconfig.py in the working folder only; ours lies beside this package. Loading
    # it imports Reflex, which may attach another context: so load first, then set.
    config = _get_config(ROOT)
    RegistrationContext.ensure_context()._set_config(config)
    from builder.app import app

    return app


def assemble(settings: Settings, wayline: Any, intake: ASGIApp, pages: Any) -> ASGIApp:
    """Put the parts together. `pages` is the Reflex app or None."""
    use(wayline)
    own = frozenset({settings.url})
    # Reflex and its websocket would answer any origin; ours are checked before, and here again.
    if pages is not None:
        pages.sio.eio.cors_allowed_origins = None if not settings.public_url else list(own)
    inner = pages() if pages is not None else _unbuilt
    policy = gate.policy(gate.script_hashes(CLIENT) if CLIENT.is_dir() else [])
    door = Door(
        own=own,
        pages=inner,
        auth=auth.create(own),
        editor=editor_api.create(own),
    )
    return Dispatcher(intake, gate.Headers(door, policy), [intake, inner])


class Dispatcher:
    """The hot path first: what is not a page goes to the intake without any further look."""

    def __init__(self, intake: ASGIApp, door: ASGIApp, lifespans: Iterable[ASGIApp]) -> None:
        self.intake = intake
        self.door = door
        self.lifespans = list(lifespans)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self.lifespans, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(INTAKE) or path in INTAKE_EXACT:
            await self.intake(scope, receive, send)
        else:
            await self.door(scope, receive, send)


class Door:
    """Lets in who is signed in; shows the sign-in page to who is not."""

    def __init__(
        self, *, own: frozenset[str], pages: ASGIApp, auth: ASGIApp, editor: ASGIApp
    ) -> None:
        self.own = own
        self.pages = pages
        self.auth = auth
        self.editor = editor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in {"/login", "/setup", "/logout"}:
            await self.auth(scope, receive, send)
        elif path.startswith("/studio/"):
            await self.editor(scope, receive, send)
        elif path.startswith(OPEN) or path in OPEN_EXACT:
            await self.pages(scope, receive, send)
        else:
            await self._studio(scope, receive, send)

    async def _studio(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = RawHeaders(scope=scope)
        live = scope["type"] == "websocket" or scope["path"].startswith(("/_event", "/_upload"))
        safe = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and not live
        if not gate.same_origin(headers, self.own, required=not safe) and not (
            safe and "origin" not in headers
        ):
            await _refuse(scope, receive, send, 403, "This page belongs to another site.")
            return
        if await gate.signed_in(scope) is not None:
            await self.pages(scope, receive, send)
        elif live or not safe:
            await _refuse(scope, receive, send, 401, "Sign in first.")
        elif scope["path"] == "/":
            await self.auth(scope, receive, send)
        else:
            where = auth.way_back(scope["path"])
            await RedirectResponse(f"/login?next={where}", 303)(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        # Closing before accepting makes the server answer 403 to the handshake.
        await send({"type": "websocket.close", "code": 4401 if status == 401 else 4403})
        return
    await PlainTextResponse(words + "\n", status)(scope, receive, send)


async def _unbuilt(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return
    words = "The studio's front end is not built. Run `make front`, then start again."
    await _refuse(scope, receive, send, 503, words)


async def _lifespan(apps: list[ASGIApp], receive: Receive, send: Send) -> None:
    """Start the parts in order and stop them in reverse."""
    await receive()
    stack = AsyncExitStack()
    try:
        for app in apps:
            await stack.enter_async_context(_running(app))
        stack.push_async_callback(pending.flush)
    except Exception as problem:
        log.exception("The web process could not start.")
        await stack.aclose()
        await send({"type": "lifespan.startup.failed", "message": str(problem)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stack.aclose()
    await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _running(app: ASGIApp) -> AsyncIterator[None]:
    """One part's lifespan; a part that has none is fine."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    started: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    stopped = asyncio.Event()

    async def send(message: Message) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete" and not started.done():
            started.set_result(None)
        elif kind == "lifespan.startup.failed" and not started.done():
            started.set_result(message.get("message") or "A part did not start.")
        elif kind.startswith("lifespan.shutdown"):
            stopped.set()

    async def serve() -> None:
        try:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, to_app.get, send)
        finally:
            if not started.done():
                started.set_result(None)
            stopped.set()

    task = asyncio.create_task(serve())
    to_app.put_nowait({"type": "lifespan.startup"})
    failure = await started
    if failure:
        await task
        raise RuntimeError(failure)
    try:
        yield
    finally:
        to_app.put_nowait({"type": "lifespan.shutdown"})
        await stopped.wait()
        await asyncio.gather(task, return_exceptions=True)
