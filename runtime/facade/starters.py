"""Templates as the gallery shows them, and making a draft from one."""

from __future__ import annotations

from typing import Any, cast

from nodes.registry import node_types
from runtime.facade import drafts
from runtime.facade.desk import Desk
from runtime.facade.errors import NotFound
from runtime.facade.shapes import TemplateShape
from runtime.gallery import Template, template
from runtime.gallery import templates as found

NEEDS = {"smtp": "email", "http": "a web address to call"}
MOST_EVENTS = 20


def templates(desk: Desk) -> list[TemplateShape]:
    """All templates, in the order of the stages."""
    desk.may("read")
    return [shape(one) for one in found()]


def shape(one: Template) -> TemplateShape:
    """A template as the gallery shows it."""
    document = one.document
    return {
        "slug": one.slug,
        "name": one.name,
        "about": one.about,
        "stage": one.stage,
        "document": document,
        "needs": needs(document),
        "events_sample": one.events[:MOST_EVENTS],
    }


def needs(document: dict[str, Any]) -> list[str]:
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


def use_template(desk: Desk, slug: str) -> str:
    """A draft made from a template; gives the journey's slug."""
    one = template(slug)
    if one is None:
        raise NotFound(f"There is no template {slug}.")
    return drafts.new_journey(desk, one.name, one.document)
