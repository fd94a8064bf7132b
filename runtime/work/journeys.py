"""The journeys of a process, compiled once: live ones by workspace, versions by id."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, cast

import orjson

from nodes.spec import NodeType
from runtime.engine.compiled import Journey, compile_journey
from runtime.journey import times
from runtime.store import spaces
from runtime.store.database import Connection

KEPT = 500  # compiled versions in memory
UNREAD = (
    "Its published version cannot be read: a type of node is missing, or of a newer version. "
    "Install what it needs, then try again."
)

log = logging.getLogger("wayline.work")


class VersionMissing(Exception):
    """The published version of this run is not in the database: restore it from a backup."""


@dataclass(frozen=True, slots=True)
class Live:
    """A published journey that events can start."""

    id: str
    version: str
    paused: bool
    journey: Journey


@dataclass(frozen=True, slots=True)
class Space:
    """A workspace with its rules and live journeys. `starts` and `goals` find them by the name of
    an event."""

    id: str
    zone: tzinfo
    opt_in: bool
    settings: Mapping[str, Any]
    rates: Mapping[str, float]  # calls a second that a provider may get
    by_id: Mapping[str, Live]
    starts: Mapping[str, tuple[Live, ...]]
    goals: Mapping[str, tuple[Live, ...]]
    unread: Mapping[str, frozenset[str]]  # live journeys that cannot be read: the events they name

    def unread_by(self, event: str, target: str | None) -> list[str]:
        """The live journeys that this event may start, if they could be read."""
        if target is not None:
            return [target] if target in self.unread else []
        return [one for one, names in self.unread.items() if event in names]


class Journeys:
    """What this process has compiled. A workspace is read again when its `live_rev` has grown."""

    def __init__(self, types: Mapping[str, NodeType]) -> None:
        self._types = types
        self._versions: dict[str, Journey] = {}
        self._spaces: dict[str, tuple[spaces.SpaceRow, Space]] = {}

    def space(self, conn: Connection, workspace: str) -> Space:
        """The workspace as it is now."""
        row = spaces.space(conn, workspace)
        known = self._spaces.get(workspace)
        if known is not None and known[0] == row:
            return known[1]
        live, unread = self._live(conn, workspace)
        settings: dict[str, Any] = orjson.loads(row.settings_json)
        made = Space(
            id=workspace,
            zone=times.zone(row.time_zone) or UTC,
            opt_in=bool(settings.get("opt_in")),
            settings=settings,
            rates=_rates(settings.get("rates")),
            by_id={one.id: one for one in live},
            starts=_by_event(live),
            goals=_grouped([(one.journey.goal.event, one) for one in live if one.journey.goal]),
            unread=unread,
        )
        self._spaces[workspace] = (row, made)
        return made

    def version(self, conn: Connection, version: str) -> Journey:
        """The compiled version."""
        found = self._versions.get(version)
        if found is None:
            document = spaces.document(conn, version)
            if document is None:
                raise VersionMissing(f"The version {version} is not in the database.")
            found = self._compile(version, document)
        return found

    def _compile(self, version: str, document_json: str) -> Journey:
        known = self._versions.get(version)
        if known is not None:
            return known
        made = compile_journey(orjson.loads(document_json), self._types)
        while len(self._versions) >= KEPT:
            del self._versions[next(iter(self._versions))]
        self._versions[version] = made
        return made

    def _live(
        self, conn: Connection, workspace: str
    ) -> tuple[list[Live], dict[str, frozenset[str]]]:
        found: list[Live] = []
        unread: dict[str, frozenset[str]] = {}
        for row in spaces.live(conn, workspace):
            try:
                journey = self._compile(row.version, row.document_json)
            except Exception:
                log.exception("The live journey %s cannot be read and starts no runs.", row.journey)
                if row.state == "live":
                    unread[row.journey] = _named(row.document_json)
                continue
            found.append(Live(row.journey, row.version, row.state == "paused", journey))
        return found, unread


def _named(document_json: str) -> frozenset[str]:
    """The events that a document names where nothing leads to, as far as it can be read."""
    try:
        document: dict[str, Any] = orjson.loads(document_json)
        led_to = {edge["to"] for edge in document.get("edges", ())}
        nodes: list[dict[str, Any]] = [n for n in document["nodes"] if n["id"] not in led_to]
        configs: list[dict[str, Any]] = [node.get("config") or {} for node in nodes]
        found = {config.get("event") for config in configs}
    except (ValueError, TypeError, KeyError, AttributeError):
        return frozenset()
    return frozenset(name for name in found if isinstance(name, str))


def _rates(given: Any) -> dict[str, float]:
    table = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    found = {name: rate for name, rate in table.items() if isinstance(rate, int | float)}
    return {name: float(rate) for name, rate in found.items() if rate > 0}


def _by_event(live: list[Live]) -> dict[str, tuple[Live, ...]]:
    pairs: list[tuple[str, Live]] = []
    for one in live:
        names = {t.start.event for t in one.journey.triggers if t.start.event is not None}
        pairs += [(name, one) for name in names]
    return _grouped(pairs)


def _grouped(pairs: list[tuple[str, Live]]) -> dict[str, tuple[Live, ...]]:
    found: dict[str, tuple[Live, ...]] = {}
    for name, one in pairs:
        found[name] = (*found.get(name, ()), one)
    return found
