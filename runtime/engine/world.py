"""What a run knows of the world: the instant, the customer, the workspace's rules and the
customer's past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from nodes.spec import nothing
from runtime.journey.times import rfc3339


@dataclass(slots=True)
class Event:
    """Something that happened. `at` is aware; `seen` is the form nodes and conditions read. Never
    changed.
    """

    id: str
    name: str
    properties: Mapping[str, Any]
    at: datetime
    _seen: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)
    _at: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def seen(self) -> Mapping[str, Any]:
        """{id, name, properties, at} with `at` as RFC 3339."""
        if self._seen is None:
            self._seen = {
                "id": self.id,
                "name": self.name,
                "properties": self.properties,
                "at": self.at_text,
            }
        return self._seen

    @property
    def at_text(self) -> str:
        """`at` as RFC 3339."""
        if self._at is None:
            self._at = rfc3339(self.at)
        return self._at

    def output(self) -> dict[str, Any]:
        """What a step that took this event puts out: {name, properties, at}."""
        return {"name": self.name, "properties": self.properties, "at": self.at_text}


@dataclass(slots=True)
class Customer:
    """The person a run is about; one record is shared by all runs that are carried together, and
    changed in place by `set`.
    """

    id: str
    attributes: dict[str, Any] = field(default_factory=nothing)
    consent: Mapping[str, Any] = field(default_factory=nothing)
    segments: Sequence[str] = ()
    external_id: str | None = None
    email: str | None = None
    _seen: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def seen(self) -> Mapping[str, Any]:
        """As `customer.*` reads it: the attributes, and over them `id` (the business's own) and
        `email`.
        """
        if self._seen is None:
            seen = {**self.attributes, "id": self.known_as}
            if self.email is not None:
                seen["email"] = self.email
            self._seen = seen
        return self._seen

    @property
    def known_as(self) -> str:
        """The id the business itself uses, else ours."""
        return self.external_id or self.id

    def set(self, values: Mapping[str, Any]) -> None:
        """Write attributes; None removes one. `email` is kept in step with its own field."""
        self._seen = None
        for name, value in values.items():
            if value is None:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = value
        if "email" in values:
            email = values["email"]
            self.email = email if isinstance(email, str) and email else None


@dataclass(slots=True)
class World:
    """`history` holds the customer's earlier events, the entry event among them; it may be left
    empty for a journey that has no `did` (`Journey.needs_history`). `salt` changes every `share`:
    the simulator's seed.
    """

    now: datetime
    customer: Customer | None = None
    workspace_zone: tzinfo = UTC
    opt_in: bool = False
    history: Sequence[Event] = ()
    salt: str = ""
