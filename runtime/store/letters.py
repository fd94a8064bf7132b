"""What a person does about dead letters and sent effects.

`replay` tries the same again: an effect goes out under the same key with the same bytes, an event
is routed again, a run goes on (`runtime.store.reopen`). `resend` is a new send: a new row under a
new key (`…~2`) with the same bytes, whose answer goes to the same place of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from runtime.store import inbox
from runtime.store.database import Connection, rows, run
from runtime.store.outbox import AGAIN, place

RESENDS = ("email", "http")


class Letter(NamedTuple):
    """A dead letter. `kind`: run, effect or event; `ref`: its id or key."""

    id: str
    kind: str
    ref: str
    reason: str
    created_at: int
    resolved_at: int | None


class Effect(NamedTuple):
    """An effect as a person may act on it."""

    key: str
    run: str
    kind: str
    state: str
    run_over: bool


_COLUMNS = "id, kind, ref, reason, created_at, resolved_at"


def letters(conn: Connection, workspace: str, most: int) -> list[Letter]:
    """What waits for somebody to look at it, the newest first."""
    sql = f"""SELECT {_COLUMNS} FROM dead_letter
 WHERE workspace = ? AND resolved_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?"""
    return [Letter._make(row) for row in rows(conn, sql, (workspace, most))]


def take(conn: Connection, workspace: str, letter: str, now: int) -> Letter | None:
    """Resolve a letter in this transaction; None when there is none, or somebody was faster."""
    sql = "UPDATE dead_letter SET resolved_at = ? WHERE workspace = ? AND id = ? AND resolved_at "
    if run(conn, sql + "IS NULL", (now, workspace, letter)).rowcount != 1:
        return None
    return Letter._make(
        rows(conn, f"SELECT {_COLUMNS} FROM dead_letter WHERE id = ?", (letter,))[0]
    )


def resolve(conn: Connection, kind: str, ref: str, now: int) -> None:
    """The letter about this, if there is one, is settled."""
    sql = (
        "UPDATE dead_letter SET resolved_at = ? WHERE kind = ? AND ref = ? AND resolved_at IS NULL"
    )
    run(conn, sql, (now, kind, ref))


# --- Effects ----------------------------------------------------------------------------------


def effect(conn: Connection, workspace: str, key: str) -> Effect | None:
    """The effect, which stays as it is until the transaction ends."""
    sql = """SELECT o.key, o.run, o.kind, o.state, r.ended_at IS NOT NULL
 FROM outbox o JOIN run r ON r.id = o.run WHERE o.workspace = ? AND o.key = ?"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE OF o"
    for own, of, kind, state, over in rows(conn, sql, (workspace, key)):
        return Effect(own, of, kind, state, bool(over))
    return None


def replay_effect(conn: Connection, key: str, now: int) -> bool:
    """Send what was given up once more, with all its attempts."""
    sql = """UPDATE outbox SET state = 'pending', attempts = 0, next_at = ?, lease_until = 0,
 done_at = NULL, asked_at = ? WHERE key = ? AND state = 'dead'"""
    return run(conn, sql, (now, now, key)).rowcount == 1


def resend(conn: Connection, key: str, now: int) -> str | None:
    """A new send of the same bytes; its key. None: one is under way already."""
    base = key.partition(AGAIN)[0]
    sql = "SELECT key, state FROM outbox WHERE run = (SELECT run FROM outbox WHERE key = ?)"
    sends = [(k, s) for k, s in rows(conn, sql, (key,)) if k.partition(AGAIN)[0] == base]
    if any(state in ("pending", "sending") for _, state in sends):
        return None
    made = f"{base}{AGAIN}{len(sends) + 1}"
    run(
        conn,
        """INSERT INTO outbox (key, workspace, run, kind, once, credential, body, retry_json,
 next_at, created_at, asked_at) SELECT ?, workspace, run, kind, once, credential, body, retry_json,
 ?, ?, ? FROM outbox WHERE key = ?""",
        (made, now, now, now, key),
    )
    note = orjson.dumps({"ok": False, "data": {"sent_again_as": made}, "error": None}).decode()
    sql = "UPDATE outbox SET answer_json = ?, done_at = ? WHERE key = ? AND state = 'unknown'"
    run(conn, sql, (note, now, key))
    return made


def answer(conn: Connection, one: Effect, state: str, said: Mapping[str, Any], now: int) -> None:
    """A person says what became of an effect in doubt: its run goes on with that."""
    text = orjson.dumps(said).decode()
    sql = "UPDATE outbox SET state = ?, answer_json = ?, done_at = ? WHERE key = ?"
    run(conn, sql, (state, text, now, one.key))
    if not one.run_over:
        inbox.put(conn, one.run, "answer", {**place(one.key)._asdict(), **said}, now)


# --- Events -----------------------------------------------------------------------------------


def reroute(conn: Connection, event: str) -> bool:
    """Let an event whose routing failed be routed again, for what failed: what came of it in other
    journeys stays, and runs that have heard it do not hear it again."""
    sql = "SELECT outcome_json FROM event WHERE id = ? AND routed_at IS NOT NULL"
    found = rows(conn, sql, (event,))
    before: list[dict[str, Any]] = orjson.loads(found[0][0] or "[]") if found else []
    failed = [one for one in before if "error" in one]
    if not failed:
        return False
    kept = [one for one in before if "error" not in one]
    heard = any("journey" in one or "heard" in one for one in before)
    left = orjson.dumps(kept).decode() if heard else None
    sql = "UPDATE event SET routed_at = NULL, outcome_json = ? WHERE id = ?"
    return run(conn, sql, (left, event)).rowcount == 1
