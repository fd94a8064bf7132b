"""What could not be done, and what is done about it."""

from __future__ import annotations

from typing import Literal, TypedDict


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
