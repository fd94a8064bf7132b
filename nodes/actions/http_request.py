"""Calls a web address of another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes import fields
from nodes.answers import settled
from nodes.spec import (
    FAILED,
    OUT,
    Answered,
    Context,
    Example,
    Fail,
    Json,
    Leave,
    NodeType,
    Outcome,
    Perform,
    Retry,
    Signal,
)

ORDER = 40

METHODS = {m: m for m in ("GET", "POST", "PUT", "PATCH", "DELETE")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    method: str = fields.choice("Method", METHODS, required=True)
    url: str = fields.template(
        "Address", required=True, most=4000, placeholder="https://api.example.com/clients"
    )
    headers: Mapping[str, str] | None = fields.headers("Headers", group="more")
    body: str | Mapping[str, Json] | Sequence[Json] | None = fields.body(
        "Body", help="Text, or JSON whose texts may use Liquid."
    )
    credential: str | None = fields.credential(
        "Credential",
        of="http",
        group="more",
        help="Its secret is added when the call is made, and only for its own hosts.",
    )
    at_most_once: bool = fields.switch(
        "Rather not at all than twice",
        default=False,
        group="more",
        help="When nobody can tell whether the call arrived, it is not made again: you are asked. "
        "For addresses that do not know the Idempotency-Key.",
    )


def run(config: Config, ctx: Context) -> Outcome:
    return Perform(
        "http",
        {
            "method": config.method,
            "url": str(ctx.render(config.url)).strip(),
            "headers": ctx.render(config.headers or {}),
            "body": ctx.render(config.body),
        },
        credential=config.credential,
        once=config.at_most_once,
    )


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    answer = settled(signal)
    if not isinstance(answer, Answered):
        return answer
    status = answer.data.get("status", 200)
    if not isinstance(status, int) or not 200 <= status <= 299:
        return Fail("http_status", f"The address answered {status}.")
    return Leave(
        "out",
        {
            "status": status,
            "headers": answer.data.get("headers", {}),
            "body": answer.data.get("body", ""),
        },
    )


NODE = NodeType(
    type="action.http_request",
    category="action",
    title="Call a web address",
    icon="globe",
    summary="Tell another program, or ask it something",
    help="""Makes an HTTP request. An answer from 200 to 299 goes on by the plain way; its status,
headers and body are there for later steps. When the other side is down, it is tried again for a
while, always with the same `Idempotency-Key`; what cannot be mended leaves by **failed**.

Secrets never stand here: name a credential. Addresses inside your own network are refused unless
your installation allows them.""",
    config=Config,
    run=run,
    resume=resume,
    effect="repeatable",
    retry=Retry(attempts=8, first=5.0, factor=3.0, longest=3600.0),
    credential="http",
    handles=(OUT, FAILED),
    output={
        "type": "object",
        "properties": {
            "status": {"type": "integer", "title": "Status"},
            "headers": {"type": "object", "title": "Headers"},
            "body": {"title": "Body"},
        },
    },
    sentences=("{method} {url|text}", "Write the address to call"),
    told={
        "out": "Called {config.url|text}: {output.status}",
        "failed": "Could not call {config.url|text}: {output.error.message}",
    },
    examples=(
        Example(
            "Tell the calendar",
            {
                "method": "POST",
                "url": "https://calendar.example.com/holds",
                "body": {"client": "{{ customer.id }}", "hours": 1},
            },
            Leave(
                "out",
                {
                    "status": 201,
                    "headers": {"content-type": "application/json"},
                    "body": {"id": 7},
                },
            ),
            signal=Answered(
                True,
                {
                    "status": 201,
                    "headers": {"content-type": "application/json"},
                    "body": {"id": 7},
                },
            ),
        ),
        Example(
            "The other side says no",
            {"method": "GET", "url": "https://calendar.example.com/holds/7"},
            Fail("http_status", "The address answered 404."),
            signal=Answered(True, {"status": 404, "headers": {}, "body": ""}),
        ),
    ),
)
