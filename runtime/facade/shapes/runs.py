"""Runs with their steps and effects, and events."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import Document, Json, RunStatus
from runtime.facade.shapes.journeys import ProblemShape


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


class Cancelled(TypedDict):
    """`cancelled`: whether the run ends by this, or by an earlier request; `text` says it."""

    id: str
    cancelled: bool
    status: str
    text: str


class TrialShape(TypedDict):
    """What a try of a draft came to: {n, at, node, type, visit, handle, input, output, notes,
    waited (seconds), pinned, assumed, effect?} each, and {status, reason} of the run. `problems`:
    the draft's errors, which fail only the nodes they are at."""

    steps: list[dict[str, Json]]
    ends: list[dict[str, Json]]
    problems: list[ProblemShape]


class ReplayShape(TypedDict):
    """A past run as a try shows it, on the document of its own version."""

    run: RunRow
    document: Document
    steps: list[dict[str, Json]]
    ends: list[dict[str, Json]]
    waiting: list[NextItem]


class SampleEvent(TypedDict):
    """An event to try with. `fits` None: it starts the trigger; else why it does not. One of the
    draft's template says which `way` it goes ({node, handle}) and what has to be pinned for it."""

    id: str
    origin: Literal["real", "template", "example", "made"]
    title: str
    at: str | None
    customer: dict[str, Json] | None
    event: dict[str, Json]
    fits: str | None
    way: dict[str, Json] | None
    pins: dict[str, Json]


class SampleTrigger(TypedDict):
    """A trigger of the draft with events that start it."""

    node: str
    title: str
    event: str
    samples: list[SampleEvent]


class SamplesShape(TypedDict):
    """What a draft can be tried with."""

    triggers: list[SampleTrigger]
    customers: list[dict[str, Json]]  # {id, name, email}
