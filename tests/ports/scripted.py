"""A server on a real socket that answers as it is told, and calls to it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from runtime.ports.connection import Answer
from runtime.ports.dialing import Lookup, public_trust
from runtime.ports.outgoing import TROUBLES, Outgoing, trouble
from runtime.ports.urls import read_url

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Loop = Callable[[], asyncio.AbstractEventLoop]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """Answers the n-th request with the n-th script (the last one repeats); None closes."""

    def __init__(self, *answers: bytes | None, close: bool = False) -> None:
        self.answers, self.close = answers, close
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = 0
        self.tls: ssl.SSLContext | None = None
        self.held: asyncio.Event | None = None

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        try:
            while (request := await _request(reader)) is not None:
                self.requests.append(request)
                if self.held is not None:
                    await self.held.wait()
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
                if self.close:
                    return
        except ConnectionError:
            pass
        finally:
            self.ended += 1
            writer.close()


async def _request(reader: Reader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


def play(
    loop: Loop,
    server: Server,
    scene: Callable[[Outgoing, str], Awaitable[Any]],
    *,
    lookup: Lookup | None = None,
    trust: Callable[[], ssl.SSLContext] = public_trust,
) -> Any:
    """Play a scene with this server; what it returned."""

    async def local(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, "127.0.0.1")]

    async def run() -> Any:
        listening = await asyncio.start_server(server, "127.0.0.1", 0, ssl=server.tls)
        port = listening.sockets[0].getsockname()[1]
        scheme = "https" if server.tls else "http"
        out = Outgoing(lambda address: address.startswith("127."), lookup or local, trust)
        try:
            async with asyncio.timeout(30):
                return await scene(out, f"{scheme}://shop.example:{port}/x")
        finally:
            await out.close()
            listening.close()
            await listening.wait_closed()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


async def ask(
    out: Outgoing, url: str, method: str = "POST", *, within: float = 20.0, most: int = 1000
) -> Answer:
    content = b"{}" if method == "POST" else None
    return await out.call(
        method, read_url(url), headers={"a": "b"}, content=content, within=within, most=most
    )


async def refused(out: Outgoing, url: str, method: str = "POST") -> tuple[str, str, bool]:
    """The trouble that a call brings."""
    with pytest.raises(TROUBLES) as caught:
        await ask(out, url, method)
    return trouble(caught.value, "shop.example", 20)


def once(loop: Loop, answer: bytes, method: str = "POST", *, close: bool = False) -> Answer:
    return play(loop, Server(answer, close=close), lambda out, url: ask(out, url, method))
