"""What went wrong, as a shop owner reads it."""

from __future__ import annotations

import pytest

from runtime.facade.reasons import SENTENCES, VERSION_GONE, Kind, of_node, told
from runtime.work.advance import DIED, GAVE_UP
from runtime.work.settling import BROKEN_OFF, IN_DOUBT, WAITS, WORKER_DIED

TECHNICAL: list[tuple[Kind, str]] = [
    ("event", "This event could not be routed: ValueError: year 292278 is out of range"),
    ("event", "This event could not be routed: KeyError: 'previousId'"),
    ("run", GAVE_UP.format(3, "TypeError: unsupported operand type(s) for +: 'int' and 'str'")),
    ("run", GAVE_UP.format(3, "sqlite3.OperationalError: database disk image is malformed")),
    ("run", GAVE_UP.format(3, DIED)),
    ("effect", "Gave up after 5 attempts: RuntimeError: Session is closed"),
    ("effect", "JSONDecodeError: unexpected end of data: line 1 column 1 (char 0)"),
    ("step", "KeyError: 'amount'"),
    ("step", "StopIteration: "),
    ("step", "AssertionError"),
]


@pytest.mark.parametrize(("kind", "reason"), TECHNICAL)
def test_an_error_of_the_program_is_a_sentence_and_its_words_are_details(
    kind: Kind, reason: str
) -> None:
    said = told(kind, reason)
    assert said.details == reason
    assert "Error" not in said.text
    assert "try it again" in said.text.lower()
    assert "{" not in said.text


@pytest.mark.parametrize(
    "reason",
    [
        "Gave up after 5 attempts: api.example.com answered 503.",
        "mail.example.com did not accept the password: enter it again.",
        "There is no credential named shop: add it in the settings.",
        f"The line broke. {BROKEN_OFF} {WAITS}",
        f"{IN_DOUBT} {WAITS}",
        WORKER_DIED,
        "The page Error of shop.example was not what was expected.",
    ],
)
def test_what_is_a_sentence_already_stays_as_it_is(reason: str) -> None:
    assert told("effect", reason) == (reason, None)


def test_a_version_that_is_gone_says_where_it_comes_back_from() -> None:
    for error in (
        "LookupError: the published version v1 cannot be read",
        "VersionMissing: The version v1 is not in the database.",
    ):
        assert told("run", GAVE_UP.format(3, error)).text == VERSION_GONE


def test_how_often_it_was_tried_is_said() -> None:
    assert ", 3 times." in told("run", GAVE_UP.format(3, "ValueError: no")).text
    assert "times" not in told("step", "ValueError: no").text
    assert "times" not in told("effect", "ValueError: no").text


def test_a_step_is_named_as_on_the_canvas() -> None:
    titles = {"call": "Tell the shop"}
    assert of_node("call: shop.example answered 500.", titles).text == (
        "Tell the shop: shop.example answered 500."
    )
    odd = of_node("call: KeyError: 'amount'", titles)
    assert odd.text == f"Tell the shop: {SENTENCES['step']}"
    assert odd.details == "KeyError: 'amount'"
    assert of_node("gone: It broke.", titles).text == "gone: It broke."
    assert of_node(None, titles).details is None
