"""One HTTP/1.1 connection, on which one request at a time is asked.

The parsing is llhttp's (by `httptools`); this file holds what it leaves open: where an answer ends,
how much of it is kept, whether the connection can be used again, and what a broken one means.
"""

from __future__ import annotations

import asyncio
import select
import zlib
from collections.abc import Mapping
from typing import Any, cast

import httptools

MOST_HEAD = 64 * 1024  # bytes of an answer's header lines, those of interim answers included
MOST_FIELDS = 200
MOST_FRAMING = 8  # times the kept bytes: what an answer may weigh with all its tiny chunks


class Broken(OSError):
    """The connection ended, or spoke no HTTP, before the answer was complete. Unless `silent`, the
    answer had begun."""

    def __init__(self, why: str, *, silent: bool = False) -> None:
        super().__init__(why)
        self.silent = silent


class Answer:
    """What came back: status, headers (lower case), the body's first bytes, and whether there was
    more.
    """

    __slots__ = ("body", "headers", "status", "truncated")

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, truncated: bool
    ) -> None:
        self.status, self.headers, self.body, self.truncated = status, headers, body, truncated


class Connection(asyncio.Protocol):
    """Made by the event loop; `ask` as long as it is `alive`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._parser: Any = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._method, self._most = "", 0
        self._keep = True  # whether another request may follow
        self._begin()
        self._heard = 0  # bytes of this answer, with all framing
        self.since = 0.0  # when it was last used, by the loop's clock
        self.closed: asyncio.Future[None] = loop.create_future()

    # --- Asking -------------------------------------------------------------------------------

    async def ask(self, request: bytes, method: str, most: int, deadline: float) -> Answer:
        """The answer, its decoded body up to `most` bytes. Raises Broken, or TimeoutError after
        the deadline (by the loop's clock); then the connection is of no more use."""
        if self._transport is None or self._transport.is_closing():
            raise Broken("The connection was closed.", silent=True)
        waiting = self._waiting = self._loop.create_future()
        self._method, self._most, self._heard = method, most, 0
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        timer = self._loop.call_at(deadline, self._expire)
        try:
            self._transport.write(request)
            answer = await waiting
        except BaseException:
            self.abort()
            raise
        finally:
            timer.cancel()
            self._waiting = None
        if not self._keep or self._transport.get_write_buffer_size():
            self.abort()  # the answer came before the server had read all: nothing may follow
        return answer

    @property
    def alive(self) -> bool:
        """Whether another request may follow, as far as this process has heard."""
        return self._keep and self._transport is not None and not self._transport.is_closing()

    @property
    def quiet(self) -> bool:
        """Whether the server has said nothing since, not even that it closes: the system is asked,
        because the loop may not have run for a while."""
        return self._poll is not None and not self._poll.poll(0)

    def abort(self) -> None:
        """Close at once."""
        self._keep = False
        if self._transport is not None:
            self._transport.abort()

    def _expire(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(TimeoutError())

    # --- What the loop says -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The way is open."""
        self._transport = cast("asyncio.Transport", transport)
        self._poll = select.poll()
        self._poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer. Whatever nobody asked for ends the connection."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            self.abort()
            return
        self._heard += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._keep = False
            if not waiting.done():
                waiting.set_exception(Broken(f"The answer is no HTTP: {type(error).__name__}"))
            return
        if waiting.done():
            return
        if self._head and self._heard > MOST_HEAD:
            waiting.set_exception(Broken("The answer's headers are too long."))
        elif self._heard > MOST_HEAD + MOST_FRAMING * self._most:
            self._settle(whole=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """The way is gone. That ends an answer which says nowhere else where it ends."""
        self._keep = False
        if not self.closed.done():
            self.closed.set_result(None)
        if self._waiting is None or self._waiting.done():
            return
        if exc is None and not self._head and self._until_close():
            self._settle(whole=True)
        else:
            error = Broken("The connection was closed.", silent=not self._heard)
            error.__cause__ = exc
            self._waiting.set_exception(error)

    def _until_close(self) -> bool:
        return not {"content-length", "transfer-encoding"} & self._headers.keys()

    # --- What the parser says -----------------------------------------------------------------

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._size = self._fields = self._weight = 0
        self._head = True  # the headers are not over yet

    def on_message_begin(self) -> None:
        """An answer, or an interim one."""
        if self._waiting is None or self._waiting.done():
            self._keep = False  # more than was asked for
        else:
            self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line: of several the last counts. Those after the body do not."""
        self._fields += 1
        self._weight += len(name) + len(value)
        if self._fields > MOST_FIELDS or self._weight > MOST_HEAD:
            raise ValueError("too many headers")
        if self._head:
            self._headers[name.decode("latin-1").lower()] = _text(value)

    def on_headers_complete(self) -> None:
        """An answer to HEAD ends here, whatever length it speaks of."""
        self._head = False
        if self._method == "HEAD" and self._parser.get_status_code() >= 200:
            self._keep = False
            self._settle(whole=True)

    def on_body(self, body: bytes) -> None:
        """Some of the body. What is more than is kept ends the connection, not the answer."""
        if self._waiting is None or self._waiting.done():
            return
        self._parts.append(body)
        self._size += len(body)
        if self._size > self._most:
            self._settle(whole=False)

    def on_message_complete(self) -> None:
        """The end of an answer; an interim one (1xx) is followed by another."""
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._head = True
            return
        self._keep = self._keep and self._parser.should_keep_alive()
        self._settle(whole=True)

    def _settle(self, *, whole: bool) -> None:
        if self._waiting is None or self._waiting.done():
            return
        self._keep = self._keep and whole
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        try:
            body = _decoded(body, self._headers.get("content-encoding", ""), self._most)
        except zlib.error as error:
            self._waiting.set_exception(Broken(f"The answer cannot be unpacked: {error}"))
            return
        cut = not whole or len(body) > self._most
        status: int = self._parser.get_status_code()
        self._waiting.set_result(Answer(status, self._headers, body[: self._most], cut))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _decoded(body: bytes, coding: str, most: int) -> bytes:
    """The body unpacked, and never further than a byte beyond `most`."""
    if not coding or not body:
        return body
    coding = coding.strip().lower()
    if coding in ("gzip", "x-gzip"):
        return zlib.decompressobj(wbits=31).decompress(body, most + 1)
    if coding == "deflate":
        try:
            return zlib.decompressobj().decompress(body, most + 1)
        except zlib.error:  # some servers leave the frame out
            return zlib.decompressobj(wbits=-15).decompress(body, most + 1)
    return body
