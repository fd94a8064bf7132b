"""Bodies in pieces, slow bodies, and memory: on the bare ASGI interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from nodes.spec import Start
from runtime.ingest.hooks import Hook
from runtime.ingest.pressure import Pressure
from runtime.ingest.problems import Refusal
from runtime.ingest.recall import Recall
from runtime.ingest.webhooks import Webhooks
from runtime.ingest.wire import Gone, Request, Room, read_body
from runtime.store.intake import Incoming, Receipt
from tests.ingest.conftest import Place

Message = dict[str, Any]


class Clock:
    """Stands where it is put."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


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


def test_a_webhook_that_is_known_and_whole_needs_no_task(place: Place) -> None:
    place.hook()
    app = place.app()
    replies: list[tuple[int, bytes, bytes]] = []

    async def story() -> None:
        there = asyncio.Event()

        def reply(status: int, lines: bytes, body: bytes) -> None:
            replies.append((status, lines, body))
            there.set()

        assert not app.at_once("/hooks/t", "", {}, b"{}", reply)  # who is that?

        async def send(_: Any) -> None: ...

        await app(scope("/hooks/t"), incoming(piece(b"{}")), send)
        before = len(asyncio.all_tasks())
        assert app.at_once("/hooks/t", "a=b", {}, b'{"n": 1}', reply)
        assert len(asyncio.all_tasks()) == before
        await there.wait()
        form = {"content-type": "multipart/form-data; boundary=x"}
        assert not app.at_once("/hooks/t", "", form, b"--x--", reply)
        assert app.at_once("/hooks/t", "", {}, b"{", reply)

    asyncio.run(story())
    assert [status for status, _, _ in replies] == [202, 400]
    assert json.loads(replies[0][2]) == {"event_id": place.events()[1]["id"]}
    assert b"application/problem+json" in replies[1][1]
    app.close()


def test_an_address_that_is_read_again_is_answered_by_what_it_is_now() -> None:
    live = Hook("t", "w", "j", "form", "live", Start(source="webhook"))
    stands: list[Hook | None] = [live, live, replace(live, state="paused"), None]
    taken: list[Incoming] = []
    clock = Clock()

    class Takes:
        def submit(self, incoming: Any, done: Callable[[list[Receipt] | Exception], None]) -> None:
            taken.append(incoming)
            done([Receipt(str(len(taken)))])

        async def accept(self, incoming: Any) -> list[Receipt]:
            raise AssertionError("nothing is awaited here")

    async def story() -> list[bytes | Exception]:
        recall = Recall(lambda _: stands.pop(0), fresh=1.0, clock=clock)
        pressure = Pressure(lambda *_: 0, 10, 10, clock=clock)
        webhooks = Webhooks(recall, Takes(), pressure, Room())
        request = Request("POST", "/hooks/t", b"", {}, incoming())
        answers: list[bytes | Exception] = []
        assert not webhooks.at_once("t", request, b"{}", answers.append)  # it was never known
        await recall.find("t")
        await pressure.check("w")
        for _ in range(3):
            clock.at += 2.0
            there = len(answers)
            assert webhooks.at_once("t", request, b"{}", answers.append)
            assert len(answers) == there  # not by what it was
            while len(answers) == there:
                await asyncio.sleep(0)
        return answers

    accepted, paused, gone = asyncio.run(story())
    assert accepted == b'{"event_id":"1"}'
    assert isinstance(paused, Refusal)
    assert isinstance(gone, Refusal)
    assert (paused.kind, gone.kind) == ("journey-not-live", "unknown-hook")
    assert len(taken) == 1
