"""The state of a run: what is stored between two claims, as compact JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from runtime.engine.world import Event

Status = Literal["running", "waiting", "completed", "exited", "failed"]
WaitKind = Literal["time", "event", "approval", "effect"]

ENDED: frozenset[str] = frozenset(("completed", "exited", "failed"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 4_000_000_000_000_000  # until 2096 the seconds as a float are exact to the microsecond


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


@dataclass(slots=True, init=False)
class Run:
    """One customer travelling one version. `joins` holds the joins that have fired and are not
    reset: the tokens that may still come late. `visits` counts by node, `moves` all of them.
    `left`: where the tokens stood, packed, when a node of its own ended the run as failed.
    """

    id: str
    trigger: str
    entry: Event
    started_at: datetime
    status: Status
    reason: str | None
    next_token: int
    moves: int
    tokens: dict[int, Token]
    visits: dict[str, int]
    outputs: dict[str, Mapping[str, Any]]
    joins: dict[str, set[int]]
    left: list[Any] | None
    wake_at: datetime | None  # the earliest deadline

    def __init__(
        self,
        id: str,
        trigger: str,
        entry: Event,
        started_at: datetime,
        status: Status = "running",
        reason: str | None = None,
    ) -> None:
        # By hand: a default factory such as `dict[str, int]` takes fifty times as long as `{}`.
        self.id = id
        self.trigger = trigger
        self.entry = entry
        self.started_at = started_at
        self.status = status
        self.reason = reason
        self.next_token = 1
        self.moves = 0
        self.tokens = {}
        self.visits = {}
        self.outputs = {}
        self.joins = {}
        self.left = None
        self.wake_at = None

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
        if self.left is not None:
            state["left"] = self.left
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
        )
        run.next_token = state["next"]
        run.moves = state["moves"]
        run.visits = state["visits"]
        run.outputs[run.trigger] = run.entry.output()
        if "outputs" in state:
            run.outputs.update(state["outputs"])
        if "joins" in state:
            run.joins = {node: set(late) for node, late in state["joins"].items()}
        if "tokens" in state:
            for packed in state["tokens"]:
                run.tokens[packed[0]] = _unpack(packed)
            run.find_wake()
        if "left" in state:
            run.left = state["left"]
        return run

    def remember(self) -> None:
        """Keep where the tokens stand, and its joins, before a node ends it: see `again`."""
        self.left = [_pack(token) for token in self.tokens.values()]

    def waiting(self, number: int, node: str, visit: int, kind: WaitKind) -> Token | None:
        """The token of this number, if it still waits for this at this visit."""
        token = self.tokens.get(number)
        if token is None or token.kind != kind or token.visit != visit or token.node != node:
            return None
        return token

    def find_wake(self) -> None:
        """Set `wake_at` to the earliest deadline of the tokens."""
        wake = None
        for token in self.tokens.values():
            deadline = token.deadline
            if deadline is not None and (wake is None or deadline < wake):
                wake = deadline
        self.wake_at = wake


def again(text: str) -> str | None:
    """The state of a run that one of its nodes has failed, as it was just before that: a
    `RetrySignal` lets it go on from there. None when it cannot."""
    state: dict[str, Any] = orjson.loads(text)
    left = state.pop("left", None)
    if state.get("status") != "failed" or not left:
        return None
    state.pop("reason", None)
    return orjson.dumps(state | {"status": "waiting", "tokens": left}).decode()


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(us: int) -> datetime:
    """The instant so many microseconds after 1970 UTC."""
    if 0 <= us < _EXACT:
        return datetime.fromtimestamp(us / 1e6, UTC)
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
    token = Token(*packed[:4])
    size = len(packed)
    if size > 4 and packed[4] is not None:
        token.deadline = instant(packed[4])
    if size > 5:
        token.event, token.where, token.ask, notes = (packed[5:] + [None] * 3)[:4]
        token.notes = tuple(notes or ())
    return token
