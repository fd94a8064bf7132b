"""Starts a run when another program posts to this trigger's own web address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodes import fields
from nodes.spec import Example, Json, Leave, NodeType, Start
from nodes.triggers.event import OUTPUT

ORDER = 20

KINDS = {
    "none": "Anyone who knows the address",
    "bearer": "Who sends the secret word (Bearer)",
    "hmac": "Who signs the body (HMAC)",
    "standard": "Who signs as Standard Webhooks says",
}
SECRET = {"kind": ["bearer", "hmac", "standard"]}
SIGNED = {"kind": ["hmac"]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    customer: str | None = fields.path(
        "Customer",
        of="body",
        placeholder="body.email",
        help="Where the customer's id or email stands in what is posted. Empty: no customer.",
    )
    event: str | None = fields.event_name(
        "Event",
        placeholder="enquiry.sent",
        help="With a name, what is posted counts as this event, for other journeys too.",
    )
    verify: Mapping[str, Json] | None = fields.group(
        "Who may post",
        {
            "kind": fields.choice("Check", KINDS, default="none"),
            "credential": fields.credential(
                "Secret",
                of="hook",
                help="A credential of the kind “hook” with the field secret.",
                when=SECRET,
            ),
            "header": fields.text(
                "Header of the signature", most=100, placeholder="X-Signature-256", when=SIGNED
            ),
            "algorithm": fields.choice(
                "Hash", {"sha256": "SHA-256", "sha1": "SHA-1", "sha512": "SHA-512"}, when=SIGNED
            ),
            "encoding": fields.choice(
                "Written as", {"hex": "hex", "base64": "base64"}, when=SIGNED
            ),
            "prefix": fields.text(
                "Text before the signature", most=50, placeholder="sha256=", when=SIGNED
            ),
            "timestamp_header": fields.text(
                "Header of the time",
                most=100,
                help="With it, `time.body` is what is signed, and old messages are refused.",
                when=SIGNED,
            ),
        },
        group="more",
    )
    event_id: str | None = fields.path(
        "Own id of the message",
        of="body",
        group="more",
        placeholder="body.id",
        help="Where the sender's id stands, so that the same message is never taken twice.",
    )
    key: str | None = fields.path(
        "Once for each",
        group="more",
        placeholder="event.properties.order_id",
        help="With a key, the rule for coming back holds for each value of it, say each order.",
    )


def check(config: Config) -> list[tuple[str, str]]:
    """A check needs a kind and a secret: without them the address refuses everybody."""
    verify = config.verify or {}
    if not any(verify.values()) or verify.get("kind") == "none":
        return []
    if not verify.get("kind"):
        return [(".verify.kind", "Who may post is not chosen: choose a check, or remove verify.")]
    if not verify.get("credential"):
        sentence = "The check has no secret: name a credential of the kind hook."
        return [(".verify.credential", sentence)]
    return []


def start(config: Config) -> Start:
    return Start(
        "webhook",
        event=config.event,
        key=config.key,
        customer=config.customer,
        verify=config.verify,
        id_path=config.event_id,
    )


NODE = NodeType(
    type="trigger.webhook",
    category="trigger",
    title="Webhook arrives",
    icon="webhook",
    summary="Start when a form or another program posts something",
    help="""Gets its own secret web address when the journey is published. What is posted there
(JSON, a form, or values in the address) becomes `event.properties`.

**Customer** says where the customer's id or email stands, say `body.email`. Whoever is not known
yet becomes a new customer. `query.…` and `headers.…` may be used as well. To know the name later
on, too, let an **Update customer** follow: `{{ event.properties.first_name }}`.

To let only the real sender in, choose a check and store the shared secret as a credential.""",
    config=Config,
    start=start,
    check=check,
    credential="hook",
    output=OUTPUT,
    sentences=(
        "Something posts {event} to its address",
        "Something is posted to its web address",
    ),
    told={"out": "Started by a webhook"},
    examples=(
        Example(
            "A contact form",
            {"customer": "body.email", "event": "enquiry.sent"},
            Leave(
                "out",
                {
                    "name": "enquiry.sent",
                    "properties": {"email": "maya@example.com", "message": "Hello"},
                    "at": "2026-03-02T09:00:00Z",
                },
            ),
            event={
                "name": "enquiry.sent",
                "properties": {"email": "maya@example.com", "message": "Hello"},
                "at": "2026-03-02T09:00:00Z",
            },
        ),
        Example(
            "Signed by the sender",
            {
                "customer": "body.data.client.id",
                "event_id": "body.id",
                "verify": {"kind": "hmac", "credential": "billing", "header": "X-Signature"},
            },
            Leave(
                "out",
                {
                    "name": "webhook.paid",
                    "properties": {"id": "m1", "data": {"client": {"id": "maya"}}},
                    "at": "2026-03-02T09:00:00Z",
                },
            ),
            event={
                "name": "webhook.paid",
                "properties": {"id": "m1", "data": {"client": {"id": "maya"}}},
                "at": "2026-03-02T09:00:00Z",
            },
        ),
    ),
)
