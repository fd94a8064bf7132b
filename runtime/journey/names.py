"""What a path in a journey may name: `customer.*`, `event.*`, `entry.*`, `steps.*` and `now`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from runtime.journey.graph import Graph
from runtime.journey.known import ALWAYS, Known, nearest
from runtime.journey.operations import FORBIDDEN
from runtime.journey.outline import Placed
from runtime.journey.problems import shown

MOST_MEANT = 1_000  # misspelt names of one journey for which the right one is looked for
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

    def __init__(
        self,
        nodes: Mapping[str, Placed],
        graph: Graph,
        *,
        known: Known | None = None,
        named: Callable[[str], str] = shown,
    ) -> None:
        """`known`: what has been seen, to notice misspelt names; `named` says a node."""
        self.nodes = nodes
        self.graph = graph
        self.known = known
        self.named = named
        self._own: frozenset[str] | None = None
        self._all: frozenset[str] | None = None
        self._meant: dict[tuple[str, frozenset[str]], str | None] = {}
        self._entries: list[str] | None = None

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
        if self.graph.comes_before(parts[1], node):
            return None
        return (
            f"{shown(path)} is never there: {self.named(parts[1])} does not come before this node."
        )

    def unseen(self, path: str, events: Sequence[str] | None = None) -> str | None:
        """Why a path that is right in its form leads to nothing that was ever seen, as a sentence.
        `events`: the names of what `event.*` is; None: of the entry event."""
        root, *rest = path.split(".")
        if self.known is None or not rest:
            return None
        if root == "customer":
            return self.known.attribute(rest[0], self._attributes, self._near)
        if root in ("event", "entry") and rest[0] == "properties" and len(rest) > 1:
            named = self.entries() if root == "entry" or events is None else events
            return self.known.property(rest[1], named, self._near)
        if root == "steps" and len(rest) > 1 and rest[0] in self.nodes:
            return self._output(rest[0], rest[1])
        return None

    def meant(self, path: str) -> str | None:
        """The path that a misspelt one of a customer or event was likely meant to be."""
        root, *rest = path.split(".")
        if self.known is None or not rest or self.unseen(path) is None:
            return None
        if root == "customer":
            near = self._near(rest[0], self._attributes)
            return ".".join((root, near, *rest[1:])) if near else None
        if root == "event" and len(rest) > 1:
            names = {p for event in self.entries() for p in self.known.events.get(event, ())}
            near = self._near(rest[1], frozenset(names))
            return ".".join((root, rest[0], near, *rest[2:])) if near else None
        return None

    @property
    def own(self) -> frozenset[str]:
        """Names that the journey itself gives values to."""
        if self._own is None:
            self._own = frozenset(name for node in self.nodes.values() for name in node.given)
        return self._own

    @property
    def _attributes(self) -> frozenset[str]:
        """All names that a customer's attributes have or get."""
        if self._all is None:
            seen = frozenset[str]() if self.known is None else self.known.customer
            self._all = seen | ALWAYS | self.own
        return self._all

    def _near(self, name: str, among: frozenset[str]) -> str | None:
        """The one that was meant: looked for once for each name, and not for thousands."""
        key = name, among
        if key not in self._meant:
            if len(self._meant) >= MOST_MEANT:
                return None
            self._meant[key] = nearest(name, among)
        return self._meant[key]

    def entries(self) -> list[str]:
        """What the events that start a run are called."""
        if self._entries is None:
            self._entries = []
            for node in self.nodes.values():
                if node.is_trigger and not node.disabled:
                    name = node.config.get("event")
                    kind = node.type_name.split(".")[-1]
                    named = name if isinstance(name, str) and name else f"{kind}.{node.id}"
                    self._entries.append(named)
        return self._entries

    def outputs(self, step: str) -> frozenset[str] | None:
        """What a step puts out; None where that is not known."""
        return self.nodes[step].outputs

    def _output(self, step: str, name: str) -> str | None:
        made = self.outputs(step)
        if made is None or name in made:
            return None
        near = self._near(name, made)
        if near:
            return f"{self.named(step)} gives no “{name}”: did you mean “{near}”?"
        return f"{self.named(step)} gives no “{name}”: choose one of {', '.join(sorted(made))}."

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
