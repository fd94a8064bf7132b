"""The editor's JSON, beside Reflex: same origin, the session's cookie, the role asked each time.

The canvas owns nodes, drags and history; it sends finished edits here and gets back what the
server made of them. Errors are problem documents: {"title", "detail", "problems"?}.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from builder import (
    auth,
    editor_commands,
    editor_conditions,
    editor_files,
    editor_history,
    editor_texts,
    editor_together,
    editor_trying,
    gate,
)
from builder.context import wayline
from builder.editor_request import ASKS, Malformed, needed, read_json
from builder.editor_words import in_words
from builder.packing import packed
from builder.turns import SECONDS, TooMuch
from runtime.facade import NotAllowed, NotFound, Refused, WaylineError

log = logging.getLogger("wayline.studio")

PERSON = "x-wayline-person"

Act = Callable[[Any, Request], Awaitable[Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


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
            get("/studio/journeys/{slug}/document", editor_files.document),
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
                _readable(_guarded(editor_files.import_file, origins, safe=False)),
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
        # An open editor says whose it is, so that nothing in it goes out under another name.
        if request.headers.get(PERSON, person["id"]) != person["id"]:
            words = "Somebody else is signed in here now. Sign in as yourself to go on."
            return _problem(401, "Signed out", words)
        request.scope[ASKS] = str(person["id"])
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
        made.headers[PERSON] = str(person["id"])
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
        return auth.not_imported(request, told, answer.status_code)

    return page


def _refused(problem: WaylineError) -> Response:
    if isinstance(problem, Malformed):
        return _problem(400, "Not understood", problem.message)
    if isinstance(problem, NotAllowed):
        return _problem(403, "Not allowed", problem.message)
    if isinstance(problem, TooMuch):
        answer = _problem(429, "Too much at once", problem.message)
        answer.headers["retry-after"] = str(SECONDS)
        return answer
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


async def _publish(studio: Any, request: Request) -> Any:
    await read_json(request)
    return await asyncio.to_thread(studio.publish, request.path_params["slug"])


async def _start(studio: Any, request: Request) -> Any:
    body = await read_json(request)
    properties = body.get("properties") or {}
    if not isinstance(properties, dict):
        raise Malformed("properties must be an object.")
    customer = body.get("customer") or ""
    if not isinstance(customer, str):
        raise Malformed("customer must be an id or an email address.")
    return await asyncio.to_thread(
        studio.start_manually,
        request.path_params["slug"],
        needed(body, "node"),
        customer,
        properties,
    )
