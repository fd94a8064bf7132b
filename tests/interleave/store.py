"""The database of a seed: one SQLite in memory, which every virtual process opens for itself. A
process rests before each transaction and after its commit; there it may die, be stopped, be refused
or be told a lie about the commit. Inside a transaction nobody else moves, as on SQLite."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from runtime.settings import Settings
from runtime.store.database import Connection, Database
from tests.interleave import guards
from tests.interleave.hub import SECOND, Process
from tests.interleave.weather import Weather

T = TypeVar("T")
Rewrite = Callable[[str], str]


class _NoTicket:
    """One thread needs no ticket."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *given: Any) -> Any:
        return super().execute(self.connection.rewritten(sql), *given)

    def executemany(self, sql: str, *given: Any) -> Any:
        return super().executemany(self.connection.rewritten(sql), *given)


class _Rewriting(sqlite3.Connection):
    """A connection whose statements a mutation may change."""

    rewrite: Rewrite | None = None
    early: Callable[[Any], None] | None = None  # hears of effects before their commit

    def rewritten(self, sql: str) -> str:
        return self.rewrite(sql) if self.rewrite is not None else sql

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, *given: Any) -> Any:
        return super().execute(self.rewritten(sql), *given)

    def executemany(self, sql: str, *given: Any) -> Any:
        done = super().executemany(self.rewritten(sql), *given)
        if self.early is not None and sql.startswith("INSERT INTO outbox"):
            self.early(given[0])
        return done


@cache
def _tables() -> str:
    """The statements that make the newest tables: as the migrations leave them."""
    with tempfile.TemporaryDirectory() as folder:
        Database.open(Settings(Path(folder))).close()
        made = sqlite3.connect(Path(folder) / "wayline.db")
        found = made.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " ORDER BY type = 'table' DESC, rowid"
        ).fetchall()
        made.close()
    return ";\n".join(row[0] for row in found) + ";"


class Memory:
    """The one connection of this process and what a seed begins with. Made once for many seeds."""

    def __init__(
        self, furnish: Callable[[sqlite3.Connection], None], rewrite: Rewrite | None = None
    ) -> None:
        self._template = sqlite3.connect(":memory:", isolation_level=None)
        tables = _tables()
        self._template.executescript(tables if rewrite is None else rewrite(tables))
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        self.tables = [row[0] for row in self._template.execute(sql)]  # of the product
        guards.install(self._template)
        furnish(self._template)
        kind = sqlite3.Connection if rewrite is None else _Rewriting
        self.bare: sqlite3.Connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, factory=kind
        )
        if isinstance(self.bare, _Rewriting):
            self.bare.rewrite = rewrite
        self.bare.execute("PRAGMA foreign_keys = ON")
        self.whose: Callable[[], str] = str  # turn it is, by name
        self.bare.create_function("who", 0, lambda: self.whose())
        self.writer = self._engine()
        self.reader = self._engine()

    def reset(self) -> None:
        """As at the beginning."""
        self._template.backup(self.bare)

    def tell_early(self, told: Callable[[Any], None]) -> None:
        """A mutation: `told` hears of effects as they are inserted, before the commit."""
        if isinstance(self.bare, _Rewriting):
            self.bare.early = told

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What stands there, without a transaction and without anybody resting."""
        return sqlite3.Connection.execute(self.bare, sql, params).fetchall()

    def _engine(self) -> Engine:
        engine = create_engine(
            "sqlite://", creator=lambda: self.bare, poolclass=StaticPool, hide_parameters=True
        )
        event.listen(engine, "connect", lambda connection, _: None)
        return engine


class Refused(sqlite3.OperationalError):
    """What the database says. `applied`: the commit has happened nevertheless."""

    def __init__(self, said: str, applied: bool) -> None:
        super().__init__(said)
        self.applied = applied


def refusal(said: str, *, applied: bool = False) -> OperationalError:
    """The error as SQLAlchemy raises it."""
    return OperationalError(said, None, Refused(said, applied))


class Simulated(Database):
    """The real `Database`, opened by one virtual process. With `again` it behaves towards failed
    transactions as on PostgreSQL: they are made again, and after an unknown commit it mostly finds
    out whether it happened, and else makes it again, too. Without, as on SQLite: they fail."""

    def __init__(
        self, memory: Memory, process: Process, weather: Weather, seen: Seen, *, again: bool
    ) -> None:
        super().__init__(
            memory.writer,
            memory.reader,
            _NoTicket(),  # type: ignore[arg-type]
            process.hub.host_us,
        )
        self.process = process
        self.weather = weather
        self.seen = seen
        self.again = again

    def transact(self, work: Callable[[Connection], T]) -> T:
        if not self.again:
            return super().transact(work)
        while True:
            done: list[T] = []
            try:
                with self.write() as conn:
                    done.append(work(conn))
                return done[0]
            except OperationalError as error:
                if not isinstance(error.orig, Refused):
                    raise
                if error.orig.applied and self.process.hub.dice.random() < 0.4:
                    return done[0]
                self._pause(0.04)

    @contextmanager
    def read(self) -> Generator[Connection]:
        self.weather.pass_by(self.process, "before a read")
        with super().read() as conn:
            yield conn

    @contextmanager
    def write(self) -> Generator[Connection]:
        process, weather, hub = self.process, self.weather, self.process.hub
        weather.pass_by(process, "before a transaction")
        if weather.strikes("busy"):
            self._broken("is refused by the database")
            raise refusal("database is locked")
        self.seen.begins()
        with super().write() as conn:
            yield conn
            if weather.strikes("die"):
                process.kill("before a commit")
            if weather.strikes("torn"):
                self._broken("has its transaction undone")
                raise refusal("could not serialize access")
        hub.tell(process.name, "commits")
        self.seen.committed()
        if weather.strikes("unknown"):
            self._broken("is told that a commit failed which was applied")
            raise refusal("server closed the connection unexpectedly", applied=True)
        weather.pass_by(process, "after a commit")

    def now_us(self, conn: Connection) -> int:
        now = super().now_us(conn)
        self.seen.now(now, writes=conn.engine is self._writer)
        return now

    def _pause(self, seconds: float) -> None:
        self.process.sleep(int(seconds * SECOND) + 1)

    def _broken(self, what: str) -> None:
        self.process.hub.tell(self.process.name, what)
        self.process.broken.append(self.process.hub.now)


class Seen:
    """Watches engine time and tells everybody who sleeps that something was committed."""

    def __init__(self, fail: Callable[[str], None]) -> None:
        self._fail = fail
        self._latest = 0
        self._open = 0
        self.listeners: list[Callable[[], None]] = []

    def now(self, now: int, *, writes: bool) -> None:
        """Somebody has read the engine's clock."""
        if now < self._latest:
            self._fail(f"engine time went back by {self._latest - now} µs")
        if writes:
            self._open = max(self._open, now)

    def begins(self) -> None:
        """A write transaction begins; the one before may have been undone."""
        self._open = 0

    def committed(self) -> None:
        """A write transaction was committed."""
        self._latest = max(self._latest, self._open)
        for listener in self.listeners:
            listener()
