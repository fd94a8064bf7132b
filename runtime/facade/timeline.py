"""The timeline of a customer: what happened and why, in plain words, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from nodes.spec import NodeType
from runtime.engine.compiled import Journey, compile_journey
from runtime.engine.context import Scope
from runtime.engine.world import Customer, Event, World
from runtime.facade import history, reasons, words
from runtime.facade.desk import Desk, listing, mapping
from runtime.facade.history import Step, Version
from runtime.facade.shapes import TimelineItem, Why
from runtime.journey import conditions
from runtime.journey.times import zone
from runtime.journey.unchecked import objects
from runtime.store.clock import from_us, rfc3339
from runtime.store.database import Connection, marks, rows

MOST_RUNS = 50
MOST_EVENTS = 300
MOST_ITEMS = 300
STATUS = {
    "completed": "Finished",
    "exited": "Left",
    "failed": "Stopped by a failure in",
}


@dataclass(slots=True)
class _Past:
    """What is read once for the whole timeline."""

    desk: Desk
    customer: Customer
    zone: tzinfo
    opt_in: bool
    runs: list[tuple[Any, ...]]
    steps: Mapping[str, list[Step]]
    versions: Mapping[str, Version]
    entries: Mapping[str, Event]
    events: list[tuple[Any, ...]]
    messages: Mapping[str, tuple[Any, ...]]
    edited: frozenset[str]  # the keys of approvals that were edited
    journeys: Mapping[str, tuple[str, str]]  # id -> (slug, name)
    compiled: dict[str, Journey]

    def kind(self, name: str) -> NodeType | None:
        return self.desk.house.types.get(name)

    def journey(self, version: Version) -> Journey:
        """The compiled version, for its zone and conditions."""
        found = self.compiled.get(version.id)
        if found is None:
            found = compile_journey(version.document, self.desk.house.types)
            self.compiled[version.id] = found
        return found


RUNS = """id, version, event, "trigger", status, reason, started_at, ended_at, goal_at"""


def timeline(conn: Connection, desk: Desk, customer: Customer) -> list[TimelineItem]:
    """All that is known to have happened to this customer."""
    past = _read(conn, desk, customer)
    items: list[tuple[int, int, TimelineItem]] = []
    for run in past.runs:
        items += _run_items(past, run)
    items += _event_items(past)
    items.sort(key=lambda item: (item[0], item[1]), reverse=True)
    return [item for _, _, item in items[:MOST_ITEMS]]


def _read(conn: Connection, desk: Desk, customer: Customer) -> _Past:
    sql = f"""SELECT {RUNS} FROM run WHERE customer = ? AND workspace = ?
 ORDER BY started_at DESC, id DESC LIMIT ?"""
    runs = rows(conn, sql, (customer.id, desk.workspace, MOST_RUNS))
    sql = """SELECT seq, id, name, kind, properties_json, at, outcome_json FROM event
 WHERE customer = ? ORDER BY seq DESC LIMIT ?"""
    events = rows(conn, sql, (customer.id, MOST_EVENTS))
    ids = tuple(run[0] for run in runs)
    messages: dict[str, tuple[Any, ...]] = {}
    edited: set[str] = set()
    if ids:
        sql = f"""SELECT run, token, node, visit, decision_json FROM approval
 WHERE decision_json IS NOT NULL AND run IN ({marks(len(ids))})"""
        for *key, decision in rows(conn, sql, ids):
            if mapping(decision).get("text") is not None:
                edited.add(":".join(str(part) for part in key))
        sql = f"""SELECT "key", id, "to", subject, via FROM message
 WHERE run IN ({marks(len(ids))})"""
        messages = {row[0]: row[1:] for row in rows(conn, sql, ids)}
    sql = "SELECT time_zone, settings_json FROM workspace WHERE id = ?"
    zone_name, settings = rows(conn, sql, (desk.workspace,))[0]
    return _Past(
        desk,
        customer,
        zone(zone_name) or UTC,
        bool(mapping(settings).get("opt_in")),
        runs,
        history.steps(conn, ids),
        history.versions(conn, [run[1] for run in runs]),
        history.events(conn, [run[2] for run in runs]),
        events,
        messages,
        frozenset(edited),
        _journeys(conn, desk.workspace),
        {},
    )


def _journeys(conn: Connection, workspace: str) -> dict[str, tuple[str, str]]:
    sql = "SELECT id, slug, name FROM journey WHERE workspace = ?"
    return {one: (slug, name) for one, slug, name in rows(conn, sql, (workspace,))}


# --- Runs and their steps ---------------------------------------------------------------------


def _run_items(past: _Past, run: tuple[Any, ...]) -> list[tuple[int, int, TimelineItem]]:
    run_id, version_id, event, trigger, status, reason, started, ended, goal = run
    version = past.versions.get(version_id)
    if version is None:
        return []
    entry = past.entries.get(event)
    kind = past.kind(str(version.nodes.get(trigger, {}).get("type")))
    entered = _item(version, run_id, started, "entered", kind)
    entered["node"], entered["title"] = trigger, f"Entered {version.name}"
    entered["text"] = f"{version.title(trigger, kind)}, version {version.number}"
    entered["why"] = [_again(past, version, started)]
    if entry is not None:
        entered["output"] = entry.output()
        entered["why"] += _reasons(past, version, entry, {}, trigger, None, started)
        if wrote := _event_text(entry.properties, only_words=True):
            entered["text"] = f"{wrote} · {entered['text']}"
    found = [(started, 0, entered)]
    outputs: dict[str, Mapping[str, Any]] = {trigger: entry.output()} if entry else {}
    for place, step in enumerate(past.steps[run_id], 1):
        if step.node != trigger:
            found.append((step.at, place, _step_item(past, version, step, entry, outputs)))
        outputs = {**outputs, step.node: step.output}
    last = len(found) + 1
    if goal is not None:
        item = _item(version, run_id, goal, "status", None)
        item["icon"], item["title"] = "flag", "Reached the goal"
        item["text"] = version.name
        found.append((goal, last, item))
    if status in STATUS and ended is not None:
        item = _item(version, run_id, ended, "status", None)
        item["icon"] = "circle-alert" if status == "failed" else "check"
        item["title"] = f"{STATUS[status]} {version.name}"
        item["text"] = _ended(past, version, status, reason)
        found.append((ended, last + 1, item))
    return found


def _ended(past: _Past, version: Version, status: str, reason: str | None) -> str:
    """Why it ended, in words."""
    if status != "failed":
        return reason or ""
    titles = version.titles(past.desk.house.types)
    if (reason or "").partition(": ")[0] in titles:
        return reasons.of_node(reason, titles).text
    return reasons.told("run", reason).text


def _again(past: _Past, version: Version, started: int) -> Why:
    """Whether it was the first time: what the rule for coming back goes by."""
    earlier = [
        run[6]
        for run in past.runs
        if run[6] < started and (v := past.versions.get(run[1])) and v.journey == version.journey
    ]
    if not earlier:
        return {"ok": True, "text": "First time in this journey", "value": ""}
    last = from_us(max(earlier)).astimezone(past.zone)
    return {
        "ok": True,
        "text": "Was here before, and may come back",
        "value": f"last on {last.day} {last:%B}",
    }


def _item(
    version: Version | None, run: str | None, at: int, kind: Any, node: NodeType | None
) -> TimelineItem:
    return {
        "at": rfc3339(at),
        "kind": kind,
        "journey": version.slug if version else None,
        "journey_name": version.name if version else None,
        "run": run,
        "node": None,
        "type": node.type if node else None,
        "category": node.category if node else None,
        "icon": node.icon if node else "circle",
        "title": "",
        "text": "",
        "why": [],
        "output": {},
    }


def _step_item(
    past: _Past,
    version: Version,
    step: Step,
    entry: Event | None,
    outputs: Mapping[str, Mapping[str, Any]],
) -> TimelineItem:
    kind = past.kind(step.type)
    item = _item(version, step.run, step.at, "step", kind)
    item["node"] = step.node
    item["output"] = redacted(kind, step.output)
    item["title"], item["text"] = said(kind, version, step)
    message = past.messages.get(step.key)
    if message is not None:
        item["kind"] = "message"
        item["title"] = delivered(message[2], message[3])
        item["text"] = f"To {message[1]} · {version.title(step.node, kind)}"
        item["output"] = {**item["output"], "message": message[0]}
    if entry is not None and kind is not None:
        item["why"] = _reasons(past, version, entry, outputs, step.node, step, step.at)
    if step.key in past.edited:
        item["why"].append({"ok": True, "text": "The draft was edited", "value": ""})
    for note in step.notes:
        item["why"].append({"ok": False, "text": note, "value": ""})
    return item


def delivered(subject: str, via: str) -> str:
    """A message in words: without a mail server it is kept in the mailbox and goes nowhere."""
    return f"Sent “{subject}”" if via == "smtp" else f"Kept in the mailbox: “{subject}”"


def said(kind: NodeType | None, version: Version, step: Step) -> tuple[str, str]:
    """(what happened, at which node) in words."""
    title = version.title(step.node, kind)
    where = f"{title} · {version.name}, version {version.number}"
    if kind is None:
        return title, where
    if step.handle is None and "error" in step.output:
        return f"Failed: {title}", str(step.output["error"].get("message", ""))
    told = words.told(kind, version.config(step.node), step.output, step.handle)
    if told is None and step.handle not in (None, "out"):
        told = f"{title}: {str(step.handle).replace('_', ' ')}"
    return told or title, where


def redacted(kind: NodeType | None, output: dict[str, Any]) -> dict[str, Any]:
    """The output without what must not stand in a timeline."""
    hidden = set(kind.redact) if kind else set[str]()
    return {name: value for name, value in output.items() if name not in hidden}


# --- Why --------------------------------------------------------------------------------------


def _reasons(
    past: _Past,
    version: Version,
    entry: Event,
    outputs: Mapping[str, Mapping[str, Any]],
    node: str,
    step: Step | None,
    at: int,
) -> list[Why]:
    """The evidence of a step: what the type itself explains, and every condition in its config."""
    placed = version.nodes.get(node, {})
    kind = past.kind(str(placed.get("type")))
    if kind is None:
        return []
    config = version.config(node)
    found: list[Why] = []
    if kind.explain is not None and step is not None:
        typed = kind.read(config, placed.get("version"))
        for line in kind.explain(typed, step.output, step.handle):
            found.append({"ok": line.ok, "text": line.text, "value": line.value})
    asked = list(_conditions(config, step.handle if step else None))
    if not asked:
        return found
    seen = [
        Event(row[1], row[2], mapping(row[4]), from_us(row[5]))
        for row in reversed(past.events)
        if row[5] <= at
    ]
    world = World(from_us(at), past.customer, past.zone, past.opt_in, seen)
    scope = Scope(past.journey(version), world, entry, outputs)
    if step is not None and {"name", "properties", "at"} <= step.output.keys():
        scope = scope.about(replace_event(entry, step.output))
    for condition in asked:
        for line in conditions.explain(condition, scope):
            said = words.humane(line.text)
            found.append({"ok": line.ok, "text": said, "value": words.shown(line.value)})
    return found


def replace_event(entry: Event, output: Mapping[str, Any]) -> Event:
    """The event that a step took, from its output."""
    return replace(entry, name=str(output["name"]), properties=output["properties"])


def _conditions(config: Mapping[str, Any], handle: str | None) -> list[Mapping[str, Any]]:
    """The conditions that stand in a config; of a list of ways only the one that was taken."""
    found: list[Mapping[str, Any]] = []
    for name in ("condition", "where"):
        value = config.get(name)
        if isinstance(value, dict) and value:
            found.append(value)  # pyright: ignore[reportUnknownArgumentType]
    for value in config.values():
        for item in objects(value):
            if item.get("handle") == handle and isinstance(item.get("condition"), dict):
                found.append(item["condition"])
    return found


# --- Events, and what they did not start --------------------------------------------------------


def _event_items(past: _Past) -> list[tuple[int, int, TimelineItem]]:
    found: list[tuple[int, int, TimelineItem]] = []
    started = {run[2] for run in past.runs}
    for seq, event, name, kind, properties, at, outcome in past.events:
        if event not in started:
            item = _item(None, None, at, "event", None)
            item["icon"] = "zap"
            item["title"] = _event_title(kind, name)
            item["text"] = _event_text(mapping(properties))
            item["output"] = mapping(properties)
            found.append((at, -seq, item))
        for entry in objects(listing(outcome)):
            if entry.get("skipped"):
                found.append((at, 0, _not_entered(past, at, entry, str(entry["skipped"]))))
            elif entry.get("error"):
                why = reasons.told("event", str(entry["error"])).text
                found.append((at, 0, _not_entered(past, at, entry, why)))
    return found


def _event_title(kind: str, name: str) -> str:
    match kind:
        case "identify":
            return "Their details came in"
        case "alias":
            return "Was recognised under another name"
        case "group":
            return "Joined a company or group"
        case "page" | "screen":
            return f"Looked at {name}"
        case _:
            return name


def _event_text(properties: Mapping[str, Any], *, only_words: bool = False) -> str:
    for name in ("message", "text", "body", "comment"):
        value = properties.get(name)
        if isinstance(value, str) and value.strip():
            return f"“{words.shown(value)}”"
    if only_words:
        return ""
    some = [(k, v) for k, v in properties.items() if isinstance(v, (str, int, float))][:3]
    return ", ".join(f"{k.replace('_', ' ')} {words.shown(v)}" for k, v in some)


def _not_entered(past: _Past, at: int, entry: Mapping[str, Any], why: str) -> TimelineItem:
    slug, name = past.journeys.get(str(entry.get("journey")), (None, "a journey"))
    item = _item(None, None, at, "skipped", None)
    item["icon"] = "circle-slash"
    item["title"], item["text"] = f"Did not enter {name}", why
    item["journey"], item["journey_name"] = slug, name
    item["why"] = [{"ok": False, "text": why, "value": ""}]
    return item
