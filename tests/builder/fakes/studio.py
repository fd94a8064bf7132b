"""The facade's stand-in: canned answers, and a record of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.facade.errors import NotFound, Refused
from tests.builder.fakes.customers import CARD, approvals, timeline
from tests.builder.fakes.journeys import JOURNEYS, NEEDS, TEMPLATES
from tests.builder.fakes.letters import LETTERS, LIMITS, MESSAGE, STOPPED
from tests.builder.fakes.people import PEOPLE, instant


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
        "use_template": lambda slug, given=None, name="": slug,
        "template": lambda slug: next(t for t in TEMPLATES if t["slug"] == slug),
        "preparation": [
            {
                "kind": "smtp",
                "name": "Email",
                "ready": False,
                "text": "Without a mail server messages stay in the mailbox.",
            }
        ],
        "rehearse": lambda slug, given: [
            {
                "customer": "Maya",
                "counts": {"email": 1},
                "lines": [
                    {
                        "at": "2026-03-02T09:00:00Z",
                        "icon": "mail",
                        "text": "Gets the email “Hello”",
                        "more": f"Choose a time: {', '.join(given.values())}",
                        "sent": True,
                    }
                ],
            }
        ],
        "new_journey": lambda name, document=None: "brought-along" if document else "new-journey",
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
            "stopped": STOPPED[:1],
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
        "stopped": STOPPED,
        "retry_run": lambda id: {"id": id, "text": "It goes on from where it stopped."},
        "limits": LIMITS,
        "set_limit": lambda provider, rate: LIMITS[0] | {"provider": provider, "rate": rate},
        "remove_limit": None,
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
