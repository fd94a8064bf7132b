"""Runs with their steps and effects, and events."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import Json, RunStatus


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
