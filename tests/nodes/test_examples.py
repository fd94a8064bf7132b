"""Every node type: its examples run, and its schema, sentences and handles fit together."""

from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator

from nodes.fields import config_schema
from nodes.registry import node_types
from nodes.spec import Example, Handle, HandlesOf, Leave, NodeType
from runtime.testing import run_example

TYPES = node_types()
CASES = [
    pytest.param(node, example, id=f"{node.type}: {example.title}")
    for node in TYPES.values()
    for example in node.examples
]
EACH = pytest.mark.parametrize("node", TYPES.values(), ids=list(TYPES))
PLACEHOLDER = re.compile(r"\{([a-z_.]+)(?:\|([a-z]+))?\}")
FILTERS = {"duration", "condition", "text", "count", "names", "schedule", "percent"}


@pytest.mark.parametrize(("node", "example"), CASES)
def test_the_example_does_what_it_says(node: NodeType, example: Example):
    assert run_example(node, example) == example.expect


@pytest.mark.parametrize(("node", "example"), CASES)
def test_the_example_leaves_by_a_handle_of_its_type(node: NodeType, example: Example):
    if isinstance(example.expect, Leave):
        handles = [h.name for h in node.exits(example.config)]
        assert example.expect.handle in handles


@pytest.mark.parametrize(("node", "example"), CASES)
def test_the_example_has_a_config_its_own_schema_takes(node: NodeType, example: Example):
    Draft202012Validator(config_schema(node.config)).validate(example.config)


@EACH
def test_the_config_schema_is_a_json_schema(node: NodeType):
    Draft202012Validator.check_schema(config_schema(node.config))
    Draft202012Validator.check_schema(dict(node.output))


@EACH
def test_the_type_says_what_it_is(node: NodeType):
    assert node.type.split(".")[0] == node.category
    assert node.title
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", node.icon)
    assert "\n" not in node.summary
    assert len(node.summary) < 60
    assert not node.summary.endswith(".")
    assert len(node.help) > 80
    assert node.examples


@EACH
def test_every_field_has_a_label(node: NodeType):
    for name, schema in config_schema(node.config)["properties"].items():
        assert schema["x-field"]["label"], name


@EACH
def test_the_sentences_speak_of_fields_that_exist_and_the_last_needs_none(node: NodeType):
    known = set(config_schema(node.config)["properties"])
    assert node.sentences
    for sentence in node.sentences:
        for name, filter_name in PLACEHOLDER.findall(sentence):
            assert name in known
            assert not filter_name or filter_name in FILTERS
    if node.type != "logic.join":
        assert not PLACEHOLDER.findall(node.sentences[-1])


@EACH
def test_what_is_told_speaks_of_handles_that_exist(node: NodeType):
    fixed = {h.name for h in node.handles if isinstance(h, Handle)}
    for handle, told in node.told.items():
        assert handle.split(": ")[0] in fixed | {"*", ""}
        for name, filter_name in PLACEHOLDER.findall(told):
            assert name.split(".")[0] in {"config", "output"}
            assert not filter_name or filter_name in FILTERS


@EACH
def test_a_type_that_performs_something_has_a_failed_handle(node: NodeType):
    names = {h.name for h in node.handles if isinstance(h, Handle)}
    assert (node.effect != "none") == ("failed" in names)
    assert (node.effect != "none") <= (node.resume is not None)


@EACH
def test_a_trigger_starts_and_everything_else_runs_or_joins(node: NodeType):
    assert (node.category == "trigger") == (node.start is not None)
    assert [node.start, node.run, node.join].count(None) == 2


def test_the_first_round_is_complete():
    wanted = {
        "trigger.event": ["out"],
        "trigger.webhook": ["out"],
        "trigger.schedule": ["out"],
        "trigger.manual": ["out"],
        "logic.branch": ["yes", "no"],
        "logic.switch": ["cases", "else"],
        "logic.split": ["ways"],
        "logic.set": ["out"],
        "logic.wait": ["out"],
        "logic.wait_until": ["out", "past"],
        "logic.wait_for_event": ["out", "timed_out"],
        "logic.join": ["out"],
        "logic.exit": [],
        "logic.approval": ["out", "rejected", "expired"],
        "ai.classify": ["labels", "unsure", "failed"],
        "ai.write": ["out", "unsure", "failed"],
        "action.send_email": ["out", "skipped", "failed"],
        "action.http_request": ["out", "failed"],
        "action.update_customer": ["out"],
        "action.create_task": ["out"],
    }
    found = {
        name: [h.field if isinstance(h, HandlesOf) else h.name for h in node.handles]
        for name, node in TYPES.items()
    }
    assert found == wanted
