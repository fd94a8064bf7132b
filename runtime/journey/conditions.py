"""Conditions: whether they hold, and why. `condition_checks` checks them, `condition_words` says
them, `predicates` makes them quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Protocol, cast

from nodes.spec import Evidence
from runtime.journey import durations
from runtime.journey.condition_form import (
    CONTENT,
    EQUALITY,
    INSTANTS,
    MEMBER,
    ORDER,
    TEXT,
    WINDOWS,
    Condition,
)
from runtime.journey.condition_words import said, words
from runtime.journey.paths import MISSING
from runtime.journey.times import parse_instant


class Scope(Protocol):
    """What a condition may ask about."""

    @property
    def now(self) -> datetime: ...
    @property
    def zone(self) -> tzinfo: ...

    def value(self, path: str) -> Any:
        """The value at `customer.*`, `event.*`, `entry.*` or `steps.*`; MISSING without one."""
        ...

    def did(self, event: str, since: datetime | None, where: Condition | None) -> int:
        """How often the customer did this since that instant (inclusive; None: ever)."""
        ...

    def in_segment(self, name: str) -> bool: ...
    def note(self, text: str) -> None: ...


def holds(condition: Condition, scope: Scope) -> bool:
    """Whether the condition is true. What cannot be compared, or has a form that is unknown, is
    false and leaves a note."""
    match condition:
        case {"all": [*parts]}:
            return all(holds(p, scope) for p in parts)
        case {"any": [*parts]}:
            return any(holds(p, scope) for p in parts)
        case {"not": part}:
            return not holds(part, scope)
        case {"field": str(path), "op": str(op)}:
            return _compare(path, op, condition.get("value"), scope)
        case {"did": str(event)}:
            return _did(event, condition, scope)
        case {"in_segment": str(name)}:
            return scope.in_segment(name)
        case _:
            scope.note("condition: this form is unknown")
            return False


def explain(condition: Condition, scope: Scope) -> list[Evidence]:
    """Every comparison of the condition with its result and the value it saw, in order."""
    match condition:
        case {"all": [*parts]} | {"any": [*parts]}:
            return [e for p in parts for e in explain(p, scope)]
        case {"not": part}:
            return [Evidence(not e.ok, f"not: {e.text}", e.value) for e in explain(part, scope)]
        case {"field": str(path)}:
            return [Evidence(holds(condition, scope), words(condition), said(_value(path, scope)))]
        case _:
            return [Evidence(holds(condition, scope), words(condition))]


# --- Evaluation -------------------------------------------------------------------------------


def _value(path: str, scope: Scope) -> Any:
    found = scope.now if path == "now" else scope.value(path)
    return MISSING if found is None else found


def _compare(path: str, op: str, wanted: Any, scope: Scope) -> bool:
    found = _value(path, scope)
    if op == "exists":
        return found is not MISSING
    if op == "missing":
        return found is MISSING
    if isinstance(wanted, Mapping) and "field" in wanted:
        wanted = _value(str(cast(Mapping[str, Any], wanted)["field"]), scope)
    return decide(path, op, found, wanted, scope)


def decide(path: str, op: str, found: Any, wanted: Any, scope: Scope) -> bool:
    """Whether two values compare so; `path` is where the first one was found. A missing one (None)
    makes it false."""
    if found is None or wanted is None or found is MISSING or wanted is MISSING:
        return False
    test = _TESTS.get(op)
    result = test(op, found, wanted, scope) if test else None
    if result is None:
        scope.note(f"condition: {path} {op} cannot compare {_kind(found)} with {_kind(wanted)}")
        return False
    return result


def equal(left: Any, right: Any) -> bool:
    """Equality of JSON values, strict in the JSON type: 1 is 1.0, but neither true nor "1"."""
    if _kind(left) != _kind(right):
        return False
    if isinstance(left, Mapping):
        one, two = cast(Mapping[str, Any], left), cast(Mapping[str, Any], right)
        return one.keys() == two.keys() and all(equal(v, two[k]) for k, v in one.items())
    if isinstance(left, Sequence) and not isinstance(left, str):
        first, second = cast(Sequence[Any], left), cast(Sequence[Any], right)
        return len(first) == len(second) and all(map(equal, first, second))
    return bool(left == right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "a time"
    if isinstance(value, Mapping):
        return "an object"
    return "nothing" if value is None else "a list"


def _equality(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    if isinstance(found, datetime) or isinstance(wanted, datetime):
        one, two = _instant(found, scope), _instant(wanted, scope)
        return None if one is None or two is None else (one == two) == (op == "eq")
    return equal(found, wanted) == (op == "eq")


def _order(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    if isinstance(found, datetime) or isinstance(wanted, datetime):
        found, wanted = _instant(found, scope), _instant(wanted, scope)
        if found is None or wanted is None:
            return None
    elif _kind(found) != _kind(wanted) or _kind(found) not in ("a number", "text"):
        return None
    if op == "gt":
        return found > wanted
    if op == "gte":
        return found >= wanted
    return found < wanted if op == "lt" else found <= wanted


def _content(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    if isinstance(found, str):
        inside = wanted in found if isinstance(wanted, str) else None
    elif isinstance(found, Sequence):
        inside = any(equal(item, wanted) for item in cast(Sequence[Any], found))
    else:
        inside = None
    return None if inside is None else inside == (op == "contains")


def _text(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    if not isinstance(found, str) or not isinstance(wanted, str):
        return None
    return found.startswith(wanted) if op == "starts_with" else found.endswith(wanted)


def _member(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        return None
    return any(equal(found, item) for item in cast(Sequence[Any], wanted)) == (op == "in")


def _instants(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    one, two = _instant(found, scope), _instant(wanted, scope)
    if one is None or two is None:
        return None
    return one < two if op == "before" else one > two


def _windows(op: str, found: Any, wanted: Any, scope: Scope) -> bool | None:
    instant = _instant(found, scope)
    if instant is None or not isinstance(wanted, str):
        return None
    try:
        span = durations.parse(wanted)
        if op == "within_last":
            return durations.add(scope.now, -span, scope.zone) <= instant <= scope.now
        return scope.now <= instant <= durations.add(scope.now, span, scope.zone)
    except ValueError:
        return None


def _instant(value: Any, scope: Scope) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return parse_instant(value, scope.zone) if isinstance(value, str) else None


_TESTS: dict[str, Callable[[str, Any, Any, Scope], bool | None]] = {
    **dict.fromkeys(EQUALITY, _equality),
    **dict.fromkeys(ORDER, _order),
    **dict.fromkeys(CONTENT, _content),
    **dict.fromkeys(TEXT, _text),
    **dict.fromkeys(MEMBER, _member),
    **dict.fromkeys(INSTANTS, _instants),
    **dict.fromkeys(WINDOWS, _windows),
}


def _did(event: str, condition: Condition, scope: Scope) -> bool:
    within = condition.get("within")
    try:
        since = (
            durations.add(scope.now, -durations.parse(within), scope.zone)
            if isinstance(within, str)
            else None
        )
    except ValueError:
        scope.note(f"condition: {within!r} is not a duration")
        return False
    least = condition.get("at_least", 1)
    return scope.did(event, since, condition.get("where")) >= least
