"""Reading a document that nobody has checked yet: anything may stand anywhere in it."""

from __future__ import annotations

from typing import Any, cast


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing of what is none."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
