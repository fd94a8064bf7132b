"""Accepts events: one row for each, idempotent by (workspace, source, external id), durable before
it is answered.

`accept` works in the caller's transaction. `Intake` shares one commit among all that wait together:
what one turn of an event loop brought goes to the writing thread as one, and is answered as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import (
    DBAPIError,
    SQLAlchemyError,
)

from runtime.store.accepting import (
    PROPERTIES,
    Incoming,
    Receipt,
    accept,
    body_hash,
    row,
    store,
)
from runtime.store.database import Database, StoreFailed, away, rows
from runtime.store.failpoints import failpoint

__all__ = ["Bell", "Incoming", "Intake", "Receipt", "accept"]

_log = logging.getLogger("wayline.store")

GROUP = 500  # events that share one commit at most
CROWD = 8  # when so many came together, the next ones
PAUSE = 0.001  # wait this long (seconds) for each other: a commit costs as much as 15 events
MOST = 32 * 1024 * 1024  # characters of events that may wait for their commit in one process
DOUBTS = 10_000  # events in doubt that are remembered
QUIET = 10.0  # seconds between two lines in the log while nothing can be stored


class Bell(Protocol):
    """What wakes the workers (runtime.queue has the real one)."""

    def ring(self) -> None: ...


Answer = list[Receipt] | Exception
Done = Callable[[Answer], None]


class _Asking:
    """One caller that waits for its receipts, in a thread (`loop` None) or in an event loop."""

    __slots__ = ("batch", "done", "loop", "rows", "size")

    def __init__(
        self,
        incoming: Incoming | Sequence[Incoming],
        done: Done,
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.batch = (incoming,) if isinstance(incoming, Incoming) else tuple(incoming)
        # made here, so that the thread that commits seldom needs the interpreter
        self.rows = [row(one) for one in self.batch]
        self.size = sum([len(one.fields[PROPERTIES]) for one in self.rows])
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
        self._came = self._went = 0  # characters, each counted by one thread at a time
        self._quiet_until = 0.0
        self._doubts = _Doubts(doubts)
        self._crowd = 0  # how many were handed over together last
        self._ending = False

    async def accept(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """Accept; returns when the events are committed. Raises StoreFailed when they cannot be."""
        future: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self.submit(incoming, partial(_settle, future))
        return await future

    def accept_now(self, incoming: Incoming | Sequence[Incoming]) -> list[Receipt]:
        """The same for callers without an event loop."""
        future: Future[list[Receipt]] = Future()
        self._put([_Asking(incoming, partial(_settle, future), None)])
        return future.result()

    def submit(self, incoming: Incoming | Sequence[Incoming], done: Done) -> None:
        """The same for callbacks: `done` gets the receipts, or the exception, in this event
        loop. What one turn of the loop brings is handed over together. While the database stalls,
        what is more than fits into memory is refused."""
        loop = asyncio.get_running_loop()
        asking = _Asking(incoming, done, loop)
        if self._came - self._went + asking.size > MOST:
            loop.call_soon(done, StoreFailed("Too much waits to be stored: send it again soon."))
            return
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
        with self._start:
            self._came += sum([one.size for one in asking])
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="intake", daemon=True)
                self._thread.start()
        self._waiting.put(asking)

    def _serve(self) -> None:
        self._ending = False
        while not self._ending:
            item = self._waiting.get()
            if item is None:
                return
            self._answer(self._commit(item, late=True))

    def _gather(self, group: list[_Asking]) -> None:
        """Who has come meanwhile, too."""
        size = sum([len(asking.rows) for asking in group])
        while size < GROUP and not self._ending and not self._waiting.empty():
            item = self._waiting.get()
            if item is None:
                self._ending = True
            else:
                group += item
                size += sum([len(asking.rows) for asking in item])

    def _answer(self, answers: list[tuple[_Asking, Answer]]) -> None:
        """Answer each caller where it waits: one call into each event loop for the whole group."""
        self._went += sum([asking.size for asking, _ in answers])
        homes: dict[asyncio.AbstractEventLoop | None, list[tuple[_Asking, Answer]]] = {}
        for asking, answer in answers:
            homes.setdefault(asking.loop, []).append((asking, answer))
        for loop, mine in homes.items():
            if loop is None:
                _answer(mine)
            else:
                with contextlib.suppress(RuntimeError):  # that loop has been closed
                    loop.call_soon_threadsafe(_answer, mine)

    def _commit(self, group: list[_Asking], *, late: bool) -> list[tuple[_Asking, Answer]]:
        """Commit a group; `late`: with all who come before the transaction can begin."""
        if late:
            self._gather(group)

        def work(conn: Connection) -> list[Receipt]:
            if late and self._database.sqlite:  # whose clock is read after this
                self._gather(group)
            if self._doubts:
                self._doubts.settle(group)
            fresh = [row for asking in group for row in asking.rows]
            receipts = store(conn, fresh, self._database.now_us(conn))
            failpoint("accept.before_commit")
            return receipts

        try:
            receipts = self._database.transact(work)
        except Exception as error:
            if away(error):
                self._doubts.remember(group)
            elif len(group) > 1:  # one bad request must not fail its neighbours
                return [one for asking in group for one in self._commit([asking], late=False)]
            failed = self._failed(error)
            return [(asking, failed) for asking in group]
        failpoint("accept.after_commit")
        answers: list[tuple[_Asking, Answer]] = []
        start = 0
        for asking in group:
            end = start + len(asking.rows)
            answers.append((asking, receipts[start:end]))
            start = end
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


class _Doubts:
    """Events whose commit failed with the database away, so that they may be stored all the same.
    Their senders were told to send them again; one without an id of its own could then be there
    twice. So it gets the same id again, and finds its own row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[tuple[str, str, bytes], list[str]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._ids)

    def settle(self, group: Sequence[_Asking]) -> None:
        """Give the ids back to those who are there again."""
        for asking in group:
            for n, one in enumerate(asking.batch):
                if one.external_id is None and (ids := self._ids.get(_said(one))):
                    asking.rows[n] = row(one, ids.pop())
                    if not ids:
                        del self._ids[_said(one)]

    def remember(self, group: Sequence[_Asking]) -> None:
        """Their commit failed."""
        for asking in group:
            for one, (fields, _) in zip(asking.batch, asking.rows, strict=True):
                if one.external_id is None:
                    self._ids.setdefault(_said(one), []).append(fields[0])
        while len(self._ids) > self._most:
            self._ids.popitem(last=False)


def _said(one: Incoming) -> tuple[str, str, bytes]:
    return one.workspace, one.source, body_hash(one)


def code(error: Exception) -> str:
    """What went wrong, without the words: they may quote what was sent."""
    why = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(why, "sqlite_errorname", None) or getattr(why, "sqlstate", None)
    return f"{type(why).__name__} {code or getattr(why, 'errno', None) or ''}".strip()
