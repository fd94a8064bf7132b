"""The harness's part for conditions and quick fixes: customers that a condition is tried on, and a
journey with something wrong in each corner."""

from __future__ import annotations

from typing import Any

from runtime.engine.compiled import compile_journey
from runtime.engine.context import Scope
from runtime.engine.world import Customer, Event, World
from runtime.journey.known import Known
from runtime.store.clock import from_us
from tests.canvas.harness.journeys import document, node

SLUG = "mend-me"
NOW = from_us(1_772_442_000_000_000)
KNOWN = Known(
    frozenset(("first_name", "plan", "budget")),
    32,
    {"enquiry.sent": frozenset(("message", "budget"))},
    {"enquiry.sent": 32},
)
PEOPLE = [
    Customer(f"c{n}", {"plan": "pro" if n % 4 else "free", "budget": 500 * n}) for n in range(32)
]


def mend_me() -> dict[str, Any]:
    nodes = [
        node("sent", "trigger.event", "Enquiry arrives", event="enquiry.sent"),
        node("large", "logic.branch", "Large?", condition={"all": [
            {"field": "customer.budget", "op": "gte", "value": 2000},
            {"not": {"did": "reply.received", "within": "P3D"}},
        ]}),
        node("hello", "action.send_email", "Say hello", subject="Hi {{ customer.frist_name }}",
             body="Hello", credential="mial"),
        node("reply", "logic.wait_for_event", "Reply?", event="reply.received"),
        node("thanks", "action.send_email", "Say thanks", subject="Thanks", body="Thanks"),
        node("lost", "action.create_task", "Look for them", title="Look"),
    ]  # fmt: skip
    edges = [
        ("sent", "out", "large"),
        ("large", "yes", "hello"),
        ("large", "no", "thanks"),
        ("hello", "out", "reply"),
    ]
    return document("Mend me", nodes, edges)


def seen(slug: str) -> dict[str, Any]:
    """What the checks of this journey know."""
    known = {"known": KNOWN} if slug == SLUG else {}
    secrets = {"credentials": {"mail": "smtp"}} if slug == SLUG else {}
    return {**known, **secrets, "titles": slug == SLUG}


def hits(body: dict[str, Any]) -> dict[str, Any]:
    """For how many of the customers it is true."""
    journey = compile_journey({"name": "", "nodes": [], "edges": []}, {})
    nobody = Event("", "", {}, NOW)
    scopes = [Scope(journey, World(NOW, one), nobody, {}) for one in PEOPLE]
    found = sum(scope.holds(body["condition"]) for scope in scopes)
    return {"of": "customers", "hits": found, "total": len(scopes), "why": None}
