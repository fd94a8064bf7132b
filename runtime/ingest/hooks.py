"""Webhook addresses: what stands behind a token."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from nodes.spec import NodeType, Start
from runtime.ingest import signatures
from runtime.store import hooks as rows

if TYPE_CHECKING:
    from runtime.store.database import Connection, Database

VERSIONS = 1_000  # triggers of published versions that are remembered

# workspace, credential id, sealed bytes → the secret
Opener = Callable[[str, str, bytes], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook trigger's address. `start` None: the live version has no such trigger (any
    more)."""

    token: str
    workspace: str
    journey: str
    node: str
    state: str
    start: Start | None
    secrets: tuple[str, ...] = ()
    source: str = field(init=False)  # the event's: external ids are unique within it
    kind: str = field(init=False)  # how a sender is verified

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", f"hook:{self.token}")
        rule = self.start.verify if self.start else None
        object.__setattr__(self, "kind", signatures.kind_of(rule or {}))


class Hooks:
    """Reads addresses from the database."""

    def __init__(self, database: Database, types: Mapping[str, NodeType], opener: Opener) -> None:
        self._database = database
        self._types = types
        self._open = opener
        self._starts: OrderedDict[tuple[str, str], Start | None] = OrderedDict()

    def read(self, token: str) -> Hook | None:
        """The address with this token as it is now."""
        with self._database.read() as conn:
            row = rows.find(conn, token)
            if row is None:
                return None
            start = None
            secrets: tuple[str, ...] = ()
            if row.live_version is not None:
                start = self._start(conn, row.live_version, row.node)
            if start is not None and start.verify:
                secrets = self._secrets(conn, row.workspace, start.verify)
        return Hook(row.token, row.workspace, row.journey, row.node, row.state, start, secrets)

    def _secrets(
        self, conn: Connection, workspace: str, verify: Mapping[str, Any]
    ) -> tuple[str, ...]:
        name = verify.get("credential")
        sealed = rows.sealed(conn, workspace, name) if isinstance(name, str) else None
        if sealed is None or sealed.kind != "hook":
            return ()
        return tuple(signatures.secrets_of(self._open(workspace, sealed.id, sealed.sealed)))

    def _start(self, conn: Connection, version: str, node: str) -> Start | None:
        """A version never changes, so its trigger is read once."""
        key = (version, node)
        if key not in self._starts:
            text = rows.document(conn, version)
            self._starts[key] = webhook_start(orjson.loads(text) if text else {}, node, self._types)
            if len(self._starts) > VERSIONS:
                self._starts.popitem(last=False)
        return self._starts.get(key)


def webhook_start(
    document: Mapping[str, Any], node_id: str, types: Mapping[str, NodeType]
) -> Start | None:
    """How this node of a published document starts runs, if it is an enabled webhook trigger."""
    for node in document.get("nodes", ()):
        if node.get("id") != node_id or node.get("disabled"):
            continue
        kind = types.get(node.get("type", ""))
        if kind is None or kind.start is None:
            return None
        start = kind.start(kind.read(node.get("config") or {}, node.get("version")))
        return start if start.source == "webhook" else None
    return None
