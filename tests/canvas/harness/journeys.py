"""The journeys that the canvas is looked at with."""

from __future__ import annotations

import random
from typing import Any

Document = dict[str, Any]

FIELDS: dict[str, Any] = {
    "customer": [
        {"path": "customer.first_name", "label": "first name", "sample": "Maya"},
        {"path": "customer.plan", "label": "plan", "sample": "pro"},
        {"path": "customer.budget", "label": "budget", "sample": 2000},
    ],
    "events": [
        {
            "name": "enquiry.sent",
            "properties": [
                {"path": "message", "label": "message", "sample": "Hello"},
                {"path": "budget", "label": "budget", "sample": 12000},
            ],
        },
        {"name": "call.booked", "properties": []},
        {"name": "reply.received", "properties": []},
    ],
}


def node(id: str, type: str, title: str = "", /, **config: Any) -> dict[str, Any]:
    named = {"title": title} if title else {}
    return {"id": id, "type": type, "version": 1, **named, "config": config}


def enquiry() -> Document:
    """The journey of the look's picture of the editor."""
    labels = [
        {"name": "project", "description": "Someone asks for new work"},
        {"name": "question", "description": "Someone asks something that the website answers"},
        {"name": "complaint", "description": "Someone is not happy"},
    ]
    nodes = [
        node(
            "enquiry",
            "trigger.webhook",
            "Enquiry arrives",
            customer="body.email",
            event="enquiry.sent",
        ),
        node(
            "about",
            "ai.classify",
            "What is it about?",
            labels=labels,
            text="{{ event.properties.message }}",
        ),
        node(
            "draft",
            "ai.write",
            "Draft a reply",
            tone="warm and short",
            instructions="Answer the enquiry from our Services page.",
        ),
        node(
            "answers",
            "action.send_email",
            "Send the answers page",
            subject="Your questions, answered",
            body="Hello {{ customer.frist_name }},",
        ),
        node(
            "call_back",
            "action.create_task",
            "Ines calls back",
            assignee="Ines",
            due="PT4H",
            title="Call {{ customer.first_name }} back",
        ),
        node(
            "approve",
            "logic.approval",
            "Ines approves the reply",
            of="draft",
            within="PT8H",
            by="Ines",
        ),
        node(
            "send",
            "action.send_email",
            "Send the reply",
            subject="Your enquiry",
            body="{{ steps.approve.text }}",
        ),
        node(
            "large",
            "logic.branch",
            "Over €10,000?",
            condition={"field": "event.properties.budget", "op": "gt", "value": 10000},
        ),
        node("quote", "action.create_task", "Outline a quote", title="Outline a quote"),
        node("booked", "logic.wait_for_event", "Call booked?", event="call.booked", within="P3D"),
        node("goal", "logic.exit", "Goal: call booked"),
        node(
            "remind",
            "action.send_email",
            "Gentle reminder",
            subject="Still keen to talk, {{ customer.first_name }}?",
            body="Hello {{ customer.first_name | default: 'there' }},\n"
            "I kept a half hour for your {{ event.properties.kind }} this week.",
        ),
    ]
    edges = [
        ("enquiry", "out", "about"),
        ("about", "project", "draft"),
        ("about", "question", "answers"),
        ("about", "complaint", "call_back"),
        ("about", "unsure", "call_back"),
        ("draft", "out", "approve"),
        ("approve", "out", "send"),
        ("approve", "out", "large"),
        ("large", "yes", "quote"),
        ("send", "out", "booked"),
        ("booked", "out", "goal"),
        ("booked", "timed_out", "remind"),
    ]
    return document("Enquiry to first call", nodes, edges)


def document(name: str, nodes: list[Any], edges: list[tuple[str, str, str]]) -> Document:
    return {
        "format": 1,
        "name": name,
        "stage": "consideration",
        "nodes": nodes,
        "edges": [{"from": f, "handle": h, "to": t} for f, h, t in edges],
    }


def project_welcome() -> Document:
    nodes = [
        node("signed", "trigger.event", "Proposal signed", event="proposal.signed"),
        node("brief", "action.send_email", "Send the brief form", subject="The brief", body="Hi"),
        node("kickoff", "action.create_task", "Book the kickoff", title="Book it"),
        node(
            "folder",
            "action.http_request",
            "Prepare the folder",
            method="POST",
            url="https://example.com/folders",
        ),
        node("all", "logic.join", "When all is done"),
        node("welcome", "action.send_email", "Welcome", subject="Welcome", body="Hi"),
    ]
    ways = [("signed", "out", n) for n in ("brief", "kickoff", "folder")]
    meets = [(n, "out", "all") for n in ("brief", "kickoff", "folder")]
    return document("Project welcome", nodes, [*ways, *meets, ("all", "out", "welcome")])


def invoice() -> Document:
    """A way back up, a long straight way, and a handle with very many neighbours."""
    many = [{"name": f"topic-{i}", "description": "d"} for i in range(9)]
    paid = {"field": "customer.paid", "op": "eq", "value": True}
    nodes = [
        node("late", "trigger.schedule", "Every morning", cron="0 9 * * 1-5", segment="late"),
        node("paid", "logic.branch", "Paid by now?", condition=paid),
        node("note", "action.send_email", "A gentle word", subject="Invoice", body="Hi"),
        node("wait", "logic.wait", "Give it time", **{"for": "P7D"}),
        node("sort", "ai.classify", "What do they say?", text="x", labels=many),
        node("call", "action.create_task", "Call them", title="Call"),
        node("thanks", "action.send_email", "Say thanks", subject="Thanks", body="Hi"),
        node("end", "logic.exit"),
    ]
    edges = [
        ("late", "out", "paid"),
        ("paid", "yes", "end"),
        ("paid", "no", "note"),
        ("note", "out", "wait"),
        ("note", "failed", "call"),
        ("wait", "out", "sort"),
        ("sort", "topic-0", "call"),
        ("sort", "topic-3", "thanks"),
        ("sort", "failed", "call"),
        ("sort", "topic-8", "paid"),
        ("thanks", "out", "end"),
    ]
    return document("Late invoice, kindly", nodes, edges)


def large(count: int = 500) -> Document:
    dice = random.Random(4)
    nodes = [node("n0", "trigger.event", event="a")]
    edges: list[tuple[str, str, str]] = []
    free = [("n0", "out")]
    for i in range(1, count):
        branch = dice.random() < 0.12
        nodes.append(
            node(f"n{i}", "logic.branch", condition={"field": "customer.a", "op": "exists"})
            if branch
            else node(f"n{i}", "logic.wait", **{"for": "P1D"})
        )
        start, handle = free.pop(0 if dice.random() < 0.5 else -1)
        edges.append((start, handle, f"n{i}"))
        free += [(f"n{i}", h) for h in (("yes", "no") if branch else ("out",))]
    return document("Large", nodes, edges)


def all_journeys() -> dict[str, tuple[Document, bool]]:
    blank = {"format": 1, "name": "New journey", "nodes": [], "edges": []}
    return {
        "enquiry-to-first-call": (enquiry(), True),
        "project-welcome": (project_welcome(), False),
        "late-invoice": (invoice(), False),
        "blank": (blank, False),
        "large": (large(), False),
    }


def counts(slug: str) -> dict[str, Any]:
    if slug != "enquiry-to-first-call":
        return {"version": None, "nodes": {}, "left": {}}
    came: dict[str, Any] = {
        "enquiry": (214, 0, {"out": 214}),
        "about": (214, 0, {"project": 118, "question": 61, "complaint": 9, "unsure": 26}),
        "draft": (118, 0, {"out": 118}),
        "approve": (118, 3, {"out": 96, "rejected": 13, "expired": 6}),
        "send": (96, 0, {"out": 96}),
        "large": (96, 0, {"yes": 38, "no": 58}),
        "booked": (96, 12, {"out": 52, "timed_out": 32}),
    }
    nodes = {n: {"in": i, "waiting": w, "handles": h} for n, (i, w, h) in came.items()}
    left = {
        "about": {"": 0},
        "approve": {"rejected": 13, "expired": 6},
        "large": {"no": 58},
        "booked": {},
    }
    return {"version": 3, "nodes": nodes, "left": left}
