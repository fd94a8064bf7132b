"""One way through a draft, tried on the virtual clock: the real engine and the real nodes, with
answers on the spot. Nothing leaves the house, and nothing is kept.

A draft may still have problems: a node that cannot be read fails when it is reached, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, cast

from nodes.spec import (
    Answered,
    Decided,
    End,
    Fail,
    Handle,
    Leave,
    NodeType,
    Outcome,
    SetAttributes,
    Start,
)
from runtime.engine.advance import Customer, Event, World, advance
from runtime.engine.compiled import Journey, compile_journey
from runtime.engine.context import zone_of
from runtime.engine.moves import Mover
from runtime.engine.progress import DecisionSignal, Effect, Key, Progress, Step, Waiting
from runtime.engine.state import Run, Token
from runtime.journey.times import rfc3339
from runtime.journey.unchecked import objects
from runtime.simulate.reads import read_by
from runtime.simulate.script import Model, Script, embedded_model
from runtime.simulate.starts import trigger_of, why_not

Doc = Mapping[str, Any]

MOST_STEPS = 500  # steps of one try
MOST_KEPT = 32_000_000  # characters that all steps of one try may put out
MOST_INSTANTS = 1_000  # times that the virtual clock goes on in one try
STOPPED = f"The test was stopped: it went on for more than {MOST_STEPS} steps, or for too long."


@dataclass(frozen=True, slots=True)
class Pin:
    """What a step is made to answer: an output and the handle it leaves by, an error, or a
    decision about its draft."""

    handle: str | None = None
    output: Doc | None = None
    error: Mapping[str, str] | None = None
    decision: Literal["approve", "reject"] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Only:
    """One step alone, with what earlier steps are to have put out."""

    node: str
    steps: Mapping[str, Doc] = field(default_factory=dict[str, Doc])


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried. `broken` says of nodes that cannot run why; `tired` is asked before each
    step, and ends the try when it says so. `watched` is put around the customer's past, which a
    condition may go through again and again."""

    document: Doc
    types: Mapping[str, NodeType]
    trigger: str
    event: Event
    customer: Customer | None = None
    pins: Mapping[str, Pin] = field(default_factory=dict[str, Pin])
    until: str | None = None
    only: Only | None = None
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    history: Sequence[Event] = ()
    zone: tzinfo = UTC
    opt_in: bool = False
    seed: str = ""
    model: Model = embedded_model
    tired: Callable[[], bool] = lambda: False
    watched: Callable[[Sequence[Event]], Sequence[Event]] = lambda past: past


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it, as plain JSON: {n, at, node, type, visit, handle, input, output, notes,
    waited (seconds), pinned, assumed, effect?} each (`assumed`: a decision that nobody has pinned,
    taken as a yes), and {status, reason, stopped} of the run (`stopped`: it was too long)."""

    steps: list[dict[str, Any]]
    ends: list[dict[str, Any]]


def try_out(trial: Trial) -> Tried:
    """Carry one run through the draft until nothing is left to do."""
    refused = None if trial.only else _refused(trial)
    if refused is not None:
        return Tried([], [{"status": "not_started", "reason": refused}])
    document, types = _prepared(trial)
    journey = compile_journey(document, types)
    answers = _Answers(trial, journey)
    record = _Record(trial)
    world = _world(trial, trial.event.at)
    run = Run(id="try", trigger=trial.trigger, entry=trial.event, started_at=world.now)
    if trial.only is not None:
        run.outputs.update(trial.only.steps)
        run.outputs[trial.trigger] = trial.event.output()
    mover = Mover(journey, run, world, answers.at(world.now, zone_of(journey, world)))
    if trial.only is not None:
        run.tokens[1] = Token(1, trial.only.node)
        run.next_token = 2
        mover.retry()
    else:
        mover.start()
    record.add(mover.finish(), answers, world.now)
    for _ in range(MOST_INSTANTS):
        if run.ended or run.wake_at is None:
            break
        world = replace(world, now=max(run.wake_at, world.now))
        script = answers.at(world.now, zone_of(journey, world))
        record.add(advance(journey, run, [], world, answerer=script), answers, world.now)
    end: dict[str, Any] = {"status": run.status, "reason": run.reason, "at": rfc3339(world.now)}
    end["stopped"] = run.status == "exited" and run.reason == STOPPED
    if trial.until is not None:
        end["reached"] = any(step["node"] == trial.until for step in record.steps)
    return Tried(record.steps, [end])


def _world(trial: Trial, now: datetime) -> World:
    history = trial.watched([*trial.history, trial.event])
    return World(now, trial.customer, trial.zone, trial.opt_in, history, trial.seed)


# --- The draft made ready -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Nothing:
    """The config of a node that stands in for another."""


def _prepared(trial: Trial) -> tuple[Doc, Mapping[str, NodeType]]:
    """The document with stand-ins for the trigger, for pinned nodes and for those that cannot
    run."""
    types: dict[str, NodeType] = {}
    nodes: list[Doc] = []
    room = _Room()
    for placed in _placed(trial.document):
        node, kind = placed["id"], trial.types.get(str(placed.get("type")))
        if trial.only is not None and node not in (trial.only.node, trial.trigger):
            continue
        own = _ready(trial, placed, kind, room)
        if own is None:
            continue
        name = f"{placed.get('type')} {node}"  # one stand-in for each node; the trace undoes it
        types[name] = own
        config: Any = {} if own.config is _Nothing else placed.get("config") or {}
        nodes.append({**placed, "type": name, "config": config})
    known = {node["id"] for node in nodes}
    edges = [] if trial.only else _edges(trial, known)
    settings = trial.document.get("settings")
    zone = cast(Doc, settings).get("time_zone") if isinstance(settings, dict) else None
    own_zone = {"time_zone": zone} if isinstance(zone, str) else {}
    return {"name": "", "nodes": nodes, "edges": edges, "settings": own_zone}, types


def _placed(document: Doc) -> list[Doc]:
    return [n for n in objects(document.get("nodes")) if "id" in n]


def _ready(trial: Trial, placed: Doc, kind: NodeType | None, room: _Room) -> NodeType | None:
    node = placed["id"]
    config = placed.get("config")
    exits = kind.exits(cast(Doc, config)) if kind and isinstance(config, dict) else []
    if node == trial.trigger:
        return _stand_in(exits or [Handle("out")], start=_by_hand)
    if kind is not None and kind.category == "trigger":
        return None
    pin = trial.pins.get(node)
    if pin is not None and pin.decision is None:
        return _stand_in(exits, run=_pinned(pin, exits))
    why = trial.broken.get(node) or (None if kind else f"Nothing here knows {placed.get('type')}.")
    if why is not None or kind is None:
        return _stand_in(exits, run=_failing(why or ""))
    return replace(kind, run=_guarded(trial, kind.run, room)) if kind.run is not None else kind


def _stand_in(exits: Sequence[Handle], **more: Any) -> NodeType:
    return NodeType(
        type="stand-in",
        category="logic",
        title="",
        icon="",
        summary="",
        help="",
        config=_Nothing,
        handles=tuple(exits),
        **more,
    )


def _by_hand(_: Any) -> Start:
    return Start("manual")


def _pinned(pin: Pin, exits: Sequence[Handle]) -> Callable[[Any, Any], Outcome]:
    if pin.error is not None:
        error = Fail(pin.error.get("kind", "error"), pin.error.get("message", ""))
        return lambda _config, _context: error
    handle = pin.handle or next((h.name for h in exits if h.hoped), "out")
    if handle == "failed":
        failed = {"error": {"kind": "error", "message": "The pinned answer says so."}}
        return lambda _config, _context: Leave("failed", pin.output or failed)
    return lambda _config, _context: Leave(handle, pin.output or {})


def _failing(why: str) -> Callable[[Any, Any], Outcome]:
    return lambda _config, _context: Fail("not_ready", why)


class _Room:
    left = MOST_KEPT  # what the steps may still put out: it is kept until the try is over


def _guarded(
    trial: Trial, run: Callable[[Any, Any], Outcome], room: _Room
) -> Callable[[Any, Any], Outcome]:
    def guarded(config: Any, context: Any) -> Outcome:
        if trial.tired():
            return End(STOPPED)
        outcome = run(config, context)
        room.left -= _weight(outcome)
        return End(STOPPED) if room.left < 0 else outcome

    return guarded


def _weight(outcome: Any) -> int:
    """About how many characters it holds."""
    weight, left = 0, [outcome]
    while left:
        one = left.pop()
        if isinstance(one, str):
            weight += len(one)
        elif isinstance(one, Mapping):
            left += cast(Doc, one).values()
        elif isinstance(one, (list, tuple)):
            left += cast(Sequence[Any], one)
        elif is_dataclass(one):
            left += [getattr(one, f.name) for f in fields(one)]
        weight += 8
    return weight


def _edges(trial: Trial, known: set[str]) -> list[Doc]:
    """All edges; with `until` those that lead there, and none beyond it. What a node does when it
    fails stays as it is."""
    edges: list[Doc] = [
        edge
        for edge in objects(trial.document.get("edges"))
        if all(isinstance(edge.get(end), str) for end in ("from", "handle", "to"))
        and {edge["from"], edge["to"]} <= known
    ]
    if trial.until is None:
        return edges
    leads = {trial.until}
    while True:
        more = {e["from"] for e in edges if e["to"] in leads} - leads
        if not more:
            break
        leads |= more
    return [
        e
        for e in edges
        if e["from"] != trial.until and (e["to"] in leads or e["handle"] == "failed")
    ]


def _refused(trial: Trial) -> str | None:
    """Why the event does not start the trigger; None when it does, or when that cannot be told."""
    found = trigger_of(trial.document, trial.types, trial.trigger, trial.broken)
    if found is None:
        return None
    trigger, journey = found
    return why_not(journey, trigger, trial.event, _world(trial, trial.event.at))


# --- Answers and the record ---------------------------------------------------------------------


class _Answers:
    """Answers on the spot: pinned decisions, and what stands in for the outside."""

    def __init__(self, trial: Trial, journey: Journey) -> None:
        self._pins = trial.pins
        self._script = Script(journey, (), trial.model)
        self._customer = trial.customer.id if trial.customer else None
        self.effects: dict[Key, Effect] = {}
        self.assumed: set[Key] = set()

    def at(self, now: datetime, zone: tzinfo) -> _Answers:
        """Say when the next answers are given."""
        self._script.about(1, self._customer, now, zone)
        return self

    def effect(self, effect: Effect) -> Answered:
        """What stands in for the outside."""
        self.effects[effect.token, effect.node, effect.visit] = effect
        return self._script.effect(effect)

    def ask(self, waiting: Waiting) -> DecisionSignal | None:
        """The pinned decision, else a yes."""
        pin = self._pins.get(waiting.node)
        key = (waiting.token, waiting.node, waiting.visit)
        if pin is None or pin.decision is None:
            self.assumed.add(key)
            return DecisionSignal(*key, Decided("approve", "Test"))
        return DecisionSignal(*key, Decided(pin.decision, "Test", pin.text))


class _Record:
    """The steps as people read them: what each one saw, made and waited for."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._placed = {n["id"]: n for n in _placed(trial.document)}
        self._outputs: dict[str, Doc] = dict(trial.only.steps) if trial.only else {}
        customer = trial.customer
        self._customer: dict[str, Any] | None = dict(customer.seen) if customer else None
        self._since: dict[Key, datetime] = {}
        self._last: str | None = None
        self.steps: list[dict[str, Any]] = []

    def add(self, progress: Progress, answers: _Answers, now: datetime) -> None:
        """Take down what one call of the engine did at this instant."""
        changes: dict[Key, list[Any]] = {}
        for changed in progress.changes:
            key = (changed.token, changed.node, changed.visit)
            changes.setdefault(key, []).append(changed.change)
        for step in progress.steps:
            key = (step.token, step.node, step.visit)
            if len(self.steps) < MOST_STEPS:
                self.steps.append(self._line(step, answers, self._since.get(key, step.at)))
            for change in changes.get(key, ()):
                self._change(change)
            self._outputs[step.node] = step.output
            self._last = step.node
        for key in progress.opened:
            self._since[key] = now

    def _line(self, step: Step, answers: _Answers, since: datetime) -> dict[str, Any]:
        key = (step.token, step.node, step.visit)
        line: dict[str, Any] = {
            "n": len(self.steps) + 1,
            "at": rfc3339(step.at),
            "node": step.node,
            "type": self._placed.get(step.node, {}).get("type", ""),
            "visit": step.visit,
            "handle": step.handle,
            "input": self._input(step.node),
            "output": dict(step.output),
            "notes": [*step.notes],
            "waited": (step.at - since).total_seconds(),
            "pinned": step.node in self._trial.pins,
            "assumed": key in answers.assumed,
        }
        effect = answers.effects.get(key)
        if effect is not None:
            line["effect"] = {"kind": effect.kind, **effect.body}
        return line

    def _input(self, node: str) -> dict[str, Any]:
        """What the step saw: the customer, the event, and of the steps before those that it reads
        and the last one."""
        reads = read_by(self._placed.get(node, {}).get("config"))
        wanted = {path.split(".")[1] for path in reads if path.startswith("steps.")}
        if self._last is not None:
            wanted.add(self._last)
        return {
            "customer": None if self._customer is None else dict(self._customer),
            "event": dict(self._trial.event.seen),
            "steps": {name: out for name, out in self._outputs.items() if name in wanted},
            "reads": reads,
        }

    def _change(self, change: Any) -> None:
        if isinstance(change, SetAttributes) and self._customer is not None:
            for name, value in change.values.items():
                if value is None:
                    self._customer.pop(name, None)
                else:
                    self._customer[name] = value
