"""Runs without a customer: a trigger that names none, before a condition that asks about one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from runtime.journey.condition_form import PRESENCE
from runtime.journey.graph import Graph
from runtime.journey.outline import Outline, Placed, schema_of
from runtime.journey.report import Report

MOST = 10  # nodes that are told, for each trigger
CODE = "nobody"


def check_nobody(outline: Outline, graph: Graph, report: Report) -> None:
    """Warns of conditions on the customer in runs that have none."""
    nodes = outline.nodes
    for trigger in nodes.values():
        if trigger.disabled or (field := nobody_at(trigger)) is None:
            continue
        after = graph.reached([trigger.id])
        asking = (n for n in nodes.values() if n.id in after and _may_ask(n))
        for node, path in islice(((n, p) for n in asking for p in _conditions(n)), MOST):
            message = _REMEDIES[field](report.named(trigger.id))
            at = f"nodes[{node.index}].config{path}"
            report.warn(node.id, at, message, CODE, about=trigger.id)


_REMEDIES: Mapping[str, Callable[[str], str]] = {
    "customer": lambda trigger: (
        f"Nobody is known here: {trigger} starts without a customer. "
        "Say there where the customer's id or email stands."
    ),
    "segment": lambda trigger: (
        f"Nobody is known here: {trigger} starts without a customer. "
        "Choose there for which segment it is."
    ),
}


def nobody_at(node: Placed) -> str | None:
    """The empty field by which this trigger would know the customer; None when it knows them."""
    kind = node.type
    if kind is None or kind.category != "trigger" or kind.start is None:
        return None
    properties = schema_of(kind).get("properties", {})
    return next((f for f in _REMEDIES if f in properties and not node.config.get(f)), None)


def _may_ask(node: Placed) -> bool:
    return not node.is_trigger and not node.disabled


def _conditions(node: Placed) -> Iterator[str]:
    """The places of the conditions that ask about the customer."""
    if node.type is not None:
        yield from _inside(schema_of(node.type), node.config, "")


def _inside(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    table = cast("dict[str, Any]", value)
    for key, own in cast("Mapping[str, Any]", schema.get("properties", {})).items():
        kind, given = own.get("x-field", {}).get("kind"), table.get(key)
        if kind == "condition" and _about_customer(given):
            yield f"{at}.{key}"
        elif kind == "group":
            yield from _inside(own, given, f"{at}.{key}")
        elif kind == "listing" and isinstance(given, list):
            for index, item in enumerate(cast("list[Any]", given)[:1000]):
                yield from _inside(own.get("items", {}), item, f"{at}.{key}[{index}]")


def _about_customer(condition: Any) -> bool:
    if isinstance(condition, list):
        return any(_about_customer(part) for part in cast("list[Any]", condition))
    if not isinstance(condition, dict):
        return False
    table = cast("dict[str, Any]", condition)
    path = table.get("field")
    if table.get("op") in PRESENCE:  # whether somebody is known is what it asks
        return False
    if "did" in table or "in_segment" in table:
        return True
    if isinstance(path, str) and path.startswith("customer."):
        return True
    return any(_about_customer(part) for part in table.values())
