"""What a quick fix may look at, and the operations that fixes are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from nodes.spec import NodeType
from runtime.journey.graph import Edge, Graph
from runtime.journey.names import Names
from runtime.journey.outline import Outline, Placed, schema_of
from runtime.journey.paths import MISSING
from runtime.journey.places import Spots, spot
from runtime.journey.problems import shown
from runtime.journey.report import Report
from runtime.journey.spots import Step, found, put, steps_of

Op = dict[str, Any]
Fix = dict[str, Any]
Schema = Mapping[str, Any]

BELOW = 120  # from the top of a node to the top of the next one
BESIDE = 280
EXACT = 1e15  # beyond it a number cannot be told from its neighbours


def fix(label: str, *ops: Op) -> Fix:
    """A button's words, and what it does."""
    return {"label": label, "ops": list(ops)}


def text_of(value: Any) -> str:
    """A value as a short text, whatever it is."""
    return value[:60] if isinstance(value, str) else shown(value)


def get(value: Any, key: str) -> Any:
    """The value's own under this key when it is an object, else None."""
    return cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None


def placed(made: str, kind: NodeType, position: Sequence[float], **config: Any) -> Op:
    """The operation that places a new node."""
    node: Op = {"id": made, "type": kind.type, "version": kind.version, "config": config}
    return {"op": "node.add", "node": node, "position": list(position)}


def cut(edge: Edge) -> Op:
    return {"op": "edge.del", "from": edge.start, "handle": edge.handle, "to": edge.end}


def draw(start: str, handle: str, end: str) -> Op:
    return {"op": "edge.add", "from": start, "handle": handle, "to": end}


@dataclass(frozen=True)  # without slots, so that what is worked out once can be kept
class Case:
    """One validated document."""

    document: Mapping[str, Any]
    types: Mapping[str, NodeType]
    outline: Outline
    graph: Graph
    names: Names
    credentials: Mapping[str, str] | None
    report: Report

    # --- Naming -------------------------------------------------------------------------------

    def title(self, node: str) -> str:
        """The node as a button names it."""
        return self.report.named(node)

    def way(self, node: Placed, handle: str) -> str:
        """A way out as the canvas names it; "" for the plain one."""
        if node.type is not None:
            for one in node.type.exits(node.config):
                if one.name == handle and one.label:
                    return one.label
        return "" if handle == "out" else handle.replace("_", " ")

    def free_id(self, stem: str) -> str:
        ui = self.document.get("ui")
        taken = set(self.outline.nodes)
        for key in ("notes", "groups"):
            rows = cast("dict[str, Any]", ui).get(key) if isinstance(ui, dict) else None
            for row in cast("list[Any]", rows) if isinstance(rows, list) else ():
                taken.add(
                    str(cast("dict[str, Any]", row).get("id")) if isinstance(row, dict) else ""
                )
        stem = stem[:48] or "node"
        number = 1
        while (name := stem if number == 1 else f"{stem}_{number}") in taken:
            number += 1
        return name

    # --- Places on the canvas -----------------------------------------------------------------

    def place(self, node: str) -> tuple[float, float]:
        """Where a node stands; by its order in the document where nobody has said."""
        return self._spots.where.get(node, (0.0, 0.0))

    def below(self, node: str) -> list[float]:
        """A free place below a node, or beside that."""
        x, y = self.place(node)
        return self.free_place(x, y + BELOW)

    def free_place(self, x: float, y: float) -> list[float]:
        taken = [a for _, _, a, _ in self._spots.row(y, BELOW - 24)]
        while any(abs(a - x) < BESIDE - 8 for a in taken):
            x += BESIDE
        return [x, y]

    def nearest(
        self, node: str, fits: Callable[[str], bool], *, down: bool, most: int
    ) -> list[str]:
        """So many of those below (`down`) or above a node, the nearest first."""
        return self._spots.nearest(self.place(node), fits, down=down, most=most)

    # --- Changing a field ---------------------------------------------------------------------

    def steps(self, path: str) -> list[Step]:
        return steps_of(path)

    def at(self, path: str) -> Any:
        """What stands at a path of the document; MISSING when there is nothing."""
        return found(self.document, steps_of(path))

    def node_at(self, path: str) -> Placed | None:
        """The node that a path leads into."""
        steps = steps_of(path)
        if len(steps) < 2 or steps[0] != "nodes" or not isinstance(steps[1], int):
            return None
        return next((n for n in self.outline.nodes.values() if n.index == steps[1]), None)

    def changed(self, path: str, value: Any) -> list[Op]:
        """Another value at a path (MISSING: none), by the smallest operation that there is."""
        steps = steps_of(path)
        node = self.node_at(path)
        if node is not None and steps[2:3] == ["config"] and len(steps) > 3:
            return self._in_config(node, steps[3:], value)
        if node is not None and len(steps) == 3:
            if steps[2] == "title":
                return [
                    {"op": "node.title", "id": node.id, "title": "" if value is MISSING else value}
                ]
            if steps[2] == "disabled":
                return [{"op": "node.disable", "id": node.id, "disabled": value is True}]
            if steps[2] == "config" and (value is MISSING or isinstance(value, dict)):
                return [
                    {"op": "node.set", "id": node.id, "config": {} if value is MISSING else value}
                ]
        if steps and steps[0] in ("name", "about", "stage", "settings"):
            whole = put(self.document, steps, value)
            return [{"op": "doc.set", steps[0]: whole.get(steps[0])}]
        return [{"op": "doc.replace", "document": put(self.document, steps, value)}]

    def _in_config(self, node: Placed, steps: list[Step], value: Any) -> list[Op]:
        field, rest = steps[0], steps[1:]
        config = found(self.document, ["nodes", node.index, "config"])
        old = found(config, [field])
        new = put(old if old is not MISSING else {}, rest, value) if rest else value
        if new is MISSING:
            return [{"op": "node.patch", "id": node.id, "unset": [field]}]
        return [{"op": "node.patch", "id": node.id, "set": {field: new}}]

    def schema(self, path: str) -> tuple[Schema, bool]:
        """The schema of a config's field, and whether the field may be left out."""
        node, steps = self.node_at(path), steps_of(path)
        if node is None or node.type is None or steps[2:3] != ["config"]:
            return {}, False
        schema: Schema = schema_of(node.type)
        optional = False
        for step in steps[3:]:
            if isinstance(step, int):
                schema, optional = schema.get("items", {}), False
            else:
                optional = step not in schema.get("required", ())
                schema = schema.get("properties", {}).get(step, {})
        return schema, optional

    def field(self, path: str) -> tuple[str, Schema, bool]:
        """The field of the form that a path leads into (a condition's inside is left out): its own
        path, its schema, whether it may be left out."""
        steps = steps_of(path)
        for length in range(len(steps), 3, -1):
            own = written(steps[:length])
            schema, optional = self.schema(own)
            if schema.get("x-field"):
                return own, schema, optional
        return path, {}, False

    def upstream(self, node: str) -> list[str]:
        """What comes before a node, the nearest first; triggers left out."""
        nodes = self.outline.nodes
        before = [n for n in self.graph.upstream(node) if n in nodes and not nodes[n].is_trigger]
        return self.nearest(node, set(before).__contains__, down=False, most=len(nodes))

    def edges(self, start: str) -> Sequence[Edge]:
        """The edges that leave a node."""
        return self._leaving.get(start, ())

    def free_handle(self, node: Placed) -> str | None:
        """A way out that leads nowhere yet, a hoped one first."""
        if node.type is None or node.disabled:
            return None
        used = {edge.handle for edge in self.edges(node.id)}
        free = [h for h in node.type.exits(node.config) if h.name not in used]
        free.sort(key=lambda h: (not h.hoped, h.folded))
        return free[0].name if free and not free[0].folded else None

    @cached_property
    def reached(self) -> Set[str]:
        """The nodes that a trigger leads to."""
        return self.graph.reached(n.id for n in self.outline.nodes.values() if n.is_trigger)

    @cached_property
    def open_ends(self) -> Mapping[str, str]:
        """A free way out of each node that is reached and has one."""
        reached = (n for n in self.outline.nodes.values() if n.id in self.reached)
        return {n.id: handle for n in reached if (handle := self.free_handle(n)) is not None}

    @cached_property
    def unreached_before(self) -> Mapping[str, Sequence[str]]:
        """What leads to each node, without those that are reached."""
        found: dict[str, list[str]] = {}
        for edge in self.outline.edges:
            if edge.start not in self.reached:
                found.setdefault(edge.end, []).append(edge.start)
        return found

    @cached_property
    def _leaving(self) -> Mapping[str, Sequence[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.outline.edges:
            found.setdefault(edge.start, []).append(edge)
        return found

    @cached_property
    def _spots(self) -> Spots:
        ui = self.document.get("ui")
        places = get(ui, "positions")
        return Spots(
            {
                node.id: spot(get(places, node.id)) or (0.0, float(BELOW * node.index))
                for node in self.outline.nodes.values()
            }
        )


def written(steps: Sequence[Step]) -> str:
    """Steps as a path."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")
