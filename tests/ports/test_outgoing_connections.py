"""Connections to other people's servers: which are used again, and how they are found."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from runtime.ports.connection import Broken
from runtime.ports.outgoing import CONNECTIONS, Outgoing, trouble
from tests.ports.scripted import OK, Loop, Server, ask, play, refused

# --- kept connections -----------------------------------------------------------------------------


def test_a_connection_is_used_again(loop: Loop) -> None:
    server = Server(OK, b"HTTP/1.1 204 No Content\r\n\r\n", OK)

    async def scene(out: Outgoing, url: str) -> None:
        for _ in range(4):
            await ask(out, url)

    play(loop, server, scene)
    assert (len(server.requests), server.connections, server.ended) == (4, 1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        OK + b"surplus",
        OK + OK,
    ],
    ids=range(4),
)
def test_a_connection_of_which_more_cannot_be_hoped_is_not_used_again(
    loop: Loop, answer: bytes
) -> None:
    server = Server(answer)

    async def scene(out: Outgoing, url: str) -> list[bytes]:
        return [(await ask(out, url)).body for _ in range(3)]

    assert play(loop, server, scene) == [b"ok"] * 3
    assert server.connections == 3


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(loop: Loop) -> None:
    """The loop may have had no time to hear of it: between two drains it does not run."""
    server = Server(OK, close=True)

    async def scene(out: Outgoing, url: str) -> None:
        for _ in range(10):
            await ask(out, url)

    play(loop, server, scene)
    assert len(server.requests) == server.connections == 10


def test_a_post_on_a_connection_that_then_ends_is_not_sent_twice(loop: Loop) -> None:
    server = Server(OK, None, OK)

    async def scene(out: Outgoing, url: str) -> tuple[str, str, bool]:
        await ask(out, url)
        with pytest.raises(Broken) as caught:
            await ask(out, url)
        assert caught.value.silent
        return trouble(caught.value, "shop.example", 20)

    kind, _, uncertain = play(loop, server, scene)
    assert (kind, uncertain) == ("network", True)
    assert len(server.requests) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_what_may_be_repeated_is_asked_again_once(loop: Loop, method: str) -> None:
    async def scene(out: Outgoing, url: str) -> int:
        await ask(out, url)
        return (await ask(out, url, method)).status

    server = Server(OK, None, OK)
    assert play(loop, server, scene) == 200
    assert (len(server.requests), server.connections) == (3, 2)
    server = Server(OK, None, None)
    with pytest.raises(Broken):
        play(loop, server, scene)
    assert len(server.requests) == 3


def test_what_had_begun_to_be_answered_is_not_asked_again(loop: Loop) -> None:
    server = Server(OK, b"HTTP/1.1 2", None)

    async def scene(out: Outgoing, url: str) -> None:
        await ask(out, url, "GET")
        server.close = True
        await refused(out, url, "GET")

    play(loop, server, scene)
    assert len(server.requests) == 2


def test_a_call_that_is_given_up_takes_its_connection_along(loop: Loop) -> None:
    server = Server(OK)

    async def scene(out: Outgoing, url: str) -> None:
        await ask(out, url)
        server.held = asyncio.Event()
        task = asyncio.ensure_future(ask(out, url))
        while len(server.requests) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.held.set()
        await ask(out, url)

    play(loop, server, scene)
    assert server.connections == 2


def test_there_are_never_more_connections_than_allowed(loop: Loop) -> None:
    server = Server(OK)

    async def scene(out: Outgoing, url: str) -> None:
        server.held = asyncio.Event()
        tasks = [asyncio.ensure_future(ask(out, url)) for _ in range(CONNECTIONS + 20)]
        while len(server.requests) < CONNECTIONS:
            await asyncio.sleep(0)
        server.held.set()
        await asyncio.gather(*tasks)
        other = url.replace("shop", "other")
        await asyncio.gather(*(ask(out, other) for _ in range(CONNECTIONS)))

    play(loop, server, scene)
    assert len(server.requests) == 2 * CONNECTIONS + 20
    assert server.connections <= 2 * CONNECTIONS


# --- names and addresses --------------------------------------------------------------------------


def test_calls_that_begin_together_ask_for_the_name_once(loop: Loop) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        asked.append(host)
        await asyncio.sleep(0)
        return [(socket.AF_INET, "127.0.0.1")]

    async def scene(out: Outgoing, url: str) -> None:
        await asyncio.gather(*(ask(out, url) for _ in range(10)))

    play(loop, Server(OK), scene, lookup=lookup)
    assert asked == ["shop.example"]


def test_a_name_that_failed_is_asked_for_again(loop: Loop) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        asked.append(host)
        if len(asked) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        return [(socket.AF_INET, "127.0.0.1")]

    async def scene(out: Outgoing, url: str) -> int:
        kind, message, uncertain = await refused(out, url)
        assert (kind, uncertain) == ("network", False)
        assert "could not be found" in message
        return (await ask(out, url)).status

    assert play(loop, Server(OK), scene, lookup=lookup) == 200


def test_of_several_addresses_the_first_that_answers_is_taken(loop: Loop) -> None:
    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, a) for a in ("127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.1")]

    assert play(loop, Server(OK), ask, lookup=lookup).status == 200


def test_a_call_that_found_no_way_was_surely_not_taken(loop: Loop) -> None:
    async def nowhere(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, a) for a in ("127.0.0.2", "127.0.0.3")]

    async def never(host: str, port: int) -> Sequence[tuple[int, str]]:
        await asyncio.Event().wait()
        return []

    async def nobody(host: str, port: int) -> Sequence[tuple[int, str]]:
        return []

    async def hurried(out: Outgoing, url: str) -> tuple[str, str, bool]:
        with pytest.raises(TimeoutError) as caught:
            await ask(out, url, within=0.05)
        return trouble(caught.value, "shop.example", 0.05)

    server = Server(OK)
    for lookup, scene, kind in (
        (nowhere, refused, "network"),
        (nobody, refused, "network"),
        (never, hurried, "timeout"),
    ):
        got = play(loop, server, scene, lookup=lookup)
        assert (got[0], got[2]) == (kind, False)
    assert server.connections == 0
