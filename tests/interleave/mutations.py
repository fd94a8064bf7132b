"""Defences taken away on purpose: a simulator that does not notice proves nothing.

A mutation changes the statements of this process (and of the tables it makes), or one function of
the store. Several may be taken away together, with commas: the unique keys of what a commit writes
are the second line behind the fence, so each is shown with the line before it down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from runtime.store import inbox, outbox, reopen, runs
from runtime.store.database import Connection, rows
from runtime.work import advance
from tests.interleave.store import Rewrite

Change = tuple[str, str]  # a pattern and what stands there instead


def _constraint(name: str) -> Change:
    return rf",\s*CONSTRAINT {name} (UNIQUE|PRIMARY KEY) \([^)]*\)", ""


def _conflict(columns: str) -> Change:
    return rf"\s+ON CONFLICT \({columns}\) DO (NOTHING|UPDATE\s+SET [^;]*)", ""


IDS = ("run", "customer")
# who refers to a row needs its key to be one
_PARENT: tuple[Change, ...] = (
    (r",\s*CONSTRAINT fk_\w+ FOREIGN KEY ?\([^)]*\) REFERENCES [^)]*\)", ""),
)

STATEMENTS: Mapping[str, tuple[Change, ...]] = {
    # --- keys that the engine needs at once
    "event key": (
        _constraint("uq_event_workspace_source_external_id"),
        _conflict("workspace, source, external_id"),
    ),
    "entry key": (
        _constraint("uq_entry_journey_customer_key"),
        _conflict("journey, customer, key"),
    ),
    "counter key": (
        _constraint("uq_counter_version_node_handle"),
        _conflict("version, node, handle"),
    ),
    "dead letter key": (_constraint("uq_dead_letter_kind_ref"), _conflict("kind, ref")),
    "chore key": (_constraint("uq_chore_kind_workspace_ref"), _conflict("kind, workspace, ref")),
    "erased key": (_constraint("uq_erased_workspace_digest"), _conflict("workspace, digest")),
    "bucket key": (_constraint("uq_bucket_workspace_provider"), _conflict("workspace, provider")),
    "held key": (_constraint("uq_held_workspace_provider"), _conflict("workspace, provider")),
    # --- keys that are the second line
    "run key": (
        _constraint("uq_run_workspace_journey_event"),
        _conflict("workspace, journey, event"),
    ),
    "journal key": (_constraint("uq_journal_run_fence"),),
    "timer key": (
        _constraint("uq_timer_run_token_node_visit"),
        _conflict("run, token, node, visit"),
    ),
    "approval key": (_constraint("uq_approval_run_token_node_visit"),),
    "outbox key": (_constraint("pk_outbox"),),
    "firing key": (
        _constraint("uq_schedule_fire_schedule_nominal"),
        _conflict("schedule, nominal"),
    ),
    "message key": (_constraint("uq_message_key"), _conflict("key")),
    "task key": (_constraint("uq_task_key"),),
    "customer key": (_constraint("uq_customer_workspace_external_id"),),
    "identity key": (
        _constraint("uq_identity_workspace_kind_value"),
        _conflict("workspace, kind, value"),
    ),
    "event id": (_constraint("uq_event_id"),),
    **{f"{table} id": (_constraint(f"pk_{table}"), *_PARENT) for table in IDS},
    # --- what lets a failed run go on
    # … and its customer counts as outside
    "entry of a retry": (
        (
            r"UPDATE SET run = excluded\.run, open = excluded\.open\Z",
            "UPDATE SET run = excluded.run, open = entry.open",
        ),
    ),
    # … and the approvals that it waits for stay cancelled
    "approvals of a retry": (
        (r"UPDATE approval SET state = 'open', decided_at = NULL", "UPDATE approval SET id = id"),
    ),
    # … and the effects that it waits for stay dropped
    "effects of a retry": (
        (
            r"UPDATE outbox SET state = 'pending', attempts = 0, next_at = \?, done_at = NULL"
            r"(\s+WHERE key = \? AND state = 'dropped')",
            r"UPDATE outbox SET next_at = NULL * ?\1",
        ),
    ),
    # --- the first line before them
    # a landing that was applied and is made again does not see that its effects are settled
    "settled effects": ((r"o\.state = 'sending' AND o\.key IN", "o.key IN"),),
    # a router does not see the names of somebody whom another has just made
    "known customers": (
        (
            r"SELECT value, customer FROM identity\s+WHERE workspace = \?",
            "SELECT value, customer FROM identity JOIN customer c ON c.id = customer"
            " AND c.created_at < (SELECT max(last_at) FROM workspace) - 20000"
            " WHERE identity.workspace = ?",
        ),
    ),
    # ids that come twice: tests.interleave.world makes them
    "fresh ids": (),
    # a router that reads what another has just routed, as without the lock of the workspace
    "routing lock": (
        (
            r"AND routed_at IS NULL ORDER BY",
            "AND (routed_at IS NULL OR routed_at > (SELECT max(last_at) FROM workspace) - 20000)"
            " ORDER BY",
        ),
        (
            r"received_at, outcome_json FROM event\s+WHERE workspace",
            "received_at, CASE WHEN routed_at IS NULL THEN outcome_json END FROM event"
            " WHERE workspace",
        ),
    ),
    # a commit that was applied and is made again does not see that its claim is used up
    "used claims": ((r" AND lease_until <> 0", ""),),
    # a firing is noted, its fan-out ends, and the schedule stays as it was (twice at most)
    "next firing": (
        (
            r'UPDATE schedule SET next_at = \?, "cursor" = \? WHERE id = \?',
            "UPDATE schedule SET next_at = CASE WHEN ?2 IS NULL"
            " AND (SELECT count(*) FROM schedule_fire) < 3 AND EXISTS (SELECT 1 FROM schedule_fire"
            " WHERE at > (SELECT max(last_at) FROM workspace) - 100000)"
            ' THEN next_at ELSE ?1 END, "cursor" = ?2 WHERE id = ?3',
        ),
    ),
}


def _no_run_fence() -> None:
    def hold(conn: Connection, fences: Mapping[str, int]) -> set[str]:
        return set(fences)

    runs.hold = hold


def _no_effect_fence() -> None:
    real = outbox.hold

    def hold(conn: Connection, fences: Mapping[str, int]) -> Any:
        found = dict(rows(conn, "SELECT key, fence FROM outbox"))
        return real(conn, {key: found[key] for key in fences})

    outbox.hold = hold


def _no_inbox() -> None:
    def kinds(conn: Connection, of: Any) -> list[tuple[int, str, str]]:
        return []

    inbox.kinds = kinds


def _no_answers() -> None:
    def tell_again(conn: Connection, one: str, keys: set[str], now: int) -> None:
        return

    reopen._tell_again = tell_again


def _nothing_unheard() -> None:
    def leave_unheard(*_: object) -> None:
        return

    advance._leave_unheard = leave_unheard


def _retry_what_was_sent() -> None:
    def sent_since(conn: Connection, one: str, retried: set[str], ended: int) -> str | None:
        return None

    reopen._sent_since = sent_since


FENCES = ((r"(WHERE id|WHERE key) = \? AND fence = \?", r"\1 = ? AND ? IS NOT NULL"),)
FUNCTIONS: Mapping[str, tuple[Callable[[], None], tuple[Change, ...]]] = {
    "run fence": (_no_run_fence, FENCES),
    "effect fence": (_no_effect_fence, FENCES),
    "inbox": (_no_inbox, ()),
    "answers of a retry": (_no_answers, ()),
    "unheard of a retry": (_nothing_unheard, ()),
    "sends before a retry": (_retry_what_was_sent, ()),
    "outbox": (lambda: None, ()),  # tests.interleave.world sends from within the transaction
}


useless: set[str] = set()  # patterns of this process's mutations that have changed nothing yet


def names(without: str | None) -> list[str]:
    """The defences in a text with commas."""
    return [one.strip() for one in (without or "").split(",") if one.strip()]


def apply(without: str) -> Rewrite:
    """Take them away in this process; how its statements change."""
    changes: list[Change] = []
    for name in names(without):
        if name in STATEMENTS:
            changes += STATEMENTS[name]
        elif name in FUNCTIONS:
            change, more = FUNCTIONS[name]
            change()
            changes += more
        else:
            raise SystemExit(
                f"There is no defence “{name}”: {', '.join([*STATEMENTS, *FUNCTIONS])}."
            )
    compiled = [(re.compile(pattern), text) for pattern, text in changes]
    useless.update(pattern for pattern, _ in changes)
    before: dict[str, str] = {}

    def rewrite(sql: str) -> str:
        found = before.get(sql)
        if found is None:
            found = sql
            for pattern, text in compiled:
                found, times = pattern.subn(text, found)
                if times:
                    useless.discard(pattern.pattern)
            if len(before) < 5_000:
                before[sql] = found
        return found

    return rewrite
