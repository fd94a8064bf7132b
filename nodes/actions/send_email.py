"""Sends an email, to the customer unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from nodes import fields
from nodes.answers import settled
from nodes.spec import (
    FAILED,
    Answered,
    Context,
    Example,
    Handle,
    Json,
    Leave,
    NodeType,
    Outcome,
    Perform,
    Retry,
    Signal,
)

ORDER = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    subject: str = fields.template(
        "Subject",
        required=True,
        most=1000,
        sent=True,
        placeholder="Still keen to talk, {{ customer.first_name | default: 'there' }}?",
    )
    body: str = fields.template(
        "Message",
        required=True,
        multiline=True,
        sent=True,
        placeholder="Hello {{ customer.first_name }},",
    )
    to: str | None = fields.template(
        "To", most=500, group="more", help="Empty: the customer.", placeholder="ines@example.com"
    )
    html: str | None = fields.html(
        "As HTML", group="more", sent=True, help="Sent beside the plain text. Values are escaped."
    )
    credential: str | None = fields.credential(
        "Mail server", of="smtp", group="more", help="Empty: your workspace's choice."
    )
    at_most_once: bool = fields.switch(
        "Rather not at all than twice",
        default=False,
        group="more",
        help="When nobody can tell whether the message went out, it is not sent again: you are "
        "asked.",
    )


def run(config: Config, ctx: Context) -> Outcome:
    customer = ctx.customer or {}
    own = str(customer.get("email") or "").strip()
    address = str(ctx.render(config.to)).strip() if config.to else own
    if not _plausible(address):
        return Leave("skipped", {"reason": "no_address"})
    if address.lower() == own.lower() and not ctx.consent("email"):
        return Leave("skipped", {"reason": "no_consent"})
    body: dict[str, Json] = {
        "to": address,
        "subject": " ".join(str(ctx.render(config.subject)).split()),
        "text": ctx.render(config.body),
    }
    if config.html:
        body["html"] = ctx.render(config.html, html=True)
    return Perform("email", body, credential=config.credential, once=config.at_most_once)


def _plausible(address: str) -> bool:
    name, _, domain = address.rpartition("@")
    return bool(name and domain) and not any(c.isspace() or c in "<>,;" for c in address)


def resume(config: Config, ctx: Context, signal: Signal) -> Outcome:
    answer = settled(signal)
    if not isinstance(answer, Answered):
        return answer
    return Leave("out", {"message_id": answer.data.get("message_id")})


NODE = NodeType(
    type="action.send_email",
    category="action",
    title="Send email",
    icon="mail",
    summary="Write to the customer",
    help="""Sends an email to the customer, or to the address under **To**. Subject and message may
use Liquid: `{{ customer.first_name | default: 'there' }}`, `{{ steps.<node>.text }}`.

Without an address, or when the customer has not agreed to emails, it leaves by **skipped** and the
timeline says why. Without a mail server in your settings, messages go to the built-in mailbox.""",
    config=Config,
    run=run,
    resume=resume,
    effect="repeatable",
    retry=Retry(attempts=8, first=10.0, factor=3.0, longest=3600.0),
    credential="smtp",
    handles=(Handle("out"), Handle("skipped", "skipped", hoped=False, folded=True), FAILED),
    output={
        "type": "object",
        "properties": {
            "message_id": {"type": ["string", "null"], "title": "Id of the message"},
        },
    },
    sentences=("“{subject|text}” to {to|text}", "“{subject|text}”", "Write the message"),
    told={
        "out": "Sent “{config.subject|text}”",
        "skipped": "Did not send “{config.subject|text}”",
        "skipped: no_address": "Did not send “{config.subject|text}”, because there is no "
        "address to send it to",
        "skipped: no_consent": "Did not send “{config.subject|text}”, because the customer has "
        "not agreed to emails",
        "failed": "Could not send “{config.subject|text}”: {output.error.message}",
    },
    examples=(
        Example(
            "A gentle reminder",
            {
                "subject": "Still keen to talk, {{ customer.first_name | default: 'there' }}?",
                "body": "Hello Maya,\nI kept a half hour for you.",
            },
            Leave("out", {"message_id": "<1@wayline>"}),
            signal=Answered(True, {"message_id": "<1@wayline>"}),
        ),
        Example(
            "A customer without an address",
            {"subject": "Hello", "body": "…"},
            Leave("skipped", {"reason": "no_address"}),
            customer={"id": "maya"},
        ),
    ),
)
