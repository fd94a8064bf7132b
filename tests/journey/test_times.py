from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.journey.times import from_local, parse_instant, rfc3339, zone

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "local", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"),  # in a gap
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # occurs twice
        ("Europe/Berlin", "2026-06-01T12:00", "2026-06-01T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"),  # a whole day is missing
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z"),  # half an hour
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00:00Z"),  # no midnight
    ],
)
def test_local_times_have_one_instant(name: str, local: str, instant: str) -> None:
    found = zone(name)
    assert found is not None
    assert rfc3339(from_local(datetime.fromisoformat(local), found)) == instant


@given(st.datetimes(datetime.fromisoformat("1975-01-01"), datetime.fromisoformat("2035-01-01")))
def test_a_local_time_that_is_there_comes_back(local: datetime) -> None:
    back = from_local(local, BERLIN).astimezone(BERLIN).replace(tzinfo=None)
    assert back == local or timedelta(0) < back - local <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("2026-03-02T09:00", "2026-03-02T08:00:00Z"),
        ("2026-03-02 09:00:00.25+01:00", "2026-03-02T08:00:00.250000Z"),
        ("2026-03-02t09:00z", "2026-03-02T09:00:00Z"),
        ("2026-03-02", "2026-03-01T23:00:00Z"),
    ],
)
def test_times_without_an_offset_are_in_the_zone(text: str, instant: str) -> None:
    found = parse_instant(text, BERLIN)
    assert found is not None
    assert rfc3339(found) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "09:00",
        "2026-13-01",
        "2026-02-30",
        "20260302",
        "2026-W10",
        "2026-03-02x09:00",
        "2026-03-02T25:00",
        "2026-03-02T09:00+25:00",
        "0001-01-01T00:00+14:00",
        "x" * 1000,
        "٢٠٢٦-03-02",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_instant(text, BERLIN) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = parse_instant(text, UTC)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize("name", ["Europe/Lisbon", "UTC", "Etc/GMT+3", "America/Argentina/Salta"])
def test_iana_zones_are_found(name: str) -> None:
    assert zone(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "Europe/Atlantis",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "europe/../UTC",
        "posix/UTC",
        "right/UTC",
        "+03:00",
        "UTC\0",
        "Europe/Lisbon\n",
        "A" * 5000,
        "Zürich",
    ],
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone(name) is None


def test_instants_are_written_in_utc_without_an_empty_fraction() -> None:
    east = timezone(timedelta(hours=2))
    assert rfc3339(datetime(2026, 3, 2, 9, tzinfo=east)) == "2026-03-02T07:00:00Z"
    assert rfc3339(datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=UTC)) == "2026-03-02T09:00:00.000005Z"
