"""The invariants, checked when a seed has come to rest: the database, the provider's book, what the
senders and people were told, and what the journeys say must have happened."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from runtime.ports.results import Done, Refused
from runtime.store.clock import to_us
from tests.interleave import business
from tests.interleave.hub import HOUR, MINUTE, SECOND
from tests.interleave.world import World


class Step(NamedTuple):
    """A line of the journal."""

    at: int
    token: int
    node: str
    type: str
    visit: int
    handle: str | None
    output: dict[str, Any]


@dataclass(slots=True)
class Travel:
    """A run with its steps."""

    id: str
    journey: str
    event: str
    customer: str | None
    key: str
    status: str
    reason: str | None
    started_at: int
    ended_at: int | None
    seq: int  # of its event
    steps: list[Step] = field(default_factory=list[Step])

    def of(self, node: str) -> list[Step]:
        """The steps at a node."""
        return [one for one in self.steps if one.node == node]

    @property
    def buried(self) -> bool:
        """Whether the engine gave up on it, after its worker died three times."""
        return self.status == "failed" and "gave up" in (self.reason or "")

    @property
    def cut_short(self) -> bool:
        """Whether something ended it from outside."""
        return self.buried or self.status == "exited"


def check(world: World) -> None:
    """Everything."""
    for what, subject in world.memory.rows("SELECT what, subject FROM violation LIMIT 5"):
        world.fail(f"{what}: {subject}")
    travels = _travels(world)
    for problem in (
        *_accepted(world),
        *_outcomes(world, travels),
        *_leftovers(world),
        *_unique(world),
        *_paths(travels),
        *_counters(world, travels),
        *_effects(world, travels),
        *_people(world, travels),
        *_stories(world, travels),
        *_reentry(world, travels),
        *_order(world, travels),
        *_fires(world),
    ):
        world.fail(problem)


def _travels(world: World) -> dict[str, Travel]:
    found: dict[str, Travel] = {}
    for row in world.memory.rows(
        """SELECT r.id, r.journey, r.event, r.customer, r.entry_key, r.status, r.reason,
 r.started_at, r.ended_at, e.seq FROM run r JOIN event e ON e.id = r.event ORDER BY e.seq, r.id"""
    ):
        found[row[0]] = Travel(*row)
    lines = world.memory.rows("SELECT run, fence, steps_json FROM journal ORDER BY run, fence")
    for run, _, steps in lines:
        for step in orjson.loads(steps):
            found[run].steps.append(Step(*step[:7]))
    return found


# --- I1: every accepted event, one row, one outcome for each matching journey -------------------


def _accepted(world: World) -> Iterator[str]:
    rows = world.memory.rows(
        "SELECT external_id, id, name, properties_json FROM event WHERE source = 'api'"
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
    for event, source, name, routed, outcome in world.memory.rows(
        "SELECT id, source, name, routed_at, outcome_json FROM event ORDER BY seq"
    ):
        if routed is None or outcome is None:
            yield f"the event {event} has no outcome"
            continue
        entries = orjson.loads(outcome)
        journeys = [one.get("journey") for one in entries]
        expected = {"daily"} if source != "api" else business.matching(name)
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
 (SELECT 1 FROM outbox o WHERE o.run = r.id AND o.state = 'unknown')""",
    "a signal was never taken": """SELECT s.run FROM signal s JOIN run r ON r.id = s.run
 WHERE r.reason IS NULL OR r.reason NOT LIKE '%gave up%'""",
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
 WHERE state IN ('dead', 'unknown') AND NOT EXISTS
 (SELECT 1 FROM dead_letter d WHERE d.kind = 'effect' AND d.ref = o.key)""",
    "a given-up run is with nobody": """SELECT id FROM run r WHERE reason LIKE '%gave up%'
 AND NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.kind = 'run' AND d.ref = r.id)""",
    "an event could not be routed": "SELECT ref FROM dead_letter WHERE kind = 'event'",
}


def _leftovers(world: World) -> Iterator[str]:
    for what, sql in _NOTHING.items():
        for (subject,) in world.memory.rows(sql)[:3]:
            yield f"{what}: {subject}"


# --- I3: committed steps never run again --------------------------------------------------------

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
    "a customer": "SELECT workspace, external_id FROM customer",
    "a name": "SELECT workspace, kind, value FROM identity",
}


def _unique(world: World) -> Iterator[str]:
    for what, sql in _ONCE.items():
        for row, n in Counter(world.memory.rows(sql)).items():
            if n > 1:
                yield f"{what} is there {n} times: {row}"


def _paths(travels: dict[str, Travel]) -> Iterator[str]:
    """The steps of each run follow the edges: no step twice, no token lost or made from nothing."""
    for one in travels.values():
        design = business.BY_SLUG[one.journey]
        places = Counter((s.token, s.node, s.visit) for s in one.steps)
        for place, n in places.items():
            if n > 1:
                yield f"the step {place} of {one.id} ({one.journey}) was made {n} times"
        if [s.at for s in one.steps] != sorted(s.at for s in one.steps):
            yield f"the steps of {one.id} ({one.journey}) go back in time"
        came: Counter[str] = Counter({"in": 1})
        for step in one.steps:
            for start, handle, end in design.edges:
                if (start, handle) == (step.node, step.handle):
                    came[end] += 1
        made = Counter(s.node for s in one.steps)
        for node in design.nodes:
            merged = design.nodes[node][0] == "logic.join"
            expected = min(came[node], 1) if merged else came[node]
            if made[node] > expected or (made[node] < expected and one.status == "completed"):
                yield (
                    f"{one.id} ({one.journey}, {one.status}) made {made[node]} steps at {node}, "
                    f"where {came[node]} tokens came"
                )
            visits = sorted(s.visit for s in one.steps if s.node == node)
            if one.status == "completed" and visits != list(range(1, made[node] + 1)):
                yield f"the visits of {one.id} to {node} are {visits}"


def _counters(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    made: Counter[tuple[str, str, str]] = Counter()
    for one in travels.values():
        made.update((f"{one.journey}-1", s.node, s.handle) for s in one.steps if s.handle)
    counted = {
        (version, node, handle): n
        for version, node, handle, n in world.memory.rows(
            "SELECT version, node, handle, n FROM counter"
        )
        if handle != "in"
    }
    if counted != dict(made):
        wrong = {k: (counted.get(k), made.get(k)) for k in {*counted, *made}}
        wrong = {k: v for k, v in wrong.items() if v[0] != v[1]}
        yield f"the counters are wrong (counted, made): {dict(sorted(wrong.items()))}"


# --- I2, I8: effects ----------------------------------------------------------------------------


def _effects(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    book = world.provider.book
    rows = {
        row[0]: row[1:]
        for row in world.memory.rows(
            "SELECT key, run, kind, once, body, state, attempts, answer_json FROM outbox"
        )
    }
    mailed = Counter(key for (key,) in world.memory.rows("SELECT key FROM message"))
    for key, attempts in book.items():
        if key not in rows:
            yield f"the effect {key} was sent {len(attempts)} times and never committed"
    for key, (run, kind, once, body, state, _, answer) in rows.items():
        attempts, taken = book.get(key, []), world.provider.taken(key)
        sent = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
        if any(one.body != sent for one in attempts):
            yield f"the effect {key} was sent with other bytes than were committed"
        if once and len(taken) > 1:
            yield f"the effect {key} may be done once and was done {len(taken)} times"
        if state == "done":
            yield from _done(key, kind, orjson.loads(answer), attempts, taken, mailed[key])
        if state == "dropped" and not travels[run].cut_short:
            yield f"the effect {key} was dropped although its run is {travels[run].status}"
    yield from _steps_and_effects(travels, rows)


def _done(
    key: str, kind: str, answer: dict[str, Any], attempts: list[Any], taken: list[Any], mailed: int
) -> Iterator[str]:
    if kind == "email":
        if mailed != 1:
            yield f"the email {key} is in the mailbox {mailed} times"
        return
    told = [one.result for one in attempts if one.told_at is not None]
    if answer["ok"]:
        if not taken:
            yield f"the effect {key} counts as done and reached nobody"
        if not any(isinstance(one, Done) and dict(one.data) == answer["data"] for one in told):
            yield f"the effect {key} has an answer that nobody gave: {answer}"
    elif not any(isinstance(one, Refused) for one in told):
        yield f"the effect {key} counts as refused and nobody refused it: {answer}"


def _steps_and_effects(
    travels: dict[str, Travel], rows: dict[str, tuple[Any, ...]]
) -> Iterator[str]:
    """Each step of a node with an effect has its effect, with the same answer; each effect its
    step, unless its run was ended before."""
    types = business.types()
    left = dict(rows)
    for one in travels.values():
        for step in one.steps:
            if types[step.type].effect == "none":
                continue
            key = f"{one.id}:{step.token}:{step.node}:{step.visit}"
            row = left.pop(key, None)
            if row is None:
                if not (step.type == "action.send_email" and step.handle == "skipped"):
                    yield f"the step {key} ({step.handle}) has no effect"
                continue
            state, answer = row[4], orjson.loads(row[6] or "null")
            good = state == "done" and bool(answer["ok"])
            if (step.handle == "out") != good and step.type != "test.once":
                yield f"the step {key} left by {step.handle}; its effect is {state}: {answer}"
    for key, (run, *_, state, _, _) in left.items():
        if not travels[run].cut_short and travels[run].ended_at is not None:
            yield f"the effect {key} ({state}) has no step, and its run is {travels[run].status}"


# --- People -------------------------------------------------------------------------------------


def _people(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    decided: dict[str, list[str]] = defaultdict(list)
    unsure: set[str] = set()
    for person in world.people:
        unsure |= person.tried
        for approval, decision in person.decided.items():
            decided[approval].append(decision)
    handles = {"approved": "out", "rejected": "rejected", "expired": "expired"}
    for approval, run, token, node, visit, state in world.memory.rows(
        "SELECT id, run, token, node, visit, state FROM approval"
    ):
        told = decided.pop(approval, [])
        if len(told) > 1:
            yield f"the approval {approval} was decided {len(told)} times: {told}"
        expected = {"approve": "approved", "reject": "rejected"}
        if told and state != expected[told[0]]:
            yield f"the approval {approval} was decided ({told[0]}) and is {state}"
        if state in ("approved", "rejected") and not told and approval not in unsure:
            yield f"the approval {approval} is {state} and nobody decided"
        travel = travels[run]
        steps = [s for s in travel.steps if (s.token, s.node, s.visit) == (token, node, visit)]
        if [s.handle for s in steps] != [handles.get(state)] and not travel.cut_short:
            yield f"the approval {approval} is {state}, and its run left by {steps}"
        if state == "cancelled" and not travel.cut_short:
            yield f"the approval {approval} was cancelled, and its run is {travel.status}"
        for step in steps:
            if step.handle == "expired" and step.at < _came(travel, step) + 2 * HOUR:
                yield f"the approval {approval} expired early"
    if decided:
        yield f"decisions about approvals that are gone: {dict(decided)}"


def _came(travel: Travel, step: Step) -> int:
    """When the token came to the step: when the step before it was made."""
    before = [s.at for s in travel.steps[: travel.steps.index(step)] if _leads(travel, s, step)]
    return max(before, default=travel.started_at)


def _leads(travel: Travel, start: Step, end: Step) -> bool:
    edges = business.BY_SLUG[travel.journey].edges
    return (start.node, start.handle, end.node) in edges


# --- What the journeys say ----------------------------------------------------------------------


def _stories(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    events = world.memory.rows(
        "SELECT seq, id, customer, name, at, received_at FROM event ORDER BY seq"
    )
    for one in travels.values():
        for node, pause in (("pause", {"fork": 1, "loop": 3, "cool": 0.5}),):
            for step in one.of(node):
                if step.at < _came(one, step) + int(pause[one.journey] * HOUR):
                    yield f"the wait {node} of {one.id} ({one.journey}) ended early"
        if one.status == "failed" and not one.buried and not _may_fail(one):
            yield f"{one.id} ({one.journey}) failed: {one.reason}"
        if one.status == "exited" and one.id not in world.cancelled and one.journey != "trial":
            yield f"{one.id} ({one.journey}) was ended by nobody: {one.reason}"
        if one.journey == "trial":
            yield from _trial(world, one, events)
        if one.journey == "loop" and one.status == "completed" and len(one.of("count")) != 3:
            yield f"the loop {one.id} made {len(one.of('count'))} rounds"


def _may_fail(one: Travel) -> bool:
    """Whether a refusal of the provider ends it: where `failed` leads nowhere."""
    design = business.BY_SLUG[one.journey]
    node = (one.reason or "").partition(":")[0].removesuffix(" failed")
    return not any((a, h) == (node, "failed") for a, h, _ in design.edges)


def _trial(world: World, one: Travel, events: list[tuple[Any, ...]]) -> Iterator[str]:
    """Of churn, the invitation and the deadline, the first to come decides."""
    if one.buried or one.id in world.cancelled:
        return
    trigger = one.of("in")
    if not trigger:
        return
    deadline = trigger[0].at + 6 * HOUR
    mine = [e for e in events if e[2] == one.customer and e[0] > one.seq and e[5] <= deadline]
    first = next((e[3] for e in mine if e[3] in ("invited", "churned")), None)
    waited = [s.handle for s in one.of("wait")]
    expected = {"invited": ["out"], "churned": [], None: ["timed_out"]}[first]
    if waited != expected:
        yield (
            f"the trial {one.id}: first came {first} before the deadline, "
            f"and the wait was left by {waited} ({one.status}, {one.reason})"
        )
    for step in one.of("wait"):
        if step.handle == "timed_out" and step.at < deadline:
            yield f"the trial {one.id} timed out early"


def _reentry(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """The runs of one customer in one journey, by the journey's rule."""
    groups: dict[tuple[str, str, str], list[Travel]] = defaultdict(list)
    for one in travels.values():
        if one.customer is not None:
            groups[one.journey, one.customer, one.key].append(one)
    for (journey, customer, _), mine in groups.items():
        mode = business.BY_SLUG[journey].settings.get("reentry", {}).get("mode", "when_finished")
        if mode == "once" and len(mine) > 1:
            yield f"{customer} entered {journey} {len(mine)} times"
        for first, second in itertools.pairwise(mine):
            if mode == "after" and second.started_at < first.started_at + 4 * HOUR:
                yield f"{customer} entered {journey} again too soon"
            if mode == "when_finished" and second.started_at < (first.ended_at or 1 << 62):
                yield f"{customer} entered {journey} while inside"


def _order(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """I4: what one customer's events did came in the order of the events."""
    for sender in world.senders:
        orders = [s for s in sender.said if s.name == "order"]
        stored = world.memory.rows(
            "SELECT id, customer FROM event WHERE source = 'api' AND name = 'order'"
            " AND external_id LIKE ? ORDER BY seq",
            f"{sender.customer}-%",
        )
        if [row[0] for row in stored] != [s.event_id for s in orders]:
            yield f"the orders of {sender.customer} are stored in another order"
        if len({row[1] for row in stored}) > 1:
            yield f"{sender.customer} became several customers"
        mine = [t for t in travels.values() if t.journey == "last" and t.event in dict(stored)]
        ends = [(s.at, t.seq) for t in mine for s in t.of("note")]
        if [seq for _, seq in sorted(ends)] != sorted(seq for _, seq in ends):
            yield f"the runs of {sender.customer} overtook each other"
        if mine and not any(t.cut_short for t in mine):
            ((attributes,),) = world.memory.rows(
                "SELECT attributes_json FROM customer WHERE external_id = ?", sender.customer
            )
            last = next(s.n for s in orders if s.event_id == mine[-1].event)
            if orjson.loads(attributes).get("seen") != str(last):
                yield f"{sender.customer}'s last order was {last}, and the record says {attributes}"
        if len(mine) != len(orders) and not any(t.cut_short for t in mine):
            yield f"{sender.customer} had {len(orders)} orders and {len(mine)} runs of `last`"


def _fires(world: World) -> Iterator[str]:
    """Each firing reached everybody of the segment, once, and none was early."""
    fired = world.memory.rows("SELECT nominal, at FROM schedule_fire")
    came: dict[str, list[str]] = defaultdict(list)
    for external, customer, received in world.memory.rows(
        "SELECT external_id, customer, received_at FROM event WHERE source LIKE 'schedule:%'"
    ):
        nominal = external.rpartition(":")[0]
        came[nominal].append(customer)
        if received < to_us(_instant(nominal)):
            yield f"the schedule fired early: {nominal}"
    for nominal, _ in fired:
        if sorted(came.pop(nominal, [])) != sorted(business.VIPS):
            yield f"the firing {nominal} did not reach everybody once"
    if came:
        yield f"events of firings that were never noted: {sorted(came)}"


def _instant(nominal: str) -> Any:
    from datetime import UTC, datetime

    return datetime.fromisoformat(nominal).replace(tzinfo=UTC)


__all__ = ["MINUTE", "SECOND", "check"]
