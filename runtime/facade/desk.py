"""What every part of the facade works with: one workspace, and on whose behalf.

A `Desk` opens transactions, checks roles and writes the audit. It holds no state of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

import orjson

from nodes.spec import NodeType
from runtime.facade import audit
from runtime.facade.errors import NotAllowed
from runtime.facade.memories import Memories
from runtime.facade.shapes import Role
from runtime.settings import Settings
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, Database
from runtime.store.intake import Bell, Intake
from runtime.vault import Vault

T = TypeVar("T")
Action = Literal["read", "decide", "edit", "own"]

# what each role may do; the one policy table
POLICY: Mapping[Role, frozenset[Action]] = {
    "owner": frozenset(("read", "decide", "edit", "own")),
    "editor": frozenset(("read", "decide", "edit")),
    "approver": frozenset(("read", "decide")),
    "viewer": frozenset(("read",)),
}
NEEDED = {"read": "a person of the team", "decide": "an approver", "edit": "an editor"}


@dataclass(slots=True)
class House:
    """What all workspaces of a process share."""

    settings: Settings
    database: Database
    intake: Intake
    bell: Bell
    types: Mapping[str, NodeType]
    checked: dict[tuple[str, int], Any] = field(default_factory=dict[tuple[str, int], Any])
    memories: Memories = field(default_factory=Memories)
    triggers: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    _vault: Vault | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def vault(self) -> Vault:
        """Opened at the first use: reading a key file is not for every command."""
        with self._lock:
            if self._vault is None:
                self._vault = Vault(self.settings)
            return self._vault


@dataclass(frozen=True, slots=True)
class Desk:
    """One workspace, and who works there. `person` is an id, or None for commands and keys."""

    house: House
    workspace: str
    who: str
    role: Role
    person: str | None = None

    def can(self, action: Action) -> bool:
        """Whether the role allows it."""
        return action in POLICY[self.role]

    def may(self, action: Action) -> None:
        """Refuse what the role does not allow."""
        if not self.can(action):
            raise NotAllowed(
                f"This needs {NEEDED.get(action, 'the owner')}, and you are here as "
                f"{self.role}. Ask the owner of the workspace."
            )

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A read-only transaction."""
        self.may("read")
        with self.house.database.read() as conn:
            yield conn

    def write(self, action: Action, work: Callable[[Connection, int], T]) -> T:
        """`work(conn, now)` in a write transaction, tried again when the database asks for it."""
        self.may(action)
        database = self.house.database
        return database.transact(lambda conn: work(conn, database.now_us(conn)))

    def audit(
        self,
        conn: Connection,
        now: int,
        what: str,
        of: str,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an action in the workspace's chain, in this transaction."""
        audit.add(conn, audit.Entry(self.workspace, now, self.who, what, of, dict(detail or {})))


def mapping(text: str | bytes | None) -> dict[str, Any]:
    """A stored JSON object."""
    value: Any = orjson.loads(text) if text else {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listing(text: str | bytes | None) -> list[Any]:
    """A stored JSON list."""
    value: Any = orjson.loads(text) if text else []
    return cast("list[Any]", value) if isinstance(value, list) else []


def dump(value: Any) -> str:
    """JSON to store."""
    return orjson.dumps(value).decode()


def when(us: int | None) -> str | None:
    """An instant as RFC 3339, when there is one."""
    return None if us is None else rfc3339(us)
