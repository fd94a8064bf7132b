"""The soak's own judgement: it must find what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from runtime.store.database import run
from tests.bench.sink import Seen
from tests.soak.books import Result, check
from tests.soak.killer import DECK, Kill, Killer
from tests.soak.town import Town
from tests.work.house import House

PATH = {
    "hook": ("trigger.event", {"event": "order"}),
    "way": (
        "logic.branch",
        {"condition": {"field": "event.properties.amount", "op": "eq", "value": 0}},
    ),
    "first": ("action.http_request", {"method": "POST", "url": "http://127.0.0.1/first"}),
    "pause": ("logic.wait", {"for": "PT2S"}),
    "last": ("action.http_request", {"method": "POST", "url": "http://127.0.0.1/last"}),
    "once": ("action.http_request", {"method": "POST", "url": "http://127.0.0.1/once"}),
}
EDGES = [
    ("hook", "out", "way"),
    ("way", "yes", "first"),
    ("first", "out", "pause"),
    ("pause", "out", "last"),
    ("way", "no", "once"),
]
MARKS = ("first-0", "last-0", "once-1", "once-2")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Three messages were carried to their ends."""
    house = House(tmp_path)
    house.publish(PATH, EDGES, reentry={"mode": "always"})
    for n in range(3):
        house.say("order", f"s{n}", {"n": n, "amount": n % 3}, id=f"soak-{n}")
    house.drain()
    house.now += 3_000_000
    house.drain()
    yield house
    house.close()


def books(
    house: House,
    marks: tuple[str, ...] = MARKS,
    again: tuple[tuple[float, float, bool], ...] = (),
    kills: tuple[Kill, ...] = (),
    count: int = 3,
) -> Result:
    seen = Seen(
        len(marks) + len(again),
        len(marks),
        {mark: (f"key {mark}", 10.0) for mark in marks},
        [("key once-1", first, at, same) for first, at, same in again],
    )
    return check(house.database, seen, count, kills)


def test_when_all_is_well_nothing_is_lost(house: House) -> None:
    found = books(house)
    assert (found.runs, found.effects) == (3, 4)
    assert (found.lost, found.two_bodies, found.duplicates, found.examples) == (0, 0, 0, [])


def test_a_message_without_a_row_is_lost(house: House) -> None:
    assert books(house, (*MARKS, "first-3", "last-3"), count=4).lost == 1


def test_a_call_that_never_came_is_lost(house: House) -> None:
    assert books(house, MARKS[:-1]).lost > 0


def test_a_run_that_did_not_end_is_lost(house: House) -> None:
    house.set("UPDATE run SET status = 'waiting' WHERE id = (SELECT min(id) FROM run)")
    assert books(house).lost == 1


def test_a_run_with_a_step_too_few_or_twice_is_lost(house: House) -> None:
    with house.database.write() as conn:
        run(conn, "DELETE FROM journal WHERE run = (SELECT min(id) FROM run)")
    assert books(house).lost == 1


def test_a_failed_run_is_given_up_when_it_has_a_dead_letter_and_lost_when_not(house: House) -> None:
    house.set("UPDATE run SET status = 'failed' WHERE id = (SELECT max(id) FROM run)")
    assert books(house).lost == 1
    house.set(
        """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 SELECT 'd', 'w', 'run', max(id), 'poison', 0 FROM run"""
    )
    found = books(house)
    assert (found.lost, found.given_up) == (0, 1)


def test_two_bodies_are_seen(house: House) -> None:
    kill = Kill(10.5, "worker", 1)
    assert books(house, again=((10.0, 40.0, False),), kills=(kill,)).two_bodies == 1


@pytest.mark.parametrize(
    ("at", "kind", "outside"),
    [
        (10.5, "worker", 0),  # after the call, before our commit
        (10.5, "redis", 1),  # which loses no commit
        (10.5, "web", 1),
        (3.0, "worker", 1),  # before the call
        (3.0, "supervisor", 0),  # its workers ended a little later
        (20.0, "worker", 1),  # long after the call
        (41.0, "worker", 1),  # after it came again
    ],
)
def test_a_duplicate_needs_a_kill_beside_it(
    house: House, at: float, kind: str, outside: int
) -> None:
    found = books(house, again=((10.0, 40.0, True),), kills=(Kill(at, kind, 1),))
    assert (found.duplicates, found.outside) == (1, outside)


def test_the_killer_goes_on_with_those_that_are_there() -> None:
    """A PostgreSQL server that is always young keeps nobody else alive, and is not killed for ever
    before it is up."""

    class Nobody:
        server = object()

    killer = Killer(cast("Town", Nobody()), 1)
    assert [killer._choose({"worker"}, late=True) for _ in range(40)] == ["worker"] * 40
    assert killer._choose(set(), late=True) is None


def test_the_killer_waits_for_the_others_of_the_deck_while_there_is_time() -> None:
    class Nobody:
        server = None

    killer = Killer(cast("Town", Nobody()), 1)
    assert killer._choose({"worker"}, late=False) == "worker"
    assert killer._choose({"worker"}, late=False) is None
    assert sorted(killer._choose(set(DECK), late=False) or "" for _ in range(3)) == sorted(
        set(DECK) - {"worker"}
    )
