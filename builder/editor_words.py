"""The studio's answers to the editor in the language that it asks for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from runtime.facade import ENGLISH, LANGUAGES, chosen, spoken

Endpoint = Callable[[Request], Awaitable[Response]]


def language(request: Request) -> str:
    """`?lang=de`, else what the browser or the editor accepts."""
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else chosen(request.headers.get("accept-language", ""))


def in_words(endpoint: Endpoint) -> Endpoint:
    """What the endpoint answers as JSON, errors too, in the language that was asked for."""

    async def endpoint_in_words(request: Request) -> Response:
        answer = await endpoint(request)
        wanted = language(request)
        if wanted == ENGLISH or not isinstance(answer, JSONResponse):
            return answer
        answer.body = await asyncio.to_thread(_translated, answer, wanted)
        answer.headers["content-length"] = str(len(answer.body))
        answer.headers["content-language"] = wanted
        return answer

    return endpoint_in_words


def _translated(answer: JSONResponse, wanted: str) -> bytes:
    return answer.render(spoken(json.loads(bytes(answer.body)), wanted))
