"""The statements about API keys; only a key's hash is ever stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from runtime.store.tables import api_key


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Who a live key belongs to and what it may do."""

    id: str
    workspace: str
    kind: str
    name: str


def add(conn: Connection, row: KeyRow, *, token_hash: str, hint: str, at: int) -> None:
    """Store a new key; `at` is in microseconds."""
    conn.execute(
        insert(api_key).values(
            id=row.id,
            workspace=row.workspace,
            kind=row.kind,
            name=row.name,
            token_hash=token_hash,
            hint=hint,
            created_at=at,
        )
    )


def find(conn: Connection, token_hash: str) -> KeyRow | None:
    """The key with this hash, unless it was revoked."""
    row = conn.execute(
        select(api_key.c.id, api_key.c.workspace, api_key.c.kind, api_key.c.name).where(
            api_key.c.token_hash == token_hash, api_key.c.revoked_at.is_(None)
        )
    ).one_or_none()
    return KeyRow(*row) if row else None


def revoke(conn: Connection, workspace: str, key_id: str, *, at: int) -> bool:
    """Revoke a key now; False when the workspace has no such live key."""
    done = conn.execute(
        update(api_key)
        .where(
            api_key.c.workspace == workspace,
            api_key.c.id == key_id,
            api_key.c.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )
    return done.rowcount > 0
