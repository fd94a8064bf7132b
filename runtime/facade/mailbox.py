"""The mailbox (what was sent, and what would have been) and the team's tasks."""

from __future__ import annotations

from typing import Any

from runtime.facade import history, words
from runtime.facade.desk import Desk, when
from runtime.facade.errors import NotFound, Refused
from runtime.facade.shapes import MessageRow, MessageShape, TaskShape
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run

PAGE = 50
COLUMNS = """id, "to", subject, text, via, customer, created_at, sample, html, message_id, run"""
TASKS = """t.id, t.title, t.notes, t.assignee, t.due_at, t.customer, t.created_at, t.done_at,
 coalesce(r.sample, c.sample) FROM task t LEFT JOIN run r ON r.id = t.run
 LEFT JOIN customer c ON c.id = t.customer"""


def mailbox(desk: Desk, page: int = 0) -> list[MessageRow]:
    """A page of messages, the newest first."""
    with desk.read() as conn:
        sql = f"""SELECT {COLUMNS} FROM message WHERE workspace = ?
 ORDER BY created_at DESC, id DESC LIMIT {PAGE} OFFSET {max(0, page) * PAGE}"""
        found = rows(conn, sql, (desk.workspace,))
        names = history.names(conn, [row[5] for row in found])
    return [_row(row, names) for row in found]


def _row(row: tuple[Any, ...], names: dict[str, str]) -> MessageRow:
    one, to, subject, text, via, customer, created, sample = row[:8]
    return {
        "id": one,
        "to": to,
        "subject": subject,
        "preview": words.shown(text),
        "via": via,
        "customer": customer,
        "customer_name": names.get(customer),
        "created_at": rfc3339(created),
        "sample": bool(sample),
    }


def message(desk: Desk, message_id: str) -> MessageShape:
    """One message in full."""
    with desk.read() as conn:
        sql = f"SELECT {COLUMNS} FROM message WHERE workspace = ? AND id = ?"
        found = rows(conn, sql, (desk.workspace, message_id))
        if not found:
            raise NotFound("There is no such message.")
        row = found[0]
        base = _row(row, history.names(conn, [row[5]]))
    return {**base, "text": row[3], "html": row[8], "message_id": row[9], "run": row[10]}


def tasks(desk: Desk, *, done: bool = False) -> list[TaskShape]:
    """The open tasks, the most urgent first; with `done` the finished ones, the latest first."""
    order = "t.done_at DESC" if done else "t.due_at IS NULL, t.due_at, t.id"
    which = "t.done_at IS NOT NULL" if done else "t.done_at IS NULL"
    with desk.read() as conn:
        now = desk.house.database.now_us(conn)
        sql = f"SELECT {TASKS} WHERE t.workspace = ? AND {which} ORDER BY {order} LIMIT 200"
        found = rows(conn, sql, (desk.workspace,))
        names = history.names(conn, [row[5] for row in found])
    return [_task(row, names, now) for row in found]


def _task(row: tuple[Any, ...], names: dict[str, str], now: int) -> TaskShape:
    one, title, notes, assignee, due, customer, created, done, sample = row
    return {
        "id": one,
        "title": title,
        "notes": notes,
        "assignee": assignee,
        "due_at": when(due),
        "overdue": done is None and due is not None and due < now,
        "customer": customer,
        "customer_name": names.get(customer),
        "created_at": rfc3339(created),
        "done_at": when(done),
        "sample": bool(sample),
    }


def finish_task(desk: Desk, task_id: str) -> None:
    """Mark a task as done."""

    def work(conn: Connection, now: int) -> None:
        sql = "UPDATE task SET done_at = ? WHERE workspace = ? AND id = ? AND done_at IS NULL"
        if run(conn, sql, (now, desk.workspace, task_id)).rowcount != 1:
            raise Refused("This task is done already, or there is no such task.")
        desk.audit(conn, now, "task.done", task_id)

    desk.write("decide", work)
