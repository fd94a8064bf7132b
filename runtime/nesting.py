"""How deep JSON from strangers is nested: reading it bears more than writing it again does."""

from __future__ import annotations

import re

DEEPEST = 64

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_ROUND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def deeper_than(raw: bytes, depth: int) -> bool:
    """Whether lists and objects are nested deeper in this valid JSON. Peels one layer of empty
    brackets at a time: a look at each value would keep the intake busy for seconds."""
    left = _STRING.sub(b"", raw).translate(_ROUND, _NO_BRACKETS)
    for _ in range(depth):
        left = left.replace(b"[]", b"")
    return bool(left)
