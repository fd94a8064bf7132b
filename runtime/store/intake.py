"""Accepts events: one row for each, idempotent by (workspace, source, external id), durable before
it is answered.

`accept` works in the caller's transaction. `Intake` shares one commit among all that wait together:
what one turn of an event loop brought is goes to the writing thread as one, and is answered as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import (
    DBAPIError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runtime.store.database import Database, StoreFailed, many, marks, new_id, once, rows
from runtime.store.failpoints import failpoint

_log = logging.getLogger("wayline.store")

GROUP = 500  # events that share one commit at most
CROWD = 8  # when so many came together, the next ones
PAUSE = 0.001  # wait this long (seconds) for each other: a commit costs as much as 15 events
DOUBTS = 10_000  # events in doubt that are remembered
QUIET = 10.0  # seconds between two lines in the log while nothing can be stored


@dataclass(slots=True)  # not frozen: that would triple what it costs to make one
class Incoming:
    """An event that asks to be accepted.

    `external_id` None: never a duplicate. `who` {"id"?, "email"?, "anonymous"?, "any"?} is resolved
    when it is routed; None: no customer. `at` in microseconds; None: when it is accepted. `target`
    (a journey's id) and `target_node`: only this trigger may start. `body_hash` tells a repeated
    delivery from another body under the same id; None: computed.
    """

    workspace: str
    source: str
    external_id: str | None
    kind: str
    name: str
    who: Mapping[str, str] | None
    properties: Mapping[str, Any]
    at: int | None = None
    target: str | None = None
    target_node: str | None = None
    sample: bool = False
    body_hash: bytes | None = None
    customer: str | None = None  # our own id, when it is known (`who` is then not looked at)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer. `duplicate`: the same event was accepted before and this is its id. `conflict`:
    another body was accepted under that external id; nothing was stored."""

    event_id: str
    duplicate: bool = False
    conflict: bool = False


class Bell(Protocol):
    """What wakes the workers (runtime.queue has the real one)."""

    def ring(self) -> None: ...


_COLUMNS = (
    "id, workspace, source, external_id, body_hash, kind, name, who_json, properties_json,"
    " target, target_node, sample, at, received_at, customer"
)
_ROW = f"({marks(15)})"
_AT_ONCE = (64, 32, 16, 8, 4, 2, 1)  # rows of one statement: few shapes, so that all stay prepared


@cache
def _insert(n: int) -> str:
    return f"""INSERT INTO event ({_COLUMNS}) VALUES {",".join([_ROW] * n)}
 ON CONFLICT (workspace, source, external_id) DO NOTHING"""


def _insert_all(conn: Connection, fresh: Sequence[tuple[Any, ...]]) -> int:
    """How many were not there yet. On SQLite in few statements: each one gives the interpreter to
    another thread and has to get it back."""
    if conn.dialect.name != "sqlite":
        return many(conn, _insert(1), fresh)
    inserted = start = 0
    for n in _AT_ONCE:
        while len(fresh) - start >= n:
            part = fresh[start : start + n]
            inserted += once(conn, _insert(n), tuple(chain.from_iterable(part)))
            start += n
    return inserted


def body_hash(incoming: Incoming) -> bytes:
    """SHA-256 of what the sender said, apart from the time."""
    said = (
        incoming.kind,
        incoming.name,
        incoming.who,
        incoming.properties,
        incoming.target,
        incoming.target_node,
    )
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def accept(
    conn: Connection, incoming: Sequence[Incoming], now: int, ids: Sequence[str] | None = None
) -> list[Receipt]:
    """Insert the events in this transaction, in their order; `now` is the engine's instant
    (`Database.now_us`). `ids` keeps a transaction that is tried again from accepting twice."""
    fresh: list[tuple[Any, ...]] = []
    for event_id, one in zip(ids or [new_id() for _ in incoming], incoming, strict=True):
        fresh.append(
            (
                event_id,
                one.workspace,
                one.source,
                event_id if one.external_id is None else one.external_id,
                (one.body_hash or body_hash(one)) if one.external_id is not None else b"",
                one.kind,
                one.name,
                None if one.who is None else orjson.dumps(one.who).decode(),
                orjson.dumps(one.properties).decode(),
                one.target,
                one.target_node,
                one.sample,
                now if one.at is None else one.at,
                now,
                one.customer,
            )
        )
    if not fresh:
        return []
    inserted = _insert_all(conn, fresh)
    if inserted == len(fresh):
        return [Receipt(row[0]) for row in fresh]
    return _compare(conn, fresh)


def _compare(conn: Connection, tried: Sequence[tuple[Any, ...]]) -> list[Receipt]:
    """Some were there already: find whose rows stand, and whether their bodies are the same."""
    found: dict[tuple[str, str, str], tuple[str, bytes]] = {}
    for workspace, source in {(row[1], row[2]) for row in tried}:
        names = [row[3] for row in tried if row[1] == workspace and row[2] == source]
        sql = f"""SELECT external_id, id, body_hash FROM event
 WHERE workspace = ? AND source = ? AND external_id IN ({marks(len(names))})"""
        for name, event_id, digest in rows(conn, sql, (workspace, source, *names)):
            found[workspace, source, name] = (event_id, bytes(digest))
    receipts: list[Receipt] = []
    for row in tried:
        event_id, digest = found[row[1], row[2], row[3]]
        fresh = event_id == row[0]
        receipts.append(Receipt(event_id, not fresh, not fresh and digest != row[4]))
    return receipts


Answer = list[Receipt] | Exception
Done = Callable[[Answer], None]


class _Asking:
    """One caller that waits for its receipts, in a thread (`loop` None) or in an event loop."""

    __slots__ = ("batch", "done", "loop")

    def __init__(
        self, batch: Sequence[Incoming], done: Done, loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.batch = batch
        self.done = done
        self.loop = loop


def _settle(future: Any, answer: Answer) -> None:
    if future.done():  # the caller has gone
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def _answer(answers: list[tuple[_Asking, Answer]]) -> None:
    for asking, answer in answers:
        try:
            asking.done(answer)
        except Exception as error:  # one that cannot take its answer must not keep it from others
            _log.error("an answer could not be given: %s", type(error).__name__)


def _batch(incoming: Incoming | Sequence[Incoming]) -> Sequence[Incoming]:
    return (incoming,) if isinstance(incoming, Incoming) else list(incoming)


class Intake:
    """The way in for a process: commits what waits together in one transaction, then rings."""

    def __init__(
        self, database: Database, doorbell: Bell | None = None, *, doubts: int = DOUBTS
    ) -> None:
        self._database = database
        self._doorbell = doorbell
        self._waiting: queue.SimpleQueue[list[_Asking] | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Asking]] = {}
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._quiet_until = 0.0
        self._doubts = _Doubts(doubts)
        self._crowd = 0  # how many were handed over together last

    async def accept(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """Accept; returns when the events are committed. Raises StoreFailed when they cannot be."""
        future: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self.submit(incoming, partial(_settle, future))
        return await future

    def accept_now(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """The same for callers without an event loop."""
        future: Future[list[Receipt]] = Future()
        self._put([_Asking(_batch(incoming), partial(_settle, future), None)])
        return future.result()

    def submit(self, incoming: Incoming | Sequence[Incoming], done: Done) -> None:
        """The same for callbacks: `done` gets the receipts, or the exception, in this event
        loop. What one turn of the loop brings is handed over together."""
        loop = asyncio.get_running_loop()
        asking = _Asking(_batch(incoming), done, loop)
        gathered = self._gathered.get(loop)
        if gathered is None:
            self._gathered[loop] = [asking]
            if self._crowd < CROWD:
                loop.call_soon(self._hand_over, loop)
            else:
                loop.call_later(PAUSE, self._hand_over, loop)
        else:
            gathered.append(asking)

    def backlog(self, workspace: str | None = None, most: int = 100_000) -> int:
        """Events accepted and not yet routed (of one workspace), counted up to `most`, by the
        index that holds nothing else."""
        where = "routed_at IS NULL" if workspace is None else "workspace = ? AND routed_at IS NULL"
        sql = f"SELECT count(*) FROM (SELECT 1 FROM event WHERE {where} LIMIT ?) AS e"
        with self._database.read() as conn:
            found = rows(conn, sql, (most,) if workspace is None else (workspace, most))
        return int(found[0][0])

    def close(self) -> None:
        """Finish what waits and stop the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered = self._gathered.pop(loop)
        self._crowd = len(gathered)
        for start in range(0, len(gathered), GROUP):
            self._put(gathered[start : start + GROUP])

    def _put(self, asking: list[_Asking]) -> None:
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="intake", daemon=True)
                    self._thread.start()
        self._waiting.put(asking)

    def _serve(self) -> None:
        last = False
        while not last:
            item = self._waiting.get()
            group: list[_Asking] = []
            size = 0
            while item is not None:
                group += item
                size += sum(len(asking.batch) for asking in item)
                if size >= GROUP or self._waiting.empty():
                    break
                item = self._waiting.get()
            last = item is None
            if group:
                self._answer(self._commit(group))

    def _answer(self, answers: list[tuple[_Asking, Answer]]) -> None:
        """Answer each caller where it waits: one call into each event loop for the whole group."""
        homes: dict[asyncio.AbstractEventLoop | None, list[tuple[_Asking, Answer]]] = {}
        for asking, answer in answers:
            homes.setdefault(asking.loop, []).append((asking, answer))
        for loop, mine in homes.items():
            if loop is None:
                _answer(mine)
            else:
                with contextlib.suppress(RuntimeError):  # that loop has been closed
                    loop.call_soon_threadsafe(_answer, mine)

    def _commit(self, group: list[_Asking]) -> list[tuple[_Asking, Answer]]:
        try:
            receipts = self._accept([one for asking in group for one in asking.batch])
        except Exception as error:
            if len(group) > 1 and not away(error):  # one bad request must not fail its neighbours
                return [answer for asking in group for answer in self._commit([asking])]
            failed = self._failed(error)
            return [(asking, failed) for asking in group]
        answers: list[tuple[_Asking, Answer]] = []
        start = 0
        for asking in group:
            answers.append((asking, receipts[start : start + len(asking.batch)]))
            start += len(asking.batch)
        if self._doorbell is not None:
            self._doorbell.ring()
        return answers

    def _failed(self, error: Exception) -> Exception:
        """What the callers are told; the log hears it too, but not for each of thousands."""
        if not isinstance(error, SQLAlchemyError | OSError):
            return error
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + QUIET
            _log.error("events cannot be stored, their senders are told: %s", code(error))
        failed = StoreFailed("The event could not be stored. Send it again in a moment.")
        failed.__cause__ = error
        return failed

    def _accept(self, incoming: list[Incoming]) -> list[Receipt]:
        ids = [self._doubts.id_of(one) for one in incoming]

        def work(conn: Connection) -> list[Receipt]:
            receipts = accept(conn, incoming, self._database.now_us(conn), ids)
            failpoint("accept.before_commit")
            return receipts

        try:
            receipts = self._database.transact(work)
        except Exception as error:
            if away(error):
                self._doubts.remember(incoming, ids)
            raise
        failpoint("accept.after_commit")
        return receipts


class _Doubts:
    """Events whose commit failed with the database away, so that they may be stored all the same.
    Their senders were told to send them again; one without an id of its own could then be there
    twice. So it gets the same id again, and finds its own row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[tuple[str, str, bytes], list[str]] = OrderedDict()

    def id_of(self, one: Incoming) -> str:
        if not self._ids or one.external_id is not None:
            return new_id()
        key = (one.workspace, one.source, body_hash(one))
        ids = self._ids.get(key)
        if ids is None:
            return new_id()
        if len(ids) == 1:
            del self._ids[key]
        return ids.pop()

    def remember(self, incoming: Sequence[Incoming], ids: Sequence[str]) -> None:
        for one, event_id in zip(incoming, ids, strict=True):
            if one.external_id is None:
                key = (one.workspace, one.source, body_hash(one))
                self._ids.setdefault(key, []).append(event_id)
        while len(self._ids) > self._most:
            self._ids.popitem(last=False)


def away(error: Exception) -> bool:
    """Whether it is the database that fails, whoever asks: it cannot be reached, is full, may not
    be written. Else something is wrong with one of the events."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InternalError | PoolTimeout | OSError)


def code(error: Exception) -> str:
    """What went wrong, without the words: they may quote what was sent."""
    why = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(why, "sqlite_errorname", None) or getattr(why, "sqlstate", None)
    return f"{type(why).__name__} {code or getattr(why, 'errno', None) or ''}".strip()
