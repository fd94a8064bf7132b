from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.journey.durations import Duration, add, parse, words

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P3D", Duration(days=3)),
        ("PT24H", Duration(seconds=86_400)),
        ("P1Y2M", Duration(months=14)),
        ("P2W", Duration(days=14)),
        ("P1DT2H3M4S", Duration(days=1, seconds=7384)),
    ],
)
def test_a_duration_keeps_calendar_and_clock_apart(text: str, duration: Duration) -> None:
    assert parse(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "3 days",
        "p3d",
        "P3",
        "1D",
        "P-1D",
        "+P1D",
        "P1D ",
        "P1D\n",
        "P٣D",
        "P1H",
    ],
)
def test_what_is_no_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration: write an ISO 8601 duration such as"):
        parse(text)


def test_fractions_zero_and_centuries_are_refused_with_their_own_words() -> None:
    with pytest.raises(ValueError, match="has a fraction: use whole numbers"):
        parse("PT1.5H")
    with pytest.raises(ValueError, match="is zero"):
        parse("PT0S")
    with pytest.raises(ValueError, match="longer than 100 years"):
        parse("P101Y")
    with pytest.raises(ValueError, match="is not a duration"):
        parse("P" + "9" * 5000 + "D")


def test_only_a_signed_duration_may_be_negative_or_zero() -> None:
    assert parse("-P1D", signed=True) == Duration(days=1, negative=True)
    assert parse("PT0S", signed=True) == Duration()
    with pytest.raises(ValueError, match="is negative"):
        parse("-P1D")


def test_a_month_clamps_to_the_months_end() -> None:
    assert add(at("2026-01-31T09:00Z"), parse("P1M"), UTC) == at("2026-02-28T09:00Z")
    assert add(at("2024-03-31T09:00Z"), parse("-P1M", True), UTC) == at("2024-02-29T09:00Z")


def test_a_day_keeps_the_local_time_where_24_hours_do_not() -> None:
    evening = at("2026-03-28T18:00+01:00")  # the clocks go forward in the night
    assert add(evening, parse("P1D"), BERLIN) == at("2026-03-29T18:00+02:00")
    assert add(evening, parse("PT24H"), BERLIN) == at("2026-03-29T19:00+02:00")


def test_the_date_part_is_added_first_then_the_time() -> None:
    before = at("2026-03-28T02:30+01:00")
    # A day later 02:30 is in the gap, so it means 03:00; then one elapsed hour.
    assert add(before, parse("P1DT1H"), BERLIN) == at("2026-03-29T04:00+02:00")


def test_a_time_that_occurs_twice_is_the_first() -> None:
    assert add(at("2026-10-24T02:30+02:00"), parse("P1D"), BERLIN) == at("2026-10-25T02:30+02:00")


def test_times_beyond_the_calendar_are_a_sentence() -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        add(at("9990-01-01T00:00Z"), parse("P99Y"), UTC)


@given(
    st.datetimes(datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2090-01-01")),
    st.integers(1, 5000),
)
def test_elapsed_time_is_the_same_in_every_zone(start: datetime, hours: int) -> None:
    instant = start.replace(tzinfo=UTC)
    duration = parse(f"PT{hours}H")
    assert add(instant, duration, BERLIN) == add(instant, duration, UTC)


@given(
    st.datetimes(datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2090-01-01")),
    st.integers(1, 400),
)
def test_days_never_go_backwards(start: datetime, days: int) -> None:
    instant = start.replace(tzinfo=UTC)
    assert add(instant, parse(f"P{days}D"), BERLIN) > instant


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_a_sentence(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse(text, signed=True), Duration)


def test_durations_are_said_in_words() -> None:
    assert words(parse("P3D")) == "3 days"
    assert words(parse("PT90M")) == "1 hour and 30 minutes"
    assert words(parse("P1Y1MT1S")) == "1 year, 1 month and 1 second"
    assert words(parse("P14D")) == "2 weeks"
    assert words(parse("-P1D", True)) == "1 day before"
    assert words(Duration()) == "no time"
