"""The timeline with its reasons, approvals, mailbox, tasks, runs and what needs a person."""

from __future__ import annotations

import pytest

from runtime.facade import NotFound, Refused
from runtime.ports.results import Done
from runtime.ports.results import Refused as NotDone
from runtime.store.database import rows, run
from tests.facade.conftest import HOUR, Place, greeting, reply

DRAFT = {"text": "Hello Maya, shall we talk?", "subject": "Your shop", "confidence": 0.84}


@pytest.fixture
def asked(place: Place) -> Place:
    """A draft waits for approval."""
    place.model.answers["write"] = Done(
        {**DRAFT, "sources": [{"title": "Facts", "text": "Six weeks"}]}
    )
    place.studio.publish(place.studio.save_draft(None, reply()))
    place.event("enquiry.sent", "maya@example.com", message="We need a new sign.")
    return place


def test_the_timeline_says_what_happened_and_why(place: Place):
    place.studio.publish(place.studio.save_draft(None, greeting()))
    place.event("trial.started", "maya@example.com", seats=3)
    found = place.customer("maya")["timeline"]
    said = [(i["kind"], i["title"]) for i in found]
    assert said == [
        ("status", "Finished Greeting"),
        ("step", "No, it is not so: seats is at least 10"),
        ("entered", "Entered Greeting"),
    ]
    assert found[1]["why"] == [{"ok": False, "text": "seats is at least 10", "value": "3"}]
    assert found[1]["icon"] == "split"
    assert found[2]["why"][0]["text"] == "First time in this journey"


def test_a_sent_message_stands_in_the_timeline_and_the_mailbox(place: Place):
    place.studio.publish(place.studio.save_draft(None, greeting()))
    place.event("trial.started", "maya@example.com", seats=30)
    maya = place.customer("maya")
    (sent,) = [i for i in maya["timeline"] if i["kind"] == "message"]
    assert sent["title"].startswith("Kept in the mailbox: “Hello ")
    message = place.studio.message(sent["output"]["message"])
    assert message["to"] == "maya@example.com"
    assert message["via"] == "mailbox"
    assert [m["id"] for m in place.studio.mailbox()] == [message["id"]]
    with pytest.raises(NotFound):
        place.studio.message("none")


def test_what_was_not_sent_is_told_with_the_reason(place: Place):
    slug = place.studio.save_draft(None, greeting())
    place.studio.publish(slug)
    place.event("trial.started", "maya", seats=30)
    place.identify("noor@example.com", consent={"email": False})
    place.event("trial.started", "noor@example.com", seats=30)
    said = {i["title"] for name in ("maya", "noor") for i in place.customer(name)["timeline"]}
    mail = "Did not send “Hello id”, because"
    assert f"{mail} there is no address to send it to" in said
    assert f"{mail} the customer has not agreed to emails" in said
    noor = next(run for run in place.studio.runs(slug) if run["customer_name"] != "maya")
    last = place.studio.run(noor["id"])["steps"][-1]
    assert (last["handle"], last["title"]) == (
        "skipped",
        f"{mail} the customer has not agreed to emails",
    )


def test_who_does_not_enter_is_told_why(place: Place):
    once = greeting()
    once["settings"]["reentry"] = {"mode": "once"}
    place.studio.publish(place.studio.save_draft(None, once))
    place.event("trial.started", "maya@example.com", seats=3)
    place.event("trial.started", "maya@example.com", seats=4)
    (skipped,) = [i for i in place.customer("maya")["timeline"] if i["kind"] == "skipped"]
    assert skipped["title"] == "Did not enter Greeting"
    assert "once" in skipped["text"]


def test_the_goal_is_counted_and_told(place: Place):
    slug = place.studio.save_draft(None, greeting())
    place.studio.publish(slug)
    place.event("trial.started", "maya@example.com", seats=3)
    place.event("paid", "maya@example.com")
    assert place.studio.journeys()[0]["goal_reached"] == 1
    titles = [i["title"] for i in place.customer("maya")["timeline"]]
    assert "Reached the goal" in titles


def test_customers_are_found_by_name_and_address_and_never_by_wildcards(place: Place):
    for who in ("maya@example.com", "noor@example.com"):
        place.event("seen", who)
    assert place.studio.customers("NOOR")["total"] == 1
    assert place.studio.customers("%")["total"] == 0
    assert place.studio.customers("_")["total"] == 0
    assert place.studio.customers()["total"] == 2
    with pytest.raises(NotFound):
        place.studio.customer("nobody")


def test_an_approval_shows_the_draft_its_sources_and_what_follows(asked: Place):
    (row,) = asked.studio.approvals()
    assert row["title"] == "Your shop"
    assert row["sureness"] == 0.84
    shown = asked.studio.approval(row["id"])
    assert shown["draft"] == {
        "to": "maya@example.com",
        "subject": "Your shop",
        "text": DRAFT["text"],
    }
    assert [s["text"] for s in shown["sources"]] == ["We need a new sign.", "Six weeks"]
    assert [f["text"] for f in shown["follows"]] == ["Send email"]
    assert "Create task" in shown["expiry"]
    (waits,) = asked.customer("maya")["next"]
    assert waits["kind"] == "approval"


def test_approving_with_an_edit_sends_the_edited_words(asked: Place):
    (row,) = asked.studio.approvals()
    ines = asked.as_role("approver")
    decided = ines.decide(row["id"], "approve", "Hello Maya, Friday?")
    assert decided["state"] == "approved"
    assert decided["decided"] is not None
    assert decided["decided"]["by"] == "Approver"
    assert asked.bell.rung
    asked.work()
    (message,) = asked.studio.mailbox()
    assert asked.studio.message(message["id"])["text"] == "Hello Maya, Friday?"
    (step,) = [i for i in asked.customer("maya")["timeline"] if i["node"] == "decide"]
    assert step["title"] == "Approver approved the draft"
    assert {"ok": True, "text": "The draft was edited", "value": ""} in step["why"]


def test_the_first_decision_counts(asked: Place):
    (row,) = asked.studio.approvals()
    asked.studio.decide(row["id"], "reject")
    with pytest.raises(Refused, match="rejected already"):
        asked.studio.decide(row["id"], "approve")
    asked.work()
    assert asked.studio.mailbox() == []
    assert asked.studio.approvals() == []
    assert len(asked.studio.approvals("all")) == 1


def test_a_decision_that_is_made_again_by_the_same_person_stands(asked: Place):
    """As when the database died at the commit, and nobody could say what had become of it."""
    (row,) = asked.studio.approvals()
    ines = asked.as_role("approver")
    ines.decide(row["id"], "approve", "Hello Maya, Friday?")
    asked.clock.now += 9 * HOUR
    again = ines.decide(row["id"], "approve", "Hello Maya, Friday?")
    assert (again["state"], again["decided"] and again["decided"]["by"]) == ("approved", "Approver")
    for other in ("Hello Maya, Monday?", None):  # the decision is another one
        with pytest.raises(Refused, match="approved already"):
            ines.decide(row["id"], "approve", other)
    with pytest.raises(Refused, match="approved already"):
        asked.studio.decide(row["id"], "approve", "Hello Maya, Friday?")
    with asked.database.read() as conn:
        assert rows(conn, "SELECT count(*) FROM signal WHERE kind = 'decision'") == [(1,)]
        sql = "SELECT count(*) FROM audit WHERE what = 'approval.approved'"
        assert rows(conn, sql) == [(1,)]


def test_a_decision_that_comes_too_late_is_refused(asked: Place):
    (row,) = asked.studio.approvals()
    asked.clock.now += 9 * HOUR
    with pytest.raises(Refused, match="over"):
        asked.studio.decide(row["id"], "approve")
    asked.work()
    (task,) = asked.studio.tasks()
    assert task["title"] == "Call maya@example.com"
    assert asked.studio.approval(row["id"])["state"] == "expired"


def test_a_task_is_done_once(asked: Place):
    asked.work(later=9 * HOUR)
    (task,) = asked.studio.tasks()
    assert not task["overdue"]
    asked.clock.now += 5 * HOUR
    assert asked.studio.tasks()[0]["overdue"]
    asked.studio.finish_task(task["id"])
    assert asked.studio.tasks() == []
    assert [t["id"] for t in asked.studio.tasks(done=True)] == [task["id"]]
    with pytest.raises(Refused):
        asked.studio.finish_task(task["id"])


def test_a_run_shows_its_steps_effects_and_what_it_waits_for(asked: Place):
    (row,) = asked.studio.runs()
    shown = asked.studio.run(row["id"])
    assert [s["node"] for s in shown["steps"]] == ["form", "draft"]
    assert [e["kind"] for e in shown["effects"]] == ["model"]
    assert shown["effects"][0]["node"] == "draft"
    assert [w["node"] for w in shown["waiting"]] == ["decide"]
    assert shown["event"]["name"] == "enquiry.sent"
    with pytest.raises(NotFound):
        asked.studio.run("none")
    with pytest.raises(NotFound):
        asked.studio.runs(journey="none")


def test_what_needs_a_person_comes_with_one_button(asked: Place):
    (first,) = asked.studio.needs_you()
    assert first["title"] == "1 draft waits for you"
    assert first["href"] == "/approvals"
    slug = asked.studio.journeys()[0]["slug"]
    asked.studio.edit(slug, 1, [{"op": "node.set", "id": "decide", "config": {}}])
    kinds = [n["kind"] for n in asked.studio.needs_you()]
    assert kinds == ["approvals", "problems"]


def test_a_run_that_fails_needs_a_person(place: Place):
    place.model.answers["write"] = NotDone("error", "The AI service does not answer.")
    place.studio.publish(place.studio.save_draft(None, reply()))
    place.event("enquiry.sent", "maya@example.com")
    (row,) = place.studio.runs(status="failed")
    assert row["reason"]
    (need,) = place.studio.needs_you()
    assert need["kind"] == "failed"
    assert need["title"] == "1 customer stopped in Reply"


def test_a_dead_letter_is_tried_again_once(asked: Place):
    (row,) = asked.studio.runs()
    key = asked.studio.run(row["id"])["effects"][0]["key"]
    with asked.database.write() as conn:
        run(conn, "UPDATE outbox SET state = 'dead', next_at = NULL")
        run(
            conn,
            """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 VALUES ('d', ?, 'effect', ?, 'It never answered.', 0)""",
            (asked.studio.desk.workspace, key),
        )
    (letter,) = asked.studio.dead_letters()
    assert letter["reason"] == "It never answered."
    asked.studio.replay(letter["id"])
    assert asked.studio.dead_letters() == []
    with pytest.raises(NotFound):
        asked.studio.replay(letter["id"])
    with asked.database.read() as conn:
        assert rows(conn, "SELECT state FROM outbox") == [("pending",)]
