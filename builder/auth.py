"""The pages outside Reflex: first start, sign in, sign out. Plain forms that work without scripts.

The session is an HttpOnly cookie that only these pages set; every form is refused from a foreign
origin. The looks come from the same tokens as the studio's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote
from zoneinfo import available_timezones

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from builder import gate
from builder.context import wayline
from runtime.facade.errors import WaylineError

MOST = 20_000  # bytes a form may have

LOGO = (
    '<svg viewBox="0 0 20 20" width="28" height="28" fill="none" aria-hidden="true">'
    '<path d="M5 6.2v5.3a4 4 0 0 0 4 4h3.2" stroke="currentColor" stroke-width="2"/>'
    '<circle cx="5" cy="4" r="2.2" stroke="currentColor" stroke-width="2"/>'
    '<circle cx="15.2" cy="15.5" r="3" class="dot"/></svg>'
)


def way_back(path: str) -> str:
    """A path of ours, safe in a query; anything that could leave the site becomes `/`."""
    return quote(_local(path), safe="/")


def _local(path: str) -> str:
    fine = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if fine and not any(c in path for c in "\r\n\\") else "/"


def create(own: Iterable[str]) -> Starlette:
    """The app for `/login`, `/setup`, `/logout` and the signed-out `/`."""
    origins = frozenset(own)

    async def home(request: Request) -> Response:
        if await _needs_owner():
            return _first_start()
        return _sign_in(next_path="/")

    async def login(request: Request) -> Response:
        back = _local(request.query_params.get("next", "/"))
        if request.method == "GET":
            if await gate.signed_in(request.scope) is not None:
                return RedirectResponse(back, 303)
            return await home(request) if await _needs_owner() else _sign_in(next_path=back)
        if refusal := _foreign(request, origins):
            return refusal
        form = await _form(request)
        back = _local(form.get("next", "/"))
        address = request.client.host if request.client else ""
        try:
            token = await asyncio.to_thread(
                wayline().sign_in, form.get("email", ""), form.get("password", ""), address
            )
        except WaylineError as problem:
            return _sign_in(next_path=back, email=form.get("email", ""), problem=problem.message)
        return _entered(request, token, back)

    async def setup(request: Request) -> Response:
        if not await _needs_owner():
            return RedirectResponse("/login", 303)
        if request.method == "GET":
            token = request.query_params.get("token", "")
            return _owner_form(token, {}) if token else _first_start()
        if refusal := _foreign(request, origins):
            return refusal
        form = await _form(request)
        if form.get("password") != form.get("again"):
            return _owner_form(form.get("token", ""), form, "The two passwords differ.")
        try:
            token = await asyncio.to_thread(
                lambda: wayline().create_owner(
                    form.get("token", ""),
                    name=form.get("name", ""),
                    email=form.get("email", ""),
                    password=form.get("password", ""),
                    workspace=form.get("workspace", ""),
                    time_zone=form.get("time_zone") or "UTC",
                )
            )
        except WaylineError as problem:
            return _owner_form(form.get("token", ""), form, problem.message)
        return _entered(request, token, "/")

    async def logout(request: Request) -> Response:
        if request.method == "GET":
            return RedirectResponse("/", 303)
        if refusal := _foreign(request, origins):
            return refusal
        token = gate.token_of(request.headers.get("cookie", ""))
        if token:
            await asyncio.to_thread(wayline().sign_out, token)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(gate.COOKIE, path="/", httponly=True, samesite="lax")
        answer.headers["clear-site-data"] = '"cache"'
        return answer

    return Starlette(
        routes=[
            Route("/", home, methods=["GET"]),
            Route("/login", login, methods=["GET", "POST"]),
            Route("/setup", setup, methods=["GET", "POST"]),
            Route("/logout", logout, methods=["GET", "POST"]),
        ]
    )


async def _needs_owner() -> bool:
    return not await asyncio.to_thread(wayline().has_owner)


def _foreign(request: Request, own: frozenset[str]) -> Response | None:
    if gate.same_origin(request.headers, own, required=False):
        return None
    words = "This form was sent from another site, so nothing was done. Open Wayline itself."
    return _page("Not from here", f"<h1>Not from here</h1><p>{words}</p>", 403)


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form, texts only; an oversized body reads as empty."""
    if int(request.headers.get("content-length") or 0) > MOST:
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            return {}
    from urllib.parse import parse_qsl

    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _entered(request: Request, token: str, back: str) -> Response:
    answer = RedirectResponse(back, 303)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    answer.set_cookie(
        gate.COOKIE,
        token,
        max_age=gate.DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return answer


# --- The pages --------------------------------------------------------------------------------


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)} · Wayline</title>"
        "<link rel='icon' href='/favicon.svg' type='image/svg+xml'>"
        "<script src='/theme.js'></script>"
        "<link rel='stylesheet' href='/colors.css'><link rel='stylesheet' href='/tokens.css'>"
        "<link rel='stylesheet' href='/auth.css'></head>"
        f"<body><main><div class='brand'>{LOGO}<span>Wayline</span></div>"
        f"<div class='sheet'>{body}</div></main></body></html>",
        status,
    )


def sentence(title: str, words: str, back: str, status: int) -> Response:
    """A page with one sentence and the way back, for forms that were refused."""
    link = f"<p><a href='{escape(back, quote=True)}'>Go back</a></p>"
    return _page(title, f"<h1>{escape(title)}</h1><p>{escape(words)}</p>{link}", status)


def _alert(problem: str | None) -> str:
    return f"<p class='alert' role='alert'>{escape(problem)}</p>" if problem else ""


def _field(
    name: str, label: str, value: str = "", kind: str = "text", more: str = "", hint: str = ""
) -> str:
    told = f" aria-describedby='{name}-hint'" if hint else ""
    note = f"<span class='hint' id='{name}-hint'>{escape(hint)}</span>" if hint else ""
    return (
        f"<label for='{name}'>{escape(label)}</label>"
        f"<input id='{name}' name='{name}' type='{kind}' value='{escape(value, quote=True)}'"
        f"{told} {more}>{note}"
    )


def _sign_in(*, next_path: str, email: str = "", problem: str | None = None) -> HTMLResponse:
    body = (
        f"<h1>Sign in</h1>{_alert(problem)}<form method='post' action='/login'>"
        f"<input type='hidden' name='next' value='{escape(next_path, quote=True)}'>"
        + _field("email", "Email", email, "email", "autocomplete='username' required autofocus")
        + _field("password", "Password", "", "password", "autocomplete='current-password' required")
        + "<button>Sign in</button></form>"
    )
    return _page("Sign in", body, 401 if problem else 200)


def _first_start() -> HTMLResponse:
    return _page(
        "First start",
        "<h1>Almost there</h1><p>Wayline is running and has no owner yet. Open the one-time link "
        "that it printed in the terminal, the one with <code>/setup?token=</code> in it.</p>"
        "<p class='quiet'>No link in sight? Stop it with Ctrl-C and start it again: it prints a "
        "new one.</p>",
    )


def _owner_form(token: str, given: Mapping[str, str], problem: str | None = None) -> HTMLResponse:
    chosen = given.get("time_zone", "")
    zones = "".join(
        f"<option{' selected' if z == chosen else ''}>{escape(z)}</option>" for z in _zones()
    )
    body = (
        "<h1>Welcome to Wayline</h1><p>You are the first, so this makes you the owner.</p>"
        f"{_alert(problem)}<form method='post' action='/setup'>"
        f"<input type='hidden' name='token' value='{escape(token, quote=True)}'>"
        + _field("name", "Your name", given.get("name", ""), more="autocomplete='name' required")
        + _field(
            "workspace",
            "Your business",
            given.get("workspace", ""),
            more="autocomplete='organization' required",
        )
        + _field("email", "Email", given.get("email", ""), "email", "autocomplete='email' required")
        + _field(
            "password",
            "Password",
            "",
            "password",
            "autocomplete='new-password' minlength='10' required",
            "At least 10 characters. A sentence is fine.",
        )
        + _field("again", "The same again", "", "password", "autocomplete='new-password' required")
        + "<label for='time_zone'>Time zone</label>"
        f"<select id='time_zone' name='time_zone' data-zone='{'' if chosen else 'guess'}'>"
        f"{zones}</select>"
        "<button>Create the owner</button></form>"
    )
    return _page("Welcome", body, 422 if problem else 200)


def _zones() -> list[str]:
    skipped = ("Etc/", "SystemV/", "posix/", "right/")
    named = {z for z in available_timezones() if "/" in z and not z.startswith(skipped)}
    return ["UTC", *sorted(named)]
