"""What publishing would do to the people inside, told before it is done."""

from __future__ import annotations

from collections.abc import Iterable

from runtime.facade import journeys, outgoing
from runtime.facade.desk import Desk, mapping
from runtime.facade.journeys import Row
from runtime.facade.shapes import Document, Inside, PublishReview, StandingAt
from runtime.journey.canonical import content_hash
from runtime.journey.unchecked import objects
from runtime.store.database import Connection, rows


def review(desk: Desk, slug: str) -> PublishReview:
    """The version that the draft would become, and who is inside which version at which step.
    Whoever is inside stays on their version: a step that is `gone` is only gone for newcomers.
    """
    with desk.read() as conn:
        found = journeys.find(conn, desk.workspace, slug)
        draft = found.draft
        nodes = objects(draft.get("nodes"))
        number, same = _number(conn, found, draft)
        return {
            "number": number,
            "same": same,
            "state": found.state,
            "rev": found.rev,
            "inside": _inside(conn, desk, found, {str(n.get("id")) for n in nodes}),
            "mailbox": outgoing.stays(conn, desk, nodes),
        }


def _number(conn: Connection, journey: Row, draft: Document) -> tuple[int, bool]:
    """As `publish.freeze` will give it: the newest version again if the draft is the same."""
    sql = "SELECT number, hash FROM journey_version WHERE journey = ? ORDER BY number DESC LIMIT 1"
    newest = rows(conn, sql, (journey.id,))
    if not newest:
        return 1, False
    try:
        same = newest[0][1] == content_hash(draft)
    except (ValueError, TypeError, RecursionError):  # a draft may hold what no version can
        same = False
    return newest[0][0] + (0 if same else 1), same


def _inside(conn: Connection, desk: Desk, journey: Row, kept: set[str]) -> list[Inside]:
    sql = """SELECT r.version, count(*) FROM run r
 WHERE r.journey = ? AND r.status IN ('running', 'waiting') GROUP BY r.version"""
    people = dict(rows(conn, sql, (journey.id,)))
    sql = """SELECT r.version, t.node, count(*) FROM timer t JOIN run r ON r.id = t.run
 WHERE t.journey = ? AND r.ended_at IS NULL GROUP BY r.version, t.node"""
    standing: dict[str, dict[str, int]] = {}
    for version, node, count in rows(conn, sql, (journey.id,)):
        standing.setdefault(version, {})[node] = count
    found: list[Inside] = []
    sql = """SELECT id, number, document_json FROM journey_version WHERE journey = ?
 ORDER BY number DESC"""
    for version, number, text in rows(conn, sql, (journey.id,)):
        if people.get(version):
            nodes = objects(mapping(text).get("nodes"))
            steps = _steps(desk, nodes, standing.get(version, {}), kept)
            found.append({"version": number, "people": people[version], "steps": steps})
    return found


def _steps(
    desk: Desk, nodes: Iterable[Document], standing: dict[str, int], kept: set[str]
) -> list[StandingAt]:
    """In the order of the document."""
    return [
        {
            "node": node["id"],
            "title": _title(desk, node),
            "people": standing[node["id"]],
            "gone": node["id"] not in kept,
        }
        for node in nodes
        if standing.get(node["id"])
    ]


def _title(desk: Desk, node: Document) -> str:
    kind = desk.house.types.get(str(node.get("type")))
    return str(node.get("title") or (kind.title if kind else node.get("type")))
