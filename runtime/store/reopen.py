"""Lets a run that has failed go on from where it stood.

Wayline gave up on it (`runs.bury`): it goes on from its last committed state. One of its nodes has
failed it: its tokens are as they were just before (`runtime.engine.state.again`), and that node is
visited once more, which makes a new send. What came before it ended waits in its inbox still; what
came while it was over, it has not heard.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import orjson

from runtime.engine.compiled import MOST_VISITS
from runtime.engine.state import again
from runtime.store import inbox, letters, runs
from runtime.store.database import Connection, many, new_id, rows, run
from runtime.store.outbox import AGAIN, place
from runtime.store.runs import FRESH

Token = list[Any]  # as `runtime.engine.state` packs it: number, node, visit, kind, deadline, event…

NOTHING_KEPT = (
    "Nothing was kept of where this run stood, so it cannot go on. Let the customer enter the "
    "journey again."
)


class _Run(NamedTuple):
    workspace: str
    journey: str
    version: str
    customer: str | None
    entry_key: str
    status: str
    state_json: str
    started_at: int
    ended_at: int | None
    deleted_at: int | None
    document_json: str


def reopen(conn: Connection, one: str, now: int) -> str | None:
    """Let it go on: its entry, waits, approvals and unsent effects are as they were, and it has all
    its attempts. Else why not."""
    sql = """SELECT r.workspace, r.journey, r.version, r.customer, r.entry_key, r.status,
 r.state_json, r.started_at, r.ended_at, j.deleted_at, v.document_json
 FROM run r JOIN journey j ON j.id = r.journey JOIN journey_version v ON v.id = r.version
 WHERE r.id = ?"""
    if conn.dialect.name != "sqlite":
        sql += " FOR UPDATE OF r"
    found = rows(conn, sql, (one,))
    if not found:
        return "The run is not there any more."
    old = _Run(*found[0])
    if old.status in ("completed", "exited"):
        return "The run came to its end, so there is nothing to go on from."
    if old.status != "failed":
        return "The run goes on already."
    if old.deleted_at is not None:
        return "Its journey was deleted, so it cannot go on."
    before = again(old.state_json)
    state_json = before or old.state_json
    tokens = _tokens(state_json)
    if state_json != FRESH and not tokens:
        return NOTHING_KEPT
    retried = _begun(one, tokens) if before else set[str]()
    if why := _too_far(state_json) or _sent_since(conn, one, retried, old.ended_at or 0):
        return why
    if old.customer is not None and not _enter(conn, one, old):
        return "The customer has entered this journey again since. End that run first."
    _wait_again(conn, one, old, tokens, now)
    run(
        conn,
        """UPDATE run SET status = 'running', reason = NULL, ended_at = NULL, wake_at = ?,
 attempts = 0, lease_until = 0, fence = fence + 1, state_json = ? WHERE id = ?""",
        (now, state_json, one),
    )
    if before:
        inbox.put(conn, one, "retry", {}, now)
        _not_left(conn, one, old.version)
        for key in sorted(retried):
            letters.resolve(conn, "effect", key, now)
    return None


def goes_on(state_json: str) -> bool:
    """Whether enough was kept of a failed run for it to go on (other reasons may forbid it)."""
    kept = again(state_json) or state_json
    return (kept == FRESH or bool(_tokens(kept))) and _too_far(kept) is None


def _tokens(state_json: str) -> list[Token]:
    state = cast("dict[str, Any]", orjson.loads(state_json))
    return [[*packed, *[None] * (9 - len(packed))] for packed in state.get("tokens", ())]


def _begun(one: str, tokens: list[Token]) -> set[str]:
    """The keys of the visits that had begun and wait for nothing: the one that failed."""
    return {_key(one, token) for token in tokens if token[3] is None and token[2]}


def _key(one: str, token: Token) -> str:
    return f"{one}:{token[0]}:{token[1]}:{token[2]}"


def _too_far(state_json: str) -> str | None:
    moves: int = orjson.loads(state_json).get("moves", 0)
    if moves < MOST_VISITS:
        return None
    return (
        f"It went through {MOST_VISITS:,} steps, which is the most that a run may. It cannot go on."
    )


def _sent_since(conn: Connection, one: str, retried: set[str], ended: int) -> str | None:
    """Why not, when what failed there was sent again from the dead letters meanwhile: that step
    would send it twice."""
    if not retried:
        return None
    sql = "SELECT key, kind, state, done_at, answer_json FROM outbox WHERE run = ?"
    for key, kind, state, done, answer in rows(conn, sql, (one,)):
        if key.partition(AGAIN)[0] not in retried:
            continue
        if state in ("pending", "sending"):
            return "What failed there is being sent again now. Wait until that is done."
        since = state == "done" and done > ended and kind in letters.RESENDS
        if since and orjson.loads(answer or "{}").get("ok"):
            return (
                "What failed there was sent since, and would go out twice. Let the customer enter "
                "the journey again, or leave it."
            )
    return None


def _enter(conn: Connection, one: str, old: _Run) -> bool:
    """Note that the customer is inside again; False when the reentry rule forbids it."""
    about = (old.journey, old.customer, old.entry_key)
    sql = "SELECT run, open FROM entry WHERE journey = ? AND customer = ? AND key = ?"
    entry = rows(conn, sql, about)
    settings: dict[str, Any] = orjson.loads(old.document_json).get("settings") or {}
    reentry: dict[str, Any] = settings.get("reentry") or {}
    mode: str = reentry.get("mode", "when_finished")
    if entry and entry[0][0] != one and entry[0][1]:
        return mode == "always"
    run(
        conn,
        """INSERT INTO entry (journey, customer, key, run, last_at, open) VALUES (?,?,?,?,?,?)
 ON CONFLICT (journey, customer, key) DO UPDATE SET run = excluded.run, open = excluded.open""",
        (*about, one, old.started_at, True),
    )
    return True


def _not_left(conn: Connection, one: str, version: str) -> None:
    """It has not left the journey where its last step failed it, after all."""
    sql = "SELECT steps_json FROM journal WHERE run = ? ORDER BY fence DESC LIMIT 1"
    for (text,) in rows(conn, sql, (one,)):
        *_, (_, _, node, _, _, handle, *_) = orjson.loads(text)
        sql = "UPDATE counter SET n = n - 1 WHERE version = ? AND node = ? AND handle = ? AND n > 0"
        run(conn, sql, (version, node, runs.left_by(handle or "")))


def _wait_again(conn: Connection, one: str, old: _Run, tokens: list[Token], now: int) -> None:
    """Open the waits that were closed with it, and those that it never came to open."""
    waiting = [t for t in tokens if t[3] not in (None, "join")]
    many(
        conn,
        """INSERT INTO timer (run, token, node, visit, journey, kind, deadline_at, event, since_at)
 VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (run, token, node, visit) DO NOTHING""",
        [(one, *t[:3], old.journey, t[3], t[4], t[5], now) for t in waiting],
    )
    asked = [t for t in waiting if t[3] == "approval"]
    many(
        conn,
        """UPDATE approval SET state = 'open', decided_at = NULL
 WHERE run = ? AND token = ? AND node = ? AND visit = ? AND state = 'cancelled'""",
        [(one, *t[:3]) for t in asked],
    )
    many(
        conn,
        """INSERT INTO approval (id, workspace, run, token, node, visit, journey, customer,
 ask_json, created_at, expires_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)
 ON CONFLICT (run, token, node, visit) DO NOTHING""",
        [
            (new_id(), old.workspace, one, *t[:3], old.journey, old.customer,
             orjson.dumps(t[7] or {}).decode(), now, t[4])
            for t in asked
        ],
    )  # fmt: skip
    keys = {_key(one, t) for t in waiting if t[3] == "effect"}
    many(
        conn,
        """UPDATE outbox SET state = 'pending', attempts = 0, next_at = ?, done_at = NULL
 WHERE key = ? AND state = 'dropped'""",
        [(now, key) for key in sorted(keys)],
    )
    _tell_again(conn, one, keys, now)


def _tell_again(conn: Connection, one: str, keys: set[str], now: int) -> None:
    """Answers that came while the run was over were not put into its inbox."""
    told = [orjson.loads(row.body_json) for row in inbox.read(conn, [one]) if row.kind == "answer"]
    known = {(body["token"], body["node"], body["visit"]) for body in told}
    sql = "SELECT key, answer_json FROM outbox WHERE run = ? AND state IN ('done', 'dead')"
    for key, said in rows(conn, sql, (one,)):
        where = place(key)
        missing = key.partition(AGAIN)[0] in keys and where not in known
        if missing and said is not None:
            inbox.put(conn, one, "answer", {**where._asdict(), **orjson.loads(said)}, now)
