"""Customers whose journey one of its own nodes has failed, and who are let go on from there."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.facade import (
    NotFound,
    Refused,
    approvals,
    audit,
    endings,
    letters,
    needs,
    stopped,
)
from runtime.facade.customers import customer
from runtime.ports.results import Done, Later
from runtime.ports.results import Refused as No
from tests.facade.test_letters import desk_of
from tests.work.house import DAY, HOUR, House
from tests.work.kinds import aside, with_probe

OK = Done({"status": 200, "headers": {}, "body": "yes"})
CALL = ("action.http_request", {"method": "POST", "url": "http://sink.test/"})
NODES: dict[str, Any] = {
    "in": ("trigger.event", {"event": "order"}),
    "call": CALL,
    "todo": ("action.create_task", {"title": "Call"}),
}
EDGES = [("in", "out", "call"), ("call", "out", "todo")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def failed(house: House) -> House:
    """One customer whose call was refused."""
    house.publish(NODES, EDGES)
    house.outside.answer = No("http", "sink.test answered 404.")
    house.say("order")
    house.drain()
    assert house.runs() == [("failed", "call: sink.test answered 404.")]
    return house


def the_run(house: House) -> str:
    return house.one("SELECT id FROM run")


def test_it_goes_on_from_the_step_that_failed(failed: House) -> None:
    house = failed
    desk = desk_of(house)
    (one,) = stopped.stopped(desk)
    assert one["reason"] == "Call a web address: sink.test answered 404."
    assert (one["again"], one["details"], one["customer_name"]) == (True, None, "maya")
    house.outside.answer = OK
    said = stopped.retry(desk, one["run"])
    assert "goes on" in said["text"]
    house.drain()
    assert house.runs() == [("completed", None)]
    assert house.steps() == [
        ("in", "out"),
        ("call", "failed"),
        ("call", "out"),
        ("todo", "out"),
    ]
    keys = [key for _, key, _ in house.outside.sent]
    assert keys == [f"{one['run']}:1:call:1", f"{one['run']}:1:call:2"]
    assert stopped.stopped(desk) == []
    with house.database.read() as conn:
        newest = audit.page(conn, "w", 0, 1)[0]
        assert audit.broken(conn, "w") is None
    assert (newest["who"], newest["what"], newest["of"]) == ("Ines", "run.retried", one["run"])


def test_no_step_is_there_twice(failed: House) -> None:
    for _ in range(3):
        stopped.retry(desk_of(failed), the_run(failed))
        failed.drain()
    lines = failed.rows("SELECT steps_json FROM journal ORDER BY fence")
    places = [(s[1], s[2], s[4]) for (text,) in lines for s in orjson.loads(text)]
    assert len(places) == len(set(places)) == 5
    assert failed.one("SELECT n FROM counter WHERE node = 'call' AND handle = 'in'") == 4


def test_asking_twice_lets_it_go_on_once(failed: House) -> None:
    stopped.retry(desk_of(failed), the_run(failed))
    with pytest.raises(Refused, match="goes on already"):
        stopped.retry(desk_of(failed), the_run(failed))
    failed.drain()
    assert len(failed.outside.sent) == 2


def test_the_waits_beside_it_go_on_too(house: House) -> None:
    nodes = NODES | {
        "ask": ("logic.approval", {"of": "in", "within": "P30D"}),
        "wait": ("logic.wait", {"for": "PT2H"}),
        "late": ("action.create_task", {"title": "Late"}),
    }
    edges = [*EDGES, ("in", "out", "ask"), ("in", "out", "wait"), ("wait", "out", "late")]
    house.publish(nodes, edges)
    house.outside.answer = No("http", "No.")
    house.say("order")
    house.drain()
    assert house.rows("SELECT state FROM approval") == [("cancelled",)]
    assert house.rows("SELECT node FROM timer") == []
    house.outside.answer = OK
    stopped.retry(desk_of(house), the_run(house))
    house.drain()
    assert house.rows("SELECT state FROM approval") == [("open",)]
    assert house.rows("SELECT node FROM timer ORDER BY node") == [("ask",), ("wait",)]
    assert house.one("SELECT open FROM entry") == 1
    house.now += 2 * HOUR
    house.drain()
    titles = house.rows("SELECT title FROM task ORDER BY title")
    assert titles == [("Call",), ("Late",)]


def test_an_approval_that_was_never_asked_is_asked_when_it_goes_on(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "order"}),
        "ask": ("logic.approval", {"of": "in", "within": "P30D"}),
        "set": ("logic.set", {"values": {"x": "{{ event.properties.n | divided_by: 0 }}"}}),
    }
    house.publish(nodes, [("in", "out", "ask"), ("in", "out", "set")])
    house.say("order", properties={"n": 1})
    house.drain()
    assert house.runs()[0][0] == "failed"
    assert house.rows("SELECT state FROM approval") == []
    stopped.retry(desk_of(house), the_run(house))
    assert house.rows("SELECT state, expires_at IS NULL FROM approval") == [("open", 0)]


@pytest.fixture
def two_ways(tmp_path: Path) -> Iterator[House]:
    """One way waits for a decision and an event, the other fails the run after an hour, while
    `house.meanwhile` happens."""
    meanwhile: list[Callable[[], object]] = []
    house = House(tmp_path, with_probe(lambda: aside(meanwhile.pop()) if meanwhile else None))
    house.meanwhile = meanwhile  # type: ignore[attr-defined]
    nodes = {
        "in": ("trigger.event", {"event": "order"}),
        "ask": ("logic.approval", {"of": "in", "within": "PT9H"}),
        "paid": ("logic.wait_for_event", {"event": "paid", "within": "PT9H"}),
        "wait": ("logic.wait", {"for": "PT1H"}),
        "probe": ("test.probe", {}),
        "set": ("logic.set", {"values": {"x": "{{ 1 | divided_by: customer.n }}"}}),
    }
    edges = [(a, "out", b) for a, b in itertools.pairwise(("in", "wait", "probe", "set"))]
    house.publish(nodes, [*edges, ("in", "out", "ask"), ("in", "out", "paid")])
    yield house
    house.close()


def fails_while(house: House, meanwhile: Callable[[], object]) -> None:
    house.say("order")
    house.drain()
    house.meanwhile.append(meanwhile)  # type: ignore[attr-defined]
    house.now += HOUR
    house.drain()
    assert house.runs()[0][0] == "failed"
    house.say("", kind="identify", properties={"n": 1})
    house.drain()
    house.now += 9 * HOUR
    stopped.retry(desk_of(house), the_run(house))
    house.drain()
    assert house.runs() == [("completed", None)]


def test_a_decision_that_came_as_it_failed_counts_when_it_goes_on(two_ways: House) -> None:
    house = two_ways
    desk = desk_of(house)

    def decide() -> None:
        (one,) = approvals.approvals(desk)
        approvals.decide(desk, one["id"], "approve")

    fails_while(house, decide)
    assert ("ask", "out") in house.steps()
    assert ("paid", "timed_out") in house.steps()
    assert house.rows("SELECT state FROM approval") == [("approved",)]
    assert house.rows("SELECT * FROM signal") == house.rows("SELECT * FROM timer") == []


def test_an_event_that_came_as_it_failed_is_heard_when_it_goes_on(two_ways: House) -> None:
    house = two_ways

    def pay() -> None:
        house.say("paid")
        house.worker().drain(time.monotonic() + 0.2)

    fails_while(house, pay)
    assert ("paid", "out") in house.steps()
    assert ("ask", "expired") in house.steps()


def test_what_lay_behind_the_answer_that_failed_it_is_heard_too(house: House) -> None:
    nodes = NODES | {"ask": ("logic.approval", {"of": "in", "within": "PT9H"})}
    house.publish(nodes, [*EDGES, ("in", "out", "ask")])
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    house.drain()
    house.set("UPDATE outbox SET state = 'done', next_at = NULL, done_at = 0")  # by another worker
    one, answer = the_run(house), {"token": 2, "node": "call", "visit": 1, "ok": False, "data": {}}
    house.signal(one, "answer", answer | {"error": {"kind": "http", "message": "No."}})
    (asked,) = approvals.approvals(desk_of(house))
    approvals.decide(desk_of(house), asked["id"], "approve")
    house.drain()
    assert house.runs() == [("failed", "call: No.")]
    house.outside.answer = OK
    stopped.retry(desk_of(house), one)
    house.drain()
    assert ("ask", "out") in house.steps()
    assert house.runs() == [("completed", None)]


def test_a_call_that_was_given_up_is_settled_by_it(house: House) -> None:
    house.publish(NODES, EDGES)
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert [one["kind"] for one in letters.dead_letters(desk_of(house))] == ["effect"]
    house.outside.answer = OK
    stopped.retry(desk_of(house), the_run(house))
    house.drain()
    assert house.runs() == [("completed", None)]
    assert letters.dead_letters(desk_of(house)) == []


def test_what_was_sent_since_is_not_sent_twice(house: House) -> None:
    house.publish(NODES, EDGES)
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    house.outside.answer = OK
    (letter,) = letters.dead_letters(desk_of(house))
    letters.replay(desk_of(house), letter["id"])
    with pytest.raises(Refused, match="being sent again now"):
        stopped.retry(desk_of(house), the_run(house))
    house.now += HOUR
    house.drain()
    with pytest.raises(Refused, match="would go out twice"):
        stopped.retry(desk_of(house), the_run(house))
    assert house.runs()[0][0] == "failed"


def test_one_who_has_entered_again_is_not_let_in_twice(failed: House) -> None:
    failed.outside.answer = OK
    failed.publish(NODES | {"stay": ("logic.wait", {"for": "P9D"})},
                   [*EDGES, ("todo", "out", "stay")], number=2)  # fmt: skip
    first = the_run(failed)
    failed.say("order")
    failed.drain()
    with pytest.raises(Refused, match="entered this journey again"):
        stopped.retry(desk_of(failed), first)


def test_what_ended_well_or_long_ago_is_not_shown_and_cannot_be_tried(failed: House) -> None:
    failed.outside.answer = OK
    failed.say("order", "tom")
    failed.drain()
    done = failed.one("SELECT id FROM run WHERE status = 'completed'")
    with pytest.raises(Refused, match="came to its end"):
        stopped.retry(desk_of(failed), done)
    with pytest.raises(NotFound):
        stopped.retry(desk_of(failed), "nobody")
    failed.now += 8 * DAY
    assert stopped.stopped(desk_of(failed)) == []


def test_a_run_that_failed_before_its_place_was_kept_says_so(failed: House) -> None:
    state = orjson.loads(failed.one("SELECT state_json FROM run"))
    del state["left"]
    failed.set("UPDATE run SET state_json = ?", orjson.dumps(state).decode())
    (one,) = stopped.stopped(desk_of(failed))
    assert one["again"] is False
    with pytest.raises(Refused, match="Let the customer enter the journey again"):
        stopped.retry(desk_of(failed), one["run"])


def test_nothing_is_tried_for_somebody_who_was_erased(failed: House) -> None:
    one = the_run(failed)
    endings.erase_customer(desk_of(failed), "maya")
    with pytest.raises(Refused, match="erased"):
        stopped.retry(desk_of(failed), one)


def test_who_was_erased_is_named_as_why_even_when_nothing_was_sent_for_them(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "order"}),
        "set": ("logic.set", {"values": {"x": "{{ 1 | divided_by: 0 }}"}}),
    }
    house.publish(nodes, [("in", "out", "set")])
    house.say("order")
    house.drain()
    one = the_run(house)
    assert endings.erase_customer(desk_of(house), "maya")["done"]
    with pytest.raises(Refused, match="erased"):
        stopped.retry(desk_of(house), one)


def test_a_customer_shows_where_they_stopped(failed: House) -> None:
    who = failed.one("SELECT id FROM customer")
    assert [one["run"] for one in customer(desk_of(failed), who)["stopped"]] == [the_run(failed)]
    stopped.retry(desk_of(failed), the_run(failed))
    assert customer(desk_of(failed), who)["stopped"] == []


def test_only_an_editor_lets_them_go_on(failed: House) -> None:
    for role in ("viewer", "approver"):
        assert stopped.stopped(desk_of(failed, role))
        with pytest.raises(Refused, match="editor"):
            stopped.retry(desk_of(failed, role), the_run(failed))


def test_home_says_who_stopped_and_leads_there(failed: House) -> None:
    (one,) = [n for n in needs.needs_you(desk_of(failed)) if n["kind"] == "failed"]
    assert one["title"] == "1 customer stopped in j"
    assert one["text"] == "Call a web address: sink.test answered 404."
    assert one["href"].startswith("/customers/")
    failed.say("order", "tom")
    failed.drain()
    (one,) = [n for n in needs.needs_you(desk_of(failed)) if n["kind"] == "failed"]
    assert (one["title"], one["href"]) == ("2 customers stopped in j", "/not-done#stopped")
