"""Copied rows are as good as those that the program made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.store.database import rows
from tests.bench.prepared import BASE, Stencil, begin_of
from tests.work.house import DAY, House

WAITS = {
    "start": ("trigger.event", {"event": "trial.started"}),
    "pause": ("logic.wait", {"for": "P3D"}),
    "keep": ("logic.set", {"values": {"n": "{{ event.properties.n }}"}}),
}
EDGES = [("start", "out", "pause"), ("pause", "out", "keep")]


def waiting_copies(house: House, count: int) -> None:
    house.publish(WAITS, EDGES)
    house.say("trial.started", "person", {"n": 7})
    house.drain()
    ids: tuple[Any, ...] = house.one("SELECT id, event, customer, wake_at FROM run")
    words: dict[str, str] = {one: begin_of(one) for one in ids[:3]}
    with house.database.read() as conn:
        stencil = Stencil(conn, words | {"person": "copy-"}, (ids[3],))
    stencil.copy(house.database, 1, count)


def test_copies_of_a_waiting_run_wake_and_end_as_it_does(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        waiting_copies(house, 3)
        assert house.runs() == [("waiting", None)] * 4
        house.now += 4 * DAY
        house.drain()
        assert house.runs() == [("completed", None)] * 4
        assert house.steps().count(("keep", "out")) == 4
    finally:
        house.close()


def test_each_copy_has_its_own_customer_and_deadline(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        waiting_copies(house, 3)
        with house.database.read() as conn:
            sql = "SELECT external_id FROM customer ORDER BY external_id"
            assert [r[0] for r in rows(conn, sql)] == [
                *(f"copy-{BASE + n}" for n in (1, 2, 3)),
                "person",
            ]
            wake = [r[0] for r in rows(conn, "SELECT wake_at FROM run ORDER BY wake_at")]
        assert [at - wake[0] for at in wake] == [0, 1, 2, 3]
    finally:
        house.close()
