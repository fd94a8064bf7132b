"""What a node's config speaks of: the paths in its templates, conditions and references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_PATH = re.compile(r"\b(?:customer|event|entry|steps)(?:\.[A-Za-z0-9_-]+)+")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
MOST = 100  # paths of one node


def read_by(config: Any) -> list[str]:
    """The paths `customer.*`, `event.*`, `entry.*` and `steps.*` that a config reads, each once."""
    found: dict[str, None] = {}
    for text in _texts(config):
        for path in _paths(text):
            found.setdefault(path)
            if len(found) == MOST:
                return list(found)
    return list(found)


def _paths(text: str) -> list[str]:
    """In a text the Liquid counts; a path may also stand alone, as in a condition."""
    if _PATH.fullmatch(text):
        return [text]
    return [path for tag in _LIQUID.findall(text) for path in _PATH.findall(tag)]


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, without recursion."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            stack += reversed(list(cast(Mapping[str, Any], one).values()))
        elif isinstance(one, Sequence):
            stack += reversed(list(cast(Sequence[Any], one)))
