"""A facade of canned answers: the studio of the look's pictures, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.facade.errors import NotFound, Refused

WORKSPACE = {"id": "w1", "name": "Marlow Street", "time_zone": "Europe/Lisbon"}
PEOPLE = {
    role: {
        "id": f"p-{role}",
        "name": "Ines Okafor" if role == "owner" else f"{role.title()} Person",
        "email": f"{role}@marlow.studio",
        "role": role,
        "workspace": WORKSPACE,
    }
    for role in ("owner", "editor", "approver", "viewer")
}


def instant(**ago: float) -> str:
    """An instant before now as RFC 3339."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


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
        "needs": needs,
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


class FakeStudio:
    """Answers what a page needs; every call is recorded in `asked`."""

    def __init__(self, home: FakeWayline, person: dict[str, Any]) -> None:
        self._home = home
        self.person = person

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._home.asked.append((self.person["id"], name, args, kwargs))
            answer = self._home.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return answer(*args, **kwargs) if callable(answer) else answer

        return call


class FakeWayline:
    """Sessions by role: the token of each is `token-<role>`."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = []
        self.owner = True
        self.signed_out: set[str] = set()
        self.answers: dict[str, Any] = standard() | answers

    def has_owner(self) -> bool:
        return self.owner

    def session(self, token: str) -> dict[str, Any] | None:
        role = token.removeprefix("token-")
        return None if token in self.signed_out else PEOPLE.get(role)

    def sign_in(self, email: str, password: str, address: str) -> str:
        role = email.split("@")[0]
        if password != "correct horse" or role not in PEOPLE:
            raise Refused("The email or the password is not right.")
        return f"token-{role}"

    def sign_out(self, token: str) -> None:
        self.signed_out.add(token)

    def create_owner(self, token: str, **given: Any) -> str:
        if token != "once":
            raise Refused("This link was used already. Start Wayline again for a new one.")
        self.owner = True
        return "token-owner"

    def studio(self, person: dict[str, Any]) -> FakeStudio:
        return FakeStudio(self, person)

    def pulse(self) -> int:
        return 1


def standard() -> dict[str, Any]:
    """What the studio answers when a test says nothing else."""
    rows = approvals()

    def approval(id: str) -> dict[str, Any]:
        for row in rows:
            if row["id"] == id:
                return row
        raise NotFound("There is no such approval.")

    return {
        "needs_you": NEEDS,
        "journeys": JOURNEYS,
        "templates": TEMPLATES,
        "approvals": lambda state="open": rows,
        "approval": approval,
        "decide": {},
        "has_samples": False,
        "use_template": lambda slug: slug,
        "new_journey": lambda name, document=None: "new-journey",
        "try_samples": {"journey": "enquiry-to-first-call", "customers": 12, "runs": 12},
        "catalogue": {
            "types": [],
            "stages": [
                {"name": s, "title": s.capitalize()}
                for s in (
                    "awareness",
                    "consideration",
                    "decision",
                    "onboarding",
                    "retention",
                    "advocacy",
                )
            ],
            "fields": {"customer": [], "events": []},
        },
        "customers": lambda search="", page=0: {
            "customers": [
                {
                    "id": "c1",
                    "name": "Noor Haddad",
                    "email": "noor@haddad-bakery.eu",
                    "external_id": "noor",
                    "inside": 1,
                    "last_at": instant(hours=2),
                    "created_at": instant(days=3),
                    "sample": False,
                }
            ],
            "total": 1,
            "page": 0,
            "pages": 1,
        },
        "customer": lambda id: {
            "customer": CARD,
            "timeline": timeline(),
            "runs": [],
            "next": [
                {
                    "run": "r1",
                    "journey": "enquiry-to-first-call",
                    "journey_name": "Enquiry to first call",
                    "node": "booked",
                    "kind": "event",
                    "icon": "hourglass",
                    "category": "logic",
                    "title": "Call booked?",
                    "text": "Waits for call.booked",
                    "deadline": None,
                }
            ],
        },
        "mailbox": lambda page=0: [MESSAGE],
        "message": lambda id: MESSAGE,
        "tasks": [],
        "settings": {
            "name": "Marlow Street",
            "time_zone": "Europe/Lisbon",
            "opt_in": False,
            "retention_days": 365,
            "sender": {"name": "Ines", "email": "ines@marlow.studio"},
            "smtp": None,
            "ai": None,
            "url": "http://127.0.0.1:8000",
            "people": [],
        },
        "credentials": [],
        "keys": [],
        "dead_letters": LETTERS,
        "cancel_run": lambda id: {
            "id": id,
            "cancelled": True,
            "status": "waiting",
            "text": "The run ends now. Nothing more is sent for it.",
        },
        "erase_customer": lambda id: {
            "erased": True,
            "done": True,
            "text": "Nothing of this customer is left.",
        },
        "replay": None,
        "confirm": None,
        "dismiss": None,
        "resend": lambda id, why="": {"key": "r9:1:charge:1~2"},
        "audit": [],
    }


def _letter(id: str, kind: str, title: str, reason: str, choices: list[str]) -> dict[str, Any]:
    return {
        "id": id,
        "kind": kind,
        "ref": "r9:1:charge:1",
        "title": title,
        "reason": reason,
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
        "This event could not be routed: ValueError: a path is empty.",
        ["replay", "dismiss"],
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
