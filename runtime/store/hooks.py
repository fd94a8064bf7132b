"""What the intake must know about a webhook's address before it accepts anything."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.store.database import Connection, rows


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
    sql = """SELECT h.token, h.workspace, h.journey, h.node, j.state, j.live_version
 FROM hook h JOIN journey j ON j.id = h.journey WHERE h.token = ? AND j.deleted_at IS NULL"""
    for row in rows(conn, sql, (token,)):
        return HookRow(*row)
    return None


def document(conn: Connection, version: str) -> str | None:
    """A published version's document as JSON text."""
    for row in rows(conn, "SELECT document_json FROM journey_version WHERE id = ?", (version,)):
        return row[0]
    return None


def sealed(conn: Connection, workspace: str, name: str) -> SealedRow | None:
    """The credential with this name."""
    sql = "SELECT id, kind, sealed FROM credential WHERE workspace = ? AND name = ?"
    for identity, kind, secret in rows(conn, sql, (workspace, name)):
        return SealedRow(identity, kind, bytes(secret))
    return None
