"""An event that could not be routed, and what trying it again does: exactly what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.facade import letters
from runtime.facade.customers import customer
from tests.facade.test_letters import desk_of
from tests.work.house import House
from tests.work.kinds import with_probe

BROKEN = 9_000_000_000_000_000_000  # an instant that no calendar has: whoever reads it fails
LISTENS = {
    "in": ("trigger.event", {"event": "order"}),
    "first": ("logic.wait_for_event", {"event": "order", "within": "P9D"}),
    "second": ("logic.wait_for_event", {"event": "order", "within": "P9D"}),
}
LISTENS_EDGES = [("in", "out", "first"), ("first", "out", "second")]
STARTS = {"in": ("trigger.event", {"event": "order"})}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def break_entries(house: House, journey: str) -> int:
    """What the reentry rule of a journey remembers cannot be read; what it was."""
    before = house.one("SELECT max(last_at) FROM entry WHERE journey = ?", journey)
    house.set("UPDATE entry SET last_at = ? WHERE journey = ?", BROKEN, journey)
    return before


def mend_entries(house: House, journey: str, before: int) -> None:
    house.set("UPDATE entry SET last_at = ? WHERE journey = ?", before, journey)


def waits(house: House) -> list[str]:
    return [node for (node,) in house.rows("SELECT node FROM timer ORDER BY run")]


def newest(house: House) -> list[dict[str, Any]]:
    return house.outcomes()[-1]


def try_again(house: House) -> None:
    (letter,) = letters.dead_letters(desk_of(house))
    assert letter["kind"] == "event"
    letters.replay(desk_of(house), letter["id"])
    house.drain()


def test_a_run_that_has_heard_the_event_does_not_hear_it_again(house: House) -> None:
    house.publish(LISTENS, LISTENS_EDGES)
    house.say("order")
    house.drain()
    before = break_entries(house, "j")
    house.say("order")
    house.drain()
    assert waits(house) == ["second"]  # heard; but whether it starts a run could not be found out
    mend_entries(house, "j", before)
    try_again(house)
    assert waits(house) == ["second"]
    assert len(house.runs()) == 1
    assert [set(one) for one in newest(house)] == [{"journey", "skipped"}]
    assert letters.dead_letters(desk_of(house)) == []


def test_what_fails_in_one_journey_keeps_no_other_from_starting(house: House) -> None:
    house.publish(STARTS, [], "a")
    house.publish(STARTS, [], "b")
    house.publish(STARTS, [], "c")
    house.say("order")
    house.drain()
    before = break_entries(house, "b")
    house.say("order")
    house.drain()
    assert [sorted(one) for one in newest(house)] == [
        ["journey", "run"],
        ["error", "journey"],
        ["journey", "run"],
    ]
    first = newest(house)
    mend_entries(house, "b", before)
    try_again(house)
    again = newest(house)
    assert sorted(again, key=lambda one: one["journey"])[::2] == first[::2]
    assert all(set(one) == {"journey", "run"} for one in again)
    started = house.rows("SELECT journey, count(*) FROM run GROUP BY journey ORDER BY journey")
    assert started == [("a", 2), ("b", 2), ("c", 2)]
    runs = {run for (run,) in house.rows("SELECT id FROM run")}
    assert {one["run"] for one in again} <= runs


def test_what_fails_twice_is_with_the_letters_once_and_still_exact(house: House) -> None:
    house.publish(LISTENS, LISTENS_EDGES, "a")
    house.publish(STARTS, [], "b")
    house.say("order")
    house.drain()
    before = break_entries(house, "b")
    house.say("order")
    house.drain()
    try_again(house)
    assert len(letters.dead_letters(desk_of(house))) == 1
    mend_entries(house, "b", before)
    try_again(house)
    assert waits(house) == ["second"]
    kinds = {one["journey"]: set(one) - {"journey"} for one in newest(house)}
    assert kinds == {"a": {"skipped"}, "b": {"run"}}


def test_an_event_that_nobody_could_hear_is_heard_when_it_is_tried_again(house: House) -> None:
    house.publish(LISTENS, LISTENS_EDGES)
    house.say("order")
    house.drain()
    house.say("order", properties={"n": 1})
    sql = "SELECT properties_json FROM event ORDER BY seq DESC LIMIT 1"
    good = house.one(sql)
    house.set("UPDATE event SET properties_json = '{' WHERE routed_at IS NULL")
    house.drain()
    assert waits(house) == ["first"]
    assert [set(one) for one in newest(house)] == [{"error"}]
    house.set("UPDATE event SET properties_json = ? WHERE properties_json = '{'", good)
    try_again(house)
    assert waits(house) == ["second"]


def test_an_event_made_for_a_customer_keeps_them_when_it_is_tried_again(house: House) -> None:
    house.publish(STARTS, [], "a")
    house.say("order")
    house.drain()
    maya = house.one("SELECT id FROM customer")
    house.say("order", None)  # as a schedule makes it: it knows the customer's id
    house.set("UPDATE event SET customer = ?, properties_json = '{' WHERE routed_at IS NULL", maya)
    house.drain()
    house.set("UPDATE event SET properties_json = '{}' WHERE properties_json = '{'")
    try_again(house)
    assert house.rows("SELECT DISTINCT customer FROM run") == [(maya,)]


def test_entries_that_cannot_be_read_let_nobody_in_twice(house: House) -> None:
    house.publish(STARTS | {"stay": ("logic.wait", {"for": "P9D"})}, [("in", "out", "stay")])
    house.say("order", "maya")
    house.say("order", "tom")
    house.drain()
    maya = house.one("SELECT id FROM customer WHERE external_id = 'maya'")
    house.set("UPDATE entry SET last_at = ? WHERE customer = ?", BROKEN, maya)
    house.say("order", "maya")
    house.say("order", "tom")
    house.drain()
    assert len(house.runs()) == 2
    assert orjson.dumps(house.outcomes()[-1]).count(b"run") == 0


def test_a_live_journey_that_cannot_be_read_loses_no_event(tmp_path: Path) -> None:
    """As when a package that brought a type of node is gone, and comes back."""
    with_type = House(tmp_path, with_probe(lambda: None))
    with_type.publish(
        {"in": ("trigger.event", {"event": "order"}), "see": ("test.probe", {})},
        [("in", "out", "see")],
        "a",
    )
    with_type.publish(STARTS, [], "b")
    house = House(tmp_path)  # the same data, and a program without that type
    house.say("order")
    house.say("other")
    house.drain()
    kinds = [{one["journey"]: set(one) - {"journey"} for one in each} for each in house.outcomes()]
    assert kinds == [{"a": {"error"}, "b": {"run"}}, {}]
    (letter,) = letters.dead_letters(desk_of(house))
    assert "Install what it needs, then try again." in letter["reason"]
    house.close()
    letters.replay(desk_of(with_type), letter["id"])
    with_type.drain()
    assert with_type.runs() == [("completed", None)] * 2
    with_type.close()


def test_the_customer_sees_what_an_event_did_not_start_and_why(house: House) -> None:
    house.publish(STARTS, [], "b")
    house.say("order")
    house.drain()
    break_entries(house, "b")
    house.say("order")
    house.drain()
    who = house.one("SELECT id FROM customer")
    items = customer(desk_of(house), who)["timeline"]
    (item,) = [one for one in items if one["kind"] == "skipped"]
    assert item["title"] == "Did not enter b"
    assert item["text"].startswith("Wayline could not find out what follows from this event")
    assert "OverflowError" not in str(item)
    assert "ValueError" not in str(item)
