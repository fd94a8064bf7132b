"""One customer's events keep their order, and the runtime tells the simulator's story."""

from __future__ import annotations

from tests.work.house import House

SHORT = {
    "in": ("trigger.event", {"event": "order"}),
    "note": ("action.update_customer", {"set": {"last": "{{ event.properties.n }}"}}),
}
SHORT_EDGES = [("in", "out", "note")]


def test_events_that_come_together_enter_one_after_the_other(house: House) -> None:
    house.publish(SHORT, SHORT_EDGES)
    for n in range(5):
        house.say("order", properties={"n": n})
    house.drain()
    assert house.runs() == [("completed", None)] * 5
    assert house.customer() == {"last": "4"}


def test_a_trigger_sees_what_the_event_before_it_changed(house: House) -> None:
    house.publish(SHORT, SHORT_EDGES, "a", reentry={"mode": "always"})
    where = {"field": "customer.last", "op": "eq", "value": "1"}
    house.publish({"in": ("trigger.event", {"event": "check", "where": where})}, [], "b")
    house.say("order", properties={"n": 1})
    house.say("check")
    house.say("order", properties={"n": 2})
    house.say("check")
    house.drain()
    first, second = house.outcomes()[1::2]
    assert "run" in first[0]
    assert second == []


def test_an_identify_does_not_overtake_the_run_before_it(house: House) -> None:
    is_pro = {"field": "customer.plan", "op": "eq", "value": "pro"}
    nodes = {
        "in": ("trigger.event", {"event": "order"}),
        "pro": ("logic.branch", {"condition": is_pro}),
    }
    house.publish(nodes, [("in", "out", "pro")])
    house.say("order")
    house.say("identify", {"id": "maya"}, {"plan": "pro"}, kind="identify")
    house.say("order")
    house.drain()
    assert [s for s in house.steps() if s[0] == "pro"] == [("pro", "no"), ("pro", "yes")]


def test_one_event_ends_a_run_and_starts_the_next(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "visit"}),
        "wait": ("logic.wait", {"for": "P3D"}),
    }
    house.publish(nodes, [("in", "out", "wait")], exit_when=[{"event": "visit"}])
    house.say("visit")
    house.drain()
    house.say("visit")
    house.drain()
    assert house.runs() == [("exited", "visit came"), ("waiting", None)]
    assert all("run" in o for [o] in house.outcomes())


def test_one_event_that_fits_no_wait_is_kept_out_once(house: House) -> None:
    ninth = {"field": "event.properties.n", "op": "eq", "value": 9}
    nodes = {
        "in": ("trigger.event", {"event": "visit"}),
        "wait": ("logic.wait_for_event", {"event": "visit", "where": ninth, "within": "P3D"}),
    }
    house.publish(nodes, [("in", "out", "wait")])
    house.say("visit")
    house.drain()
    house.say("visit")
    house.say("visit", "ben")
    house.drain()
    assert house.runs() == [("waiting", None), ("waiting", None)]
    assert "inside" in house.outcomes()[1][0]["skipped"]


def test_a_customer_held_back_holds_up_nobody_else(house: House) -> None:
    house.publish(SHORT, SHORT_EDGES)
    for n in range(250):
        house.say("order", "busy", {"n": n})
    house.say("order", "other", {"n": 1})
    work = house.worker()
    work.route("w")
    work.route("w")
    sql = """SELECT c.external_id FROM run r JOIN customer c ON c.id = r.customer"""
    assert sorted(house.rows(sql)) == [("busy",), ("other",)]


def test_an_event_reaches_a_run_that_was_just_started(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "trial"}),
        "wait": ("logic.wait_for_event", {"event": "invited", "within": "P3D"}),
    }
    house.publish(nodes, [("in", "out", "wait")])
    house.say("trial")
    house.say("invited")
    house.drain()
    assert house.steps() == [("in", "out"), ("wait", "out")]


def test_the_key_of_a_trigger_makes_the_rule_hold_for_each_key(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "order", "key": "event.properties.id"}),
        "wait": ("logic.wait", {"for": "P1D"}),
    }
    house.publish(nodes, [("in", "out", "wait")])
    for order in ("a", "b", "a"):
        house.say("order", properties={"id": order})
    house.drain()
    assert len(house.runs()) == 2
    assert "skipped" in house.outcomes()[2][0]


def test_did_counts_the_customers_past_with_the_arriving_event(house: House) -> None:
    where = {"did": "order", "at_least": 3, "within": "P90D"}
    house.publish({"in": ("trigger.event", {"event": "order", "where": where})}, [])
    for _ in range(3):
        house.say("order")
    house.say("order", "ben")
    house.drain()
    assert len(house.runs()) == 1
