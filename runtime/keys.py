"""API keys: `wl_manage_…` opens the management API, `wl_write_…` only sends events.

A key is shown once, when it is made. The database keeps its SHA-256 (enough for 256 random bits:
there is nothing to guess) and a hint of its last letters.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Literal

from runtime.store import keys as rows

if TYPE_CHECKING:
    from runtime.store.database import Connection

Kind = Literal["manage", "write"]
PREFIX = {"manage": "wl_manage_", "write": "wl_write_"}
LONGEST = 200


def new_token(kind: Kind) -> str:
    """A fresh key: only letters, digits, `_` and `-`, so that it fits a URL and a header."""
    return PREFIX[kind] + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored instead of the key."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def hint(token: str) -> str:
    """What may be shown later: the last four letters."""
    return f"…{token[-4:]}"


def create(conn: Connection, workspace: str, kind: Kind, name: str, *, key_id: str, at: int) -> str:
    """Make a key in this transaction and give its text, which is nowhere else."""
    token = new_token(kind)
    row = rows.KeyRow(key_id, workspace, kind, name)
    rows.add(conn, row, token_hash=token_hash(token), hint=hint(token), at=at)
    return token


def verify(conn: Connection, token: str, kind: Kind) -> rows.KeyRow | None:
    """The live key of this kind that was presented, or None."""
    if not token.startswith(PREFIX[kind]) or len(token) > LONGEST:
        return None
    found = rows.find(conn, token_hash(token))
    return found if found and found.kind == kind else None


def revoke(conn: Connection, workspace: str, key_id: str, *, at: int) -> bool:
    """Revoke a key; False when there was no such live key."""
    return rows.revoke(conn, workspace, key_id, at=at)
