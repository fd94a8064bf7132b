"""Requests and answers on the bare ASGI interface, with caps on bytes, time and memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from runtime.ingest.problems import PROBLEM_TYPE, Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON_TYPE = "application/json"
DISCARDED = 24 * 1024 * 1024  # bytes that a body may have beyond its limit and still be answered


class Gone(Exception):
    """The caller went away before the request was whole."""


@dataclass(slots=True)
class Room:
    """How many bytes of unfinished requests may be held at once by this process."""

    most: int = 64 * 1024 * 1024
    used: int = 0


def texts(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as texts; of several with one name the first."""
    return {n.decode("latin-1"): v.decode("latin-1") for n, v in reversed(headers)}


@dataclass(slots=True)
class Request:
    """One HTTP request; `headers` has lower-case names, and of several with one name the first."""

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    receive: Receive
    params: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> Request:
        """From an ASGI scope."""
        headers = texts(scope["headers"])
        return cls(scope["method"], scope["path"], scope["query_string"], headers, receive)

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """The Content-Encoding in lower case."""
        return self.headers.get("content-encoding", "").strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON response."""
    return Answer(status, orjson.dumps(value), JSON_TYPE, headers)


def refused(refusal: Refusal) -> Answer:
    """The problem document of a refusal."""
    return Answer(refusal.status, refusal.body(), PROBLEM_TYPE, refusal.headers)


async def read_body(
    request: Request, most: int, seconds: float, room: Room, over: str = "too-large"
) -> bytes:
    """The body as it came, at most `most` bytes, within `seconds`; raises `Refusal` (of the kind
    `over` when it is larger) or `Gone`."""
    declared = request.headers.get("content-length", "")
    too_large = declared.isdigit() and len(declared) < 20 and int(declared) > most
    held = 0
    try:
        async with asyncio.timeout(seconds):
            if too_large:
                await _discard(request, seconds / 2)
                raise _too_large(most, over)
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            body: bytes = message.get("body", b"")
            if not message.get("more_body"):
                if len(body) > most:
                    raise _too_large(most, over)
                return body
            parts: list[bytes] = []
            while True:
                parts.append(body)
                held += len(body)
                room.used += len(body)
                if held > most:
                    parts.clear()
                    await _discard(request, seconds / 2)
                    raise _too_large(most, over)
                if room.used > room.most:
                    raise Refusal(
                        "unavailable",
                        "Too many large requests are under way: try again in a moment.",
                        headers={"retry-after": "1"},
                    )
                if not message.get("more_body"):
                    return b"".join(parts)
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body = message.get("body", b"")
    except TimeoutError:
        raise Refusal(
            "too-slow",
            f"The body did not arrive within {seconds:g} seconds: send it in one go.",
            headers={"connection": "close"},
        ) from None
    finally:
        room.used -= held


async def _discard(request: Request, seconds: float) -> None:
    """Read on for a while without keeping anything, so that the sender can finish and read why it
    is refused: closing on unread bytes resets the connection, and the answer is lost."""
    left = DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while left > 0:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _too_large(most: int, over: str) -> Refusal:
    return Refusal(over, f"The body is larger than {most:,} bytes: send less at once.")


Pairs = Iterable[tuple[bytes, bytes]]


def head(answer: Answer, more: Pairs = ()) -> list[tuple[bytes, bytes]]:
    """The headers of a response."""
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        *more,
    ]
    if answer.headers:
        headers += [
            (name.replace("_", "-").encode(), value.encode("latin-1", "replace"))
            for name, value in answer.headers.items()
        ]
    return headers


async def respond(send: Send, answer: Answer, more: Pairs = ()) -> None:
    """Send a response."""
    start = {"type": "http.response.start", "status": answer.status, "headers": head(answer, more)}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})
