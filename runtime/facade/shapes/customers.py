"""Customers and what happened to them."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import Json
from runtime.facade.shapes.letters import StoppedRun
from runtime.facade.shapes.runs import NextItem, RunRow


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


class CustomerShape(TypedDict):
    customer: CustomerCard
    timeline: list[TimelineItem]  # newest first
    runs: list[RunRow]
    next: list[NextItem]
    stopped: list[StoppedRun]  # where they stopped and could go on


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
