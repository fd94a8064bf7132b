"""Effects of runs that have ended, or that are ended while they are under way."""

from __future__ import annotations

from runtime.ports.results import Done, Later
from runtime.work import effects
from tests.work.house import DAY, House
from tests.work.sending import NODES, SECOND, again_after_its_run, carry, outbox, prepared


def test_a_run_that_was_ended_sends_nothing_more(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")], exit_when=[{"event": "stop"}])
    house.outside.answer = Later("busy", "Too busy.")
    house.say("order")
    house.drain()
    house.say("stop")
    house.drain()
    house.now += DAY
    house.drain()
    assert len(house.outside.sent) == 1
    assert outbox(house)[0] == "dropped"
    assert house.runs() == [("exited", "stop came")]


def test_a_cancel_between_the_commit_and_the_send_stops_the_send(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
    carry(house)
    house.drain()
    assert house.outside.sent == []
    assert outbox(house)[0] == "dropped"
    assert house.runs() == [("exited", "erased")]


def test_an_answer_after_the_run_was_cancelled_is_kept_and_wakes_nobody(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        carry(house)

    house.outside.before = cancel
    house.say("order")
    house.drain()
    assert outbox(house)[0] == "done"
    assert house.runs() == [("exited", "erased")]
    assert house.rows("SELECT * FROM signal") == []


def test_an_effect_whose_run_ended_while_it_was_sent_is_not_tried_again(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        carry(house)

    house.outside.before = cancel
    house.say("order")
    house.drain()
    assert outbox(house) == ("dropped", 1, None)


def test_an_effect_whose_run_was_told_to_end_is_not_tried_again(house: House) -> None:
    """Though nobody has come to end the run yet: the worker that has claimed it takes long."""
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("busy", "Too busy.")

    def cancel() -> None:
        house.signal(house.one("SELECT id FROM run"), "cancel", {"reason": "erased"})
        assert house.worker().claim("w") is not None

    house.outside.before = cancel
    house.say("order")
    house.drain()
    house.outside.before = None
    house.now += 20 * SECOND
    house.drain()
    assert house.runs() == [("waiting", None)]
    assert outbox(house)[0] == "dropped"
    assert len(house.outside.sent) == 1
    house.now += DAY
    house.drain()
    assert house.runs() == [("exited", "erased")]


def test_a_dead_letter_is_sent_again_though_its_run_has_failed(house: House) -> None:
    house.publish(NODES, [("in", "out", "call")])
    house.outside.answer = Later("down", "The server is down.")
    house.say("order")
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert house.runs()[0][0] == "failed"
    house.set("UPDATE dead_letter SET resolved_at = 0")
    house.set("UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0, asked_at = 1")
    tries = len(house.outside.sent)
    house.drain()
    assert outbox(house)[:2] == ("pending", 1)
    house.outside.answer = Done()
    house.now += DAY
    house.drain()
    assert outbox(house)[0] == "done"
    assert len(house.outside.sent) == tries + 2
    assert len({key for _, key, _ in house.outside.sent}) == 1
    assert house.rows("SELECT * FROM signal") == []


def test_what_ends_a_run_leaves_no_wait_for_what_comes_back_with_it(house: House) -> None:
    """Two effects of a run land in one commit: one ends it, the other would be tried again."""
    nodes = {**NODES, "other": NODES["call"]}
    house.publish(nodes, [("in", "out", "call"), ("in", "out", "other"), ("call", "out", "sorry")])
    house.say("order")
    work = house.worker()
    _, batch = work.route("w")
    assert batch is not None
    _, flights = work.carry(batch, 10)
    done, later = Done({"status": 200, "headers": {}, "body": ""}), Later("busy", "Too busy.")
    landings = [
        effects.Landing(one.effect, done if ":call:" in one.effect.key else later, "", one.carried)
        for one in flights
    ]
    work.land(landings, False, 0)
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT state FROM outbox ORDER BY key") == [("done",), ("dropped",)]
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []


def test_what_ends_a_run_takes_no_answer_that_comes_back_with_it(house: House) -> None:
    nodes = {**NODES, "other": NODES["call"]}
    house.publish(nodes, [("in", "out", "call"), ("in", "out", "other"), ("call", "out", "sorry")])
    house.say("order")
    house.drain()
    assert house.runs() == [("exited", "sorry")]
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []


def test_what_is_given_up_after_its_run_has_ended_tells_the_run_nothing(house: House) -> None:
    prepared(house, NODES, [("in", "out", "call")])
    again_after_its_run(house)
    house.set("UPDATE outbox SET attempts = 99")
    house.drain()
    assert outbox(house)[0] == "dead"
    assert house.rows("SELECT * FROM timer") == house.rows("SELECT * FROM signal") == []
