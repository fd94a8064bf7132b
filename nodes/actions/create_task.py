"""Gives a person of the team something to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nodes import fields
from nodes.spec import AddTask, Context, Example, Leave, NodeType, Outcome

ORDER = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    title: str = fields.template(
        "What to do", required=True, most=1000, placeholder="Call {{ customer.first_name }} back"
    )
    notes: str | None = fields.template("Notes", multiline=True)
    assignee: str | None = fields.text("For", most=200, placeholder="Ines")
    due: str | None = fields.due(
        "Due", placeholder="PT4H", help="A time from now (PT4H), a date, or where one stands."
    )


def run(config: Config, ctx: Context) -> Outcome:
    task = AddTask(
        title=str(ctx.render(config.title)),
        notes=str(ctx.render(config.notes or "")),
        assignee=config.assignee,
        due=_due(config.due, ctx),
    )
    return Leave("out", {"title": task.title, "assignee": task.assignee}, changes=(task,))


def _due(due: str | None, ctx: Context) -> datetime | None:
    if not due:
        return None
    if due.startswith("P"):
        return ctx.after(due)
    given = ctx.value(due) if due.split(".")[0] in ("customer", "event", "steps") else due
    moment = ctx.instant(given) if isinstance(given, str) else None
    if moment is None:
        ctx.note(f"{due} is not a date or time, so the task has no due date.")
    return moment


NODE = NodeType(
    type="action.create_task",
    category="action",
    title="Create task",
    icon="list-checks",
    summary="Give a person something to do",
    help="""Puts a task on the home page of your team. The journey goes on at once; it does not
wait for the task.""",
    config=Config,
    run=run,
    output={
        "type": "object",
        "properties": {
            "title": {"type": "string", "title": "What to do"},
            "assignee": {"type": ["string", "null"], "title": "For whom"},
        },
    },
    sentences=(
        "For {assignee}: {title|text}",
        "Nobody assigned yet: {title|text}",
        "Write what there is to do",
    ),
    told={"out": "Made a task: {output.title}"},
    examples=(
        Example(
            "Call back within four hours",
            {"title": "Call {{ customer.first_name }}", "assignee": "Ines", "due": "PT4H"},
            Leave(
                "out",
                {"title": "Call Maya", "assignee": "Ines"},
                changes=(
                    AddTask(
                        "Call Maya", "", "Ines", datetime.fromisoformat("2026-03-02T13:00:00Z")
                    ),
                ),
            ),
            customer={"id": "maya", "first_name": "Maya"},
        ),
    ),
)
