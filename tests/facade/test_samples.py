"""A simulated week with sample customers: real runs, clearly marked, gone with one click."""

from __future__ import annotations

import pytest

from runtime.facade import Refused
from runtime.facade.samples import TABLES
from runtime.store.database import rows
from tests.facade.conftest import HOUR, Place, greeting


@pytest.fixture
def sampled(place: Place) -> Place:
    place.studio.try_samples()
    return place


def test_a_week_has_passed_and_drafts_wait(sampled: Place):
    studio = sampled.studio
    assert studio.has_samples()
    (journey,) = studio.journeys()
    assert journey["sample"]
    assert journey["state"] == "live"
    assert journey["entered"] == 16
    assert journey["goal_reached"] >= 2
    assert journey["inside"] >= 3
    assert len(studio.approvals()) == 3
    assert studio.mailbox()
    assert studio.tasks()
    for item in [*studio.approvals(), *studio.mailbox(), *studio.tasks(), *studio.runs()]:
        assert item["sample"], item


def test_nothing_of_the_week_lies_in_the_future(sampled: Place):
    with sampled.database.read() as conn:
        for table, column in (("event", "at"), ("run", "started_at"), ("message", "created_at")):
            latest = rows(conn, f"SELECT max({column}) FROM {table}")[0][0]
            assert latest <= sampled.clock.now


def test_a_sample_draft_that_is_approved_goes_on_like_a_real_one(sampled: Place):
    first = sampled.studio.approvals()[0]
    assert sampled.studio.approval(first["id"])["mailbox"]
    before = len(sampled.studio.mailbox())
    sampled.studio.decide(first["id"], "approve")
    sampled.work()
    assert len(sampled.studio.mailbox()) == before + 1
    assert sampled.studio.mailbox()[0]["via"] == "mailbox"


def test_samples_go_to_the_mailbox_even_with_a_mail_server(sampled: Place):
    sampled.studio.set_credential("mail", "smtp", {"host": "127.0.0.1"})
    sampled.studio.decide(sampled.studio.approvals()[0]["id"], "approve")
    sampled.work()
    assert {m["via"] for m in sampled.studio.mailbox()} == {"mailbox"}


def test_no_real_event_enters_the_sample_journey(sampled: Place):
    sampled.event("enquiry.sent", "maya@example.com", message="A real one")
    maya = sampled.studio.customers("maya@example.com")["customers"]
    assert len(maya) == 1
    assert not maya[0]["sample"]
    assert maya[0]["inside"] == 0


def test_the_sample_journey_is_not_published(sampled: Place):
    with pytest.raises(Refused, match="template"):
        sampled.studio.publish(sampled.studio.journeys()[0]["slug"])


def test_samples_come_once(sampled: Place):
    with pytest.raises(Refused, match="already"):
        sampled.studio.try_samples()


def test_removing_takes_all_of_it_and_nothing_else(sampled: Place):
    sampled.studio.publish(sampled.studio.save_draft(None, greeting()))
    sampled.event("trial.started", "real@example.com", seats=30)
    sampled.studio.remove_samples()
    assert not sampled.studio.has_samples()
    assert [j["slug"] for j in sampled.studio.journeys()] == ["greeting"]
    assert [c["email"] for c in sampled.studio.customers()["customers"]] == ["real@example.com"]
    assert len(sampled.studio.mailbox()) == 1
    sampled.work(later=30 * 24 * HOUR)
    with sampled.database.read() as conn:
        left = {table: rows(conn, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    assert left["run"] == 1
    assert left["timer"] == left["signal"] == left["approval"] == left["task"] == 0


def test_they_can_be_tried_again_after_they_were_removed(sampled: Place):
    sampled.studio.remove_samples()
    assert sampled.studio.try_samples()["customers"] == 16
