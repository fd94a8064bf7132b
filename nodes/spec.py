"""What a node type is: a frozen value, and the values its `run` and `resume` return.

Nothing here reads a clock, throws dice or touches the outside: the engine passes all of that in
by `Context`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal, Protocol, TypeVar, cast, dataclass_transform

Category = Literal["trigger", "ai", "logic", "action"]
EffectKind = Literal["none", "repeatable", "once"]
Json = Any
Condition = Mapping[str, Any]


T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def message(kind: type[T]) -> type[T]:
    """A small value that is made at every step. It is frozen for the type checker only, because a
    frozen dataclass takes thrice as long to make.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


def nothing() -> dict[str, Json]:
    """An empty object: the default of an output. (`dict[str, Json]` as a factory takes far
    longer.)
    """
    return {}


# --- What a node says happens next ------------------------------------------------------------


@message
class SetAttributes:
    """Write these attributes to the run's customer, in the commit that records the step. None
    removes one.
    """

    values: Mapping[str, Json]


@message
class AddTask:
    """Create a task for a person of the team. `due` is an aware instant."""

    title: str
    notes: str = ""
    assignee: str | None = None
    due: datetime | None = None


Change = SetAttributes | AddTask


@message
class Leave:
    """Leave by a handle, with an output that later steps read as `steps.<node id>.*`."""

    handle: str
    output: Mapping[str, Json] = field(default_factory=nothing)
    changes: tuple[Change, ...] = ()


@message
class End:
    """End the whole run now (status exited); the step is recorded with handle null."""

    reason: str | None = None
    output: Mapping[str, Json] = field(default_factory=nothing)


@message
class Ask:
    """What a person is asked to decide: the draft, and who may decide it (None: anyone of the
    team).
    """

    of: str
    draft: Mapping[str, Json]
    by: str | None = None


@message
class Wait:
    """Pause the token until a deadline, an event, or a decision. `where` sees the arriving event
    as `event.*`.
    """

    until: datetime | None = None
    event: str | None = None
    where: Condition | None = None
    ask: Ask | None = None


@message
class Perform:
    """Do something to the outside: it goes to the outbox with frozen bytes; `resume` gets an
    `Answered`.

    kind "email": body {to, subject, text, html?}
    kind "http":  body {method, url, headers: {name: value}, body: text or JSON or null}
    kind "model": body {task: "classify" | "write", …the task's own fields}
    `credential` names the credential to add at the send; None means the workspace's default.
    `once`: rather not at all than twice; when nobody can tell whether it went out, a person is
    asked. Else it is sent again, with the same key and bytes. (A type whose effect is "once" always
    means that.)
    """

    kind: Literal["email", "http", "model"]
    body: Mapping[str, Json]
    credential: str | None = None
    once: bool = False


@message
class Fail:
    """The step failed: leaves by `failed` with output {"error": {kind, message}} where the type
    has that
    handle with an edge, else ends the run as failed."""

    kind: str
    message: str


Outcome = Leave | End | Wait | Perform | Fail

# --- What ends a wait -------------------------------------------------------------------------


@message
class TimedOut:
    """The deadline came."""


@message
class Arrived:
    """The event that was waited for: {id, name, properties, at (RFC 3339 with Z)}."""

    event: Mapping[str, Json]


@message
class Decided:
    """A person's decision about an `Ask`. `text` is the edited text, or None when left as it
    was.
    """

    decision: Literal["approve", "reject"]
    by: str | None = None
    text: str | None = None


@message
class Answered:
    """The result of a `Perform`, after all retries. `error` is {"kind", "message"} when it was
    not ok.

    email: data {message_id}.  http: data {status, headers, body} (given too when the status was
    not 2xx).
    model classify: data {label, confidence, scores, why?}.  model write: data {text, subject?,
    confidence, sources?}. `handle` is only set by a scripted answer of the simulator, and then
    decides the way out.
    """

    ok: bool
    data: Mapping[str, Json] = field(default_factory=nothing)
    error: Mapping[str, str] | None = None
    handle: str | None = None


Signal = TimedOut | Arrived | Decided | Answered

# --- What a node sees -------------------------------------------------------------------------


class Context(Protocol):
    """What a node may know. Everything is an argument of the engine's call; reading it has no
    side effect
    other than notes."""

    @property
    def node_id(self) -> str: ...
    @property
    def visit(self) -> int:
        """1 for the first visit of this run to this node."""
        ...

    @property
    def now(self) -> datetime:
        """The engine's instant, aware, UTC."""
        ...

    @property
    def zone(self) -> tzinfo:
        """The run's zone."""
        ...

    @property
    def customer(self) -> Mapping[str, Json] | None:
        """The customer as `customer.*` sees it ({id, email, …attributes}); None for a run without
        one.
        """
        ...

    @property
    def event(self) -> Mapping[str, Json]:
        """The entry event: {id, name, properties, at}."""
        ...

    @property
    def steps(self) -> Mapping[str, Mapping[str, Json]]:
        """Latest output of each earlier step by node id."""
        ...

    def consent(self, channel: str) -> bool:
        """Whether the customer may be written to by this channel ("email"), by the workspace's
        rule.
        """
        ...

    def value(self, path: str) -> Json:
        """The value at `customer.*`, `event.*`, `steps.*` or `now`; None when missing."""
        ...

    def render(self, template: Json, *, html: bool = False) -> Json:
        """Render Liquid text; other values pass; lists and mappings are rendered inside. `html`
        escapes the values put in.
        """
        ...

    def holds(self, condition: Condition) -> bool:
        """Whether the condition is true now. A comparison that cannot be made is false and leaves
        a note.
        """
        ...

    def after(self, duration: str, start: datetime | None = None) -> datetime:
        """`start` (default now) plus an ISO 8601 duration, calendar parts in the run's zone; may
        begin with `-`.
        """
        ...

    def instant(self, text: str) -> datetime | None:
        """An ISO 8601 time as an aware instant (without offset: in the run's zone; a date is its
        midnight);
        None when it is not one."""
        ...

    def share(self, *parts: str) -> float:
        """A number in [0, 1) that is always the same for the same customer (or run, without one)
        and parts.
        """
        ...

    def note(self, text: str) -> None:
        """Leave a note in the step's record."""
        ...


# --- The node type ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of why a step went as it did: whether it spoke for it, in words, and the value that
    was read.
    """

    ok: bool
    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    """A named exit. `hoped` False draws the dashed line; `folded` hides it until hover or use."""

    name: str
    label: str = ""
    hoped: bool = True
    folded: bool = False


@dataclass(frozen=True, slots=True)
class HandlesOf:
    """One handle for each item of a list in the config, named by the item's `key`."""

    field: str
    key: str


OUT = Handle("out")
FAILED = Handle("failed", "failed", hoped=False, folded=True)


@dataclass(frozen=True, slots=True)
class Start:
    """How a trigger starts runs. `event` None: only events made for this very trigger
    (`webhook.<node id>`, `manual.<node id>`, `schedule.<node id>`)."""

    source: Literal["event", "webhook", "schedule", "manual"]
    event: str | None = None
    where: Condition | None = None
    key: str | None = None
    cron: str | None = None
    time_zone: str | None = None
    segment: str | None = None
    missed: Literal["latest", "all", "skip"] = "latest"  # what becomes of firings that were missed
    customer: str | None = None
    verify: Mapping[str, Json] | None = None
    id_path: str | None = None


@dataclass(frozen=True, slots=True)
class JoinRule:
    """When a join fires: "all", "any" or the n-th token."""

    mode: Literal["all", "any"] | int


@dataclass(frozen=True, slots=True)
class Retry:
    """How an effect is tried again: attempts in all, first pause and longest pause in seconds."""

    attempts: int = 6
    first: float = 5.0
    factor: float = 3.0
    longest: float = 3600.0


@dataclass(frozen=True, slots=True)
class Example:
    """One case that really runs: as a test, in the docs, as the palette's preview.

    `signal` given: `run` is called first (it must return Wait or Perform), then `resume` with the
    signal, and `expect` is what `resume` returns. `now` is RFC 3339.
    """

    title: str
    config: Mapping[str, Json]
    expect: Outcome
    event: Mapping[str, Json] = field(default_factory=dict[str, Json])
    customer: Mapping[str, Json] | None = field(
        default_factory=lambda: {"id": "maya", "email": "maya@example.com"}
    )
    steps: Mapping[str, Mapping[str, Json]] = field(default_factory=dict[str, Mapping[str, Json]])
    signal: Signal | None = None
    now: str = "2026-03-02T09:00:00Z"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node. `config` is a frozen, keyword-only dataclass made with `nodes.fields`.

    `sentences` say on the canvas what a node does: the first one is taken whose placeholders all
    have a value. Placeholders are config fields with an optional filter, `{within|duration}`:
    duration, condition, text (Liquid shown as plain words), count, names (the list's names),
    schedule (a cron in words). `output` is a JSON Schema of the step's output; it feeds the
    variable picker. Keys that depend on the config use `output_of`: the mapping field whose keys
    become outputs. `redact` names config fields and output fields that never stand in a timeline,
    log or export.

    `told` says in the past tense what a step did, for the customer's timeline: by handle, "*" for
    any other and "" for a step that ended the run; "skipped: no_address" is for that handle with
    that `reason` in the output. Placeholders are `{config.…}` and `{output.…}`
    with the same filters and `percent`. `explain` gives the evidence from config, output and
    handle; conditions in the config are explained without it.
    """

    type: str
    category: Category
    title: str
    icon: str  # a Lucide icon's name, kebab-case
    summary: str  # one line, imperative: the palette's tooltip
    help: str  # longer, Markdown
    config: type[Any]
    run: Callable[[Any, Context], Outcome] | None = None  # None: a trigger or a join
    resume: Callable[[Any, Context, Signal], Outcome] | None = None
    version: int = 1
    sentences: tuple[str, ...] = ()
    handles: tuple[Handle | HandlesOf, ...] = (OUT,)
    output: Mapping[str, Json] = field(default_factory=lambda: {"type": "object", "properties": {}})
    output_of: str | None = None
    effect: EffectKind = "none"
    retry: Retry = Retry()
    credential: str | None = None  # the kind it can use: "smtp", "ai", "http"
    redact: tuple[str, ...] = ()
    waits: bool = False  # a visit that counts as a wait in a loop …
    waits_by: tuple[str, ...] | None = None  # … and the handles by which it does (None: all)
    start: Callable[[Any], Start] | None = None  # triggers only
    join: Callable[[Any], JoinRule] | None = None  # joins only
    upgrades: Mapping[int, Callable[[Mapping[str, Json]], Mapping[str, Json]]] = field(
        default_factory=dict[int, Callable[[Mapping[str, Json]], Mapping[str, Json]]]
    )
    examples: tuple[Example, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict[str, str])
    explain: Callable[[Any, Mapping[str, Json], str | None], Sequence[Evidence]] | None = None
    # What is wrong with a config that fits its schema: where (`.ways`), and a remedy in a sentence.
    check: Callable[[Any], Sequence[tuple[str, str]]] | None = None

    def upgraded(self, config: Mapping[str, Json], version: int | None) -> Mapping[str, Json]:
        """A config made with an older version of the type, as this version has it. What is no
        version (validation has said so) is this one."""
        if not isinstance(version, int):
            return config
        for step in range(version or self.version, self.version):
            if step in self.upgrades:
                config = self.upgrades[step](config)
        return config

    def read(self, config: Mapping[str, Json], version: int | None = None) -> Any:
        """The typed config of a node made with this `version` of the type (None: the newest).
        Unknown keys are left out (validation has already refused them).
        """
        config = self.upgraded(config, version)
        known = {f.name.rstrip("_"): f.name for f in dataclasses.fields(self.config)}
        return self.config(**{known[k]: v for k, v in config.items() if k in known})

    def exits(self, config: Mapping[str, Json]) -> list[Handle]:
        """The handles of a node with this config, in order; malformed lists give none."""
        found: list[Handle] = []
        for entry in self.handles:
            if isinstance(entry, Handle):
                found.append(entry)
                continue
            items = config.get(entry.field)
            if not isinstance(items, Sequence) or isinstance(items, str):
                continue
            for item in cast(Sequence[Any], items):
                name = (
                    cast(Mapping[str, Any], item).get(entry.key)
                    if isinstance(item, Mapping)
                    else None
                )
                if isinstance(name, str) and name:
                    found.append(Handle(name))
        return found
