"""Several people at one draft: their edits, its history, who else is here, and the live stream.

A stream of server-sent events stands open for each editor. What it tells is asked of the database,
once for all streams of a draft and at most five times a second, so that it does not matter which
process an edit went through.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from builder import gate
from builder.editor_request import Malformed, read_json
from runtime.facade.errors import NotFound, Refused

log = logging.getLogger("wayline.studio")

Act = Callable[[Any, Request], Awaitable[Any]]
Make = Callable[[str, Act], Route]

EVERY = 0.2  # seconds between two messages of one draft
LOOK = 0.4  # and so many more until it is looked for what other processes did
ASK = 2.0  # seconds after which a stream asks again whether its person is still signed in
MOST = 30  # streams of one person: each asks the database, and holds a connection
BUILD = "x-wayline-build"
STAMP = Path(__file__).resolve().parent / "_web" / "stamp.txt"


def routes(get: Make, post: Make) -> list[Route]:
    """The routes of this module."""
    root = "/studio/journeys/{slug}"
    return [
        post(f"{root}/ops", _ops),
        get(f"{root}/edits", _edits),
        get(f"{root}/history", _history),
        get(f"{root}/history/{{rev:int}}", _revision),
        get(f"{root}/versions/{{number:int}}", _version),
        post(f"{root}/restore", _restore),
        post(f"{root}/here", _here),
        get(f"{root}/live", _live),
    ]


@cache
def build() -> str:
    """A name of the front end that this process serves: an open page of another one is old."""
    stamp = STAMP.read_bytes() if STAMP.is_file() else b""
    return hashlib.sha256(stamp).hexdigest()[:16] if stamp else ""


def _slug(request: Request) -> str:
    return request.path_params["slug"]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(request: Request, name: str) -> int | None:
    """A number of the query; None without it."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise Malformed(f"{name} must be a whole number.")
    return int(text)


# --- Edits and history ------------------------------------------------------------------------


async def _ops(studio: Any, request: Request) -> Any:
    slug, body = _slug(request), await read_json(request)
    base, seq, ops = body.get("base"), body.get("seq"), body.get("ops")
    if not _whole(base) or not isinstance(ops, list) or not _whole(seq):
        raise Malformed("An edit needs base, seq and ops.")
    more: dict[str, Any] = {}
    if body.get("client") is not None:  # a page of the version before says nothing of itself
        more = {"client": body["client"], "seq": seq, "label": body.get("label") or ""}
    saved = await asyncio.to_thread(studio.edit, slug, base, ops, **more)
    rooms.poke(slug)
    return {**saved, "seq": seq}


async def _restore(studio: Any, request: Request) -> Any:
    slug, body = _slug(request), await read_json(request)
    given = {k: body[k] for k in ("rev", "version", "base", "seq") if body.get(k) is not None}
    if not all(_whole(value) for value in given.values()) or ("rev" in given) == (
        "version" in given
    ):
        raise Malformed("Say which revision or which version is to come back.")
    if body.get("client") is not None:
        given["client"] = body["client"]
    saved = await asyncio.to_thread(lambda: studio.restore(slug, **given))
    rooms.poke(slug)
    return saved


async def _edits(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.edits, _slug(request), _number(request, "after") or 0)


async def _history(studio: Any, request: Request) -> Any:
    before, limit = _number(request, "before"), _number(request, "limit")
    return await asyncio.to_thread(
        studio.history, _slug(request), before, 50 if limit is None else limit
    )


async def _revision(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.revision, _slug(request), request.path_params["rev"])


async def _version(studio: Any, request: Request) -> Any:
    return await asyncio.to_thread(studio.version, _slug(request), request.path_params["number"])


# --- Who is here ------------------------------------------------------------------------------


async def _here(studio: Any, request: Request) -> Any:
    slug, body = _slug(request), await read_json(request)
    state = {k: body.get(k) for k in ("selection", "cursor", "field", "held")}
    if body.get("gone"):
        await asyncio.to_thread(studio.gone, slug, str(body.get("client") or ""))
        rooms.poke(slug)
        return {"people": [], "rev": 0}
    found = await asyncio.to_thread(studio.here, slug, body.get("client"), state)
    rooms.poke(slug)
    return found


class Open:
    """One open stream: woken when there is something to tell, or when it has to end."""

    def __init__(self, person: str = "") -> None:
        self.person = person
        self.wake = asyncio.Event()
        self.over = False

    def end(self) -> None:
        """The server stops."""
        self.over = True
        self.wake.set()


class Room:
    """The open streams of one draft in this process. One task looks for all of them."""

    def __init__(self, look: Callable[[], Mapping[str, Any]]) -> None:
        self.look = look
        self.seen: Mapping[str, Any] | None = None
        self.poked = asyncio.Event()
        self.streams: set[Open] = set()
        self.task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self.poked.clear()
            try:
                found = await asyncio.to_thread(self.look)
            except NotFound:
                found = None  # the draft is gone, which an edit of it will hear
                for stream in self.streams:
                    stream.end()
            except Exception:
                log.exception("A look at a draft failed; the next one follows.")
                found = self.seen
            if told(found) != told(self.seen):
                self.seen = found
                for stream in self.streams:
                    stream.wake.set()
            await asyncio.sleep(EVERY)
            # What happens in this process is told at once, that of others is looked for.
            with suppress(TimeoutError):
                await asyncio.wait_for(self.poked.wait(), LOOK)


def told(found: Mapping[str, Any] | None) -> Any:
    """What makes a difference to a stream: not when somebody was last heard of."""
    if found is None:
        return None
    return found["rev"], [{**one, "at": ""} for one in found["people"]]


class Rooms:
    """The drafts with open streams, by workspace and slug."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], Room] = {}

    def enter(
        self, key: tuple[str, str], look: Callable[[], Mapping[str, Any]], stream: Open
    ) -> Room:
        """A stream begins."""
        room = self.open.get(key) or Room(look)
        self.open[key] = room
        room.streams.add(stream)
        return room

    def leave(self, key: tuple[str, str], room: Room, stream: Open) -> None:
        """A stream has ended."""
        room.streams.discard(stream)
        if not room.streams:
            room.task.cancel()
            self.open.pop(key, None)

    def full(self, person: str) -> bool:
        """Whether this person has as many streams open as one may have."""
        streams = [one for room in self.open.values() for one in room.streams]
        return sum(one.person == person for one in streams) >= MOST

    def poke(self, slug: str) -> None:
        """Something happened to this draft here."""
        for (_, name), room in self.open.items():
            if name == slug:
                room.poked.set()


rooms = Rooms()


async def _live(studio: Any, request: Request) -> Response:
    """The stream: `{people, rev}` whenever they change. It ends when its person is signed out."""
    slug = _slug(request)
    await asyncio.to_thread(studio.people, slug)  # refused here, before anything is streamed
    person = await gate.signed_in(request.scope)
    space = str(person["workspace"]["id"]) if person else ""
    stream = Open(str(person["id"]) if person else "")
    if rooms.full(stream.person):
        raise Refused("You have too many editors open. Close some of them.")
    request.scope["wayline.end"] = stream.end  # the server calls it when it stops
    headers = {"x-accel-buffering": "no", BUILD: build()}
    messages = _messages(studio, request, (space, slug), stream)
    return StreamingResponse(messages, media_type="text/event-stream", headers=headers)


async def _messages(
    studio: Any, request: Request, key: tuple[str, str], stream: Open
) -> AsyncIterator[bytes]:
    if rooms.full(stream.person):  # of many that came at once
        return
    slug = key[1]
    room = rooms.enter(key, lambda: studio.people(slug), stream)
    last: Any = None
    asked = time.monotonic()
    try:
        yield b": hello\n\n"
        while not stream.over:
            stream.wake.clear()
            if room.seen is not None and told(room.seen) != last:
                last = told(room.seen)
                yield b"data: " + json.dumps(room.seen).encode() + b"\n\n"
            try:
                await asyncio.wait_for(stream.wake.wait(), ASK)
            except TimeoutError:
                yield b": still here\n\n"  # so that a dead connection shows itself
            if time.monotonic() - asked >= ASK:
                asked = time.monotonic()
                if await gate.signed_in(request.scope) is None:
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
    finally:
        rooms.leave(key, room, stream)
