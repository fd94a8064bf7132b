"""How the texts of a draft read for a customer.

A preview is made as the engine makes the real thing: the node itself says what it would do, and
the mail port composes the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.message import EmailMessage
from typing import Any, TypedDict, cast

import orjson

from nodes.fields import config_schema
from nodes.spec import Fail, Leave, NodeType, Outcome, Perform
from runtime import templates
from runtime.engine.calls import call
from runtime.engine.compiled import Journey, compile_journey
from runtime.engine.context import StepContext
from runtime.engine.world import Customer, World
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import NotFound, Refused
from runtime.facade.journeys import find
from runtime.facade.readers import NAMELESS, Reader, reader
from runtime.journey.times import zone
from runtime.store.clock import from_us
from runtime.store.database import Connection, rows

MOST_WORK = 600_000  # of all texts of a node together: thrice what one may take
RENDERED = frozenset(("template", "html", "values", "body", "headers"))
_NO_SENDER = {"name": "", "email": "nobody@example.com"}


class Mail(TypedDict):
    """A message as it would go out. `sender` None: no sender's address is set."""

    sender: str | None
    to: str
    subject: str
    text: str
    html: str | None


class Filled(TypedDict):
    """A field's text with everything filled in."""

    field: str
    label: str
    text: str
    multiline: bool


class Preview(TypedDict):
    """How a node's texts read for a customer.

    `customer` None: one about whom nothing is known. `missing`: what was to be filled in and is not
    there. `stands_in`: earlier steps that have given nothing yet. `why_not`: why nothing would be
    sent. `problem`: why nothing can be shown.
    """

    customer: dict[str, str] | None
    mail: Mail | None
    texts: list[Filled]
    missing: list[str]
    stands_in: list[str]
    why_not: str | None
    problem: str | None


# --- How it reads -----------------------------------------------------------------------------


class Watching(StepContext):
    """A step's context that remembers what was missing. `agreed`: whatever the customer said."""

    missing: list[str]
    agreed = False

    def consent(self, channel: str) -> bool:
        return self.agreed or super().consent(channel)

    def render(self, template: Any, *, html: bool = False) -> Any:
        if isinstance(template, str):
            named = self._named()
            tell = self.missing.append
            return templates.render(template, named, html=html, zone=self.zone, on_missing=tell)
        if isinstance(template, dict):  # one by one, so that each is heard and counted
            table = cast("dict[str, Any]", template)
            return {name: self.render(value, html=html) for name, value in table.items()}
        if isinstance(template, (list, tuple)):
            return [self.render(value, html=html) for value in cast("list[Any]", template)]
        return template


@dataclass(frozen=True, slots=True)
class Reading:
    """A node's draft, ready to be filled in for somebody."""

    kind: NodeType
    config: Mapping[str, Any]
    journey: Journey
    node: str
    world: World
    reader: Reader
    sender: Mapping[str, Any]

    def context(self, *, agreed: bool = False, email: str | None = None) -> Watching:
        """What the node's code may ask. `email`: the address of a customer who has none."""
        world = self.world
        if email is not None and world.customer is not None:
            own = world.customer
            other = Customer(
                own.id, own.attributes, own.consent, own.segments, own.external_id, email
            )
            world = World(world.now, other, world.workspace_zone, world.opt_in)
        made = Watching(
            self.journey,
            world,
            self.reader.event,
            self.reader.outputs,
            run_id="preview",
            node_id=self.node,
        )
        made.missing, made.agreed = [], agreed
        return made

    def outcome(self, context: Watching) -> Outcome:
        """What the node would do."""
        return call(self.journey.nodes[self.node], context, None)


def preview(
    desk: Desk,
    slug: str,
    node: str,
    config: Mapping[str, Any] | None = None,
    *,
    customer: str | None = None,
    nameless: bool = False,
) -> Preview:
    """How the node reads for a customer. `config`: as it stands in the editor, not saved yet."""
    read = reading(desk, slug, node, config, customer=customer, nameless=nameless)
    return shown(read)


def shown(read: Reading) -> Preview:
    """How it reads."""
    with templates.budget(MOST_WORK):
        if read.kind.credential == "smtp":
            return _mail_preview(read)
        context = read.context()
        texts, problem = _texts(read, context)
        return _preview(read, context, None, texts, None, problem)


def reading(
    desk: Desk,
    slug: str,
    node: str,
    config: Mapping[str, Any] | None,
    *,
    customer: str | None,
    nameless: bool,
) -> Reading:
    """The node as the draft has it (or `config`), and who reads. Raises NotFound and Refused."""
    with desk.read() as conn:
        journey = find(conn, desk.workspace, slug)
        placed = _placed(journey.draft, node)
        who = reader(conn, desk, journey, node, customer, nameless=nameless)
        time_zone, settings = _space(conn, desk.workspace)
        now = from_us(desk.house.database.now_us(conn))
    kind = desk.house.types.get(str(placed.get("type")))
    if kind is None:
        raise Refused("Nothing here knows this node. Install the package it comes from.")
    world = World(now, who.customer, zone(time_zone) or UTC, bool(settings.get("opt_in")))
    given = placed if config is None else {**placed, "config": config}
    return ready(journey.draft, given, kind, world, who, settings.get("sender") or {})


def ready(
    document: Mapping[str, Any],
    placed: Mapping[str, Any],
    kind: NodeType,
    world: World,
    who: Reader,
    sender: Mapping[str, Any],
) -> Reading:
    """A node of the document with nothing around it. Raises Refused."""
    config: Any = placed.get("config")
    given = dict(cast("dict[str, Any]", config)) if isinstance(config, dict) else {}
    schema = config_schema(kind.config)
    for name in schema.get("required", ()):
        if schema["properties"][name].get("type") == "string":
            given.setdefault(name, "")
    settings: Any = document.get("settings")
    asked = cast("dict[str, Any]", settings) if isinstance(settings, dict) else {}
    time_zone = asked.get("time_zone")
    alone = {
        "name": "Preview",
        "nodes": [{**placed, "config": given, "disabled": False}],
        "settings": {"time_zone": time_zone if isinstance(time_zone, str) else None},
    }
    try:
        journey = compile_journey(alone, {kind.type: kind})
    except Exception:  # a node type may refuse what is not complete yet in any way it likes
        raise Refused("This node is not complete yet. Mend its problems first.") from None
    return Reading(kind, given, journey, str(placed["id"]), world, who, sender)


def _placed(document: Mapping[str, Any], node: str) -> dict[str, Any]:
    nodes: Any = document.get("nodes")
    for placed in cast("list[Any]", nodes) if isinstance(nodes, list) else ():
        if isinstance(placed, dict) and cast("dict[str, Any]", placed).get("id") == node:
            return cast("dict[str, Any]", placed)
    raise NotFound("This node is not saved yet, or it was deleted.")


def _space(conn: Connection, workspace: str) -> tuple[str, dict[str, Any]]:
    sql = "SELECT time_zone, settings_json FROM workspace WHERE id = ?"
    ((time_zone, text),) = rows(conn, sql, (workspace,))
    return time_zone, mapping(text)


def _texts(read: Reading, context: Watching) -> tuple[list[Filled], str | None]:
    made: list[Filled] = []
    for name, schema in config_schema(read.kind.config)["properties"].items():
        hint: Mapping[str, Any] = schema.get("x-field") or {}
        given = read.config.get(name)
        if hint.get("kind") not in RENDERED or given in (None, "", {}, []):
            continue
        try:
            found = context.render(given, html=hint["kind"] == "html")
        except templates.TemplateFailed as problem:
            return made, str(problem)
        text = found if isinstance(found, str) else _lines(found) or _json(found)
        made.append(
            {
                "field": name,
                "label": str(hint.get("label") or name),
                "text": text,
                "multiline": bool(hint.get("multiline")) or "\n" in text,
            }
        )
    return made, None


def _lines(value: Any) -> str:
    """A text that stands in the document as a list of its lines."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    lines = [one for one in items if isinstance(one, str)]
    return "\n".join(lines) if len(lines) == len(items) else ""


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _preview(
    read: Reading,
    context: Watching,
    mail: Mail | None,
    texts: list[Filled],
    why_not: str | None,
    problem: str | None,
) -> Preview:
    who = read.reader
    source = orjson.dumps(read.config, default=str).decode()
    used = [title for node, title in who.stands_in.items() if f"steps.{node}." in source]
    return {
        "customer": {"id": who.id, "name": who.name or ""} if who.id else None,
        "mail": mail,
        "texts": texts,
        "missing": list(dict.fromkeys(context.missing)),
        "stands_in": used,
        "why_not": why_not,
        "problem": problem,
    }


# --- Emails -----------------------------------------------------------------------------------


def _mail_preview(read: Reading) -> Preview:
    context = read.context()
    outcome = read.outcome(context)
    why_not: str | None = None
    if isinstance(outcome, Leave):
        why_not = _why_not(read, outcome)
        context, outcome = insisted(read)
    if not isinstance(outcome, Perform):
        return _preview(read, context, None, [], why_not, failure(outcome, read.config))
    from runtime.ports.email import EmailRefused, compose

    known = bool(read.sender.get("email"))
    try:
        message = compose(outcome.body, "preview", read.sender if known else _NO_SENDER)
    except EmailRefused as problem:
        return _preview(read, context, None, [], why_not, str(problem))
    return _preview(read, context, _shape(message, known=known), [], why_not, None)


def insisted(read: Reading) -> tuple[Watching, Outcome]:
    """What the node would send if the customer had an address and had agreed."""
    context = read.context(agreed=True)
    outcome = read.outcome(context)
    if isinstance(outcome, Leave):
        context = read.context(agreed=True, email=NAMELESS)
        outcome = read.outcome(context)
    return context, outcome


def failure(outcome: Outcome, config: Mapping[str, Any]) -> str:
    """Why there is no message, as a sentence."""
    if isinstance(outcome, Fail):
        # what is wrong with a text is said more plainly before it is rendered
        found = [templates.check(text) for text in config.values() if isinstance(text, str)]
        said = next((one for one in found if one), None) if outcome.kind == "template" else None
        return said or outcome.message
    return "This node would send nothing. Check its address."


def _why_not(read: Reading, outcome: Leave) -> str:
    name = read.reader.name or "This customer"
    if outcome.output.get("reason") == "no_consent":
        return f"{name} has not agreed to emails, so nothing would be sent."
    return f"{name} has no email address, so nothing would be sent."


def _shape(message: EmailMessage, *, known: bool) -> Mail:
    html = message.get_body(("html",))
    plain = message.get_body(("plain",))
    return {
        "sender": str(message["From"]) if known else None,
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "text": _content(plain),
        "html": _content(html) if html is not None else None,
    }


def _content(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n") if part is not None else ""
