"""The shapes that the facade gives and takes: plain JSON-safe dicts.

Instants are RFC 3339 texts in UTC with `Z`; `None` means that there is none. `document` is a
journey document (format 1) as plain JSON.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Json = Any
Document = dict[str, Any]
Role = Literal["owner", "editor", "approver", "viewer"]
Severity = Literal["error", "warning"]
Tone = Literal["accent", "error", "warning", "quiet"]
JourneyState = Literal["draft", "live", "paused"]
RunStatus = Literal["running", "waiting", "completed", "exited", "failed"]
ApprovalState = Literal["open", "approved", "rejected", "expired", "cancelled"]


# --- People ----------------------------------------------------------------------------------


class WorkspaceShape(TypedDict):
    id: str
    name: str
    time_zone: str


class Person(TypedDict):
    """Who is signed in: what `Wayline.session` gives and `Wayline.studio` takes."""

    id: str
    name: str
    email: str
    role: Role
    workspace: WorkspaceShape


# --- Journeys --------------------------------------------------------------------------------


class ProblemShape(TypedDict):
    """One problem of a document. `node` None: the document itself. `fix`, when there is one, is
    {"label": the button's words, "ops": operations that mend it}."""

    node: str | None
    path: str
    severity: Severity
    message: str
    code: str
    fix: dict[str, Json] | None


class JourneyRow(TypedDict):
    slug: str
    name: str
    stage: str
    state: JourneyState
    version: int | None  # the live version's number
    draft_changed: bool  # the draft differs from the live version
    inside: int  # customers in it now
    entered: int  # runs that ever started
    goal_reached: int
    has_goal: bool
    last_at: str | None  # last activity: a run's start or the last save
    problems: int  # errors in the draft
    sample: bool


class VersionShape(TypedDict):
    number: int
    hash: str
    published_at: str
    published_by: str | None


class LiveVersion(TypedDict):
    number: int
    document: Document
    published_at: str


class JourneyShape(TypedDict):
    slug: str
    id: str
    name: str
    state: JourneyState
    rev: int
    saved_at: str
    document: Document
    problems: list[ProblemShape]
    live: LiveVersion | None
    versions: list[VersionShape]
    hooks: dict[str, str]  # node id -> the address a webhook is posted to
    sample: bool


class EditResult(TypedDict):
    rev: int
    saved_at: str
    problems: list[ProblemShape]
    document: NotRequired[Document]  # there when `base` was stale: take it as the new truth


class PublishResult(TypedDict):
    version: int
    hash: str
    hooks: dict[str, str]
    problems: list[ProblemShape]  # warnings only; errors refuse


# "in": arrivals; "waiting": customers that stand there now; "handles": how many left by each
NodeCounts = TypedDict("NodeCounts", {"in": int, "waiting": int, "handles": dict[str, int]})


class Counts(TypedDict):
    version: int | None
    nodes: dict[str, NodeCounts]


class StartResult(TypedDict):
    """`event_id` may be looked up with `GET /api/events/{id}` to see what became of it."""

    event_id: str


class TemplateShape(TypedDict):
    slug: str
    name: str
    about: str
    stage: str
    document: Document
    needs: list[str]  # plain words: "email", "a web address to post to"
    events_sample: list[dict[str, Json]]


# --- The catalogue of node types -------------------------------------------------------------


class HandleShape(TypedDict):
    """A fixed handle has `name`; a list in the config gives one each when `field` and `key` are
    there: `config[field][i][key]`."""

    name: NotRequired[str]
    label: NotRequired[str]
    hoped: NotRequired[bool]
    folded: NotRequired[bool]
    field: NotRequired[str]
    key: NotRequired[str]


class ExampleShape(TypedDict):
    title: str
    config: dict[str, Json]
    result: dict[str, Json]  # {"handle": …, "output": …} or {"waits"/"performs"/"ends"/"fails"}


class TypeShape(TypedDict):
    type: str
    version: int
    category: Literal["trigger", "ai", "logic", "action"]
    title: str
    icon: str
    summary: str
    help: str
    sentences: list[str]
    handles: list[HandleShape]
    config_schema: dict[str, Json]
    output: dict[str, Json]
    output_of: str | None
    credential: str | None
    waits: bool
    examples: list[ExampleShape]


class FieldChoice(TypedDict):
    path: str
    label: str
    sample: Json


class EventChoice(TypedDict):
    name: str
    properties: list[FieldChoice]


class FieldsShape(TypedDict):
    customer: list[FieldChoice]
    events: list[EventChoice]


class Stage(TypedDict):
    name: str
    title: str


class CredentialChoice(TypedDict):
    """The name of a credential, for the forms; the secret itself never leaves."""

    name: str
    kind: str


class Catalogue(TypedDict):
    types: list[TypeShape]
    stages: list[Stage]
    fields: FieldsShape
    credentials: list[CredentialChoice]


# --- Customers and what happened to them -----------------------------------------------------


class Why(TypedDict):
    """One line of evidence: whether it spoke for it, in words, with the value that was read."""

    ok: bool
    text: str
    value: str


class TimelineItem(TypedDict):
    at: str
    kind: Literal["step", "entered", "event", "message", "status", "skipped"]
    journey: str | None
    journey_name: str | None
    run: str | None
    node: str | None
    type: str | None
    category: str | None
    icon: str
    title: str
    text: str
    why: list[Why]
    output: dict[str, Json]


class CustomerRow(TypedDict):
    id: str
    name: str
    email: str | None
    external_id: str | None
    inside: int  # open runs
    last_at: str
    created_at: str
    sample: bool


class CustomerPage(TypedDict):
    customers: list[CustomerRow]
    total: int
    page: int
    pages: int


class CustomerCard(TypedDict):
    id: str
    name: str
    email: str | None
    external_id: str | None
    attributes: dict[str, Json]
    consent: dict[str, Json]
    segments: list[str]
    created_at: str
    updated_at: str
    sample: bool


class NextItem(TypedDict):
    """What a customer waits for now."""

    run: str
    journey: str
    journey_name: str
    node: str
    kind: Literal["time", "event", "approval", "effect"]
    icon: str
    category: str
    title: str
    text: str
    deadline: str | None


class RunRow(TypedDict):
    id: str
    journey: str
    journey_name: str
    version: int
    customer: str | None
    customer_name: str | None
    status: RunStatus
    reason: str | None
    started_at: str
    ended_at: str | None
    goal_at: str | None
    sample: bool


class StepShape(TypedDict):
    at: str
    node: str
    type: str
    visit: int
    handle: str | None
    title: str
    text: str
    output: dict[str, Json]
    notes: list[str]


class EffectShape(TypedDict):
    key: str
    kind: Literal["email", "http", "model"]
    node: str
    state: Literal["pending", "sending", "done", "dead", "unknown"]
    attempts: int
    body: dict[str, Json]
    answer: dict[str, Json] | None
    created_at: str
    done_at: str | None


class RunShape(RunRow):
    event: dict[str, Json]
    steps: list[StepShape]
    effects: list[EffectShape]
    waiting: list[NextItem]


class CustomerShape(TypedDict):
    customer: CustomerCard
    timeline: list[TimelineItem]  # newest first
    runs: list[RunRow]
    next: list[NextItem]


# --- Approvals, mailbox, tasks ---------------------------------------------------------------


class ApprovalRow(TypedDict):
    id: str
    state: ApprovalState
    title: str  # "Reply to Maya Lindqvist"
    preview: str  # the first words of the draft
    sureness: float | None  # 0…1
    by: str | None  # who should decide; None: anyone of the team
    customer: str | None
    customer_name: str
    journey: str
    journey_name: str
    created_at: str
    expires_at: str | None
    decided_at: str | None
    sample: bool


class Draft(TypedDict):
    to: str | None
    subject: str | None
    text: str


class Source(TypedDict):
    title: str
    text: str


class FollowItem(TypedDict):
    icon: str
    category: str
    text: str


class Decision(TypedDict):
    decision: Literal["approve", "reject"]
    by: str | None
    text: str | None
    at: str


class ApprovalShape(ApprovalRow):
    ask: dict[str, Json]
    draft: Draft
    sources: list[Source]
    card: CustomerCard | None
    follows: list[FollowItem]  # what happens if it is approved
    expiry: str  # in words: what happens when nobody decides
    decided: Decision | None
    run: str


class MessageRow(TypedDict):
    id: str
    to: str
    subject: str
    preview: str
    via: Literal["mailbox", "smtp"]
    customer: str | None
    customer_name: str | None
    created_at: str
    sample: bool


class MessageShape(MessageRow):
    text: str
    html: str | None
    message_id: str
    run: str | None


class TaskShape(TypedDict):
    id: str
    title: str
    notes: str
    assignee: str | None
    due_at: str | None
    overdue: bool
    customer: str | None
    customer_name: str | None
    created_at: str
    done_at: str | None
    sample: bool


class NeedsYou(TypedDict):
    kind: Literal["approvals", "failed", "dead_letters", "tasks", "problems", "mail"]
    icon: str
    tone: Tone
    title: str
    text: str
    button: str
    href: str


# --- Settings --------------------------------------------------------------------------------


class Sender(TypedDict):
    name: str
    email: str


class SettingsShape(TypedDict):
    name: str
    time_zone: str
    opt_in: bool
    retention_days: int  # how long what is finished is kept; 0: for ever
    sender: Sender
    smtp: str | None  # the credential used for email; None: the built-in mailbox
    ai: str | None  # the credential used for AI steps; None: the embedded model
    url: str
    people: list[dict[str, Json]]  # {id, name, email, role}


class CredentialShape(TypedDict):
    """A credential without its secret: that is never given back."""

    name: str
    kind: Literal["smtp", "ai", "http", "hook"]
    hosts: list[str]
    created_at: str
    updated_at: str


class KeyShape(TypedDict):
    id: str
    kind: Literal["manage", "write"]
    name: str
    hint: str
    created_at: str
    revoked_at: str | None


class DeadLetter(TypedDict):
    """`choices`: what may be done about it. `ref`: the id of a run or event, or an effect's key."""

    id: str
    kind: Literal["run", "effect", "event"]
    ref: str
    reason: str
    title: str
    choices: list[Literal["replay", "resend", "confirm", "dismiss"]]
    run: str | None
    journey: str | None
    journey_name: str | None
    customer: str | None
    customer_name: str | None
    created_at: str
    resolved_at: str | None


class Resent(TypedDict):
    """`key`: that of the new send."""

    key: str


class Cancelled(TypedDict):
    """`cancelled`: whether the run ends by this, or by an earlier request; `text` says it."""

    id: str
    cancelled: bool
    status: str
    text: str


class Erased(TypedDict):
    """`done`: nothing of the customer is left; else it goes on by itself, and nothing more is sent
    to them."""

    erased: bool
    done: bool
    text: str


class SamplesResult(TypedDict):
    journey: str  # its slug
    customers: int
    runs: int


class AuditRow(TypedDict):
    at: str
    who: str
    what: str
    of: str
    detail: dict[str, Json]


class EventShape(TypedDict):
    id: str
    name: str
    kind: str
    customer: str | None
    properties: dict[str, Json]
    at: str
    received_at: str
    routed_at: str | None
    outcome: list[dict[str, Json]]  # {"journey", "run"} or {"journey", "skipped": reason}
    sample: bool
