"""A wire between a program and its PostgreSQL server that a test can make bad: it is cut just when
a COMMIT was carried out, goes silent, is slow or loses packets.

What TCP does about a lost packet (it comes later, or the connection breaks) is done here; so a
process sees what it would see, while the kernel's own timers see a healthy loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from typing import Any

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL's simple query of this one word
PARSED = b"\x00COMMIT\x00\x00\x00"  # … as the last of several statements in a pipeline
AGAIN = 1.0  # seconds after which a lost packet comes again


class _Wire:
    """One connection, both ways."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near, self.far = near, far
        self.committing = False

    def cut(self) -> None:
        """At once, for both ends."""
        for end in (self.near, self.far):
            end.transport.abort()


class Proxy:
    """Listens on `port` and leads to another one on 127.0.0.1. Use it as a context.

    `delay` seconds each way; `loss` of the packets come late, and every tenth of those never, which
    breaks the connection. Of the COMMITs, `swallow` (a share of 1) are carried out while their
    reply is lost with the connection, and `stop` never reach the server; `most` of them in all."""

    def __init__(self, target: int, seed: int = 1) -> None:
        self._target = target
        self._dice = random.Random(seed)
        self.delay = self.loss = self.swallow = self.stop = 0.0
        self.swallowed = self.stopped = self.lost = 0
        self.most: int | None = None
        self._hurt = 0
        self._wires: set[_Wire] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def silence(self) -> None:
        """From now on nothing comes through, either way; nobody is told."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def speak(self) -> None:
        """What was kept back comes through."""
        self._loop.call_soon_threadsafe(self._open.set)

    def cut(self) -> None:
        """Cut all connections."""
        self._loop.call_soon_threadsafe(self._cut_all)

    # --- in its thread ------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _end(self) -> None:
        self._server.close()
        self._cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _cut_all(self) -> None:
        for wire in list(self._wires):
            wire.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_far, to_far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        wire = _Wire(writer, to_far)
        self._wires.add(wire)
        tasks = [
            asyncio.ensure_future(self._pump(wire, reader, to_far)),
            asyncio.ensure_future(self._pump(wire, from_far, writer)),
        ]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            wire.cut()
            self._wires.discard(wire)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)

    async def _pump(
        self, wire: _Wire, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await source.read(65536):
                await self._open.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not await self._arrives() or not self._passes(wire, data, sink):
                    return
                await self._open.wait()
                sink.write(data)
                await sink.drain()

    async def _arrives(self) -> bool:
        if self._dice.random() >= self.loss:
            return True
        self.lost += 1
        await asyncio.sleep(AGAIN)
        return self._dice.random() >= 0.1

    def _passes(self, wire: _Wire, data: bytes, sink: asyncio.StreamWriter) -> bool:
        """False: the connection is to be cut instead."""
        if sink is wire.near:
            if wire.committing:
                self.swallowed += 1
                return False
        elif (data.endswith(COMMIT) or PARSED in data) and self._hurt != self.most:
            chance = self._dice.random()
            self._hurt += chance < self.stop + self.swallow
            if chance < self.stop:
                self.stopped += 1
                return False
            wire.committing = chance < self.stop + self.swallow
        return True
