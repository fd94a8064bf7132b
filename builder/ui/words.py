"""Times, spans, names and rates in the words of the screen. Pure: now, zone and language are
arguments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any


@dataclass(frozen=True)
class Calendar:
    """How a language writes days, times and spans; `{…}` as in `str.format`."""

    months: tuple[str, ...]
    short: tuple[str, ...]
    days: tuple[str, ...]
    letters: int  # of a short weekday
    stop: str  # after it
    today: str
    yesterday: str
    tomorrow: str
    date: str  # of day and month
    weekday: str  # of weekday and date
    near: str  # a heading of a near day and its weekday
    brief: str  # of day and short month
    ago: str
    left: str
    now: str
    over: str
    minutes: str
    hours: str
    day_left: tuple[str, str]
    day_ago: tuple[str, str]
    percent: str
    point: str  # of a decimal fraction
    yes: str
    no: str
    greetings: tuple[str, str, str]  # in the morning, afternoon, evening


ENGLISH = Calendar(
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    letters=3,
    stop="",
    today="today",
    yesterday="yesterday",
    tomorrow="tomorrow",
    date="{day} {month}",
    weekday="{weekday} {date}",
    near="{near}, {weekday}",
    brief="{day} {month}",
    ago="{span} ago",
    left="{span} left",
    now="just now",
    over="expires now",
    minutes="{count} min",
    hours="{count} h",
    day_left=("1 day", "{count} days"),
    day_ago=("1 day", "{count} days"),
    percent="{share}%",
    point=".",
    yes="yes",
    no="no",
    greetings=("Good morning", "Good afternoon", "Good evening"),
)
GERMAN = Calendar(
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    short=(
        "Jan.",
        "Feb.",
        "März",
        "Apr.",
        "Mai",
        "Juni",
        "Juli",
        "Aug.",
        "Sept.",
        "Okt.",
        "Nov.",
        "Dez.",
    ),
    days=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    letters=2,
    stop=".",
    today="heute",
    yesterday="gestern",
    tomorrow="morgen",
    date="{day}. {month}",
    weekday="{weekday}, {date}",
    near="{near}, {weekday}",
    brief="{day}. {month}",
    ago="vor {span}",
    left="noch {span}",
    now="gerade eben",
    over="läuft jetzt ab",
    minutes="{count} Min.",
    hours="{count} Std.",
    day_left=("1 Tag", "{count} Tage"),
    day_ago=("1 Tag", "{count} Tagen"),
    percent="{share}\u202f%",
    point=",",
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


def day(text: str, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """A heading: "Today, Friday 21 November", "Tuesday 18 November", with the year when old."""
    at = instant(text).astimezone(zone)
    here = now.astimezone(zone)
    form = calendar(language)
    words = form.weekday.format(weekday=form.days[at.weekday()], date=_date(at, form))
    near = {here.date(): form.today, here.date() - timedelta(days=1): form.yesterday}.get(at.date())
    if near:
        return form.near.format(near=near.capitalize(), weekday=words)
    return words if at.year == here.year else f"{words} {at.year}"


def _date(at: datetime, form: Calendar) -> str:
    return form.date.format(day=at.day, month=form.months[at.month - 1])


def clock(text: str, zone: tzinfo) -> str:
    """ "14:02"."""
    return instant(text).astimezone(zone).strftime("%H:%M")


def date(text: str, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """ "18 November", with the year when it is another one."""
    at = instant(text).astimezone(zone)
    words = _date(at, calendar(language))
    return words if at.year == now.astimezone(zone).year else f"{words} {at.year}"


def when(text: str | None, now: datetime, zone: tzinfo, language: str = "en") -> str:
    """ "today 19:13", "tomorrow 09:00", "yesterday 09:13", "18 Nov, 11:20"."""
    if not text:
        return ""
    form = calendar(language)
    at = instant(text).astimezone(zone)
    days = (at.date() - now.astimezone(zone).date()).days
    near = {0: form.today, 1: form.tomorrow, -1: form.yesterday}.get(days)
    if near:
        return f"{near} {at:%H:%M}"
    short = form.brief.format(day=at.day, month=form.short[at.month - 1])
    if at.year != now.astimezone(zone).year:
        return f"{short} {at.year}"
    return f"{short}, {at:%H:%M}"


def moment(text: str, zone: tzinfo, language: str = "en") -> str:
    """ "Wed 18 Nov, 11:20"."""
    form = calendar(language)
    at = instant(text).astimezone(zone)
    short = form.brief.format(day=at.day, month=form.short[at.month - 1])
    return f"{form.days[at.weekday()][: form.letters]}{form.stop} {short}, {at:%H:%M}"


def ago(text: str | None, now: datetime, language: str = "en") -> str:
    """ "just now", "5 min ago", "3 h ago", "2 days ago"; empty without an instant."""
    if not text:
        return ""
    form = calendar(language)
    seconds = (now - instant(text)).total_seconds()
    return form.now if seconds < 60 else form.ago.format(span=_span(seconds, form, form.day_ago))


def left(text: str | None, now: datetime, language: str = "en") -> str:
    """ "5 h left", "2 days left", "expires now"; empty without a deadline."""
    if not text:
        return ""
    form = calendar(language)
    seconds = (instant(text) - now).total_seconds()
    return form.over if seconds < 60 else form.left.format(span=_span(seconds, form, form.day_left))


def _span(seconds: float, form: Calendar, days: tuple[str, str]) -> str:
    if seconds < 3600:
        return form.minutes.format(count=int(seconds // 60))
    if seconds < 86_400 * 1.5:
        return form.hours.format(count=int(seconds // 3600))
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
    """ "0.5", "5"."""
    return f"{value:g}".replace(".", calendar(language).point)


def plain(value: Any, language: str = "en") -> str:
    """A value of JSON as a person would write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return calendar(language).yes if value else calendar(language).no
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(plain(v, language) for v in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{label(k)} {plain(v, language)}" for k, v in value.items()) or "–"
    return str(value)


def label(key: str) -> str:
    """ "First name" of "first_name"."""
    words = key.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:] if words else key
