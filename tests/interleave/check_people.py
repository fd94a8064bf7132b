"""What people did: decisions, cancels, dead letters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import orjson

from runtime.store import trail
from tests.interleave.hub import HOUR
from tests.interleave.travels import Travel, came_at
from tests.interleave.world import World


def check(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """Everything that people did."""
    yield from _decisions(world, travels)
    yield from _letters(world)
    yield from _reopened(world, travels)


def _decisions(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    decided: dict[str, list[str]] = defaultdict(list)
    unsure: set[str] = set()
    for person in world.people:
        unsure |= person.tried
        for approval, decision in person.decided.items():
            decided[approval].append(decision)
    handles = {"approved": "out", "rejected": "rejected", "expired": "expired"}
    for approval, run, token, node, visit, state in world.memory.rows(
        """SELECT id, run, token, node, visit, state FROM approval
 UNION ALL SELECT id, run, token, node, visit, state FROM gone_approval"""
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
        if [s.handle for s in steps] != [handles.get(state)] and not travel.left_open:
            yield f"the approval {approval} is {state}, and its run left by {steps}"
        if state == "cancelled" and not travel.left_open:
            yield f"the approval {approval} was cancelled, and its run is {travel.status}"
        for step in steps:
            if step.handle == "expired" and step.at < came_at(travel, step) + 2 * HOUR:
                yield f"the approval {approval} expired early"
    if decided:
        yield f"decisions about approvals that are gone: {dict(decided)}"


def _reopened(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """A failed run went on as often as the audit says, which is no oftener than somebody asked."""
    asked = Counter(run for (run,) in world.memory.rows("SELECT run FROM asked"))
    kept: Counter[str] = Counter()
    for what, of, detail in world.memory.rows('SELECT what, "of", detail_json FROM audit'):
        about = orjson.loads(detail)
        if what == "run.retried":
            kept[of] += 1
        elif what == "dead_letter.replayed" and about.get("kind") == "run":
            kept[about["ref"]] += 1
    for one in travels.values():
        times = len(one.reopened)
        if times > asked[one.id] or (times != kept[one.id] and not one.erased):
            yield (
                f"the run {one.id} went on {times} times, was asked to {asked[one.id]} times, and "
                f"the audit says {kept[one.id]}"
            )


def _letters(world: World) -> Iterator[str]:
    """What went out again was asked for by a person, and the audit says so."""
    kept = {
        (what, of, orjson.loads(detail).get("as"))
        for what, of, detail in world.memory.rows('SELECT what, "of", detail_json FROM audit')
    }
    said = {(what, of) for what, of, _ in kept}
    for key, asked, emptied in world.memory.rows(
        "SELECT key, asked_at, left_body = CAST('{}' AS BLOB) FROM all_outbox"
    ):
        _, again, _ = key.partition("~")
        if again:
            found = [of for what, of, made in kept if what == "effect.resent" and made == key]
            if len(found) != 1 and not (emptied and not found):  # erased with its customer
                yield f"the effect {key} is a new send, and the audit says {found}"
        elif asked is not None and ("replay", key) not in world.owner.asked:
            yield f"the effect {key} was tried again and nobody asked"
    for what, name in (("effect.confirmed", "confirm"), ("effect.resent", "resend")):
        for key in sorted(of for one, of in said if one == what):
            if (name, key) not in world.owner.asked:
                yield f"the audit says {what} of {key}, and nobody asked"
    with world.memory.reader.connect() as conn:
        if trail.broken(conn, "w") is not None:
            yield "the chain of the audit is broken"
