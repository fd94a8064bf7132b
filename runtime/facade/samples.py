"""Sample customers: a week of a template, played by the real engine on a virtual clock.

The week runs in a small database of its own, with scripted answers instead of the outside, and is
then copied into the workspace, marked as a sample. Its runs go on from there like all others; what
they would send goes to the mailbox only.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runtime.facade import drafts, journeys, publish
from runtime.facade.desk import Desk, House
from runtime.facade.errors import Refused
from runtime.facade.shapes import SamplesResult
from runtime.gallery import Template, template
from runtime.journey import durations
from runtime.ports.results import Done, Result
from runtime.ports.results import Refused as NotDone
from runtime.settings import Settings
from runtime.store.clock import from_us, to_us
from runtime.store.database import Connection, Database, marks, new_id, rows, run
from runtime.store.intake import Incoming, Intake
from runtime.work.drain import Work

TEMPLATE = "enquiry-to-first-call"
SOURCE = "sample"
PATIENCE = 60.0  # seconds that a drain may take
_HOUR = 3_600_000_000
_MINUTE = 60_000_000


class _Quiet:
    """A doorbell that nobody hears."""

    def ring(self) -> None: ...


@dataclass(slots=True)
class _Clock:
    """The week's own time, in microseconds."""

    now: int

    def __call__(self) -> int:
        return self.now


@dataclass(slots=True)
class _Stage:
    """The small database with all that plays on it."""

    desk: Desk
    clock: _Clock
    script: Template
    journey: str
    shift: int  # microseconds from the script's time to ours
    end: int

    @property
    def database(self) -> Database:
        return self.desk.house.database


def has_samples(desk: Desk) -> bool:
    """Whether there are samples in the workspace."""
    with desk.read() as conn:
        return _has(conn, desk.workspace)


def _has(conn: Connection, workspace: str) -> bool:
    """They come with their journey, and go with it: nobody has to look through all the runs."""
    sql = "SELECT 1 FROM journey WHERE workspace = ? AND sample LIMIT 1"
    return bool(rows(conn, sql, (workspace,)))


def try_samples(desk: Desk) -> SamplesResult:
    """Play the week and bring it into the workspace."""
    desk.may("edit")
    if has_samples(desk):
        raise Refused("There are sample customers already. Remove them first to start again.")
    script = template(TEMPLATE)
    if script is None:
        raise Refused("The template of the samples is missing. Install Wayline again.")
    with desk.read() as conn:
        now = desk.house.database.now_us(conn)
        zone = rows(conn, "SELECT time_zone FROM workspace WHERE id = ?", (desk.workspace,))[0][0]
    with tempfile.TemporaryDirectory(prefix="wayline-samples-") as folder:
        stage = _set(Path(folder), desk, script, now, zone)
        try:
            _play(stage)
            copied = _read(stage)
        finally:
            stage.desk.house.intake.close()
            stage.database.close()

    def work(conn: Connection, at: int) -> SamplesResult:
        if _has(conn, desk.workspace):
            raise Refused("There are sample customers already. Remove them first to start again.")
        slug = _copy(conn, desk, copied)
        journeys.bump(conn, desk.workspace)
        desk.audit(conn, at, "samples.added", slug)
        return {
            "journey": slug,
            "customers": len(copied["customer"][1]),
            "runs": len(copied["run"][1]),
        }

    made = desk.write("edit", work)
    desk.house.bell.ring()
    return made


# --- Playing ---------------------------------------------------------------------------------


def _set(folder: Path, desk: Desk, script: Template, now: int, zone: str) -> _Stage:
    """The small database, with the journey live in it before the week begins."""
    events = script.events
    last = to_us(_at(events[-1]))
    end = now
    shift = end - last - _HOUR
    clock = _Clock(to_us(_at(events[0])) + shift - _HOUR)
    settings = Settings(data=folder)
    database = Database.open(settings, clock=clock)
    quiet = _Quiet()
    house = House(settings, database, Intake(database, quiet), quiet, desk.house.types)
    workspace = new_id()
    with database.write() as conn:
        sql = "INSERT INTO workspace (id, name, time_zone, created_at) VALUES (?,?,?,?)"
        run(conn, sql, (workspace, "Samples", zone, clock.now))
    own = Desk(house, workspace, "Wayline", "owner")
    slug = drafts.new_journey(own, f"{script.name} (sample)", script.document)
    publish.publish(own, slug)
    return _Stage(own, clock, script, slug, shift, end)


def _at(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"]).astimezone(UTC)


def _play(stage: _Stage) -> None:
    """Let the week pass: each event, decision and deadline at its own time."""
    work = Work(
        stage.database, _Answers(stage), stage.desk.house.settings, types=stage.desk.house.types
    )
    try:
        agenda = sorted([*_details(stage), *_happenings(stage)], key=lambda pair: pair[0])
        while True:
            at = min(_next(stage), agenda[0][0] if agenda else stage.end + 1)
            if at > stage.end:
                break
            stage.clock.now = max(stage.clock.now, at)
            while agenda and agenda[0][0] <= at:
                stage.desk.house.intake.accept_now(agenda.pop(0)[1])
            _decide(stage)
            work.drain(time.monotonic() + PATIENCE)
        stage.clock.now = stage.end
        work.drain(time.monotonic() + PATIENCE)
        _finish_tasks(stage)
    finally:
        work.close()


def _details(stage: _Stage) -> list[tuple[int, Incoming]]:
    """Each customer's details come in a minute before their first event."""
    first: dict[str, int] = {}
    for event in stage.script.events:
        first.setdefault(event["customer"], to_us(_at(event)) + stage.shift)
    found: list[tuple[int, Incoming]] = []
    for one in stage.script.customers:
        at = first.get(one["id"])
        if at is not None:
            details = {**one["attributes"]}
            if "email" in details:
                details["email"] = _address(details["email"])
            if "consent" in one:
                details["consent"] = one["consent"]
            found.append(
                (at - _MINUTE, _event(stage, at - _MINUTE, "identify", one["id"], details))
            )
    return found


def _happenings(stage: _Stage) -> list[tuple[int, Incoming]]:
    found: list[tuple[int, Incoming]] = []
    for event in stage.script.events:
        at = to_us(_at(event)) + stage.shift
        made = _event(stage, at, "track", event["customer"], event["properties"], event["name"])
        found.append((at, made))
    return found


def _event(
    stage: _Stage,
    at: int,
    kind: str,
    customer: str,
    properties: Mapping[str, Any],
    name: str = "identify",
) -> Incoming:
    who = {"id": f"sample-{customer}"}
    return Incoming(
        stage.desk.workspace, SOURCE, None, kind, name, who, properties, at, sample=True
    )


def _address(email: str) -> str:
    """An address nobody has, so that no real customer is taken for a sample."""
    return f"{email.rpartition('@')[0]}@sample.example"


def _next(stage: _Stage) -> int:
    """When the next deadline or decision is."""
    with stage.database.read() as conn:
        wakes = rows(conn, "SELECT min(wake_at) FROM run WHERE wake_at IS NOT NULL")
    times = [at for _, at, _ in _open(stage)] + [row[0] for row in wakes if row[0] is not None]
    return max(min(times, default=stage.end + 1), stage.clock.now)


def _open(stage: _Stage) -> list[tuple[str, int, dict[str, Any]]]:
    """(approval, when it will be decided, how) of the open ones that the script decides."""
    sql = """SELECT a.id, a.node, a.created_at, c.external_id FROM approval a
 JOIN customer c ON c.id = a.customer WHERE a.state = 'open'"""
    with stage.database.read() as conn:
        waiting = rows(conn, sql)
    found: list[tuple[str, int, dict[str, Any]]] = []
    for approval, node, created, customer in waiting:
        for answer in stage.script.answers:
            if answer.get("approval") == node and f"sample-{answer['customer']}" == customer:
                after = durations.parse(answer["after"])
                at = to_us(durations.add(from_us(created), after, UTC))
                found.append((approval, at, answer))
                break
    return found


def _decide(stage: _Stage) -> None:
    from runtime.facade.approvals import decide

    for approval, at, answer in _open(stage):
        if at <= stage.clock.now:
            decide(stage.desk, approval, answer["decision"], answer.get("text"), answer.get("by"))


def _finish_tasks(stage: _Stage) -> None:
    """The team did its tasks in time, all but those of the last hours."""
    with stage.database.write() as conn:
        sql = "UPDATE task SET done_at = due_at - ? WHERE due_at < ? AND created_at < ?"
        run(conn, sql, (_HOUR, stage.end, stage.end - 12 * _HOUR))


class _Answers:
    """Stands for the AI: answers from the script."""

    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    async def send(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        """The scripted answer for this customer at this node."""
        run_id, _, place = key.split(":", 2)
        node = place.rpartition(":")[0]
        sql = "SELECT c.external_id FROM run r JOIN customer c ON c.id = r.customer WHERE r.id = ?"
        with self._stage.database.read() as conn:
            customer = [row[0] for row in rows(conn, sql, (run_id,))]
        for answer in self._stage.script.answers:
            whose = answer.get("customer")
            if answer.get("node") == node and (whose is None or f"sample-{whose}" in customer):
                if "error" in answer:
                    return NotDone("error", str(answer["error"]))
                return Done(answer["output"])
        return NotDone("error", "The samples have no answer for this.")

    async def close(self) -> None: ...


# --- Copying ---------------------------------------------------------------------------------

# in the order in which they refer to each other; `seq` columns are numbered anew
TABLES = (
    "journey",
    "journey_version",
    "customer",
    "identity",
    "event",
    "run",
    "journal",
    "entry",
    "signal",
    "timer",
    "approval",
    "outbox",
    "message",
    "task",
    "counter",
)
FLAGS = frozenset(("sample", "open", "once"))

_Copied = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def _read(stage: _Stage) -> _Copied:
    """All rows of the small database by table, without their numbering."""
    found: _Copied = {}
    with stage.database.read() as conn:
        for table in TABLES:
            result = run(conn, f"SELECT * FROM {table} ORDER BY rowid")
            names = list(result.keys())
            keep = [i for i, name in enumerate(names) if name != "seq"]
            flags = {i for i in keep if names[i] in FLAGS}
            found[table] = (
                [names[i] for i in keep],
                [
                    tuple(bool(row[i]) if i in flags else row[i] for i in keep)
                    for row in result.all()
                ],
            )
    return found


def _copy(conn: Connection, desk: Desk, copied: _Copied) -> str:
    """Write the rows into the workspace; gives the journey's slug."""
    slug = ""
    for table in TABLES:
        names, found = copied[table]
        place = names.index("workspace") if "workspace" in names else None
        columns = ", ".join(f'"{name}"' for name in names)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks(len(names))})"
        if table == "identity":
            sql += " ON CONFLICT (workspace, kind, value) DO NOTHING"
        for row in found:
            values = list(row)
            if place is not None:
                values[place] = desk.workspace
            if table == "journey":
                slug = drafts.free(conn, desk.workspace, values[names.index("slug")])
                values[names.index("slug")] = slug
                values[names.index("sample")] = True
                values[names.index("live_version")] = None  # no real event may start it
            run(conn, sql, values)
    return slug


# --- Removing --------------------------------------------------------------------------------


def remove_samples(desk: Desk) -> None:
    """Take out everything that belongs to the samples, in one go."""

    def work(conn: Connection, now: int) -> None:
        space = (desk.workspace,)
        who = "SELECT id FROM customer WHERE workspace = ? AND sample"
        runs = f"SELECT id FROM run WHERE workspace = ? AND (sample OR customer IN ({who}))"
        own = "SELECT id FROM journey WHERE workspace = ? AND sample"
        for table in ("journal", "signal", "timer", "approval", "outbox", "message", "task"):
            run(conn, f"DELETE FROM {table} WHERE run IN ({runs})", space * 2)
        run(conn, f"DELETE FROM dead_letter WHERE kind = 'run' AND ref IN ({runs})", space * 2)
        run(conn, f"DELETE FROM entry WHERE run IN ({runs})", space * 2)
        run(conn, f"DELETE FROM entry WHERE customer IN ({who})", space)
        run(conn, f"DELETE FROM run WHERE id IN ({runs})", space * 2)
        for table in ("task", "message"):
            run(conn, f"DELETE FROM {table} WHERE customer IN ({who})", space)
        run(conn, f"DELETE FROM event WHERE customer IN ({who})", space)
        run(conn, "DELETE FROM event WHERE workspace = ? AND sample", space)
        run(conn, f"DELETE FROM identity WHERE customer IN ({who})", space)
        run(conn, "DELETE FROM customer WHERE workspace = ? AND sample", space)
        versions = f"SELECT id FROM journey_version WHERE journey IN ({own})"
        run(conn, f"DELETE FROM counter WHERE version IN ({versions})", space)
        for table in ("journey_version", "draft_edit", "presence", "hook", "schedule"):
            run(conn, f"DELETE FROM {table} WHERE journey IN ({own})", space)
        run(conn, "DELETE FROM journey WHERE workspace = ? AND sample", space)
        journeys.bump(conn, desk.workspace)
        desk.audit(conn, now, "samples.removed", desk.workspace)

    desk.write("edit", work)
