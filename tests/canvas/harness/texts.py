"""The texts of a draft in the studio of the harness: the real parser, the real engine and the real
composing of an email, for three customers who are always there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nodes.registry import node_types
from nodes.spec import Leave, Perform
from runtime import templates
from runtime.engine.world import Customer, Event, World
from runtime.facade import Refused, texts
from runtime.facade.readers import NAMELESS, Reader, made_up
from runtime.journey.outline import read_outline
from runtime.journey.report import Report
from runtime.ports.ports import Ports
from runtime.settings import Settings

NOW = datetime(2026, 11, 12, 14, 2, tzinfo=UTC)
SENDER = {"name": "Ines Okafor", "email": "ines@okafor.example"}
CUSTOMERS: dict[str, tuple[str, dict[str, Any]]] = {
    "c-maya": ("maya@example.com", {"first_name": "Maya", "last_name": "Chen", "plan": "pro"}),
    "c-noor": ("noor@example.com", {"first_name": "Noor", "last_name": "Haddad"}),
    "c-tom": ("tom@example.com", {"last_name": "Weiss & Söhne"}),
}
PROPERTIES = {"message": "Can you build us a shop?", "budget": 12_000, "kind": "website"}


def answer(journeys: dict[str, Any], what: str, body: dict[str, Any], mail: Any) -> Any:
    """What the studio answers to a question about texts, with its status."""
    if what == "readers":
        return 200, _readers(str(body.get("search", "")))
    if what == "people":
        people = [{"name": SENDER["name"], "email": SENDER["email"]}]
        people.append({"name": "Tariq", "email": "tariq@okafor.example"})
        return 200, {"people": people, "own": SENDER["email"], "anyone": True, "server": True}
    if what == "liquid":
        return 200, {"problems": _problems(body["template"])}
    try:
        read = _reading(journeys[body["slug"]]["document"], body)
        if what == "preview":
            return 200, texts.shown(read)
        return 200, _send(read, body["to"], mail)
    except Refused as problem:
        return 409, {"title": "Refused", "detail": problem.message}


def _problems(template: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in templates.problems(template):
        made: dict[str, Any] = {"from": one.start, "to": one.end, "message": one.message}
        made["severity"] = "error"
        if one.remedy:
            fix = {"from": one.remedy.start, "to": one.remedy.end, "insert": one.remedy.text}
            made["fix"] = {"label": one.remedy.label, **fix}
        found.append(made)
    return found


def _readers(search: str) -> dict[str, Any]:
    rows = [
        {"id": one, "name": _name(known), "email": email}
        for one, (email, known) in CUSTOMERS.items()
        if search.lower() in f"{email} {_name(known)}".lower()
    ]
    return {"customers": rows, "more": 0}


def _name(known: dict[str, Any]) -> str:
    return " ".join(known[key] for key in ("first_name", "last_name") if key in known)


def _reading(document: dict[str, Any], body: dict[str, Any]) -> texts.Reading:
    placed = next((n for n in document["nodes"] if n["id"] == body["node"]), None)
    if placed is None:
        raise Refused("This node is not saved yet, or it was deleted.")
    one = None if body.get("nameless") else body.get("customer") or "c-maya"
    email, known = CUSTOMERS[one] if one else (NAMELESS, {})
    customer = Customer(one or "nobody", dict(known), {}, (), None, email)
    outline = read_outline(document, node_types(), Report())
    outputs, titles = made_up(document, outline, body["node"], {})
    event = Event("e-1", "enquiry.sent", PROPERTIES, NOW)
    who = Reader(one, _name(known) if one else None, customer, event, outputs, titles)
    given = {**placed, "config": body["config"]} if "config" in body else placed
    world = World(NOW, customer)
    return texts.ready(document, given, node_types()[placed["type"]], world, who, SENDER)


def _send(read: texts.Reading, to: str, mail: Any) -> dict[str, Any]:
    outcome = read.outcome(read.context())
    if isinstance(outcome, Leave):
        _, outcome = texts.insisted(read)
    if not isinstance(outcome, Perform) or mail is None:
        raise Refused("There is no mail server yet. Add one in the settings; the test goes by it.")
    secret = {"host": mail.host, "port": mail.port, "security": "none"}
    body = {**outcome.body, "to": to, "subject": f"[Test] {outcome.body['subject']}"}
    answer = asyncio.run(_through(body, secret))
    took = type(answer).__name__ == "Done"
    said = f"The mail server took the test. Look at {to}."
    return {"ok": took, "text": said if took else f"Not taken. {answer.message}"}


async def _through(body: dict[str, Any], secret: dict[str, Any]) -> Any:
    ports = Ports(Settings(Path("/nowhere")))
    try:
        return await ports.send("email", body, key="t", credential=secret, sender=SENDER)
    finally:
        await ports.close()
