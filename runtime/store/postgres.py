"""PostgreSQL: its connections, the beginning of a transaction, and what became of a commit whose
answer never came."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from runtime.store.bulk import arrays, bulk, gathered, plain
from runtime.store.clock import NOW

# serialization failure, deadlock, a connection that idled in a transaction, server stopping: the
# whole transaction may be tried again
AGAIN = ("40001", "40P01", "25P03", "57P01", "57P02", "57P03", "57P05")

# A connection over which nothing comes any more is given up after some seconds, by both sides: the
# server must not keep the locks of a worker that is stopped or cut off.
_CONNECT: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "wayline",
    "prepare_threshold": 1,  # what is said twice is prepared
}
# Every query here has its index, and goes row by row: a plan that was made while a table was small
# (and not yet analyzed) would read or hash the whole table for as long as the connection lives.
# A bitmap scan reads the dead entries of an index each time; an index scan marks them.
_SESSION = (
    "SET idle_in_transaction_session_timeout = '10s'; SET jit = off; SET enable_seqscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; "
    "SET plan_cache_mode = force_generic_plan; "
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
)

_REPLAN = 10.0  # seconds; by then a table may be so much larger that other plans are right
_READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT {NOW}, NULL"
_WRITE = f"BEGIN; SELECT {NOW}, pg_current_xact_id()::text"

# the server's own processes; while two of them live on, it has not crashed and come back
_LIFETIME = """SELECT pg_postmaster_start_time()::text, array_agg(pid) FROM pg_stat_activity
 WHERE datid IS NULL"""


@dataclass(frozen=True, slots=True)
class Begun:
    """A transaction: when it began (microseconds), its id, its server process, and what tells
    whether the server still is the same."""

    now: int
    xid: int | None
    pid: int
    started: str
    processes: frozenset[int]


def engine(url: str) -> Engine:
    """A pool of connections that say BEGIN themselves."""
    made = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,
        hide_parameters=True,  # an error may be logged; what customers wrote may not
        connect_args=_CONNECT,
    )
    event.listen(made, "connect", _connected)
    event.listen(made, "checkout", _checked_out)
    event.listen(made, "before_cursor_execute", _before)
    return made


def _connected(connection: psycopg.Connection[Any], record: Any) -> None:
    connection.execute(_SESSION.encode(), prepare=False)
    found = connection.execute(_LIFETIME.encode()).fetchone()
    assert found is not None
    record.info["server"] = (found[0], frozenset(found[1] or ()))
    record.info["planned"] = time.monotonic()
    record.info["queue"] = []


def _checked_out(connection: psycopg.Connection[Any], *_: object) -> None:
    """A server that has gone says so on its connections: looking costs nothing, asking it would
    cost a round trip for each transaction."""
    if connection.closed or select.select([connection.fileno()], [], [], 0)[0]:
        raise InvalidatePoolError("The server has closed the connection.")


def bare(conn: Connection) -> psycopg.Connection[Any]:
    """PostgreSQL without SQLAlchemy's cursors; the pool and the commit stay SQLAlchemy's."""
    return cast("psycopg.Connection[Any]", conn.connection.dbapi_connection)


def begin(conn: Connection, *, write: bool) -> Begun:
    """Begin a transaction; its instant and its id come with the same round trip."""
    raw = bare(conn)
    say = _WRITE if write else _READ
    forget = time.monotonic() > conn.info["planned"] + _REPLAN
    if forget:
        say = f"{say}; DISCARD PLANS"
        conn.info["planned"] = time.monotonic()
    try:
        cursor = raw.execute(say, prepare=False)
        cursor.nextset()
        found = cursor.fetchone()
    except psycopg.Error as error:
        raise wrapped(conn, "BEGIN", error) from error
    assert found is not None
    begun = Begun(
        found[0], None if found[1] is None else int(found[1]), raw.info.backend_pid,
        *conn.info["server"],
    )  # fmt: skip
    conn.info["begun"] = begun
    conn.info["queue"] = []
    return begun


# --- Statements -------------------------------------------------------------------------------


class _Statement(NamedTuple):
    """One that waits for its round trip. `each`: it is executed for each of its parameters.
    `prepare`: None means when it was said before."""

    sql: str
    text: bytes
    params: Sequence[Any]
    each: bool = False
    prepare: bool | None = None


def execute(conn: Connection, sql: str, params: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
    """Execute SQL with `?` marks, after what waits."""
    return _together(conn, _one(conn, sql, params))


def many(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> None:
    """Execute it for each tuple, by one statement where that means the same: with the next question
    or the commit, in the same round trip."""
    conn.info["queue"].append(_for_many(conn, sql, params))


def touched(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> int:
    """Execute it for each tuple, at once; how many rows it touched."""
    return _together(conn, _for_many(conn, sql, params)).rowcount


def settle(conn: Connection) -> None:
    """Execute what waits."""
    queue: list[_Statement] = conn.info["queue"]
    if queue:
        _together(conn, queue.pop())


def forget(conn: Connection) -> None:
    """Drop what waits: what asked for it has failed."""
    conn.info["queue"] = []


def commit(conn: Connection) -> None:
    """Execute what waits, and commit with it; without that, the commit is left to the pool."""
    if conn.info["queue"]:
        _together(conn, _COMMIT)


_COMMIT = _Statement("COMMIT", b"COMMIT", (), prepare=False)


def _before(conn: Connection, *_: object) -> None:
    """Before what SQLAlchemy executes itself."""
    settle(conn)


def _one(conn: Connection, sql: str, params: Sequence[Any]) -> _Statement:
    found = plain(sql)
    if found.lists is None:
        return _Statement(sql, found.sql.encode(), params)
    try:
        text, given = gathered(found, params)
    except psycopg.Error as error:
        raise wrapped(conn, sql, error) from error
    return _Statement(sql, text.encode(), given)


def _for_many(conn: Connection, sql: str, params: Sequence[tuple[Any, ...]]) -> _Statement:
    if len(params) == 1:
        return _one(conn, sql, params[0])
    found = bulk(sql)
    if found is None or not _differ(found.unique, params):
        return _Statement(sql, plain(sql).sql.encode(), params, True)
    try:
        return _Statement(sql, found.sql.encode(), arrays(params))
    except psycopg.Error as error:
        raise wrapped(conn, sql, error) from error


def _together(conn: Connection, last: _Statement) -> psycopg.Cursor[Any]:
    """Execute what waits and this one; its result."""
    raw = bare(conn)
    queue: list[_Statement] = conn.info["queue"]
    if not queue:
        return _execute(conn, raw, last)
    conn.info["queue"] = []
    if len(queue) == 1:  # a pipeline costs as much as a round trip
        _execute(conn, raw, queue[0])
        return _execute(conn, raw, last)
    said = [*queue, last]
    try:
        with raw.pipeline():
            cursors = [_say(raw, one) for one in said]
    except psycopg.Error as error:
        sql = "; ".join(one.sql for one in said)
        raise wrapped(conn, sql, error) from error
    return cursors[-1]


def _execute(
    conn: Connection, raw: psycopg.Connection[Any], one: _Statement
) -> psycopg.Cursor[Any]:
    try:
        return _say(raw, one)
    except psycopg.Error as error:
        raise wrapped(conn, one.sql, error) from error


def _say(raw: psycopg.Connection[Any], one: _Statement) -> psycopg.Cursor[Any]:
    if not one.each:
        return raw.execute(one.text, one.params, prepare=one.prepare)
    cursor = raw.cursor()
    cursor.executemany(one.text, one.params)
    return cursor


def _differ(unique: tuple[int, ...], params: Sequence[tuple[Any, ...]]) -> bool:
    if not unique:
        return True
    return len({tuple([row[at] for at in unique]) for row in params}) == len(params)


def wrapped(conn: Connection, sql: str, error: psycopg.Error) -> BaseException:
    """The error as SQLAlchemy would raise it. A lost connection leaves the pool."""
    lost = bare(conn).broken
    found = DBAPIError.instance(
        sql,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=conn.dialect,
    )
    if lost:
        conn.invalidate(error)
    return found


def may_try_again(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed another time."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return state in AGAIN or lost(error)


def lost(error: DBAPIError) -> bool:
    """Whether the connection was lost, or could not be made."""
    state = getattr(error.orig, "sqlstate", None) or ""
    if state.startswith(("08", "57P")) or state == "25P03" or error.connection_invalidated:
        return True
    # libpq gives no code for a server that is not there
    return not state and isinstance(error.orig, psycopg.OperationalError)


# --- A commit whose answer never came ---------------------------------------------------------

_END = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE pid = %s AND backend_xid::text = %s"""


def outcome(made: Engine, begun: Begun) -> str | None:
    """What became of a transaction: committed, aborted, in progress; None: it cannot be told. A
    server process that still holds it is ended: its client has gone."""
    with made.connect() as conn:
        started, processes = conn.info["server"]
        # After a crash the server may give an id again that nothing on disk had borne.
        same = started == begun.started and len(processes & begun.processes) > 1
        if not same or begun.xid is None:
            return None
        execute(conn, _END.replace("%s", "?"), (begun.pid, str(begun.xid % 2**32)))
        try:
            asked = execute(conn, "SELECT pg_xact_status(?::text::xid8)", (str(begun.xid),))
        except DBAPIError:  # it is too old, or from the future
            return None
        [(status,)] = asked.fetchall()
        return status
