"""The database: SQLite in the data folder, or PostgreSQL; migrated when it is opened.

SQLite runs in WAL mode with full durability. Its own busy handler is unfair, so writers first take
a ticket: a lock on a small file beside the database, which the kernel releases when a process dies.
"""

from __future__ import annotations

import fcntl
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
from sqlalchemy.exc import DBAPIError

from runtime.settings import Settings
from runtime.store.clock import Clock, host_us

T = TypeVar("T")

log = logging.getLogger("wayline.store")

HEAD = "0002"  # the newest migration; a test holds it against the folder

# serialization failure, deadlock, connection lost, server stopping: the whole transaction may be
# tried again
_AGAIN = ("40001", "40P01", "57P01", "57P02", "57P03")
_TRIES = 6

__all__ = ["Connection", "DBAPIError", "Database", "StoreFailed", "new_id"]

_counter = itertools.count(int.from_bytes(os.urandom(2)))


class StoreFailed(Exception):
    """The database cannot be written now; nothing was stored. Try again later."""


def _fresh_id() -> str:
    return f"{time.time_ns() // 1_000_000:012x}{next(_counter) & 0xFFFF:04x}{os.urandom(8).hex()}"


_ids: Callable[[], str] = _fresh_id


def new_id() -> str:
    """A new id: 32 hex digits that sort by the time they were made."""
    return _ids()


def ids_from(source: Callable[[], str] | None) -> None:
    """Let this process take its ids from here: the engine's simulator makes them from its seed.
    None: from the clock and the system's dice, as ever."""
    global _ids
    _ids = source or _fresh_id


@cache
def _percent(sql: str) -> str:
    return sql.replace("?", "%s")


def run(conn: Connection, sql: str, params: Sequence[Any] = ()) -> CursorResult[Any]:
    """Execute hot-path SQL with `?` marks in either dialect."""
    if conn.dialect.name != "sqlite":
        sql = _percent(sql)
    return conn.exec_driver_sql(sql, tuple(params)) if params else conn.exec_driver_sql(sql)


def many(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
    """Execute it once for each tuple; the number of rows that it touched in all."""
    if not params:
        return 0
    if conn.dialect.name != "sqlite":
        return conn.exec_driver_sql(_percent(sql), list(params)).rowcount
    try:
        return _bare(conn).executemany(sql, params).rowcount
    except sqlite3.Error as error:
        raise _wrapped(conn, sql, error) from error


def rows(conn: Connection, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """What the query finds."""
    if conn.dialect.name != "sqlite":
        return cast("list[tuple[Any, ...]]", run(conn, sql, params).all())
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
    except Exception:
        _say(conn, "ROLLBACK TO SAVEPOINT also")
        log.exception("What would have shared a commit failed; the rest is committed.")
        return None
    _say(conn, "RELEASE SAVEPOINT also")
    return found


def _say(conn: Connection, sql: str) -> None:
    if conn.dialect.name != "sqlite":
        conn.exec_driver_sql(sql)
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


def marks(n: int) -> str:
    """`?,?,?` for an IN list."""
    return ",".join("?" * n)


class _Ticket:
    """The right to write to SQLite: fair between processes, released by the kernel on death.

    The file names the holder's pid and since when, so that a watchdog can tell who is stuck."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._fd = -1
        self._pid = 0

    def __enter__(self) -> None:
        if self._pid != os.getpid():  # a forked child must not share its parent's lock
            self._lock = threading.Lock()
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        self._lock.acquire()
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            os.pwrite(self._fd, b"%-12d%-20d\n" % (self._pid, host_us()), 0)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        self._lock.release()


class Database:
    """One pool of connections. `read()` and `write()` give a Connection in one transaction."""

    def __init__(
        self, writer: Engine, reader: Engine, ticket: _Ticket | None, clock: Clock | None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._ticket = ticket
        self._clock = clock
        self._latest = 0

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
            ticket = _Ticket(path.with_name(path.name + ".ticket"))
            database = cls(_sqlite(url, True), _sqlite(url, False), ticket, clock)
        else:
            engine = create_engine(
                url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True
            )
            reader = engine.execution_options(postgresql_readonly=True)
            database = cls(engine, reader, None, clock)
        if migrate and database._revision() != HEAD:
            from runtime.store.migrate import upgrade

            with database.write() as conn:
                upgrade(conn)
        return database

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite (else PostgreSQL)."""
        return self._ticket is not None

    def _revision(self) -> str | None:
        try:
            with self.read() as conn:
                return run(conn, "SELECT version_num FROM alembic_version").scalar()
        except DBAPIError:  # an empty database; anything worse shows itself at the migration
            return None

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only transaction: one consistent view. Keep it short: it holds up checkpoints."""
        with self._reader.begin() as conn:
            if self.sqlite:
                _say(conn, "BEGIN")
            yield conn

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that may write; commits at the end, rolls back on an exception. Keep it
        within milliseconds, and do nothing slow inside: on SQLite everybody else waits."""
        if self._ticket is None:
            with self._writer.begin() as conn:
                yield conn
            return
        with self._ticket, self._writer.begin() as conn:
            _say(conn, "BEGIN IMMEDIATE")
            yield conn

    def transact(self, work: Callable[[Connection], T]) -> T:
        """`work` in a write transaction, tried again as a whole when the database asks for it.
        `work` must be repeatable: after an unknown commit it finds its rows by their unique key."""
        for tries in itertools.count(1):
            try:
                with self.write() as conn:
                    return work(conn)
            except DBAPIError as error:
                if tries >= _TRIES or not _may_try_again(error):
                    raise
                self._pause(0.02 * 2**tries)
        raise AssertionError("unreachable")

    def _pause(self, seconds: float) -> None:
        """Between two tries; a method, so that a simulator can let virtual time pass instead."""
        threading.Event().wait(seconds)

    def now_us(self, conn: Connection) -> int:
        """Engine time: the database's clock on PostgreSQL; on SQLite the host's, never before the
        last committed instant, so that a clock set back fires nothing twice. In a write transaction
        it is recorded."""
        if self._clock is None and not self.sqlite:
            sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
            return int(run(conn, sql).scalar_one())
        host = (self._clock or host_us)()
        self._latest = max(host, self._latest)
        for workspace, last in rows(conn, "SELECT id, last_at FROM workspace ORDER BY id LIMIT 1"):
            self._latest = max(self._latest, last)
            if self._latest > last and conn.engine is self._writer:
                run(
                    conn, "UPDATE workspace SET last_at = ? WHERE id = ?", (self._latest, workspace)
                )
        return self._latest

    def close(self) -> None:
        """Close the pool."""
        self._writer.dispose()
        self._reader.dispose()


def stuck_writer(settings: Settings, patience: float = 10.0) -> int | None:
    """The pid of a process that has held SQLite's ticket for longer than `patience` seconds, if
    there is one. Ask twice, a second apart, before acting on it."""
    if settings.database:
        return None
    path = settings.data / "wayline.db.ticket"
    if not path.exists():
        return None
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        found = os.pread(fd, 40, 0).split()
        if len(found) == 2 and host_us() - int(found[1]) > patience * 1e6:
            return int(found[0])
        return None
    finally:
        os.close(fd)
    return None


def _may_try_again(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    return state in _AGAIN or state.startswith("08") or error.connection_invalidated


def _sqlite(url: str, writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 10},
        pool_size=8,
        max_overflow=64,
        hide_parameters=True,  # an error may be logged; what customers wrote may not
    )

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # `Database.read` and `write` say BEGIN themselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a file that is made now
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16384")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA journal_size_limit = 67108864")
        if not writes:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    event.listen(engine, "connect", connected)
    return engine
