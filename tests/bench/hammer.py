"""Posts webhooks as cheaply as Python can, from a process of its own: raw connections that are
kept, requests made before the clock starts, and only as much of an answer read as is needed.

Run as `python -m tests.bench.hammer URL FIRST COUNT CONNECTIONS RATE [--ids] [--marks]`; RATE 0 is
as fast as it goes, else a request is due at fixed times and its time counts from then. Prints one
JSON line: {"seconds", "accepted", "refused", "statuses": {status: number}, "cpu_us" of this process
for each request, "answer_ms": {"p50", "p90", "p99", "most"}, and with --marks "sent": {number: time
of the 2xx}}. `--ids` gives every message an id of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import uvloop


def request(host: str, path: str, n: int, ids: bool) -> bytes:
    """One webhook of about 270 bytes of JSON."""
    body = json.dumps(
        {"email": f"c{n}@example.com", "n": n, "amount": n % 100, "note": "x" * 200}
    ).encode()
    own = f"idempotency-key: hammer-{n}\r\n" if ids else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\nuser-agent: hammer\r\n{own}"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Load:
    """What is left to send, and what came back."""

    def __init__(self, url: str, first: int, count: int, rate: float, ids: bool) -> None:
        where = urlsplit(url)
        self.host, self.port = where.hostname or "127.0.0.1", where.port or 80
        self.todo = [
            (n, request(where.netloc, where.path, n, ids)) for n in range(first, first + count)
        ]
        self.todo.reverse()
        self.left = count
        self.rate = rate
        self.began = 0.0
        self.due = 0
        self.free: list[Lane] = []
        self.statuses: Counter[str] = Counter()
        self.took: list[float] = []
        self.sent: dict[int, float] = {}
        self.done = asyncio.Event()

    def start(self) -> None:
        """Every connection is open: begin."""
        self.began = time.perf_counter()
        if self.rate:
            self.tick()
        else:
            for lane in self.free:
                lane.next(self.began)

    def tick(self) -> None:
        """Send what is due on connections that are free, and come back."""
        now = time.perf_counter()
        while self.todo and self.free:
            at = self.began + self.due / self.rate
            if at > now:
                break
            self.due += 1
            self.free.pop().next(at)
        if self.todo:
            pause = 0.0005 if not self.free else max(0.0, self.began + self.due / self.rate - now)
            asyncio.get_running_loop().call_later(pause, self.tick)

    def ended(self, lane: Lane, status: str, at: float) -> None:
        """One answer is whole."""
        now = time.perf_counter()
        self.took.append(now - at)
        self.statuses[status] += 1
        if status == "202":
            self.sent[lane.number] = time.time()
        self.left -= 1
        if not self.left:
            self.done.set()
        elif self.rate:
            self.free.insert(0, lane)  # in turns: an idle connection would be closed
        else:
            lane.next(now)


class Lane(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is whole."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.buffer = b""
        self.at = 0.0
        self.number = 0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.load.free.append(self)

    def next(self, at: float) -> None:
        if self.load.todo:
            self.at = at
            self.number, data = self.load.todo.pop()
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self.buffer = body[length:]
            self.load.ended(self, head[9:12].decode(), self.at)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.load.left:
            raise SystemExit(f"a connection was closed with {self.load.left} to go: {exc}")


async def post(given: argparse.Namespace) -> dict[str, Any]:
    """The whole load; its figures."""
    load = Load(given.url, given.first, given.count, given.rate, given.ids)
    loop = asyncio.get_running_loop()
    for _ in range(given.connections):
        await loop.create_connection(lambda: Lane(load), load.host, load.port)
    cpu = time.process_time()
    load.start()
    await load.done.wait()
    seconds = time.perf_counter() - load.began
    load.took.sort()
    places = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "most": 1.0}
    last = len(load.took) - 1
    answer = {
        "seconds": seconds,
        "accepted": load.statuses["202"],
        "refused": given.count - load.statuses["202"],
        "statuses": dict(load.statuses),
        "cpu_us": (time.process_time() - cpu) / given.count * 1e6,
        "answer_ms": {k: load.took[int(last * v)] * 1e3 for k, v in places.items()},
    }
    return answer | ({"sent": load.sent} if given.marks else {})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    for name in ("first", "count", "connections"):
        parser.add_argument(name, type=int)
    parser.add_argument("rate", type=float)
    parser.add_argument("--ids", action="store_true")
    parser.add_argument("--marks", action="store_true")
    said = json.dumps(uvloop.run(post(parser.parse_args()))) + "\n"
    os.set_blocking(1, True)  # a pipe that does not block takes only a part
    sys.stdout.write(said)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
