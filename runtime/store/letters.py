"""What a person does about dead letters and sent effects.

`replay` tries the same again: a run goes on from where it was last committed, an effect goes out
under the same key with the same bytes, an event is routed again. `resend` is a new send: a new row
under a new key (`…~2`) with the same bytes, whose answer goes to the same place of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson

from runtime.store import inbox
from runtime.store.database import Connection, many, rows, run
from runtime.store.runs import FRESH

AGAIN = "~"  # between an effect's key and the number of the send; node ids never hold it
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
        inbox.put(conn, one.run, "answer", {**place(one.key), **said}, now)


def place(key: str) -> dict[str, Any]:
    """{token, node, visit} that an effect's key names."""
    _, token, rest = key.partition(AGAIN)[0].split(":", 2)
    node, _, visit = rest.rpartition(":")
    return {"token": int(token), "node": node, "visit": int(visit)}


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


# --- Runs -------------------------------------------------------------------------------------

Token = list[Any]  # as `runtime.engine.state` packs it: number, node, visit, kind, deadline, event


def reopen(conn: Connection, one: str, now: int) -> str | None:
    """Let a run that was given up go on from where it was last committed: its entry, waits,
    approvals and unsent effects are as they were, and it has all its attempts. Else why not."""
    sql = """SELECT r.journey, r.customer, r.entry_key, r.status, r.state_json, r.started_at,
 j.deleted_at, v.document_json FROM run r JOIN journey j ON j.id = r.journey
 JOIN journey_version v ON v.id = r.version WHERE r.id = ?"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE OF r"
    found = rows(conn, sql, (one,))
    if not found:
        return "The run is not there any more."
    journey, customer, key, status, state_json, started, deleted, document = found[0]
    if status != "failed":
        return "The run goes on already."
    if deleted is not None:
        return "Its journey was deleted, so it cannot go on."
    tokens = _tokens(state_json)
    if state_json != FRESH and not tokens:
        return "The run came to its end, so there is nothing to go on from."
    if customer is not None and not _enter(conn, document, (journey, customer, key), one, started):
        return "The customer has entered this journey again since. End that run first."
    _wait_again(conn, one, journey, tokens, now)
    run(
        conn,
        """UPDATE run SET status = 'running', reason = NULL, ended_at = NULL, wake_at = ?,
 attempts = 0, lease_until = 0, fence = fence + 1 WHERE id = ?""",
        (now, one),
    )
    return None


def _tokens(state_json: str) -> list[Token]:
    state = cast("dict[str, Any]", orjson.loads(state_json))
    return [[*packed, *[None] * (9 - len(packed))] for packed in state.get("tokens", ())]


def _enter(
    conn: Connection, document: str, about: tuple[str, str, str], one: str, started: int
) -> bool:
    """Note that the customer is inside again; False when the reentry rule forbids it."""
    sql = "SELECT run, open FROM entry WHERE journey = ? AND customer = ? AND key = ?"
    entry = rows(conn, sql, about)
    settings: dict[str, Any] = orjson.loads(document).get("settings") or {}
    reentry: dict[str, Any] = settings.get("reentry") or {}
    mode: str = reentry.get("mode", "when_finished")
    if entry and entry[0][0] != one and entry[0][1]:
        return mode == "always"
    run(
        conn,
        """INSERT INTO entry (journey, customer, key, run, last_at, open) VALUES (?,?,?,?,?,?)
 ON CONFLICT (journey, customer, key) DO UPDATE SET run = excluded.run, open = excluded.open""",
        (*about, one, started, True),
    )
    return True


def _wait_again(conn: Connection, one: str, journey: str, tokens: list[Token], now: int) -> None:
    """Open the waits that giving up has closed."""
    waiting = [t for t in tokens if t[3] not in (None, "join")]
    many(
        conn,
        """INSERT INTO timer (run, token, node, visit, journey, kind, deadline_at, event, since_at)
 VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (run, token, node, visit) DO NOTHING""",
        [(one, *t[:3], journey, t[3], t[4], t[5], now) for t in waiting],
    )
    many(
        conn,
        """UPDATE approval SET state = 'open', decided_at = NULL
 WHERE run = ? AND token = ? AND node = ? AND visit = ? AND state = 'cancelled'""",
        [(one, *t[:3]) for t in waiting if t[3] == "approval"],
    )
    keys = {f"{one}:{t[0]}:{t[1]}:{t[2]}" for t in waiting if t[3] == "effect"}
    many(
        conn,
        """UPDATE outbox SET state = 'pending', attempts = 0, next_at = ?, done_at = NULL
 WHERE key = ? AND state = 'dropped'""",
        [(now, key) for key in sorted(keys)],
    )
    _tell_again(conn, one, keys, now)


def _tell_again(conn: Connection, one: str, keys: set[str], now: int) -> None:
    """Answers that came while the run was given up were not put into its inbox."""
    told = [orjson.loads(row.body_json) for row in inbox.read(conn, [one]) if row.kind == "answer"]
    known = {(body["token"], body["node"], body["visit"]) for body in told}
    sql = "SELECT key, answer_json FROM outbox WHERE run = ? AND state IN ('done', 'dead')"
    for key, said in rows(conn, sql, (one,)):
        where = place(key)
        missing = key.partition(AGAIN)[0] in keys and tuple(where.values()) not in known
        if missing and said is not None:
            inbox.put(conn, one, "answer", {**where, **orjson.loads(said)}, now)
