"""Drafts a text from instructions, facts and the customer; a person decides about it later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes import fields
from nodes.answers import number, settled
from nodes.spec import (
    FAILED,
    Answered,
    Context,
    Evidence,
    Example,
    Fail,
    Handle,
    Json,
    Leave,
    NodeType,
    Outcome,
    Perform,
    Signal,
)

ORDER = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    instructions: str = fields.template(
        "What to write",
        required=True,
        multiline=True,
        sent=True,
        placeholder="Answer the enquiry and offer a half-hour call.",
    )
    facts: str | Sequence[str] | None = fields.lines(
        "Facts it may use",
        sent=True,
        help="One a line. It may say nothing that does not stand here or in the event.",
        placeholder="A shop identity takes about six weeks.",
    )
    tone: str | None = fields.text("Tone", most=200, placeholder="warm and short")
    threshold: float = fields.number(
        "Sure enough from",
        least=0,
        most=1,
        default=0.4,
        group="more",
        help="Below this it leaves by “unsure”.",
    )
    credential: str | None = fields.credential(
        "AI service", of="ai", group="more", help="Empty: your workspace's choice."
    )


def run(config: Config, ctx: Context) -> Outcome:
    facts = config.facts or []
    texts = facts.splitlines() if isinstance(facts, str) else list(facts)
    rendered = [str(ctx.render(text)).strip() for text in texts]
    return Perform(
        "model",
        {
            "task": "write",
            "instructions": ctx.render(config.instructions),
            "facts": [fact for fact in rendered if fact],
            "tone": config.tone or "",
            "customer": dict(ctx.customer or {}),
            "event": {
                "name": ctx.event.get("name", ""),
                "properties": ctx.event.get("properties", {}),
            },
        },
        credential=config.credential,
    )


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    answer = settled(signal)
    if not isinstance(answer, Answered):
        return answer
    text = answer.data.get("text")
    if not isinstance(text, str) or not text.strip():
        return Fail("empty", "The AI service wrote nothing. Look at the instructions.")
    confidence = number(answer.data.get("confidence", 1.0), 0.0)
    output: dict[str, Json] = {"text": text}
    if isinstance(answer.data.get("subject"), str):
        output["subject"] = answer.data["subject"]
    output["confidence"] = confidence
    return Leave("out" if confidence >= config.threshold else "unsure", output)


def explain(config: Config, output: Mapping[str, Json], handle: str | None) -> list[Evidence]:
    if "confidence" not in output:
        return []
    sure = number(output["confidence"], 0.0)
    words = "Sure enough of the draft" if sure >= config.threshold else "Not sure of the draft"
    return [Evidence(sure >= config.threshold, words, f"{sure:.0%}")]


DRAFT = {
    "text": "Hello Maya,\n\nThank you for writing. Would Thursday suit you for a call?\n\nInes",
    "subject": "Your shop identity",
    "confidence": 0.84,
}
DOUBTFUL = {"text": "Hello,\n\nThank you for writing.", "confidence": 0.2}

NODE = NodeType(
    type="ai.write",
    category="ai",
    title="Write a draft",
    icon="pen-line",
    summary="Draft a message for a person to approve",
    help="""Drafts a text from your instructions, the facts you allow and what is known about the
customer. Later steps read it as `steps.<this node>.text` and `.subject`.

Put an **Approval** behind it, so that a person reads the draft before anything is sent. The
built-in writer puts your facts into plain sentences; an AI service from your settings writes more
freely. When it is not sure, it leaves by **unsure**.""",
    config=Config,
    run=run,
    resume=resume,
    effect="repeatable",
    credential="ai",
    handles=(
        Handle("out"),
        Handle("unsure", "unsure", hoped=False, folded=True),
        FAILED,
    ),
    output={
        "type": "object",
        "properties": {
            "text": {"type": "string", "title": "The draft"},
            "subject": {"type": "string", "title": "A subject for it"},
            "confidence": {"type": "number", "title": "How sure it is, 0 to 1"},
        },
    },
    sentences=(
        "Drafts, {tone|text}: {instructions|text}",
        "Drafts: {instructions|text}",
        "Say what it should write",
    ),
    told={
        "out": "Drafted a message, {output.confidence|percent} sure",
        "unsure": "Drafted a message, not sure of it",
        "failed": "Could not draft it: {output.error.message}",
    },
    explain=explain,
    examples=(
        Example(
            "A reply to an enquiry",
            {
                "instructions": "Answer {{ customer.first_name }} and offer a call.",
                "facts": ["A shop identity takes about six weeks."],
                "tone": "warm and short",
            },
            Leave("out", DRAFT),
            event={"name": "enquiry.sent", "properties": {"message": "We need a new logo."}},
            customer={"id": "maya", "email": "maya@example.com", "first_name": "Maya"},
            signal=Answered(True, {**DRAFT, "sources": []}),
        ),
        Example(
            "Too little to go by",
            {"instructions": "Answer the enquiry."},
            Leave("unsure", DOUBTFUL),
            signal=Answered(True, DOUBTFUL),
        ),
    ),
)
