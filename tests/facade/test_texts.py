"""The texts of a draft: where they are wrong, how they read, and a test of an email."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.facade import NotAllowed, NotFound, Refused, Studio, texts
from tests.facade.conftest import Place
from tests.support.mailserver import mail_server

SUBJECT = "Your enquiry, {{ customer.first_name | default: 'there' }}"
BODY = "Hello {{ customer.first_name }} of {{ customer.town }},\n{{ steps.write.text }}"


def journey(place: Place, **config: Any) -> str:
    """A draft that writes to whoever sent an enquiry; gives its slug."""
    given = {"subject": SUBJECT, "body": BODY, **config}
    document = {
        "format": 1,
        "name": "Replies",
        "nodes": [
            {"id": "sent", "type": "trigger.event", "config": {"event": "enquiry.sent"}},
            {"id": "write", "type": "ai.write", "title": "Draft", "config": {"instructions": "x"}},
            {"id": "mail", "type": "action.send_email", "config": given},
            {
                "id": "call",
                "type": "action.http_request",
                "config": {
                    "method": "POST",
                    "url": "https://example.com/{{ event.properties.kind }}",
                    "body": {"who": "{{ customer.email }}", "n": 1},
                },
            },
            {"id": "late", "type": "logic.set", "config": {"values": {"a": "b"}}},
        ],
        "edges": [
            {"from": "sent", "handle": "out", "to": "write"},
            {"from": "write", "handle": "out", "to": "mail"},
            {"from": "mail", "handle": "out", "to": "call"},
            {"from": "call", "handle": "out", "to": "late"},
        ],
    }
    return place.studio.new_journey("Replies", document)


@pytest.mark.parametrize("nodes", [1.5, "mail", {"mail": 1}, [{"id": "mail", "type": "x"}, 7]])
def test_a_draft_that_is_no_journey_has_nothing_to_preview(place: Place, nodes: Any) -> None:
    slug = place.studio.new_journey("Odd", {"format": 1, "name": "Odd", "nodes": nodes})
    with pytest.raises((NotFound, Refused)):
        place.studio.preview_step(slug, "mail")


@pytest.mark.parametrize("config", [[[]], "x", 7, None, []])
def test_a_setup_that_is_none_is_previewed_as_an_empty_one(place: Place, config: Any) -> None:
    mail = {"id": "mail", "type": "action.send_email", "config": config}
    odd = {"format": 1, "name": "Odd", "nodes": [mail], "settings": {"time_zone": config}}
    slug = place.studio.new_journey("Odd", odd)
    assert place.studio.preview_step(slug, "mail")


@pytest.fixture
def maya(place: Place) -> str:
    place.event("enquiry.sent", "maya@example.com", kind="site")
    identify(place, "maya@example.com", first_name="Maya")
    return place.customer("maya@example.com")["customer"]["id"]


def identify(place: Place, who: str, **attributes: Any) -> None:
    from runtime.store.intake import Incoming

    workspace = place.studio.desk.workspace
    incoming = Incoming(workspace, "track", None, "identify", "", {"email": who}, attributes)
    place.house.intake.accept_now(incoming)
    place.work()


def test_a_wrong_text_is_told_with_its_place_in_the_browsers_counting(place: Place):
    slug = journey(place)
    text = "😀 {{ customer.first_name | upcas }}"
    (found,) = place.studio.liquid(slug, "mail", text)
    units = text.encode("utf-16-le")
    assert units[found["from"] * 2 : found["to"] * 2].decode("utf-16-le") == "upcas"
    assert found.get("fix") == {"label": "Use “upcase”", "from": 28, "to": 33, "insert": "upcase"}
    assert place.studio.liquid(slug, "mail", SUBJECT + BODY) == []


def test_a_step_that_is_not_there_or_comes_later_is_told(place: Place):
    slug = journey(place)
    (gone,) = place.studio.liquid(slug, "mail", "a {{ steps.wrote.text }}")
    assert (gone["severity"], gone["from"], gone["to"]) == ("error", 5, 21)
    assert "which is not there" in gone["message"]
    (late,) = place.studio.liquid(slug, "mail", "a {{ steps.late.a }}")
    assert late["severity"] == "warning"
    assert "does not come before this node" in late["message"]


def test_a_misspelt_name_is_told_in_one_wording_at_the_field_and_in_the_list(
    place: Place, maya: str
):
    text = "{{ customer.first_name }}, {{ customer.first_nam }}"
    slug = journey(place, subject=text)
    [problem] = [p for p in place.studio.journey(slug)["problems"] if p["code"] == "unseen"]
    assert problem["severity"] == "warning"
    [told] = place.studio.liquid(slug, "mail", text)
    assert told["message"] == problem["message"]
    assert told["severity"] == "warning"
    assert (told["from"], told["to"]) == (text.index("first_nam }}") - 9, len(text) - 3)
    assert told.get("fix", {}).get("insert") == "customer.first_name"
    assert told.get("fix", {}).get("label") == problem["fixes"][0]["label"]


def test_a_preview_is_the_message_that_would_go_out(place: Place, maya: str):
    place.studio.save_settings(sender={"name": "Ines", "email": "ines@example.com"})
    slug = journey(place, html="<p>Hi {{ customer.first_name }}</p>")
    identify(place, "maya@example.com", first_name="Maya & <b>Co</b>")
    shown = place.studio.preview_step(slug, "mail", customer=maya)
    assert shown["customer"] == {"id": maya, "name": "Maya & <b>Co</b>"}
    assert shown["mail"] == {
        "sender": "Ines <ines@example.com>",
        "to": "maya@example.com",
        "subject": "Your enquiry, Maya & <b>Co</b>",
        "text": "Hello Maya & <b>Co</b> of ,\n⟨Draft: text⟩",
        "html": "<p>Hi Maya &amp; &lt;b&gt;Co&lt;/b&gt;</p>",
    }
    assert shown["missing"] == ["customer.town"]
    assert shown["stands_in"] == ["Draft"]
    assert shown["why_not"] is None


def test_what_is_not_saved_yet_is_previewed_too(place: Place, maya: str):
    slug = journey(place)
    config = {"subject": "New\n for {{ customer.first_name }}"}
    shown = place.studio.preview_step(slug, "mail", config, customer=maya)
    assert shown["mail"] is not None
    assert (shown["mail"]["subject"], shown["mail"]["text"]) == ("New for Maya", "")
    assert shown["mail"]["sender"] is None
    broken = place.studio.preview_step(slug, "mail", {"subject": "{{ a", "body": ""})
    assert broken["mail"] is None
    assert "is not closed" in str(broken["problem"])


def test_a_customer_without_a_name_sees_the_defaults(place: Place, maya: str):
    shown = place.studio.preview_step(journey(place), "mail", nameless=True)
    assert shown["customer"] is None
    assert shown["mail"] is not None
    assert shown["mail"]["subject"] == "Your enquiry, there"
    assert shown["missing"] == ["customer.first_name", "customer.town"]


def test_whoever_came_last_is_taken_when_nobody_was_chosen(place: Place, maya: str):
    slug = journey(place)
    assert place.studio.preview_step(slug, "mail")["customer"] == {"id": maya, "name": "Maya"}
    with pytest.raises(NotFound, match="no such customer"):
        place.studio.preview_step(slug, "mail", customer="gone")
    with pytest.raises(NotFound, match="not saved yet"):
        place.studio.preview_step(slug, "gone")


def test_nothing_would_be_sent_without_consent_and_that_is_said(place: Place, maya: str):
    place.studio.save_settings(opt_in=True)
    shown = place.studio.preview_step(journey(place), "mail", customer=maya)
    assert shown["why_not"] == "Maya has not agreed to emails, so nothing would be sent."
    assert shown["mail"] is not None
    assert shown["mail"]["subject"] == "Your enquiry, Maya"


def test_a_call_shows_its_address_and_its_body(place: Place, maya: str):
    shown = place.studio.preview_step(journey(place), "call", customer=maya)
    texts = {one["field"]: one["text"] for one in shown["texts"]}
    assert texts["url"] == "https://example.com/site"
    assert texts["body"] == '{\n  "who": "maya@example.com",\n  "n": 1\n}'


def test_a_past_run_gives_what_its_steps_really_gave(place: Place):
    slug = journey(place, body="{{ steps.values.a }} {{ event.properties.kind }}")
    values = {"id": "values", "type": "logic.set", "config": {"values": {"a": "real"}}}
    place.studio.edit(
        slug,
        place.studio.journey(slug)["rev"],
        [
            {"op": "node.del", "id": "write"},
            {"op": "node.add", "node": values},
            {"op": "edge.add", "from": "sent", "handle": "out", "to": "values"},
            {"op": "edge.add", "from": "values", "handle": "out", "to": "mail"},
        ],
    )
    place.studio.publish(slug)
    place.event("enquiry.sent", "noor@example.com", kind="shop")
    shown = place.studio.preview_step(slug, "mail", customer=None)
    assert shown["mail"] is not None
    assert shown["mail"]["text"] == "real shop"
    assert shown["stands_in"] == []


# --- Test sends -------------------------------------------------------------------------------


@pytest.mark.service
def test_a_test_goes_to_the_team_marked_and_written_down(place: Place, tmp_path: Path, maya: str):
    slug = journey(place, html="<p>Hi {{ customer.first_name }}</p>")
    add_person(place, "owner", "owner@example.com", "owner")
    add_person(place, "editor", "editor@example.com", "editor")
    owner, editor = place.as_role("owner"), place.as_role("editor")
    with pytest.raises(Refused, match="no mail server yet"):
        owner.send_test_of(slug, "mail")
    with mail_server(tmp_path) as server:
        secret = {"host": server.host, "port": server.port, "security": "none"}
        place.studio.set_credential("mail", "smtp", secret)
        place.studio.save_settings(sender={"name": "Ines", "email": "ines@example.com"})
        assert owner.send_test_of(slug, "mail", customer=maya)["ok"]
        assert editor.send_test_of(slug, "mail", to="OWNER@example.com", nameless=True)["ok"]
        assert owner.send_test_of(slug, "mail", to="else@example.com")["ok"]
        with pytest.raises(NotAllowed, match="only the owner"):
            editor.send_test_of(slug, "mail", to="else@example.com")
        for role in ("viewer", "approver"):
            with pytest.raises(NotAllowed):
                place.as_role(role).send_test_of(slug, "mail", to="owner@example.com")
        with pytest.raises(Refused, match="Write the address"):
            owner.send_test_of(slug, "mail", to="a@b, c@d")
        refused = owner.send_test_of(slug, "mail", to="never@example.com")
        assert not refused["ok"]
        assert "550" in refused["text"]
        told = [(m["To"], m["Subject"]) for m in server.messages]
    assert told == [
        ("owner@example.com", "[Test] Your enquiry, Maya"),
        ("OWNER@example.com", "[Test] Your enquiry, there"),
        ("else@example.com", "[Test] Your enquiry, Maya"),
    ]
    parts = [p.get_content_type() for p in server.messages[0].walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    rows = [row for row in place.studio.audit() if row["what"] == "email.tested"]
    assert [(r["who"], r["detail"]["to"], r["of"]) for r in rows][-1] == (
        "Owner",
        "owner@example.com",
        "replies/mail",
    )
    assert place.studio.mailbox() == []


@pytest.mark.service
def test_ten_tests_a_minute_are_enough(place: Place, tmp_path: Path):
    slug = journey(place)
    owner = place.as_role("owner")
    with mail_server(tmp_path) as server:
        secret = {"host": server.host, "port": server.port, "security": "none"}
        place.studio.set_credential("mail", "smtp", secret)
        place.studio.save_settings(sender={"name": "", "email": "ines@example.com"})
        for _ in range(10):
            assert owner.send_test_of(slug, "mail", to="a@example.com")["ok"]
        with pytest.raises(Refused, match="10 tests in the last minute"):
            owner.send_test_of(slug, "mail", to="a@example.com")
        place.clock.now += 61_000_000
        assert owner.send_test_of(slug, "mail", to="a@example.com")["ok"]
        assert len(server.messages) == 11


def test_the_tests_of_a_minute_are_counted_by_person_and_not_by_name(place: Place):
    slug = journey(place)
    secret = {"host": "127.0.0.1", "port": 9, "security": "none"}  # nobody takes them
    place.studio.set_credential("mail", "smtp", secret)
    place.studio.save_settings(sender={"name": "", "email": "ines@example.com"})
    space = {"id": place.studio.desk.workspace, "name": "W", "time_zone": "UTC"}

    def as_person(id: str, name: str) -> Studio:
        one = {"id": id, "name": name, "email": f"{id}@example.com", "role": "owner"}
        return place.wayline.studio(one | {"workspace": space})

    for _ in range(10):
        as_person("p1", "Kim").send_test_of(slug, "mail", to="a@example.com")
    assert not as_person("p2", "Kim").send_test_of(slug, "mail", to="a@example.com")["ok"]
    with pytest.raises(Refused, match="10 tests in the last minute"):
        as_person("p1", "Kim the second").send_test_of(slug, "mail", to="a@example.com")


def test_a_test_of_a_broken_text_says_what_is_wrong(place: Place):
    slug = journey(place, subject="{{ a | nope }}")
    with pytest.raises(Refused, match="nope"):
        place.as_role("owner").send_test_of(slug, "mail", to="a@example.com")
    with pytest.raises(Refused, match="would send nothing"):
        place.as_role("owner").send_test_of(slug, "late", to="a@example.com")


def test_whom_a_test_can_go_to(place: Place):
    add_person(place, "editor", "editor@example.com", "editor")
    assert place.as_role("editor").testers() == {
        "people": [{"name": "Editor", "email": "editor@example.com"}],
        "own": "editor@example.com",
        "anyone": False,
        "server": False,
    }


def add_person(place: Place, one: str, email: str, role: str) -> None:
    from runtime.store.database import run

    desk = place.studio.desk
    sql = """INSERT INTO person (id, workspace, email, name, password_hash, role, created_at)
 VALUES (?, ?, ?, ?, '', ?, ?)"""
    desk.write(
        "own",
        lambda conn, now: run(conn, sql, (one, desk.workspace, email, one.capitalize(), role, now)),
    )


def test_a_thousand_texts_that_are_each_within_the_limit_are_too_much_together(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = journey(place)
    long = "{% for a in (1..40) %}{{ a }}{% endfor %}"
    plain = "{{ customer.email }}" + "x" * 6_400
    monkeypatch.setattr(texts, "MOST_WORK", 1_000)
    read = place.as_role("viewer").preview_step
    for one, words in ((long, "too long to render"), (plain, "too long together")):
        few = read(slug, "late", {"values": {"a": one}}, nameless=True)
        assert (few["problem"], len(few["texts"])) == (None, 1)
        many = read(slug, "late", {"values": {f"a{n}": one for n in range(99)}}, nameless=True)
        assert words in str(many["problem"])
        assert many["texts"] == []
