"""Journeys as they are read: the list, and one with its draft, problems, versions and counts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

from runtime.facade import seen
from runtime.facade.desk import Desk, House, mapping
from runtime.facade.errors import NotFound
from runtime.facade.shapes import (
    Counts,
    Document,
    JourneyRow,
    JourneyShape,
    LiveVersion,
    NodeCounts,
    ProblemShape,
    VersionShape,
)
from runtime.journey.canonical import content_hash
from runtime.journey.known import Known
from runtime.journey.memory import Memory
from runtime.journey.problems import PLACEHOLDER, Problem
from runtime.journey.validate import validate
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run
from runtime.store.runs import GOAL, LEFT

MOST_BYTES = 4 * 1024 * 1024
MOST_NAME = 200
_checked_lock = threading.Lock()


# --- Finding one ------------------------------------------------------------------------------


class Row:
    """A journey as it is stored."""

    def __init__(self, found: tuple[Any, ...]) -> None:
        (self.id, self.slug, self.name, self.draft_json, self.rev, self.draft_at) = found[:6]
        (self.state, self.live_version, self.sample) = found[6:9]
        self.made: Document | None = None  # what the draft was made from a moment ago

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
    secrets = credentials(conn, desk.workspace)
    known = seen.known(conn, desk)
    key = (f"{journey.id} {sorted(secrets.items())} {known.mark}", journey.rev)
    house = desk.house
    with _checked_lock:
        found = house.checked.get(key)
    if found is None:
        with house.memories.of(journey.id, len(journey.draft_json)) as memory:
            found = check(house, journey.made or journey.draft, secrets, known, memory)
        if journey.sample:  # it writes to nobody, and is never published
            found = [problem for problem in found if problem.code != PLACEHOLDER]
        with _checked_lock:
            if len(house.checked) > 500:
                house.checked.clear()
            house.checked[key] = found
    return found


def check(
    house: House,
    document: Mapping[str, Any],
    secrets: Mapping[str, str],
    known: Known | None = None,
    memory: Memory | None = None,
) -> list[Problem]:
    """All problems of a document, in the words of the screen."""
    return validate(
        document, house.types, credentials=secrets, known=known, titles=True, memory=memory
    )


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
            "fixes": [dict(fix) for fix in p.fixes],
        }
        for p in found
    ]


# --- Reading ----------------------------------------------------------------------------------


def journeys(desk: Desk) -> list[JourneyRow]:
    """All journeys, the one with the latest activity first."""
    with desk.read() as conn:
        sql = f"SELECT {COLUMNS} FROM journey WHERE workspace = ? AND deleted_at IS NULL"
        found = [Row(row) for row in rows(conn, sql, (desk.workspace,))]
        numbers = _numbers(conn, desk)
        live = _live_numbers(conn, desk.workspace)
        made = [
            _row(conn, desk, one, numbers.get(one.id, _NOBODY), live.get(one.id)) for one in found
        ]
    return sorted(made, key=lambda row: row["last_at"] or "", reverse=True)


class _Numbers:
    """What a journey's runs come to."""

    __slots__ = ("entered", "goals", "inside", "last")

    def __init__(self, inside: int, last: int) -> None:
        self.inside, self.last = inside, last
        self.entered = self.goals = 0


_NOBODY = _Numbers(0, 0)
_STATUSES = ("running", "waiting", "completed", "exited", "failed")
_LAST = ", ".join(
    f"(SELECT max(started_at) FROM run WHERE journey = j.id AND status = '{one}')"
    for one in _STATUSES
)


def _numbers(conn: Connection, desk: Desk) -> dict[str, _Numbers]:
    """By journey, without reading its runs: who entered and who reached the goal was counted when
    it happened (and stays when runs go by the retention rule); who is inside, and when the last
    one started, an index knows."""
    workspace = (desk.workspace,)
    sql = f"""SELECT j.id, (SELECT count(*) FROM run WHERE journey = j.id AND status = 'running')
 + (SELECT count(*) FROM run WHERE journey = j.id AND status = 'waiting'), {_LAST}
 FROM journey j WHERE j.workspace = ? AND j.deleted_at IS NULL"""
    found = {
        one: _Numbers(inside, max(at or 0 for at in started))
        for one, inside, *started in rows(conn, sql, workspace)
    }
    sql = """SELECT v.journey, c.version, c.node, c.handle, c.n
 FROM journey_version v JOIN counter c ON c.version = v.id
 WHERE v.workspace = ? AND c.handle IN ('in', 'goal')"""
    for journey, version, node, handle, n in rows(conn, sql, workspace):
        numbers = found.get(journey)
        if numbers is None:
            continue
        if (node, handle) == GOAL:
            numbers.goals += n
        elif handle == "in" and node in _triggers(conn, desk.house, version):
            numbers.entered += n
    return found


def _triggers(conn: Connection, house: House, version: str) -> frozenset[str]:
    """The triggers of a version, which never change."""
    known = house.triggers.get(version)
    if known is None:
        sql = "SELECT document_json FROM journey_version WHERE id = ?"
        placed: list[Document] = mapping(rows(conn, sql, (version,))[0][0]).get("nodes") or []
        types = house.types
        known = house.triggers[version] = frozenset(
            node["id"]
            for node in placed
            if (kind := types.get(str(node.get("type")))) and kind.category == "trigger"
        )
    return known


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
    runs: _Numbers,
    live: tuple[int, str] | None,
) -> JourneyRow:
    draft = journey.draft
    stage = draft.get("stage")
    settings = draft.get("settings")
    return {
        "slug": journey.slug,
        "name": journey.name,
        "stage": stage if isinstance(stage, str) else "",
        "state": journey.state,
        "version": live[0] if live and journey.state != "draft" else None,
        "draft_changed": live is not None and live[1] != _hash(draft),
        "inside": runs.inside,
        "entered": runs.entered,
        "goal_reached": runs.goals,
        "has_goal": isinstance(settings, dict) and bool(cast("Document", settings).get("goal")),
        "last_at": rfc3339(max(runs.last, journey.draft_at)),
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
            "may_edit": desk.can("edit"),
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
    """How many came to, stand at and left each node of the live version, and where runs ended
    (`left`, by node and handle; "" is the node itself)."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        version = _current(conn, found)
        if version is None:
            return {"version": None, "nodes": {}, "left": {}}
        nodes: dict[str, NodeCounts] = {}
        left: dict[str, dict[str, int]] = {}

        def of(node: str) -> NodeCounts:
            return nodes.setdefault(node, {"in": 0, "waiting": 0, "handles": {}})

        sql = "SELECT node, handle, n FROM counter WHERE version = ?"
        for node, handle, n in rows(conn, sql, (version[0],)):
            if handle == "in":
                of(node)["in"] = n
            elif handle.startswith(LEFT):
                if n:
                    left.setdefault(node, {})[handle.removeprefix(LEFT)] = n
            elif (node, handle) != GOAL:
                of(node)["handles"][handle] = n
        sql = """SELECT t.node, count(*) FROM timer t JOIN run r ON r.id = t.run
 WHERE t.journey = ? AND r.version = ? AND r.ended_at IS NULL GROUP BY t.node"""
        for node, n in rows(conn, sql, (found.id, version[0])):
            of(node)["waiting"] = n
        return {"version": version[1], "nodes": nodes, "left": left}


def _current(conn: Connection, journey: Row) -> tuple[str, int] | None:
    """(id, number) of the live version; of a sample the newest."""
    sql = "SELECT id, number FROM journey_version WHERE journey = ? ORDER BY number DESC"
    found = rows(conn, sql, (journey.id,))
    for version, number in found:
        if version == journey.live_version or journey.sample:
            return version, number
    return None


def bump(conn: Connection, workspace: str) -> None:
    """Tell every process that the live journeys have changed."""
    run(conn, "UPDATE workspace SET live_rev = live_rev + 1 WHERE id = ?", (workspace,))
