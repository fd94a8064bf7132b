"""What people do: approvals, the mailbox, tasks, and what needs them."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import ApprovalState, Json, Tone
from runtime.facade.shapes.customers import CustomerCard


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
    mailbox: bool  # and its email stays in the mailbox: a sample's, or there is no server
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
