"""A version of before asks what was done inside of what was done: no worker hangs over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.facade import letters, stopped
from tests.facade.test_letters import desk_of
from tests.work.house import House


def deep() -> dict[str, Any]:
    asked: dict[str, Any] = {"did": "seen", "at_least": 1_000_000}
    for _ in range(12):  # with 40 events in the past it looks at 40 to the 12th
        asked = {"did": "seen", "at_least": 1_000_000, "where": asked}
    return asked


def test_a_step_that_asks_so_fails_and_can_be_tried_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    nodes: dict[str, Any] = {
        "in": ("trigger.event", {"event": "order"}),
        "ask": ("logic.branch", {"condition": deep()}),
    }
    house.publish(nodes, [("in", "out", "ask")])
    for _ in range(40):
        house.say("seen")
    house.say("order")
    house.drain()
    [(status, why)] = house.runs()
    assert status == "failed"
    assert "take the inner question out of its where" in str(why)
    stopped.retry(desk_of(house), house.one("SELECT id FROM run"))
    house.drain()
    assert [run[0] for run in house.runs()] == ["failed"]
    house.close()


def test_a_trigger_that_asks_so_leaves_a_letter_that_can_be_tried_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    nodes: dict[str, Any] = {"in": ("trigger.event", {"event": "order", "where": deep()})}
    house.publish(nodes, [])
    for _ in range(40):
        house.say("seen")
    house.say("order")
    house.drain()
    assert house.runs() == []
    [letter] = letters.dead_letters(desk_of(house))
    assert "take the inner question out of its where" in str(letter["reason"])
    letters.replay(desk_of(house), letter["id"])
    house.drain()
    assert len(letters.dead_letters(desk_of(house))) == 1
    house.close()
