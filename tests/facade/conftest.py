"""An open Wayline in a folder of its own, on a clock that the test moves."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nodes.registry import node_types
from runtime.facade import Studio, Wayline
from runtime.facade.desk import House
from runtime.facade.people import Guesses
from runtime.ports.results import Done, Result
from runtime.settings import Settings
from runtime.store import first
from runtime.store.database import Database
from runtime.store.intake import Incoming, Intake
from runtime.work.drain import Work
from tests.support.postgres import elsewhere

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
MONDAY = 1_772_442_000 * SECOND  # 2026-03-02T09:00:00Z


class Clock:
    """Microseconds since 1970."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> int:
        return self.now


class Bell:
    """Counts how often it was rung."""

    rung = 0

    def ring(self) -> None:
        self.rung += 1


class Model:
    """Stands for every port: answers what the test has set."""

    def __init__(self) -> None:
        self.answers: dict[str, Result] = {}

    async def send(self, kind: str, body: Mapping[str, Any], **_: Any) -> Result:
        task = str(body.get("task", kind))
        return self.answers.get(task, Done({"status": 200, "headers": {}, "body": ""}))

    async def close(self) -> None: ...


class Place:
    """A whole Wayline, with its workers driven by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.bell, self.model = Clock(), Bell(), Model()
        self.settings = Settings(folder, database=elsewhere())
        self.database = Database.open(self.settings, clock=self.clock)
        first.workspace(self.database)
        self.house = House(
            self.settings, self.database, Intake(self.database, self.bell), self.bell, node_types()
        )
        self.guesses = Guesses(lambda: self.clock.now / SECOND)
        self.wayline = Wayline(self.house, self.guesses)
        self.work_done = Work(self.database, self.model, self.settings)

    @property
    def studio(self) -> Studio:
        return self.wayline.system()

    def work(self, later: int = 0) -> None:
        """Let the workers do what is due, after so much time."""
        self.clock.now += later
        self.work_done.drain(time.monotonic() + 30)

    def event(self, name: str, who: str, **properties: Any) -> str:
        """An event comes in and is worked on."""
        workspace = self.studio.desk.workspace
        incoming = Incoming(workspace, "track", None, "track", name, {"any": who}, properties)
        receipt = self.house.intake.accept_now(incoming)[0]
        self.work()
        return receipt.event_id

    def identify(self, who: str, **attributes: Any) -> None:
        """What is known of a customer comes in."""
        incoming = Incoming(
            self.studio.desk.workspace, "track", None, "identify", "", {"email": who}, attributes
        )
        self.house.intake.accept_now(incoming)
        self.work()

    def customer(self, name: str) -> Any:
        """The one customer that the search finds."""
        found = self.studio.customers(name)["customers"]
        assert len(found) == 1
        return self.studio.customer(found[0]["id"])

    def as_role(self, role: str) -> Studio:
        """The studio of a person with this role."""
        person = {
            "id": role,
            "name": role.capitalize(),
            "email": f"{role}@example.com",
            "role": role,
            "workspace": {"id": self.studio.desk.workspace, "name": "W", "time_zone": "UTC"},
        }
        return self.wayline.studio(person)

    def close(self) -> None:
        self.work_done.close()
        self.wayline.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and nothing in it, made once."""
    folder = tmp_path_factory.mktemp("migrated")
    Database.open(Settings(folder)).close()
    return folder / "wayline.db"


@pytest.fixture
def place(tmp_path: Path, migrated: Path) -> Iterator[Place]:
    (tmp_path / "data").mkdir()
    if not elsewhere():
        shutil.copy(migrated, tmp_path / "data" / "wayline.db")
    made = Place(tmp_path / "data")
    yield made
    made.close()


def node(id: str, type: str, **config: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "version": 1, "config": config}


def edge(start: str, handle: str, end: str) -> dict[str, str]:
    return {"from": start, "handle": handle, "to": end}


def document(name: str, nodes: list[Any], edges: list[Any], **settings: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "name": name,
        "stage": "onboarding",
        "settings": settings,
        "nodes": nodes,
        "edges": edges,
    }


def greeting() -> dict[str, Any]:
    """An event, a question, an email."""
    return document(
        "Greeting",
        [
            node("came", "trigger.event", event="trial.started"),
            node(
                "large",
                "logic.branch",
                condition={"field": "event.properties.seats", "op": "gte", "value": 10},
            ),
            node("hello", "action.send_email", subject="Hello {{ customer.id }}", body="Hi"),
        ],
        [edge("came", "out", "large"), edge("large", "yes", "hello")],
        goal={"event": "paid", "within": "P7D"},
    )


def reply() -> dict[str, Any]:
    """A webhook, a draft, an approval, an email."""
    return document(
        "Reply",
        [
            node("form", "trigger.webhook", customer="body.email", event="enquiry.sent"),
            node("draft", "ai.write", instructions="Answer kindly."),
            node("decide", "logic.approval", of="draft", within="PT8H"),
            node(
                "send",
                "action.send_email",
                subject="{{ steps.draft.subject }}",
                body="{{ steps.decide.text }}",
            ),
            node("task", "action.create_task", title="Call {{ customer.email }}", due="PT4H"),
        ],
        [
            edge("form", "out", "draft"),
            edge("draft", "out", "decide"),
            edge("decide", "out", "send"),
            edge("decide", "expired", "task"),
        ],
    )
