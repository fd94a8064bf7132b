"""What is wrong with one run harms no other run of its batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.work import advance
from tests.work.house import DAY, House

LEASE = 31_000_000


@pytest.fixture
def house(tmp_path: Path) -> Any:
    house = House(tmp_path)
    nodes = {"in": ("trigger.event", {"event": "x"}), "wait": ("logic.wait", {"for": "P1D"})}
    house.publish(nodes, [("in", "out", "wait")])
    for who in ("maya", "tom", "zoe"):
        house.say("x", who)
    yield house
    house.close()


def come_to_an_end(house: House) -> list[tuple[str, str | None]]:
    house.now += DAY
    for _ in range(5):
        house.drain()
        house.now += LEASE
    return sorted(house.runs())


def test_a_customer_who_cannot_be_read_stops_nobody_elses_runs(house: House) -> None:
    house.drain()
    house.set("UPDATE customer SET attributes_json = '{' WHERE external_id = 'tom'")
    house.now += DAY
    house.drain()
    assert [status for status, _ in house.runs()].count("completed") == 2  # at once
    [*well, (status, reason)] = come_to_an_end(house)
    assert well == [("completed", None)] * 2
    assert status == "failed"
    assert "cannot be read" in (reason or "")
    assert house.one("SELECT kind, reason FROM dead_letter") == ("run", reason)


def test_an_entry_event_that_cannot_be_read_stops_nobody_elses_runs(house: House) -> None:
    work = house.worker()
    routed, _ = work.route("w")  # which claims the runs; this worker dies
    assert routed == 3
    house.set("UPDATE event SET properties_json = '{' WHERE seq = 2")
    house.now += LEASE
    house.drain()
    assert house.one("SELECT count(*) FROM journal") == 2  # the others', at once
    [*well, (status, reason)] = come_to_an_end(house)
    assert well == [("completed", None)] * 2
    assert status == "failed"
    assert "cannot be read" in (reason or "")


def test_a_run_that_cannot_be_written_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = advance.writing.add

    def fail(written: Any, one: Any, new: list[int], now: int) -> None:
        if one.claimed.id == house.one("SELECT min(id) FROM run"):
            raise TypeError("This cannot be written.")
        write(written, one, new, now)

    monkeypatch.setattr(advance.writing, "add", fail)
    house.drain()
    assert house.one("SELECT count(*) FROM journal") == 2  # the others', at once
    [*well, (status, reason)] = come_to_an_end(house)
    assert well == [("completed", None)] * 2
    assert status == "failed"
    assert "This cannot be written." in (reason or "")
