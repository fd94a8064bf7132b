"""Customers: the list, and one with their timeline and what they wait for."""

from __future__ import annotations

from typing import Any

from nodes.spec import NodeType
from runtime.engine.world import Customer
from runtime.facade import history, stopped, words
from runtime.facade.desk import Desk, listing, mapping
from runtime.facade.errors import NotFound
from runtime.facade.runs import RUN_COLUMNS, run_rows
from runtime.facade.shapes import (
    CustomerCard,
    CustomerPage,
    CustomerRow,
    CustomerShape,
    NextItem,
)
from runtime.facade.timeline import timeline
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, marks, rows

PAGE = 50
COLUMNS = """id, external_id, email, attributes_json, consent_json, segments_json, sample,
 created_at, updated_at"""
_WAITS = {
    "time": "Waits",
    "event": "Waits for an event",
    "approval": "Waits for a decision",
    "effect": "Being done",
}


def customers(desk: Desk, search: str = "", page: int = 0) -> CustomerPage:
    """A page of customers, the latest first; `search` is looked for in names and addresses."""
    page = max(0, page)
    where, params = "workspace = ?", [desk.workspace]
    if text := search.strip().lower():
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where += """ AND (lower(coalesce(email, '')) LIKE ? ESCAPE '\\'
 OR lower(coalesce(external_id, '')) LIKE ? ESCAPE '\\'
 OR lower(attributes_json) LIKE ? ESCAPE '\\')"""
        params += [like, like, like]
    with desk.read() as conn:
        total = rows(conn, f"SELECT count(*) FROM customer WHERE {where}", params)[0][0]
        sql = f"""SELECT {COLUMNS} FROM customer WHERE {where}
 ORDER BY updated_at DESC, id DESC LIMIT {PAGE} OFFSET {page * PAGE}"""
        found = rows(conn, sql, params)
        inside = _inside(conn, [row[0] for row in found])
    made = [_row(row, inside.get(row[0], (0, 0))) for row in found]
    return {"customers": made, "total": total, "page": page, "pages": max(1, -(-total // PAGE))}


def _inside(conn: Connection, ids: list[str]) -> dict[str, tuple[int, int]]:
    """(open runs, last activity) of these customers."""
    if not ids:
        return {}
    sql = f"""SELECT customer, sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END),
 max(coalesce(ended_at, started_at)) FROM run
 WHERE customer IN ({marks(len(ids))}) GROUP BY customer"""
    return {one: (int(n), last) for one, n, last in rows(conn, sql, ids)}


def _row(row: tuple[Any, ...], run: tuple[int, int]) -> CustomerRow:
    one, external_id, email, attributes, _, _, sample, created, updated = row
    return {
        "id": one,
        "name": history.name_of(mapping(attributes), email, external_id),
        "email": email,
        "external_id": external_id,
        "inside": run[0],
        "last_at": rfc3339(max(updated, run[1])),
        "created_at": rfc3339(created),
        "sample": bool(sample),
    }


def card(conn: Connection, workspace: str, customer: str | None) -> CustomerCard | None:
    """What is known about a customer."""
    sql = f"SELECT {COLUMNS} FROM customer WHERE workspace = ? AND id = ?"
    for row in rows(conn, sql, (workspace, customer)):
        one, external_id, email, attributes, consent, segments, sample, created, updated = row
        known = mapping(attributes)
        return {
            "id": one,
            "name": history.name_of(known, email, external_id),
            "email": email,
            "external_id": external_id,
            "attributes": known,
            "consent": mapping(consent),
            "segments": listing(segments),
            "created_at": rfc3339(created),
            "updated_at": rfc3339(updated),
            "sample": bool(sample),
        }
    return None


def customer(desk: Desk, customer_id: str) -> CustomerShape:
    """One customer: who they are, what happened and why, and what comes next."""
    with desk.read() as conn:
        found = card(conn, desk.workspace, customer_id)
        if found is None:
            raise NotFound("There is no such customer. They may have been removed.")
        known = Customer(
            found["id"],
            found["attributes"],
            found["consent"],
            found["segments"],
            found["external_id"],
            found["email"],
        )
        sql = f"""SELECT {RUN_COLUMNS} FROM run WHERE workspace = ? AND customer = ?
 ORDER BY started_at DESC, id DESC LIMIT 50"""
        runs = rows(conn, sql, (desk.workspace, customer_id))
        return {
            "customer": found,
            "timeline": timeline(conn, desk, known),
            "runs": run_rows(conn, runs),
            "next": waiting(conn, desk, [row[0] for row in runs if row[8] is None]),
            "stopped": stopped.of_customer(conn, desk, customer_id),
        }


def waiting(conn: Connection, desk: Desk, runs: list[str]) -> list[NextItem]:
    """What these open runs wait for, the earliest deadline first."""
    if not runs:
        return []
    sql = f"""SELECT t.run, t.node, t.kind, t.deadline_at, t.event, r.version
 FROM timer t JOIN run r ON r.id = t.run WHERE t.run IN ({marks(len(runs))})
 ORDER BY t.deadline_at IS NULL, t.deadline_at, t.run, t.token"""
    found = rows(conn, sql, runs)
    versions = history.versions(conn, [row[5] for row in found])
    items: list[NextItem] = []
    for run, node, kind, deadline, _, version_id in found:
        version = versions.get(version_id)
        if version is None:
            continue
        node_type = _type(desk, version, node)
        items.append(
            {
                "run": run,
                "journey": version.slug,
                "journey_name": version.name,
                "node": node,
                "kind": kind,
                "icon": node_type.icon if node_type else "clock",
                "category": node_type.category if node_type else "logic",
                "title": version.title(node, node_type),
                "text": words.sentence(node_type, version.config(node))
                if node_type
                else _WAITS[kind],
                "deadline": rfc3339(deadline) if deadline is not None else None,
            }
        )
    return items


def _type(desk: Desk, version: history.Version, node: str) -> NodeType | None:
    return desk.house.types.get(str(version.nodes.get(node, {}).get("type")))
