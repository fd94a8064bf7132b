"""A customer with their timeline, and drafts that wait for a decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.builder.fakes.people import instant

CARD = {
    "id": "c1",
    "name": "Noor Haddad",
    "email": "noor@haddad-bakery.eu",
    "external_id": "noor",
    "attributes": {"first_name": "Noor", "budget": 6500, "project": "Shop identity"},
    "consent": {"email": True},
    "segments": ["news"],
    "created_at": instant(days=3),
    "updated_at": instant(hours=2),
    "sample": False,
}


def _approval(id: str, name: str, title: str, sureness: float, **hours: float) -> dict[str, Any]:
    expires = datetime.now(UTC) + timedelta(**hours)
    return {
        "id": id,
        "state": "open",
        "title": title,
        "preview": "Thank you for writing.",
        "sureness": sureness,
        "by": None,
        "customer": "c1",
        "customer_name": name,
        "journey": "enquiry-to-first-call",
        "journey_name": "Enquiry to first call",
        "created_at": instant(hours=3),
        "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "decided_at": None,
        "sample": False,
        "ask": {"of": "draft"},
        "draft": {
            "to": "noor@haddad-bakery.eu",
            "subject": "Your shop identity",
            "text": "Hello Noor,\n\nThank you for writing. A new identity for a family bakery is "
            "the kind of work we like best.\n\nA project like yours takes about six weeks and "
            "starts at €5,800. I would like to hear what the old sign means to you before we draw "
            "anything.\n\nWould Thursday at 10:00 suit you for a half-hour call?\n\nInes",
        },
        "sources": [
            {
                "title": "Noor’s message, today 11:13",
                "text": "We need a new identity for our bakery in Ghent. The old sign is from my "
                "grandmother.",
            },
            {
                "title": "Services page, section Identity",
                "text": "From €5,800, usually six weeks.",
            },
        ],
        "card": CARD | {"name": name},
        "follows": [
            {"icon": "mail", "category": "action", "text": "Goes out now from ines@marlow.studio"},
            {"icon": "split", "category": "logic", "text": "Over €10,000? No"},
            {"icon": "hourglass", "category": "logic", "text": "Waits up to 3 days for a call"},
        ],
        "mailbox": True,
        "expiry": "If nobody decides in time: Ines gets a task",
        "decided": None,
        "run": "r1",
    }


def approvals() -> list[dict[str, Any]]:
    """Three open ones, the first of them the soonest to expire."""
    return [
        _approval("a1", "Noor Haddad", "Reply to a shop identity enquiry", 0.84, hours=5.5),
        _approval("a2", "Osei & Sons", "Reply about a menu redesign", 0.71, hours=6.5),
        _approval("a3", "Clara Vogt", "Invoice 1042, second reminder", 0.92, hours=50),
    ]


def _item(kind: str, icon: str, category: str, title: str, **more: Any) -> dict[str, Any]:
    return {
        "at": instant(hours=4),
        "kind": kind,
        "journey": "enquiry-to-first-call",
        "journey_name": "Enquiry to first call",
        "run": "r1",
        "node": "n",
        "type": "x",
        "category": category,
        "icon": icon,
        "title": title,
        "text": "Enquiry to first call, version 3",
        "why": [],
        "output": {},
    } | more


def timeline() -> list[dict[str, Any]]:
    """Newest first, over two days."""
    return [
        _item(
            "step",
            "mail",
            "action",
            "Not sent: Gentle reminder",
            why=[
                {
                    "ok": False,
                    "text": "They have not done reply.received in the last 3 days",
                    "value": "replied today, 09:41",
                },
                {"ok": True, "text": "Budget is at least €2,000", "value": "€6,500"},
            ],
        ),
        _item("step", "hourglass", "logic", "“Call booked?” timed out after 3 days"),
        _item("event", "zap", "trigger", "Maya replied", text="reply.received · from email"),
        _item("message", "mail", "action", "Sent Your shop identity", at=instant(days=3)),
        _item(
            "step",
            "tags",
            "ai",
            "Sorted as project, 93% sure",
            at=instant(days=3, hours=1),
            why=[
                {"ok": True, "text": "reads as new work", "value": "project 93%"},
                {"ok": True, "text": "Above your line for acting alone", "value": "80%"},
            ],
        ),
        _item("entered", "webhook", "trigger", "Entered Enquiry to first call", at=instant(days=3)),
    ]
