"""Editing a journey by named operations: pure functions from one document to the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from runtime.journey.groups import (
    MOST_GROUPS,
    group_from,
    groups_of,
    with_group,
    without_group,
    without_member,
    wrong_color,
)
from runtime.journey.problems import shown

Document = dict[str, Any]
NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
FORBIDDEN = frozenset({"__proto__", "constructor"})
MOST_OPERATIONS = 1_000
MOST_WORK = 4_000_000  # what all operations look through: nodes, lines, notes, groups, fields
A_GROUP = 4  # as dear as so many nodes, besides its members
_DOCUMENT_FIELDS = ("name", "about", "stage", "settings")


class OperationRefused(Exception):
    """The operation does not fit the document; the message says why."""


def apply(document: Mapping[str, Any], ops: list[Any], *, again: bool = False) -> Document:
    """The document after all the operations, in order; the one given stays as it is. Raises
    OperationRefused, and then none of them counts. `again`: they were carried out before, by a
    version that may have allowed more at once."""
    if len(ops) > MOST_OPERATIONS and not again:
        raise OperationRefused(f"Send at most {MOST_OPERATIONS} operations at once.")
    found = _own(document)
    size, left = _size(found), MOST_WORK
    for done, op in enumerate(ops):
        name = _get(op, "op")
        change = _CHANGES.get(name) if isinstance(name, str) else None
        if change is None:
            raise OperationRefused(
                f"There is no operation {shown(name)}: use one of {', '.join(_CHANGES)}."
            )
        fields = _fields(found, cast(dict[str, Any], op)) if name == "node.patch" else 0
        if size * (len(ops) - done) + fields > left and not again:
            raise OperationRefused(
                "These are too many operations at once for a journey of this size: send fewer."
            )
        found = change(found, cast(dict[str, Any], op))
        left -= size + fields
        size = _size(found) if name == "doc.replace" else size + 1
    found["nodes"], found["ui"]["notes"] = list(found["nodes"]), list(found["ui"]["notes"])
    return found


def _size(document: Document) -> int:
    ui = document["ui"]
    members = sum(A_GROUP + len(group["nodes"]) for group in groups_of(ui))
    return len(document["nodes"]) + len(document["edges"]) + len(ui["notes"]) + members


def _fields(document: Document, op: Mapping[str, Any]) -> int:
    """What `node.patch` goes through: it makes the whole config anew."""
    name = op.get("id")
    index = _nodes(document).place(name) if isinstance(name, str) else None
    config = None if index is None else _get(document["nodes"][index], "config")
    parts = (config, op.get("set"), op.get("unset"))
    return sum(len(cast(Any, one)) for one in parts if isinstance(one, (dict, list)))


def _own(document: Mapping[str, Any]) -> Document:
    """A copy whose containers are our own as deep as the operations change them."""
    ui = _mapping(document.get("ui"))
    return {
        **document,
        "nodes": _Named(_list(document.get("nodes"))),
        "edges": _list(document.get("edges")),
        "ui": {
            **ui,
            "positions": _mapping(ui.get("positions")),
            "notes": _Named(_list(ui.get("notes"))),
        },
    }


class _Named(list[Any]):
    """Nodes, or notes, found by their ids. An operation that changes one leaves it its id."""

    _places: dict[str, int] | None = None
    _asked = False  # since they last moved: for one question it is not worth noting all places

    def place(self, name: str) -> int | None:
        """Where the first of this id stands."""
        if self._places is None and not self._asked:
            self._asked = True
            return next((i for i, one in enumerate(self) if _get(one, "id") == name), None)
        if self._places is None:
            self._places = {}
            for index, one in enumerate(self):
                own = _get(one, "id")
                if isinstance(own, str):
                    self._places.setdefault(own, index)
        return self._places.get(name)

    def put(self, item: dict[str, Any], op: Mapping[str, Any]) -> None:
        """One that is not there yet, at the place that the operation says."""
        last = len(self)
        _insert(self, item, op)
        if self[last] is not item:
            self._moved()
        elif self._places is not None:
            self._places[item["id"]] = last

    def take(self, index: int) -> None:
        """It is gone."""
        del self[index]
        self._moved()

    def _moved(self) -> None:
        """Those behind it have another place now."""
        self._places, self._asked = None, False


def _mapping(value: Any) -> dict[str, Any]:
    return dict(cast(dict[str, Any], value)) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return list(cast(list[Any], value)) if isinstance(value, list) else []


# --- Reading an operation ---------------------------------------------------------------------


def _get(item: Any, key: str) -> Any:
    """The item's value when it is an object, else None."""
    return cast(dict[str, Any], item).get(key) if isinstance(item, dict) else None


def _text(op: Mapping[str, Any], key: str) -> str:
    value = op.get(key)
    if not isinstance(value, str) or not value:
        raise OperationRefused(f"{op['op']} needs a text as {key}.")
    return value


def _place(op: Mapping[str, Any], required: bool = True) -> list[Any] | None:
    if op.get("position") is None and required:
        raise OperationRefused(f"{op['op']} needs a position [x, y].")
    return _pair(op, "position", "a position [x, y]")


def _pair(op: Mapping[str, Any], key: str, words: str) -> list[Any] | None:
    value = op.get(key)
    if value is None:
        return None
    numbers = _list(value)
    good = [n for n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)]
    if len(numbers) != 2 or len(good) != 2 or not all(-1e7 < n < 1e7 for n in good):
        raise OperationRefused(f"{op['op']} needs {words}.")
    return good


def _index(document: Document, node: str) -> int:
    index = _nodes(document).place(node)
    if index is None:
        raise OperationRefused(f"There is no node {shown(node)} any more.")
    return index


def _nodes(document: Document) -> _Named:
    return cast(_Named, document["nodes"])


def _notes(document: Document) -> _Named:
    return cast(_Named, document["ui"]["notes"])


def _insert(items: list[Any], item: Any, op: Mapping[str, Any]) -> None:
    """At the place that `at` says, as taking back a deletion does; else at the end."""
    at = op.get("at")
    if at is not None and (not isinstance(at, int) or isinstance(at, bool) or at < 0):
        raise OperationRefused(f"{op['op']} got a wrong at: {shown(at)}.")
    items.insert(len(items) if at is None else at, item)


def _edge(op: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(op, key) for key in ("from", "handle", "to")}


# --- The operations ---------------------------------------------------------------------------


def _node_add(document: Document, op: Mapping[str, Any]) -> Document:
    given = op.get("node")
    node = _mapping(given)
    name = node.get("id")
    if not isinstance(name, str) or not NODE_ID.fullmatch(name) or name in FORBIDDEN:
        raise OperationRefused(
            f"{shown(name)} cannot be a node's id: use letters, digits, _ and -, at most 64."
        )
    if _nodes(document).place(name) is not None:
        raise OperationRefused(f"There is a node {shown(name)} already: choose another id.")
    _not_a_group(document, name)
    _nodes(document).put(node, op)
    if (place := _place(op, required=False)) is not None:
        document["ui"]["positions"][name] = place
    return document


def _node_move(document: Document, op: Mapping[str, Any]) -> Document:
    node = _text(op, "id")
    _index(document, node)
    document["ui"]["positions"][node] = _place(op)
    return document


def _node_del(document: Document, op: Mapping[str, Any]) -> Document:
    node = _text(op, "id")
    _nodes(document).take(_index(document, node))
    document["edges"] = [e for e in document["edges"] if not _is_end(node, e)]
    document["ui"]["positions"].pop(node, None)
    without_member(document["ui"], node)
    return document


def _is_end(node: str, edge: Any) -> bool:
    if not isinstance(edge, dict):
        return False
    line = cast(dict[str, Any], edge)
    return line.get("from") == node or line.get("to") == node


def _node_change(key: str) -> Callable[[Document, Mapping[str, Any]], Document]:
    def change(document: Document, op: Mapping[str, Any]) -> Document:
        index = _index(document, _text(op, "id"))
        value = op.get(key)
        wanted = {"config": dict, "title": str, "disabled": bool}[key]
        if value is not None and not isinstance(value, wanted):
            raise OperationRefused(f"{op['op']} got a wrong {key}: {shown(value)}.")
        kept = {k: v for k, v in document["nodes"][index].items() if k != key}
        document["nodes"][index] = {**kept, key: value} if value not in (None, "", False) else kept
        return document

    return change


def _node_patch(document: Document, op: Mapping[str, Any]) -> Document:
    """Some fields of the config: who edits another field of the same node loses nothing."""
    index = _index(document, _text(op, "id"))
    given, gone = op.get("set"), op.get("unset")
    if given is not None and not isinstance(given, dict):
        raise OperationRefused(f"node.patch got a wrong set: {shown(given)}.")
    names = _list(gone)
    if gone is not None and not (
        isinstance(gone, list) and all(isinstance(name, str) for name in names)
    ):
        raise OperationRefused(f"node.patch got a wrong unset: {shown(cast(Any, gone))}.")
    node = document["nodes"][index]
    config = _mapping(_get(node, "config")) | _mapping(given)
    without = set(names)
    kept = {name: value for name, value in config.items() if name not in without}
    document["nodes"][index] = {**node, "config": kept}
    return document


def _node_type(document: Document, op: Mapping[str, Any]) -> Document:
    """Another type for the same node: its id stays, so that what speaks of it stays right."""
    index = _index(document, _text(op, "id"))
    config, version = op.get("config"), op.get("version")
    if not isinstance(config, dict):
        raise OperationRefused(f"node.type got a wrong config: {shown(config)}.")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise OperationRefused(f"node.type got a wrong version: {shown(version)}.")
    kept = {k: v for k, v in document["nodes"][index].items() if k != "version"}
    numbered = {} if version is None else {"version": version}
    changed = {"type": _text(op, "type"), **numbered, "config": cast(dict[str, Any], config)}
    document["nodes"][index] = {**kept, **changed}
    return document


def _edge_add(document: Document, op: Mapping[str, Any]) -> Document:
    edge = _edge(op)
    for end in ("from", "to"):
        _index(document, edge[end])
    if edge not in document["edges"]:
        _insert(document["edges"], edge, op)
    return document


def _edge_del(document: Document, op: Mapping[str, Any]) -> Document:
    edge = _edge(op)
    document["edges"] = [e for e in document["edges"] if e != edge]
    return document


def _doc_set(document: Document, op: Mapping[str, Any]) -> Document:
    for key in _DOCUMENT_FIELDS:
        if key in op:
            if op[key] is None:
                document.pop(key, None)
            else:
                document[key] = op[key]
    return document


def _note_set(document: Document, op: Mapping[str, Any]) -> Document:
    name = _text(op, "id")
    _not_a_group(document, name)
    notes = _notes(document)
    index = notes.place(name)
    found = {} if index is None else _mapping(notes[index])
    changed: dict[str, Any] = {"id": name, "text": str(op.get("text", found.get("text", "")))}
    changed["text"] = changed["text"][:10_000]
    place = _place(op, required=not found)
    changed["position"] = place if place is not None else found.get("position")
    if (wrong := wrong_color(op)) is not None:
        raise OperationRefused(wrong)
    if op.get("color"):
        changed["color"] = op["color"]
    if (size := _pair(op, "size", "a size [width, height]")) is not None:
        changed["size"] = size
    if index is None:
        notes.put(changed, {})
    else:
        notes[index] = changed
    return document


def _note_del(document: Document, op: Mapping[str, Any]) -> Document:
    name = _text(op, "id")
    document["ui"]["notes"] = _Named(n for n in _notes(document) if _get(n, "id") != name)
    return document


def _group_set(document: Document, op: Mapping[str, Any]) -> Document:
    name = _text(op, "id")
    if not NODE_ID.fullmatch(name) or name in FORBIDDEN:
        raise OperationRefused(f"{shown(name)} cannot be a group's id.")
    nodes = _nodes(document)
    if nodes.place(name) is not None or _notes(document).place(name) is not None:
        raise OperationRefused(f"{shown(name)} is the name of a node or a note already.")
    there = groups_of(document["ui"])
    if len(there) >= MOST_GROUPS and all(g["id"] != name for g in there):
        raise OperationRefused(f"A journey has at most {MOST_GROUPS} groups.")
    group = group_from(op, lambda node: nodes.place(node) is not None)
    if isinstance(group, str):
        raise OperationRefused(group)
    with_group(document["ui"], group)
    return document


def _group_del(document: Document, op: Mapping[str, Any]) -> Document:
    without_group(document["ui"], _text(op, "id"))
    return document


def _not_a_group(document: Document, name: str) -> None:
    if any(g["id"] == name for g in groups_of(document["ui"])):
        raise OperationRefused(f"There is a group {shown(name)} already: choose another id.")


def _doc_replace(document: Document, op: Mapping[str, Any]) -> Document:
    given = op.get("document")
    if not isinstance(given, dict):
        raise OperationRefused("doc.replace needs a document.")
    return _own(cast(dict[str, Any], given))


_CHANGES: dict[str, Callable[[Document, Mapping[str, Any]], Document]] = {
    "node.add": _node_add,
    "node.move": _node_move,
    "node.del": _node_del,
    "node.set": _node_change("config"),
    "node.patch": _node_patch,
    "node.type": _node_type,
    "node.title": _node_change("title"),
    "node.disable": _node_change("disabled"),
    "edge.add": _edge_add,
    "edge.del": _edge_del,
    "doc.set": _doc_set,
    "note.set": _note_set,
    "note.del": _note_del,
    "group.set": _group_set,
    "group.del": _group_del,
    "doc.replace": _doc_replace,
}
