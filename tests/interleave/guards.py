"""What the seed's own database watches: triggers that note what may never happen to a row, whoever
does it, and that keep what is taken out or emptied, so that it can be checked all the same.

| table or view | holds |
| --- | --- |
| violation | what may never happen, and did |
| took | each claim of an effect: its fence, whose it was, when, where it goes (null: it was not
sent after all), and whether its run had been told to end |
| asked | each time somebody asked for a failed run to go on, before that was answered |
| reopened | each time one went on: when it had ended and why, and when it went on |
| about_event, about_run, about_effect | what a row said before a customer was erased |
| gone_… | rows that were deleted (the retention rule, an erasure) |
| all_run, all_event, all_outbox, all_journal | both, as if nothing had been taken out |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

NOW = "(SELECT max(last_at) FROM workspace)"
KEPT = ("run", "event", "journal", "outbox", "approval", "dead_letter", "task", "message")
RETAINED = 3 * 3_600_000_000  # microseconds for which the simulator's retention keeps what is over

# whether somebody has asked for the erasure of whom a row is about
_ERASES = "EXISTS (SELECT 1 FROM chore c WHERE c.kind = 'erase' AND c.ref = {})"
_OF_RUN = "EXISTS (SELECT 1 FROM chore c JOIN about_run a ON c.kind = 'erase'"
_OF_RUN += " AND a.customer = c.ref WHERE a.id = {})"
_YOUNG = f"> {NOW} - {RETAINED - 60_000_000}"  # a chore's rule may be a little older than now
_HELD = """OLD.state = 'sending' AND NEW.state <> 'sending' AND NEW.fence = OLD.fence AND who() <>
 (SELECT t.who FROM took t WHERE t.key = NEW.key AND t.fence = NEW.fence)"""
_ASKED = "EXISTS (SELECT 1 FROM asked a WHERE a.run = {})"  # that it goes on, which had failed
_GOES_ON = "NEW.ended_at IS NULL AND OLD.status = 'failed' AND " + _ASKED.format("NEW.id")
_TAKEN_UP = "NEW.state = 'sending' AND OLD.state = 'pending'"

GUARDS: Mapping[str, tuple[str, str]] = {
    "a run's fence shrank": ("UPDATE OF fence ON run", "NEW.fence < OLD.fence"),
    "an effect's fence shrank": ("UPDATE OF fence ON outbox", "NEW.fence < OLD.fence"),
    "an effect's bytes changed": (
        "UPDATE ON outbox",
        "NEW.run IS NOT OLD.run OR NEW.key IS NOT OLD.key OR (NEW.body IS NOT OLD.body"
        f" AND NOT (NEW.body = CAST('{{}}' AS BLOB) AND {_OF_RUN.format('NEW.run')}))",
    ),
    "an ended run went on": (
        "UPDATE OF state_json ON run",
        "OLD.ended_at IS NOT NULL AND NEW.state_json IS NOT OLD.state_json"
        " AND NOT (NEW.customer IS NULL AND NEW.state_json = '{\"over\":true}'"
        f" AND {_ERASES.format('OLD.customer')}) AND NOT ({_GOES_ON})",
    ),
    "a run went on and nobody asked": (
        "UPDATE OF ended_at ON run",
        f"OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL AND NOT ({_GOES_ON})",
    ),
    "a committed step was rewritten": (
        "UPDATE ON journal",
        "NEW.run IS NOT OLD.run OR (NEW.steps_json IS NOT OLD.steps_json"
        f" AND NOT {_OF_RUN.format('NEW.run')})",
    ),
    "an event's body changed": (
        "UPDATE ON event",
        "NEW.name IS NOT OLD.name OR (NEW.properties_json IS NOT OLD.properties_json"
        " AND NOT (NEW.properties_json = '{}' AND NEW.customer IS NULL AND NEW.who_json IS NULL))",
    ),
    "an event was routed twice": (
        "UPDATE OF routed_at ON event",
        "OLD.routed_at IS NOT NULL AND NEW.routed_at IS NOT NULL",
    ),
    "a decision was overruled": (
        "UPDATE OF state ON approval",
        "OLD.state IN ('approved', 'rejected') AND NEW.state IS NOT OLD.state",
    ),
    "a closed approval was opened again": (
        "UPDATE OF state ON approval",
        "OLD.state <> 'open' AND NEW.state = 'open'"
        f" AND NOT (OLD.state = 'cancelled' AND {_ASKED.format('NEW.run')})",
    ),
    "an effect that was let go is sent": (
        "UPDATE OF state ON outbox",
        f"OLD.state = 'dropped' AND NEW.state <> 'dropped' AND NOT {_ASKED.format('NEW.run')}",
    ),
    "a wait stands there twice": (
        "INSERT ON timer",
        "(SELECT count(*) FROM timer t WHERE t.run = NEW.run AND t.token = NEW.token"
        " AND t.node = NEW.node AND t.visit = NEW.visit) > 1",
    ),
    "an acknowledged effect was taken up again": (
        "UPDATE OF state ON outbox",
        "OLD.state = 'done' AND NEW.state IS NOT OLD.state",
    ),
    "an effect was settled by somebody who did not hold it": ("UPDATE OF state ON outbox", _HELD),
    "an effect was taken up before its time": (
        "UPDATE OF state ON outbox",
        f"{_TAKEN_UP} AND OLD.next_at > {NOW}",
    ),
    "a new send of an effect has other bytes": (
        "INSERT ON outbox",
        "NEW.key LIKE '%~%' AND NEW.body IS NOT (SELECT o.body FROM outbox o"
        " WHERE o.key = substr(NEW.key, 1, instr(NEW.key, '~') - 1))",
    ),
    "a run that goes on was taken out": ("DELETE ON run", "OLD.ended_at IS NULL"),
    "a run was taken out too early": ("DELETE ON run", f"OLD.ended_at {_YOUNG}"),
    "an event that somebody needs was taken out": (
        "DELETE ON event",
        "OLD.routed_at IS NULL OR EXISTS (SELECT 1 FROM run r WHERE r.event = OLD.id)"
        " OR EXISTS (SELECT 1 FROM dead_letter d WHERE d.kind = 'event' AND d.ref = OLD.id"
        " AND d.resolved_at IS NULL)",
    ),
    "an event was taken out too early": ("DELETE ON event", f"OLD.received_at {_YOUNG}"),
    "an effect that is not over was taken out": (
        "DELETE ON outbox",
        "OLD.state IN ('pending', 'sending', 'unknown')",
    ),
    "a dead letter was taken out before anybody saw to it": (
        "DELETE ON dead_letter",
        "OLD.resolved_at IS NULL AND OLD.kind <> 'event'"
        f" AND NOT {_OF_RUN.format('substr(OLD.ref, 1, 32)')}",
    ),
    "an open task was taken out": (
        "DELETE ON task",
        f"OLD.done_at IS NULL AND NOT {_OF_RUN.format('OLD.run')}",
    ),
}
_SUBJECT = {
    "timer": "run",
    "run": "id",
    "outbox": "key",
    "journal": "run",
    "event": "id",
    "approval": "id",
    "dead_letter": "ref",
    "task": "key",
}

_TABLES = """
CREATE TABLE violation (what TEXT, subject TEXT);
CREATE TABLE took (key TEXT, fence INTEGER, who TEXT, at INTEGER, host TEXT, void INTEGER);
CREATE INDEX took_key ON took (key);
CREATE TABLE asked (run TEXT);
CREATE TABLE reopened (run TEXT, ended_at INTEGER, at INTEGER, reason TEXT);
CREATE TABLE about_event (id TEXT PRIMARY KEY, external_id TEXT, customer TEXT, said TEXT);
CREATE TABLE about_run (id TEXT PRIMARY KEY, customer TEXT, entry_key TEXT);
CREATE INDEX about_run_customer ON about_run (customer);
CREATE TABLE about_effect (key TEXT PRIMARY KEY, body BLOB, answer_json TEXT);
"""

# What is written beside each change. A host is what stands between the second and third slash.
_NOTES: Mapping[str, tuple[str, str, str]] = {
    "event": (
        "INSERT ON event",
        "1",
        "INSERT OR IGNORE INTO about_event"
        " VALUES (NEW.id, NEW.external_id, NEW.customer, NEW.properties_json)",
    ),
    "event_customer": (
        "UPDATE OF customer ON event",
        "NEW.customer IS NOT NULL",
        "UPDATE about_event SET customer = NEW.customer WHERE id = NEW.id",
    ),
    "run": (
        "INSERT ON run",
        "1",
        "INSERT OR IGNORE INTO about_run VALUES (NEW.id, NEW.customer, NEW.entry_key)",
    ),
    "reopened": (
        "UPDATE OF ended_at ON run",
        "OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL",
        f"INSERT INTO reopened VALUES (NEW.id, OLD.ended_at, {NOW}, OLD.reason)",
    ),
    "effect": (
        "INSERT ON outbox",
        "1",
        "INSERT OR IGNORE INTO about_effect VALUES (NEW.key, NEW.body, NULL)",
    ),
    "answer": (
        "UPDATE OF answer_json ON outbox",
        "NEW.answer_json IS NOT NULL",
        "UPDATE about_effect SET answer_json = NEW.answer_json WHERE key = NEW.key",
    ),
    "born_taken": ("INSERT ON outbox", "NEW.state = 'sending'", "{took}"),
    "taken": ("UPDATE ON outbox", "NEW.state = 'sending' AND NEW.fence > OLD.fence", "{took}"),
    "put_off": (  # no send, so no attempt: a provider is left alone
        "UPDATE ON outbox",
        f"OLD.state = 'sending' AND NEW.state <> 'sending' AND (SELECT t.at FROM took t"
        f" WHERE t.key = NEW.key AND t.fence = NEW.fence) = {NOW}",
        "UPDATE took SET host = NULL WHERE key = NEW.key AND fence = NEW.fence",
    ),
}
_TOOK = f"""INSERT INTO took VALUES (NEW.key, NEW.fence, who(), {NOW},
 CASE NEW.kind WHEN 'http' THEN json_extract(CAST(NEW.body AS TEXT), '$.url') ELSE NEW.kind END,
 NEW.asked_at IS NULL AND EXISTS
 (SELECT 1 FROM signal s WHERE s.run = NEW.run AND s.kind = 'cancel'))"""

_VIEWS = """
CREATE VIEW all_journal AS SELECT run, fence, steps_json FROM journal
 UNION ALL SELECT run, fence, steps_json FROM gone_journal;
CREATE VIEW all_run AS SELECT r.id, r.journey, r.event, a.customer, a.entry_key, r.status, r.reason,
 r.started_at, r.ended_at FROM (SELECT * FROM run UNION ALL SELECT * FROM gone_run) r
 JOIN about_run a ON a.id = r.id;
CREATE VIEW all_event AS SELECT e.seq, e.id, e.source, a.external_id, e.name, a.customer,
 a.said AS properties_json, e.properties_json AS left_json, e.at, e.received_at, e.routed_at,
 e.outcome_json FROM (SELECT * FROM event UNION ALL SELECT * FROM gone_event) e
 JOIN about_event a ON a.id = e.id;
CREATE VIEW all_outbox AS SELECT o.key, o.run, o.kind, o.once, a.body, o.body AS left_body, o.state,
 o.attempts, o.fence, o.asked_at, o.done_at, a.answer_json
 FROM (SELECT * FROM outbox UNION ALL SELECT * FROM gone_outbox) o
 JOIN about_effect a ON a.key = o.key;
"""


def install(conn: sqlite3.Connection) -> None:
    """Into a database that has the product's tables. Whoever writes there needs a function `who()`,
    which says whose turn it is."""
    conn.executescript(_TABLES)
    for name, (when, rule, act) in _NOTES.items():
        _trigger(conn, f"note_{name}", when, rule, act.format(took=_TOOK))
    for number, (what, (when, rule)) in enumerate(GUARDS.items()):
        table = when.rpartition(" ")[2]
        row = "OLD" if when.startswith("DELETE") else "NEW"
        said = what.replace("'", "''")
        act = f"INSERT INTO violation VALUES ('{said}', {row}.{_SUBJECT[table]})"
        _trigger(conn, f"guard_{number}", when, rule, act)
    for table in KEPT:
        conn.execute(f"CREATE TABLE gone_{table} AS SELECT * FROM {table} WHERE 0")
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(f'OLD."{one}"' for one in columns)
        act = f"INSERT INTO gone_{table} VALUES ({values})"
        _trigger(conn, f"gone_{table}", f"DELETE ON {table}", "1", act)
    conn.executescript(_VIEWS)


def _trigger(conn: sqlite3.Connection, name: str, when: str, rule: str, act: str) -> None:
    conn.execute(f"CREATE TRIGGER {name} AFTER {when} WHEN {rule} BEGIN {act}; END")
