"""Reads a text and picks one of a few labels, or says that it is not sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from nodes import fields
from nodes.answers import number, settled
from nodes.spec import (
    FAILED,
    Answered,
    Context,
    Evidence,
    Example,
    Handle,
    HandlesOf,
    Json,
    Leave,
    NodeType,
    Outcome,
    Perform,
    Signal,
)

ORDER = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    text: str = fields.template(
        "Text to read",
        required=True,
        multiline=True,
        placeholder="{{ event.properties.message }}",
    )
    labels: Sequence[Mapping[str, Json]] = fields.listing(
        "Labels",
        {
            "name": fields.slug("Name", required=True, placeholder="project"),
            "description": fields.text(
                "What belongs here",
                required=True,
                most=1000,
                placeholder="Someone asks for new work",
            ),
            "examples": fields.sentences("Examples", help="One sentence a line."),
        },
        required=True,
        least=2,
        most=30,
    )
    threshold: float = fields.number(
        "Sure enough from",
        least=0,
        most=1,
        default=0.6,
        help="Below this it leaves by “unsure”: connect that to a person.",
    )
    credential: str | None = fields.credential(
        "AI service", of="ai", group="more", help="Empty: your workspace's choice."
    )


def run(config: Config, ctx: Context) -> Outcome:
    return Perform(
        "model",
        {
            "task": "classify",
            "text": ctx.render(config.text),
            "labels": [dict(label) for label in config.labels],
            "threshold": config.threshold,
        },
        credential=config.credential,
    )


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    answer = settled(signal)
    if not isinstance(answer, Answered):
        return answer
    label = answer.data.get("label")
    confidence = number(answer.data.get("confidence", 1.0 if label else 0.0), 0.0)
    known = label in [entry.get("name") for entry in config.labels]
    scores = answer.data.get("scores")
    output: dict[str, Json] = {
        "label": label if known else None,
        "confidence": confidence,
        "scores": cast("Json", scores) if isinstance(scores, Mapping) else {},
    }
    sure = known and confidence >= config.threshold
    return Leave(str(label) if sure else "unsure", output)


def explain(config: Config, output: Mapping[str, Json], handle: str | None) -> list[Evidence]:
    if "confidence" not in output:
        return []
    sure = number(output["confidence"], 0.0)
    enough = sure >= config.threshold
    label = output.get("label") or "none of the labels"
    lines = [
        Evidence(True, f"Reads most like {label}", f"{sure:.0%}"),
        Evidence(
            enough,
            "Above your line for acting alone" if enough else "Below your line for acting alone",
            f"{config.threshold:.0%}",
        ),
    ]
    scores = output.get("scores")
    if isinstance(scores, Mapping):
        others = cast("Mapping[str, Any]", scores)
        rest = [(n, number(s, 0.0)) for n, s in others.items() if n != output.get("label")]
        best = sorted(rest, key=lambda pair: -pair[1])[:2]
        lines += [Evidence(False, f"Less like {name}", f"{score:.0%}") for name, score in best]
    return lines


LABELS = [
    {"name": "project", "description": "Someone asks for new work"},
    {"name": "question", "description": "A question about prices, dates or how we work"},
]
SURE = {"label": "project", "confidence": 0.93, "scores": {"project": 0.93, "question": 0.07}}
DOUBT = {"label": "question", "confidence": 0.41, "scores": {"project": 0.38, "question": 0.41}}

NODE = NodeType(
    type="ai.classify",
    category="ai",
    title="Sort into labels",
    icon="tags",
    summary="Read a text and pick one of your labels",
    help="""Reads the text and picks the label whose description fits best; each label is a way out
of the node. Describe a label as you would to a new colleague, and add two or three real sentences
as examples.

When it is less sure than your line, it leaves by **unsure**: connect that to a person. It works
without any account by the built-in model (English only), or with an AI service from your settings.
What the customer wrote is only ever read, never obeyed.""",
    config=Config,
    run=run,
    resume=resume,
    effect="repeatable",
    credential="ai",
    handles=(HandlesOf("labels", "name"), Handle("unsure", "unsure", hoped=False), FAILED),
    output={
        "type": "object",
        "properties": {
            "label": {"type": ["string", "null"], "title": "Label"},
            "confidence": {"type": "number", "title": "How sure it is, 0 to 1"},
            "scores": {"type": "object", "title": "How well each label fits"},
        },
    },
    sentences=(
        "Reads the text and picks one of {labels|count} labels",
        "Write what it should read, and the labels",
    ),
    told={
        "unsure": "Not sure: {output.confidence|percent} for {output.label}",
        "failed": "Could not sort it: {output.error.message}",
        "*": "Sorted as {output.label}, {output.confidence|percent} sure",
    },
    explain=explain,
    examples=(
        Example(
            "A new project",
            {"text": "{{ event.properties.message }}", "labels": LABELS},
            Leave("project", SURE),
            event={"name": "enquiry.sent", "properties": {"message": "We need a new logo."}},
            signal=Answered(True, SURE),
        ),
        Example(
            "Not sure enough",
            {"text": "{{ event.properties.message }}", "labels": LABELS, "threshold": 0.8},
            Leave("unsure", DOUBT),
            event={"name": "enquiry.sent", "properties": {"message": "Hello, are you there?"}},
            signal=Answered(True, DOUBT),
        ),
    ),
)
