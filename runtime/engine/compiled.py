"""A journey made ready to run: types looked up, configs typed, edges resolved past disabled nodes.
Done once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any, Literal, cast

from nodes.spec import JoinRule, NodeType, Start
from runtime.engine.ready import Ready

MOST_VISITS = 10_000

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One placed node. `edges` leads from a handle to the nodes its tokens arrive at, disabled
    ones passed.
    """

    id: str
    type: NodeType
    config: Any
    exits: frozenset[str]
    edges: Mapping[str, tuple[str, ...]]
    join: JoinRule | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A node that starts runs, and how."""

    node_id: str
    start: Start


@dataclass(frozen=True, slots=True)
class Listen:
    """An event of this name that meets the condition; of the goal also: within this time of the
    start.
    """

    event: str
    where: Mapping[str, Any] | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Reentry:
    """When a customer may start the journey again."""

    mode: Literal["once", "when_finished", "always", "after"] = "when_finished"
    wait: str | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """Immutable. `joins` in the document's order; `sources[j]` are the nodes from which a token
    can reach the join j; `listens` are the names of all events that a run of it may hear.
    """

    name: str
    nodes: Mapping[str, Node]
    triggers: tuple[Trigger, ...]
    joins: tuple[str, ...]
    sources: Mapping[str, frozenset[str]]
    listens: frozenset[str]
    exit_when: tuple[Listen, ...]
    goal: Listen | None
    reentry: Reentry
    zone: str | None  # "customer", an IANA name, or None: the workspace's
    needs_history: bool
    ready: Ready = field(compare=False, repr=False)


def compile_journey(document: Doc, types: Mapping[str, NodeType]) -> Journey:
    """The journey of a document that has passed validation without errors."""
    placed: list[Doc] = list(document["nodes"])
    settings: Doc = document.get("settings") or {}
    edges = _edges(document, {n["id"] for n in placed if n.get("disabled")})
    nodes: dict[str, Node] = {}
    triggers: list[Trigger] = []
    for one in placed:
        if one.get("disabled"):
            continue
        node = _node(one, types[one["type"]], edges.get(one["id"], {}))
        nodes[node.id] = node
        if node.type.start is not None:
            triggers.append(Trigger(node.id, node.type.start(node.config)))
    exit_when = tuple(_listen(e) for e in settings.get("exit_when") or ())
    goal = _listen(settings["goal"]) if settings.get("goal") else None
    joins = tuple(n.id for n in nodes.values() if n.join is not None)
    reentry: Doc = settings.get("reentry") or {}
    return Journey(
        name=document["name"],
        nodes=nodes,
        triggers=tuple(triggers),
        joins=joins,
        sources=_sources(nodes, joins),
        listens=frozenset(e.event for e in exit_when).union(*map(heard, nodes.values())),
        exit_when=exit_when,
        goal=goal,
        reentry=Reentry(reentry.get("mode", "when_finished"), reentry.get("wait")),
        zone=settings.get("time_zone"),
        needs_history=any("did" in found for found in _objects((placed, settings))),
        ready=Ready(
            [
                *(value for node in nodes.values() for value in _values(node)),
                *(trigger.start.where for trigger in triggers),
                *(listen.where for listen in (*exit_when, goal) if listen is not None),
            ]
        ),
    )


def _node(placed: Doc, kind: NodeType, edges: Mapping[str, tuple[str, ...]]) -> Node:
    config = kind.upgraded(placed.get("config") or {}, placed.get("version"))
    typed = kind.read(config)
    return Node(
        id=placed["id"],
        type=kind,
        config=typed,
        exits=frozenset(h.name for h in kind.exits(config)),
        edges=edges,
        join=kind.join(typed) if kind.join is not None else None,
    )


def _values(node: Node) -> list[Any]:
    """What stands in a node's config."""
    return [getattr(node.config, f.name) for f in dataclass_fields(node.type.config)]


def _listen(given: Doc) -> Listen:
    return Listen(given["event"], given.get("where"), given.get("within"))


def _edges(document: Doc, disabled: set[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Node id → handle → where its tokens arrive, past disabled nodes by their `out`."""
    direct: dict[tuple[str, str], list[str]] = {}
    for edge in document.get("edges") or ():
        direct.setdefault((edge["from"], edge["handle"]), []).append(edge["to"])
    resolved: dict[str, dict[str, tuple[str, ...]]] = {}
    for (node, handle), targets in direct.items():
        if node not in disabled:
            resolved.setdefault(node, {})[handle] = _past(targets, direct, disabled)
    return resolved


def _past(
    targets: Sequence[str], direct: Mapping[tuple[str, str], list[str]], disabled: set[str]
) -> tuple[str, ...]:
    """The targets with disabled nodes replaced by what their `out` leads to, in order, each as
    often as a token would come there. A ring of disabled nodes leads nowhere; more than a run may
    visit is cut off.
    """
    if disabled.isdisjoint(targets):
        return tuple(targets)
    found: list[str] = []
    stack: list[tuple[str, frozenset[str]]] = [(t, frozenset()) for t in reversed(targets)]
    steps = 0
    while stack and len(found) <= MOST_VISITS and steps <= 10 * MOST_VISITS:
        steps += 1
        node, passed = stack.pop()
        if node not in disabled:
            found.append(node)
        elif node not in passed:
            passed |= {node}
            stack += [(t, passed) for t in reversed(direct.get((node, "out"), []))]
    return tuple(found)


def _sources(nodes: Mapping[str, Node], joins: Sequence[str]) -> dict[str, frozenset[str]]:
    """For each join the nodes from which it can be reached along one edge or more."""
    if not joins:
        return {}
    before: dict[str, set[str]] = {}
    for node in nodes.values():
        for targets in node.edges.values():
            for target in targets:
                before.setdefault(target, set()).add(node.id)
    return {join: frozenset(_upstream(join, before)) for join in joins}


def _upstream(join: str, before: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = [join]
    while stack:
        fresh = before.get(stack.pop(), set()) - found
        found |= fresh
        stack += fresh
    return found


def heard(node: Node) -> set[str]:
    """The event names in the config of a node that waits: its fields that hold an event's name."""
    if not node.type.waits:
        return set()
    names = {
        getattr(node.config, f.name)
        for f in dataclass_fields(node.type.config)
        if f.metadata.get("schema", {}).get("x-field", {}).get("kind") == "event"
    }
    return {n for n in names if isinstance(n, str)}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object inside a JSON value, without recursion."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            table = cast(Mapping[str, Any], one)
            yield table
            stack += table.values()
        elif isinstance(one, (list, tuple)):
            stack += cast(Sequence[Any], one)
