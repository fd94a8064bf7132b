"""What comes into a run, and what comes out of carrying it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from nodes.spec import Answered, Change, Decided, Perform, Retry, message
from runtime.engine.compiled import Node
from runtime.engine.state import Status, Token, WaitKind
from runtime.engine.world import Event

Key = tuple[int, str, int]  # token, node, visit

# --- In ---------------------------------------------------------------------------------------


@message
class EventSignal:
    """An event of the run's customer. `at` is when it came in, to be held against deadlines
    (default: the event's own time).
    """

    event: Event
    at: datetime | None = None


@message
class DecisionSignal:
    """A person's decision. `handle` is only set by a scripted answer of the simulator."""

    token: int
    node: str
    visit: int
    decided: Decided
    at: datetime | None = None
    handle: str | None = None


@message
class AnswerSignal:
    """The result of an effect."""

    token: int
    node: str
    visit: int
    answered: Answered


@message
class CancelSignal:
    """The run is to end now, as exited."""

    reason: str | None = None


@message
class RetrySignal:
    """A person lets the run that a node has failed go on: that node is visited once more."""


RunSignal = EventSignal | DecisionSignal | AnswerSignal | CancelSignal | RetrySignal

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


@dataclass(slots=True, init=False)
class Progress:
    """All that happened in one call, in order; `log` has the steps, effects and notes in one line.

    A wait that was opened and closed within the call is in neither of the two. Every `at` in here
    is `now`, the call's `World.now` itself. `unheard`: how many signals, the last ones, found the
    run ended."""

    now: datetime
    steps: list[Step]
    effects: list[Effect]
    opened: dict[Key, Waiting]
    closed: list[Closed]
    changes: list[Changed]
    notes: list[Note]
    log: list[Step | Effect | Note]
    arrivals: list[str]  # nodes, once for each visit that began
    unheard: int
    status: Status
    reason: str | None

    def __init__(self, now: datetime) -> None:
        # By hand: a default factory such as `list[Step]` takes some fifty times as long as `[]`.
        self.now = now
        self.steps = []
        self.effects = []
        self.opened = {}
        self.closed = []
        self.changes = []
        self.notes = []
        self.log = []
        self.arrivals = []
        self.unheard = 0
        self.status = "running"
        self.reason = None

    def open(self, token: Token) -> Waiting:
        """The token waits from now on."""
        if token.kind is None or token.kind == "join":
            raise ValueError("This token does not wait.")
        waiting = self.opened[token.number, token.node, token.visit] = Waiting(
            token.number,
            token.node,
            token.visit,
            token.kind,
            token.deadline,
            token.event,
            token.ask,
        )
        return waiting

    def close(self, token: Token, by: Closing, decided: Decided | None = None) -> None:
        """The token waits no more, if it did."""
        if token.kind is None or token.kind == "join":
            return
        if self.opened.pop((token.number, token.node, token.visit), None) is None:
            self.closed.append(
                Closed(token.number, token.node, token.visit, token.kind, by, decided)
            )
        token.kind = token.deadline = token.event = token.where = token.ask = None

    def perform(self, token: Token, node: Node, perform: Perform) -> Effect:
        """The node wants this done."""
        effect = Effect(
            at=self.now,
            token=token.number,
            node=node.id,
            visit=token.visit,
            kind=perform.kind,
            body=perform.body,
            credential=perform.credential,
            once=perform.once or node.type.effect == "once",
            retry=node.type.retry,
        )
        self.effects.append(effect)
        self.log.append(effect)
        return effect

    def note(self, token: Token, text: str) -> None:
        """Say this of the node at which the token is, and of the step when it is recorded."""
        if text not in token.notes:
            token.notes += (text,)
        note = Note(self.now, token.number, token.node, text)
        self.notes.append(note)
        self.log.append(note)


class Answerer(Protocol):
    """Answers on the spot: the simulator. None: the token waits."""

    def effect(self, effect: Effect) -> Answered | None: ...
    def ask(self, waiting: Waiting) -> DecisionSignal | None: ...
