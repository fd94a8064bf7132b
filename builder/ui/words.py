"""Times, spans, names and rates in the words of the screen. Pure: now and zone are arguments."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, tzinfo
from typing import Any

MONTHS = (
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
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def instant(text: str) -> datetime:
    """An RFC 3339 text as an aware instant."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def day(text: str, now: datetime, zone: tzinfo) -> str:
    """A heading: "Today, Friday 21 November", "Tuesday 18 November", with the year when old."""
    at = instant(text).astimezone(zone)
    here = now.astimezone(zone)
    words = f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]}"
    if at.date() == here.date():
        return f"Today, {words}"
    if at.date() == here.date() - timedelta(days=1):
        return f"Yesterday, {words}"
    return words if at.year == here.year else f"{words} {at.year}"


def clock(text: str, zone: tzinfo) -> str:
    """ "14:02"."""
    return instant(text).astimezone(zone).strftime("%H:%M")


def date(text: str, now: datetime, zone: tzinfo) -> str:
    """ "18 November", with the year when it is another one."""
    at = instant(text).astimezone(zone)
    words = f"{at.day} {MONTHS[at.month - 1]}"
    return words if at.year == now.astimezone(zone).year else f"{words} {at.year}"


def when(text: str | None, now: datetime, zone: tzinfo) -> str:
    """ "today 19:13", "tomorrow 09:00", "yesterday 09:13", "18 Nov, 11:20"."""
    if not text:
        return ""
    at = instant(text).astimezone(zone)
    days = (at.date() - now.astimezone(zone).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
    if near:
        return f"{near} {at:%H:%M}"
    short = f"{at.day} {MONTHS[at.month - 1][:3]}"
    if at.year != now.astimezone(zone).year:
        return f"{short} {at.year}"
    return f"{short}, {at:%H:%M}"


def ago(text: str | None, now: datetime) -> str:
    """ "just now", "5 min ago", "3 h ago", "2 days ago"; empty without an instant."""
    if not text:
        return ""
    seconds = (now - instant(text)).total_seconds()
    return "just now" if seconds < 60 else f"{_span(seconds)} ago"


def left(text: str | None, now: datetime) -> str:
    """ "5 h left", "2 days left", "expires now"; empty without a deadline."""
    if not text:
        return ""
    seconds = (instant(text) - now).total_seconds()
    return "expires now" if seconds < 60 else f"{_span(seconds)} left"


def _span(seconds: float) -> str:
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86_400 * 1.5:
        return f"{int(seconds // 3600)} h"
    return counted(round(seconds / 86_400), "day")


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """ "1 draft", "3 drafts"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def greeting(now: datetime, zone: tzinfo) -> str:
    """ "Good morning", "Good afternoon", "Good evening"."""
    hour = now.astimezone(zone).hour
    return (
        "Good evening"
        if hour >= 18 or hour < 4
        else "Good afternoon"
        if hour >= 12
        else "Good morning"
    )


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


def sure(value: float | None) -> str:
    """ "84% sure"; empty when nothing is known."""
    return "" if value is None else f"{percent(value)}% sure"


def plain(value: Any) -> str:
    """A value of JSON as a person would write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(plain(v) for v in value) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{label(k)} {plain(v)}" for k, v in value.items()) or "–"
    return str(value)


_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def localised(text: str, now: datetime, zone: tzinfo) -> str:
    """A sentence with its instants as a person reads them."""
    return _INSTANT.sub(lambda found: when(found[0], now, zone), text)


def label(key: str) -> str:
    """ "First name" of "first_name"."""
    words = key.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:] if words else key
