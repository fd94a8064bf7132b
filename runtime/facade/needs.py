"""What needs a person now: at most five things, each with one button."""

from __future__ import annotations

from runtime.facade import journeys, stopped
from runtime.facade.desk import Desk
from runtime.facade.reasons import first_sentence, told
from runtime.facade.shapes import NeedsYou
from runtime.facade.words import counted, shown
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows

MOST = 5


def needs_you(desk: Desk) -> list[NeedsYou]:
    """The most urgent first."""
    with desk.read() as conn:
        now = desk.house.database.now_us(conn)
        found = [
            *_approvals(conn, desk),
            *_letters(conn, desk),
            *_failed(conn, desk, now),
            *_tasks(conn, desk, now),
            *_problems(conn, desk),
        ]
    return found[:MOST]


def _approvals(conn: Connection, desk: Desk) -> list[NeedsYou]:
    sql = """SELECT count(*), min(expires_at) FROM approval
 WHERE workspace = ? AND state = 'open'"""
    n, first = rows(conn, sql, (desk.workspace,))[0]
    if not n:
        return []
    return [
        {
            "kind": "approvals",
            "icon": "inbox",
            "tone": "accent",
            "title": f"{counted(n, 'draft')} {'waits' if n == 1 else 'wait'} for you",
            "text": f"The first expires {rfc3339(first)}." if first else "There is no hurry.",
            "button": "Review drafts" if n > 1 else "Review the draft",
            "href": "/approvals",
        }
    ]


def _letters(conn: Connection, desk: Desk) -> list[NeedsYou]:
    where = "FROM dead_letter WHERE workspace = ? AND resolved_at IS NULL"
    n = rows(conn, f"SELECT count(*) {where}", (desk.workspace,))[0][0]
    sql = f"SELECT kind, reason {where} ORDER BY created_at DESC LIMIT 1"
    found = rows(conn, sql, (desk.workspace,))
    if not found:
        return []
    kind, reason = found[0]
    return [
        {
            "kind": "dead_letters",
            "icon": "octagon-alert",
            "tone": "error",
            "title": f"{counted(n, 'thing')} could not be done",
            "text": f"{first_sentence(told(kind, reason).text)} Nothing is lost.",
            "button": "See what happened",
            "href": "/not-done",
        }
    ]


def _failed(conn: Connection, desk: Desk, now: int) -> list[NeedsYou]:
    return [
        {
            "kind": "failed",
            "icon": "triangle-alert",
            "tone": "warning",
            "title": f"{'At least ' if n == stopped.MOST else ''}{counted(n, 'customer')} stopped "
            f"in {one['journey_name']}",
            "text": first_sentence(one["reason"]),
            "button": "See who",
            "href": f"/customers/{one['customer']}"
            if n == 1 and one["customer"]
            else "/not-done#stopped",
        }
        for n, one in stopped.worst(conn, desk, now)
    ]


def _tasks(conn: Connection, desk: Desk, now: int) -> list[NeedsYou]:
    sql = """SELECT count(*), sum(CASE WHEN due_at < ? THEN 1 ELSE 0 END), min(title) FROM task
 WHERE workspace = ? AND done_at IS NULL"""
    n, late, title = rows(conn, sql, (now, desk.workspace))[0]
    if not n:
        return []
    return [
        {
            "kind": "tasks",
            "icon": "list-checks",
            "tone": "warning" if late else "accent",
            "title": f"{counted(n, 'task')} to do",
            "text": f"{counted(int(late), 'task')} overdue." if late else shown(title),
            "button": "See the tasks" if n > 1 else "See the task",
            "href": "/#tasks",
        }
    ]


def _problems(conn: Connection, desk: Desk) -> list[NeedsYou]:
    """Live journeys whose draft has been edited into an error."""
    sql = f"""SELECT {journeys.COLUMNS} FROM journey
 WHERE workspace = ? AND deleted_at IS NULL AND state != 'draft' AND NOT sample"""
    found: list[NeedsYou] = []
    for row in rows(conn, sql, (desk.workspace,)):
        journey = journeys.Row(row)
        errors = [p for p in journeys.problems(conn, desk, journey) if p.severity == "error"]
        if errors:
            node = f"?node={errors[0].node}" if errors[0].node else ""
            found.append(
                {
                    "kind": "problems",
                    "icon": "circle-alert",
                    "tone": "error",
                    "title": f"{journey.name} cannot be published yet",
                    "text": errors[0].message,
                    "button": "Open the node" if node else "Open the journey",
                    "href": f"/journeys/{journey.slug}{node}",
                }
            )
    return found[:2]
