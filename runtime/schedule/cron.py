"""What can be said of a cron expression without a clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from croniter import CroniterError, croniter

_FIELD = re.compile(r"[0-9A-Za-z*,/\-#]{1,100}")
_EXAMPLE = "write five fields such as 0 9 * * 1 (Mondays at 09:00)"
# Any start will do: eight years hold every leap day that a date can fall on.
_START = datetime(2024, 1, 1, tzinfo=UTC)


def check(cron: str) -> str | None:
    """What is wrong with a five-field cron expression, as a sentence; None when nothing is."""
    clean = "".join(c if c.isprintable() else " " for c in cron[:60])
    shown = f"“{' '.join(clean.split())}”"
    fields = cron.split()
    if len(fields) != 5 or not all(_FIELD.fullmatch(f) for f in fields):
        return f"{shown} is not a cron expression: {_EXAMPLE}."
    if any(letter in cron.upper() for letter in ("R", "H")) and not _named_only(fields):
        return f"{shown} has a random or hashed field: {_EXAMPLE}."
    try:
        croniter(cron, _START, max_years_between_matches=8).get_next(datetime)
    except (CroniterError, ValueError, TypeError, KeyError, OverflowError):
        return f"{shown} is not a cron expression that ever fires: {_EXAMPLE}."
    return None


def _named_only(fields: list[str]) -> bool:
    """Whether the letters are only names of months and days (MAR, FRI, THU have R and H, too)."""
    names = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT|L"
    rest = [re.sub(names, "", f.upper()) for f in fields]
    return not any(c.isalpha() for f in rest for c in f)
