"""Cancelling a run and erasing a customer, as a person asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.facade import NotFound, Refused, audit, endings
from runtime.ports.results import Done, Later
from tests.facade.test_letters import desk_of
from tests.work.house import DAY, HOUR, House
from tests.work.test_erase import CANARY, customer, everything, open_house, order

NODES: dict[str, Any] = {
    "in": ("trigger.event", {"event": "order"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
    "wait": ("logic.wait", {"for": "PT1H"}),
    "then": ("action.http_request", {"method": "POST", "url": "http://sink.test/then"}),
}
EDGES = [("in", "out", "call"), ("call", "out", "wait"), ("wait", "out", "then")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.publish(NODES, EDGES)
    yield house
    house.close()


def started(house: House) -> str:
    house.say("order")
    house.drain()
    return house.one("SELECT id FROM run")


def asked(house: House, what: str) -> int:
    return house.one("SELECT count(*) FROM audit WHERE what = ?", what)


def test_a_cancelled_run_ends_and_sends_nothing_more(house: House) -> None:
    one = started(house)
    said = endings.cancel(desk_of(house), one)
    assert said["cancelled"]
    house.drain()
    assert house.runs() == [("exited", "Cancelled by Ines")]
    house.now += DAY
    house.drain()
    assert len(house.outside.sent) == 1
    assert house.rows("SELECT * FROM timer") == []
    assert house.one("SELECT open FROM entry") == 0


def test_cancelling_twice_or_after_the_end_is_harmless_and_says_so(house: House) -> None:
    one = started(house)
    endings.cancel(desk_of(house), one)
    again = endings.cancel(desk_of(house), one)
    assert (again["cancelled"], again["text"]) == (True, "This run was asked to end already.")
    house.drain()
    late = endings.cancel(desk_of(house), one)
    assert not late["cancelled"]
    assert late["status"] == "exited"
    assert "already" in late["text"]
    assert asked(house, "run.cancelled") == 1
    assert house.one("SELECT count(*) FROM signal") == 0
    with pytest.raises(NotFound):
        endings.cancel(desk_of(house), "nothing")


def test_what_waits_to_be_tried_again_is_not_sent_after_a_cancel(house: House) -> None:
    house.outside.answer = Later("down", "The server is down.")
    one = started(house)
    assert house.one("SELECT state FROM outbox") == "pending"
    endings.cancel(desk_of(house), one)
    assert house.one("SELECT state FROM outbox") == "dropped"
    house.now += DAY
    house.drain()
    assert len(house.outside.sent) == 1
    assert house.runs() == [("exited", "Cancelled by Ines")]


def test_a_cancel_during_a_send_wins_over_its_answer(house: House) -> None:
    def cancel() -> None:
        house.outside.before = None
        endings.cancel(desk_of(house), house.one("SELECT id FROM run"))

    house.outside.before = cancel
    started(house)
    house.now += DAY
    house.drain()
    assert house.runs() == [("exited", "Cancelled by Ines")]
    assert len(house.outside.sent) == 1
    assert house.one("SELECT state FROM outbox") == "done"


def test_cancelling_needs_an_editor_and_erasing_the_owner(house: House) -> None:
    one = started(house)
    for role in ("viewer", "approver"):
        with pytest.raises(Refused, match="editor"):
            endings.cancel(desk_of(house, role), one)
    for role in ("viewer", "approver", "editor"):
        with pytest.raises(Refused, match="owner"):
            endings.erase_customer(desk_of(house, role), "maya")
    assert endings.cancel(desk_of(house, "editor"), one)["cancelled"]


# --- Erasing ----------------------------------------------------------------------------------


def test_erasing_by_any_name_leaves_nothing_and_can_be_asked_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    open_house(house)
    order(house)
    house.drain()
    said = endings.erase_customer(desk_of(house), CANARY)
    assert said["done"]
    assert CANARY not in everything(house)
    again = endings.erase_customer(desk_of(house), CANARY)
    assert again["done"]
    assert asked(house, "customer.erased") == 1
    with pytest.raises(NotFound):
        endings.erase_customer(desk_of(house), "ben")
    with house.database.read() as conn:
        assert audit.broken(conn, "w") is None
    house.close()


def test_while_something_is_on_its_way_the_workers_finish_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    open_house(house)
    who = customer(house)
    said: list[Any] = []

    def ask() -> None:
        if not said:
            said.append(endings.erase_customer(desk_of(house), who))

    house.outside.before = ask
    house.outside.answer = Done({"status": 200, "headers": {}, "body": CANARY})
    order(house)
    house.drain()
    assert said[0]["erased"]
    assert not said[0]["done"]
    assert "Nothing more is sent" in said[0]["text"]
    house.now += HOUR
    house.drain()
    assert endings.erase_customer(desk_of(house), who)["done"]
    assert CANARY not in everything(house)
    house.now += 30 * DAY
    house.drain()
    assert len(house.outside.sent) == 1
    house.close()


def test_what_a_person_wrote_when_sending_again_goes_too(tmp_path: Path) -> None:
    from runtime.facade import letters

    house = House(tmp_path)
    open_house(house)
    order(house)
    house.drain()
    desk = desk_of(house)
    key = house.one("SELECT key FROM outbox")
    letters.resend_effect(desk, key, f"{CANARY} called and has not got it")
    house.drain()
    endings.erase_customer(desk, CANARY)
    assert CANARY not in everything(house)
    with house.database.read() as conn:
        assert audit.broken(conn, "w") is None
    with pytest.raises(Refused, match="erased"):
        letters.resend_effect(desk, key)
    house.close()
