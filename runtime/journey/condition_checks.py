"""Checks a condition: its form, its fields, and whether the types can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, cast

from runtime.journey import durations
from runtime.journey.condition_form import (
    CONTENT,
    EQUALITY,
    INSTANTS,
    MEMBER,
    OPS,
    ORDER,
    PRESENCE,
    TEXT,
    WINDOWS,
)
from runtime.journey.problems import shown
from runtime.journey.times import parse_instant

Flaw = tuple[str, str]  # where in the condition (`.all[0].value`), and a sentence
FieldCheck = Callable[[str], str | None]
FieldType = Callable[[str], str | None]  # "text", "a number", "yes/no", "a time" or None: unknown

# Asked for each event of the past, what it costs is multiplied with each level.
NESTED = (
    "What a customer did cannot be asked inside of the where of what they did: "
    "take it out, and join the two with all."
)
_LEAF = {"field", "op", "value"}
_BEHAVIOUR = {"did", "at_least", "within", "where"}
_SHAPES = "all, any, not, field, did or in_segment"


def check(
    condition: Any,
    field: FieldCheck,
    *,
    inner: FieldCheck | None = None,
    type_of: FieldType = lambda _: None,
) -> list[Flaw]:
    """What is wrong with a condition. `field` says what is wrong with a path, `inner` the same for
    paths in the `where` of a behaviour (default: `field`); `type_of` tells a field's type where it
    is known."""
    return list(_Check(field, inner or field, type_of).condition(condition, ""))


class _Check:
    def __init__(
        self, field: FieldCheck, inner: FieldCheck, type_of: FieldType, *, past: bool = False
    ) -> None:
        """`past`: what is checked is asked of each past event."""
        self.past = past
        self.field = field
        self.inner = inner
        self.type_of = type_of

    def condition(self, given: Any, at: str) -> list[Flaw]:
        if not isinstance(given, dict):
            return [(at, f"A condition is an object, not {shown(given)}: use {_SHAPES}.")]
        table = cast(dict[str, Any], given)
        if not table:
            return [(at, "The condition is empty: add a comparison, or take the condition out.")]
        for key in ("all", "any"):
            if key in table:
                return self._only(table, {key}, at) + self._parts(table[key], f"{at}.{key}")
        if "not" in table:
            return self._only(table, {"not"}, at) + self.condition(table["not"], f"{at}.not")
        if "did" in table and self.past:
            return [(f"{at}.did", NESTED)]
        if "did" in table:
            return self._only(table, _BEHAVIOUR, at) + self._behaviour(table, at)
        if "in_segment" in table:
            return self._only(table, {"in_segment"}, at) + _name(table["in_segment"], at, "segment")
        if "field" in table or "op" in table:
            return self._only(table, _LEAF, at) + self._comparison(table, at)
        return [(at, f"The condition has none of {_SHAPES}: it has {shown(next(iter(table)))}.")]

    def _only(self, table: Mapping[str, Any], known: set[str], at: str) -> list[Flaw]:
        return [
            (
                f"{at}.{k}",
                f"{shown(k)} has no place beside {_and(known & table.keys())}: remove it.",
            )
            for k in table
            if k not in known
        ]

    def _parts(self, given: Any, at: str) -> list[Flaw]:
        if not isinstance(given, list):
            return [(at, f"{at[1:].rsplit('.', 1)[-1]} needs a list of conditions.")]
        parts = cast(list[Any], given)
        return [f for i, p in enumerate(parts) for f in self.condition(p, f"{at}[{i}]")]

    def _behaviour(self, table: Mapping[str, Any], at: str) -> list[Flaw]:
        flaws = _name(table["did"], f"{at}.did", "event")
        least = table.get("at_least", 1)
        if not isinstance(least, int) or isinstance(least, bool) or not 1 <= least <= 1_000_000:
            flaws.append((f"{at}.at_least", f"at_least is {shown(least)}: write a number from 1."))
        if "within" in table:
            flaws += _duration(table["within"], f"{at}.within")
        if "where" in table:
            check = _Check(self.inner, self.inner, lambda _: None, past=True)
            flaws += check.condition(table["where"], f"{at}.where")
        return flaws

    def _comparison(self, table: Mapping[str, Any], at: str) -> list[Flaw]:
        path, op, value = table.get("field"), table.get("op"), table.get("value")
        if path == "":  # a new comparison, whose field is not chosen yet
            return [(f"{at}.field", "Choose a field, say customer.plan.")]
        if not isinstance(path, str) or not path.strip():
            return [(f"{at}.field", f"The field is {shown(path)}: name one, say customer.plan.")]
        wrong = self.field(path)
        flaws = [(f"{at}.field", wrong)] if wrong else []
        if not isinstance(op, str) or op not in OPS:
            near = f"The operator {shown(op)} of {path[:60]} is unknown"
            return [*flaws, (f"{at}.op", f"{near}: use one of {', '.join(OPS)}.")]
        at = f"{at}.value"
        if op in PRESENCE:
            return flaws if value is None else [*flaws, (at, f"{op} takes no value: remove it.")]
        if value is None:
            remedy = "write one, or use the operator missing or exists"
            return [*flaws, (at, f"The comparison {path[:60]} {op} has no value: {remedy}.")]
        if isinstance(value, dict):
            return flaws + self._other_field(cast(dict[str, Any], value), op, at)
        if not flaws:
            flaws += _types(path, op, value, self.type_of(path), at)
        return flaws

    def _other_field(self, value: dict[str, Any], op: str, at: str) -> list[Flaw]:
        if set(value) != {"field"} or not isinstance(value["field"], str):
            if op in EQUALITY or op in CONTENT:
                return []  # an object to be equal to
            return [(at, f"The value of {op} is an object: write a value, or {{'field': path}}.")]
        wrong = self.field(value["field"])
        return [(f"{at}.field", wrong)] if wrong else []


def _types(path: str, op: str, value: Any, known: str | None, at: str) -> list[Flaw]:
    """What can be known to be incomparable: the value for its operator, the field for both."""
    wanted = _VALUES.get(op)
    short = path[:60]
    if wanted is not None:
        fits, remedy = wanted
        if not fits(value):
            return [(at, f"{short} {op} cannot use {shown(value)}: {remedy}.")]
    if op in WINDOWS:
        flaws = _duration(value, at)
        if flaws:
            return flaws
    if op in MEMBER or known is None:
        return []
    if op in (*INSTANTS, *WINDOWS):
        right = known in ("text", "a time")
    elif op in TEXT or op in CONTENT:
        right = known == "text" or (op in CONTENT and known in ("a list", "other"))
    elif known == "a time":
        right = isinstance(value, str) and parse_instant(value, UTC) is not None
    else:
        right = known in ("other", "a list") or _kind(value) == known
    if right:
        return []
    return [(at, f"{short} is {known}, which {op} cannot compare with {shown(value)}: change one.")]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, (int, float)):
        return "a number"
    return "text" if isinstance(value, str) else "other"


def _is_ordered(value: Any) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and parse_instant(value, UTC) is not None


_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(ORDER, (_is_ordered, "write a number or a text")),
    **dict.fromkeys(TEXT, (lambda v: isinstance(v, str), "write a text")),
    **dict.fromkeys(MEMBER, (lambda v: isinstance(v, list), "write a list, say ['pro', 'team']")),
    **dict.fromkeys(INSTANTS, (_is_instant, "write a time such as 2026-03-02T09:00:00Z")),
}


def _name(value: Any, at: str, what: str) -> list[Flaw]:
    if isinstance(value, str) and value.strip() and len(value) <= 200:
        return []
    return [(at, f"The {what} is {shown(value)}: write the name of one.")]


def _duration(value: Any, at: str) -> list[Flaw]:
    if not isinstance(value, str):
        return [(at, f"{shown(value)} is not a duration: write one such as P30D.")]
    try:
        durations.parse(value)
    except ValueError as problem:
        return [(at, str(problem))]
    return []


def _and(names: set[str]) -> str:
    return " and ".join(sorted(names))
