"""Reads a document of any shape into its nodes and edges, and reports what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast

from nodes.fields import config_schema
from nodes.spec import NodeType
from runtime.journey.graph import Edge
from runtime.journey.operations import FORBIDDEN, NODE_ID
from runtime.journey.problems import shown
from runtime.journey.report import Report

if TYPE_CHECKING:
    from runtime.journey.memory import Memory

MOST_NODES = 2_000
MOST_EDGES = 10_000
_NODE_FIELDS = ("id", "type", "version", "title", "disabled", "config")
_EDGE_FIELDS = ("from", "handle", "to")


@dataclass(frozen=True)  # without slots, so that what is worked out once can be kept
class Placed:
    """A node of the document, as far as it can be read. `config` is that of the type's current
    version; `type` is None when there is none of that name."""

    index: int
    id: str
    type_name: str
    type: NodeType | None
    config: Mapping[str, Any]
    disabled: bool

    @cached_property
    def is_trigger(self) -> bool:
        return self.type.category == "trigger" if self.type else self.type_name[:8] == "trigger."

    @cached_property
    def handles(self) -> list[str]:
        return [h.name for h in self.type.exits(self.config)] if self.type else []

    @cached_property
    def given(self) -> tuple[str, ...]:
        """The names in its fields that hold values by name."""
        if self.type is None:
            return ()
        found: list[str] = []
        for key in _by_name(self.type):
            values = self.config.get(key)
            if isinstance(values, dict):
                found += cast(dict[str, Any], values)
        return tuple(found)

    @cached_property
    def outputs(self) -> frozenset[str] | None:
        """What it puts out; None where that is not known."""
        if self.type is None:
            return None
        schema = self.type.output
        made = frozenset(cast(Mapping[str, Any], schema.get("properties", {})))
        if self.type.output_of:
            values = self.config.get(self.type.output_of)
            made |= frozenset(cast(dict[str, Any], values) if isinstance(values, dict) else ())
        if schema.get("additionalProperties") or not made:
            return None
        return made | (frozenset(("error",)) if "failed" in self.handles else frozenset[str]())

    @cached_property
    def face(self) -> tuple[Any, ...]:
        """All that the checks of other nodes, of edges and of the graph ask of this one."""
        event = self.config.get("event") if self.is_trigger else None
        entry = event if isinstance(event, str) else None
        own = (self.index, self.id, self.type_name, self.disabled, entry)
        return (*own, tuple(self.handles), self.given, self.outputs)


@dataclass(slots=True)
class Outline:
    """The first node of each id, and the edges whose both ends are there."""

    nodes: dict[str, Placed] = field(default_factory=dict[str, Placed])
    edges: list[Edge] = field(default_factory=list[Edge])


def schema_of(node_type: NodeType) -> Mapping[str, Any]:
    """The JSON Schema of the type's config."""
    return _schema(node_type.config)


_schema = lru_cache(maxsize=512)(config_schema)


def _by_name(node_type: NodeType) -> tuple[str, ...]:
    """The fields that hold values by name."""
    return _values_of(node_type.config)


@lru_cache(maxsize=512)
def _values_of(config: type[Any]) -> tuple[str, ...]:
    fields: Mapping[str, Any] = _schema(config).get("properties", {})
    return tuple(k for k, own in fields.items() if own.get("x-field", {}).get("kind") == "values")


def read_outline(
    document: Mapping[str, Any],
    types: Mapping[str, NodeType],
    report: Report,
    memory: Memory | None = None,
) -> Outline:
    """The nodes and edges, with what is wrong in their own fields reported."""
    outline = Outline()
    for index, given in enumerate(_list(document, "nodes", MOST_NODES, report)):
        node = memory.placed(index) if memory else None
        if node is None:
            before = report.begin()
            node = _node(index, given, types, report)
            if not report.end(before) and memory and node is not None:
                memory.keep_placed(node)
        if node is None:
            continue
        if node.id in outline.nodes:
            message = f"Two nodes have the id {shown(node.id)}: give one of them another id."
            report.add(node.id, f"nodes[{index}].id", message, "duplicate_id")
        else:
            outline.nodes[node.id] = node
    if memory is None or not memory.same_edges(outline, report):
        before = report.begin()
        _read_edges(document, outline, report)
        said = report.end(before)
        if memory:
            memory.keep_edges(outline, said)
    return outline


def _read_edges(document: Mapping[str, Any], outline: Outline, report: Report) -> None:
    drawn: set[tuple[str, str, str]] = set()
    for index, given in enumerate(_list(document, "edges", MOST_EDGES, report)):
        edge = _edge(index, given, outline.nodes, report)
        if edge is None:
            continue
        key = (edge.start, edge.handle, edge.end)
        if key in drawn:
            message = f"The edge {_drawn(edge, report)} is drawn twice: remove one."
            report.add(edge.start, f"edges[{index}]", message, "duplicate_edge")
        drawn.add(key)
        outline.edges.append(edge)


def _list(document: Mapping[str, Any], key: str, most: int, report: Report) -> Sequence[Any]:
    if key not in document:
        if key == "nodes":
            report.add(None, key, "The field nodes is missing: add a list of nodes.", "missing")
        return []
    given = document[key]
    if not isinstance(given, list):
        report.add(None, key, f"The field {key} is {shown(given)}: write a list.", "wrong_type")
        return []
    items = cast(list[Any], given)
    if len(items) > most:
        message = f"The journey has {len(items):,} {key}; at most {most:,} can be run: split it."
        report.add(None, key, message, "too_many")
        return []
    return items


def known_fields(
    table: Mapping[str, Any],
    known: Sequence[str],
    node: str | None,
    path: str,
    report: Report,
) -> None:
    """Reports every field that is not known."""
    for key in table:
        if key not in known:
            near: list[str] = get_close_matches(key[:60], known, 1)
            remedy = (
                f"did you mean {near[0]}?" if near else f"remove it (it has {', '.join(known)})."
            )
            at = f"{path}.{key[:60]}".removeprefix(".")
            message = f"There is no field {shown(key)} here: {remedy}"
            report.add(node, at, message, "unknown_field", about=key)


# --- Nodes ------------------------------------------------------------------------------------


def _node(index: int, given: Any, types: Mapping[str, NodeType], report: Report) -> Placed | None:
    path = f"nodes[{index}]"
    if not isinstance(given, dict):
        message = f"{path} is {shown(given)}, not an object: remove it."
        report.add(None, path, message, "wrong_type")
        return None
    table = cast(dict[str, Any], given)
    name = table.get("id")
    if not isinstance(name, str):
        message = f"{path} has {'no id' if name is None else f'the id {shown(name)}'}: give it one."
        report.add(None, f"{path}.id", message, "wrong_id")
        return None
    if not NODE_ID.fullmatch(name) or name in FORBIDDEN:
        remedy = "use letters, digits, _ and -, at most 64 of them"
        report.add(name, f"{path}.id", f"{shown(name)} cannot be an id: {remedy}.", "wrong_id")
    known_fields(table, _NODE_FIELDS, name, path, report)
    _small_fields(table, name, path, report)
    type_name = table.get("type")
    found = types.get(type_name) if isinstance(type_name, str) else None
    if found is None:
        report.add(name, f"{path}.type", _no_type(type_name, types), "unknown_type")
    config = table.get("config", {})
    if not isinstance(config, dict):
        message = f"The config of {report.named(name)} is {shown(config)}: write an object."
        report.add(name, f"{path}.config", message, "wrong_type")
        config = {}
    config = cast(dict[str, Any], config)
    if found is not None:
        config = _upgraded(table.get("version"), config, found, name, path, report)
    kind = type_name if isinstance(type_name, str) else ""
    return Placed(index, name, kind, found, config, table.get("disabled") is True)


def _small_fields(table: Mapping[str, Any], name: str, path: str, report: Report) -> None:
    title = table.get("title", "")
    if not isinstance(title, str) or len(title) > 200:
        message = f"The title is {shown(title)}: write a text of at most 200 characters."
        report.add(name, f"{path}.title", message, "wrong_type")
    if not isinstance(table.get("disabled", False), bool):
        message = f"The field disabled is {shown(table['disabled'])}: write true or false."
        report.add(name, f"{path}.disabled", message, "wrong_type")


def _no_type(given: Any, types: Mapping[str, NodeType]) -> str:
    if not isinstance(given, str):
        said = "is missing" if given is None else f"is {shown(given)}"
        return f"The node's type {said}: choose one of the palette, say {next(iter(types), '')}."
    near: list[str] = get_close_matches(given[:60], list(types), 1)
    remedy = f"did you mean {near[0]}?" if near else "choose one that `wayline nodes` lists."
    return f"There is no node type {shown(given)}: {remedy}"


def _upgraded(
    version: Any, config: Mapping[str, Any], found: NodeType, name: str, path: str, report: Report
) -> Mapping[str, Any]:
    """The config as the type's current version has it."""
    if version is None or (version == found.version and not isinstance(version, bool)):
        return config
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        message = f"The version is {shown(version)}: write {found.version}."
        report.add(name, f"{path}.version", message, "wrong_type")
        return config
    if version > found.version:
        message = (
            f"The node was made with version {shown(version)} of {found.type}, and this Wayline "
            f"has version {found.version}: update Wayline."
        )
        report.add(name, f"{path}.version", message, "newer_version")
        return config
    try:
        config = found.upgraded(config, version)
    except Exception:  # an old config of any shape
        message = f"The config of version {version} cannot be read any more: set up the node again."
        report.add(name, f"{path}.config", message, "wrong_config")
    return config


# --- Edges ------------------------------------------------------------------------------------


def _drawn(edge: Edge, report: Report) -> str:
    return f"from {report.named(edge.start)} by {shown(edge.handle)} to {report.named(edge.end)}"


def _edge(index: int, given: Any, nodes: Mapping[str, Placed], report: Report) -> Edge | None:
    path = f"edges[{index}]"
    if not isinstance(given, dict):
        report.add(None, path, f"{path} is {shown(given)}, not an object: remove it.", "wrong_type")
        return None
    table = cast(dict[str, Any], given)
    start = table.get("from")
    owner = start if isinstance(start, str) else None
    known_fields(table, _EDGE_FIELDS, owner, path, report)
    for key in _EDGE_FIELDS:
        if not isinstance(table.get(key), str):
            said = "is missing" if table.get(key) is None else f"is {shown(table[key])}"
            message = f"The field {key} of {path} {said}: name {_WANTED[key]}."
            report.add(owner, f"{path}.{key}", message, "wrong_edge")
            return None
    edge = Edge(table["from"], table["handle"], table["to"], index)
    for key, end in (("from", edge.start), ("to", edge.end)):
        if end not in nodes:
            message = (
                f"The edge {_drawn(edge, report)} hangs in the air: there is no node {shown(end)}."
            )
            message += " Connect it to a node that is there, or remove it."
            report.add(edge.start, f"{path}.{key}", message, "dangling_edge")
            return None
    if nodes[edge.end].is_trigger:
        drawn = _drawn(edge, report)
        message = f"The edge {drawn} leads to a trigger, which only starts runs: remove it."
        report.add(edge.start, f"{path}.to", message, "edge_to_trigger")
    source = nodes[edge.start]
    if source.type is not None and edge.handle not in source.handles:
        exits = ", ".join(shown(one).strip("“”") for one in source.handles[:20])
        remedy = f"use {exits}" if exits else "it ends the run, so remove the edge"
        message = f"{report.named(edge.start)} has no handle {shown(edge.handle)}: {remedy}."
        report.add(edge.start, f"{path}.handle", message, "unknown_handle")
    return edge


_WANTED = {"from": "the node it leaves", "handle": "the handle it leaves by", "to": "a node"}
