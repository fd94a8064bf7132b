"""A provider in a process of its own that counts what it is sent and behaves as it is told: for the
fault tests.

Run as `python -m tests.support.provider PORT`. Its book has one line for each request; rules, set
while it runs, make it slow, busy, broken or silent. Its own requests begin with `/__`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from tests.support.alone import alone, serve

ANSWER = b'{"ok":true}'


@dataclass(slots=True)
class Delivery:
    """One request. `status` and `answered` stay None when it never got a whole answer; `again` says
    how often this key had come before."""

    key: str
    path: str
    sha: str
    at: float
    again: int
    authorization: str | None = None
    status: int | None = None
    answered: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether it was answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to requests under `path`; of several rules the first that fits counts.

    `first`: only to the first so many of each key. `delay` seconds pass before the answer; with
    `hold` it waits for `release()`. `end`: "reset" cuts the connection when the body has come,
    "half" in the middle of the answer."""

    path: str = "/"
    first: int | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hold: bool = False
    end: str = ""


class Provider:
    """A running provider, as the tests see it."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url, self.process = url, process

    def behave(self, *rules: Rule) -> None:
        """From now on by these rules; without any it takes everything."""
        self._ask("POST", "/__rules", json=[asdict(rule) for rule in rules])

    def release(self) -> None:
        """Answer what is held, and hold nothing more."""
        self._ask("POST", "/__release")

    def forget(self) -> None:
        """Start the book anew, without rules."""
        self._ask("POST", "/__forget")

    def book(self, path: str = "/") -> list[Delivery]:
        """What has come, in that order."""
        lines = self._ask("GET", "/__book")["deliveries"]
        return [Delivery(**line) for line in lines if line["path"].startswith(path)]

    def count(self) -> dict[str, int]:
        """{"total", "keys", "held"}: cheap, to wait for."""
        return self._ask("GET", "/__count")

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = httpx.request(
            method, self.url + path, timeout=30, trust_env=False, verify=False, **more
        )
        return answer.raise_for_status().json()


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider, ended afterwards."""
    with alone("tests.support.provider") as server:
        yield Provider(server.url, server.process)


# --- In its own process ---------------------------------------------------------------------------


class _State:
    def __init__(self) -> None:
        self.book: list[Delivery] = []
        self.times: Counter[str] = Counter()
        self.ruled: dict[int, Counter[str]] = defaultdict(Counter)
        self.rules: list[Rule] = []
        self.free = asyncio.Event()
        self.held = 0

    def rule(self, path: str, key: str) -> Rule:
        for number, rule in enumerate(self.rules):
            if not path.startswith(rule.path):
                continue
            if rule.first is not None:
                if self.ruled[number][key] >= rule.first:
                    continue
                self.ruled[number][key] += 1
            return rule
        return Rule()

    def control(self, path: str, body: bytes) -> Any:
        if path == "/__rules":
            self.rules = [Rule(**one) for one in json.loads(body)]
            self.ruled.clear()
            self.free.clear()
        elif path == "/__release":
            self.free.set()
        elif path == "/__forget":
            self.book.clear()
            self.times.clear()
            self.rules = []
            self.free.set()
        elif path == "/__count":
            return {"total": len(self.book), "keys": len(self.times), "held": self.held}
        elif path == "/__book":
            return {"deliveries": [asdict(one) for one in self.book]}
        return {}


class _Protocol(asyncio.Protocol):
    """Just enough HTTP/1.1 (Content-Length bodies, keep-alive)."""

    def __init__(self, state: _State) -> None:
        self._state, self._rest = state, b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            lines = self._rest[:end].decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines[1:])
            headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
            whole = end + 4 + int(headers.get("content-length", "0"))
            if len(self._rest) < whole:
                return
            body, self._rest = self._rest[end + 4 : whole], self._rest[whole:]
            self._take(lines[0].split(" ")[1], headers, body)

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        state = self._state
        if path.startswith("/__"):
            self._say(200, json.dumps(state.control(path, body)).encode(), {})
            return
        key = headers.get("idempotency-key", "")
        rule = state.rule(path, key)
        sha, again = hashlib.sha256(body).hexdigest(), state.times[key]
        one = Delivery(key, path, sha, time.time(), again, headers.get("authorization"))
        state.times[key] += 1
        state.book.append(one)
        if rule.delay or rule.hold:
            task = asyncio.ensure_future(self._later(one, rule))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._answer(one, rule)

    async def _later(self, one: Delivery, rule: Rule) -> None:
        await asyncio.sleep(rule.delay)
        if rule.hold:
            self._state.held += 1
            await self._state.free.wait()
            self._state.held -= 1
        self._answer(one, rule)

    def _answer(self, one: Delivery, rule: Rule) -> None:
        if self._transport.is_closing():
            return
        if rule.end == "reset":
            self._transport.abort()
            return
        if rule.end == "half":
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
            self._transport.close()
            return
        self._say(rule.status, ANSWER, rule.headers)
        one.status, one.answered = rule.status, time.time()

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        given = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        lines = [f"HTTP/1.1 {status} As told", *(f"{k}: {v}" for k, v in given.items()), "", ""]
        self._transport.write("\r\n".join(lines).encode() + body)


async def _serve(port: int) -> None:
    state = _State()
    await serve(lambda: _Protocol(state), port)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
