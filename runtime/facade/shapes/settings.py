"""The workspace's settings, credentials and keys; the audit."""

from __future__ import annotations

from typing import Literal, TypedDict

from runtime.facade.shapes.basic import Json


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


class HeldBack(TypedDict):
    """Nothing goes to it until then. `failures` in a row: 0 when it asked for the pause itself;
    else one call tries then."""

    until: str
    failures: int


class Limit(TypedDict):
    """A provider: a host, `smtp` or `ai` (with `:` and a credential's name for another than the
    workspace's own). `rate`: calls a second, from all workers together; None: as many as there
    are. `held`: when it is held back now."""

    provider: str
    label: str
    rate: float | None
    held: HeldBack | None


class KeyShape(TypedDict):
    id: str
    kind: Literal["manage", "write"]
    name: str
    hint: str
    created_at: str
    revoked_at: str | None


class AuditRow(TypedDict):
    at: str
    who: str
    what: str
    of: str
    detail: dict[str, Json]
