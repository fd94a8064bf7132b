"""What the editor sends, read and checked: every route of `/studio/…` asks here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from starlette.requests import Request

from builder.turns import in_turn
from runtime.facade import DocumentRefused, WaylineError, read_document

T = TypeVar("T")
ASKS = "wayline.asks"  # where the scope of a request has the id of who asks

MOST = 5 * 1024 * 1024  # bytes of a body: a document's limit, and room for its envelope


class Malformed(WaylineError):
    """The request is not what the editor sends (→ 400)."""


async def dear(request: Request, call: Callable[..., T], *given: Any, **named: Any) -> T:
    """What the call gives, which takes long: in the turn of the person who asks."""
    return await in_turn(request.scope[ASKS], call, *given, **named)


async def read(request: Request) -> bytes:
    """The body, up to MOST."""
    words = "This is too large: a journey has at most 4 MiB."
    if int(request.headers.get("content-length") or 0) > MOST:
        raise Malformed(words)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise Malformed(words)
    return bytes(body)


async def read_json(request: Request) -> Mapping[str, Any]:
    """The body as a JSON object."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Malformed("The studio takes JSON here.")
    raw = await read(request)
    try:
        return await asyncio.to_thread(read_document, raw)
    except DocumentRefused as problem:
        raise Malformed(str(problem)) from problem


def needed(body: Mapping[str, Any], key: str) -> str:
    """A text that has to be there."""
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is missing.")
    return value


def optional(body: Mapping[str, Any], key: str) -> str:
    """A text, or the empty one when it is not there."""
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{key} must be a text.")
    return value or ""
