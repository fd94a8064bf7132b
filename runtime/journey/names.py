"""What a path in a journey may name: `customer.*`, `event.*`, `entry.*`, `steps.*` and `now`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from runtime.journey.graph import Graph
from runtime.journey.operations import FORBIDDEN
from runtime.journey.outline import Placed
from runtime.journey.problems import shown

_EVENT = ("id", "name", "properties", "at")
_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a number",
    "boolean": "yes/no",
    "array": "a list",
    "object": "other",
}


class Names:
    """The names of one journey, as one of its nodes (None: its settings) may use them."""

    def __init__(self, nodes: Mapping[str, Placed], graph: Graph) -> None:
        self.nodes = nodes
        self.graph = graph

    def path(self, path: str, *, where: bool = False) -> str | None:
        """What is wrong with a path, as a sentence. `where`: `entry.*` may be used, too."""
        root, *rest = path.split(".")
        if any(not p.strip() or p in FORBIDDEN for p in (root, *rest)) or len(path) > 200:
            return f"{shown(path)} is not a path: write names with dots, say customer.plan."
        if root == "now":
            return None if not rest else f"{shown(path)} goes too deep: write now."
        if root == "customer":
            return None if rest else "The path customer names no attribute: say customer.plan."
        if root == "event" or (root == "entry" and where):
            return _event(root, rest, path)
        if root == "entry":
            return f"{shown(path)} can stand in a where only: here the entry event is event.*."
        if root == "steps":
            return self.step(path)
        roots = "customer, event, entry, steps" if where else "customer, event, steps"
        return f"{shown(path)} starts with none of {roots} and now: write one of them before it."

    def step(self, path: str) -> str | None:
        """What is wrong with a path below `steps`."""
        parts = path.split(".")
        if len(parts) < 2:
            return "The path steps names no node: write steps.<node>.<name>."
        if parts[1] not in self.nodes:
            return f"{shown(path)} names the node {shown(parts[1])}, which is not there: {_PICK}."
        return None

    def late(self, path: str, node: str | None) -> str | None:
        """Why a path below `steps` is always missing at this node, as a sentence."""
        parts = path.split(".")
        if node is None or parts[0] != "steps" or len(parts) < 2 or parts[1] not in self.nodes:
            return None
        if parts[1] in self.graph.upstream(node):
            return None
        return f"{shown(path)} is never there: {shown(parts[1])} does not come before this node."

    def type_of(self, path: str) -> str | None:
        """The type of a field in the words of the condition checks, where it is known."""
        parts = path.split(".")
        if path == "now":
            return "a time"
        if len(parts) == 2 and parts[0] in ("event", "entry") and parts[1] in ("id", "name", "at"):
            return "text"
        if len(parts) != 3 or parts[0] != "steps" or parts[1] not in self.nodes:
            return None
        node = self.nodes[parts[1]]
        if node.type is None:
            return None
        properties: Mapping[str, Any] = node.type.output.get("properties", {})
        schema = properties.get(parts[2])
        found: Any = cast(Mapping[str, Any], schema).get("type") if schema else None
        kinds = [found] if isinstance(found, str) else [k for k in found or () if k != "null"]
        return _TYPES.get(kinds[0]) if len(kinds) == 1 else None


_PICK = "name one of the journey's nodes"


def _event(root: str, rest: list[str], path: str) -> str | None:
    if rest and rest[0] in _EVENT:
        return None
    if rest:
        name = ".".join(rest)
        return f"{shown(path)} is never there: write {root}.properties.{name}."
    return f"The path {root} names no field: say {root}.properties.plan."
