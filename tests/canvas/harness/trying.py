"""Trying in the studio in memory: the real engine on the virtual clock, made-up samples, runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from nodes.registry import node_types
from nodes.spec import Answered
from runtime.engine.world import Customer, Event
from runtime.facade import template_samples
from runtime.facade.trying import faults
from runtime.journey.validate import validate
from runtime.simulate.trying import Only, Pin, Trial, try_out

Answer = tuple[int, dict[str, Any]]
AT = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)
PEOPLE = [
    {"id": "c1", "name": "Maya Lindqvist", "email": "maya@example.com"},
    {"id": "c2", "name": "Noor Haddad", "email": "noor@example.com"},
]
RECORDS = {
    "c1": Customer("c1", {"first_name": "Maya", "budget": 12000}, email="maya@example.com"),
    "c2": Customer("c2", {"first_name": "Noor", "budget": 900}, email="noor@example.com"),
}
MESSAGE = "Hello, we need a new website by spring. Could we talk?"


def answer(journey: dict[str, Any], method: str, rest: list[str], body: Any) -> Answer | None:
    """What the studio says, or None when it is about something else."""
    if method == "POST" and rest == ["try"]:
        return 200, tried(body)
    if method == "GET" and rest == ["samples"]:
        return 200, samples(journey["document"], str(body.get("search") or ""))
    if method == "GET" and rest == ["runs"]:
        return 200, {"runs": [_run(n) for n in range(1, 4)]}
    if method == "GET" and rest[:1] == ["runs"] and journey["live"]:
        return 200, replay(journey, int(rest[1].removeprefix("r")))
    return None


def tried(body: dict[str, Any]) -> dict[str, Any]:
    """As the facade does it, with customers in memory and an AI that always knows."""
    types = node_types()
    found = validate(body["document"], types, credentials={"mail": "smtp"})
    who = body.get("customer")
    record = RECORDS.get(who) if isinstance(who, str) else None
    if isinstance(who, dict):
        attributes = dict(who.get("attributes") or {})
        record = Customer(who.get("id") or "made", attributes, email=who.get("email"))
    if record is not None:
        record = Customer(record.id, dict(record.attributes), email=record.email)
    event = Event("try", body["event"]["name"], body["event"]["properties"], AT)
    only = body.get("only")
    made = try_out(
        Trial(
            document=body["document"],
            types=types,
            trigger=body["trigger"],
            event=event,
            customer=record,
            pins={node: Pin(**pin) for node, pin in (body.get("pins") or {}).items()},
            until=body.get("until"),
            only=Only(only["node"], only["steps"]) if only else None,
            broken=faults(found),
            model=_model,
        )
    )
    return {"steps": made.steps, "ends": made.ends, "problems": []}


def _model(body: Any) -> Answered:
    if body.get("task") == "classify":
        label = next(iter(body["labels"]))
        name = label["name"] if isinstance(label, dict) else label
        return Answered(True, {"label": name, "confidence": 0.94, "scores": {name: 0.94}})
    return Answered(True, {"text": "Hello Maya, shall we talk on Thursday?", "confidence": 0.9})


def samples(document: dict[str, Any], search: str) -> dict[str, Any]:
    """A real event, those of the template, and one made up, for each trigger."""
    triggers: list[dict[str, Any]] = []
    for node in document["nodes"]:
        if not node["type"].startswith("trigger."):
            continue
        name = node["config"].get("event") or f"{node['type'].split('.')[1]}.{node['id']}"
        properties = {"message": MESSAGE, "budget": 12000, "kind": "website"}
        real = {"name": name, "properties": properties}
        made = {"name": name, "properties": {"message": "Hello", "budget": 2000}}
        maya = {"id": "maya", "email": "maya@example.com", "attributes": {"first_name": "Maya"}}
        triggers.append(
            {
                "node": node["id"],
                "title": node.get("title") or node["id"],
                "event": name,
                "samples": [
                    _sample("e1", "real", real, {"id": "c1", "name": "Maya Lindqvist"}),
                    *_of_template(document, node["id"], name),
                    _sample("made", "made", made, maya),
                ],
            }
        )
    people = [p for p in PEOPLE if search.lower() in p["name"].lower()]
    return {"triggers": triggers, "customers": people}


def _of_template(document: dict[str, Any], node: str, name: str) -> Iterator[dict[str, Any]]:
    for n, one in enumerate(template_samples.of(document, node, node_types(), AT)):
        event = {"name": name, "properties": one.properties}
        yield {
            **_sample(f"t{n}", "template", event, one.customer),
            "title": one.name,
            "way": {"node": one.way[0], "handle": one.way[1]},
            "pins": one.pins,
        }


def _sample(id: str, origin: str, event: Any, customer: Any) -> dict[str, Any]:
    at = AT.isoformat() if origin == "real" else None
    title = customer.get("name", "")
    return {
        **{"id": id, "origin": origin, "title": title, "at": at},
        **{"customer": customer, "event": event, "fits": None},
    }


def _run(number: int) -> dict[str, Any]:
    return {
        "id": f"r{number}",
        "version": 3,
        "customer": "c1" if number % 2 else "c2",
        "customer_name": PEOPLE[(number + 1) % 2]["name"],
        "status": ("waiting", "completed", "failed")[number % 3],
        "reason": None,
        "started_at": f"2026-11-{12 - number:02}T09:00:00Z",
        "ended_at": None if number % 3 == 0 else "2026-11-12T12:00:00Z",
    }


def replay(journey: dict[str, Any], number: int) -> dict[str, Any]:
    """A run of the live version as a test would make it."""
    document = journey["live"]["document"]
    trigger = samples(document, "")["triggers"][0]
    event = trigger["samples"][0]["event"]
    given = {"document": document, "trigger": trigger["node"], "event": event, "customer": "c2"}
    return {**tried(given), "run": _run(number), "document": document, "waiting": []}
