"""When a cron expression fires, in a zone whose clocks may change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile

from croniter import croniter

from runtime.journey.times import from_local

_MOMENT = timedelta(seconds=1)


def next_fire(cron: str, zone: tzinfo, after: datetime) -> tuple[str, datetime]:
    """The first fire strictly after the instant: its nominal local time ("2026-03-29T02:30:00") and
    its UTC instant.

    A local time in a gap fires at the first instant after the gap, one that occurs twice at the
    first; several that fall on one instant are one fire, under the first one's name. Raises
    croniter's CroniterBadDateError for an expression that never fires.
    """
    return next(fires(cron, zone, after))


def fires(cron: str, zone: tzinfo, after: datetime) -> Iterator[tuple[str, datetime]]:
    """All the fires strictly after the instant, in order, as `next_fire` says."""
    local = after.astimezone(zone).replace(tzinfo=None, microsecond=0)
    times = croniter(cron, local, ret_type=datetime)
    last = after
    while True:
        nominal: datetime = times.get_next()
        instant = from_local(nominal, zone)
        if instant > last:
            last = instant
            yield nominal.isoformat(), instant


def missed(
    cron: str, zone: tzinfo, first: datetime, now: datetime, most: int
) -> list[tuple[str, datetime]]:
    """The newest fires from `first` to `now`, both included, at most so many, in order. Looks back
    from `now` in growing strides, so that a long sleep of a frequent schedule costs little."""
    before = first - _MOMENT
    stride = timedelta(hours=1)
    while True:
        start = max(before, now - stride)
        found = list(takewhile(lambda fire: fire[1] <= now, fires(cron, zone, start)))
        if len(found) >= most or start == before:
            return found[-most:]
        stride *= 4
