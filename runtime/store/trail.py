"""The audit: append-only rows, each chained to the last by a hash, so that tampering shows.

The hash is over the hash of the row, so that what a row says of an erased customer can be taken out
of it: then its detail is `{"erased": hash of the row}`, and the chain still holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from runtime.store.database import Connection, many, rows, run

ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did. `detail` never holds a secret."""

    workspace: str
    at: int
    who: str
    what: str
    of: str
    detail: dict[str, Any]

    @property
    def text(self) -> bytes:
        """The row as it is hashed."""
        row = [self.workspace, self.at, self.who, self.what, self.of, self.detail]
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def link(before: bytes, entry: Entry) -> bytes:
    """The chain's next value: SHA-256 over the one before and the hash of this row."""
    if list(entry.detail) == [ERASED]:
        return hashlib.sha256(before + bytes.fromhex(entry.detail[ERASED])).digest()
    return hashlib.sha256(before + hashlib.sha256(entry.text).digest()).digest()


def _first_link(before: bytes, entry: Entry) -> bytes:
    """As rows were chained at first: over the one before and the row itself."""
    return hashlib.sha256(before + entry.text).digest()


def add(conn: Connection, entry: Entry) -> None:
    """Append a row in this transaction."""
    if conn.dialect.name != "sqlite":  # one writer at a time for each chain
        rows(conn, "SELECT id FROM workspace WHERE id = ? FOR UPDATE", (entry.workspace,))
    last = rows(
        conn,
        "SELECT chain FROM audit WHERE workspace = ? ORDER BY seq DESC LIMIT 1",
        (entry.workspace,),
    )
    chain = link(bytes(last[0][0]) if last else b"", entry)
    detail = orjson.dumps(entry.detail).decode()
    run(
        conn,
        """INSERT INTO audit (workspace, at, who, what, "of", detail_json, chain)
 VALUES (?,?,?,?,?,?,?)""",
        (entry.workspace, entry.at, entry.who, entry.what, entry.of, detail, chain),
    )


def broken(conn: Connection, workspace: str) -> int | None:
    """The seq of the first row that does not fit its chain, or None when all is well."""
    before = b""
    for seq, entry, chain in _rows(conn, workspace, ""):
        try:
            fits = chain in (link(before, entry), _first_link(before, entry))
        except (TypeError, ValueError):  # somebody wrote something else where a hash belongs
            fits = False
        if not fits:
            return seq
        before = chain
    return None


def redact(conn: Connection, workspace: str, of: str) -> None:
    """Take the details out of what was done to this; the chain goes on to hold."""
    hidden = [
        (orjson.dumps({ERASED: hashlib.sha256(entry.text).hexdigest()}).decode(), seq)
        for seq, entry, _ in _rows(conn, workspace, 'AND "of" = ?', of)
        if list(entry.detail) != [ERASED]
    ]
    many(conn, "UPDATE audit SET detail_json = ? WHERE seq = ?", hidden)


def _rows(
    conn: Connection, workspace: str, where: str, *params: str
) -> list[tuple[int, Entry, bytes]]:
    sql = f"""SELECT seq, at, who, what, "of", detail_json, chain FROM audit
 WHERE workspace = ? {where} ORDER BY seq"""
    return [
        (seq, Entry(workspace, at, who, what, of, orjson.loads(detail)), bytes(chain))
        for seq, at, who, what, of, detail, chain in rows(conn, sql, (workspace, *params))
    ]
