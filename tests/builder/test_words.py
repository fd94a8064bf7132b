"""The words of the screen: times, rates and names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from builder.state.home import row, summary
from builder.ui import words
from builder.ui.voice import Voice
from tests.builder.fakes import JOURNEYS

NOW = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
LISBON = ZoneInfo("Europe/Lisbon")
AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-21T19:13:00Z", "today 19:13"),
        ("2026-11-22T09:00:00Z", "tomorrow 09:00"),
        ("2026-11-20T09:13:00Z", "yesterday 09:13"),
        ("2026-11-18T11:20:00Z", "18 Nov, 11:20"),
        ("2025-11-18T11:20:00Z", "18 Nov 2025"),
        (None, ""),
    ],
)
def test_an_instant_is_said_as_near_as_it_is(text: str | None, said: str) -> None:
    assert words.when(text, NOW, LISBON) == said


def test_the_day_is_that_of_the_zone() -> None:
    assert words.when("2026-11-21T14:30:00Z", NOW, AUCKLAND) == "today 03:30"
    assert words.day("2026-11-21T09:00:00Z", NOW, AUCKLAND) == "Yesterday, Saturday 21 November"


def test_instants_inside_a_sentence_are_said_too() -> None:
    text = "The first expires 2026-11-21T19:13:00Z."
    assert Voice(NOW, LISBON).localised(text) == "The first expires today 19:13."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-21T14:02:20Z", "expires now"),
        ("2026-11-21T14:32:00Z", "30 min left"),
        ("2026-11-21T22:01:59Z", "8 h left"),  # a wait of eight hours that has just begun
        ("2026-11-21T21:32:01Z", "8 h left"),
        ("2026-11-21T21:32:00Z", "7 h left"),
        ("2026-11-21T15:01:50Z", "1 h left"),
        ("2026-11-23T14:02:00Z", "2 days left"),
        (None, ""),
    ],
)
def test_what_is_left_is_rounded(text: str | None, said: str) -> None:
    assert words.left(text, NOW) == said


@pytest.mark.parametrize(
    ("good", "of", "said"),
    [(60, 214, (28, 22, 34)), (18, 19, (95, 75, 99)), (5, 12, (42, 19, 68)), (0, 0, (0, 0, 100))],
)
def test_a_rate_comes_with_its_interval(good: int, of: int, said: tuple[int, int, int]) -> None:
    assert tuple(words.percent(x) for x in words.interval(good, of)) == said


def test_initials_are_of_the_first_and_the_last_name() -> None:
    assert [words.initials(n) for n in ("Ines Okafor", "maya", "", "A b C")] == [
        "IO",
        "M",
        "?",
        "AC",
    ]


def test_numbers_are_written_as_the_language_does_and_names_are_not() -> None:
    given = [7, 10000, 1234567.5, -12000, 0.5, 3.0]
    english = ["7", "10,000", "1,234,567.5", "-12,000", "0.5", "3"]
    german = ["7", "10.000", "1.234.567,5", "-12.000", "0,5", "3"]
    assert [words.number(n) for n in given] == english
    assert [words.plain(n, "de") for n in given] == german
    assert words.fact("budget", 10000) == "10,000"
    assert words.fact("order_id", 450789469) == words.fact("orderId", 450789469) == "450789469"
    voice = Voice(NOW, LISBON, "de")
    assert voice.count(12000, "{count} node", "{count} nodes") == "12.000 Knoten"


def test_values_read_as_a_person_writes_them() -> None:
    given = [True, None, 3.0, ["a", 2], {"first_name": "Maya"}, []]
    assert [words.plain(v) for v in given] == ["yes", "–", "3", "a, 2", "First name Maya", "–"]


def test_a_journey_without_customers_shows_no_rate() -> None:
    never = row(JOURNEYS[-1], Voice(NOW, LISBON))
    assert (never.has_rate, never.empty_rate, never.inside) == (
        False,
        "After the first publish",
        "–",
    )


def test_the_summary_counts_people_and_journeys() -> None:
    assert (
        summary(JOURNEYS, Voice(NOW, LISBON)) == "34 customers are on their way in 4 live journeys."
    )
    assert summary([], Voice(NOW, LISBON)) == "No journey is live yet."
