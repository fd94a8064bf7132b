"""Reads a document from bytes that nobody vouches for: bounded, strict, and without surprises."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn, cast

from runtime.journey.problems import shown

MOST_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 64
MOST_CONTAINERS = 100_000
MOST_INTEGER = 2**53 - 1  # beyond, other programs read another number

# A string (also one that never ends, so that no quote is looked at twice), or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class DocumentRefused(Exception):
    """The bytes are not a JSON document within the limits; the message says why."""


def read_document(raw: bytes) -> dict[str, Any]:
    """The document. Everything in it can be stored, hashed and sent: no NaN, no number that others
    read differently, no half character, no key twice. Raises DocumentRefused."""
    if len(raw) > MOST_BYTES:
        raise DocumentRefused(
            f"The document is larger than {MOST_BYTES // 1024 // 1024} MiB: split the journey."
        )
    _check_depth(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise DocumentRefused(
            f"The document is not UTF-8 (byte {problem.start}): save it as UTF-8."
        ) from None
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as problem:
        raise DocumentRefused(
            f"The document is not JSON: {problem.msg} in line {problem.lineno}, "
            f"column {problem.colno}."
        ) from None
    if "\\u" in text and not _encodes(found):
        raise DocumentRefused(
            "The document holds half a character (a lone surrogate such as \\ud800): remove it."
        )
    if not isinstance(found, dict):
        raise DocumentRefused(
            f"The document is {_called(found)}, not an object: a journey starts with {{."
        )
    return cast(dict[str, Any], found)


def _check_depth(raw: bytes) -> None:
    depth = containers = 0
    for token in _TOKEN.finditer(raw):
        first = raw[token.start()]
        if first in b"[{":
            depth += 1
            containers += 1
            if containers > MOST_CONTAINERS:
                raise DocumentRefused(
                    f"The document holds more than {MOST_CONTAINERS:,} lists and objects: "
                    "split the journey."
                )
            if depth > MOST_DEPTH:
                raise DocumentRefused(
                    f"The document is nested more than {MOST_DEPTH} levels deep: make it flatter."
                )
        elif first in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        key = Counter(k for k, _ in pairs).most_common(1)[0][0]
        raise DocumentRefused(f"The key {shown(key)} stands twice in one object: keep one.")
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MOST_INTEGER:
        raise DocumentRefused(
            f"The number {shown(text, 24)} is too large to be exact: write it as text."
        )
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise DocumentRefused(f"The number {shown(text, 24)} is too large: write a smaller one.")
    return found


def _constant(text: str) -> NoReturn:
    raise DocumentRefused(f"{text} is not a JSON number: write a number or null.")


def _encodes(value: Any) -> bool:
    try:
        for text in texts(value):
            text.encode()
    except UnicodeEncodeError:
        return False
    return True


def texts(value: Any) -> Iterator[str]:
    """Every text of a JSON value, keys included, without recursion."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            table = cast(dict[str, Any], item)
            left.extend(table.keys())
            left.extend(table.values())
        elif isinstance(item, list):
            left.extend(cast(list[Any], item))


def _called(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a text"
    return "null" if value is None else "a single value"
