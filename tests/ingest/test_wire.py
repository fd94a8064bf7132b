"""Bodies in pieces, slow bodies, and memory: on the bare ASGI interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from runtime.ingest.problems import Refusal
from runtime.ingest.wire import Gone, Request, Room, read_body
from tests.ingest.conftest import Place

Message = dict[str, Any]


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def scope(path: str, *headers: tuple[bytes, bytes], method: str = "POST") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": list(headers),
    }


def incoming(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """A `receive` that gives these and then nothing, for ever."""
    waiting = list(messages)

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return receive


def read(*messages: Message, most: int = 10, room: Room | None = None, length: str = "") -> bytes:
    headers = {"content-length": length} if length else {}
    request = Request("POST", "/", b"", headers, incoming(*messages))
    return asyncio.run(read_body(request, most, 0.05, room or Room()))


def test_a_body_in_pieces_is_put_together() -> None:
    assert read(piece(b"ab", more=True), piece(b"", more=True), piece(b"c")) == b"abc"
    assert read({"type": "http.request"}) == b""


@pytest.mark.parametrize(
    "messages",
    [
        [piece(b"x" * 11)],
        [piece(b"x" * 6, more=True), piece(b"x" * 5)],
        [piece(b"x" * 11, more=True)],
    ],
)
def test_a_body_over_the_cap_is_refused(messages: list[Message]) -> None:
    with pytest.raises(Refusal) as caught:
        read(*messages)
    assert caught.value.status == 413


def test_a_declared_length_over_the_cap_is_refused_even_when_nothing_comes() -> None:
    with pytest.raises(Refusal) as caught:
        read(length="11")
    assert caught.value.status == 413
    assert read(piece(b"x"), length="9" * 30) == b"x"


def test_a_body_that_does_not_come_is_refused_in_time() -> None:
    for messages in ([], [piece(b"x", more=True)]):
        with pytest.raises(Refusal) as caught:
            read(*messages)
        assert caught.value.status == 408
        assert caught.value.headers["connection"] == "close"


def test_who_hangs_up_is_not_answered() -> None:
    for messages in ([], [piece(b"x", more=True)]):
        with pytest.raises(Gone):
            read(*messages, {"type": "http.disconnect"})


def test_unfinished_requests_share_a_room_and_give_it_back() -> None:
    room = Room(most=8)
    with pytest.raises(Refusal) as caught:
        read(piece(b"x" * 5, more=True), piece(b"x" * 4, more=True), room=room)
    assert caught.value.status == 503
    assert "retry-after" in caught.value.headers
    assert room.used == 0
    with pytest.raises(Refusal):
        read(piece(b"x" * 5, more=True), room=room)
    assert room.used == 0


def call(app: Any, asked: dict[str, Any], *messages: Message) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(asked, incoming(*messages), send))
    return sent


def test_the_first_of_two_headers_with_one_name_counts(place: Place) -> None:
    place.hook(config={"customer": "headers.x-who"})
    headers = [(b"x-who", b"first"), (b"x-who", b"second")]
    start, _ = call(place.app(), scope("/hooks/t", *headers), piece(b""))
    assert start["status"] == 202
    assert place.events()[0]["who"] == {"any": "first"}


def test_nobody_is_answered_after_hanging_up(place: Place) -> None:
    place.hook()
    assert call(place.app(), scope("/hooks/t"), {"type": "http.disconnect"}) == []
    assert place.events() == []


def test_a_websocket_is_closed(place: Place) -> None:
    assert call(place.app(), {"type": "websocket"}) == [{"type": "websocket.close", "code": 1000}]


def test_every_answer_has_safe_headers(place: Place) -> None:
    app = place.app()
    for path in ("/healthz", "/hooks/x", "/v1/x", "/api/x", "/nothing", "/metrics"):
        start, body = call(app, scope(path, method="GET"))
        headers = dict(start["headers"])
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"cache-control"] == b"no-store"
        assert int(headers[b"content-length"]) == len(body["body"])
        if start["status"] >= 400:
            assert json.loads(body["body"])["status"] == start["status"]
