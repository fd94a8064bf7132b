"""The catalogue of node types, and what the forms may choose from."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from runtime.facade.shapes.basic import Json


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


FieldKind = Literal["text", "number", "yesno", "date", "list", "any"]


class FieldChoice(TypedDict):
    path: str
    label: str
    sample: Json
    kind: FieldKind
    samples: list[Json]  # the latest first


class EventChoice(TypedDict):
    name: str
    properties: list[FieldChoice]


class FieldsShape(TypedDict):
    customer: list[FieldChoice]
    events: list[EventChoice]
    segments: list[str]


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
