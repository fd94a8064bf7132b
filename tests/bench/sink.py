"""Where the benches' and the soak's HTTP calls go: counts them by Idempotency-Key as cheaply as
Python can, in a process of its own.

Run as `python -m tests.bench.sink PORT`. `GET /count` answers the number of different keys, `GET
/seen` all that came (`Seen`), `GET /clear` forgets it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import uvloop

from tests.support.alone import alone, serve

OK = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
MALFORMED = b"HTTP/1.1 411 Length Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True)
class Seen:
    """`marks`: the X-Mark of each call with its key and when it came first. `again`: (key, when it
    came first, when it came again, whether with the same body) of each that came more than once."""

    calls: int
    keys: int
    marks: dict[str, tuple[str, float]]
    again: list[tuple[str, float, float, bool]]

    @property
    def two_bodies(self) -> int:
        """Keys that came with different bodies."""
        return len({key for key, _, _, same in self.again if not same})


@dataclass(frozen=True)
class Target:
    """A running sink."""

    url: str
    pid: int

    def count(self) -> int:
        """Different keys so far."""
        return int(self._get("/count"))

    def seen(self) -> Seen:
        """All that came so far."""
        found = self._get("/seen")
        return Seen(
            found["calls"],
            found["keys"],
            {mark: (key, at) for mark, key, at in found["marks"]},
            [(key, first, at, same) for key, first, at, same in found["again"]],
        )

    def clear(self) -> None:
        """Forget all."""
        self._get("/clear")

    def cpu(self) -> float:
        """Seconds of CPU that it took so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.loads(answer.read())


@contextmanager
def sink() -> Iterator[Target]:
    """A running sink, ended afterwards."""
    with alone("tests.bench.sink", apart=True) as server:
        yield Target(server.url, server.process.pid)


class _Book:
    """What came: the first call of each key as (time, body, mark), and those that came again."""

    def __init__(self) -> None:
        self.calls = 0
        self.first: dict[bytes, tuple[float, int, bytes]] = {}
        self.again: list[tuple[bytes, float, float, bool]] = []

    def add(self, key: bytes, mark: bytes, body: bytes) -> None:
        """One call."""
        self.calls += 1
        now = time.time()
        before = self.first.get(key)
        if before is None:
            self.first[key] = (now, hash(body), mark)
        else:
            self.again.append((key, before[0], now, before[1] == hash(body)))

    def answer(self, path: bytes) -> bytes:
        """To a question of the bench."""
        if path == b"/clear":
            self.__init__()
        if path != b"/seen":
            return b"%d" % len(self.first)
        marks = [
            (mark.decode(), key.decode(), at) for key, (at, _, mark) in self.first.items() if mark
        ]
        again = [(key.decode(), first, at, same) for key, first, at, same in self.again]
        found = {"calls": self.calls, "keys": len(self.first), "marks": marks, "again": again}
        return json.dumps(found).encode()


class _Lane(asyncio.Protocol):
    """Just enough HTTP/1.1: kept connections, bodies with a length."""

    def __init__(self, book: _Book) -> None:
        self.book, self.rest = book, b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.rest = self.rest + data if self.rest else data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[: end + 2]
            if head.startswith(b"GET "):
                self.rest = self.rest[end + 4 :]
                answer = self.book.answer(head[4 : head.find(b" ", 4)])
                self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(answer))
                self.transport.write(b"connection: close\r\n\r\n" + answer)
                self.transport.close()
                return
            names = head.lower()
            length = _value(head, names, b"\r\ncontent-length:")
            if not length:
                self.transport.write(MALFORMED)
                self.transport.close()
                return
            whole = end + 4 + int(length)
            if len(self.rest) < whole:
                return
            body, self.rest = self.rest[end + 4 : whole], self.rest[whole:]
            key = _value(head, names, b"\r\nidempotency-key:")
            self.book.add(key, _value(head, names, b"\r\nx-mark:"), body)
            self.transport.write(OK)


def _value(head: bytes, names: bytes, name: bytes) -> bytes:
    """A header's value; empty when it is not there."""
    at = names.find(name)
    if at < 0:
        return b""
    at += len(name)
    return head[at : head.find(b"\r\n", at)].strip()


async def _serve(port: int) -> None:
    book = _Book()
    await serve(lambda: _Lane(book), port)


if __name__ == "__main__":
    gc.disable()  # nothing here makes cycles
    uvloop.run(_serve(int(sys.argv[1])))
