"""What a check of a draft remembers for the next one, so that an edit of one node checks that node.

A node is known again by its JSON. What was found in it counts as long as nothing has changed that
it was asked about: nothing at all, or the surroundings (the other nodes' faces, the edges, the
titles, what has been seen of customers and events). `tests/journey/test_memory.py` compares it with
checks that remember nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from runtime.journey.graph import Edge, Graph
from runtime.journey.graph_checks import check_graph, graph_of
from runtime.journey.hostile import MOST_VALUES, scan
from runtime.journey.operations import FORBIDDEN
from runtime.journey.outline import Outline, Placed
from runtime.journey.problems import Problem
from runtime.journey.report import Report

MOST_HELD = 1_000_000  # of the problems that are remembered, in characters
A_PROBLEM = 200  # what each takes besides its texts
NEAR = 1e9  # a coordinate below it is plainly a number that can be kept
_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in the config of a node: `era` None: whatever surrounds it."""

    era: int | None
    index: int
    said: list[Problem]
    liquid: int  # characters of Liquid that were looked at
    wanted: int | None
    weight: int  # of what was said


@dataclass(slots=True)
class Kept:
    """A node as it was seen."""

    values: int  # in its JSON, at most; 0: not looked through, or not harmless
    placed: Placed | None = None
    check: Check | None = None


@dataclass(slots=True)
class Drawn:
    """The edges, and what they and the nodes' faces make."""

    edges: list[Edge]
    said: list[Problem]
    graph: Graph | None = None
    wanted: Mapping[str, int] | None = None
    found: list[Problem] | None = None  # by the checks of the graph
    weight: int = 0  # of what was said and found


class Memory:
    """For the drafts of one journey, checked one after the other with the same node types, never
    two at once. They have to be what `orjson` has read."""

    def __init__(self) -> None:
        self.era = 0  # counts how often the surroundings changed
        self._nodes: dict[bytes, Kept] = {}
        self._now: list[Kept] = []
        self._edges = b""
        self._edges_values = 0
        self._told: tuple[Any, ...] = ()
        self._around: tuple[Any, ...] = ()
        self._drawn: Drawn | None = None
        self._left = MOST_HELD

    def begin(self, document: Mapping[str, Any], *told: Any) -> None:
        """A check begins. `told`: what all nodes may ask about, beside each other."""
        given: Any = document.get("nodes")
        nodes = cast("list[Any]", given) if isinstance(given, list) else []
        before, self._nodes, self._now = self._nodes, {}, []
        for node in nodes:
            raw = orjson.dumps(node)
            kept = before.get(raw)
            if kept is None:
                report = Report()
                harmless = scan({"nodes": [node]}, report) and not report.problems
                kept = before[raw] = Kept(_values(raw) if harmless else 0)
            self._nodes[raw] = kept
            self._now.append(kept)
        # null is something else than nothing at all
        edges = orjson.dumps(document["edges"]) if "edges" in document else b""
        if edges != self._edges:
            self._edges, self._edges_values = edges, 0
        self._told = told
        # the same node may stand there twice
        held = sum(one.check.weight for one in self._nodes.values() if one.check is not None)
        self._left = MOST_HELD - held - (self._drawn.weight if self._drawn is not None else 0)

    def _has_room(self, weight: int) -> bool:
        """Whether so much more can be remembered; then it counts."""
        if weight > self._left:
            return False
        self._left -= weight
        return True

    def is_harmless(self, document: Mapping[str, Any]) -> bool:
        """Whether the document plainly holds nothing that `hostile.scan` would report."""
        rest = {key: one for key, one in document.items() if key != "nodes"}
        if "nodes" in document and not isinstance(document["nodes"], list):
            return False
        if not all(kept.values for kept in self._now):
            return False
        if not self._edges_values:
            report = Report()
            if scan({"edges": rest.get("edges")}, report) and not report.problems:
                self._edges_values = _values(self._edges)
        if self._edges_values:
            rest.pop("edges", None)
        count = sum(kept.values for kept in self._now) + self._edges_values
        ui = rest.get("ui")
        if isinstance(ui, dict):
            table = cast("dict[str, Any]", ui)
            if _plain(table.get("positions")):
                count += 3 * len(table["positions"])
                rest["ui"] = {key: one for key, one in table.items() if key != "positions"}
        report = Report()
        if not scan(rest, report) or report.problems:
            return False
        return count + _values(orjson.dumps(rest)) + 10 < MOST_VALUES

    # --- Nodes --------------------------------------------------------------------------------

    def placed(self, index: int) -> Placed | None:
        """The node in this place, when it was read before and nothing was wrong with it."""
        kept = self._now[index]
        if kept.placed is not None and kept.placed.index != index:
            kept.placed = dataclasses.replace(kept.placed, index=index)
        return kept.placed

    def keep_placed(self, node: Placed) -> None:
        """The node was read, and nothing was wrong with it."""
        self._now[node.index].placed = node

    def check(self, node: Placed) -> Check | None:
        """What was found in the node, when the same would be found again."""
        found = self._now[node.index].check
        if found is None or found.era not in (None, self.era):
            return None
        return found if not found.said or found.index == node.index else None

    def keep_check(
        self, node: Placed, said: list[Problem], liquid: int, wanted: int | None, *, alone: bool
    ) -> None:
        """The node was checked; `alone`: without asking about anything around it."""
        kept, weight = self._now[node.index], _weight(said)
        if kept.check is not None:
            self._left += kept.check.weight
            kept.check = None
        if self._has_room(weight):
            # what is said names nodes by their titles
            era = None if alone and not said else self.era
            kept.check = Check(era, node.index, said, liquid, wanted, weight)

    # --- Edges and the graph ------------------------------------------------------------------

    def same_edges(self, outline: Outline, report: Report) -> bool:
        """Whether the surroundings are as they were; then the edges are put into the outline, and
        what was said of them is said again."""
        faces = [node.face for node in outline.nodes.values()]
        around = (self._edges, faces, *self._told)
        if around != self._around:
            self._left += self._drawn.weight if self._drawn is not None else 0
            self._around, self._drawn = around, None
            self.era += 1
        if self._drawn is None:
            return False
        outline.edges = self._drawn.edges
        for problem in self._drawn.said:
            report.put(problem)
        return True

    def keep_edges(self, outline: Outline, said: list[Problem]) -> None:
        """The edges were read."""
        weight = _weight(said)
        if self._has_room(weight):
            self._drawn = Drawn(outline.edges, said, weight=weight)

    def graph(self, outline: Outline) -> Graph:
        """The ways that tokens can take."""
        if self._drawn is None:
            return graph_of(outline)
        if self._drawn.graph is None:
            self._drawn.graph = graph_of(outline)
        return self._drawn.graph

    def check_graph(
        self, outline: Outline, graph: Graph, wanted: dict[str, int], report: Report
    ) -> None:
        """As `graph_checks.check_graph`."""
        drawn = self._drawn
        if drawn is not None and drawn.found is not None and drawn.wanted == wanted:
            for problem in drawn.found:
                report.put(problem)
            return
        before = report.begin()
        check_graph(outline, graph, wanted, report)
        found = report.end(before)
        if drawn is not None:
            self._forget(drawn)
            weight = _weight(found)
            if self._has_room(weight):
                drawn.wanted, drawn.found = wanted, found
                drawn.weight += weight

    def _forget(self, drawn: Drawn) -> None:
        """What the graph's last check has found."""
        gone = _weight(drawn.found or [])
        drawn.found, drawn.weight = None, drawn.weight - gone
        self._left += gone


def _weight(said: list[Problem]) -> int:
    """What these problems take, in characters; a fix is made later and not remembered."""
    return sum(A_PROBLEM + len(p.path) + len(p.message) + len(p.about or "") for p in said)


def _values(raw: bytes) -> int:
    """At least as many as there are values in this JSON."""
    return 1 + raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _plain(places: Any) -> bool:
    """Whether these are places of nodes and nothing else."""
    if not isinstance(places, dict):
        return False
    table = cast("dict[str, Any]", places)
    names = "".join(table)
    if not names.isascii() or "\0" in names or not FORBIDDEN.isdisjoint(table):
        return False
    return all(_is_place(at) for at in table.values())


def _is_place(at: Any) -> bool:
    if type(at) is not list or len(cast("list[Any]", at)) != 2:
        return False
    x, y = cast("list[Any]", at)
    if type(x) not in _NUMBERS or type(y) not in _NUMBERS:
        return False
    return -NEAR < x < NEAR and -NEAR < y < NEAR
