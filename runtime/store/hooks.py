"""What the intake must know about a webhook's address before it accepts anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from runtime.store.tables import credential, hook, journey, journey_version


@dataclass(frozen=True, slots=True)
class HookRow:
    """A webhook's address and the state of the journey behind it."""

    token: str
    workspace: str
    journey: str
    node: str
    state: str
    live_version: str | None


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A credential as it is stored."""

    id: str
    kind: str
    sealed: bytes


def find(conn: Connection, token: str) -> HookRow | None:
    """The address with this token, unless its journey was deleted."""
    row = conn.execute(
        select(
            hook.c.token,
            hook.c.workspace,
            hook.c.journey,
            hook.c.node,
            journey.c.state,
            journey.c.live_version,
        )
        .join(journey, journey.c.id == hook.c.journey)
        .where(hook.c.token == token, journey.c.deleted_at.is_(None))
    ).one_or_none()
    return HookRow(*row) if row else None


def document(conn: Connection, version: str) -> str | None:
    """A published version's document as JSON text."""
    return conn.execute(
        select(journey_version.c.document_json).where(journey_version.c.id == version)
    ).scalar_one_or_none()


def sealed(conn: Connection, workspace: str, name: str) -> SealedRow | None:
    """The credential with this name."""
    row = conn.execute(
        select(credential.c.id, credential.c.kind, credential.c.sealed).where(
            credential.c.workspace == workspace, credential.c.name == name
        )
    ).one_or_none()
    return SealedRow(row[0], row[1], bytes(row[2])) if row else None
