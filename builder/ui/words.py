"""Times, spans, names and rates in the words of the screen. Pure: now, zone and language are
arguments. Names of days and months, and how a number is written, are Babel's (the CLDR's)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Calendar:
    """How a language writes days, times and spans: patterns of the CLDR, and texts with `{…}` as
    in `str.format`."""

    locale: str
    date: str
    weekday: str
    brief: str
    moment: str
    year: str  # behind one of these
    today: str
    yesterday: str
    tomorrow: str
    near: str  # a heading of a near day and its weekday
    ago: str
    left: str
    now: str
    over: str
    minutes: str
    hours: str
    day_left: tuple[str, str]
    day_ago: tuple[str, str]
    percent: str
    yes: str
    no: str
    greetings: tuple[str, str, str]  # in the morning, afternoon, evening


ENGLISH = Calendar(
    locale="en_GB",  # as in Europe, with the day first and 24 hours
    date="d MMMM",
    weekday="EEEE d MMMM",
    brief="d MMM",
    moment="EEE d MMM",
    year=" y",
    today="today",
    yesterday="yesterday",
    tomorrow="tomorrow",
    near="{near}, {weekday}",
    ago="{span} ago",
    left="{span} left",
    now="just now",
    over="expires now",
    minutes="{count} min",
    hours="{count} h",
    day_left=("1 day", "{count} days"),
    day_ago=("1 day", "{count} days"),
    percent="{share}%",
    yes="yes",
    no="no",
    greetings=("Good morning", "Good afternoon", "Good evening"),
)
GERMAN = Calendar(
    locale="de",
    date="d. MMMM",
    weekday="EEEE, d. MMMM",
    brief="d. MMM",
    moment="EEE d. MMM",
    year=" y",
    today="heute",
    yesterday="gestern",
    tomorrow="morgen",
    near="{near}, {weekday}",
    ago="vor {span}",
    left="noch {span}",
    now="gerade eben",
    over="läuft jetzt ab",
    minutes="{count} Min.",
    hours="{count} Std.",
    day_left=("1 Tag", "{count} Tage"),
    day_ago=("1 Tag", "{count} Tagen"),
    percent="{share}\u00a0%",
    yes="ja",
    no="nein",
    greetings=("Guten Morgen", "Guten Tag", "Guten Abend"),
)
CALENDARS = {"de": GERMAN}


def calendar(language: str) -> Calendar:
    """How a language writes; as English does where nothing else is known."""
    return CALENDARS.get(language, ENGLISH)


def instant(text: str) -> datetime:
    """An RFC 3339 text as an aware instant."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@lru_cache(maxsize=1024)
def _written(on: Date, pattern: str, locale: str) -> str:
    from babel.dates import format_date  # a tenth of a second that no start has to wait for

    return format_date(on, pattern, locale)


def _dated(at: datetime, pattern: str, form: Calendar, now: datetime | None = None) -> str:
    """A day by a pattern; with its year when that is not the year of `now`."""
    old = now is not None and at.year != now.year
    return _written(at.date(), pattern + form.year if old else pattern, form.locale)


def day(text: str, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """A heading: "Today, Friday 21 November", "Tuesday 18 November", with the year when old."""
    at, here = instant(text).astimezone(zone), now.astimezone(zone)
    form = calendar(language)
    words = _dated(at, form.weekday, form, here)
    near = {here.date(): form.today, here.date() - timedelta(days=1): form.yesterday}.get(at.date())
    return form.near.format(near=near.capitalize(), weekday=words) if near else words


def clock(text: str, zone: tzinfo) -> str:
    """ "14:02"."""
    return instant(text).astimezone(zone).strftime("%H:%M")


def date(text: str, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """ "18 November", with the year when it is another one."""
    form = calendar(language)
    return _dated(instant(text).astimezone(zone), form.date, form, now.astimezone(zone))


def when(text: str | None, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """ "today 19:13", "tomorrow 09:00", "yesterday 09:13", "18 Nov, 11:20"."""
    if not text:
        return ""
    form = calendar(language)
    at, here = instant(text).astimezone(zone), now.astimezone(zone)
    days = (at.date() - here.date()).days
    near = {0: form.today, 1: form.tomorrow, -1: form.yesterday}.get(days)
    if near:
        return f"{near} {at:%H:%M}"
    short = _dated(at, form.brief, form, here)
    return short if at.year != here.year else f"{short}, {at:%H:%M}"


def moment(text: str, zone: tzinfo, language: str = "en") -> str:
    """ "Wed 18 Nov, 11:20"."""
    form = calendar(language)
    at = instant(text).astimezone(zone)
    return f"{_dated(at, form.moment, form)}, {at:%H:%M}"


def ago(text: str | None, now: datetime, language: str = "en") -> str:
    """ "just now", "5 min ago", "3 h ago", "2 days ago"; empty without an instant."""
    if not text:
        return ""
    form = calendar(language)
    seconds = (now - instant(text)).total_seconds()
    if seconds < 60:
        return form.now
    return form.ago.format(span=_span(seconds, math.floor, form, form.day_ago))


def left(text: str | None, now: datetime, language: str = "en") -> str:
    """ "5 h left", "2 days left", "expires now"; empty without a deadline. What has just begun has
    all of its time left: of 8 hours, 8 until less than 7 and a half are."""
    if not text:
        return ""
    form = calendar(language)
    seconds = (instant(text) - now).total_seconds()
    if seconds < 60:
        return form.over
    return form.left.format(span=_span(seconds, _nearest, form, form.day_left))


def _nearest(count: float) -> int:
    return math.ceil(count - 0.5)


def _span(
    seconds: float, whole: Callable[[float], int], form: Calendar, days: tuple[str, str]
) -> str:
    """`whole` makes whole minutes and hours."""
    if (minutes := whole(seconds / 60)) < 60:
        return form.minutes.format(count=minutes)
    if seconds < 86_400 * 1.5:
        return form.hours.format(count=whole(seconds / 3600))
    count = round(seconds / 86_400)
    return days[0] if count == 1 else days[1].format(count=count)


def greeting(now: datetime, zone: tzinfo, language: str = "en") -> str:
    """ "Good morning", "Good afternoon", "Good evening"."""
    hour = now.astimezone(zone).hour
    morning, afternoon, evening = calendar(language).greetings
    return evening if hour >= 18 or hour < 4 else afternoon if hour >= 12 else morning


def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = [w for w in name.split() if w]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def place(zone_name: str) -> str:
    """ "Lisbon" of "Europe/Lisbon"."""
    return zone_name.rsplit("/", 1)[-1].replace("_", " ")


def interval(good: int, of: int) -> tuple[float, float, float]:
    """The rate and its 95 % interval by Wilson, as shares of 1: honest at small numbers."""
    if of <= 0:
        return 0.0, 0.0, 1.0
    z = 1.959964
    rate = good / of
    under = 1 + z * z / of
    middle = (rate + z * z / (2 * of)) / under
    half = z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / under
    return rate, max(0.0, middle - half), min(1.0, middle + half)


def percent(share: float) -> int:
    """A share as whole percent."""
    return round(share * 100)


def percent_text(share: float, language: str = "en") -> str:
    """ "84%"."""
    return calendar(language).percent.format(share=percent(share))


def number(value: float, language: str = "en") -> str:
    """ "0.5", "5", "10,000"."""
    if (isinstance(value, int) and abs(value) < 1_000) or abs(value) >= 1e15:
        return str(value)
    return _numeral(value, calendar(language).locale)


@lru_cache(maxsize=1024)
def _numeral(value: float, locale: str) -> str:
    from babel.numbers import format_decimal  # as above

    return format_decimal(value, "#,##0.##########", locale)


def plain(value: Any, language: str = "en") -> str:
    """A value of JSON as a person would write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return calendar(language).yes if value else calendar(language).no
    if isinstance(value, (int, float)):
        return number(value, language)
    if isinstance(value, list):
        return ", ".join(plain(v, language) for v in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{label(k)} {fact(k, v, language)}" for k, v in value.items()) or "–"
    return str(value)


def fact(key: str, value: Any, language: str = "en") -> str:
    """The value of an attribute. A number that is a name stays as it is: `order_id`."""
    named = key.lower() == "id" or key.endswith(("_id", "Id"))
    if named and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return plain(value, language)


def label(key: str) -> str:
    """ "First name" of "first_name"."""
    words = key.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:] if words else key
