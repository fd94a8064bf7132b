"""The web process: one ASGI app in front of everything.

/hooks /v1 /api /healthz /readyz /metrics   the intake, which knows no Reflex
/login /setup /logout                       pages outside Reflex (builder/auth.py)
/studio/…                                   the editor's JSON (builder/editor_api.py)
/fonts /assets and a few files              the built front end (builder/files.py)
everything else                             with a session only: Reflex and its websocket
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers as RawHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from builder import ahead, auth, editor_api, gate, languages, lifespan, pending
from builder.context import use
from builder.files import AsBuilt, Files
from runtime.settings import Settings, from_environment

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


def create() -> ASGIApp:
    """The factory that `wayline up` and `wayline web` serve. The intake and the sign-in answer at
    once; Reflex loads meanwhile, and if it cannot, they go on without it."""
    from runtime.facade import Wayline
    from runtime.ingest import create_app

    settings = from_environment()
    wayline = Wayline.open(settings)
    intake = create_app(settings, database=wayline.database)
    return assemble(settings, wayline, intake, lifespan.Loading(lambda: studio(settings)))


def studio(settings: Settings) -> ASGIApp:
    """Reflex with all its pages, in production mode. Raises `lifespan.Failed`."""
    if not (CLIENT / "index.html").is_file():
        raise lifespan.Failed(
            "The studio's front end is not built. Run `make front`, then start again."
        )
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

    # Reflex looks for rxconfig.py in the working folder only; ours lies beside this package.
    # Loading it imports Reflex, which may attach another context: so load first, then set.
    config = _get_config(ROOT)
    RegistrationContext.ensure_context()._set_config(config)
    from builder.app import app

    # The websocket would answer any origin. The door has checked already; this checks again.
    if app.sio is not None:
        app.sio.eio.cors_allowed_origins = [settings.url] if settings.public_url else None
    made = app()
    gc.freeze()  # what was loaded stays: the garbage collector need not look at it, and hold us up
    return languages.Pages(made, CLIENT)


def assemble(settings: Settings, wayline: Any, intake: ASGIApp, pages: ASGIApp) -> ASGIApp:
    """Put the parts together."""
    use(wayline)
    own = frozenset({settings.url})
    door = Door(
        own=own,
        pages=pages,
        files=Files(CLIENT),
        auth=auth.create(own),
        editor=editor_api.create(own),
    )
    dressed = gate.Headers(door, AsBuilt(CLIENT, gate.page_policy), AsBuilt(CLIENT, ahead.links))
    return Dispatcher(intake, dressed, [intake, pages])


class Dispatcher:
    """The hot path first: what is not a page goes to the intake without any further look."""

    def __init__(self, intake: ASGIApp, door: ASGIApp, lifespans: Iterable[ASGIApp]) -> None:
        self.intake = intake
        self.door = door
        self.lifespans = list(lifespans)
        self.at_once = getattr(intake, "at_once", None)  # the server asks it before anything else

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan.run(self.lifespans, receive, send, at_end=pending.flush)
            return
        path: str = scope["path"]
        if path.startswith(INTAKE) or path in INTAKE_EXACT:
            await self.intake(scope, receive, send)
        else:
            await self.door(scope, receive, send)


class Door:
    """Lets in who is signed in; shows the sign-in page to who is not."""

    def __init__(
        self,
        *,
        own: frozenset[str],
        pages: ASGIApp,
        files: ASGIApp,
        auth: ASGIApp,
        editor: ASGIApp,
    ) -> None:
        self.own = own
        self.pages = pages
        self.files = files
        self.auth = auth
        self.editor = editor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in {"/login", "/setup", "/logout"}:
            await self.auth(scope, receive, send)
        elif path.startswith("/studio/"):
            await self.editor(scope, receive, send)
        elif path.startswith(OPEN) or path in OPEN_EXACT:
            await self.files(scope, receive, send)
        else:
            await self._studio(scope, receive, send)

    async def _studio(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = RawHeaders(scope=scope)
        live = scope["type"] == "websocket" or scope["path"].startswith(("/_event", "/_upload"))
        safe = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and not live
        if not gate.same_origin(headers, self.own, required=not safe) and not (
            safe and "origin" not in headers
        ):
            await gate.refuse(scope, receive, send, 403, "This page belongs to another site.")
            return
        if await gate.signed_in(scope) is not None:
            await self.pages(scope, receive, send)
        elif live or not safe:
            await gate.refuse(scope, receive, send, 401, "Sign in first.")
        elif scope["path"] == "/":
            await self.auth(scope, receive, send)
        else:
            where = auth.way_back(scope["path"])
            await RedirectResponse(f"/login?next={where}", 303)(scope, receive, send)
