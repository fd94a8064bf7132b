"""What single node types promise beyond their examples."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from nodes.registry import node_types
from nodes.spec import Answered, Example, Fail, Leave, Outcome, Perform, Wait
from runtime.testing import run_example

TYPES = node_types()


def does(kind: str, config: dict[str, Any], **given: Any) -> Outcome:
    return run_example(TYPES[kind], Example("case", config, Leave("out"), **given))


def mail(customer: dict[str, Any], **config: Any) -> Outcome:
    given = {"subject": "Hello", "body": "…", **config}
    return does("action.send_email", given, customer=customer)


# --- Email ------------------------------------------------------------------------------------


def test_an_email_goes_to_the_customer():
    outcome = mail({"id": "maya", "email": "maya@example.com"})
    assert isinstance(outcome, Perform)
    assert outcome.body["to"] == "maya@example.com"


def test_a_subject_never_has_a_line_break():
    outcome = mail(
        {"id": "maya", "email": "maya@example.com", "name": "Maya\r\nBcc: all@example.com"},
        subject="Hello {{ customer.name }}",
    )
    assert isinstance(outcome, Perform)
    assert outcome.body["subject"] == "Hello Maya Bcc: all@example.com"


@pytest.mark.parametrize(
    "address", ["", "maya", "@example.com", "maya@", "a@b.co, c@d.co", "Maya <a@b.co>", "a b@c.de"]
)
def test_what_is_no_single_address_is_skipped(address: str):
    assert mail({"id": "maya", "email": address}) == Leave("skipped", {"reason": "no_address"})


def test_without_consent_nothing_goes_to_the_customer_but_the_team_is_told():
    customer = {"id": "maya", "email": "maya@example.com", "consent": {"email": False}}
    assert mail(customer) == Leave("skipped", {"reason": "no_consent"})
    assert mail(customer, to="MAYA@example.com") == Leave("skipped", {"reason": "no_consent"})
    assert isinstance(mail(customer, to="ines@example.com"), Perform)


def test_html_escapes_what_a_customer_wrote():
    outcome = mail(
        {"id": "maya", "email": "maya@example.com", "name": "<script>"},
        html="<p>{{ customer.name }}</p>",
    )
    assert isinstance(outcome, Perform)
    assert outcome.body["html"] == "<p>&lt;script&gt;</p>"


# --- Split ------------------------------------------------------------------------------------


def way(customer: str, ways: dict[str, float]) -> str:
    listed = [{"handle": h, "weight": w} for h, w in ways.items()]
    outcome = does("logic.split", {"ways": listed, "name": "test"}, customer={"id": customer})
    assert isinstance(outcome, Leave)
    return outcome.handle


PEOPLE = [f"customer-{n}" for n in range(600)]


def test_a_split_keeps_to_its_shares_and_each_customer_to_their_way():
    ways = {"a": 3.0, "b": 1.0}
    first = [way(p, ways) for p in PEOPLE]
    assert first == [way(p, ways) for p in PEOPLE]
    assert 400 < Counter(first)["a"] < 500


def test_changing_a_share_moves_customers_only_to_the_way_that_grew():
    before = {p: way(p, {"a": 1.0, "b": 1.0, "c": 1.0}) for p in PEOPLE}
    after = {p: way(p, {"a": 2.0, "b": 1.0, "c": 1.0}) for p in PEOPLE}
    moved = [p for p in PEOPLE if before[p] != after[p]]
    assert moved
    assert all(after[p] == "a" for p in moved)
    assert len(moved) < len(PEOPLE) / 4


# --- AI ---------------------------------------------------------------------------------------

LABELS = [{"name": n, "description": n} for n in ("project", "question")]


@pytest.mark.parametrize(
    ("data", "handle"),
    [
        ({"label": "project", "confidence": 0.9}, "project"),
        ({"label": "project", "confidence": 0.6}, "project"),
        ({"label": "project", "confidence": 0.59}, "unsure"),
        ({"label": "project"}, "project"),
        ({"label": "failed", "confidence": 0.99}, "unsure"),
        ({"label": "nonsense", "confidence": 0.99}, "unsure"),
        ({"label": None, "confidence": 0.9}, "unsure"),
        ({"label": ["project"], "confidence": 0.9}, "unsure"),
        ({"label": "project", "confidence": "very"}, "unsure"),
        ({}, "unsure"),
    ],
)
def test_a_label_counts_only_when_it_is_listed_and_sure_enough(data: dict[str, Any], handle: str):
    outcome = does("ai.classify", {"text": "x", "labels": LABELS}, signal=Answered(True, data))
    assert isinstance(outcome, Leave)
    assert outcome.handle == handle
    assert set(outcome.output) == {"label", "confidence", "scores"}


@pytest.mark.parametrize("data", [{}, {"text": ""}, {"text": "  "}, {"text": 7}])
def test_an_empty_draft_is_a_failure(data: dict[str, Any]):
    outcome = does("ai.write", {"instructions": "x"}, signal=Answered(True, data))
    assert isinstance(outcome, Fail)


def test_facts_may_be_lines_or_a_list():
    for facts in ("One.\n\n Two. \n", ["One.", "", "Two."]):
        outcome = does("ai.write", {"instructions": "x", "facts": facts})
        assert isinstance(outcome, Perform)
        assert outcome.body["facts"] == ["One.", "Two."]


# --- HTTP -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "ok"), [(200, True), (204, True), (302, False), (500, False)])
def test_only_an_answer_of_two_hundred_goes_on(status: int, ok: bool):
    config = {"method": "GET", "url": "https://example.com"}
    signal = Answered(True, {"status": status, "headers": {}, "body": ""})
    outcome = does("action.http_request", config, signal=signal)
    assert isinstance(outcome, Leave if ok else Fail)


def test_json_bodies_are_rendered_inside():
    config = {
        "method": "POST",
        "url": "https://example.com",
        "body": {"who": ["{{ customer.id }}"], "n": 3, "none": None},
    }
    outcome = does("action.http_request", config)
    assert isinstance(outcome, Perform)
    assert outcome.body["body"] == {"who": ["maya"], "n": 3, "none": None}


# --- Waits, approvals, tasks --------------------------------------------------------------------


@pytest.mark.parametrize("at", ["customer.none", "customer.name", "nonsense", "2020-01-01"])
def test_a_date_that_is_missing_wrong_or_over_leaves_by_past(at: str):
    customer = {"id": "maya", "name": "Maya"}
    assert does("logic.wait_until", {"at": at}, customer=customer) == Leave("past")


def test_a_date_without_a_zone_is_in_the_zone_of_the_run():
    outcome = does("logic.wait_until", {"at": "2026-07-01T09:00"}, time_zone="Europe/Lisbon")
    assert isinstance(outcome, Wait)
    assert str(outcome.until) == "2026-07-01 08:00:00+00:00"


def test_an_approval_without_its_draft_fails_with_the_remedy():
    outcome = does("logic.approval", {"of": "reply", "within": "PT8H"})
    assert isinstance(outcome, Fail)
    assert "reply" in outcome.message


@pytest.mark.parametrize(
    ("due", "instant"),
    [
        ("PT4H", "2026-03-02 13:00:00+00:00"),
        ("2026-03-05", "2026-03-05 00:00:00+00:00"),
        ("customer.due", "2026-04-01 00:00:00+00:00"),
        ("customer.none", "None"),
        (None, "None"),
    ],
)
def test_a_task_is_due_after_a_time_at_a_date_or_where_one_stands(due: str | None, instant: str):
    config = {"title": "Call", **({"due": due} if due else {})}
    outcome = does("action.create_task", config, customer={"id": "m", "due": "2026-04-01"})
    assert isinstance(outcome, Leave)
    (task,) = outcome.changes
    assert str(getattr(task, "due", "")) == instant
