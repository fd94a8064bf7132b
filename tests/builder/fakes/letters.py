"""What could not be done, who stopped, what is held back, and a message."""

from __future__ import annotations

from typing import Any

from tests.builder.fakes.people import instant


def _letter(
    id: str, kind: str, title: str, reason: str, choices: list[str], details: str | None = None
) -> dict[str, Any]:
    return {
        "id": id,
        "kind": kind,
        "ref": "r9:1:charge:1",
        "title": title,
        "reason": reason,
        "details": details,
        "choices": choices,
        "run": "r9",
        "journey": "enquiry-to-first-call" if kind != "event" else None,
        "journey_name": "Enquiry to first call" if kind != "event" else None,
        "customer": "c1" if kind != "event" else None,
        "customer_name": "Noor Haddad" if kind != "event" else None,
        "created_at": instant(hours=3),
        "resolved_at": None,
    }


LETTERS = [
    _letter(
        "d1",
        "effect",
        "Nobody knows whether this went out",
        "The worker stopped while this was being sent, so nobody knows whether it went out. Ask "
        "the provider, then choose.",
        ["confirm", "resend", "dismiss"],
    ),
    _letter(
        "d2",
        "effect",
        "Something could not be sent",
        "Gave up after 8 attempts: The address answered 503.",
        ["replay", "dismiss"],
    ),
    _letter(
        "d3",
        "event",
        "An event could not be read",
        "Wayline could not find out what follows from this event, because something in it, or in a "
        "journey that it may start, is not as expected. Try it again; if it comes back, look at "
        "what the sender puts into this event.",
        ["replay", "dismiss"],
        "This event could not be routed: ValueError: a path is empty.",
    ),
]


MESSAGE = {
    "id": "m1",
    "to": "noor@haddad-bakery.eu",
    "subject": "Your shop identity",
    "preview": "Hello Noor, thank you for writing.",
    "via": "mailbox",
    "customer": "c1",
    "customer_name": "Noor Haddad",
    "created_at": instant(hours=1),
    "sample": False,
    "text": "Hello Noor,\n\nthank you for writing.\n\nInes",
    "html": "<p>Hello <b>Noor</b>,</p><script>alert(1)</script><img src=x onerror=alert(2)>",
    "message_id": "<1@wayline>",
    "run": "r1",
}

STOPPED = [
    {
        "run": "r7",
        "journey": "enquiry-to-first-call",
        "journey_name": "Enquiry to first call",
        "customer": "c1",
        "customer_name": "Noor Haddad",
        "reason": "Tell the bookkeeper: books.example answered 422 (the invoice has no number).",
        "details": None,
        "again": True,
        "ended_at": instant(hours=5),
    },
    {
        "run": "r8",
        "journey": "late-invoice",
        "journey_name": "Late invoice, kindly",
        "customer": "c1",
        "customer_name": "Clara Vogt",
        "reason": "Add the total: Something in this step, or in what it was given, is not as "
        "expected. Look at its settings, then try it again.",
        "details": "KeyError: 'total'",
        "again": False,
        "ended_at": instant(days=2),
    },
]
LIMITS = [
    {"provider": "api.example.com", "label": "api.example.com", "rate": 5.0, "held": None},
    {
        "provider": "books.example",
        "label": "books.example",
        "rate": None,
        "held": {"until": instant(minutes=-4), "failures": 7},
    },
    {
        "provider": "smtp",
        "label": "Your mail server",
        "rate": 0.5,
        "held": {"until": instant(minutes=-40), "failures": 0},
    },
]
