"""I3 and I4: no step twice, none lost, in the order of the events, as the journeys say."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from runtime.store.clock import to_us
from runtime.store.runs import GOAL, LEFT
from tests.interleave import business
from tests.interleave.hub import HOUR
from tests.interleave.travels import Travel, came_at, failing
from tests.interleave.world import World


def check(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """Everything about steps."""
    yield from _paths(travels)
    yield from _counters(world, travels)
    yield from _left(world, travels)
    yield from _stories(world, travels)
    yield from _reentry(world, travels)
    yield from _order(world, travels)
    yield from _fires(world)


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
        came.update(again.node for again in one.reopened if again.node)
        yield from _failures(one)
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


def _failures(one: Travel) -> Iterator[str]:
    """A step from which no way leads on has failed the run: once, and once more each time that
    somebody let it go on from there."""
    edges = {(start, handle) for start, handle, _ in business.BY_SLUG[one.journey].edges}
    lost = [s for s in one.steps if s.handle in ("failed", None)]
    failed = Counter(s.node for s in lost if (s.node, s.handle) not in edges)
    expected = Counter(again.node for again in one.reopened if again.node)
    if one.status == "failed" and not one.buried and (node := failing(one.reason)):
        expected[node] += 1
    if failed != expected and not one.erased:
        yield (
            f"{one.id} ({one.journey}, {one.status}) failed at {dict(failed)}, and went on from "
            f"{[again.reason for again in one.reopened]}"
        )


def _counters(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    goals = world.memory.rows(
        """SELECT version FROM (SELECT * FROM run UNION ALL SELECT * FROM gone_run)
 WHERE goal_at IS NOT NULL"""
    )
    made: Counter[tuple[str, str, str]] = Counter((version, *GOAL) for (version,) in goals)
    for one in travels.values():
        made.update((f"{one.journey}-1", s.node, s.handle) for s in one.steps if s.handle)
    counted = {
        (version, node, handle): n
        for version, node, handle, n in world.memory.rows(
            "SELECT version, node, handle, n FROM counter"
        )
        if handle != "in" and not handle.startswith(LEFT)
    }
    if counted != dict(made):
        wrong = {k: (counted.get(k), made.get(k)) for k in {*counted, *made}}
        wrong = {k: v for k, v in wrong.items() if v[0] != v[1]}
        yield f"the counters are wrong (counted, made): {dict(sorted(wrong.items()))}"


def _left(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """Each run that is over was counted once, where it ended: none of these journeys has a node
    that ends it. One that was buried stood nowhere in particular; one that was erased may have
    been over before."""
    sql = "SELECT version, handle, n FROM counter"
    counted: Counter[str] = Counter()
    for version, handle, n in world.memory.rows(sql):
        if handle.startswith(LEFT):
            counted[version] += n
    for journey in business.BY_SLUG:
        over = [t for t in travels.values() if t.journey == journey and t.ended_at is not None]
        sure = sum(not t.buried and not t.erased for t in over)
        most = sure + sum(t.erased for t in over)
        if not sure <= counted[f"{journey}-1"] <= most:
            n = counted[f"{journey}-1"]
            yield f"{n} runs of {journey} were counted as over, where {sure} to {most} are"


def _stories(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    events = world.memory.rows(
        "SELECT seq, id, customer, name, at, received_at, routed_at FROM all_event ORDER BY seq"
    )
    for one in travels.values():
        for node, pause in (("pause", {"fork": 1, "loop": 3, "cool": 0.5, "brittle": 1}),):
            for step in one.of(node):
                if step.at < came_at(one, step) + int(pause[one.journey] * HOUR):
                    yield f"the wait {node} of {one.id} ({one.journey}) ended early"
        if one.status == "failed" and not one.buried and not _may_fail(one):
            yield f"{one.id} ({one.journey}) failed: {one.reason}"
        from_outside = one.id in world.cancelled or one.erased
        if one.status == "exited" and not from_outside and one.journey != "trial":
            yield f"{one.id} ({one.journey}) was ended by nobody: {one.reason}"
        if one.journey == "trial":
            yield from _trial(world, one, events)
        if one.journey == "loop" and one.status == "completed" and len(one.of("count")) != 3:
            yield f"the loop {one.id} made {len(one.of('count'))} rounds"


def _may_fail(one: Travel) -> bool:
    """Whether a refusal of the provider ends it: where `failed` leads nowhere."""
    design = business.BY_SLUG[one.journey]
    node = failing(one.reason)
    return not any((a, h) == (node, "failed") for a, h, _ in design.edges)


def _trial(world: World, one: Travel, events: list[tuple[Any, ...]]) -> Iterator[str]:
    """Of churn, the invitation and the deadline, the first to come decides. What was routed while
    the run was over it has not heard."""
    if one.buried or one.erased or one.id in world.cancelled:
        return
    trigger = one.of("in")
    if not trigger:
        return
    deadline = trigger[0].at + 6 * HOUR
    mine = [e for e in events if e[2] == one.customer and e[0] > one.seq and e[5] <= deadline]
    mine = [e for e in mine if not any(a.ended_at < e[6] < a.at for a in one.reopened)]
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
        if mode == "when_finished":
            times = sorted(span for one in mine for span in one.inside)
            if any(second[0] < first[1] for first, second in itertools.pairwise(times)):
                yield f"{customer} entered {journey} while inside"


def outside(world: World) -> Iterator[str]:
    """At any time: whoever goes through a journey that lets nobody in twice counts as inside."""
    for journey, run in world.memory.rows(
        """SELECT r.journey, r.id FROM run r WHERE r.ended_at IS NULL AND r.customer IS NOT NULL
 AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.journey = r.journey AND n.customer = r.customer
 AND n.key = r.entry_key AND n.run = r.id AND n.open)"""
    ):
        if business.BY_SLUG[journey].settings != business.ALWAYS:
            yield f"the run {run} of {journey} goes on, and its customer counts as outside"


def _order(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """I4: what one customer's events did came in the order of the events."""
    erased = {row[0] for row in world.memory.rows("SELECT ref FROM chore WHERE kind = 'erase'")}
    for sender in world.senders:
        orders = [s for s in sender.said if s.name == "order"]
        stored = world.memory.rows(
            "SELECT id, customer FROM all_event WHERE source = 'api' AND name = 'order'"
            " AND external_id LIKE ? ORDER BY seq",
            f"{sender.prefix}%",
        )
        if [row[0] for row in stored] != [s.event_id for s in orders]:
            yield f"the orders of {sender.customer} are stored in another order"
        mine = [t for t in travels.values() if t.journey == "last" and t.event in dict(stored)]
        ends = [(s.at, t.seq) for t in mine for s in t.of("note") if not t.reopened]
        if [seq for _, seq in sorted(ends)] != sorted(seq for _, seq in ends):
            yield f"the runs of {sender.customer} overtook each other"
        who = {row[1] for row in stored}
        if not erased.isdisjoint(who) or None in who:
            continue  # somebody new came by the same name
        if len(who) > 1:
            yield f"{sender.customer} became several customers"
        yield from _last(world, sender.customer, mine, orders)


def _last(world: World, customer: str, mine: list[Travel], orders: list[Any]) -> Iterator[str]:
    """The journey `last` writes each order into the record."""
    if any(t.cut_short for t in mine):
        return
    if len(mine) != len(orders):
        yield f"{customer} had {len(orders)} orders and {len(mine)} runs of `last`"
    elif mine:
        sql = "SELECT attributes_json FROM customer WHERE external_id = ?"
        found = world.memory.rows(sql, customer)
        latest = mine[-1]
        if any(one.reopened for one in mine):  # one that went on later may have been the last
            latest = max(mine, key=lambda one: [s.at for s in one.of("note")])
        last = next(s.n for s in orders if s.event_id == latest.event)
        if [orjson.loads(row[0]).get("seen") for row in found] != [str(last)]:
            yield f"{customer}'s last order was {last}, and the record says {found}"


def _fires(world: World) -> Iterator[str]:
    """Each firing reached everybody of the segment, once, and none was early."""
    fired = world.memory.rows("SELECT nominal, at FROM schedule_fire")
    erased = {row[0] for row in world.memory.rows("SELECT ref FROM chore WHERE kind = 'erase'")}
    came: dict[str, list[str]] = defaultdict(list)
    for external, customer, received in world.memory.rows(
        "SELECT external_id, customer, received_at FROM all_event WHERE source LIKE 'schedule:%'"
    ):
        nominal = external.rpartition(":")[0]
        came[nominal].append(customer)
        if received < to_us(datetime.fromisoformat(nominal).replace(tzinfo=UTC)):
            yield f"the schedule fired early: {nominal}"
    for nominal, _ in fired:
        reached = came.pop(nominal, [])
        missed = set(business.VIPS) - set(reached)
        if sorted(reached) != sorted(set(business.VIPS) - missed) or missed - erased:
            yield f"the firing {nominal} did not reach everybody once"
    if came and "retains" not in world.owner.duties:
        yield f"events of firings that were never noted: {sorted(came)}"
