"""The state of a run: what is stored between two claims, as compact JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from runtime.engine.world import Event

Status = Literal["running", "waiting", "completed", "exited", "failed"]
WaitKind = Literal["time", "event", "approval", "effect"]

ENDED: frozenset[str] = frozenset(("completed", "exited", "failed"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Token:
    """One place a run is at. `kind` None: it is about to move; "join": it stands at a join; else
    what its wait is of. `visit` counts the run's visits to the node, 0 before the visit has begun.
    """

    number: int
    node: str
    visit: int = 0
    kind: WaitKind | Literal["join"] | None = None
    deadline: datetime | None = None
    event: str | None = None
    where: Mapping[str, Any] | None = None
    ask: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()  # made on arrival, for the step that is recorded when it leaves

    def arrive(self, node: str) -> None:
        """Stand before a node, with nothing left of the last one."""
        self.node = node
        self.visit = 0
        self.kind = self.deadline = self.event = self.where = self.ask = None
        self.notes = ()


@dataclass(slots=True)
class Run:
    """One customer travelling one version. `joins` holds the joins that have fired and are not
    reset: the tokens that may still come late. `visits` counts by node, `moves` all of them.
    """

    id: str
    trigger: str
    entry: Event
    started_at: datetime
    status: Status = "running"
    reason: str | None = None
    next_token: int = 1
    moves: int = 0
    tokens: dict[int, Token] = field(default_factory=dict[int, Token])
    visits: dict[str, int] = field(default_factory=dict[str, int])
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    joins: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    wake_at: datetime | None = None  # the earliest deadline

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    def to_json(self) -> str:
        """The whole state; the same run always gives the same text."""
        entry = self.entry
        outputs = {n: o for n, o in self.outputs.items() if n != self.trigger}
        state: dict[str, Any] = {
            "v": 1,
            "id": self.id,
            "trigger": self.trigger,
            "entry": [entry.id, entry.name, micros(entry.at), entry.properties],
            "started": micros(self.started_at),
            "status": self.status,
            "next": self.next_token,
            "moves": self.moves,
            "visits": self.visits,
        }
        if self.reason is not None:
            state["reason"] = self.reason
        if self.tokens:
            state["tokens"] = [_pack(t) for t in self.tokens.values()]
        if outputs:
            state["outputs"] = outputs
        if self.joins:
            state["joins"] = {node: sorted(late) for node, late in self.joins.items()}
        return orjson.dumps(state).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Run:
        """The run that `to_json` wrote."""
        state = orjson.loads(text)
        event_id, name, at, properties = state["entry"]
        run = cls(
            id=state["id"],
            trigger=state["trigger"],
            entry=Event(event_id, name, properties, instant(at)),
            started_at=instant(state["started"]),
            status=state["status"],
            reason=state.get("reason"),
            next_token=state["next"],
            moves=state["moves"],
            visits=state["visits"],
        )
        for packed in state.get("tokens", ()):
            token = _unpack(packed)
            run.tokens[token.number] = token
        run.outputs[run.trigger] = run.entry.output()
        run.outputs.update(state.get("outputs", {}))
        run.joins = {node: set(late) for node, late in state.get("joins", {}).items()}
        run.find_wake()
        return run

    def find_wake(self) -> None:
        """Set `wake_at` to the earliest deadline of the tokens."""
        deadlines = [t.deadline for t in self.tokens.values() if t.deadline is not None]
        self.wake_at = min(deadlines) if deadlines else None


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def instant(us: int) -> datetime:
    """The instant so many microseconds after 1970 UTC."""
    return _EPOCH + timedelta(microseconds=us)


def _pack(token: Token) -> list[Any]:
    packed: list[Any] = [
        token.number,
        token.node,
        token.visit,
        token.kind,
        None if token.deadline is None else micros(token.deadline),
        token.event,
        token.where,
        token.ask,
        token.notes or None,
    ]
    while packed[-1] is None:
        packed.pop()
    return packed


def _unpack(packed: list[Any]) -> Token:
    number, node, visit, kind, deadline, event, where, ask, notes = packed + [None] * (
        9 - len(packed)
    )
    at = None if deadline is None else instant(deadline)
    return Token(number, node, visit, kind, at, event, where, ask, tuple(notes or ()))
