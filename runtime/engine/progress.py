"""What comes into a run, and what comes out of carrying it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from nodes.spec import Answered, Change, Decided, Retry
from runtime.engine.state import Status, WaitKind
from runtime.engine.world import Event

# --- In ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventSignal:
    """An event of the run's customer. `at` is when it came in, to be held against deadlines
    (default: the event's own time).
    """

    event: Event
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionSignal:
    """A person's decision. `handle` is only set by a scripted answer of the simulator."""

    token: int
    node: str
    visit: int
    decided: Decided
    at: datetime | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSignal:
    """The result of an effect."""

    token: int
    node: str
    visit: int
    answered: Answered


@dataclass(frozen=True, slots=True)
class CancelSignal:
    """The run is to end now, as exited."""

    reason: str | None = None


RunSignal = EventSignal | DecisionSignal | AnswerSignal | CancelSignal

# --- Out --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Step:
    """One visit that is over. `handle` None: it ended the run, or failed without a way to go."""

    at: datetime
    token: int
    node: str
    type: str
    visit: int
    handle: str | None
    output: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Effect:
    """Something to do to the outside; its key is run:token:node:visit. `body` is plain JSON."""

    at: datetime
    token: int
    node: str
    visit: int
    kind: Literal["email", "http", "model"]
    body: Mapping[str, Any]
    credential: str | None
    once: bool
    retry: Retry


@dataclass(slots=True)
class Note:
    """Something worth knowing that happened at a node; those of a step are in its `notes` too."""

    at: datetime
    token: int
    node: str
    text: str


@dataclass(slots=True)
class Waiting:
    """A token that waits. `ask` is {of, draft, by} for an approval."""

    token: int
    node: str
    visit: int
    kind: WaitKind
    deadline: datetime | None
    event: str | None = None
    ask: Mapping[str, Any] | None = None


Closing = Literal["time", "event", "decision", "answer", "cancelled"]


@dataclass(slots=True)
class Closed:
    """A wait that was open before and is over, and what ended it (for an approval, "time" means
    expired).
    """

    token: int
    node: str
    visit: int
    kind: WaitKind
    by: Closing
    decided: Decided | None = None


@dataclass(slots=True)
class Changed:
    """A change to a record, to be written in the commit that records its step. One to the
    customer's attributes has been made on `World.customer` already.
    """

    token: int
    node: str
    visit: int
    change: Change


@dataclass(slots=True)
class Progress:
    """All that happened in one call, in order; `log` has the steps, effects and notes in one line.

    A wait that was opened and closed within the call is in neither list."""

    steps: list[Step] = field(default_factory=list[Step])
    effects: list[Effect] = field(default_factory=list[Effect])
    opened: list[Waiting] = field(default_factory=list[Waiting])
    closed: list[Closed] = field(default_factory=list[Closed])
    changes: list[Changed] = field(default_factory=list[Changed])
    notes: list[Note] = field(default_factory=list[Note])
    log: list[Step | Effect | Note] = field(default_factory=list[Step | Effect | Note])
    arrivals: list[str] = field(default_factory=list[str])  # nodes, once for each visit that began
    status: Status = "running"
    reason: str | None = None


class Answerer(Protocol):
    """Answers on the spot: the simulator. None: the token waits."""

    def effect(self, effect: Effect) -> Answered | None: ...
    def ask(self, waiting: Waiting) -> DecisionSignal | None: ...
