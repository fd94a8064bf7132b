"""Effects: sent with one key and the same bytes until acknowledged, given up, or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.ports.results import Done, Later, Refused, Result
from runtime.settings import Settings
from runtime.store.reopen import reopen
from runtime.work import effects
from tests.support.postgres import elsewhere
from tests.work.house import DAY, HOUR, START, House, Outside
from tests.work.kinds import with_once

SECOND = 1_000_000
NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/", "body": "hi"}),
    "sorry": ("logic.exit", {"reason": "sorry"}),
}
ONCE = {"in": ("trigger.event", {"event": "order"}), "send": ("test.once", {})}


def outbox(house: House) -> tuple[Any, ...]:
    return house.one("SELECT state, attempts, next_at FROM outbox")


def error(house: House) -> str:
    return orjson.loads(house.one("SELECT answer_json FROM outbox"))["error"]["kind"]


def test_a_busy_provider_is_tried_again_by_the_nodes_rule(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")
    house.say("order")
    house.drain()
    state, attempts, next_at = outbox(house)
    assert (state, attempts) == ("pending", 1)
    house.now = next_at - 1
    house.drain()
    assert len(house.outside.sent) == 1
    house.now = next_at
    house.drain()
    later = outbox(house)[2]
    assert len(house.outside.sent) == 2
    assert later - house.now > next_at - START
    house.outside.answer = Done({"status": 200, "headers": {}, "body": ""})
    house.now = later
    house.drain()
    assert house.runs() == [("completed", None)]
    assert len({key for _, key, _ in house.outside.sent}) == 1
    assert len({orjson.dumps(body) for _, _, body in house.outside.sent}) == 1


def test_retry_after_is_never_too_early(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("rate", "Slow down.", after=7200)
    house.say("order")
    house.drain()
    assert outbox(house)[2] == START + 7200 * SECOND


def test_attempts_used_up_go_to_the_dead_letters_and_fail_the_step(house: House) -> None:
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = Later("down", "The server is down.", data={"status": 503})
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert outbox(house)[0] == "dead"
    kind, reason = house.one("SELECT kind, reason FROM dead_letter")
    assert kind == "effect"
    assert "The server is down." in reason
    assert house.runs() == [("exited", "sorry")]


def test_a_refusal_is_final_and_leaves_by_failed(house: House) -> None:
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = Refused("status", "The server said 404.", {"status": 404})
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "done"
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT * FROM dead_letter") == []


def test_without_a_way_for_failures_the_run_fails_and_names_the_node(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Refused("status", "The server said 404.")
    house.say("order")
    house.drain()
    [(status, reason)] = house.runs()
    assert status == "failed"
    assert "call" in (reason or "")
    assert house.one("SELECT open FROM entry") == 0


def test_an_error_in_a_port_counts_as_try_again(house: House) -> None:
    def explode(body: Mapping[str, Any]) -> Result:
        raise RuntimeError("boom")

    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = explode
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "pending"
    assert error(house) == "error"


def test_an_answer_that_cannot_be_kept_is_a_refusal_and_harms_no_other(house: House) -> None:
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    answers = iter(
        [Done({"body": deep}), Done({"body": "\ud800"}), Later("x", "", data={"b": deep})]
    )
    plain = Done({"status": 200, "headers": {}, "body": ""})
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.outside.answer = lambda body: next(answers, plain)
    for n in range(4):
        house.say("order", who={"email": f"{n}@x.example"})
    house.drain()
    assert sorted(house.runs()) == [("completed", None)] + [("exited", "sorry")] * 3


class Sleeper(Outside):
    """Never answers."""

    async def send(self, *args: Any, **more: Any) -> Result:
        await asyncio.Event().wait()
        raise AssertionError


def test_a_provider_that_never_answers_is_cut_off_before_the_lease_ends(tmp_path: Path) -> None:
    house = House(tmp_path, settings=Settings(tmp_path, database=elsewhere(), lease_seconds=0.2))
    house.publish(NODES, [("in", "out", "call")])
    house.say("order")
    house.worker(Sleeper()).drain(1e12)
    assert outbox(house)[0] == "pending"
    assert error(house) == "timeout"
    house.close()


def test_a_missing_credential_is_a_refusal_with_a_remedy(house: House) -> None:
    nodes = {
        **NODES,
        "call": (
            "action.http_request",
            {"method": "GET", "url": "http://x.test/", "credential": "k"},
        ),
    }
    house.publish(nodes, [("in", "out", "call")])
    house.say("order")
    house.drain()
    assert house.outside.sent == []
    answer = orjson.loads(house.one("SELECT answer_json FROM outbox"))
    assert "credential named k" in answer["error"]["message"]


def test_a_run_that_was_ended_sends_nothing_more(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")], exit_when=[{"event": "stop"}])
    house.outside.answer = Later("busy", "Too busy.")
    house.say("order")
    house.drain()
    house.say("stop")
    house.drain()
    house.now += DAY
    house.drain()
    assert len(house.outside.sent) == 1
    assert outbox(house)[0] == "dropped"
    assert house.runs() == [("exited", "stop came")]


def test_a_cancel_between_the_commit_and_the_send_stops_the_send(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
    carry(house)
    house.drain()
    assert house.outside.sent == []
    assert outbox(house)[0] == "dropped"
    assert house.runs() == [("exited", "erased")]


def test_an_answer_after_the_run_was_cancelled_is_kept_and_wakes_nobody(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        carry(house)

    house.outside.before = cancel
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "done"
    assert house.runs() == [("exited", "erased")]
    assert house.rows("SELECT * FROM signal") == []


def test_an_effect_whose_run_ended_while_it_was_sent_is_not_tried_again(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        carry(house)

    house.outside.before = cancel
    house.say("order")
    house.drain()
    assert outbox(house) == ("dropped", 1, None)


def test_an_effect_whose_run_was_told_to_end_is_not_tried_again(house: House) -> None:
    """Though nobody has come to end the run yet: the worker that has claimed it takes long."""
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        assert house.worker().claim("w") is not None

    house.outside.before = cancel
    house.say("order")
    house.drain()
    house.outside.before = None
    house.now += 20 * SECOND
    house.drain()
    assert house.runs() == [("waiting", None)]
    assert outbox(house)[0] == "dropped"
    assert len(house.outside.sent) == 1
    house.now += DAY
    house.drain()
    assert house.runs() == [("exited", "erased")]


def test_a_dead_letter_is_sent_again_though_its_run_has_failed(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert house.runs()[0][0] == "failed"
    house.set("UPDATE dead_letter SET resolved_at = 0")
    house.set("UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0, asked_at = 1")
    tries = len(house.outside.sent)
    house.drain()
    assert outbox(house)[:2] == ("pending", 1)
    house.outside.answer = Done()
    house.now += DAY
    house.drain()
    assert outbox(house)[0] == "done"
    assert len(house.outside.sent) == tries + 2
    assert len({key for _, key, _ in house.outside.sent}) == 1
    assert house.rows("SELECT * FROM signal") == []


def carry(house: House) -> None:
    """Another worker claims the runs that are due, and carries them on."""
    work = house.worker()
    batch = work.claim("w")
    assert batch is not None
    work.carry(batch, 0)


def claim_and_die(house: House) -> None:
    """A worker claims the effects, perhaps sends them, and is never heard of again."""
    work = house.worker()
    work.take_off("w", 10)


def prepared(house: House, nodes: Mapping[str, Any], edges: list[tuple[str, str, str]]) -> None:
    """One effect is in the outbox."""
    house.publish(nodes, edges)
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    work.carry(batch, 0)
    assert outbox(house)[0] == "pending"


def test_an_effect_over_which_a_worker_died_is_sent_again_after_the_lease(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    claim_and_die(house)
    house.drain()
    assert house.outside.sent == []
    house.now += 30 * SECOND
    house.drain()
    assert len(house.outside.sent) == 1
    assert outbox(house)[:2] == ("done", 2)


def test_an_effect_that_kills_every_worker_goes_to_the_dead_letters(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    for _ in range(10):
        claim_and_die(house)
        house.now += 31 * SECOND
    house.drain()
    assert house.outside.sent == []
    assert outbox(house)[0] == "dead"
    assert house.runs()[0][0] == "failed"


def test_a_late_worker_cannot_mark_what_another_has_taken(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    work = house.worker()
    _, [flight] = work.take_off("w", 10)
    house.now += 30 * SECOND
    house.drain()
    late = effects.Landing(flight.effect, Refused("late", "Late."), "")
    work.land([late], True, 1)
    assert outbox(house)[:2] == ("done", 2)
    assert house.runs() == [("completed", None)]


def test_of_two_attempts_that_come_back_together_the_older_one_counts_for_nothing(
    house: House,
) -> None:
    """A worker that was stopped for longer than the lease takes its own effect again."""
    house.publish(NODES, [("in", "out", "call"), ("call", "failed", "sorry")])
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    _, [first] = work.carry(batch, 10)
    assert first.carried is not None
    house.now += 30 * SECOND
    _, [second] = work.take_off("w", 10)
    refused = effects.Landing(first.effect, Refused("http_400", "No."), "", first.carried)
    done = effects.Landing(second.effect, Done({"status": 200, "headers": {}, "body": ""}), "")
    work.land([refused, done], False, 0)
    house.drain()
    assert outbox(house)[:2] == ("done", 2)
    assert house.runs() == [("completed", None)]
    assert house.steps() == [("in", "out"), ("call", "out")]


@pytest.fixture
def once(tmp_path: Path) -> Any:
    house = House(tmp_path, with_once())
    yield house
    house.close()


def test_at_most_once_in_doubt_goes_to_a_person_and_is_not_sent_again(once: House) -> None:
    prepared(once, ONCE, [("in", "out", "send")])
    claim_and_die(once)
    once.now += DAY
    once.drain()
    assert once.outside.sent == []
    assert outbox(once)[0] == "unknown"
    assert error(once) == "unknown"
    assert once.one("SELECT kind FROM dead_letter") == "effect"
    assert once.runs() == [("waiting", None)]  # until a person has said whether it went out
    assert once.one("SELECT kind FROM timer") == "effect"


def again_after_its_run(house: House) -> None:
    """A person sends the effect again after its run has ended, and the worker dies over it."""
    house.drain()
    assert house.runs()[0][0] in ("completed", "failed")
    house.set("UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0, asked_at = 1")
    claim_and_die(house)
    house.now += DAY


def test_what_is_in_doubt_after_its_run_has_ended_leaves_no_wait(once: House) -> None:
    prepared(once, ONCE, [("in", "out", "send")])
    again_after_its_run(once)
    once.drain()
    assert outbox(once)[0] == "unknown"
    assert once.rows("SELECT * FROM timer") == once.rows("SELECT * FROM signal") == []


def test_what_is_in_doubt_though_its_run_has_gone_on_leaves_no_wait(once: House) -> None:
    pause = ("logic.wait", {"for": "PT9H"})
    edges = [("in", "out", "send"), ("send", "out", "pause")]
    prepared(once, {**ONCE, "pause": pause}, edges)
    once.drain()
    once.set("UPDATE outbox SET state = 'pending', next_at = 0, asked_at = 1")
    claim_and_die(once)
    once.now += HOUR
    once.drain()
    assert outbox(once)[0] == "unknown"
    assert once.rows("SELECT node FROM timer") == [("pause",)]


def test_what_is_given_up_after_its_run_has_ended_tells_the_run_nothing(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    again_after_its_run(house)
    house.set("UPDATE outbox SET attempts = 99")
    house.drain()
    assert outbox(house)[0] == "dead"
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []


def test_at_most_once_stays_in_doubt_when_its_run_has_failed_meanwhile(once: House) -> None:
    """A retry of that run would send again what was dropped."""
    nodes = {**ONCE, "call": NODES["call"]}
    once.publish(nodes, [("in", "out", "send"), ("in", "out", "call")])
    once.say("order")
    work = once.worker()
    _, batch = work.route("w")
    assert batch is not None
    _, flights = work.carry(batch, 10)
    [call] = [one for one in flights if ":call:" in one.effect.key]
    refused = Refused("http_400", "No.")
    work.land([effects.Landing(call.effect, refused, "", call.carried)], False, 0)
    assert once.runs()[0][0] == "failed"  # and nobody knows of `send`: its worker died
    once.now += DAY
    once.drain()
    assert once.one("SELECT state FROM outbox WHERE once") == "unknown"
    assert once.one("SELECT kind FROM dead_letter") == "effect"
    assert once.rows("SELECT * FROM timer") == once.rows("SELECT * FROM signal") == []
    with once.database.write() as conn:
        assert reopen(conn, once.one("SELECT id FROM run"), once.now) is None
    once.drain()
    assert [key for _, key, _ in once.outside.sent if ":send:" in key] == []
    assert once.one("SELECT status FROM run") == "waiting"


def test_what_ends_a_run_leaves_no_wait_for_what_comes_back_with_it(house: House) -> None:
    """Two effects of a run land in one commit: one ends it, the other would be tried again."""
    nodes = {**NODES, "other": NODES["call"]}
    house.publish(nodes, [("in", "out", "call"), ("in", "out", "other"), ("call", "out", "sorry")])
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    _, flights = work.carry(batch, 10)
    done, later = Done({"status": 200, "headers": {}, "body": ""}), Later("busy", "Too busy.")
    landings = [
        effects.Landing(one.effect, done if ":call:" in one.effect.key else later, "", one.carried)
        for one in flights
    ]
    work.land(landings, False, 0)
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT state FROM outbox ORDER BY key") == [("done",), ("dropped",)]
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []


def test_what_ends_a_run_takes_no_answer_that_comes_back_with_it(house: House) -> None:
    nodes = {**NODES, "other": NODES["call"]}
    house.publish(nodes, [("in", "out", "call"), ("in", "out", "other"), ("call", "out", "sorry")])
    house.say("order")
    house.drain()
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []


@pytest.mark.parametrize(("uncertain", "state"), [(True, "unknown"), (False, "pending")])
def test_at_most_once_is_tried_again_only_when_it_surely_did_not_arrive(
    once: House, uncertain: bool, state: str
) -> None:
    once.publish(ONCE, [("in", "out", "send")])
    once.outside.answer = Later("reset", "The line broke.", uncertain=uncertain)
    once.say("order")
    once.drain()
    assert outbox(once)[0] == state


class Gate(Outside):
    """Answers only when so many sends wait together."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.barrier = asyncio.Barrier(size)

    async def send(self, *args: Any, **more: Any) -> Result:
        await self.barrier.wait()
        return Done({"status": 200, "headers": {}, "body": ""})


def test_effects_are_sent_side_by_side(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    for n in range(64):
        house.say("order", f"c{n}")
    house.worker(Gate(32)).drain(1e12)
    assert house.runs() == [("completed", None)] * 64


def test_a_slow_provider_holds_up_no_other_work(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")], "slow")
    house.publish({"in": ("trigger.event", {"event": "quick"})}, [], "quick")
    house.say("order")

    class Slow(Outside):
        """Answers after another event has run its whole way."""

        async def send(self, *args: Any, **more: Any) -> Result:
            house.say("quick")
            sql = "SELECT count(*) FROM run WHERE journey = 'quick' AND status = 'completed'"
            while not house.one(sql):
                await asyncio.sleep(0)
            return Done({"status": 200, "headers": {}, "body": ""})

    house.worker(Slow()).drain(1e12)
    assert house.runs() == [("completed", None)] * 2


def test_a_stopping_worker_claims_nothing(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.say("order")
    work = house.worker()
    work.stop()
    work.drain(1e12)
    assert house.runs() == []


@pytest.mark.parametrize(("choice", "state"), [(True, "unknown"), (False, "pending")])
def test_a_node_chooses_whether_its_call_may_arrive_twice(
    house: House, choice: bool, state: str
) -> None:
    kind, config = NODES["call"]
    house.publish(
        {**NODES, "call": (kind, {**config, "at_most_once": choice})}, [("in", "out", "call")]
    )
    house.outside.answer = Later("reset", "The line broke.", uncertain=True)
    house.say("order")
    house.drain()
    assert outbox(house)[0] == state
