"""A good sender in a process of its own: each message has its own id, comes at a steady rate, and
is repeated unchanged, at any of the intakes, until it is answered with 2xx.

Run as `python -m tests.soak.sender PATH COUNT RATE PORT…`. Prints one JSON line: {"accepted",
"tries", "broken": tries without an answer, "statuses": {status: number}, "seconds", "longest":
seconds that one message took}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import uvloop

LANES = 64
TIMEOUT = 15.0
HOMESICK = 2.0  # seconds after which a lane goes back to its own intake
AGAIN = 0.2  # seconds until a message is tried again
WRONG = {400, 401, 403, 404, 409, 413, 422}  # answers that a right message never gets


def body(n: int) -> bytes:
    """The message; two of three take the short way."""
    return json.dumps({"email": f"s{n}@example.com", "n": n, "amount": n % 3}).encode()


class Load:
    """What is still to be sent."""

    def __init__(self, path: str, count: int, rate: float, ports: list[int]) -> None:
        self.path, self.count, self.rate, self.ports = path, count, rate, ports
        self.next = 0
        self.accepted = 0
        self.tries = self.broken = 0
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0
        self.began = time.monotonic()

    async def run(self) -> None:
        """All of it."""
        await asyncio.gather(*(self._lane(lane) for lane in range(LANES)))

    async def _lane(self, lane: int) -> None:
        connection = _Connection(self.ports, lane)
        while self.next < self.count:
            n, self.next = self.next, self.next + 1
            due = self.began + n / self.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            begin = time.monotonic()
            while not await self._try(connection, n):
                await asyncio.sleep(AGAIN)
            self.longest = max(self.longest, time.monotonic() - begin)
        connection.close()

    async def _try(self, connection: _Connection, n: int) -> bool:
        self.tries += 1
        try:
            status = await asyncio.wait_for(
                connection.post(self.path, f"soak-{n}", body(n)), TIMEOUT
            )
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
            self.broken += 1
            connection.move()
            return False
        self.statuses[status] += 1
        if status in WRONG:
            raise SystemExit(f"message {n} was refused with {status}")
        self.accepted += status == 202
        return status == 202

    def found(self) -> dict[str, Any]:
        """What is printed."""
        return {
            "accepted": self.accepted,
            "tries": self.tries,
            "broken": self.broken,
            "statuses": {str(k): v for k, v in sorted(self.statuses.items())},
            "seconds": time.monotonic() - self.began,
            "longest": self.longest,
        }


class _Connection:
    """A kept connection to one of the intakes; to the next one when it breaks, and after a while
    back to the first, so that all have something to lose."""

    def __init__(self, ports: list[int], home: int) -> None:
        self._ports, self._home, self._turn = ports, home, home
        self._moved = 0.0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, key: str, content: bytes) -> int:
        """The status of the answer."""
        if self._turn != self._home and time.monotonic() - self._moved > HOMESICK:
            self.close()
            self._turn = self._home
        if self._streams is None:
            port = self._ports[self._turn % len(self._ports)]
            self._streams = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self._streams
        head = (
            f"POST {path} HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\n"
            f"idempotency-key: {key}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content)
        told = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = told.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
        if b"connection: close" in told:
            self.close()
        return int(told.split(b" ", 2)[1])

    def move(self) -> None:
        """Let go of it; the next message goes elsewhere."""
        self.close()
        self._turn += 1
        self._moved = time.monotonic()

    def close(self) -> None:
        """Let go of it."""
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
        self._streams = None


def main() -> None:
    """The command line."""
    path, count, rate, *ports = sys.argv[1:]
    load = Load(path, int(count), float(rate), [int(port) for port in ports])
    uvloop.run(load.run())
    print(json.dumps(load.found()))


if __name__ == "__main__":
    main()
