"""How a text shows a date, in a plain template and in Liquid alike."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from runtime.journey.times import parse_instant

LONGEST_STYLE = 200


def date_text(value: Any, style: str, zone: tzinfo, now: Any) -> str:
    """A time (ISO 8601, seconds since 1970, or "now") in the zone; anything else unchanged. Raises
    ValueError for a style that cannot be used."""
    if len(style) > LONGEST_STYLE:
        raise ValueError(f"the format of a date is longer than {LONGEST_STYLE} characters")
    if value in ("now", "today"):
        value = now
    instant: datetime | None = None
    if isinstance(value, str):
        instant = parse_instant(value, zone)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e11:
        instant = datetime.fromtimestamp(value, UTC)
    if instant is None:
        return "" if value is None else str(value)
    return instant.astimezone(zone).strftime(style)
