"""The editor's JSON, beside Reflex: same origin, the session's cookie, the role asked each time.

The canvas owns nodes, drags and history; it sends finished edits here and gets back what the
server made of them. Errors are problem documents: {"title", "detail", "problems"?}.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from builder import (
    auth,
    editor_commands,
    editor_conditions,
    editor_history,
    editor_texts,
    editor_together,
    editor_trying,
    gate,
)
from builder.context import wayline
from builder.editor_words import in_words
from builder.packing import packed
from runtime.facade import (
    DocumentRefused,
    NotAllowed,
    NotFound,
    Refused,
    WaylineError,
    read_document,
)

log = logging.getLogger("wayline.studio")

MOST = 5 * 1024 * 1024  # bytes of a body: a document's limit, and room for its envelope

Act = Callable[[Any, Request], Awaitable[Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Malformed(WaylineError):
    """The request is not what the editor sends (→ 400)."""


def create(own: Iterable[str]) -> Starlette:
    """The app for `/studio/…`."""
    origins = frozenset(own)

    def get(path: str, act: Act) -> Route:
        return Route(path, _packed(in_words(_guarded(act, origins, safe=True))), methods=["GET"])

    def post(path: str, act: Act) -> Route:
        return Route(path, _packed(in_words(_guarded(act, origins, safe=False))), methods=["POST"])

    return Starlette(
        routes=[
            get("/studio/catalogue", _catalogue),
            get("/studio/fields", _fields),
            get("/studio/suggestions", editor_commands.suggestions),
            get("/studio/journeys", editor_commands.journeys),
            get("/studio/templates/{slug}", _template),
            get("/studio/journeys/{slug}", _journey),
            get("/studio/journeys/{slug}/counts", _counts),
            get("/studio/journeys/{slug}/document", _document),
            *editor_together.routes(get, post),
            post("/studio/journeys/{slug}/publish", _publish),
            get("/studio/journeys/{slug}/review", editor_history.review),
            get("/studio/journeys/{slug}/runs", editor_trying.runs),
            get("/studio/journeys/{slug}/runs/{id}", editor_trying.run),
            get("/studio/journeys/{slug}/samples", editor_trying.samples),
            post("/studio/journeys/{slug}/try", editor_trying.try_out),
            post("/studio/journeys/{slug}/start", _start),
            post("/studio/condition", editor_conditions.hits),
            post("/studio/liquid", editor_texts.liquid),
            post("/studio/texts/preview", editor_texts.preview),
            post("/studio/texts/readers", editor_texts.readers),
            get("/studio/texts/people", editor_texts.people),
            post("/studio/test-send", editor_texts.test_send),
            Route(
                "/studio/import",
                _readable(_guarded(_import, origins, safe=False)),
                methods=["POST"],
            ),
        ],
        exception_handlers={404: _missing, 405: _missing},
    )


def _guarded(act: Act, own: frozenset[str], *, safe: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if not gate.same_origin(request.headers, own, required=not safe):
            return _problem(403, "Not from here", "This request was sent by another site.")
        person = await gate.signed_in(request.scope)
        if person is None:
            return _problem(401, "Signed out", "Your session has ended. Sign in again.")
        try:
            answer = await act(wayline().studio(dict(person)), request)  # type: ignore[arg-type]
        except WaylineError as problem:
            return _refused(problem)
        except ClientDisconnect:  # the page has gone; nobody reads this
            return _problem(400, "Gone", "The request ended before it was complete.")
        except Exception:
            log.exception("The editor's request failed.")
            return _problem(
                500, "It failed", "The studio could not do this. Nothing is lost; try again."
            )
        made = answer if isinstance(answer, Response) else JSONResponse(answer)
        made.headers[editor_together.BUILD] = editor_together.build()
        return made

    return endpoint


def _packed(endpoint: Endpoint) -> Endpoint:
    """The answer compressed, when it is complete: who translates it has to read it before."""

    async def packing(request: Request) -> Response:
        return packed(request, await endpoint(request))

    return packing


def _readable(endpoint: Endpoint) -> Endpoint:
    """A plain form is answered with a page, also when it was refused."""

    async def page(request: Request) -> Response:
        answer = await endpoint(request)
        if answer.status_code < 400 or "text/html" not in request.headers.get("accept", ""):
            return answer
        told = json.loads(bytes(answer.body))["detail"]
        return auth.sentence("Not imported", told, "/templates?import=1", answer.status_code)

    return page


def _refused(problem: WaylineError) -> Response:
    if isinstance(problem, Malformed):
        return _problem(400, "Not understood", problem.message)
    if isinstance(problem, NotAllowed):
        return _problem(403, "Not allowed", problem.message)
    if isinstance(problem, NotFound):
        return _problem(404, "Not found", problem.message)
    found = list(problem.problems) if isinstance(problem, Refused) else []
    return _problem(409, "Refused", problem.message, problems=found or None)


def _problem(status: int, title: str, detail: str, **more: Any) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {k: v for k, v in more.items() if v is not None}
    return JSONResponse(body, status, media_type="application/problem+json")


async def _missing(request: Request, problem: Exception) -> Response:
    return _problem(404, "Not found", f"There is nothing at {request.url.path}.")


async def _read(request: Request) -> bytes:
    words = "This is too large: a journey has at most 4 MiB."
    if int(request.headers.get("content-length") or 0) > MOST:
        raise Malformed(words)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise Malformed(words)
    return bytes(body)


async def _json(request: Request) -> Mapping[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Malformed("The studio takes JSON here.")
    raw = await _read(request)
    try:
        return await asyncio.to_thread(read_document, raw)
    except DocumentRefused as problem:
        raise Malformed(str(problem)) from problem


read_json = _json  # for the parts of the editor in modules of their own


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is missing.")
    return value


# --- What it can do ---------------------------------------------------------------------------


async def _catalogue(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.catalogue)


async def _fields(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.fields)


async def _journey(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.journey, request.path_params["slug"])


async def _template(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.template, request.path_params["slug"])


async def _counts(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.counts, request.path_params["slug"])


async def _document(studio: Any, request: Request) -> Any:
    """The draft as a file to keep."""
    slug = request.path_params["slug"]
    document = await asyncio.to_thread(studio.export, slug)
    name = "".join(c for c in slug if c.isalnum() or c == "-") or "journey"
    return JSONResponse(
        document, headers={"content-disposition": f'attachment; filename="{name}.json"'}
    )


async def _publish(studio: Any, request: Request) -> Any:
    await _json(request)
    return await asyncio.to_thread(studio.publish, request.path_params["slug"])


async def _start(studio: Any, request: Request) -> Any:
    body = await _json(request)
    properties = body.get("properties") or {}
    if not isinstance(properties, dict):
        raise Malformed("properties must be an object.")
    customer = body.get("customer") or ""
    if not isinstance(customer, str):
        raise Malformed("customer must be an id or an email address.")
    return await asyncio.to_thread(
        studio.start_manually,
        request.path_params["slug"],
        _text(body, "node"),
        customer,
        properties,
    )


async def _import(studio: Any, request: Request) -> Any:
    """A plain form with a file: makes a draft of it and opens it. With `replace` it becomes the
    draft of the journey of that name, if there is one."""
    raw, replace = await _uploaded(request)
    try:
        document = await asyncio.to_thread(read_document, raw)
    except DocumentRefused as problem:
        raise Refused(str(problem)) from problem
    if replace:
        slug = await asyncio.to_thread(studio.save_draft, None, document)
    else:
        slug = await asyncio.to_thread(studio.new_journey, "", document)
    if request.headers.get("accept", "").startswith("application/json"):
        return {"slug": slug}
    return RedirectResponse(f"/journeys/{slug}", 303)


async def _uploaded(request: Request) -> tuple[bytes, bool]:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return await _read(request), request.query_params.get("replace") == "1"
    if not kind.startswith("multipart/form-data"):
        raise Malformed("Choose a journey file, a .json that Wayline exported.")
    if int(request.headers.get("content-length") or MOST + 1) > MOST:
        raise Malformed("This file is too large: a journey has at most 4 MiB.")
    try:
        async with request.form(max_files=1, max_fields=2) as form:
            part = form.get("file")
            if part is None or isinstance(part, str) or not part.size:
                raise Malformed("Choose a journey file first.")
            return await part.read(), form.get("replace") == "on"
    except HTTPException as problem:
        raise Malformed("The form with the file is broken: choose the file again.") from problem
