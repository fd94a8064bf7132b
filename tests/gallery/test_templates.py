"""The templates: one for each stage, without a problem, and every handle of them can be seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nodes.registry import node_types
from runtime.gallery import STAGES, Template, template, templates
from runtime.journey.validate import validate
from runtime.simulate import simulate

EACH = pytest.mark.parametrize("one", templates(), ids=[t.slug for t in templates()])
UNTIL = datetime(2026, 6, 30, tzinfo=UTC)


def played(one: Template) -> list[dict[str, Any]]:
    scheduled = any(n["type"] == "trigger.schedule" for n in one.document["nodes"])
    return list(
        simulate(
            one.document,
            one.events,
            one.customers,
            one.answers,
            UNTIL if scheduled else None,
        )
    )


def test_there_is_one_template_for_each_stage():
    assert [t.stage for t in templates()] == list(STAGES)


@EACH
def test_the_template_has_no_problem_but_its_blanks(one: Template):
    blanks = [blank["find"] for blank in one.document["ui"]["blanks"]]
    for problem in validate(one.document, node_types()):
        assert problem.code == "placeholder"
        assert problem.about in blanks


@EACH
def test_playing_its_samples_uses_every_handle_of_every_node(one: Template):
    lines = played(one)
    left = {(line["node"], line["handle"]) for line in lines if "handle" in line}
    wanted: set[tuple[str, str | None]] = set()
    for node in one.document["nodes"]:
        handles = node_types()[node["type"]].exits(node["config"])
        wanted |= {(node["id"], h.name) for h in handles} or {(node["id"], None)}
    assert wanted - left == set()


def test_the_templates_together_use_every_node_type():
    used = {node["type"] for t in templates() for node in t.document["nodes"]}
    assert used == set(node_types())


@EACH
def test_it_reads_from_top_to_bottom(one: Template):
    document = one.document
    places = document["ui"]["positions"]
    assert set(places) == {node["id"] for node in document["nodes"]}
    for edge in document["edges"]:
        assert places[edge["from"]][1] < places[edge["to"]][1], edge


@EACH
def test_no_two_nodes_overlap(one: Template):
    places = list(one.document["ui"]["positions"].values())
    for index, (x, y) in enumerate(places):
        for other_x, other_y in places[index + 1 :]:
            assert abs(x - other_x) >= 280 or abs(y - other_y) >= 96


@EACH
def test_everything_has_a_title_and_no_address_of_a_real_business(one: Template):
    text = json.dumps([one.document, one.events, one.customers, one.answers])
    assert all(node.get("title") for node in one.document["nodes"])
    for word in text.replace("\\n", " ").split():
        if "://" in word:
            assert "example.com" in word, word


def test_a_template_is_found_by_its_slug_and_read_afresh():
    first = template("enquiry-to-first-call")
    assert first is not None
    first.document["nodes"].clear()
    assert first.document["nodes"]
    assert template("no-such-template") is None
