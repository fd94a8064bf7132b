"""Templates as the gallery shows them, and making a draft from one.

The words and addresses that every business has of its own are the template's blanks: `ui.blanks`
of its document, each `{"find", "label", "hint"?}`, where `find` is the text that stands for it.
`ui.goal` says the journey's goal in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from nodes.registry import node_types
from runtime import templates as rendering
from runtime.facade import drafts, rehearsal, sample_events, seen
from runtime.facade.desk import Desk
from runtime.facade.errors import NotFound, Refused
from runtime.facade.settings import settings
from runtime.facade.shapes import Blank, CustomerStory, FieldsShape, Need, NeedKind, TemplateShape
from runtime.gallery import Template, template
from runtime.gallery import templates as found
from runtime.store.database import rows

NEEDS = {"smtp": "email", "http": "a web address to call"}
CHANNELS = {"smtp": "Email", "http": "Web call"}
COUNTED = (
    ("email", "email", "emails"),
    ("ai", "AI answer", "AI answers"),
    ("http", "web call", "web calls"),
)
MOST_EVENTS = 20
MOST_TEXT = 2_000  # characters of what is filled in
MOST_WORK = 2_000_000  # of all texts of a rehearsal together


# --- The gallery ------------------------------------------------------------------------------


def templates(desk: Desk) -> list[TemplateShape]:
    """All templates, in the order of the stages."""
    desk.may("read")
    return [shape(one) for one in found()]


def one(desk: Desk, slug: str) -> TemplateShape:
    """One template."""
    desk.may("read")
    return shape(_known(slug))


def shape(one: Template) -> TemplateShape:
    """A template as the gallery shows it."""
    document = one.document
    return {
        "slug": one.slug,
        "name": one.name,
        "about": one.about,
        "stage": one.stage,
        "document": document,
        "goal": str(document.get("ui", {}).get("goal", "")),
        "channels": channels(document),
        "needs": needs(document),
        "cost": cost(one.slug),
        "blanks": blanks(document),
        "events_sample": one.events[:MOST_EVENTS],
    }


def channels(document: Mapping[str, Any]) -> list[str]:
    """The ways by which it reaches people, from the types and not their names."""
    kinds = [node_types()[node["type"]] for node in document["nodes"]]
    named = [CHANNELS[k.credential] for k in kinds if k.credential in CHANNELS]
    quiet = ["Task" for k in kinds if k.category == "action" and not k.credential and k.output]
    thinks = ["AI" for k in kinds if k.category == "ai"]
    return list(dict.fromkeys([*named, *thinks, *quiet]))


def needs(document: Mapping[str, Any]) -> list[str]:
    """What has to be there for it to run, in plain words: from the types, not their names."""
    wanted: dict[str, None] = {}
    for node in cast("list[dict[str, Any]]", document["nodes"]):
        kind = node_types()[node["type"]]
        if kind.start is not None:
            start = kind.start(kind.read(node["config"], node.get("version")))
            if start.source == "webhook":
                wanted["website form"] = None
            elif start.event:
                wanted[f"the event {start.event}"] = None
            elif start.segment:
                wanted[f"a segment “{start.segment}”"] = None
        elif kind.credential in NEEDS:
            wanted[NEEDS[kind.credential]] = None
    return list(wanted)


@cache
def cost(slug: str) -> str:
    """What one customer costs at most, counted in the bundled sample by the engine itself: "up to 2
    emails and 1 AI answer for each customer"."""
    one = _known(slug)
    runs = rehearsal.counts(one.document, one.events, one.customers, one.answers)
    parts: list[str] = []
    for key, single, several in COUNTED:
        most = max((run.get(key, 0) for run in runs), default=0)
        if most:
            parts.append(f"{most} {single if most == 1 else several}")
    return f"up to {' and '.join(parts)} for each customer" if parts else "nothing to pay"


def blanks(document: Mapping[str, Any]) -> list[Blank]:
    """What every business fills in for itself."""
    marked = cast("list[dict[str, str]]", document.get("ui", {}).get("blanks", []))
    return [
        {
            "find": one["find"],
            "label": one["label"],
            "hint": one.get("hint", ""),
            "kind": "address" if one["find"].startswith("https://") else "text",
        }
        for one in marked
    ]


# --- The wizard -------------------------------------------------------------------------------


# What a credential is for: a need's name, what is so when it is there, and what when it is not.
PREPARED: Mapping[NeedKind, tuple[str, str, str]] = {
    "smtp": (
        "Email",
        "Messages go out by your mail server.",
        "Without a mail server messages stay in the mailbox, and nothing goes out.",
    ),
    "ai": (
        "AI model",
        "AI steps use the model of your settings.",
        "AI steps use the built-in model. It runs on this machine and costs nothing.",
    ),
    "http": (
        "Web calls",
        "There is a credential for web calls; choose it in the node.",
        "If the address asks for a password or token, keep it as a credential.",
    ),
}


def preparation(desk: Desk, slug: str) -> list[Need]:
    """What this template needs, and whether it is there."""
    desk.may("read")
    document = _known(slug).document
    kept = settings(desk)
    with desk.read() as conn:
        sql = "SELECT DISTINCT kind FROM credential WHERE workspace = ?"
        kinds = {kind for (kind,) in rows(conn, sql, (desk.workspace,))}
        known = seen.fields(conn, desk.workspace)
    used = {node_types()[node["type"]].credential for node in document["nodes"]}
    has = {"smtp": kept["smtp"] is not None, "ai": kept["ai"] is not None, "http": "http" in kinds}
    there: list[Need] = []
    for kind, (name, now, otherwise) in PREPARED.items():
        if kind in used:
            ready = has[kind] or kind == "ai"  # the built-in model is always there
            text = now if has[kind] else otherwise
            there.append({"kind": kind, "name": name, "ready": ready, "text": text})
    for node in document["nodes"]:
        starts = _start(node, known, document)
        if starts is not None:
            there.append(starts)
    return there


def _start(node: Mapping[str, Any], known: FieldsShape, document: Mapping[str, Any]) -> Need | None:
    """What a trigger waits for; None for other nodes."""
    kind = node_types()[node["type"]]
    if kind.start is None:
        return None
    start = kind.start(kind.read(node["config"], node.get("version")))
    if start.source == "webhook":
        who = (start.customer or "").removeprefix("body.")
        posted = ", ".join(dict.fromkeys([who, *sample_events.spoken(document)]))
        text = f"Your form posts {posted} to an address that you get when you publish."
        return {"kind": "hook", "name": "Website form", "ready": True, "text": text}
    if start.event:
        ready = any(one["name"] == start.event for one in known["events"])
        text = "It has come in lately." if ready else "It has not come in yet, or not lately."
        return {"kind": "event", "name": f"The event {start.event}", "ready": ready, "text": text}
    if start.segment:
        ready = start.segment in known["segments"]
        text = "It has customers." if ready else "No customer seen lately is in it."
        name = f"The segment “{start.segment}”"
        return {"kind": "segment", "name": name, "ready": ready, "text": text}
    return None


def filled(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The document with the blanks filled in: each text that stands for one is replaced wherever it
    stands in the nodes and settings."""
    known = {one["find"] for one in blanks(document)}
    for find, text in given.items():
        if find not in known:
            raise Refused(f"This template has no blank “{find[:80]}”.")
        if len(text) > MOST_TEXT:
            raise Refused(f"This is too long: use at most {MOST_TEXT} characters.")
    wanted = _wanted(given)
    for find, text in wanted.items():
        if find.startswith("https://") and not text.startswith(("https://", "http://")):
            raise Refused(f"“{text[:80]}” is no web address. It begins with https://.")
    # what was left empty is remembered: until it is somebody's own, the checks tell of it
    left = [one for one in document.get("ui", {}).get("blanks", []) if one["find"] not in wanted]
    ui = {key: value for key, value in document.get("ui", {}).items() if key != "goal"}
    changed: dict[str, Any] = {**document, "ui": {**ui, "blanks": left}}
    for part in ("nodes", "settings"):
        changed[part] = _replaced(document.get(part), wanted)
    return changed


def _wanted(given: Mapping[str, str]) -> dict[str, str]:
    return {find: text.strip() for find, text in given.items() if text.strip()}


def _replaced(value: Any, wanted: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for find, text in wanted.items():
            value = value.replace(find, text)
        return value
    if isinstance(value, list):
        return [_replaced(item, wanted) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {k: _replaced(v, wanted) for k, v in cast("dict[str, Any]", value).items()}
    return value


def rehearse(desk: Desk, slug: str, given: Mapping[str, str]) -> list[CustomerStory]:
    """The bundled sample, played by the engine on a virtual clock: what each customer would get.
    Nothing is sent."""
    desk.may("read")
    one = _known(slug)
    document = filled(one.document, given)
    wanted = _wanted(given)
    events = [{**e, "name": wanted.get(e["name"], e["name"])} for e in one.events]
    with rendering.budget(MOST_WORK):  # what is filled in may hold Liquid, loops and all
        return rehearsal.play(document, events, one.customers, _replaced(one.answers, wanted))


def use_template(
    desk: Desk, slug: str, given: Mapping[str, str] | None = None, name: str = ""
) -> str:
    """A draft made from a template, called as the template unless a name is given; gives the
    journey's slug."""
    one = _known(slug)
    document = filled(one.document, given or {})
    document["ui"] = {**document["ui"], "template": one.slug}  # its samples are there to try with
    return drafts.new_journey(desk, name or one.name, document)


def _known(slug: str) -> Template:
    one = template(slug)
    if one is None:
        raise NotFound(f"There is no template {slug}.")
    return one
