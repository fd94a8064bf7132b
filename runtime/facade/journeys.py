"""Journeys: the list, one with its draft and versions, and editing the draft by operations."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

import orjson

from runtime.facade.desk import Desk, House, dump, mapping
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import (
    Counts,
    Document,
    EditResult,
    JourneyRow,
    JourneyShape,
    LiveVersion,
    NodeCounts,
    ProblemShape,
    StartResult,
    VersionShape,
)
from runtime.gallery import STAGES
from runtime.journey.canonical import content_hash
from runtime.journey.hostile import scan
from runtime.journey.operations import OperationRefused, apply
from runtime.journey.problems import Problem
from runtime.journey.report import Report
from runtime.journey.slugs import slugify
from runtime.journey.validate import validate
from runtime.store import inbox
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, new_id, rows, run
from runtime.store.intake import Incoming

MOST_BYTES = 4 * 1024 * 1024
MOST_NAME = 200
_checked_lock = threading.Lock()


# --- Finding one ------------------------------------------------------------------------------


class Row:
    """A journey as it is stored."""

    def __init__(self, found: tuple[Any, ...]) -> None:
        (self.id, self.slug, self.name, self.draft_json, self.rev, self.draft_at) = found[:6]
        (self.state, self.live_version, self.sample) = found[6:9]

    @property
    def draft(self) -> Document:
        return mapping(self.draft_json)


COLUMNS = "id, slug, name, draft_json, draft_rev, draft_at, state, live_version, sample"


def find(conn: Connection, workspace: str, slug: str, *, lock: bool = False) -> Row:
    """The journey with this slug; NotFound without one."""
    sql = f"SELECT {COLUMNS} FROM journey WHERE workspace = ? AND slug = ? AND deleted_at IS NULL"
    if lock and conn.dialect.name != "sqlite":
        sql += " FOR UPDATE"
    found = rows(conn, sql, (workspace, slug))
    if not found:
        raise NotFound(f"There is no journey {slug}. It may have been deleted.")
    return Row(found[0])


# --- Problems ---------------------------------------------------------------------------------


def problems(conn: Connection, desk: Desk, journey: Row) -> list[Problem]:
    """What is wrong with the draft; remembered for each revision and set of credentials."""
    known = credentials(conn, desk.workspace)
    key = (f"{journey.id} {sorted(known.items())}", journey.rev)
    house = desk.house
    with _checked_lock:
        found = house.checked.get(key)
    if found is None:
        found = check(house, journey.draft, known)
        with _checked_lock:
            if len(house.checked) > 500:
                house.checked.clear()
            house.checked[key] = found
    return found


def check(house: House, document: Mapping[str, Any], known: Mapping[str, str]) -> list[Problem]:
    """All problems of a document."""
    return validate(document, house.types, credentials=known)


def credentials(conn: Connection, workspace: str) -> dict[str, str]:
    """The kinds of the workspace's credentials by name."""
    sql = "SELECT name, kind FROM credential WHERE workspace = ?"
    return {name: kind for name, kind in rows(conn, sql, (workspace,))}


def shown(found: list[Problem]) -> list[ProblemShape]:
    """Problems as the facade gives them."""
    return [
        {
            "node": p.node,
            "path": p.path,
            "severity": p.severity,
            "message": p.message,
            "code": p.code,
            "fix": None if p.fix is None else dict(p.fix),
        }
        for p in found
    ]


# --- Reading ----------------------------------------------------------------------------------


def journeys(desk: Desk) -> list[JourneyRow]:
    """All journeys, the one with the latest activity first."""
    with desk.read() as conn:
        sql = f"SELECT {COLUMNS} FROM journey WHERE workspace = ? AND deleted_at IS NULL"
        found = [Row(row) for row in rows(conn, sql, (desk.workspace,))]
        runs = _run_numbers(conn, desk.workspace)
        live = _live_numbers(conn, desk.workspace)
        made = [_row(conn, desk, one, runs.get(one.id), live.get(one.id)) for one in found]
    return sorted(made, key=lambda row: row["last_at"] or "", reverse=True)


def _run_numbers(conn: Connection, workspace: str) -> dict[str, tuple[int, int, int, int]]:
    sql = """SELECT journey, count(*), sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END),
 sum(CASE WHEN goal_at IS NULL THEN 0 ELSE 1 END), max(started_at)
 FROM run WHERE workspace = ? GROUP BY journey"""
    return {
        journey: (entered, int(inside), int(goals), last)
        for journey, entered, inside, goals, last in rows(conn, sql, (workspace,))
    }


def _live_numbers(conn: Connection, workspace: str) -> dict[str, tuple[int, str]]:
    """The newest version of each journey: (number, hash)."""
    sql = """SELECT v.journey, v.number, v.hash FROM journey_version v
 WHERE v.workspace = ? AND v.number =
 (SELECT max(number) FROM journey_version WHERE journey = v.journey)"""
    return {j: (number, digest) for j, number, digest in rows(conn, sql, (workspace,))}


def _row(
    conn: Connection,
    desk: Desk,
    journey: Row,
    runs: tuple[int, int, int, int] | None,
    live: tuple[int, str] | None,
) -> JourneyRow:
    draft = journey.draft
    entered, inside, goals, last = runs or (0, 0, 0, 0)
    stage = draft.get("stage")
    settings = draft.get("settings")
    return {
        "slug": journey.slug,
        "name": journey.name,
        "stage": stage if isinstance(stage, str) else "",
        "state": journey.state,
        "version": live[0] if live and journey.state != "draft" else None,
        "draft_changed": live is not None and live[1] != _hash(draft),
        "inside": inside,
        "entered": entered,
        "goal_reached": goals,
        "has_goal": isinstance(settings, dict) and bool(cast("Document", settings).get("goal")),
        "last_at": rfc3339(max(last, journey.draft_at)),
        "problems": sum(p.severity == "error" for p in problems(conn, desk, journey)),
        "sample": bool(journey.sample),
    }


def _hash(document: Document) -> str:
    try:
        return content_hash(document)
    except (ValueError, TypeError, RecursionError):  # a draft may hold what no version can
        return ""


def journey(desk: Desk, slug: str) -> JourneyShape:
    """One journey with its draft, problems and versions."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        sql = """SELECT id, number, hash, document_json, published_at, published_by
 FROM journey_version WHERE journey = ? ORDER BY number DESC"""
        versions = rows(conn, sql, (found.id,))
        live = next((v for v in versions if v[0] == found.live_version), None)
        if live is None and found.sample and versions:
            live = versions[0]
        return {
            "slug": found.slug,
            "id": found.id,
            "name": found.name,
            "state": found.state,
            "rev": found.rev,
            "saved_at": rfc3339(found.draft_at),
            "document": found.draft,
            "problems": shown(problems(conn, desk, found)),
            "live": _live(live) if live else None,
            "versions": [_version(v) for v in versions],
            "hooks": hooks(conn, desk, found.id),
            "sample": bool(found.sample),
        }


def _live(row: tuple[Any, ...]) -> LiveVersion:
    return {"number": row[1], "document": mapping(row[3]), "published_at": rfc3339(row[4])}


def _version(row: tuple[Any, ...]) -> VersionShape:
    return {
        "number": row[1],
        "hash": row[2],
        "published_at": rfc3339(row[4]),
        "published_by": row[5],
    }


def hooks(conn: Connection, desk: Desk, journey_id: str) -> dict[str, str]:
    """The addresses of the journey's webhook triggers by node."""
    base = desk.house.settings.url
    sql = "SELECT node, token FROM hook WHERE journey = ?"
    return {node: f"{base}/hooks/{token}" for node, token in rows(conn, sql, (journey_id,))}


def counts(desk: Desk, slug: str) -> Counts:
    """How many came to, stand at and left each node of the live version."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        version = _current(conn, found)
        if version is None:
            return {"version": None, "nodes": {}}
        nodes: dict[str, NodeCounts] = {}

        def of(node: str) -> NodeCounts:
            return nodes.setdefault(node, {"in": 0, "waiting": 0, "handles": {}})

        sql = "SELECT node, handle, n FROM counter WHERE version = ?"
        for node, handle, n in rows(conn, sql, (version[0],)):
            if handle == "in":
                of(node)["in"] = n
            else:
                of(node)["handles"][handle] = n
        sql = """SELECT t.node, count(*) FROM timer t JOIN run r ON r.id = t.run
 WHERE t.journey = ? AND r.version = ? AND r.ended_at IS NULL GROUP BY t.node"""
        for node, n in rows(conn, sql, (found.id, version[0])):
            of(node)["waiting"] = n
        return {"version": version[1], "nodes": nodes}


def _current(conn: Connection, journey: Row) -> tuple[str, int] | None:
    """(id, number) of the live version; of a sample the newest."""
    sql = "SELECT id, number FROM journey_version WHERE journey = ? ORDER BY number DESC"
    found = rows(conn, sql, (journey.id,))
    for version, number in found:
        if version == journey.live_version or journey.sample:
            return version, number
    return None


# --- Making and editing -----------------------------------------------------------------------


def empty(name: str) -> Document:
    """A blank canvas."""
    return {
        "format": 1,
        "name": name,
        "about": "",
        "stage": STAGES[0],
        "settings": {"reentry": {"mode": "when_finished"}},
        "nodes": [],
        "edges": [],
        "ui": {"positions": {}, "notes": []},
    }


def new_journey(
    desk: Desk, name: str, document: Mapping[str, Any] | None = None, *, sample: bool = False
) -> str:
    """A new draft; gives its slug."""
    name = _name(name or str((document or {}).get("name") or ""))
    draft = {**document, "name": name} if document else empty(name)
    text = _text(draft)

    def work(conn: Connection, now: int) -> str:
        slug = free(conn, desk.workspace, slugify(name))
        insert(conn, desk, now, slug, name, text, sample=sample)
        return slug

    return desk.write("edit", work)


def insert(
    conn: Connection, desk: Desk, now: int, slug: str, name: str, text: str, *, sample: bool
) -> str:
    """A new journey's row and its audit; gives its id."""
    made = new_id()
    run(
        conn,
        """INSERT INTO journey (id, workspace, slug, name, draft_json, draft_rev, draft_at, state,
 sample, created_at) VALUES (?,?,?,?,?,1,?,'draft',?,?)""",
        (made, desk.workspace, slug, name, text, now, sample, now),
    )
    desk.audit(conn, now, "journey.created", slug)
    return made


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not name:
        raise Refused("The journey has no name. Give it one, say “Enquiry to first call”.")
    if len(name) > MOST_NAME:
        raise Refused(f"The name is too long. Use at most {MOST_NAME} characters.")
    return name


def _text(document: Mapping[str, Any]) -> str:
    """The document as it is stored; Refused when it may not be."""
    report = Report()
    scan(document, report)
    found = report.done({})
    if found:
        raise Refused(f"The document cannot be kept. {found[0].message}", shown(found))
    try:
        text = dump(document)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise Refused(f"The document cannot be kept: {error}. Correct it and try again.") from None
    if len(text.encode()) > MOST_BYTES:
        raise Refused("The document is larger than 4 MiB. Split the journey in two.")
    return text


def free(conn: Connection, workspace: str, slug: str) -> str:
    """This slug, or with a number when it is taken."""
    sql = "SELECT slug FROM journey WHERE workspace = ?"
    taken = {row[0] for row in rows(conn, sql, (workspace,))}
    tried, n = slug, 1
    while tried in taken:
        n += 1
        tried = f"{slug}-{n}"
    return tried


def edit(desk: Desk, slug: str, base: int, ops: list[Any]) -> EditResult:
    """Apply operations to the draft. When `base` is not its revision, others have edited it
    meanwhile: the operations are applied to theirs, and the whole document comes back.
    """

    def work(conn: Connection, now: int) -> Row:
        found = find(conn, desk.workspace, slug, lock=True)
        try:
            draft = apply(found.draft, ops)
        except OperationRefused as error:
            raise Refused(str(error)) from None
        _store(conn, desk, found, draft, now)
        found.rev, found.draft_at = found.rev + 1, now
        return found

    found = desk.write("edit", work)
    with desk.read() as conn:
        result: EditResult = {
            "rev": found.rev,
            "saved_at": rfc3339(found.draft_at),
            "problems": shown(problems(conn, desk, found)),
        }
    if base != found.rev - 1:
        result["document"] = found.draft
    return result


def _store(conn: Connection, desk: Desk, journey: Row, draft: Document, now: int) -> None:
    text = _text(draft)
    name = draft.get("name")
    journey.name = _name(name) if isinstance(name, str) and name.strip() else journey.name
    journey.draft_json = text
    run(
        conn,
        """UPDATE journey SET draft_json = ?, draft_rev = draft_rev + 1, draft_at = ?, name = ?
 WHERE id = ?""",
        (text, now, journey.name, journey.id),
    )


def save_draft(desk: Desk, slug: str | None, document: Mapping[str, Any]) -> str:
    """Import: replace the draft of this slug (None: that of the document's name), or make it."""
    name = _name(str(document.get("name") or ""))
    wanted = slug or slugify(name)
    draft = {**document, "name": name}

    def work(conn: Connection, now: int) -> str:
        try:
            found = find(conn, desk.workspace, wanted, lock=True)
        except NotFound:
            insert(conn, desk, now, wanted, name, _text(draft), sample=False)
        else:
            _store(conn, desk, found, draft, now)
            desk.audit(conn, now, "journey.imported", wanted)
        return wanted

    return desk.write("edit", work)


def export(desk: Desk, slug: str) -> Document:
    """The draft."""
    with desk.read() as conn:
        return find(conn, desk.workspace, slug).draft


# --- Ending and holding -----------------------------------------------------------------------


def delete(desk: Desk, slug: str) -> None:
    """Delete a journey: nobody enters any more, and who is inside leaves it. What happened stays
    in the timelines.
    """

    def work(conn: Connection, now: int) -> None:
        found = find(conn, desk.workspace, slug, lock=True)
        run(
            conn,
            """UPDATE journey SET deleted_at = ?, state = 'draft', live_version = NULL, slug = ?
 WHERE id = ?""",
            (now, f"{slug}~{found.id}", found.id),
        )
        run(conn, "DELETE FROM schedule WHERE journey = ?", (found.id,))
        cancel(conn, found.id, "The journey was deleted", now)
        bump(conn, desk.workspace)
        desk.audit(conn, now, "journey.deleted", slug)

    desk.write("edit", work)
    desk.house.bell.ring()


def cancel(conn: Connection, journey_id: str, reason: str, now: int) -> None:
    """Ask every open run of a journey to end."""
    sql = "SELECT id FROM run WHERE journey = ? AND ended_at IS NULL"
    body = dump({"reason": reason})
    inbox.put_all(conn, [(r[0], "cancel", body) for r in rows(conn, sql, (journey_id,))], now)


def bump(conn: Connection, workspace: str) -> None:
    """Tell every process that the live journeys have changed."""
    run(conn, "UPDATE workspace SET live_rev = live_rev + 1 WHERE id = ?", (workspace,))


# --- Starting by hand -------------------------------------------------------------------------


def start_manually(
    desk: Desk, slug: str, node: str, customer: str, properties: Mapping[str, Any]
) -> StartResult:
    """Add a customer (our id, your id or an email) to a live journey by a manual trigger."""
    desk.may("edit")
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        if found.state != "live":
            raise Refused("The journey is not live, so nobody can be added. Publish it first.")
        who = _who(conn, desk.workspace, customer.strip())
    event = Incoming(
        desk.workspace,
        "studio",
        None,
        "track",
        f"manual.{node}",
        who,
        dict(properties),
        target=found.id,
        target_node=node,
    )
    receipt = desk.house.intake.accept_now(event)[0]
    desk.write("edit", lambda conn, now: desk.audit(conn, now, "customer.added", slug))
    return {"event_id": receipt.event_id}


def _who(conn: Connection, workspace: str, customer: str) -> dict[str, str]:
    if not customer:
        raise Refused("Choose a customer, or write an email address.")
    sql = "SELECT external_id, email FROM customer WHERE workspace = ? AND id = ?"
    for external_id, email in rows(conn, sql, (workspace, customer)):
        if external_id:
            return {"id": external_id}
        if email:
            return {"email": email}
        sql = "SELECT kind, value FROM identity WHERE workspace = ? AND customer = ?"
        for kind, value in rows(conn, sql, (workspace, customer)):
            return {kind: value}
    return {"any": customer}
