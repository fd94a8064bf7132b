"""The inbox of a run: what happened to it since it was last carried on.

| kind | body |
| --- | --- |
| event | {"id", "name", "at", "in", "properties"}: `at` it happened, `in` it was accepted |
| decision | {"token", "node", "visit", "decision": approve or reject, "by", "text", "at"} |
| answer | {"token", "node", "visit", "ok", "data", "error"} |
| cancel | {"reason"} |
| retry | {}: the node that failed the run is visited once more |

Instants are microseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from runtime.store.database import Connection, many, marks, rows


class SignalRow(NamedTuple):
    """A signal that waits in the inbox."""

    seq: int
    run: str
    kind: str
    body_json: str


def put(conn: Connection, to: str, kind: str, body: Mapping[str, Any], now: int) -> None:
    """Put a signal into a run's inbox and wake the run (ring the doorbell after the commit)."""
    put_all(conn, [(to, kind, orjson.dumps(body).decode())], now)


def put_all(conn: Connection, signals: list[tuple[str, str, str]], now: int) -> None:
    """(run, kind, body JSON) of each, in order. A run that has ended keeps its peace."""
    if not signals:
        return
    many(conn, "INSERT INTO signal (run, kind, body_json) VALUES (?,?,?)", signals)
    # Also a run that is due already is written: that waits for whoever commits it just now and has
    # looked into the inbox before, so may be about to say that it is not due (PostgreSQL).
    many(  # not `ended_at IS NULL`: see `runs.hold`
        conn,
        """UPDATE run SET wake_at = CASE WHEN wake_at <= ? THEN wake_at ELSE ? END
 WHERE id = ? AND coalesce(ended_at, 0) = 0""",
        [(now, now, to) for to in sorted({s[0] for s in signals})],
    )


def read(conn: Connection, runs: Collection[str]) -> list[SignalRow]:
    """What waits for these runs, in the order it came."""
    sql = f"""SELECT seq, run, kind, body_json FROM signal
 WHERE run IN ({marks(len(runs))}) ORDER BY seq"""
    return [SignalRow._make(row) for row in rows(conn, sql, tuple(runs))]


def kinds(conn: Connection, runs: Collection[str]) -> list[tuple[int, str, str]]:
    """(seq, run, kind) of what waits for these runs."""
    sql = f"SELECT seq, run, kind FROM signal WHERE run IN ({marks(len(runs))})"
    return [(row[0], row[1], row[2]) for row in rows(conn, sql, tuple(runs))]


def remove(conn: Connection, seqs: Collection[int]) -> None:
    """Signals that were taken."""
    many(conn, "DELETE FROM signal WHERE seq = ?", [(seq,) for seq in seqs])
