"""The database: SQLite in the data folder, or PostgreSQL; migrated when it is opened.

SQLite runs in WAL mode with full durability. Its own busy handler is unfair, so writers first take
a ticket: a lock on a small file beside the database, which the kernel releases when a process dies.
"""

from __future__ import annotations

import itertools
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runtime.settings import Settings
from runtime.store import HEAD
from runtime.store.clock import Clock, host_us
from runtime.store.ticket import Ticket

T = TypeVar("T")

log = logging.getLogger("wayline.store")

_TRIES = 6  # of a transaction that came into the way of others
_PATIENCE = 5.0  # seconds in which a lost database may come back
_BUSY = 10  # seconds that SQLite waits for a lock
_SHORTLY = 50  # milliseconds that writers wait for readers when the log is to be emptied

__all__ = ["Connection", "DBAPIError", "Database", "StoreFailed", "new_id"]

_counter = itertools.count(int.from_bytes(os.urandom(2)))


class StoreFailed(Exception):
    """The database cannot be written now; nothing was stored. Try again later."""


_dice: list[str] = []  # the system's dice, thrown for many ids at once
os.register_at_fork(after_in_child=_dice.clear)


_ahead = 0  # microseconds that PostgreSQL's clock is ahead of this host's: ids follow it


def _fresh_id() -> str:
    try:
        random = _dice.pop()
    except IndexError:
        thrown = os.urandom(8 * 128).hex()
        _dice.extend(thrown[at : at + 16] for at in range(0, len(thrown), 16))
        random = _dice.pop()
    made = (host_us() + _ahead) // 1000
    return f"{made:012x}{next(_counter) & 0xFFFF:04x}{random}"


_ids: Callable[[], str] = _fresh_id


def new_id() -> str:
    """A new id: 32 hex digits that sort by the time they were made; on PostgreSQL by its clock,
    whatever this host's clock says."""
    return _ids()


def ids_from(source: Callable[[], str] | None) -> None:
    """Let this process take its ids from here: the engine's simulator makes them from its seed.
    None: from the clock and the system's dice, as ever."""
    global _ids
    _ids = source or _fresh_id


def _follow(database_us: int) -> None:
    """Let this process's ids be of the database's time."""
    global _ahead
    _ahead = database_us - host_us()


@cache
def _postgres() -> Any:
    """The module, whose library SQLite's users need not wait for."""
    from runtime.store import postgres

    return postgres


@cache
def _percent(sql: str) -> str:
    return sql.replace("?", "%s")


def run(conn: Connection, sql: str, params: Sequence[Any] = ()) -> CursorResult[Any]:
    """Execute hot-path SQL with `?` marks in either dialect."""
    if conn.dialect.name != "sqlite":
        sql = _percent(sql)
    return conn.exec_driver_sql(sql, tuple(params)) if params else conn.exec_driver_sql(sql)


def many(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> None:
    """Execute it once for each tuple. On PostgreSQL it goes with the next question or the commit:
    an error of it shows itself there."""
    if not params:
        return
    if conn.dialect.name != "sqlite":
        _postgres().many(conn, sql, params)
    else:
        touched(conn, sql, params)


def touched(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
    """Execute it once for each tuple; the number of rows that it touched in all."""
    if not params:
        return 0
    if conn.dialect.name != "sqlite":
        return _postgres().touched(conn, sql, params)
    try:
        return _bare(conn).executemany(sql, params).rowcount
    except sqlite3.Error as error:
        raise _wrapped(conn, sql, error) from error


def once(conn: Connection, sql: str, params: Sequence[Any] = ()) -> int:
    """Execute it; the number of rows that it touched."""
    if conn.dialect.name != "sqlite":
        return _postgres().execute(conn, sql, params).rowcount
    try:
        return _bare(conn).execute(sql, params).rowcount
    except sqlite3.Error as error:
        raise _wrapped(conn, sql, error) from error


def rows(conn: Connection, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What the query finds."""
    if conn.dialect.name != "sqlite":
        return _postgres().execute(conn, sql, params).fetchall()
    try:
        return _bare(conn).execute(sql, params).fetchall()
    except sqlite3.Error as error:
        raise _wrapped(conn, sql, error) from error


def also(conn: Connection, work: Callable[[], T]) -> T | None:
    """More work that shares this transaction's commit. When it fails, only it is undone, and None
    is given: whoever does it in a transaction of its own will meet the error again."""
    _say(conn, "SAVEPOINT also")
    try:
        found = work()
        if conn.dialect.name != "sqlite":
            _postgres().settle(conn)
    except Exception:
        if conn.dialect.name != "sqlite":
            _postgres().forget(conn)
        _say(conn, "ROLLBACK TO SAVEPOINT also")
        log.exception("What would have shared a commit failed; the rest is committed.")
        return None
    _say(conn, "RELEASE SAVEPOINT also")
    return found


def _say(conn: Connection, sql: str) -> None:
    if conn.dialect.name != "sqlite":
        _postgres().execute(conn, sql)
        return
    try:
        _bare(conn).execute(sql)
    except sqlite3.Error as error:
        raise _wrapped(conn, sql, error) from error


def _bare(conn: Connection) -> sqlite3.Connection:
    """SQLite without SQLAlchemy's cursors, which cost 20 times the statement itself; the pool and
    the transaction stay SQLAlchemy's."""
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


def _wrapped(conn: Connection, sql: str, error: sqlite3.Error) -> BaseException:
    """The error as SQLAlchemy would raise it."""
    return DBAPIError.instance(sql, None, error, sqlite3.Error, dialect=conn.dialect)


def away(error: Exception) -> bool:
    """Whether it is the database that fails, whoever asks: it cannot be reached, is full, may not
    be written. Else something is wrong with what was to be written."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InternalError | PoolTimeout | OSError)


def marks(n: int) -> str:
    """`?,?,?` for an IN list."""
    return ",".join("?" * n)


class Database:
    """One pool of connections. `read()` and `write()` give a Connection in one transaction."""

    def __init__(
        self, writer: Engine, reader: Engine, ticket: Ticket | None, clock: Clock | None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._ticket = ticket
        self._clock = clock
        self._latest = 0
        self._seen = time.monotonic()  # when it was last read from PostgreSQL

    @classmethod
    def open(
        cls, settings: Settings, *, migrate: bool = True, clock: Clock | None = None
    ) -> Database:
        """The database of these settings, brought to the newest tables. `clock` stands in for the
        host's (or the database's) clock, in microseconds."""
        url = settings.database_url
        if url.startswith("sqlite"):
            path = Path(url.removeprefix("sqlite:///"))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)  # whatever the folder allows; SQLite gives its files this mode
            ticket = Ticket(path.with_name(path.name + ".ticket"))
            database = cls(_sqlite(url, True), _sqlite(url, False), ticket, clock)
        else:
            engine = _postgres().engine(url)
            database = cls(engine, engine.execution_options(wayline="reads"), None, clock)
        if migrate and database._revision() != HEAD:
            from runtime.store.migrate import upgrade

            database.transact(upgrade)
        return database

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite (else PostgreSQL)."""
        return self._ticket is not None

    def _revision(self) -> str | None:
        """None: an empty database. A lost connection says nothing about the tables."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                with self.read() as conn:
                    return run(conn, "SELECT version_num FROM alembic_version").scalar()
            except DBAPIError as error:  # what is worse on SQLite shows itself at the migration
                if self.sqlite or not _postgres().lost(error):
                    return None
                if time.monotonic() > deadline:
                    raise
            self._pause(0.2)

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only transaction: one consistent view. Keep it short: it holds up checkpoints."""
        with self._reader.begin() as conn:
            if self.sqlite:
                _say(conn, "BEGIN")
            else:
                _postgres().begin(conn, write=False)
            yield conn
            if not self.sqlite:
                _postgres().settle(conn)  # what cannot be written here says so

    @property
    def has_clock(self) -> bool:
        """Whether engine time is the database's own clock."""
        return self._clock is None and not self.sqlite

    @contextmanager
    def glance(self) -> Generator[Connection]:
        """PostgreSQL for one question, without a transaction around it."""
        with self._reader.connect() as conn:
            conn.info["queue"] = []
            yield conn

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that may write; commits at the end, rolls back on an exception. Keep it
        within milliseconds, and do nothing slow inside: on SQLite everybody else waits."""
        if self._ticket is None:
            with self._writer.begin() as conn:
                _follow(_postgres().begin(conn, write=True).now)
                yield conn
                _postgres().commit(conn)
            return
        with self._ticket, self._writer.begin() as conn:
            _say(conn, "BEGIN IMMEDIATE")
            yield conn

    def transact(self, work: Callable[[Connection], T]) -> T:
        """`work` in a write transaction, tried again as a whole when the database asks for it.
        After a lost connection PostgreSQL is asked whether the commit happened; where it cannot
        tell, `work` runs again, finds its rows by their unique keys, and must be repeatable."""
        deadline = time.monotonic() + _PATIENCE
        for tries in itertools.count(1):
            begun: Any = None
            done: list[T] = []  # what it gave, once there is only the commit left
            try:
                with self.write() as conn:
                    begun = None if self.sqlite else conn.info["begun"]
                    done.append(work(conn))
                return done[0]
            except DBAPIError as error:
                if self.sqlite or not _postgres().may_try_again(error):
                    raise
                if begun is not None and _postgres().lost(error):
                    committed = self._became(begun, deadline, error)
                    if done and committed:
                        return done[0]
                elif time.monotonic() > deadline or (tries >= _TRIES and begun is not None):
                    raise
                self._pause(min(0.02 * 2**tries, 1.0))
        raise AssertionError("unreachable")

    def _became(self, begun: Any, deadline: float, error: DBAPIError) -> bool:
        """Whether a transaction whose connection was lost has been committed."""
        while time.monotonic() < deadline:
            try:
                found = _postgres().outcome(self._writer, begun)
            except DBAPIError:  # it is not back yet
                found = "unknown"
            if found not in ("in progress", "unknown"):
                return found == "committed"
            self._pause(0.05)
        raise error

    def _pause(self, seconds: float) -> None:
        """Between two tries; a method, so that a simulator can let virtual time pass instead."""
        threading.Event().wait(seconds)

    def now_us(self, conn: Connection) -> int:
        """Engine time: the database's clock on PostgreSQL; on SQLite the host's, never before the
        last committed instant, so that a clock set back fires nothing twice. In a write transaction
        it is recorded."""
        if self.has_clock:
            now: int = conn.info["begun"].now  # it came with the BEGIN
            self._latest, self._seen = now, time.monotonic()
            return now
        host = (self._clock or host_us)()
        self._latest = max(host, self._latest)
        for workspace, last in rows(conn, "SELECT id, last_at FROM workspace ORDER BY id LIMIT 1"):
            self._latest = max(self._latest, last)
            if self._latest > last and conn.engine is self._writer:
                sql = "UPDATE workspace SET last_at = ? WHERE id = ?"
                once(conn, sql, (self._latest, workspace))
        return self._latest

    def about_us(self) -> int:
        """Engine time without asking the database: PostgreSQL's clock is taken to have gone on
        since it was last read. Good enough to say when something happened, not to end a wait."""
        if self.has_clock:
            return self._latest + int((time.monotonic() - self._seen) * 1e6)
        self._latest = max((self._clock or host_us)(), self._latest)  # nothing may be earlier
        return self._latest

    def empty_log(self, patience: float) -> bool:
        """SQLite: what was overwritten in the file stands in its log until that is written anew, so
        the log is carried into the file and cut to nothing. False when somebody read an older state
        for all of these seconds. PostgreSQL's log is its own affair."""
        if self._ticket is None:
            return True
        deadline = time.monotonic() + patience
        with self._writer.connect() as conn:  # no transaction: a checkpoint is none
            while True:
                rows(conn, "PRAGMA wal_checkpoint(PASSIVE)")  # most of it, holding nobody up
                with self._ticket:
                    rows(conn, f"PRAGMA busy_timeout = {_SHORTLY}")
                    try:
                        busy, _, _ = rows(conn, "PRAGMA wal_checkpoint(TRUNCATE)")[0]
                    finally:
                        rows(conn, f"PRAGMA busy_timeout = {_BUSY * 1000}")
                if not busy or time.monotonic() >= deadline:
                    return not busy
                self._pause(0.05)

    def close(self) -> None:
        """Close the pool."""
        self._writer.dispose()
        self._reader.dispose()


def _sqlite(url: str, writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": _BUSY},
        pool_size=8,
        max_overflow=64,
        hide_parameters=True,  # an error may be logged; what customers wrote may not
    )

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # `Database.read` and `write` say BEGIN themselves
        cursor = connection.cursor()
        if cursor.execute("PRAGMA page_count").fetchone() == (0,):  # a file that is made now
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")  # else it would wait for writers
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16384")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA journal_size_limit = 67108864")
        # What was erased is overwritten; pages that become free are not, but leave the file, where
        # it can shrink.
        shrinks = cursor.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        cursor.execute(f"PRAGMA secure_delete = {'FAST' if shrinks else 'ON'}")
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: 16 MB, hot pages go once
        if not writes:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    event.listen(engine, "connect", connected)
    return engine
