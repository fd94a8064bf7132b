"""What no journey may hold anywhere, whoever wrote it: found without recursion, in bounded time."""

from __future__ import annotations

import math
from typing import Any, cast

from runtime.journey.limits import MOST_DEPTH, MOST_INTEGER
from runtime.journey.operations import FORBIDDEN
from runtime.journey.problems import shown
from runtime.journey.report import Report

MOST_VALUES = 200_000
_MOST_REPORTED = 50

# A value, its key in its parent, its parent's entry, its depth.
_Entry = tuple[Any, "str | int", "Any", int]


def scan(document: Any, report: Report) -> bool:
    """Reports forbidden keys, broken texts and numbers. False: too deep or large to look into."""
    stack: list[_Entry] = [(document, "", None, 0)]
    seen = reported = 0
    while stack:
        entry = stack.pop()
        value, _, _, depth = entry
        seen += 1
        if seen > MOST_VALUES:
            message = f"The journey holds more than {MOST_VALUES:,} values: split it."
            report.add(None, "", message, "too_large")
            return False
        if isinstance(value, (dict, list)):
            if depth >= MOST_DEPTH:
                message = (
                    f"The journey is nested more than {MOST_DEPTH} levels deep: make it flatter."
                )
                report.add(None, "", message, "too_deep")
                return False
            wrong = _open(entry, stack)
        else:
            wrong = _scalar(value)
        if wrong and reported < _MOST_REPORTED:
            reported += 1
            place = _place(entry)
            report.add(_node(document, place), _path(place), wrong, "hostile")
    return True


def _open(entry: _Entry, stack: list[_Entry]) -> str | None:
    """Puts what a container holds on the stack; a sentence when one of its keys is wrong."""
    value, _, _, depth = entry
    if isinstance(value, list):
        items = cast(list[Any], value)
        stack.extend((items[i], i, entry, depth + 1) for i in range(len(items) - 1, -1, -1))
        return None
    wrong = None
    table = cast(dict[Any, Any], value)
    for key in reversed(table):
        if not isinstance(key, str):
            return f"The key {shown(key)} is not a text: write it in quotes."
        if key in FORBIDDEN:
            wrong = f"The key {shown(key)} is forbidden: rename it."
        else:
            wrong = _text(key) or wrong
        stack.append((table[key], key, entry, depth + 1))
    return wrong


def _scalar(value: Any) -> str | None:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        if abs(value) > MOST_INTEGER:
            return f"The number {shown(value, 24)} is too large to be exact: write it as text."
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value} is no number: write one, or null."
    return f"A value of the kind {type(value).__name__} cannot stand in a journey: remove it."


def _text(text: str) -> str | None:
    if "\0" in text:
        return f"The text {shown(text, 30)} holds a NUL character: remove it."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "A text holds half a character (a lone surrogate): remove it."
    return None


def _place(entry: _Entry) -> list[str | int]:
    place: list[str | int] = []
    at: Any = entry
    while at[2] is not None:
        place.append(at[1])
        at = at[2]
    return place[::-1]


def _path(place: list[str | int]) -> str:
    parts = (f"[{p}]" if isinstance(p, int) else f".{p[:60]}" for p in place)
    return "".join(parts).removeprefix(".")


def _node(document: Any, place: list[str | int]) -> str | None:
    """The id of the node that the place lies in."""
    if len(place) < 2 or place[0] != "nodes" or not isinstance(place[1], int):
        return None
    node = document["nodes"][place[1]]
    name = cast(dict[str, Any], node).get("id") if isinstance(node, dict) else None
    return name if isinstance(name, str) else None
