"""Editing a journey by named operations: pure functions from one document to the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from runtime.journey.problems import shown

Document = dict[str, Any]
NODE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
FORBIDDEN = frozenset({"__proto__", "constructor"})
MOST_OPERATIONS = 1_000
_DOCUMENT_FIELDS = ("name", "about", "stage", "settings")


class OperationRefused(Exception):
    """The operation does not fit the document; the message says why."""


def apply(document: Mapping[str, Any], ops: list[Any]) -> Document:
    """The document after all the operations, in order; the one given stays as it is. Raises
    OperationRefused, and then none of them counts."""
    if len(ops) > MOST_OPERATIONS:
        raise OperationRefused(f"Send at most {MOST_OPERATIONS} operations at once.")
    found = _own(document)
    for op in ops:
        name = _get(op, "op")
        change = _CHANGES.get(name) if isinstance(name, str) else None
        if change is None:
            raise OperationRefused(
                f"There is no operation {shown(name)}: use one of {', '.join(_CHANGES)}."
            )
        found = change(found, cast(dict[str, Any], op))
    return found


def _own(document: Mapping[str, Any]) -> Document:
    """A copy whose containers are our own as deep as the operations change them."""
    ui = _mapping(document.get("ui"))
    return {
        **document,
        "nodes": _list(document.get("nodes")),
        "edges": _list(document.get("edges")),
        "ui": {**ui, "positions": _mapping(ui.get("positions")), "notes": _list(ui.get("notes"))},
    }


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
    value = op.get("position")
    if value is None and not required:
        return None
    numbers = _list(value)
    good = [n for n in numbers if isinstance(n, (int, float)) and not isinstance(n, bool)]
    if len(numbers) != 2 or len(good) != 2 or not all(-1e7 < n < 1e7 for n in good):
        raise OperationRefused(f"{op['op']} needs a position [x, y].")
    return good


def _index(document: Document, node: str) -> int:
    for index, item in enumerate(document["nodes"]):
        if _get(item, "id") == node:
            return index
    raise OperationRefused(f"There is no node {shown(node)} any more.")


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
    if any(_get(n, "id") == name for n in document["nodes"]):
        raise OperationRefused(f"There is a node {shown(name)} already: choose another id.")
    document["nodes"].append(node)
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
    del document["nodes"][_index(document, node)]
    document["edges"] = [
        e for e in document["edges"] if node not in (_get(e, "from"), _get(e, "to"))
    ]
    document["ui"]["positions"].pop(node, None)
    return document


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


def _edge_add(document: Document, op: Mapping[str, Any]) -> Document:
    edge = _edge(op)
    for end in ("from", "to"):
        _index(document, edge[end])
    if edge not in document["edges"]:
        document["edges"].append(edge)
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
    notes = document["ui"]["notes"]
    found = next((n for n in notes if _get(n, "id") == name), None)
    changed: dict[str, Any] = {**(found or {}), "id": name}
    if "text" in op:
        changed["text"] = str(op["text"])[:10_000]
    place = _place(op, required=found is None)
    if place is not None:
        changed["position"] = place
    document["ui"]["notes"] = [n for n in notes if n is not found] + [changed]
    return document


def _note_del(document: Document, op: Mapping[str, Any]) -> Document:
    name = _text(op, "id")
    document["ui"]["notes"] = [n for n in document["ui"]["notes"] if _get(n, "id") != name]
    return document


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
    "node.title": _node_change("title"),
    "node.disable": _node_change("disabled"),
    "edge.add": _edge_add,
    "edge.del": _edge_del,
    "doc.set": _doc_set,
    "note.set": _note_set,
    "note.del": _note_del,
    "doc.replace": _doc_replace,
}
