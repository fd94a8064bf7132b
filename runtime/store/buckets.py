"""How many calls a second a provider gets, shared by all workers.

The generic cell rate algorithm: one instant for each provider says when its bucket will be full
again (the theoretical arrival time of the next call); a second's worth may go at once.
"""

from __future__ import annotations

from runtime.store.database import Connection, rows, run

SECOND = 1_000_000


def take(conn: Connection, workspace: str, provider: str, rate: float, now: int) -> int | None:
    """Take one call out of the bucket of `rate` a second; None when there was one, else the instant
    (microseconds) from which there will be."""
    sql = "SELECT full_at FROM bucket WHERE workspace = ? AND provider = ?"
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    found = rows(conn, sql, (workspace, provider))
    full_at = max(int(found[0][0]) if found else 0, now)
    interval = int(SECOND / rate)
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
