"""Journeys, their drafts, versions and counts; templates."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from runtime.facade.shapes.basic import Document, JourneyState, Json, Severity


class ProblemShape(TypedDict):
    """One problem of a document. `node` None: the document itself. `fix`, when there is one, is
    {"label": the button's words, "ops": operations that mend it}; `fixes` are all of them, the
    likeliest first."""

    node: str | None
    path: str
    severity: Severity
    message: str
    code: str
    fix: dict[str, Json] | None
    fixes: list[dict[str, Json]]


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
    may_edit: bool  # whether who asks may change it


class Maker(TypedDict):
    """Who made an edit; without an id it was a command or a key."""

    id: str | None
    name: str


class EditMade(TypedDict):
    rev: int
    at: str
    person: Maker
    label: str
    ops: list[Json]


class EditResult(TypedDict):
    rev: int
    saved_at: str
    problems: list[ProblemShape]
    document: NotRequired[Document]  # there when `base` was stale: take it as the new truth
    since: NotRequired[list[EditMade]]  # with it: what the others did meanwhile


class HistoryEdit(TypedDict):
    rev: int
    at: str
    person: Maker
    label: str
    count: int  # operations
    nodes: list[str]  # that they touched


class HistoryVersion(TypedDict):
    number: int
    rev: int | None  # the draft that was published, when it is remembered
    published_at: str
    person: Maker


class HistoryShape(TypedDict):
    edits: list[HistoryEdit]
    versions: list[HistoryVersion]


class PublishResult(TypedDict):
    version: int
    hash: str
    hooks: dict[str, str]
    problems: list[ProblemShape]  # warnings only; errors refuse


class StandingAt(TypedDict):
    """How many people stand at a step of a version; `gone`: the draft has no such step."""

    node: str
    title: str
    people: int
    gone: bool


class Inside(TypedDict):
    version: int
    people: int  # runs that have not ended; some may stand at two steps, some at none
    steps: list[StandingAt]


class PublishReview(TypedDict):
    number: int  # what the draft would become
    same: bool  # the newest version is the same, so it stays that one
    state: JourneyState
    rev: int  # the draft that was looked at
    inside: list[Inside]  # the newest version first
    mailbox: bool  # its emails stay in the mailbox: there is no mail server


# "in": arrivals; "waiting": customers that stand there now; "handles": how many left by each
NodeCounts = TypedDict("NodeCounts", {"in": int, "waiting": int, "handles": dict[str, int]})


class Counts(TypedDict):
    """`left`: by node and handle, how many ended there; "" is the node itself."""

    version: int | None
    nodes: dict[str, NodeCounts]
    left: dict[str, dict[str, int]]


class StartResult(TypedDict):
    """`event_id` may be looked up with `GET /api/events/{id}` to see what became of it."""

    event_id: str
