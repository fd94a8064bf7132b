"""Dead letters: what could not be done, and trying it again."""

from __future__ import annotations

from runtime.facade.desk import Desk, when
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import DeadLetter
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run

TITLES = {
    "run": "A customer’s journey stopped",
    "effect": "Something could not be sent",
    "event": "An event could not be read",
}


def dead_letters(desk: Desk) -> list[DeadLetter]:
    """What waits for somebody to look at it, the newest first."""
    with desk.read() as conn:
        sql = """SELECT id, kind, ref, reason, created_at, resolved_at FROM dead_letter
 WHERE workspace = ? AND resolved_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 200"""
        return [
            {
                "id": one,
                "kind": kind,
                "ref": ref,
                "reason": reason,
                "title": TITLES.get(kind, "Something failed"),
                "created_at": rfc3339(created),
                "resolved_at": when(resolved),
            }
            for one, kind, ref, reason, created, resolved in rows(conn, sql, (desk.workspace,))
        ]


def replay(desk: Desk, letter_id: str) -> None:
    """Try it again, with the same key and the same bytes."""

    def work(conn: Connection, now: int) -> None:
        sql = """SELECT kind, ref FROM dead_letter
 WHERE workspace = ? AND id = ? AND resolved_at IS NULL"""
        found = rows(conn, sql, (desk.workspace, letter_id))
        if not found:
            raise NotFound("There is no such dead letter, or it was tried again already.")
        kind, ref = found[0]
        if not _again(conn, kind, ref, now):
            raise Refused("This cannot be tried again: what it belongs to has changed since.")
        run(conn, "UPDATE dead_letter SET resolved_at = ? WHERE id = ?", (now, letter_id))
        desk.audit(conn, now, "dead_letter.replayed", letter_id, {"kind": kind, "ref": ref})

    desk.write("edit", work)
    desk.house.bell.ring()


def _again(conn: Connection, kind: str, ref: str, now: int) -> bool:
    match kind:
        case "run":
            sql = """UPDATE run SET status = 'running', reason = NULL, ended_at = NULL, wake_at = ?,
 attempts = 0, lease_until = 0 WHERE id = ? AND status = 'failed'"""
            params = (now, ref)
        case "effect":
            sql = """UPDATE outbox SET state = 'pending', attempts = 0, next_at = ?,
 lease_until = 0, done_at = NULL WHERE "key" = ? AND state IN ('dead', 'unknown')"""
            params = (now, ref)
        case _:
            sql = "UPDATE event SET routed_at = NULL, outcome_json = NULL WHERE id = ?"
            params = (ref,)
    return run(conn, sql, params).rowcount == 1
