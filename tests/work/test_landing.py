"""A run goes on with the answer of its effect from memory, unless anything has touched it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.ports.results import Done, Later
from runtime.work import effects, landing
from tests.work.house import DAY, House

NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
    "then": (
        "logic.branch",
        {"condition": {"field": "customer.plan", "op": "eq", "value": "pro"}},
    ),
    "again": ("action.http_request", {"method": "POST", "url": "http://sink.test/pro"}),
}
EDGES = [("in", "out", "call"), ("call", "out", "then"), ("then", "yes", "again")]


@pytest.fixture
def house(tmp_path: Path) -> Any:
    house = House(tmp_path)
    house.publish(NODES, EDGES, exit_when=[{"event": "stop"}])
    yield house
    house.close()


def fences(house: House) -> list[int]:
    return [n for (n,) in house.rows("SELECT fence FROM journal ORDER BY fence")]


def test_the_answer_goes_straight_into_the_run(house: House) -> None:
    house.say("order")
    house.drain()
    assert house.runs() == [("completed", None)]
    assert house.steps() == [("in", "out"), ("call", "out"), ("then", "no")]
    assert fences(house) == [1, 2]  # its start and its answer: nobody claimed it in between
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []
    assert house.one("SELECT state, attempts FROM outbox") == ("done", 1)


def test_several_effects_one_after_another(house: House) -> None:
    house.say("hello", properties={}, kind="identify")
    house.say("identify", properties={"plan": "pro"}, kind="identify")
    house.say("order")
    house.drain()
    assert ("then", "yes") in house.steps()
    assert ("again", "out") in house.steps()
    assert fences(house) == [1, 2, 3]
    assert len(house.outside.sent) == 2


def during(house: House, act: Any) -> None:
    """Let something happen once while the first effect is on its way."""

    def once() -> None:
        house.outside.before = None
        act()
        other = house.worker()
        _, batch = other.route("w")
        if batch is not None:
            other.carry(batch, 0)

    house.outside.before = once


def test_what_the_customer_became_meanwhile_counts(house: House) -> None:
    def upgrade() -> None:
        house.say("identify", properties={"plan": "pro"}, kind="identify")

    house.say("order")
    during(house, upgrade)
    house.drain()
    assert ("then", "yes") in house.steps()
    assert house.runs() == [("completed", None)]


def test_an_event_that_came_meanwhile_ends_the_run_and_nothing_more_is_sent(house: House) -> None:
    house.say("order")
    during(house, lambda: house.say("stop"))
    house.drain()
    assert house.runs() == [("exited", "stop came")]
    assert len(house.outside.sent) == 1
    assert house.one("SELECT state FROM outbox") == "done"


def test_an_effect_that_is_tried_again_is_seen_to_wait_and_its_answer_still_counts(
    house: House,
) -> None:
    house.outside.answer = Later("busy", "Too busy.")
    house.say("order")
    house.drain()
    assert house.one("SELECT node, kind FROM timer") == ("call", "effect")
    house.outside.answer = Done({"status": 200, "headers": {}, "body": ""})
    house.now += DAY
    house.drain()
    assert house.runs() == [("completed", None)]
    assert house.rows("SELECT * FROM timer") == []


def test_two_answers_for_one_run_at_once_both_count(tmp_path: Path) -> None:
    house = House(tmp_path)
    both = {
        "in": NODES["in"],
        "a": NODES["call"],
        "b": NODES["call"],
        "both": ("logic.join", {"mode": "all"}),
    }
    edges = [("in", "out", "a"), ("in", "out", "b"), ("a", "out", "both"), ("b", "out", "both")]
    house.publish(both, edges)
    house.say("order")
    house.drain()
    assert sorted(house.steps()) == [("a", "out"), ("b", "out"), ("both", "out"), ("in", "out")]
    assert house.runs() == [("completed", None)]
    house.close()


def test_what_cannot_be_sent_before_its_lease_is_nearly_over_is_not_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "WITHIN", -1.0)  # the worker got to it far too late
    house.say("order")
    house.drain()
    assert house.outside.sent == []
    assert house.one("SELECT state FROM outbox") == "pending"
    monkeypatch.undo()
    house.now += DAY
    house.drain()
    assert house.runs() == [("completed", None)]
    assert len({key for _, key, _ in house.outside.sent}) == len(house.outside.sent) == 1


def test_answers_that_could_not_be_committed_are_kept_and_committed_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("the database is away")

    house.say("order")
    with monkeypatch.context() as patch:
        patch.setattr(landing, "land", away)
        with pytest.raises(ConnectionError):
            house.drain()
    assert house.one("SELECT state FROM outbox") == "sending"
    assert house._works[0].anything_due()
    house.drain()
    assert house.runs() == [("completed", None)]
    assert len(house.outside.sent) == 1


def test_an_answer_that_cannot_be_kept_harms_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = landing.writing.add

    def fail(written: Any, one: Any, new: list[int], now: int) -> None:
        if one.landed and one.claimed.id == bad[0]:
            raise TypeError("This cannot be written.")
        write(written, one, new, now)

    for who in ("maya", "tom", "zoe"):
        house.say("order", who)
    bad: list[str] = []
    house.outside.before = lambda: bad.append(house.one("SELECT min(id) FROM run"))
    monkeypatch.setattr(landing.writing, "add", fail)
    house.drain()
    assert house.runs() == [("completed", None)] * 3
    assert len(house.outside.sent) == 3


def test_an_answer_of_which_nothing_can_be_kept_fails_its_node_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = landing.settling.settle

    def fail(effect: Any, result: Any, now: int) -> Any:
        if isinstance(result, Done) and effect.run == house.one("SELECT min(id) FROM run"):
            raise TypeError("This cannot be read.")
        return settle(effect, result, now)

    for who in ("maya", "tom", "zoe"):
        house.say("order", who)
    monkeypatch.setattr(landing.settling, "settle", fail)
    house.drain()
    assert sorted(status for status, _ in house.runs()) == ["completed", "completed", "failed"]
    assert len(house.outside.sent) == 3
