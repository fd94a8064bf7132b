"""Accepts events: one row for each, idempotent by (workspace, source, external id), durable before
it is answered.

`accept` works in the caller's transaction. `Intake` shares one commit among all that wait together.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from runtime.store.database import Database, StoreFailed, many, marks, new_id, rows, run
from runtime.store.failpoints import failpoint

GROUP = 500  # events that share one commit at most


@dataclass(frozen=True, slots=True)
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


_INSERT = """INSERT INTO event (id, workspace, source, external_id, body_hash, kind, name,
 who_json, properties_json, target, target_node, sample, at, received_at, customer) VALUES
 (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (workspace, source, external_id) DO NOTHING"""


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
    inserted = many(conn, _INSERT, fresh)
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


class _Asking:
    """One caller that waits for its receipts, in a thread or in an event loop."""

    __slots__ = ("batch", "future", "loop")

    def __init__(self, batch: list[Incoming], loop: asyncio.AbstractEventLoop | None) -> None:
        self.batch = batch
        self.loop = loop
        self.future: Any = Future() if loop is None else loop.create_future()


Answer = list[Receipt] | Exception


def _answer(answers: list[tuple[_Asking, Answer]]) -> None:
    for asking, answer in answers:
        if asking.future.done():  # the caller has gone
            continue
        if isinstance(answer, Exception):
            asking.future.set_exception(answer)
        else:
            asking.future.set_result(answer)


class Intake:
    """The way in for a process: commits what waits together in one transaction, then rings."""

    def __init__(self, database: Database, doorbell: Bell | None = None) -> None:
        self._database = database
        self._doorbell = doorbell
        self._waiting: queue.SimpleQueue[_Asking | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._backlog = (0.0, 0)

    async def accept(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """Accept; returns when the events are committed. Raises StoreFailed when they cannot be."""
        return await self._ask(incoming, asyncio.get_running_loop()).future

    def accept_now(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """The same for callers without an event loop."""
        return self._ask(incoming, None).future.result()

    def backlog(self, most: int = 100_000) -> int:
        """Events accepted and not yet routed, up to `most`; counted every quarter of a second."""
        at, count = self._backlog
        if not at or time.monotonic() - at > 0.25:
            sql = "SELECT count(*) FROM (SELECT 1 FROM event WHERE routed_at IS NULL LIMIT ?) AS e"
            with self._database.read() as conn:
                count = int(run(conn, sql, (most,)).scalar_one())
            self._backlog = (time.monotonic(), count)
        return count

    def close(self) -> None:
        """Finish what waits and stop the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _ask(
        self, incoming: Incoming | Sequence[Incoming], loop: asyncio.AbstractEventLoop | None
    ) -> _Asking:
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="intake", daemon=True)
                    self._thread.start()
        batch = [incoming] if isinstance(incoming, Incoming) else list(incoming)
        asking = _Asking(batch, loop)
        self._waiting.put(asking)
        return asking

    def _serve(self) -> None:
        last = False
        while not last:
            item = self._waiting.get()
            group: list[_Asking] = []
            size = 0
            while item is not None:
                group.append(item)
                size += len(item.batch)
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
            if len(group) > 1:  # one bad request must not fail its neighbours
                return [answer for asking in group for answer in self._commit([asking])]
            if isinstance(error, SQLAlchemyError):
                failed = StoreFailed("The event could not be stored. Send it again in a moment.")
                failed.__cause__ = error
                return [(group[0], failed)]
            return [(group[0], error)]
        answers: list[tuple[_Asking, Answer]] = []
        start = 0
        for asking in group:
            answers.append((asking, receipts[start : start + len(asking.batch)]))
            start += len(asking.batch)
        if self._doorbell is not None:
            self._doorbell.ring()
        return answers

    def _accept(self, incoming: list[Incoming]) -> list[Receipt]:
        ids = [new_id() for _ in incoming]

        def work(conn: Connection) -> list[Receipt]:
            receipts = accept(conn, incoming, self._database.now_us(conn), ids)
            failpoint("accept.before_commit")
            return receipts

        receipts = self._database.transact(work)
        failpoint("accept.after_commit")
        return receipts
