"""The second half of erasing a customer: their runs and events, emptied a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson

from runtime.store import chores, trail
from runtime.store.chores import Chore
from runtime.store.customers import Name
from runtime.store.database import Connection, Database, many, rows, run
from runtime.store.retention import give_back
from runtime.store.runs import OVER

REASON = "The customer was erased."
EMPTIED = b"{}"  # the bytes of an effect of which nothing is left
FEW = 100  # runs ended, or events emptied, in a transaction
MOST = 250  # rows rewritten in a transaction
LATER = 500_000  # microseconds until the log is tried again


def names_in(state: Mapping[str, Any]) -> set[Name]:
    """The names that the chore's state holds until it is done."""
    return {(kind, value) for kind, value in cast("list[list[str]]", state["names"])}


def runs(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state, touched = chore.state, 0
        sql = "SELECT id FROM run WHERE customer = ? ORDER BY started_at, id LIMIT 20"
        found = [row[0] for row in rows(conn, sql, (chore.ref,))]
        for one in found:
            fence = state.pop("fence", -1)
            lines, last = _empty_journal(conn, one, fence, MOST - touched)
            touched += lines
            if touched >= MOST:
                state["fence"] = last
                break
            touched += _empty_run(conn, chore.workspace, one, now)
            state["runs"] += 1
        if not found:
            state["stage"] = "events"
        chores.save(conn, chore, state, now)
        return max(1, touched)

    return database.transact(work)


def _empty_journal(conn: Connection, of: str, after: int, most: int) -> tuple[int, int]:
    """Which way a run went stays; what its steps said goes. (How many rows, the last fence.)"""
    sql = """SELECT fence, steps_json FROM journal WHERE run = ? AND fence > ?
 ORDER BY fence LIMIT ?"""
    found = rows(conn, sql, (of, after, max(1, most)))
    emptied: list[tuple[str, str, int]] = []
    for fence, text in found:
        lines: list[list[Any]] = [[*line[:6], {}] for line in orjson.loads(text)]
        emptied.append((orjson.dumps(lines).decode(), of, fence))
    many(conn, "UPDATE journal SET steps_json = ? WHERE run = ? AND fence = ?", emptied)
    return len(emptied), found[-1][0] if found else after


def _empty_run(conn: Connection, workspace: str, one: str, now: int) -> int:
    """Take everything personal out of a run that has ended."""
    sql = "SELECT key, asked_at FROM outbox WHERE run = ?"
    effects = rows(conn, sql, (one,))
    keys = [(key,) for key, _ in effects]
    for table in ("signal", "timer", "task"):
        run(conn, f"DELETE FROM {table} WHERE run = ?", (one,))
    many(conn, "DELETE FROM message WHERE key = ?", keys)
    many(conn, "DELETE FROM dead_letter WHERE kind = 'effect' AND ref = ?", keys)
    run(conn, "DELETE FROM dead_letter WHERE kind = 'run' AND ref = ?", (one,))
    run(
        conn,
        """UPDATE outbox SET body = ?, answer_json = NULL, next_at = NULL,
 state = CASE WHEN state IN ('pending', 'sending') THEN 'dropped' ELSE state END WHERE run = ?""",
        (EMPTIED, one),
    )
    _empty_approvals(conn, one)
    run(
        conn,
        """UPDATE run SET customer = NULL, entry_key = '', state_json = ?,
 reason = CASE WHEN reason = ? THEN reason ELSE NULL END WHERE id = ?""",
        (OVER, REASON, one),
    )
    if any(asked is not None for _, asked in effects):
        for (key,) in keys:  # the reason that a person gave may name the customer
            trail.redact(conn, workspace, key)
    return 2 + 2 * len(keys)


def _empty_approvals(conn: Connection, of: str) -> None:
    """That it was approved stays; the draft and the text go."""
    sql = "SELECT id, decision_json FROM approval WHERE run = ?"
    emptied: list[tuple[str | None, str]] = []
    for one, decision in rows(conn, sql, (of,)):
        made: dict[str, Any] = orjson.loads(decision) if decision else {}
        kept = {"decision": made["decision"], "by": made.get("by"), "text": None} if made else None
        emptied.append((orjson.dumps(kept).decode() if kept else None, one))
    many(
        conn,
        "UPDATE approval SET customer = NULL, ask_json = '{}', decision_json = ? WHERE id = ?",
        emptied,
    )


def events(database: Database, chore: Chore) -> int:
    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state = chore.state
        sql = """SELECT seq, id, external_id, outcome_json FROM event
 WHERE customer = ? ORDER BY seq LIMIT ?"""
        found = rows(conn, sql, (chore.ref, FEW))
        empty_events(conn, [tuple(row) for row in found], names_in(state))
        state["events"] += len(found)
        if not found:
            state = {"stage": "room", "runs": state["runs"], "events": state["events"]}
        chores.save(conn, chore, state, now)
        return max(1, len(found))

    return database.transact(work)


def failed_events(conn: Connection, workspace: str) -> list[tuple[Any, ...]]:
    """(seq, id, external id, kind, who JSON, properties JSON, outcome) of events that could not be
    routed, so that nobody knows whom they are about."""
    sql = """SELECT e.seq, e.id, e.external_id, e.kind, e.who_json, e.properties_json,
 e.outcome_json FROM dead_letter d JOIN event e ON e.id = d.ref
 WHERE d.workspace = ? AND d.kind = 'event' AND e.customer IS NULL AND e.who_json IS NOT NULL"""
    return rows(conn, sql, (workspace,))


def empty_events(
    conn: Connection, found: Iterable[tuple[int, str, str, str | None]], names: set[Name]
) -> None:
    """What these events said goes, with their dead letters: (seq, id, external id, outcome)."""
    emptied = list(found)
    many(
        conn,
        """UPDATE event SET customer = NULL, who_json = NULL, properties_json = '{}',
 external_id = ?, outcome_json = ? WHERE seq = ?""",
        [
            (external_id(event, external, names), _outcome(outcome), seq)
            for seq, event, external, outcome in emptied
        ],
    )
    many(
        conn,
        "DELETE FROM dead_letter WHERE kind = 'event' AND ref = ?",
        [(event,) for _, event, _, _ in emptied],
    )


def room(database: Database, chore: Chore) -> int:
    """What was freed, and not overwritten, leaves the file (SQLite), and then its log; then it is
    done. Who reads an older state needs the log: then it is tried again soon."""
    given = database.transact(give_back) if database.sqlite else 0
    if given > 0:
        return given
    empty = database.empty_log(0)

    def work(conn: Connection) -> int:
        now = database.now_us(conn)
        if not chores.hold(conn, chore):
            return 1
        state = chore.state
        if empty:
            chores.finish(conn, chore, {k: state[k] for k in ("runs", "events")}, now)
        else:
            chores.save(conn, chore, state, now + LATER)
        return int(empty)

    return database.transact(work)


def external_id(event: str, external: str, names: Iterable[Name]) -> str:
    """The sender's id is kept, so that a late repetition is still known, unless it holds a name."""
    text = external.lower()
    return event if any(name.lower() in text for _, name in names if len(name) > 2) else external


def _outcome(text: str | None) -> str | None:
    """Which runs it started stays; the words of an error may quote the customer."""
    if text is None or '"error"' not in text:
        return text
    outcome: list[dict[str, Any]] = orjson.loads(text)
    told = [one | {"error": REASON} if "error" in one else one for one in outcome]
    return orjson.dumps(told).decode()
