"""What could not be done, and what is done about it."""

from __future__ import annotations

from typing import Literal, TypedDict


class DeadLetter(TypedDict):
    """`choices`: what may be done about it. `ref`: the id of a run or event, or an effect's key.
    `reason` is a sentence with its remedy; `details` the program's own words, if there are any."""

    id: str
    kind: Literal["run", "effect", "event"]
    ref: str
    reason: str
    details: str | None
    title: str
    choices: list[Literal["replay", "resend", "confirm", "dismiss"]]
    run: str | None
    journey: str | None
    journey_name: str | None
    customer: str | None
    customer_name: str | None
    created_at: str
    resolved_at: str | None


class StoppedRun(TypedDict):
    """A run that one of its nodes has failed. `again`: it can go on from there (`retry`)."""

    run: str
    journey: str
    journey_name: str
    customer: str | None
    customer_name: str | None
    reason: str
    details: str | None
    again: bool
    ended_at: str


class Retried(TypedDict):
    """`text` says what happens now."""

    id: str
    text: str


class Resent(TypedDict):
    """`key`: that of the new send."""

    key: str
