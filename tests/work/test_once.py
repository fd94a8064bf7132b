"""Effects over which a worker died: sent again after its lease; those that may go out once only are
left to a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.ports.results import Done, Later, Refused
from runtime.store.reopen import reopen
from runtime.work import effects
from tests.work.house import DAY, HOUR, House
from tests.work.kinds import with_once
from tests.work.sending import (
    NODES,
    ONCE,
    SECOND,
    again_after_its_run,
    claim_and_die,
    error,
    outbox,
    prepared,
)


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


@pytest.mark.parametrize(("uncertain", "state"), [(True, "unknown"), (False, "pending")])
def test_at_most_once_is_tried_again_only_when_it_surely_did_not_arrive(
    once: House, uncertain: bool, state: str
) -> None:
    once.publish(ONCE, [("in", "out", "send")])
    once.outside.answer = Later("reset", "The line broke.", uncertain=uncertain)
    once.say("order")
    once.drain()
    assert outbox(once)[0] == state


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
