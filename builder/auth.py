"""The pages outside Reflex: first start, sign in, sign out. Plain forms that work without scripts.

The session is an HttpOnly cookie that only these pages set; every form is refused from a foreign
origin. The looks come from the same tokens as the studio's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from builder import gate, languages
from builder.auth_pages import Sheet
from builder.context import wayline
from runtime.facade import LANGUAGES
from runtime.facade.errors import WaylineError

MOST = 20_000  # bytes a form may have


def way_back(path: str) -> str:
    """A path of ours, safe in a query; anything that could leave the site becomes `/`."""
    return quote(_local(path), safe="/")


def _local(path: str) -> str:
    fine = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if fine and not any(c in path for c in "\r\n\\") else "/"


def create(own: Iterable[str]) -> Starlette:
    """The app for `/login`, `/setup`, `/logout` and the signed-out `/`."""
    app = Starlette(
        routes=[
            Route("/", _home, methods=["GET"]),
            Route("/login", _ask_who, methods=["GET"]),
            Route("/login", _sign_in, methods=["POST"]),
            Route("/setup", _ask_owner, methods=["GET"]),
            Route("/setup", _make_owner, methods=["POST"]),
            Route("/logout", _stay, methods=["GET"]),
            Route("/logout", _sign_out, methods=["POST"]),
        ]
    )
    app.state.own = frozenset(own)
    return app


# --- Pages ------------------------------------------------------------------------------------


async def _home(request: Request) -> Response:
    sheet = _sheet(request)
    return sheet.first_start() if await _needs_owner() else sheet.sign_in(next_path="/")


async def _ask_who(request: Request) -> Response:
    if chosen := _chosen(request):
        return chosen
    back = _local(request.query_params.get("next", "/"))
    if await gate.signed_in(request.scope) is not None:
        return RedirectResponse(back, 303)
    if await _needs_owner():
        return await _home(request)
    return _sheet(request).sign_in(next_path=back)


async def _ask_owner(request: Request) -> Response:
    if not await _needs_owner():
        return RedirectResponse("/login", 303)
    if chosen := _chosen(request):
        return chosen
    sheet, token = _sheet(request), request.query_params.get("token", "")
    return sheet.owner_form(token, {}) if token else sheet.first_start()


async def _stay(request: Request) -> Response:
    """Signing out takes a form: a link to it does nothing."""
    return RedirectResponse("/", 303)


# --- Forms ------------------------------------------------------------------------------------


async def _sign_in(request: Request) -> Response:
    if refusal := _foreign(request):
        return refusal
    form = await _form(request)
    back, email = _local(form.get("next", "/")), form.get("email", "")
    address = request.client.host if request.client else ""
    try:
        token = await asyncio.to_thread(wayline().sign_in, email, form.get("password", ""), address)
    except WaylineError as problem:
        return _sheet(request).sign_in(next_path=back, email=email, problem=problem.message)
    return _entered(request, token, back)


async def _make_owner(request: Request) -> Response:
    if not await _needs_owner():
        return RedirectResponse("/login", 303)
    if refusal := _foreign(request):
        return refusal
    sheet, form = _sheet(request), await _form(request)
    if form.get("password") != form.get("again"):
        differ = sheet.say("The two passwords differ.")
        return sheet.owner_form(form.get("token", ""), form, differ)
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
        return sheet.owner_form(form.get("token", ""), form, problem.message)
    return _entered(request, token, "/")


async def _sign_out(request: Request) -> Response:
    if refusal := _foreign(request):
        return refusal
    token = gate.token_of(request.headers.get("cookie", ""))
    if token:
        await asyncio.to_thread(wayline().sign_out, token)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(gate.COOKIE, path="/", httponly=True, samesite="lax")
    answer.headers["clear-site-data"] = '"cache"'
    return answer


# --- What they have in common -------------------------------------------------------------------


async def _needs_owner() -> bool:
    return not await asyncio.to_thread(wayline().has_owner)


def _foreign(request: Request) -> Response | None:
    if gate.same_origin(request.headers, request.app.state.own, required=False):
        return None
    return _sheet(request).foreign()


def _sheet(request: Request) -> Sheet:
    """The pages in the language of who asks, with a link to themselves in each other one."""
    headers = request.headers
    language = languages.language_of(headers.get("cookie", ""), headers.get("accept-language", ""))
    path = request.url.path if request.url.path == "/setup" else "/login"
    kept = {k: v for k, v in request.query_params.items() if k in {"next", "token"}}
    return Sheet(language, lambda code: f"{path}?{urlencode({**kept, 'language': code})}")


def _chosen(request: Request) -> Response | None:
    """Keeps the language that was chosen at the foot of the page, and shows the page again."""
    wanted = request.query_params.get("language")
    if wanted not in LANGUAGES:
        return None
    kept = {k: v for k, v in request.query_params.items() if k in {"next", "token"}}
    answer = RedirectResponse(f"{request.url.path}?{urlencode(kept)}", 303)
    answer.set_cookie(
        languages.COOKIE,
        wanted,
        max_age=365 * 86_400,
        path="/",
        samesite="lax",
        secure=_secure(request),
    )
    return answer


def not_imported(request: Request, refusal: str, status: int) -> Response:
    """A page that says why a file did not become a journey, with the way back."""
    return _sheet(request).not_imported(refusal, status)


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
    answer.set_cookie(
        gate.COOKIE,
        token,
        max_age=gate.DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(request),
    )
    return answer


def _secure(request: Request) -> bool:
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
