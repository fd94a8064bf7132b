"""Serves an ASGI app on a socket that is listening already, patiently but not for ever: a caller
who does not finish its headers in time, or sends too many, is let go.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

GRACE = 2  # seconds that requests get to end
HEADERS_WITHIN = 10.0  # seconds
MOST_HEADERS = 64 * 1024  # bytes
FILES = 65_536  # open files, most of them connections


class Patient(HttpToolsProtocol):
    """uvicorn's protocol with limits on headers, which it does not have."""

    within = HEADERS_WITHIN
    _heading = True  # headers are awaited
    _size = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._heading and not self.transport.is_closing():
            self._size += len(data)
            if self._size > MOST_HEADERS:
                self.send_400_response("The headers are too long.")
            elif self._timer is None:
                self._start()

    def on_headers_complete(self) -> None:
        self._heading, self._size = False, 0
        self._cancel()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._heading = True
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._timer = self.loop.call_later(self.within, self._late)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def serve(app: Any, sock: socket.socket, *, protocol: type[Patient] = Patient) -> None:
    """Until SIGINT or SIGTERM."""
    many_files()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[sock])


def many_files() -> None:
    """Allow this process as many connections as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
