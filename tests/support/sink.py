"""A counting web address in a process of its own: remembers each request's Idempotency-Key and
body.

Run as `python -m tests.support.sink PORT`. `GET /__seen` answers {"total", "keys", "twice",
"two_bodies", "last"}.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.alone import alone, serve


@dataclass(frozen=True)
class Sink:
    """A running sink."""

    url: str
    pid: int

    def seen(self, *, marks: bool = False) -> dict[str, Any]:
        """What has come so far; with `marks` the time of each request that bore an `X-Mark`."""
        address = self.url + ("/__seen?marks" if marks else "/__seen")
        return httpx.get(address, timeout=10, trust_env=False, verify=False).json()


@contextmanager
def sink() -> Iterator[Sink]:
    """A running sink, ended afterwards."""
    with alone("tests.support.sink") as server:
        yield Sink(server.url, server.process.pid)


class _Protocol(asyncio.Protocol):
    """Just enough HTTP/1.1 (Content-Length bodies, keep-alive), so that the sink costs next to
    nothing.
    """

    def __init__(
        self, seen: dict[str, list[str]], last: list[dict[str, Any]], marks: dict[str, float]
    ) -> None:
        self.seen, self.last, self.rest = seen, last, b""
        self.marks = marks

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            lines = self.rest[:end].decode("latin-1").split("\r\n")
            headers = {
                k.strip().lower(): v.strip() for k, _, v in (ln.partition(":") for ln in lines[1:])
            }
            length = int(headers.get("content-length", "0"))
            if len(self.rest) < end + 4 + length:
                return
            body = self.rest[end + 4 : end + 4 + length]
            self.rest = self.rest[end + 4 + length :]
            self._answer(lines[0], headers, body)

    def _answer(self, first: str, headers: dict[str, str], body: bytes) -> None:
        answer = b'{"ok":true}'
        if " /__seen" in first:
            bodies = {k: set(v) for k, v in self.seen.items()}
            answer = json.dumps(
                {
                    "total": sum(len(v) for v in self.seen.values()),
                    "keys": len(self.seen),
                    "twice": sum(len(v) - 1 for v in self.seen.values()),
                    "two_bodies": sum(len(b) > 1 for b in bodies.values()),
                    "marks": self.marks if "?marks" in first else {},
                    "last": self.last[-1] if self.last else None,
                }
            ).encode()
        else:
            key = headers.get("idempotency-key", "")
            self.seen.setdefault(key, []).append(hashlib.sha256(body).hexdigest())
            if mark := headers.get("x-mark"):
                self.marks.setdefault(mark, time.time())
            self.last[:] = [
                {"request": first, "headers": headers, "body": body.decode("utf-8", "replace")}
            ]
        kind = "content-type: application/json"
        head = f"HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {len(answer)}\r\n\r\n"
        self.transport.write(head.encode() + answer)


async def _serve(port: int) -> None:
    seen: dict[str, list[str]] = {}
    last: list[dict[str, Any]] = []
    marks: dict[str, float] = {}
    await serve(lambda: _Protocol(seen, last, marks), port)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
