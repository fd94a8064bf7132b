"""Checks the graph: a start, a way to every node, no endless loop, joins that can fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runtime.journey.graph import MANY, Edge, Graph
from runtime.journey.outline import Outline, Placed
from runtime.journey.report import Report

_MOST_JOINS = 50  # that are counted; more stand in no journey that a person draws


def graph_of(outline: Outline) -> Graph:
    """The ways that tokens can take: a disabled node is left by its `out` only."""
    nodes = outline.nodes
    edges = [e for e in outline.edges if not nodes[e.start].disabled or e.handle == "out"]
    return Graph(
        list(nodes),
        edges,
        [n.id for n in nodes.values() if n.is_trigger and not n.disabled],
        frozenset(n.id for n in nodes.values() if n.type and n.type.join and not n.disabled),
        frozenset(e for e in edges if _waits(nodes[e.start], e)),
    )


def _waits(node: Placed, edge: Edge) -> bool:
    if node.type is None:
        return True  # nobody knows: its own problem is enough
    if node.disabled or not node.type.waits:
        return False
    return node.type.waits_by is None or edge.handle in node.type.waits_by


def check_graph(outline: Outline, graph: Graph, wanted: Mapping[str, int], report: Report) -> None:
    """`wanted`: how many tokens each join with a number waits for."""
    nodes = outline.nodes
    triggers = [n for n in nodes.values() if n.is_trigger]
    if not triggers:
        message = "The journey has no trigger, so it never starts: add one."
        report.add(None, "nodes", message, "no_trigger")
    else:
        if all(t.disabled for t in triggers):
            message = "All triggers are disabled, so the journey never starts: enable one."
            report.warn(None, "nodes", message, "no_trigger")
        whole = Graph(list(nodes), outline.edges)
        reached = whole.reached(t.id for t in triggers)
        for node in nodes.values():
            if node.id not in reached:
                message = f"Nothing leads to {report.named(node.id)}: connect it, or delete it."
                report.add(node.id, f"nodes[{node.index}]", message, "unreachable")
    for cycle in graph.restless_cycles():
        report.add(
            cycle[0], f"nodes[{nodes[cycle[0]].index}]", _endless(cycle, report), "endless_loop"
        )
    for join, count in list(wanted.items())[:_MOST_JOINS]:
        most = graph.arrivals(join, count)
        if most < count and most < MANY and (most or join in graph.reached(graph.triggers)):
            at = f"nodes[{nodes[join].index}].config"
            message = (
                f"{report.named(join)} waits for {count} branches, but at most {most} can come: "
                "lower the number, or connect more branches that run at the same time."
            )
            report.add(join, at, message, "join_never_fires")
    for node, path, message in _loose_ends(outline, report):
        report.warn(node, path, message, "loose_end")


def _endless(cycle: list[str], report: Report) -> str:
    if len(cycle) > 8:
        cycle = [*cycle[:7], "…"]
    names = [report.titles.get(one, one) for one in cycle]
    way = " → ".join([*names, names[0]])
    return f"The loop {way} never waits: put a wait into it, or take an edge out."


def _loose_ends(outline: Outline, report: Report) -> Iterator[tuple[str, str, str]]:
    """Nodes that only make sense with something after them, and have nothing."""
    leaving: dict[str, set[str]] = {}
    for edge in outline.edges:
        leaving.setdefault(edge.start, set()).add(edge.handle)
    for node in outline.nodes.values():
        if node.type is None or node.type.category == "action" or node.disabled:
            continue
        path = f"nodes[{node.index}]"
        used = leaving.get(node.id, set())
        if node.handles and not used:
            yield (
                node.id,
                path,
                f"Nothing follows {report.named(node.id)}: connect what comes next.",
            )
        elif used and "unsure" in node.handles and "unsure" not in used:
            message = (
                f"Nobody looks at those that {report.named(node.id)} is unsure about: "
                "connect unsure."
            )
            yield node.id, path, message
