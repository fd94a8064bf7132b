"""What the editor asks about a condition while it is built."""

from __future__ import annotations

from typing import Any, cast

from starlette.requests import Request

from builder.editor_request import Malformed, dear, read_json


async def hits(studio: Any, request: Request) -> Any:
    """{condition, events?: [names]} → {of, hits, total, why}: how often it is true."""
    body = await read_json(request)
    condition, events = body.get("condition"), body.get("events") or []
    if not isinstance(condition, dict):
        raise Malformed("condition must be an object.")
    if not isinstance(events, list) or not all(isinstance(e, str) for e in cast(list[Any], events)):
        raise Malformed("events must be a list of names.")
    return await dear(request, studio.condition_hits, condition, events)
