"""Serves an ASGI app on a socket that is listening already, patiently but not for ever: a caller
who does not finish its headers in time, or sends too many, is let go.

An app may have a short way, `at_once`: requests below its prefix that have arrived whole are given
to it without an ASGI call and a task of their own. Everything else, and what it will not take, goes
the usual way.
"""

from __future__ import annotations

import asyncio
import re
import resource
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Protocol, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

GRACE = 2  # seconds that requests get to end
HEADERS_WITHIN = 10.0  # seconds
MOST_HEADERS = 64 * 1024  # bytes
FILES = 65_536  # open files, most of them connections
SWITCH = 0.001  # seconds: the thread that commits asks for the interpreter several times a group


class AtOnce(Protocol):
    """The short way of an app."""

    prefix: str

    def __call__(
        self, path: str, query: str, headers: Mapping[str, str], body: bytes, reply: Reply
    ) -> bool:
        """Take a POST (the names of its headers in lower case, each there once) and `reply` with a
        status, header lines and a body, now or later; or give False."""
        ...


Reply = Callable[[int, bytes, bytes], None]

# What may go the short way: a path without escapes, headers as the standard has them. Anything
# else, however harmless, is for the real parser to judge.
_POST = r"POST (%s[A-Za-z0-9_.~/-]*)(?:\?([!-\"$-~]*))? HTTP/1\.1\r\n"
# Each byte is looked at twice at most: whoever may choose what is matched must not choose how long.
_HEADER = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*+((?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)"
).fullmatch
_UNUSUAL = {"transfer-encoding", "expect", "upgrade", "te", "trailer"}
# Lines that senders repeat, and that hold no secrets, are read once.
_REPEATED = {
    "accept", "accept-encoding", "accept-language", "connection", "content-length",
    "content-type", "host", "user-agent",
}  # fmt: skip
_LINES = 1_000  # that are remembered
_LONGEST = 300  # bytes of one of them


class _Short:
    """A request on the short way, in the place of uvicorn's own: the connection asks it whether it
    is answered, and tells it when the caller has gone or the server wants to close."""

    __slots__ = ("connection", "disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, connection: Patient) -> None:
        self.connection = connection
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = _NOBODY

    def reply(self, status: int, lines: bytes, body: bytes) -> None:
        if not self.response_complete:
            self.response_complete = True
            if not self.disconnected:
                self.connection.answered(self.keep_alive, status, lines, body)


class _Nobody:
    """Nobody waits for more of a request that is whole."""

    def set(self) -> None: ...


_NOBODY = _Nobody()


class Patient(HttpToolsProtocol):
    """uvicorn's protocol with limits on headers, which it does not have, and with a short way."""

    within = HEADERS_WITHIN
    _heading = True  # headers are awaited
    _size = 0
    _inside = False  # the parser is in the middle of a message, whose answer may be out already
    _timer: asyncio.TimerHandle | None = None
    _idle_since = 0.0

    def __init__(self, config: uvicorn.Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self._at_once: AtOnce | None = getattr(config.app, "at_once", None)
        self._whole = _pattern(self._at_once.prefix) if self._at_once is not None else None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        if (
            self._whole is not None
            and (found := self._whole(data))
            and self._short_way(found, data)
        ):
            return
        super().data_received(data)
        if self._heading and not self.transport.is_closing():
            self._size += len(data)
            if self._size > MOST_HEADERS:
                self.send_400_response("The headers are too long.")
            elif self._timer is None:
                self._start()

    def on_message_begin(self) -> None:
        self._inside = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._inside = False
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        self._begun()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self._heading = True
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def shutdown(self) -> None:
        """The server stops: an answer without an end ends now."""
        super().shutdown()
        end = getattr(self.cycle, "scope", {}).get("wayline.end")
        if end is not None:
            end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def answered(self, keep_alive: bool, status: int, lines: bytes, body: bytes) -> None:
        """Send what a request on the short way is answered, and be ready for the next."""
        transport = self.transport
        if transport.is_closing():
            return
        if keep_alive:
            transport.write(b"%b%b%b\r\n%b" % (STATUS_LINE[status], self._own(), lines, body))
        else:  # the server is stopping
            lines += b"connection: close\r\n"
            transport.write(b"%b%b%b\r\n%b" % (STATUS_LINE[status], self._own(), lines, body))
            transport.close()
        if self.pipeline or self.timeout_keep_alive_task is None or not keep_alive:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._heading = True
            self._idle_since = self.loop.time()

    def timeout_keep_alive_handler(self) -> None:
        """The timer of an idle connection. Requests on the short way do not set it anew, each time:
        it looks how long the connection has really been idle."""
        self.timeout_keep_alive_task = None
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def _short_way(self, found: re.Match[bytes], data: bytes) -> bool:
        """Whether the app took it: a plain POST that is whole, and nothing before or after it."""
        cycle: Any = self.cycle
        if (
            not self._heading
            or self._inside
            or self._size
            or self._at_once is None
            or self.flow.write_paused
            or (cycle is not None and not cycle.response_complete)
        ):
            return False
        start = found.end()
        end = data.find(b"\r\n\r\n", start)
        if not 0 <= end <= MOST_HEADERS:
            return False
        lines = data[start:end].split(b"\r\n")
        pairs = [_known(line) or _read(line) for line in lines]
        if None in pairs:
            return False
        headers = dict(cast("list[tuple[str, str]]", pairs))
        body = data[end + 4 :]
        if len(headers) != len(pairs) or headers.get("content-length") != str(len(body)):
            return False
        path, query = found.groups()
        short = _Short(self)
        self.cycle = cast("Any", short)
        query = query.decode("ascii") if query else ""
        if self._at_once(path.decode("ascii"), query, headers, body, short.reply):
            if short.response_complete:
                self._cancel()
            else:
                self._begun()
            return True
        self.cycle = cast("Any", cycle)
        return False

    def _own(self) -> bytes:
        """The header lines that the server adds to each answer (the date): new every second."""
        headers = self.server_state.default_headers
        if _own_lines[0] is not headers:
            _own_lines[:] = headers, b"".join(b"%b: %b\r\n" % pair for pair in headers)
        return _own_lines[1]

    def _begun(self) -> None:
        self._heading, self._size = False, 0
        self._cancel()

    def _start(self) -> None:
        self._timer = self.loop.call_later(self.within, self._late)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


_own_lines: list[Any] = [None, b""]


_lines: dict[bytes, tuple[str, str]] = {}
_known = _lines.get


def _read(line: bytes) -> tuple[str, str] | None:
    """A header's name, in lower case, and its value; None when it is not for the short way."""
    found = _HEADER(line)
    if found is None:
        return None
    pair = found[1].decode("ascii").lower(), found[2].decode("latin-1")
    name, value = pair
    if name in _UNUSUAL or (name == "connection" and value.lower() != "keep-alive"):
        return None
    if name in _REPEATED and len(line) <= _LONGEST:
        if len(_lines) >= _LINES:
            _lines.clear()
        _lines[line] = pair
    return pair


@cache
def _pattern(prefix: str) -> Callable[[bytes], re.Match[bytes] | None]:
    return re.compile((_POST % re.escape(prefix)).encode("latin-1")).match


def serve(app: Any, sock: socket.socket, *, protocol: type[Patient] = Patient) -> None:
    """Until SIGINT or SIGTERM."""
    many_files()
    sys.setswitchinterval(SWITCH)
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
