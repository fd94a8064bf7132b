"""Conditions made ready: a condition becomes one function, its paths and values looked at once.

`conditions` says what a condition means; here only the plain comparisons (texts with texts, numbers
with numbers) are done at once, and everything else is asked there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from runtime.journey.condition_form import CONTENT, EQUALITY, MEMBER, ORDER, PRESENCE, TEXT
from runtime.journey.conditions import Condition, Scope, decide, holds
from runtime.journey.paths import MISSING

Predicate = Callable[[Any], bool]  # of a scope
Getter = Callable[[Any], Any]  # of a scope: the value, None when it is missing
Reader = Callable[[str], Getter]  # of a path

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "contains": lambda found, wanted: wanted in found,
    "not_contains": lambda found, wanted: wanted not in found,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
_TEXTS = frozenset((*EQUALITY, *ORDER, *CONTENT, *TEXT))
_NUMBERS = frozenset((*EQUALITY, *ORDER))


def by_path(path: str) -> Getter:
    """Asks any scope."""

    def get(scope: Scope) -> Any:
        found = scope.value(path)
        return None if found is MISSING else found

    return get


def prepared(condition: Condition, read: Reader = by_path) -> Predicate:
    """The condition as a function of a scope; it answers and notes what `conditions.holds` does.
    `read` makes a path, other than `now`, a function of a scope.
    """
    match condition:
        case {"all": [*parts]}:
            return _every([prepared(p, read) for p in parts])
        case {"any": [*parts]}:
            return _some([prepared(p, read) for p in parts])
        case {"not": part}:
            denied = prepared(part, read)
            return lambda scope: not denied(scope)
        case {"field": str(path), "op": str(op)}:
            return _comparison(path, op, condition.get("value"), read)
        case {"did": str()}:
            return lambda scope: holds(condition, scope)
        case {"in_segment": str(name)}:
            return lambda scope: scope.in_segment(name)
        case _:
            return lambda scope: holds(condition, scope)


def _every(parts: Sequence[Predicate]) -> Predicate:
    def every(scope: Scope) -> bool:
        for part in parts:  # noqa: SIM110 - `all` of a generator takes thrice as long
            if not part(scope):
                return False
        return True

    return every


def _some(parts: Sequence[Predicate]) -> Predicate:
    def some(scope: Scope) -> bool:
        for part in parts:  # noqa: SIM110
            if part(scope):
                return True
        return False

    return some


def _comparison(path: str, op: str, wanted: Any, read: Reader) -> Predicate:
    get = _reading(path, read)
    if op in PRESENCE:
        exists = op == "exists"
        return lambda scope: (get(scope) is not None) == exists
    if isinstance(wanted, Mapping) and "field" in wanted:
        other = _reading(str(cast(Mapping[str, Any], wanted)["field"]), read)
        return lambda scope: decide(path, op, get(scope), other(scope), scope)
    if wanted is None or wanted is MISSING:
        return _to_nothing(get)
    if op in MEMBER:
        return _member(path, op, wanted, get)
    kind: Any = type(cast(object, wanted))
    if kind is str and op in _TEXTS:
        return _same_kind(path, op, wanted, get, str, str)
    if (kind is int or kind is float) and op in _NUMBERS:
        return _same_kind(path, op, wanted, get, int, float)
    if kind is bool and op in EQUALITY:
        return _same_kind(path, op, wanted, get, bool, bool)
    return lambda scope: decide(path, op, get(scope), wanted, scope)


def _reading(path: str, read: Reader) -> Getter:
    return (lambda scope: scope.now) if path == "now" else read(path)


def _to_nothing(get: Getter) -> Predicate:
    """A comparison with nothing is false; reading the path may still raise."""

    def false(scope: Scope) -> bool:
        get(scope)
        return False

    return false


def _same_kind(
    path: str, op: str, wanted: Any, get: Getter, kind: type[Any], twin: type[Any]
) -> Predicate:
    """A comparison that is done at once when what is found is of one of the two kinds."""
    compare = _COMPARE[op]

    def test(scope: Scope) -> bool:
        found = get(scope)
        of = found.__class__
        if of is kind or of is twin:
            return compare(found, wanted)
        return found is not None and decide(path, op, found, wanted, scope)

    return test


def _member(path: str, op: str, wanted: Any, get: Getter) -> Predicate:
    items: list[Any] = cast(list[Any], wanted) if isinstance(wanted, (list, tuple)) else []
    texts = frozenset(item for item in items if type(item) is str)
    inside = op == "in"
    plain = isinstance(wanted, (list, tuple))

    def test(scope: Scope) -> bool:
        found = get(scope)
        if plain and found.__class__ is str:
            return (found in texts) == inside
        return found is not None and decide(path, op, found, wanted, scope)

    return test
