"""Templates, what they need, and what their sample customers would get."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import Document, Json


class Blank(TypedDict):
    """What every business fills in for itself: `find` stands for it in the template."""

    find: str
    label: str
    hint: str
    kind: Literal["address", "text"]


class TemplateShape(TypedDict):
    slug: str
    name: str
    about: str
    stage: str
    document: Document
    goal: str  # what it is for, in words: "They book a call"
    channels: list[str]  # "Email", "Web call", "AI", "Task"
    needs: list[str]  # plain words: "email", "a web address to post to"
    cost: str  # "1 to 2 emails, 1 AI answer for a customer"
    blanks: list[Blank]
    events_sample: list[dict[str, Json]]


NeedKind = Literal["smtp", "ai", "http", "hook", "event", "segment"]


class Need(TypedDict):
    """Something that a template needs, and whether it is there."""

    kind: NeedKind
    name: str
    ready: bool
    text: str


class StoryLine(TypedDict):
    """What happens to a sample customer. `sent`: it goes out to them or to a web address."""

    at: str
    icon: str
    text: str
    more: str
    sent: bool


class CustomerStory(TypedDict):
    """One sample customer's way; `counts` by kind of effect, and "ai"."""

    customer: str
    lines: list[StoryLine]
    counts: dict[str, int]
