"""Checks the fields of a config by their kind: durations, Liquid, conditions, paths and so on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any, cast

from runtime import templates
from runtime.journey import condition_checks, durations, placeholders
from runtime.journey.names import Names
from runtime.journey.operations import FORBIDDEN
from runtime.journey.outline import Placed
from runtime.journey.problems import shown
from runtime.journey.report import Report
from runtime.journey.spots import texts
from runtime.journey.times import parse_instant, zone

MOST_LIQUID = 2_000_000  # characters of all Liquid texts of a journey
_ROOTS = ("customer", "event", "steps", "now")
_BODY_ROOTS = ("body", "query", "headers")
_LIQUID_ROOTS = (*_ROOTS, "today")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "x-api-key", "cookie")

Field = Mapping[str, Any]


class Fields:
    """Checks the configs of one journey's nodes."""

    def __init__(self, names: Names, credentials: Mapping[str, str] | None, report: Report) -> None:
        self._names = names
        self._credentials = credentials
        self.asked = False  # whether a check asked about anything around its node
        self.report = report
        self.liquid_left = MOST_LIQUID
        self._checks: dict[str, Callable[[Placed, str, Any, Field], None]] = {
            "template": self._liquid,
            "html": self._liquid,
            "values": self._liquid,
            "body": self._liquid,
            "headers": self._headers,
            "duration": self._duration,
            "moment": self._moment,
            "due": self._due,
            "condition": self._condition,
            "path": self._path,
            "event": self._event,
            "segment": self._event,
            "node": self._node,
            "cron": self._cron,
            "time_zone": self._zone,
            "credential": self._credential,
            "slug": self._slug,
        }

    @property
    def names(self) -> Names:
        """What the other nodes, and the customers and events that were seen, have names for."""
        self.asked = True
        return self._names

    @property
    def credentials(self) -> Mapping[str, str] | None:
        """The kinds of the known credentials by name."""
        self.asked = True
        return self._credentials

    def check(self, node: Placed, schema: Mapping[str, Any], value: Any, at: str) -> None:
        """Checks every field of an object made with `nodes.fields`, groups and lists inside."""
        if not isinstance(value, dict):
            return
        table = cast(dict[str, Any], value)
        for key, own in cast(Mapping[str, Mapping[str, Any]], schema.get("properties", {})).items():
            given = table.get(key)
            if given is None:
                continue
            field: Field = own.get("x-field", {})
            kind = field.get("kind", "")
            if kind == "group":
                self.check(node, own, given, f"{at}.{key}")
            elif kind == "listing" and isinstance(given, list):
                for index, item in enumerate(cast(list[Any], given)[:1000]):
                    self.check(node, own.get("items", {}), item, f"{at}.{key}[{index}]")
            elif kind in self._checks:
                self._checks[kind](node, f"{at}.{key}", given, field)

    def _add(
        self, node: Placed, at: str, message: str, code: str, about: str | None = None
    ) -> None:
        self.report.add(node.id, at, message, code, about=about)

    # --- Liquid -------------------------------------------------------------------------------

    def _liquid(self, node: Placed, at: str, given: Any, field: Field) -> None:
        for path, text in texts(given, at):
            placeholders.check_text(node, path, text, field, self.report)
            if "{{" in text or "{%" in text:
                self._liquid_text(node, path, text)

    def _liquid_text(self, node: Placed, at: str, text: str) -> None:
        if self.liquid_left < 0:
            return
        self.liquid_left -= len(text)
        if self.liquid_left < 0:
            message = (
                f"The journey's texts have more than {MOST_LIQUID:,} characters: shorten them."
            )
            self._add(node, at, message, "too_large")
            return
        wrong = templates.check(text)
        if wrong is not None:
            self._add(node, at, wrong, "liquid")
            return
        for path in templates.variables(text):
            root = path.split(".")[0]
            if root == "steps":
                missing = self.names.step(path) if "." in path else None
                if missing is not None:
                    self._add(node, at, missing, "unknown_path", path)
                    continue
                late = self.names.late(path, node.id)
            elif root not in _LIQUID_ROOTS:
                late = f"{shown(path)} is never there: write customer.{path[:60]} or event.…"
            else:
                late = self.names.path(path) if root == "event" and "." in path else None
            if late is not None:
                self.report.warn(node.id, at, late, "empty_path", path)
            elif unseen := self.names.unseen(path):
                self.report.warn(node.id, at, unseen, "unseen", path)

    def _headers(self, node: Placed, at: str, given: Any, field: Field) -> None:
        self._liquid(node, at, given, field)
        if not isinstance(given, dict):
            return
        for name, value in cast(dict[str, Any], given).items():
            if not _HEADER.fullmatch(name):
                message = f"{shown(name)} is no header's name: use letters, digits and hyphens."
                self._add(node, at, message, "header", name)
            elif name.lower() in _SECRET_HEADERS and isinstance(value, str):
                message = f"The header {name} may hold a secret: name a credential instead."
                self.report.warn(node.id, f"{at}.{name}", message, "secret")

    # --- Times --------------------------------------------------------------------------------

    def _duration(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if isinstance(given, str):
            try:
                durations.parse(given, signed=bool(field.get("signed")))
            except ValueError as problem:
                self._add(node, at, str(problem), "duration")

    def _moment(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if not isinstance(given, str):
            return
        if given.split(".")[0] in _ROOTS:
            self._path(node, at, given, {"of": "run"})
        elif parse_instant(given, UTC) is None:
            remedy = (
                "write one such as 2026-03-02T09:00, or where one stands, say customer.renews_at"
            )
            self._add(node, at, f"{shown(given)} is not a date or time: {remedy}.", "moment")

    def _due(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if isinstance(given, str) and given.startswith("P"):
            self._duration(node, at, given, field)
        else:
            self._moment(node, at, given, field)

    def _cron(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if not isinstance(given, str):
            return
        from runtime.schedule import cron

        wrong = cron.check(given)
        if wrong is not None:
            self._add(node, at, wrong, "cron")

    def _zone(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if isinstance(given, str) and zone(given) is None:
            message = f"There is no time zone {shown(given)}: write one such as Europe/Lisbon."
            self._add(node, at, message, "time_zone")

    # --- Conditions and names -----------------------------------------------------------------

    def _condition(self, node: Placed, at: str, given: Any, field: Field) -> None:
        arriving = field.get("scope") == "arriving"
        event = node.config.get("event")
        events = [event] if isinstance(event, str) and event else []
        self.condition(node.id, at, given, where=arriving, events=events if arriving else None)

    def condition(
        self,
        node: str | None,
        at: str,
        given: Any,
        *,
        where: bool,
        events: Sequence[str] | None = None,
    ) -> None:
        """Reports what is wrong with a condition; `where`: its event is the arriving one, of one of
        these names."""
        late: list[tuple[str, str, str]] = []

        def path(name: str, inner: bool, outer: bool = True) -> str | None:
            wrong = self.names.path(name, where=inner)
            if wrong is not None:
                return wrong
            if missed := self.names.late(name, node):
                late.append((missed, "empty_path", name))
            elif unseen := self.names.unseen(name, events if outer else []):
                late.append((unseen, "unseen", name))
            return None

        for place, message in condition_checks.check(
            given,
            lambda p: path(p, where),
            inner=lambda p: path(p, True, False),
            type_of=self.names.type_of,
        ):
            self.report.add(node, at + place, message, "condition")
        for message, code, name in late:
            self.report.warn(node, at, message, code, name)

    def _path(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if not isinstance(given, str):
            return
        if field.get("of") == "body":
            root, *rest = given.split(".")
            if root not in _BODY_ROOTS or not rest or not all(p.strip() for p in rest):
                remedy = "write body.…, query.… or headers.…, say body.email"
                self._add(node, at, f"{shown(given)} is no place in a request: {remedy}.", "path")
            return
        wrong = self.names.path(given)
        if wrong is not None:
            self._add(node, at, wrong, "unknown_path", given)
        elif late := self.names.late(given, node.id):
            self.report.warn(node.id, at, late, "empty_path", given)
        elif unseen := self.names.unseen(given):
            self.report.warn(node.id, at, unseen, "unseen", given)

    def _event(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if isinstance(given, str) and (given != given.strip() or not given.isprintable()):
            message = f"The name {shown(given)} has blanks around it or in it: remove them."
            self._add(node, at, message, "name")

    def _node(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if not isinstance(given, str):
            return
        found = self.names.nodes.get(given)
        category = field.get("category")
        if found is None:
            message = f"There is no node {shown(given)}: choose one that comes before this node."
        elif not self.names.graph.comes_before(given, node.id):
            message = (
                f"{self.names.named(given)} does not come before this node: choose one that does."
            )
        elif category and found.type is not None and found.type.category != category:
            message = (
                f"{self.names.named(given)} is no node of the kind {category}: choose one that is."
            )
        else:
            return
        self._add(node, at, message, "node")

    def _credential(self, node: Placed, at: str, given: Any, field: Field) -> None:
        if not isinstance(given, str):
            return
        kind = field.get("of")
        if self.credentials is None:
            message = f"The credential {shown(given)} must be there when the journey is published."
            self.report.warn(node.id, at, message, "credential")
        elif given not in self.credentials:
            message = (
                f"There is no credential {shown(given)}: add one of the kind {kind} in Settings."
            )
            self._add(node, at, message, "credential")
        elif kind and self.credentials[given] != kind:
            has = self.credentials[given]
            message = f"The credential {shown(given)} is of the kind {has}: choose one for {kind}."
            self._add(node, at, message, "credential")

    def _slug(self, node: Placed, at: str, given: Any, field: Field) -> None:
        # The schema's pattern would let a line break at the end pass.
        if isinstance(given, str) and (given.endswith("\n") or given in FORBIDDEN):
            self._add(node, at, f"{shown(given)} cannot name a handle: rename it.", "name")
