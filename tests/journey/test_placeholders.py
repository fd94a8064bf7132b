"""Addresses of nobody and words of a template's maker do not go to customers unnoticed."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.gallery import templates
from runtime.journey.memory import Memory
from runtime.journey.placeholders import addresses
from runtime.journey.problems import errors
from tests.journey.documents import journey, node, only, problems

BOOKING = "https://example.com/call"
PRICE = "A project starts at €1,800."


def mailing(body: str = "Hello", ui: Any = None, **more: Any) -> dict[str, Any]:
    mail = {"title": "Say hello", **node("mail", "action.send_email", subject="Hi", body=body)}
    mail["config"] |= more
    return journey(mail, ways=("start > mail",), ui=ui or {})


def test_an_address_of_nobody_in_a_message_is_warned_of() -> None:
    found = only(mailing(f"Pick a time: {BOOKING}."), "placeholder", titles=True)
    assert (found.severity, found.node, found.path) == ("warning", "mail", "nodes[1].config.body")
    assert found.about == BOOKING
    assert found.message == (
        f"Customers would be sent to “{BOOKING}”, an example address, in “Message”: "
        "write your own there."
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("subject", "See www.example.org"),
        ("html", '<a href="http://shop.example.net/a?b=1">Shop</a>'),
        ("body", "Write to hello@example.com"),
        ("body", "{{ customer.link | default: 'https://EXAMPLE.com' }}"),
        ("body", "https://wayline.test/x"),
        ("body", "https://booking.invalid"),
        ("body", "https://me@studio.example:8080/call"),
    ],
)
def test_it_is_seen_in_every_text_that_customers_read(field: str, text: str) -> None:
    only(mailing(**{field: text}), "placeholder")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.company.com https://myexample.com https://example.com.marlow.studio",
        "For example.com/x stands nowhere, no more than an example. Testing://",
        "https://marlow.studio/example.com",
        "maya at example.com",
    ],
)
def test_other_addresses_are_nobodys_business(text: str) -> None:
    assert problems(mailing(text)) == []


def test_who_gets_it_may_have_an_address_of_an_example() -> None:
    assert problems(mailing(to="ines@example.com")) == []


def test_every_address_is_named_once_and_not_without_end() -> None:
    text = f"{BOOKING} {BOOKING} https://example.com/faq, (https://example.com/a)"
    found = [p.about for p in problems(mailing(text))]
    assert found == [BOOKING, "https://example.com/faq", "https://example.com/a"]
    many = " ".join(f"https://example.com/{n}" for n in range(3_000))
    assert len(problems(mailing(many))) == 5
    assert addresses("@" * 100_000 + "example", mail=True) == []


def test_what_an_ai_may_say_is_read_by_customers_too() -> None:
    ask = node("ask", "ai.write", instructions="Answer", facts=["Yes.", f"Times: {BOOKING}"])
    found = only(journey(ask, node("end", "logic.exit"), ways=("start > ask > end",
        "ask.unsure > end")), "placeholder")  # fmt: skip
    assert (found.severity, found.path) == ("warning", "nodes[1].config.facts[1]")


def test_a_call_to_an_address_of_nobody_is_warned_of_and_people_are_not() -> None:
    call = node("call", "action.http_request", method="GET", url="https://api.example.com/x")
    found = only(journey(call, ways=("start > call",)), "placeholder")
    assert (found.severity, found.path) == ("warning", "nodes[1].config.url")
    task = node("task", "action.create_task", title="Write to maya@example.com")
    assert problems(journey(task, ways=("start > task",))) == []


def test_it_keeps_nothing_from_being_published() -> None:
    assert errors(problems(mailing(BOOKING))) == []


# --- What a template's maker wrote ------------------------------------------------------------


BLANKS = {"blanks": [{"find": PRICE, "label": "What a project costs"}]}


def test_words_of_the_template_that_nobody_has_changed_are_warned_of() -> None:
    found = only(mailing(f"Hello. {PRICE}", BLANKS), "placeholder", titles=True)
    assert (found.severity, found.node, found.about) == ("warning", "mail", PRICE)
    assert found.message == (
        f"“Message” still says “{PRICE}”, as the template does: write your own words there."
    )
    assert problems(mailing("Hello. It is cheap.", BLANKS)) == []
    assert problems(mailing(f"Hello. {PRICE}")) == []


def test_an_address_that_is_a_blank_is_told_once() -> None:
    blanks = {"blanks": [{"find": BOOKING, "label": "Where they choose a time"}]}
    assert only(mailing(BOOKING, blanks), "placeholder").about == BOOKING


@pytest.mark.parametrize(
    "blanks",
    [
        None,
        3,
        {"find": PRICE},
        [None, {}, {"find": 3}, {"find": ""}, {"find": "  "}, {"find": [PRICE]}],
        [{"find": "o"}],
    ],
)
def test_what_stands_there_instead_of_blanks_is_let_be(blanks: Any) -> None:
    assert problems(mailing("Hello o", {"blanks": blanks})) == []


def test_what_is_remembered_of_a_node_knows_of_the_blanks() -> None:
    memory = Memory()
    for ui in ({}, BLANKS, {}):
        document = mailing(f"Hello. {PRICE} {BOOKING}", ui)
        assert problems(document, memory=memory) == problems(document)


@pytest.mark.parametrize("template", templates(), ids=lambda t: t.slug)
def test_a_template_waits_for_its_blanks_and_for_nothing_else(template: Any) -> None:
    assert {p.code for p in problems(template.document)} <= {"placeholder"}
