"""Quick fixes of the graph: connecting, ending, cutting, waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches

from nodes.spec import NodeType
from runtime.journey.fix_case import BELOW, Case, Fix, cut, draw, fix, get, placed
from runtime.journey.graph import Edge
from runtime.journey.nobody import nobody_at
from runtime.journey.outline import Placed, schema_of
from runtime.journey.problems import Problem, shown
from runtime.journey.spots import steps_of

MOST_NEAR = 2


def _no_trigger(case: Case, problem: Problem) -> Iterator[Fix]:
    nodes = case.outline.nodes
    off = [n for n in nodes.values() if n.is_trigger and n.disabled]
    for node in off:
        yield fix(f"Enable {case.title(node.id)}", _enable(node))
    if off:
        return
    ends = {edge.end for edge in case.outline.edges}
    first = next((n.id for n in nodes.values() if n.id not in ends), next(iter(nodes), None))
    for kind in case.types.values():
        if kind.category != "trigger":
            continue
        made = case.free_id(kind.type.split(".")[-1])
        x, y = case.place(first) if first else (0.0, 0.0)
        add = placed(made, kind, (x, y - BELOW if first else y))
        ways = [draw(made, "out", first)] if first else []
        yield fix(f"Start with “{kind.title}”", add, *ways)


def _enable(node: Placed) -> dict[str, object]:
    return {"op": "node.disable", "id": node.id, "disabled": False}


def _disabled(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is not None:
        yield fix(f"Enable {case.title(node.id)}", _enable(node))


# --- Connecting -------------------------------------------------------------------------------


def _unreachable(case: Case, problem: Problem) -> Iterator[Fix]:
    node = problem.node or ""
    nodes = case.outline.nodes
    if node not in nodes:
        return
    head = _head(case, node)
    for start in case.nearest(head, case.open_ends.__contains__, down=False, most=MOST_NEAR):
        handle = case.open_ends[start]
        way = case.way(nodes[start], handle)
        by = f" by “{way}”" if way else ""
        yield fix(
            f"Connect it after {case.title(start)}{by}"
            if head == node
            else f"Connect {case.title(head)} after {case.title(start)}{by}",
            draw(start, handle, head),
        )
    yield fix(f"Delete {case.title(node)}", {"op": "node.del", "id": node})


def _head(case: Case, node: str) -> str:
    """The beginning of the piece that the node is in."""
    seen = {node}
    while True:
        before = next((n for n in case.unreached_before.get(node, ()) if n not in seen), None)
        if before is None:
            return node
        seen.add(before)
        node = before


def _targets(case: Case, node: str) -> list[str]:
    """Where a way of this node may lead: no trigger, and nothing that comes before it."""
    before = case.graph.upstream(node) | {node}
    nodes = case.outline.nodes

    def fits(other: str) -> bool:
        return other not in before and not nodes[other].is_trigger

    return case.nearest(node, fits, down=True, most=MOST_NEAR)


def _ends(case: Case) -> list[NodeType]:
    """Types that end the journey: they have no way out."""
    return [t for t in case.types.values() if not t.handles and t.category != "trigger"]


def _loose_end(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is None or node.type is None:
        return
    used = {edge.handle for edge in case.edges(node.id)}
    handle = "unsure" if used and "unsure" in node.handles else (case.free_handle(node) or "out")
    way = case.way(node, handle)
    by = f"“{way}”" if way else "it"
    for target in _targets(case, node.id):
        yield fix(f"Connect {by} to {case.title(target)}", draw(node.id, handle, target))
    for kind in _ends(case)[:1]:
        made = case.free_id(kind.type.split(".")[-1])
        add = placed(made, kind, case.below(node.id))
        yield fix(f"End with “{kind.title}”", add, draw(node.id, handle, made))


# --- Edges ------------------------------------------------------------------------------------


def _edge_of(case: Case, problem: Problem) -> Edge | None:
    steps = steps_of(problem.path)
    if len(steps) < 2 or not isinstance(steps[1], int):
        return None
    given = case.at(f"edges[{steps[1]}]")
    start, handle, end = (get(given, key) for key in ("from", "handle", "to"))
    if isinstance(start, str) and isinstance(handle, str) and isinstance(end, str):
        return Edge(start, handle, end)
    return None


def _dangling(case: Case, problem: Problem) -> Iterator[Fix]:
    edge = _edge_of(case, problem)
    if edge is None:
        return
    yield fix("Remove the line", cut(edge))
    if edge.start in case.outline.nodes:
        for target in _targets(case, edge.start):
            again = draw(edge.start, edge.handle, target)
            yield fix(f"Connect it to {case.title(target)}", cut(edge), again)


def _to_trigger(case: Case, problem: Problem) -> Iterator[Fix]:
    edge = _edge_of(case, problem)
    if edge is not None:
        yield fix("Remove the line", cut(edge))


def _unknown_handle(case: Case, problem: Problem) -> Iterator[Fix]:
    edge = _edge_of(case, problem)
    node = case.outline.nodes.get(edge.start) if edge else None
    if edge is None or node is None:
        return
    used = {one.handle for one in case.edges(node.id)}
    near = get_close_matches(edge.handle[:60], node.handles, 1)
    free = [h for h in node.handles if h not in used and h not in near]
    for handle in [*near, *free[:MOST_NEAR]]:
        label = f"Let it leave by “{case.way(node, handle) or handle}”"
        yield fix(label, cut(edge), draw(edge.start, handle, edge.end))
    yield fix("Remove the line", cut(edge))


def _duplicate_edge(case: Case, problem: Problem) -> Iterator[Fix]:
    edge = _edge_of(case, problem)
    if edge is not None:
        yield fix("Keep one of them", cut(edge), draw(edge.start, edge.handle, edge.end))


# --- Loops and joins --------------------------------------------------------------------------


def _endless(case: Case, problem: Problem) -> Iterator[Fix]:
    cycle = next((c for c in case.graph.restless_cycles() if c[0] == problem.node), None)
    if cycle is None:
        return
    last = next(e for e in case.graph.edges if e.start == cycle[-1] and e.end == cycle[0])
    for kind in _waits(case)[:1]:
        made = case.free_id(kind.type.split(".")[-1])
        field = schema_of(kind)["required"][0]
        yield fix(
            f"Wait 1 day before {case.title(cycle[0])}",
            placed(made, kind, case.below(last.start), **{field: "P1D"}),
            cut(last),
            draw(last.start, last.handle, made),
            draw(made, "out", last.end),
        )
    yield fix(f"Remove the line from {case.title(last.start)}", cut(last))


def _waits(case: Case) -> list[NodeType]:
    """Types that wait a while and need nothing but how long."""
    found: list[NodeType] = []
    for kind in case.types.values():
        schema = schema_of(kind)
        needed = schema["required"]
        if kind.waits and kind.waits_by is None and len(kind.handles) == 1 and len(needed) == 1:
            hint = schema["properties"][needed[0]].get("x-field", {})
            if hint.get("kind") == "duration" and not hint.get("signed"):
                found.append(kind)
    return found


def _join(case: Case, problem: Problem) -> Iterator[Fix]:
    node = case.outline.nodes.get(problem.node or "")
    if node is None or node.type is None:
        return
    most = case.graph.arrivals(node.id, 1_000)
    for field, schema in schema_of(node.type)["properties"].items():
        if type(node.config.get(field)) is not int:
            continue
        if most > 1:
            patch = {"op": "node.patch", "id": node.id, "set": {field: most}}
            yield fix(f"Wait for {most}", patch)
        words = [w for one in schema.get("anyOf", ()) for w in one.get("enum", ())]
        said = schema.get("x-field", {}).get("options", {})
        for word in words:
            patch = {"op": "node.patch", "id": node.id, "set": {field: word}}
            yield fix(f"Choose {shown(str(said.get(word, word)))}", patch)


def _nobody(case: Case, problem: Problem) -> Iterator[Fix]:
    """The usual place of who it is about."""
    trigger = case.outline.nodes.get(problem.about or "")
    if trigger is not None and nobody_at(trigger) == "customer":
        usual = "body.email"
        patch = {"op": "node.patch", "id": trigger.id, "set": {"customer": usual}}
        yield fix(f"Take the customer from {usual}", patch)


FIXES: Mapping[str, Callable[[Case, Problem], Iterator[Fix]]] = {
    "no_trigger": _no_trigger,
    "disabled": _disabled,
    "unreachable": _unreachable,
    "loose_end": _loose_end,
    "dangling_edge": _dangling,
    "edge_to_trigger": _to_trigger,
    "unknown_handle": _unknown_handle,
    "duplicate_edge": _duplicate_edge,
    "endless_loop": _endless,
    "join_never_fires": _join,
    "nobody": _nobody,
}
