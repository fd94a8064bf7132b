"""Sample customers travelling a journey on the virtual clock, told customer by customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from nodes.registry import node_types
from nodes.spec import NodeType
from runtime.facade import words
from runtime.facade.shapes import CustomerStory, StoryLine

SENDS = ("smtp", "http")
MOST = 40  # lines that are told of a customer
ENDS = {
    "completed": "The journey is over.",
    "exited": "The journey ends here.",
    "failed": "The journey stops with a failure.",
    "waiting": "Still waiting when the sample ends.",
    "holdout": "Held out: gets nothing, to compare with.",
}


def play(
    document: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    customers: Iterable[Mapping[str, Any]],
    answers: Iterable[Mapping[str, Any]],
) -> list[CustomerStory]:
    """What would happen to each customer, in the order in which they come. Nothing is sent."""
    from runtime.simulate.simulator import simulate

    people = list(customers)
    names = {str(p["id"]): _name(p) for p in people}
    types = node_types()
    nodes = {node["id"]: node for node in document["nodes"]}
    told: dict[str, CustomerStory] = {}
    for line in simulate(document, events, people, answers):
        customer = str(line.get("customer") or "")
        if "run" not in line:
            continue
        name = names.get(customer, customer or "A run without a customer")
        story = told.setdefault(customer, {"customer": name, "lines": [], "counts": {}})
        node = nodes.get(line.get("node", ""))
        kind = types.get(node["type"]) if node else None
        _count(story["counts"], line, kind)
        said = _line(line, node, kind)
        if said is not None and len(story["lines"]) < MOST:
            story["lines"].append(said)
    return list(told.values())


def counts(
    document: Mapping[str, Any],
    events: Iterable[Mapping[str, Any]],
    customers: Iterable[Mapping[str, Any]],
    answers: Iterable[Mapping[str, Any]],
) -> list[dict[str, int]]:
    """How many effects of each kind, and AI answers ("ai"), each run makes."""
    from runtime.simulate.simulator import simulate

    types = node_types()
    kinds = {node["id"]: types.get(node["type"]) for node in document["nodes"]}
    found: dict[int, dict[str, int]] = {}
    for line in simulate(document, events, customers, answers):
        if "run" in line:
            _count(found.setdefault(line["run"], {}), line, kinds.get(line.get("node", "")))
    return list(found.values())


def _name(customer: Mapping[str, Any]) -> str:
    known = cast("Mapping[str, Any]", customer.get("attributes") or {})
    return str(known.get("first_name") or known.get("company") or customer["id"])


def _count(counts: dict[str, int], line: Mapping[str, Any], kind: NodeType | None) -> None:
    if "effect" in line:
        key = str(line["effect"]["kind"])
    elif "handle" in line and kind is not None and kind.category == "ai":
        key = "ai"
    else:
        return
    counts[key] = counts.get(key, 0) + 1


def _line(
    line: Mapping[str, Any], node: Mapping[str, Any] | None, kind: NodeType | None
) -> StoryLine | None:
    at = str(line["at"])
    if "status" in line:
        status, reason = str(line["status"]), str(line.get("reason") or "")
        text = f"{ENDS[status]} {reason}".strip()
        return {"at": at, "icon": "flag", "text": text, "more": "", "sent": False}
    if node is None or kind is None or kind.category == "trigger":
        return None
    if "effect" in line:
        effect = line["effect"]
        more = str(effect.get("text") or effect.get("url") or "")
        text = _sent(effect)
        return {"at": at, "icon": kind.icon, "text": text, "more": more, "sent": True}
    if "note" in line:
        return {"at": at, "icon": "circle-alert", "text": line["note"], "more": "", "sent": False}
    if kind.credential in SENDS and line["handle"] == "out":
        return None  # what was sent stands there already
    if line["handle"] is None:
        return None  # it ended the run, which is told in a line of its own
    output = cast("Mapping[str, Any]", line.get("output") or {})
    text = words.told(kind, node.get("config") or {}, output, line["handle"])
    if text is None:
        return None
    return {"at": at, "icon": kind.icon, "text": text, "more": "", "sent": False}


def _sent(effect: Mapping[str, Any]) -> str:
    if effect["kind"] == "email":
        return f"Gets the email “{effect['subject']}”"
    return f"{effect.get('method', 'POST')} {effect.get('url', '')}"
