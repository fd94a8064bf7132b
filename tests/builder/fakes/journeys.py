"""Journeys, templates, and what needs somebody."""

from __future__ import annotations

from typing import Any

from tests.builder.fakes.people import instant


def _journey(name: str, stage: str, version: int | None, **more: Any) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-").replace(",", "")
    return {
        "slug": slug,
        "name": name,
        "stage": stage,
        "state": "live" if version else "draft",
        "version": version,
        "draft_changed": False,
        "inside": 0,
        "entered": 0,
        "goal_reached": 0,
        "has_goal": True,
        "last_at": instant(hours=3),
        "problems": 0,
        "sample": False,
    } | more


JOURNEYS = [
    _journey(
        "Enquiry to first call",
        "consideration",
        3,
        inside=15,
        entered=214,
        goal_reached=60,
        draft_changed=True,
    ),
    _journey("Proposal follow-up", "decision", 7, inside=9, entered=74, goal_reached=31),
    _journey("Project welcome", "onboarding", 2, inside=4, entered=19, goal_reached=18),
    _journey("Late invoice, kindly", "retention", 5, inside=6, entered=27, goal_reached=22),
    _journey("Ask for a kind word", "advocacy", 1, state="paused", entered=12, goal_reached=5),
    _journey("Quiet client check-in", "retention", None),
]
NEEDS = [
    {
        "kind": "approvals",
        "icon": "inbox",
        "tone": "accent",
        "title": "3 drafts wait for you",
        "text": "The first expires today at 19:13.",
        "button": "Review drafts",
        "href": "/approvals",
    },
    {
        "kind": "problems",
        "icon": "octagon-alert",
        "tone": "error",
        "title": "Enquiry to first call cannot be published yet",
        "text": "The subject of “Send the answers page” uses a name no customer has.",
        "button": "Open the node",
        "href": "/journeys/enquiry-to-first-call",
    },
    {
        "kind": "failed",
        "icon": "triangle-alert",
        "tone": "warning",
        "title": "2 messages bounced at bell-and-co.pt",
        "text": "The address no longer exists. Ask for a new one.",
        "button": "See who",
        "href": "/customers",
    },
]


def _node(id: str, type: str) -> dict[str, Any]:
    return {"id": id, "type": type, "version": 1, "config": {}}


def _edge(start: str, handle: str, to: str) -> dict[str, Any]:
    return {"from": start, "handle": handle, "to": to}


DOCUMENT = {
    "format": 1,
    "name": "Enquiry to first call",
    "stage": "consideration",
    "nodes": [
        _node("enquiry", "trigger.webhook"),
        _node("about", "ai.classify"),
        _node("draft", "ai.write"),
        _node("answers", "action.send_email"),
        _node("call-back", "action.create_task"),
        _node("approve", "logic.approval"),
        _node("send", "action.send_email"),
        _node("rich", "logic.branch"),
        _node("booked", "logic.wait_for_event"),
        _node("quote", "action.create_task"),
        _node("goal", "logic.exit"),
        _node("remind", "action.send_email"),
    ],
    "edges": [
        _edge("enquiry", "out", "about"),
        _edge("about", "project", "draft"),
        _edge("about", "question", "answers"),
        _edge("about", "unsure", "call-back"),
        _edge("draft", "out", "approve"),
        _edge("approve", "out", "send"),
        _edge("approve", "out", "rich"),
        _edge("send", "out", "booked"),
        _edge("rich", "yes", "quote"),
        _edge("booked", "out", "goal"),
        _edge("booked", "timed_out", "remind"),
    ],
    "ui": {
        "positions": {
            "enquiry": [280, 0],
            "about": [280, 112],
            "draft": [0, 264],
            "answers": [280, 264],
            "call-back": [560, 264],
            "approve": [0, 392],
            "send": [0, 504],
            "rich": [280, 504],
            "booked": [0, 616],
            "quote": [280, 616],
            "goal": [0, 728],
            "remind": [280, 728],
        },
        "notes": [],
    },
}


def _template(slug: str, name: str, about: str, stage: str, needs: list[str]) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": name,
        "about": about,
        "stage": stage,
        "document": DOCUMENT,
        "goal": "call.booked",
        "channels": ["Email", "AI"] if "website form" in needs else ["Email"],
        "needs": needs,
        "cost": "up to 2 emails for each customer",
        "blanks": [
            {
                "find": "https://example.com/call",
                "label": "Where they choose a time",
                "hint": "Your booking page.",
                "kind": "address",
            }
        ],
        "events_sample": [],
    }


TEMPLATES = [
    _template(
        "enquiry-to-first-call",
        "Enquiry to first call",
        "Sorts website enquiries, drafts each reply for your approval and reminds once.",
        "consideration",
        ["email", "website form"],
    ),
    _template(
        "proposal-follow-up",
        "Proposal follow-up",
        "Checks in three and ten days after a proposal, and stops the moment they reply.",
        "decision",
        ["email"],
    ),
    _template(
        "late-invoice",
        "Late invoice, kindly",
        "Two reminders that sound like you, then a task for a person. Never a third email.",
        "retention",
        ["invoices"],
    ),
]
