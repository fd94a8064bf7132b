"""The one way out by HTTP: kept connections to checked addresses, straight on the event loop.

Why no client library: one POST at 32 calls side by side cost 430 µs of CPU by httpx over aiohttp,
160 to 200 by aiohttp alone with all that can be switched off switched off, and about 70 here (one
machine, one round each; `tests/bench/ports_cost.py` measures it), and importing those two costs a
worker more than a second of CPU before its first call. What one trusts such a library with most,
reading what a server says, is llhttp's here as well. No proxy, no cookies and nothing else from the
environment is used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from runtime.ports.connection import Answer, Broken, Connection
from runtime.ports.dialing import (
    AddressRefused,
    Dialer,
    Lookup,
    Permit,
    Trust,
    Unreachable,
    public_trust,
    system_lookup,
)
from runtime.ports.urls import Origin, Url

T = TypeVar("T")

CONNECTIONS = 64  # at a time, the unused ones included
KEPT = 15.0  # seconds that an unused connection stays open

# Where asking twice is as good as asking once (RFC 9110). Only these are asked again at once, when
# a kept connection turns out to have ended before the first byte of the answer.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_BODY_EXPECTED = frozenset({"POST", "PUT", "PATCH"})


class NoTimeLeft(TimeoutError):
    """The time was over before anything was sent."""


class Outgoing:
    """An HTTP client that follows no redirect by itself. One for each event loop."""

    def __init__(
        self, permit: Permit, lookup: Lookup = system_lookup, trust: Trust = public_trust
    ) -> None:
        self._dialer = Dialer(permit, lookup, trust)
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._idle: dict[Origin, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def call(
        self,
        method: str,
        url: Url,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        within: float,
        most: int,
    ) -> Answer:
        """One request and the first `most` bytes of its decoded answer. Raises what `trouble`
        explains.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        request = _request(method, url, headers, content)
        if self._slots.locked():
            await _before(deadline, self._slots.acquire())
        else:
            await self._slots.acquire()
        connection: Connection | None = None
        try:
            connection = self._kept(url.origin, loop.time())
            if connection is not None:
                try:
                    return await connection.ask(request, method, most, deadline)
                except Broken as broken:
                    if not broken.silent or method not in _REPEATABLE:
                        raise
            connection = await _before(deadline, self._connect(url))
            return await connection.ask(request, method, most, deadline)
        finally:
            self._slots.release()
            if connection is not None and connection.alive:
                self._keep(url.origin, connection, loop)

    async def close(self) -> None:
        """Close all connections."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._idle.clear()
        for connection in self._open:
            connection.abort()
        if self._open:
            await asyncio.wait([connection.closed for connection in self._open], timeout=1)
        self._dialer.forget()

    # --- Kept connections ---------------------------------------------------------------------

    def _kept(self, origin: Origin, now: float) -> Connection | None:
        """The connection that was used last, if it is still good."""
        kept = self._idle.get(origin)
        while kept:
            connection = kept.pop()
            if now - connection.since < KEPT and connection.alive and connection.quiet:
                return connection
            connection.abort()
        return None

    def _keep(
        self, origin: Origin, connection: Connection, loop: asyncio.AbstractEventLoop
    ) -> None:
        connection.since = loop.time()
        self._idle.setdefault(origin, []).append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(KEPT, self._tidy, loop)

    def _tidy(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what was not used for long."""
        oldest = loop.time() - KEPT
        for origin, kept in list(self._idle.items()):
            for connection in kept:
                if connection.since <= oldest:
                    connection.abort()
            good = [one for one in kept if one.alive]
            if good:
                self._idle[origin] = good
            else:
                del self._idle[origin]
        self._sweep = loop.call_later(KEPT / 2, self._tidy, loop) if self._idle else None

    # --- New connections ----------------------------------------------------------------------

    async def _connect(self, url: Url) -> Connection:
        self._make_room()
        scheme, host, port = url.origin
        connection = await self._dialer.dial(host, port, encrypted=scheme == "https")
        self._open.add(connection)
        connection.closed.add_done_callback(lambda _: self._open.discard(connection))
        return connection

    def _make_room(self) -> None:
        """Close the unused connection that waited longest, when there are too many."""
        if len(self._open) < CONNECTIONS:
            return
        waiting = [kept for kept in self._idle.values() if kept]
        if waiting:
            min(waiting, key=lambda kept: kept[0].since).pop(0).abort()


async def _before(deadline: float, what: Coroutine[Any, Any, T]) -> T:
    try:
        async with asyncio.timeout_at(deadline):
            return await what
    except TimeoutError:
        raise NoTimeLeft from None


def _request(method: str, url: Url, headers: Mapping[str, str], content: bytes | None) -> bytes:
    """The bytes of a request. The headers are ours and checked: no line break can be in them."""
    lines = [f"{method} {url.target} HTTP/1.1\r\nhost: {url.place}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if content is not None or method in _BODY_EXPECTED:
        lines.append(f"content-length: {len(content or b'')}\r\n")
    lines.append("\r\n")
    head = "".join(lines).encode("latin-1")
    return head + content if content else head


def trouble(error: BaseException, host: str, within: float) -> tuple[str, str, bool]:
    """What went wrong on the way: (kind, a sentence, whether the request may have been taken)."""
    if isinstance(error, AddressRefused):
        return (
            "forbidden",
            f"{host} is a private or special address, which journeys may not call. "
            "Whoever runs Wayline can open a network with WAYLINE_ALLOW_NET.",
            False,
        )
    if isinstance(error, socket.gaierror):
        return "network", f"The name {host} could not be found.", False
    if isinstance(error, ssl.SSLError):
        return "network", f"The secure connection to {host} failed: check its certificate.", False
    if isinstance(error, Unreachable):
        return "network", f"{host} could not be reached.", False
    if isinstance(error, TimeoutError):
        sent = not isinstance(error, NoTimeLeft)
        return "timeout", f"{host} did not answer within {within:g} seconds.", sent
    return "network", f"The connection to {host} broke before the answer was complete.", True


TROUBLES = (OSError,)  # all of the above: TimeoutError and ssl.SSLError are OSErrors too
