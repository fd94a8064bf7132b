"""One row for each event, idempotent by (workspace, source, external id)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from runtime.store.database import marks, new_id, once, rows, touched


@dataclass(slots=True)  # not frozen: that would triple what it costs to make one
class Incoming:
    """An event that asks to be accepted.

    `external_id` None: never a duplicate. `who` {"id"?, "email"?, "anonymous"?, "any"?} is resolved
    when it is routed; None: no customer. `at` in microseconds; None: when it is accepted. `target`
    (a journey's id) and `target_node`: only this trigger may start. `body_hash` tells a repeated
    delivery from another body under the same id; None: computed.
    """

    workspace: str
    source: str
    external_id: str | None
    kind: str
    name: str
    who: Mapping[str, str] | None
    properties: Mapping[str, Any]
    at: int | None = None
    target: str | None = None
    target_node: str | None = None
    sample: bool = False
    body_hash: bytes | None = None
    customer: str | None = None  # our own id, when it is known (`who` is then not looked at)


class Receipt(NamedTuple):
    """The answer. `duplicate`: the same event was accepted before and this is its id. `conflict`:
    another body was accepted under that external id; nothing was stored."""

    event_id: str
    duplicate: bool = False
    conflict: bool = False


class Row(NamedTuple):
    """An event as it is stored, but for the instant at which that happens. `at` None: then."""

    fields: tuple[Any, ...]
    at: int | None


PROPERTIES = 8  # the place of the only field that may be long
_COLUMNS = (
    "id, workspace, source, external_id, body_hash, kind, name, who_json, properties_json,"
    " target, target_node, sample, customer, at, received_at"
)
_ROW = f"({marks(15)})"
_MOST = 32  # rows of one statement: so many shapes of it stay prepared


@cache
def _insert(n: int) -> str:
    return f"""INSERT INTO event ({_COLUMNS}) VALUES {",".join([_ROW] * n)}
 ON CONFLICT (workspace, source, external_id) DO NOTHING"""


def _insert_all(conn: Connection, fresh: Sequence[tuple[Any, ...]]) -> int:
    """How many were not there yet. On SQLite in few statements: each one gives the interpreter to
    another thread and has to get it back."""
    if conn.dialect.name != "sqlite":
        return touched(conn, _insert(1), fresh)
    inserted = 0
    for start in range(0, len(fresh), _MOST):
        part = fresh[start : start + _MOST]
        inserted += once(conn, _insert(len(part)), tuple(chain.from_iterable(part)))
    return inserted


def body_hash(incoming: Incoming) -> bytes:
    """SHA-256 of what the sender said, apart from the time."""
    said = (
        incoming.kind,
        incoming.name,
        incoming.who,
        incoming.properties,
        incoming.target,
        incoming.target_node,
    )
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def row(one: Incoming, event_id: str | None = None) -> Row:
    """What is to be stored of it, under this id or a new one."""
    event_id = event_id or new_id()
    external_id = one.external_id
    fields = (
        event_id,
        one.workspace,
        one.source,
        event_id if external_id is None else external_id,
        b"" if external_id is None else one.body_hash or body_hash(one),
        one.kind,
        one.name,
        None if one.who is None else orjson.dumps(one.who).decode(),
        orjson.dumps(one.properties).decode(),
        one.target,
        one.target_node,
        one.sample,
        one.customer,
    )
    return Row(fields, one.at)


def store(conn: Connection, fresh: Sequence[Row], now: int) -> list[Receipt]:
    """Insert the events in this transaction, in their order; `now` is the engine's instant
    (`Database.now_us`). A transaction that is tried again with the same rows accepts nothing
    twice."""
    if not fresh:
        return []
    whole: list[tuple[Any, ...]] = [
        (*fields, now if at is None else at, now) for fields, at in fresh
    ]
    if _insert_all(conn, whole) == len(whole):
        return [Receipt(fields[0]) for fields in whole]
    return _compare(conn, whole)


def accept(conn: Connection, incoming: Sequence[Incoming], now: int) -> list[Receipt]:
    """The same for events that nobody waits for together."""
    return store(conn, [row(one) for one in incoming], now)


def _compare(conn: Connection, tried: Sequence[tuple[Any, ...]]) -> list[Receipt]:
    """Some were there already: find whose rows stand, and whether their bodies are the same."""
    found: dict[tuple[str, str, str], tuple[str, bytes]] = {}
    for workspace, source in {(one[1], one[2]) for one in tried}:
        names = [one[3] for one in tried if one[1] == workspace and one[2] == source]
        sql = f"""SELECT external_id, id, body_hash FROM event
 WHERE workspace = ? AND source = ? AND external_id IN ({marks(len(names))})"""
        for name, event_id, digest in rows(conn, sql, (workspace, source, *names)):
            found[workspace, source, name] = (event_id, bytes(digest))
    receipts: list[Receipt] = []
    for one in tried:
        event_id, digest = found[one[1], one[2], one[3]]
        fresh = event_id == one[0]
        receipts.append(Receipt(event_id, not fresh, not fresh and digest != one[4]))
    return receipts
