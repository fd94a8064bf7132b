"""A journey from the event to its end, through the database."""

from __future__ import annotations

import orjson

from runtime.ports.results import Done
from tests.work.house import DAY, START, House, Outside

CALL = ("action.http_request", {"method": "POST", "url": "http://sink.test/", "body": "{}"})
BENCH = {
    "in": ("trigger.event", {"event": "order"}),
    "big": (
        "logic.branch",
        {"condition": {"field": "event.properties.total", "op": "gt", "value": 10}},
    ),
    "set": ("logic.set", {"values": {"greeting": "Hello {{ event.properties.name }}"}}),
    "call": CALL,
}
BENCH_EDGES = [("in", "out", "big"), ("big", "yes", "set"), ("set", "out", "call")]


def test_a_webhook_runs_through_branch_set_and_http_to_done(house: House) -> None:
    house.publish(BENCH, BENCH_EDGES, reentry={"mode": "always"})
    house.say("order", properties={"total": 50, "name": "Maya"})
    house.say("order", "ben@example.com", properties={"total": 5, "name": "Ben"})
    house.drain()
    assert house.runs() == [("completed", None), ("completed", None)]
    assert house.steps() == [
        ("in", "out"), ("big", "yes"), ("set", "out"), ("call", "out"), ("in", "out"), ("big", "no")
    ]  # fmt: skip
    [(kind, key, body)] = house.outside.sent
    run = house.rows("SELECT id FROM run ORDER BY id")[0][0]
    assert kind == "http"
    assert key.startswith(f"{run}:")
    assert body["method"] == "POST"
    assert house.one("SELECT state, attempts FROM outbox") == ("done", 1)
    counted = {(n, h): c for n, h, c in house.rows("SELECT node, handle, n FROM counter")}
    assert counted["in", "in"] == 2
    assert counted["big", "in"] == 2
    assert counted["big", "yes"] == counted["big", "no"] == counted["call", "out"] == 1
    assert counted["call", "in"] == 1
    for table in ("timer", "signal"):
        assert house.rows(f"SELECT * FROM {table}") == []


def test_each_event_ends_with_one_outcome_for_each_matching_journey(house: House) -> None:
    house.publish(BENCH, BENCH_EDGES, "a")
    house.publish(BENCH, BENCH_EDGES, "b", reentry={"mode": "once"})
    house.say("order", properties={"total": 1})
    house.drain()
    house.say("order", properties={"total": 1})
    house.say("other")
    house.drain()
    first, second, third = house.outcomes()
    assert [o["journey"] for o in first] == ["a", "b"]
    assert all("run" in o for o in first)
    assert "run" in second[0]
    assert "once" in second[1]["skipped"]
    assert third == []
    assert house.one("SELECT count(*) FROM event WHERE routed_at IS NULL") == 0


def test_a_paused_journey_starts_nothing_and_says_so(house: House) -> None:
    house.publish(BENCH, BENCH_EDGES)
    house.set("UPDATE journey SET state = 'paused'")
    house.set("UPDATE workspace SET live_rev = live_rev + 1")
    house.say("order")
    house.drain()
    assert house.outcomes() == [[{"journey": "j", "skipped": "The journey is paused."}]]


def test_an_event_for_one_trigger_starts_only_that(house: House) -> None:
    nodes = {"hand": ("trigger.manual", {}), "end": ("logic.exit", {"reason": "shown"})}
    house.publish(nodes, [("hand", "out", "end")])
    house.say("manual.hand", target="j", target_node="hand")
    house.say("manual.hand", target="gone", target_node="hand")
    house.say("manual.hand")
    house.drain()
    assert house.runs() == [("exited", "shown")]
    assert house.outcomes()[1] == [{"journey": "gone", "skipped": "The journey is not live."}]


def test_a_wait_of_three_days_survives_a_restart_and_fires_once(house: House, tmp_path) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "trial"}),
        "wait": ("logic.wait", {"for": "P3D"}),
        "call": CALL,
    }
    house.publish(nodes, [("in", "out", "wait"), ("wait", "out", "call")])
    house.say("trial")
    house.drain()
    assert house.runs() == [("waiting", None)]
    assert house.rows("SELECT node, kind, deadline_at FROM timer") == [
        ("wait", "time", START + 3 * DAY)
    ]
    house.close()

    again = House(tmp_path, now=START + 3 * DAY - 1)
    again.drain()
    assert again.outside.sent == []
    again.now += 1
    assert again.worker().anything_due()
    again.drain()
    again.drain()
    assert again.runs() == [("completed", None)]
    assert len(again.outside.sent) == 1
    again.close()


def test_a_clock_set_back_fires_no_timer_early_and_none_twice(house: House) -> None:
    nodes = {"in": ("trigger.event", {"event": "trial"}), "wait": ("logic.wait", {"for": "P1D"})}
    house.publish(nodes, [("in", "out", "wait")])
    house.say("trial")
    house.drain()
    house.now = START - 5 * DAY
    house.drain()
    assert house.runs() == [("waiting", None)]
    house.now = START + DAY
    house.drain()
    assert house.runs() == [("completed", None)]


WAITING = {
    "in": ("trigger.event", {"event": "trial"}),
    "wait": ("logic.wait_for_event", {"event": "invited", "within": "P3D"}),
    "tag": ("action.update_customer", {"set": {"invited": "yes"}}),
    "task": ("action.create_task", {"title": "Call {{ customer.id }}"}),
}
WAITING_EDGES = [("in", "out", "wait"), ("wait", "out", "tag"), ("wait", "timed_out", "task")]


def test_an_event_ends_the_wait_for_it_and_changes_the_customer(house: House) -> None:
    house.publish(WAITING, WAITING_EDGES)
    house.say("trial")
    house.drain()
    house.now += DAY
    house.say("invited", properties={"by": "Ines"})
    house.drain()
    assert house.runs() == [("completed", None)]
    assert house.customer() == {"invited": "yes"}
    assert house.rows("SELECT * FROM task") == []
    assert house.rows("SELECT * FROM timer") == []


def test_no_event_in_time_takes_the_other_way_and_makes_a_task(house: House) -> None:
    house.publish(WAITING, WAITING_EDGES)
    house.say("trial")
    house.drain()
    house.now += 3 * DAY
    house.drain()
    assert house.one("SELECT title FROM task") == "Call maya"
    house.say("invited")
    house.drain()
    assert house.steps()[-1] == ("task", "out")


def test_an_event_accepted_before_the_deadline_wins_though_it_is_carried_late(
    house: House,
) -> None:
    house.publish(WAITING, WAITING_EDGES)
    house.say("trial")
    house.drain()
    house.now += 3 * DAY
    house.say("invited")
    house.now += DAY
    house.drain()
    assert ("wait", "out") in house.steps()


def test_exit_when_ends_the_run_and_what_it_waits_for(house: House) -> None:
    house.publish(WAITING, WAITING_EDGES, exit_when=[{"event": "paid"}])
    house.say("trial")
    house.drain()
    house.say("paid")
    house.drain()
    assert house.runs() == [("exited", "paid came")]
    assert house.rows("SELECT * FROM timer") == []
    assert house.one("SELECT open FROM entry") == 0


def test_the_goal_only_measures_and_in_time(house: House) -> None:
    house.publish(WAITING, WAITING_EDGES, goal={"event": "paid", "within": "P2D"})
    house.say("trial")
    house.say("trial", "late")
    house.drain()
    house.now += DAY
    house.say("paid")
    house.drain()
    house.now += 2 * DAY
    house.say("paid", "late")
    house.drain()
    reached = dict(
        house.rows(
            """SELECT c.external_id, r.goal_at FROM run r JOIN customer c ON c.id = r.customer"""
        )
    )
    assert reached == {"maya": START + DAY, "late": None}


def test_an_approval_is_opened_decided_and_answered(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "asked"}),
        "draft": ("logic.set", {"values": {"text": "Hello"}}),
        "ok": ("logic.approval", {"of": "draft", "within": "P1D"}),
        "call": CALL,
    }
    edges = [("in", "out", "draft"), ("draft", "out", "ok"), ("ok", "out", "call")]
    house.publish(nodes, edges, reentry={"mode": "always"})
    house.say("asked")
    house.say("asked", "ben")
    house.drain()
    asks = house.rows(
        "SELECT run, token, node, visit, ask_json, expires_at FROM approval ORDER BY run"
    )
    assert orjson.loads(asks[0][4]) == {"of": "draft", "draft": {"text": "Hello"}, "by": None}
    assert asks[0][5] == START + DAY
    run, token, node, visit = asks[0][:4]
    house.set("UPDATE approval SET state = 'approved' WHERE run = ?", run)
    place = {"token": token, "node": node, "visit": visit}
    house.signal(run, "decision", {**place, "decision": "approve", "by": "Ines", "at": START})
    house.now += DAY
    house.drain()
    states = house.rows("SELECT state FROM approval ORDER BY run")
    assert states == [("approved",), ("expired",)]
    assert len(house.outside.sent) == 1


def test_an_email_without_a_server_goes_to_the_mailbox_in_the_marking_commit(
    house: House,
) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "hi"}),
        "mail": ("action.send_email", {"subject": "Hi {{ customer.email }}", "body": "Hello"}),
    }
    house.publish(nodes, [("in", "out", "mail")])
    house.say("hi", "maya@example.com")
    house.drain()
    assert house.outside.sent == []
    assert house.one('SELECT "to", subject, via FROM message') == (
        "maya@example.com",
        "Hi maya@example.com",
        "mailbox",
    )
    assert house.runs() == [("completed", None)]


def test_with_a_server_the_email_is_sent_and_a_copy_kept(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "hi"}),
        "mail": ("action.send_email", {"subject": "Hi", "body": "Hello"}),
    }
    house.publish(nodes, [("in", "out", "mail")])
    house.set(
        """INSERT INTO credential (id, workspace, name, kind, sealed, created_at, updated_at)
 VALUES ('c', 'w', 'post', 'smtp', ?, 0, 0)""",
        b'{"host":"mail.test"}',
    )
    house.set("""UPDATE workspace SET settings_json = '{"smtp":"post","sender":{"name":"W"}}'""")
    outside = Outside(Done({"message_id": "<1@w>"}))
    house.say("hi", "maya@example.com")
    house.worker(outside).drain(1e12)
    assert [kind for kind, _, _ in outside.sent] == ["email"]
    assert outside.given == [({"host": "mail.test"}, {"name": "W"})]
    assert house.one("SELECT via, message_id FROM message") == ("smtp", "<1@w>")


def test_sample_runs_send_nothing_to_the_outside(house: House) -> None:
    house.publish({"in": ("trigger.event", {"event": "x"}), "call": CALL}, [("in", "out", "call")])
    house.say("x", sample=True)
    house.drain()
    assert house.outside.sent == []
    assert house.runs() == [("completed", None)]
    assert house.one("SELECT sample FROM customer") == 1


def test_old_runs_stay_on_their_version(house: House) -> None:
    house.publish(WAITING, WAITING_EDGES)
    house.say("trial")
    house.drain()
    nodes = {"in": ("trigger.event", {"event": "trial"}), "end": ("logic.exit", {"reason": "new"})}
    house.publish(nodes, [("in", "out", "end")], number=2)
    house.say("invited")
    house.say("trial", "ben")
    house.drain()
    assert house.runs() == [("completed", None), ("exited", "new")]
