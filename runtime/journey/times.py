"""Instants, local times and time zones, with gaps and folds defined once for everyone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")
_NOT_ZONES = ("posix/", "right/", "localtime", "posixrules")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo | None:
    """The IANA time zone of this name, or None when there is none."""
    if len(name) > 64 or not _ZONE.fullmatch(name) or name.startswith(_NOT_ZONES):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of zones ("Europe") is an OSError
        return None


def parse_instant(text: str, zone: tzinfo) -> datetime | None:
    """An ISO 8601 time as a UTC instant: without offset it is in `zone`, a date is its midnight."""
    text = text.strip().upper() if len(text) <= 80 else ""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.replace(",", "."))
        return from_local(found, zone) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_local(naive: datetime, zone: tzinfo) -> datetime:
    """The UTC instant of a local time: one that occurs twice is the first, one in a gap is the
    first instant after the gap."""
    first = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == naive.replace(fold=0):
        return first
    # In a gap: the change of offset lies between the two readings of the local time.
    low = naive.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    before = low.astimezone(zone).utcoffset()
    span = int((first - low).total_seconds()) + 1
    start = 0
    while start < span:
        middle = (start + span) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == before:
            start = middle + 1
        else:
            span = middle
    return low + timedelta(seconds=start)


def rfc3339(instant: datetime) -> str:
    """UTC with `Z`; no fraction when it is zero."""
    if instant.tzinfo is UTC:
        return orjson.dumps(instant, option=orjson.OPT_UTC_Z)[1:-1].decode()  # a third of the time
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
