"""Conditions as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from runtime.journey import durations
from runtime.journey.condition_form import INSTANTS, PRESENCE, WINDOWS, Condition
from runtime.journey.paths import MISSING
from runtime.journey.times import rfc3339

_SAID = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "in": "is one of",
    "not_in": "is none of",
    "exists": "is known",
    "missing": "is not known",
    "before": "is before",
    "after": "is after",
    "within_last": "is within the last",
    "within_next": "is within the next",
}


def words(condition: Condition) -> str:
    """The condition as a person reads it."""
    match condition:
        case {"all": [*parts]}:
            return _joined(parts, " and ", "always")
        case {"any": [*parts]}:
            return _joined(parts, " or ", "never")
        case {"not": part}:
            return f"not ({words(part)})"
        case {"field": str(path), "op": str(op)}:
            text = f"{path} {_SAID.get(op, op)}"
            return text if op in PRESENCE else f"{text} {_shown(op, condition.get('value'))}"
        case {"did": str(event)}:
            return _did_words(event, condition)
        case {"in_segment": str(name)}:
            return f"is in the segment {name}"
        case _:
            return "an unknown condition"


def _joined(parts: Sequence[Condition], between: str, empty: str) -> str:
    if len(parts) == 1:
        return words(parts[0])
    told = [f"({words(p)})" if "any" in p or "all" in p else words(p) for p in parts]
    return between.join(told) or empty


def _shown(op: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(cast(Mapping[str, Any], value).get("field", "…"))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        if op in WINDOWS:
            try:
                return durations.words(durations.parse(value))
            except ValueError:
                return value
        return value if op in INSTANTS else f"“{value}”"
    if isinstance(value, Sequence):
        return ", ".join(_shown(op, v) for v in cast(Sequence[Any], value))
    return "nothing" if value is None else _number(value)


def _number(value: Any) -> str:
    """ "10,000", "0.5"."""
    if isinstance(value, (int, float)) and abs(value) < 1e15:
        return f"{value:,}".removesuffix(".0")
    return str(value)


def _did_words(event: str, condition: Condition) -> str:
    least = condition.get("at_least", 1)
    text = f"did {event}" if least == 1 else f"did {event} at least {least} times"
    if isinstance(within := condition.get("within"), str):
        text += f" within the last {_shown('within_last', within)}"
    if isinstance(where := condition.get("where"), Mapping):
        text += f" where {words(cast(Condition, where))}"
    return text


def said(value: Any) -> str:
    """A value that a condition read, as evidence shows it; nothing for one that is missing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value is MISSING:
        return ""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, default=str)[:200]
    return _number(value)[:200]
