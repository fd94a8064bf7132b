"""Places in a document: `nodes[2].config.cases[0].handle` as steps, and JSON changed there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from runtime.journey.paths import MISSING

Step = str | int

_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[]+)")


def steps_of(path: str) -> list[Step]:
    """The path as keys and numbers."""
    return [int(m[1]) if m[1] is not None else m[2] for m in _STEP.finditer(path)]


def found(root: Any, steps: Sequence[Step]) -> Any:
    """What stands there; MISSING when there is nothing."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(root, list) or step >= len(cast("list[Any]", root)):
                return MISSING
            root = cast("list[Any]", root)[step]
        elif isinstance(root, Mapping) and step in root:
            root = cast("Mapping[str, Any]", root)[step]
        else:
            return MISSING
    return root


def put(root: Any, steps: Sequence[Step], value: Any) -> Any:
    """A copy with another value there; MISSING takes it out. What lies on the way must be there."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        items = list(cast("list[Any]", root)) if isinstance(root, list) else []
        if step >= len(items):
            return cast(Any, root)
        if not rest and value is MISSING:
            return [*items[:step], *items[step + 1 :]]
        items[step] = put(items[step], rest, value)
        return items
    table = dict(cast("Mapping[str, Any]", root)) if isinstance(root, Mapping) else {}
    if not rest and value is MISSING:
        table.pop(step, None)
    else:
        table[step] = put(table.get(step), rest, value)
    return table


def texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every text inside a JSON value with its path; keys are no texts."""
    stack = [(value, at)]
    while stack:
        item, path = stack.pop()
        if isinstance(item, str):
            yield path, item
        elif isinstance(item, dict):
            table = cast(dict[str, Any], item)
            stack.extend((v, f"{path}.{k[:60]}") for k, v in reversed(table.items()))
        elif isinstance(item, list):
            items = cast(list[Any], item)
            stack.extend((items[i], f"{path}[{i}]") for i in range(len(items) - 1, -1, -1))
