"""Providers get no more than they can take."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.ports.results import Done, Later, Result
from runtime.work.providers import FAILURES, FIRST_PAUSE, name_of
from tests.work.house import House

SECOND = 1_000_000
OK = Done({"status": 200, "headers": {}, "body": ""})
NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": (
        "action.http_request",
        {"method": "POST", "url": "http://{{ event.properties.host }}/"},
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Any:
    house = House(tmp_path)
    house.publish(NODES, [("in", "out", "call")])
    yield house
    house.close()


def order(house: House, host: str, n: int = 1) -> None:
    for _ in range(n):
        house.say("order", f"c{len(house.rows('SELECT 1 FROM event'))}", {"host": host})


def hosts(house: House) -> list[str]:
    return [body["url"].split("/")[2] for _, _, body in house.outside.sent]


def test_a_pause_that_a_provider_asks_for_holds_for_all_its_calls(house: House) -> None:
    house.outside.answer = Later("http", "Too many.", after=60.0)
    order(house, "busy.test")
    house.drain()
    house.outside.answer = OK
    order(house, "busy.test", 3)
    order(house, "other.test")
    house.drain()
    assert hosts(house) == ["busy.test", "other.test"]
    house.now += 59 * SECOND
    house.drain()
    assert hosts(house) == ["busy.test", "other.test"]
    house.now += 2 * SECOND
    house.drain()
    assert sorted(hosts(house)) == ["busy.test"] * 5 + ["other.test"]
    attempts = house.rows("SELECT attempts FROM outbox ORDER BY created_at, key")
    assert sorted(a for (a,) in attempts) == [1, 1, 1, 1, 2]  # being held is no attempt


def test_who_fails_again_and_again_is_left_alone_and_tried_by_one_call(house: House) -> None:
    def answer(body: Mapping[str, Any]) -> Result:
        return Later("http", "Down.") if "down" in body["url"] else OK

    house.outside.answer = answer
    order(house, "down.test", FAILURES)
    house.drain()
    assert len(house.outside.sent) == FAILURES
    order(house, "down.test", 20)
    order(house, "up.test")
    house.drain()
    assert hosts(house)[FAILURES:] == ["up.test"]
    house.now += int(FIRST_PAUSE * SECOND) + 1
    house.drain()
    assert hosts(house)[FAILURES + 1 :] == ["down.test"]  # one tries for all
    house.outside.answer = OK
    for _ in range(3):
        house.now += 60 * SECOND
        house.drain()
    assert {status for status, _ in house.runs()} == {"completed"}


def test_a_rate_holds_for_all_workers_together(house: House) -> None:
    house.set("""UPDATE workspace SET settings_json = '{"rates": {"slow.test": 2}}',
 live_rev = live_rev + 1""")
    order(house, "slow.test", 10)
    order(house, "fast.test", 5)
    workers = [house.worker() for _ in range(2)]
    for work in workers:
        work.drain(1e12)
    assert hosts(house).count("slow.test") == 2
    assert hosts(house).count("fast.test") == 5
    for second in range(1, 5):
        house.now += SECOND
        for work in workers:
            work.drain(1e12)
        assert hosts(house).count("slow.test") == 2 + 2 * second
    assert {status for status, _ in house.runs()} == {"completed"}


@pytest.mark.parametrize(
    ("kind", "credential", "body", "name"),
    [
        ("http", None, b'{"url": "https://API.example.com/x"}', "api.example.com"),
        ("http", "key", b'{"url": "http://a.test:8080/x"}', "a.test:8080"),
        ("http", None, b'{"url": "http://[::1"}', "http"),
        ("email", None, b"{}", "smtp"),
        ("email", "post", b"{}", "smtp:post"),
        ("model", "gpt", b"{}", "ai:gpt"),
    ],
)
def test_names(kind: str, credential: str | None, body: bytes, name: str) -> None:
    assert name_of(kind, credential, body) == name
