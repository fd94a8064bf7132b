"""When crons fire, in zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from runtime.schedule.fires import fires, next_fire

BERLIN = ZoneInfo("Europe/Berlin")


def told(cron: str, after: str, count: int) -> list[str]:
    """The next fires as "nominal = instant", hours and minutes."""
    start = datetime.fromisoformat(after)
    found = islice(fires(cron, BERLIN, start), count)
    return [f"{nominal[5:16]} = {instant:%d %H:%M}" for nominal, instant in found]


def test_times_in_a_gap_are_one_fire_at_the_first_instant_after_it():
    assert told("*/30 * * * *", "2026-03-29T00:00:00+00:00", 4) == [
        "03-29T01:30 = 29 00:30",
        "03-29T02:00 = 29 01:00",
        "03-29T03:30 = 29 01:30",
        "03-29T04:00 = 29 02:00",
    ]


def test_times_that_occur_twice_fire_at_the_first_only():
    assert told("*/30 * * * *", "2026-10-25T00:00:00+00:00", 3) == [
        "10-25T02:30 = 25 00:30",
        "10-25T03:00 = 25 02:00",
        "10-25T03:30 = 25 02:30",
    ]


def test_the_second_pass_of_a_fold_fires_nothing_even_when_asked_from_inside_it():
    inside = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert next_fire("30 2 * * *", BERLIN, inside)[1] == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_it_fires_strictly_after_the_instant_down_to_the_microsecond():
    nine = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert next_fire("0 9 * * *", BERLIN, nine - timedelta(microseconds=1))[1] == nine
    assert next_fire("0 9 * * *", BERLIN, nine)[1] == nine + timedelta(days=1)
    assert next_fire("0 9 * * *", BERLIN, nine)[0] == "2026-03-03T09:00:00"


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["*/15 * * * *", "30 2 * * *", "0 */2 * * *", "5 1-3 * * 0"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_fires_only_grow_and_one_after_the_other_is_the_same_as_all_at_once(
    start: datetime, cron: str, name: str
):
    after, zone = start.replace(tzinfo=UTC), ZoneInfo(name)
    found = list(islice(fires(cron, zone, after), 6))
    assert all(one[1] < two[1] and one[0] < two[0] for one, two in pairwise(found))
    at = after
    for fire in found:
        assert next_fire(cron, zone, at) == fire
        at = fire[1]
