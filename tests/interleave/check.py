"""The invariants, checked when a seed has come to rest: the database, the provider's book, what the
senders and people were told, and what the journeys say must have happened. Each part has its own
module (`check_…`); here are I1 and I5: every event has its outcome, and nothing is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from runtime.store.emptying import REASON
from tests.interleave import (
    business,
    check_effects,
    check_erase,
    check_people,
    check_steps,
    travels,
)
from tests.interleave.travels import Travel
from tests.interleave.world import World


def check(world: World) -> None:
    """Everything."""
    for what, subject in world.memory.rows("SELECT DISTINCT what, subject FROM violation LIMIT 5"):
        world.fail(f"{what}: {subject}")
    found = travels.read(world.memory)
    for problem in (
        *_accepted(world),
        *_outcomes(world, found),
        *_leftovers(world),
        *_unique(world),
        *check_steps.check(world, found),
        *check_effects.check(world, found),
        *check_people.check(world, found),
        *check_erase.left(world),
    ):
        world.fail(problem)


# --- I1: every accepted event, one row, one outcome for each matching journey -------------------


def _accepted(world: World) -> Iterator[str]:
    rows = world.memory.rows(
        "SELECT external_id, id, name, properties_json FROM all_event WHERE source = 'api'"
    )
    stored: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        stored[row[0]].append(row[1:])
    said = [one for sender in world.senders for one in sender.said]
    for one in said:
        found = stored.pop(one.external_id, [])
        if len(found) != 1:
            yield f"the event {one.external_id} has {len(found)} rows"
            continue
        event_id, name, properties = found[0]
        if (event_id, name, orjson.loads(properties)) != (one.event_id, one.name, one.properties):
            yield f"the event {one.external_id} is not what was sent"
    if stored:
        yield f"events that nobody sent: {sorted(stored)}"


def _outcomes(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    started: dict[str, str] = {}
    for event, source, name, routed, outcome, emptied in world.memory.rows(
        "SELECT id, source, name, routed_at, outcome_json, left_json = '{}' FROM all_event"
    ):
        if routed is None or outcome is None:
            yield f"the event {event} has no outcome"
            continue
        entries = orjson.loads(outcome)
        if emptied and entries == [{"skipped": REASON}]:
            continue  # its customer was erased before it was routed
        journeys = [one.get("journey") for one in entries]
        expected = {"daily"} if source != "api" else business.matching(name, brittle=world.brittle)
        if sorted(map(str, journeys)) != sorted(expected):
            yield f"the event {event} ({name}) has the outcomes {entries}"
        for one in entries:
            if "run" not in one:
                continue
            travel = travels.get(one["run"])
            if travel is None or (travel.event, travel.journey) != (event, one["journey"]):
                yield f"the event {event} names the run {one['run']}, which is not its own"
            started[one["run"]] = event
    for one in travels.values():
        if one.id not in started:
            yield f"the run {one.id} of {one.journey} stands in no outcome"


# --- I5: nothing is left ------------------------------------------------------------------------

_NOTHING = {
    "a run goes on": """SELECT id FROM run r WHERE ended_at IS NULL AND NOT EXISTS
 (SELECT 1 FROM outbox o JOIN dead_letter d ON d.kind = 'effect' AND d.ref = o.key
 WHERE o.run = r.id AND o.state = 'unknown' AND d.resolved_at IS NULL)""",
    "a signal was never taken": """SELECT s.run FROM signal s JOIN run r ON r.id = s.run
 WHERE r.status <> 'failed'
 OR s.kind IN ('cancel', 'retry') AND r.reason NOT LIKE '%gave up%'""",
    "a wait outlived its run": """SELECT t.run FROM timer t JOIN run r ON r.id = t.run
 WHERE r.ended_at IS NOT NULL""",
    "an approval outlived its run": """SELECT a.id FROM approval a JOIN run r ON r.id = a.run
 WHERE a.decided_at IS NULL AND r.ended_at IS NOT NULL""",
    "an effect is on its way for ever": """SELECT key FROM outbox
 WHERE state IN ('pending', 'sending')""",
    "an entry stands open": """SELECT n.run FROM entry n JOIN run r ON r.id = n.run
 WHERE n.open AND r.ended_at IS NOT NULL""",
    "a lease outlived its run": """SELECT id FROM run
 WHERE ended_at IS NOT NULL AND lease_until <> 0""",
    "a given-up effect is with nobody": """SELECT key FROM outbox o
 WHERE state IN ('dead', 'unknown') AND body <> CAST('{}' AS BLOB) AND NOT EXISTS
 (SELECT 1 FROM dead_letter d WHERE d.kind = 'effect' AND d.ref = o.key)""",
    "a given-up run is with nobody": """SELECT id FROM run r WHERE reason LIKE '%gave up%'
 AND NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.kind = 'run' AND d.ref = r.id)""",
    "an erasure is not done": "SELECT ref FROM chore WHERE kind = 'erase' AND done_at IS NULL",
    "an event could not be routed": "SELECT ref FROM dead_letter WHERE kind = 'event'",
}


def _leftovers(world: World) -> Iterator[str]:
    for what, sql in _NOTHING.items():
        for (subject,) in world.memory.rows(sql)[:3]:
            yield f"{what}: {subject}"


# --- Nothing is there twice ---------------------------------------------------------------------

_ONCE = {
    "an event": "SELECT workspace, source, external_id FROM event",
    "a run of an event": "SELECT workspace, journey, event FROM run",
    "an entry": "SELECT journey, customer, key FROM entry",
    "a journal line": "SELECT run, fence FROM journal",
    "a timer": "SELECT run, token, node, visit FROM timer",
    "an approval": "SELECT run, token, node, visit FROM approval",
    "an effect": "SELECT key FROM outbox",
    "a task": "SELECT key FROM task",
    "a message": "SELECT key FROM message",
    "a firing": "SELECT schedule, nominal FROM schedule_fire",
    "a dead letter": "SELECT kind, ref FROM dead_letter",
    "a counter": "SELECT version, node, handle FROM counter",
    "a chore": "SELECT kind, workspace, ref FROM chore",
    "a hash of the erased": "SELECT workspace, digest FROM erased",
    "a held provider": "SELECT workspace, provider FROM held",
    "a bucket": "SELECT workspace, provider FROM bucket",
    "a customer": "SELECT workspace, external_id FROM customer",
    "a name": "SELECT workspace, kind, value FROM identity",
}


_ONCE |= {
    f"the id of {what}": f"SELECT id FROM {table}"
    for what, table in (
        ("an event", "event"),
        ("a run", "run"),
        ("a customer", "customer"),
    )
}


def _unique(world: World) -> Iterator[str]:
    for what, sql in _ONCE.items():
        for row, n in Counter(world.memory.rows(sql)).items():
            if n > 1:
                yield f"{what} is there {n} times: {row}"
