"""Lets a person decide about a draft: approve it, edit it or reject it."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.spec import (
    Ask,
    Context,
    Decided,
    Example,
    Fail,
    Handle,
    Json,
    Leave,
    NodeType,
    Outcome,
    Signal,
    TimedOut,
    Wait,
)

ORDER = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    of: str = fields.node(
        "Draft of", required=True, help="The earlier node whose text is decided about."
    )
    within: str = fields.duration("Decide within", required=True, placeholder="PT8H")
    by: str | None = fields.text(
        "Who decides", most=200, placeholder="Ines", help="Empty: anyone of your team."
    )


def run(config: Config, ctx: Context) -> Outcome:
    draft = ctx.steps.get(config.of)
    if draft is None:
        return Fail(
            "no_draft",
            f"{config.of} has not run for this customer, so there is nothing to decide about. "
            f"Let every way to this node pass {config.of}.",
        )
    return Wait(
        until=ctx.after(config.within), ask=Ask(of=config.of, draft=dict(draft), by=config.by)
    )


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    drafted = ctx.steps.get(config.of, {}).get("text")
    if not isinstance(signal, Decided):
        return Leave("expired", _output("expired", None, drafted))
    text = drafted if signal.text is None else signal.text
    handle = "out" if signal.decision == "approve" else "rejected"
    return Leave(handle, _output(signal.decision, signal.by, text))


def _output(decision: str, by: str | None, text: Json) -> dict[str, Json]:
    return {"decision": decision, "by": by, "text": text}


DRAFT = {"reply": {"text": "Hello Maya, shall we talk on Thursday?", "confidence": 0.84}}

NODE = NodeType(
    type="logic.approval",
    category="logic",
    title="Approval",
    icon="stamp",
    summary="Let a person approve, edit or reject a draft",
    help="""Shows the draft of an earlier step to a person, who approves it, edits it or rejects it.
Later steps read the final words as `steps.<this node>.text`, never the draft itself.

When nobody decides in time, it leaves by **expired**. Connect that to a task, so that no customer
is forgotten.""",
    config=Config,
    run=run,
    resume=resume,
    waits=True,
    handles=(
        Handle("out", "approved"),
        Handle("rejected", "rejected", hoped=False),
        Handle("expired", "expired", hoped=False),
    ),
    output={
        "type": "object",
        "properties": {
            "decision": {"type": "string", "title": "What was decided"},
            "by": {"type": ["string", "null"], "title": "Who decided"},
            "text": {"type": ["string", "null"], "title": "The final text"},
        },
    },
    sentences=(
        "Waits up to {within|duration} for {by}",
        "Waits up to {within|duration} for a person to decide",
        "Choose the draft to decide about",
    ),
    told={
        "out": "{output.by} approved the draft",
        "rejected": "{output.by} rejected the draft",
        "expired": "Nobody decided within {config.within|duration}",
    },
    examples=(
        Example(
            "Approved as it is",
            {"of": "reply", "within": "PT8H"},
            Leave(
                "out",
                {
                    "decision": "approve",
                    "by": "Ines",
                    "text": "Hello Maya, shall we talk on Thursday?",
                },
            ),
            steps=DRAFT,
            signal=Decided("approve", by="Ines"),
        ),
        Example(
            "Approved with an edit",
            {"of": "reply", "within": "PT8H", "by": "Ines"},
            Leave("out", {"decision": "approve", "by": "Ines", "text": "Hello Maya, Friday?"}),
            steps=DRAFT,
            signal=Decided("approve", by="Ines", text="Hello Maya, Friday?"),
        ),
        Example(
            "Nobody decides",
            {"of": "reply", "within": "PT8H"},
            Leave(
                "expired",
                {
                    "decision": "expired",
                    "by": None,
                    "text": "Hello Maya, shall we talk on Thursday?",
                },
            ),
            steps=DRAFT,
            signal=TimedOut(),
        ),
    ),
)
