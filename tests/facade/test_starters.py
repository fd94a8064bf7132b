"""The gallery: what a template costs and needs, its blanks, its sample played, and its draft."""

from __future__ import annotations

import json
import re

import pytest

from runtime.facade import NotFound, Refused, starters
from runtime.gallery import Template, templates
from tests.facade.conftest import Place

EVERY = [pytest.param(one, id=one.slug) for one in templates()]
BOOKING = "https://example.com/call"
QUESTIONS = "https://example.com/questions"
PRICE = "A project starts at €1,800 and takes about six weeks."
OWN = {BOOKING: "https://marlow.studio/call", QUESTIONS: "https://marlow.studio/faq"}


def test_a_card_says_what_it_is_for_and_what_it_costs(place: Place):
    one = place.studio.template("enquiry-to-first-call")
    assert one["goal"] == "They book a call"
    assert one["channels"] == ["Email", "AI", "Task"]
    assert one["cost"] == "up to 2 emails and 2 AI answers for each customer"
    assert one["needs"] == ["website form", "email"]


@pytest.mark.parametrize("one", EVERY)
def test_every_address_that_is_not_theirs_is_a_blank(place: Place, one: Template):
    text = json.dumps(one.document["nodes"], ensure_ascii=False)
    found = {blank["find"] for blank in place.studio.template(one.slug)["blanks"]}
    for find in found:
        assert find in text or find in json.dumps(one.document["settings"])
    assert set(re.findall(r"https://[\w.]*example\.com[\w/.-]*", text)) <= found


@pytest.mark.parametrize("one", EVERY)
def test_every_sample_is_played_to_its_end(place: Place, one: Template):
    stories = place.studio.rehearse(one.slug, {})
    assert len(stories) >= 3
    assert all(story["lines"] for story in stories)
    assert any(line["sent"] and line["more"] for story in stories for line in story["lines"])
    known = {customer["attributes"].get("first_name") for customer in one.customers}
    assert {story["customer"] for story in stories} <= known
    # an end is told once
    for story in stories:
        told = [(line["at"], line["icon"]) for line in story["lines"] if line["icon"] == "flag"]
        assert len(told) == len(set(told)), story["customer"]


def test_what_is_filled_in_stands_in_the_sample_and_in_the_draft(place: Place):
    given = {BOOKING: " https://marlow.studio/call ", "call.booked": "meeting.set"}
    stories = place.studio.rehearse("enquiry-to-first-call", given)
    letters = [line["more"] for story in stories for line in story["lines"]]
    assert any("https://marlow.studio/call" in letter for letter in letters)
    assert BOOKING not in json.dumps(stories)
    ended = [line["text"] for story in stories for line in story["lines"]]
    assert "The journey ends here. The call is booked" in ended  # the renamed event still comes
    slug = place.studio.use_template("enquiry-to-first-call", given)
    draft = place.studio.journey(slug)["document"]
    text = json.dumps(draft, ensure_ascii=False)
    assert "meeting.set" in text
    assert "call.booked" not in text
    assert BOOKING not in text
    left = [blank["find"] for blank in draft["ui"]["blanks"]]
    assert left == [QUESTIONS, PRICE]  # until they are somebody's own, the checks tell of them
    assert draft["settings"]["goal"]["event"] == "meeting.set"


def test_what_is_left_empty_stays_as_it_is_and_is_told(place: Place):
    slug = place.studio.use_template("enquiry-to-first-call", {BOOKING: "  "})
    found = place.studio.journey(slug)
    assert BOOKING in json.dumps(found["document"])
    wrong = [(p["node"], p["severity"]) for p in found["problems"] if p["code"] == "placeholder"]
    assert wrong == [(node, "warning") for node in ("draft", "draft", "questions", "reminder")]
    # to be tried, and to be looked at, it need not be finished
    hugo = {"id": "hugo", "email": "hugo@example.com"}
    tried = place.studio.try_journey(
        slug, {"customer": hugo, "pins": {"about": {"handle": "question"}}}
    )
    assert [s["handle"] for s in tried["steps"] if s["node"] == "questions"] == ["out"]


def test_what_is_filled_in_can_be_published(place: Place):
    slug = place.studio.use_template("enquiry-to-first-call", {**OWN, PRICE: PRICE})
    assert place.studio.journey(slug)["problems"] == []
    assert place.studio.publish(slug)["version"] == 1


@pytest.mark.parametrize("one", EVERY)
def test_what_a_form_posts_is_kept_for_the_texts_that_speak_of_it(place: Place, one: Template):
    """A webhook knows the customer's address; what the texts say of the customer is kept, too."""
    nodes = one.document["nodes"]
    if all(node["type"] != "trigger.webhook" for node in nodes):
        return
    said = set(re.findall(r"customer\.(\w+)", json.dumps(nodes))) - {"id", "email"}
    kept = {name for node in nodes for name in node["config"].get("set", {})}
    assert said <= kept
    (form,) = [n for n in place.studio.preparation(one.slug) if n["kind"] == "hook"]
    for name in ("email", "first_name"):
        assert name in form["text"]


def test_a_name_that_is_known_is_not_lost_to_a_form_without_one(place: Place):
    slug = place.studio.use_template("enquiry-to-first-call", OWN)
    given = {"pins": {"about": {"handle": "question"}}}
    maya = {"id": "m", "email": "maya@example.com", "attributes": {"first_name": "Maya"}}
    posted = {"name": "enquiry.sent", "properties": {"message": "How long does it take?"}}
    for customer, properties, greeting in (
        (maya, {}, "Hello Maya,"),
        ({**maya, "attributes": {}}, {"first_name": "Ada", "company": "Looms"}, "Hello Ada,"),
        ({**maya, "attributes": {}}, {}, "Hello there,"),
    ):
        event = {**posted, "properties": {**posted["properties"], **properties}}
        tried = place.studio.try_journey(slug, {**given, "customer": customer, "event": event})
        (mail,) = [s["effect"] for s in tried["steps"] if s["node"] == "questions"]
        assert mail["text"].startswith(greeting)


def test_the_sample_customers_write_to_nobody_and_need_no_address(place: Place):
    slug = place.studio.try_samples()["journey"]
    assert place.studio.journey(slug)["problems"] == []


def test_a_wrong_filling_is_refused_before_anything_is_made(place: Place):
    for given, why in (
        ({BOOKING: "my booking page"}, "begins with https"),
        ({"secret": "x"}, "no blank"),
        ({"call.booked": "x" * 3_000}, "too long"),
    ):
        with pytest.raises(Refused, match=why):
            place.studio.rehearse("enquiry-to-first-call", given)
        with pytest.raises(Refused, match=why):
            place.studio.use_template("enquiry-to-first-call", given)
    assert place.studio.journeys() == []
    with pytest.raises(NotFound):
        place.studio.template("nothing")


def test_what_is_missing_is_there_as_soon_as_it_was_added(place: Place):
    def ready() -> dict[str, bool]:
        return {one["kind"]: one["ready"] for one in place.studio.preparation("project-welcome")}

    assert ready() == {"smtp": False, "http": False, "event": False}
    place.studio.set_credential("mail", "smtp", {"host": "mail.example.com"})
    place.studio.set_credential("files", "http", {"token": "x"}, ["files.example.com"])
    place.event("project.signed", "maya@example.com", project="Sign")
    assert ready() == {"smtp": True, "http": True, "event": True}


def test_liquid_that_is_filled_in_does_not_run_for_minutes(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    def letters() -> list[str]:
        loop = "https://marlow.studio/{% for a in (1..50) %}{{ a }}{% endfor %}"
        told = place.as_role("viewer").rehearse("enquiry-to-first-call", {BOOKING: loop})
        return [line["more"] for one in told for line in one["lines"] if line["sent"]]

    assert any("marlow.studio/123456" in letter for letter in letters())
    monkeypatch.setattr(starters, "MOST_WORK", 100)
    assert not any("marlow.studio/123456" in letter for letter in letters())


def test_a_segment_is_looked_for_as_well(place: Place):
    def needed() -> list[tuple[str, bool]]:
        found = place.studio.preparation("quiet-client-check-in")
        return [(one["name"], one["ready"]) for one in found if one["kind"] == "segment"]

    assert needed() == [("The segment “quiet”", False)]
    place.identify("maya@example.com", segments=["quiet"])
    assert needed() == [("The segment “quiet”", True)]
