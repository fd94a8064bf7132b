"""What a person does about what could not be done: try again, confirm, send again, leave it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.facade import NotFound, Refused, audit, endings, letters
from runtime.facade.desk import Desk
from runtime.facade.desk import House as Premises
from runtime.ports.results import Done, Later
from runtime.store.database import run
from runtime.work.settling import NO_WAIT, WAITS
from tests.facade.conftest import Bell
from tests.work.house import DAY, HOUR, House
from tests.work.kinds import with_once

ONCE = {"in": ("trigger.event", {"event": "order"}), "send": ("test.once", {})}
ONCE_EDGES = [("in", "out", "send")]
OK = Done({"status": 200, "headers": {}, "body": "yes"})


def desk_of(house: House, role: Any = "owner") -> Desk:
    premises = Premises(house.settings, house.database, house.intake, Bell(), house.types)
    return Desk(premises, "w", "Ines", role, "p1")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def once(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, with_once())
    yield house
    house.close()


def in_doubt(house: House) -> dict[str, Any]:
    """A run whose effect nobody knows about; its letter."""
    house.publish(ONCE, ONCE_EDGES)
    house.outside.answer = Later("reset", "The line broke.", uncertain=True)
    house.say("order")
    house.drain()
    (letter,) = letters.dead_letters(desk_of(house))
    assert house.runs() == [("waiting", None)]
    return dict(letter)


def outbox(house: House) -> list[tuple[Any, ...]]:
    return house.rows("SELECT key, state FROM outbox ORDER BY key")


def output(house: House) -> dict[str, Any]:
    lines = house.rows("SELECT steps_json FROM journal ORDER BY fence")
    return orjson.loads(lines[-1][0])[-1][6]


def test_a_doubt_is_shown_with_its_choices(once: House) -> None:
    letter = in_doubt(once)
    assert letter["title"] == letters.IN_DOUBT
    assert letter["choices"] == ["confirm", "resend", "dismiss"]
    assert letter["journey"] == "j"
    assert letter["run"] == once.one("SELECT id FROM run")


def test_a_doubt_promises_no_wait_that_is_over(once: House) -> None:
    letter = in_doubt(once)
    fact = "The line broke. Nobody knows whether it went out."
    assert letter["reason"] == f"{fact} {WAITS}"
    endings.cancel(desk_of(once), letter["run"])
    once.drain()
    assert once.runs()[0][0] == "exited"
    (after,) = letters.dead_letters(desk_of(once))
    assert after["reason"] == f"{fact} {NO_WAIT}"
    once.outside.answer = OK
    letters.resend(desk_of(once), after["id"])  # what the sentence offers
    once.drain()
    assert len(once.outside.sent) == 2


def test_a_doubt_about_a_second_send_promises_no_wait_of_a_run_that_is_over(once: House) -> None:
    letter = in_doubt(once)
    letters.confirm(desk_of(once), letter["id"])
    once.drain()
    assert once.runs()[0][0] == "completed"
    letters.resend_effect(desk_of(once), once.one("SELECT key FROM outbox"))
    once.drain()
    (again,) = letters.dead_letters(desk_of(once))
    assert again["choices"] == ["confirm", "resend", "dismiss"]
    assert again["reason"].endswith(NO_WAIT)


def test_it_went_out_lets_the_run_go_on(once: House) -> None:
    letter = in_doubt(once)
    letters.confirm(desk_of(once), letter["id"])
    once.drain()
    assert once.runs() == [("completed", None)]
    assert output(once)["ok"] is True
    assert len(once.outside.sent) == 1
    assert letters.dead_letters(desk_of(once)) == []
    assert once.one("SELECT state FROM outbox") == "done"


def test_going_on_without_it_takes_the_way_for_failures(once: House) -> None:
    letter = in_doubt(once)
    letters.dismiss(desk_of(once), letter["id"])
    once.drain()
    assert output(once)["error"]["kind"] == "unknown"
    assert len(once.outside.sent) == 1


def test_sending_again_has_a_new_key_the_same_bytes_and_the_runs_place(once: House) -> None:
    letter = in_doubt(once)
    first = once.one("SELECT key FROM outbox")
    once.outside.answer = OK
    said = letters.resend(desk_of(once), letter["id"], "The provider has no trace of it.")
    assert said["key"] == first + "~2"
    once.drain()
    assert [key for _, key, _ in once.outside.sent] == [first, first + "~2"]
    assert len({orjson.dumps(body) for _, _, body in once.outside.sent}) == 1
    assert once.runs() == [("completed", None)]
    assert outbox(once) == [(first, "unknown"), (first + "~2", "done")]
    with once.database.read() as conn:
        newest = audit.page(conn, "w", 0, 1)[0]
        assert audit.broken(conn, "w") is None
    assert (newest["who"], newest["what"], newest["of"]) == ("Ines", "effect.resent", first)
    assert newest["detail"]["why"] == "The provider has no trace of it."


def test_a_doubt_is_not_simply_tried_again(once: House) -> None:
    letter = in_doubt(once)
    with pytest.raises(Refused, match="Say that it did, or send it again"):
        letters.replay(desk_of(once), letter["id"])
    assert len(letters.dead_letters(desk_of(once))) == 1


def test_of_two_people_the_first_counts(once: House) -> None:
    letter = in_doubt(once)
    letters.confirm(desk_of(once), letter["id"])
    for late in (letters.confirm, letters.dismiss, letters.resend, letters.replay):
        with pytest.raises(NotFound, match="settled"):
            late(desk_of(once), letter["id"])
    once.drain()
    assert len(once.outside.sent) == 1


def test_what_was_given_up_goes_out_with_the_same_key_and_bytes(house: House) -> None:
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
        },
        [("in", "out", "call")],
    )
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    before = house.one("SELECT count(*) FROM outbox")
    house.outside.answer = OK
    (letter,) = letters.dead_letters(desk_of(house))
    assert letter["choices"] == ["replay", "dismiss"]
    letters.replay(desk_of(house), letter["id"])
    house.drain()
    assert len({key for _, key, _ in house.outside.sent}) == 1
    assert len({orjson.dumps(body) for _, _, body in house.outside.sent}) == 1
    assert house.one("SELECT count(*) FROM outbox") == before
    assert house.one("SELECT state FROM outbox") == "done"
    assert house.runs()[0][0] == "failed"  # it had gone on: only the call is made up for


def test_what_went_out_can_be_sent_once_more(house: House) -> None:
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
        },
        [("in", "out", "call")],
    )
    house.say("order")
    house.drain()
    key = house.one("SELECT key FROM outbox")
    desk = desk_of(house)
    assert letters.resend_effect(desk, key)["key"] == key + "~2"
    with pytest.raises(Refused, match="being sent again already"):
        letters.resend_effect(desk, key)
    with pytest.raises(Refused, match="being sent now"):
        letters.resend_effect(desk, key + "~2")
    house.drain()
    assert letters.resend_effect(desk, key + "~2")["key"] == key + "~3"
    house.drain()
    assert [k for _, k, _ in house.outside.sent] == [key, key + "~2", key + "~3"]
    assert house.runs() == [("completed", None)]
    with pytest.raises(NotFound):
        letters.resend_effect(desk, "nothing:1:x:1")


def test_what_nobody_sent_cannot_be_sent_again(house: House) -> None:
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/"}),
        },
        [("in", "out", "call")],
    )
    house.say("order")
    house.drain()
    key = house.one("SELECT key FROM outbox")
    for state, words in (("dropped", "never sent"), ("dead", "Try it again instead")):
        house.set("UPDATE outbox SET state = ?", state)
        with pytest.raises(Refused, match=words):
            letters.resend_effect(desk_of(house), key)


# --- Runs that were given up ------------------------------------------------------------------


def give_up(house: House) -> None:
    """As when each worker that claimed the run has died over it."""
    house.set("UPDATE run SET attempts = 3, wake_at = ? WHERE ended_at IS NULL", house.now)
    house.drain()


@pytest.fixture
def buried(house: House) -> House:
    house.publish(
        {
            "in": ("trigger.event", {"event": "order"}),
            "ask": ("logic.approval", {"of": "in", "within": "P30D"}),
            "wait": ("logic.wait", {"for": "PT1H"}),
            "todo": ("action.create_task", {"title": "Call"}),
        },
        [("in", "out", "ask"), ("in", "out", "wait"), ("wait", "out", "todo")],
    )
    house.say("order")
    house.drain()
    give_up(house)
    return house


def test_a_run_that_was_given_up_goes_on_from_where_it_stood(buried: House) -> None:
    house = buried
    assert house.runs()[0][0] == "failed"
    fence = house.one("SELECT fence FROM run")
    assert house.rows("SELECT * FROM timer") == []
    assert house.one("SELECT state FROM approval") == "cancelled"
    assert house.one("SELECT open FROM entry") == 0
    (letter,) = letters.dead_letters(desk_of(house))
    letters.replay(desk_of(house), letter["id"])
    assert house.one("SELECT state FROM approval") == "open"
    assert house.one("SELECT open FROM entry") == 1
    assert house.rows("SELECT kind FROM timer ORDER BY token") == [("approval",), ("time",)]
    assert house.one("SELECT attempts FROM run") == 0
    house.now += HOUR
    house.drain()
    assert house.runs() == [("waiting", None)]
    assert house.one("SELECT fence FROM run") > fence
    steps = house.steps()
    assert steps == [("in", "out"), ("wait", "out"), ("todo", "out")]
    assert house.rows("SELECT kind FROM timer") == [("approval",)]


def test_a_run_that_is_given_up_again_comes_back_to_the_letters(buried: House) -> None:
    (letter,) = letters.dead_letters(desk_of(buried))
    letters.replay(desk_of(buried), letter["id"])
    give_up(buried)
    (again,) = letters.dead_letters(desk_of(buried))
    assert again["id"] == letter["id"]
    assert again["resolved_at"] is None


def test_a_run_is_not_opened_beside_a_newer_one_of_the_same_customer(buried: House) -> None:
    buried.say("order")
    buried.drain()
    assert [status for status, _ in buried.runs()] == ["failed", "waiting"]
    (letter,) = letters.dead_letters(desk_of(buried))
    with pytest.raises(Refused, match="entered this journey again"):
        letters.replay(desk_of(buried), letter["id"])
    assert [status for status, _ in buried.runs()] == ["failed", "waiting"]
    newer = buried.one("SELECT id FROM run WHERE status = 'waiting'")
    endings.cancel(desk_of(buried), newer)
    buried.drain()
    letters.replay(desk_of(buried), letter["id"])
    buried.drain()
    assert [status for status, _ in buried.runs()] == ["waiting", "exited"]


def test_a_run_of_a_deleted_journey_stays_where_it_is(buried: House) -> None:
    buried.set("UPDATE journey SET deleted_at = 1")
    (letter,) = letters.dead_letters(desk_of(buried))
    with pytest.raises(Refused, match="deleted"):
        letters.replay(desk_of(buried), letter["id"])
    letters.dismiss(desk_of(buried), letter["id"])
    assert letters.dead_letters(desk_of(buried)) == []


def test_an_answer_that_came_while_the_run_was_given_up_reaches_it(once: House) -> None:
    once.publish(ONCE, ONCE_EDGES)
    once.say("order")
    once.outside.before = lambda: once.set("UPDATE run SET fence = fence + 1")
    once.drain()
    one = once.one("SELECT id FROM run")
    with once.database.write() as conn:  # as `bury` leaves it, and the answer that came after
        run(conn, "DELETE FROM signal")
        run(conn, "UPDATE run SET status = 'failed', ended_at = 1, wake_at = NULL")
        run(
            conn,
            """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 VALUES ('d', 'w', 'run', ?, 'x', 0)""",
            (one,),
        )
        state = {
            "v": 1, "id": one, "trigger": "in", "entry": ["e", "order", 0, {}], "started": 0,
            "status": "waiting", "next": 3, "moves": 2, "visits": {"in": 1, "send": 1},
            "tokens": [[1, "send", 1, "effect"]],
        }  # fmt: skip
        run(conn, "UPDATE run SET state_json = ?", (orjson.dumps(state).decode(),))
        run(conn, "DELETE FROM journal WHERE steps_json LIKE ?", ('%"send"%',))
    assert once.one("SELECT state FROM outbox") == "done"
    letters.replay(desk_of(once), "d")
    once.drain()
    assert once.runs() == [("completed", None)]
    assert len(once.outside.sent) == 1


# --- Events -----------------------------------------------------------------------------------


def test_an_event_is_routed_again(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "order"})}, [])
    house.say("order")
    house.drain()
    event = house.one("SELECT id FROM event")
    house.set("DELETE FROM journal")
    house.set("DELETE FROM timer")
    house.set("DELETE FROM run")
    house.set("DELETE FROM entry")
    house.set("UPDATE event SET outcome_json = ?", '[{"error": "It could not be routed."}]')
    house.set(
        """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 VALUES ('d', 'w', 'event', ?, 'x', 0)""",
        event,
    )
    letters.replay(desk_of(house), "d")
    house.drain()
    assert house.runs() == [("completed", None)]


def test_a_viewer_and_an_approver_only_look(once: House) -> None:
    letter = in_doubt(once)
    for role in ("viewer", "approver"):
        assert letters.dead_letters(desk_of(once, role))
        for act in (letters.replay, letters.confirm, letters.dismiss, letters.resend):
            with pytest.raises(Refused, match="editor"):
                act(desk_of(once, role), letter["id"])
        with pytest.raises(Refused, match="editor"):
            letters.resend_effect(desk_of(once, role), "x")
