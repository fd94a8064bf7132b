"""PostgreSQL, where transactions overlap: what comes into an inbox while its run is being committed
wakes it. (On SQLite there is one writer, so that nothing comes between.)"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings
from runtime.work import advance
from tests.support.postgres import Server
from tests.support.program import wait_until
from tests.work.house import House

NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "wait": ("logic.wait_for_event", {"event": "paid", "within": "P3D"}),
}


@pytest.fixture
def house(postgres_server: Server, tmp_path: Path) -> Iterator[House]:
    url = postgres_server.fresh()
    made = House(tmp_path, settings=Settings(tmp_path, database=url, lease_seconds=30.0))
    made.publish(NODES, [("in", "out", "wait")])
    yield made
    made.close()
    postgres_server.drop(url.rpartition("/")[2])


def just_before_the_commit(
    patch: pytest.MonkeyPatch, house: House, act: Callable[[], object]
) -> threading.Thread:
    """Let `act` happen when a round has read the inboxes and is about to be committed: it has gone
    through, or waits for that commit, before this goes on."""
    aside = threading.Thread(target=act)
    locks = """SELECT 1 FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'"""

    def failpoint(place: str) -> None:
        if place == "step.before_commit" and aside.ident is None:
            aside.start()
            wait_until(lambda: not aside.is_alive() or bool(house.rows(locks)))

    patch.setattr(advance, "failpoint", failpoint)
    return aside


def test_an_event_that_comes_as_its_run_is_committed_wakes_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.say("order")
    work, other = house.worker(), house.worker()
    _, batch = work.route("w")
    assert batch is not None
    house.say("paid")
    aside = just_before_the_commit(monkeypatch, house, lambda: other.route("w"))
    work.carry(batch, 0)
    aside.join()
    house.drain()
    assert house.runs() == [("completed", None)]


def test_a_cancel_that_comes_as_its_run_is_committed_wakes_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    [one] = batch.claimed

    def cancel() -> None:
        house.signal(one.id, "cancel", {"reason": "enough"})

    aside = just_before_the_commit(monkeypatch, house, cancel)
    work.carry(batch, 0)
    aside.join()
    house.drain()
    assert house.runs() == [("exited", "enough")]
