"""ISO 8601 durations: `P1D` is a calendar day, `PT24H` is elapsed time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from runtime.journey.times import from_local

_FORM = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?(?:(?P<weeks>[0-9]{1,9})W)?"
    r"(?:(?P<days>[0-9]{1,9})D)?"
    r"(?P<time>T(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?"
)
_LONGEST_DAYS = 36_525  # 100 years: longer ones are slips of the pen, and would leave the calendar
_HOW = "write an ISO 8601 duration such as PT30M, P3D or P1M"


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and days, then elapsed seconds; all of them negative when `negative`."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    negative: bool = False

    def __neg__(self) -> Duration:
        return Duration(self.months, self.days, self.seconds, not self.negative)


@lru_cache(maxsize=4096)
def parse(text: str, signed: bool = False) -> Duration:
    """The duration, longer than zero unless `signed`, which also allows a leading `-`.

    Raises ValueError with a sentence that says the remedy."""
    shown = repr(text[:40])
    found = _FORM.fullmatch(text)
    if found is None:
        if "." in text or "," in text:
            raise ValueError(f"{shown} has a fraction: use whole numbers, say PT90M for 1.5 hours.")
        raise ValueError(f"{shown} is not a duration: {_HOW}.")
    part = {
        k: int(v) for k, v in found.groupdict().items() if v is not None and k not in _NOT_NUMBERS
    }
    if not part or found["time"] == "T":
        raise ValueError(f"{shown} is not a duration: {_HOW}.")
    negative = bool(found["sign"])
    if negative and not signed:
        raise ValueError(f"{shown} is negative: write a duration longer than zero, say P1D.")
    months = part.get("years", 0) * 12 + part.get("months", 0)
    days = part.get("weeks", 0) * 7 + part.get("days", 0)
    seconds = part.get("hours", 0) * 3600 + part.get("minutes", 0) * 60 + part.get("seconds", 0)
    if not (months or days or seconds) and not signed:
        raise ValueError(f"{shown} is zero: write a duration longer than zero, say PT1M.")
    if months * 30.4375 + days + seconds / 86_400 > _LONGEST_DAYS:
        raise ValueError(f"{shown} is longer than 100 years: write a shorter duration.")
    return Duration(months, days, seconds, negative)


_NOT_NUMBERS = ("sign", "time")


def add(instant: datetime, duration: Duration, zone: tzinfo) -> datetime:
    """The UTC instant after the duration: months (clamped to the month's end) and days on the
    zone's calendar first, then elapsed seconds. Raises ValueError beyond the years 1 to 9999."""
    sign = -1 if duration.negative else 1
    try:
        if duration.months or duration.days:
            local = instant.astimezone(zone).replace(tzinfo=None)
            local = _add_months(local, sign * duration.months) + timedelta(sign * duration.days)
            instant = from_local(local, zone)
        return instant.astimezone(UTC) + timedelta(seconds=sign * duration.seconds)
    except (OverflowError, ValueError):
        raise ValueError("The time lies outside the years 1 to 9999: use a shorter time.") from None


def _add_months(local: datetime, months: int) -> datetime:
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(
        year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1])
    )


def words(duration: Duration) -> str:
    """How a person says it: "3 days", "1 hour and 30 minutes"."""
    years, months = divmod(duration.months, 12)
    weeks, days = divmod(duration.days, 7) if duration.days % 7 == 0 else (0, duration.days)
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    counted = [
        f"{n} {unit}{'' if n == 1 else 's'}"
        for n, unit in (
            (years, "year"),
            (months, "month"),
            (weeks, "week"),
            (days, "day"),
            (hours, "hour"),
            (minutes, "minute"),
            (seconds, "second"),
        )
        if n
    ] or ["no time"]
    said = " and ".join([", ".join(counted[:-1]), counted[-1]] if counted[1:] else counted)
    return f"{said} before" if duration.negative else said
