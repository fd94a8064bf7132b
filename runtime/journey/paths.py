"""Dotted paths into JSON values: `customer.plan`, `event.properties.items.0.sku`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast


class Missing:
    """The one value that stands for "nothing there"; it is false."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def lookup(root: Any, path: str) -> Any:
    """The value at the path, list items by number; MISSING when there is none."""
    return follow(root, path.split("."))


def follow(root: Any, parts: Iterable[str]) -> Any:
    """The same for a path that was split before."""
    found = root
    for part in parts:
        if isinstance(found, (dict, Mapping)):  # an abstract class is slow to ask
            table = cast(Mapping[str, Any], found)
            if part not in table:
                return MISSING
            found = table[part]
        elif isinstance(found, Sequence) and not isinstance(found, (str, bytes)):
            items = cast(Sequence[Any], found)
            if not (part.isascii() and part.isdigit() and len(part) < 9 and int(part) < len(items)):
                return MISSING
            found = items[int(part)]
        else:
            return MISSING
    return found
