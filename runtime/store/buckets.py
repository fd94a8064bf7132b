"""How many calls a second a provider gets, and which ones are held back: shared by all workers.

The rate is kept by the generic cell rate algorithm: one instant for each provider says when its
bucket will be full again (the theoretical arrival time of the next call); a second's worth may go
at once.
"""

from __future__ import annotations

from typing import NamedTuple

from runtime.store.database import Connection, many, rows, run

SECOND = 1_000_000
DAY = 86_400 * SECOND


def take(conn: Connection, workspace: str, provider: str, rate: float, now: int) -> int | None:
    """Take one call out of the bucket of `rate` a second; None when there was one, else the instant
    (microseconds) from which there will be."""
    sql = "SELECT full_at FROM bucket WHERE workspace = ? AND provider = ?"
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    found = rows(conn, sql, (workspace, provider))
    interval = int(SECOND / rate)
    full_at = max(int(found[0][0]) if found else 0, now)
    if full_at > now + max(SECOND, interval):  # it stands from a lower rate
        full_at = now
    burst = max(0, SECOND - interval)  # a second's worth, at least one
    if full_at - burst > now:
        return full_at - burst
    run(
        conn,
        """INSERT INTO bucket (workspace, provider, full_at) VALUES (?,?,?)
 ON CONFLICT (workspace, provider) DO UPDATE SET full_at = excluded.full_at""",
        (workspace, provider, full_at + interval),
    )
    return None


# --- Held back ---------------------------------------------------------------------------------


class Held(NamedTuple):
    """A provider that is, or was, held back. `failures` in a row: 0 when it asked for the pause
    itself. Instants and the length of the next pause in microseconds."""

    workspace: str
    provider: str
    until: int
    failures: int
    pause: int


def held(conn: Connection, since: int, workspace: str | None = None) -> list[Held]:
    """Those that were held back after this instant, in all workspaces or in one."""
    sql = "SELECT workspace, provider, until_at, failures, pause_us FROM held WHERE until_at > ?"
    if workspace is None:
        return [Held._make(row) for row in rows(conn, sql, (since,))]
    sql += " AND workspace = ? ORDER BY provider"
    return [Held._make(row) for row in rows(conn, sql, (since, workspace))]


def hold(conn: Connection, found: list[Held], now: int) -> None:
    """Let all workers know; of two pauses the longer one counts, unless it was for failures and
    there are fewer now. What is long over is forgotten."""
    many(
        conn,
        """INSERT INTO held (workspace, provider, until_at, failures, pause_us) VALUES (?,?,?,?,?)
 ON CONFLICT (workspace, provider) DO UPDATE SET until_at = excluded.until_at,
 failures = excluded.failures, pause_us = excluded.pause_us
 WHERE held.until_at <= excluded.until_at OR held.failures > excluded.failures""",
        sorted(found),
    )
    run(conn, "DELETE FROM held WHERE until_at < ?", (now - DAY,))


def let_go(conn: Connection, names: list[tuple[str, str]], now: int) -> None:
    """(workspace, provider) of those that answer again: what was put off until the end of their
    pause, to the microsecond, goes now. An effect's own pause ends at an instant of its own. A
    pause that the provider has asked for, perhaps of another worker meanwhile, stays."""
    for workspace, provider in sorted(names):
        sql = """DELETE FROM held WHERE workspace = ? AND provider = ?
 AND (failures > 0 OR until_at <= ?) RETURNING until_at"""
        for (until,) in rows(conn, sql, (workspace, provider, now)):
            sql = """UPDATE outbox SET next_at = ?
 WHERE workspace = ? AND next_at = ? AND next_at > ? AND state = 'pending'"""
            run(conn, sql, (now, workspace, until, now))


def may_try(
    conn: Connection, workspace: str, provider: str, until: int, pause: int, now: int
) -> int | None:
    """None when this call may be the one that tries for all whether a provider answers again; then
    the others are held back until `until`, and if it fails the next pause is this long. Else until
    when another one's try holds this one back."""
    sql = """UPDATE held SET until_at = ?, pause_us = ?
 WHERE workspace = ? AND provider = ? AND until_at <= ?"""
    if run(conn, sql, (until, pause, workspace, provider, now)).rowcount == 1:
        return None
    sql = "SELECT until_at FROM held WHERE workspace = ? AND provider = ?"
    for (held,) in rows(conn, sql, (workspace, provider)):
        return int(held)
    return None  # nobody else knows of it any more
