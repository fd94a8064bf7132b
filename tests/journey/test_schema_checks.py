"""The quick acceptance, compared with jsonschema."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nodes.fields import config_schema
from nodes.registry import node_types
from runtime.journey.schema_checks import check, fits
from runtime.journey.schemas import document_schema, type_schema
from tests.journey.documents import MAIL, journey, problems
from tests.journey.test_hostile import JSON, NAMES

EXAMPLES = [(t, e) for t in node_types().values() for e in t.examples]


@pytest.mark.parametrize("kind", sorted(node_types()))
def test_the_examples_of_every_type_plainly_fit(kind: str) -> None:
    node_type = node_types()[kind]
    for example in node_type.examples:
        assert fits(dict(example.config), config_schema(node_type.config)), example.title


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(EXAMPLES), st.dictionaries(NAMES, JSON, max_size=3), JSON, st.integers(0, 5))
def test_what_plainly_fits_is_right_for_jsonschema_too(
    case: Any, more: dict[str, Any], value: Any, place: int
) -> None:
    node_type, example = case
    config = {**copy.deepcopy(dict(example.config)), **more}
    if place < len(config):
        config[list(config)[place]] = value
    schema = config_schema(node_type.config)
    right = Draft202012Validator(schema).is_valid(config)
    if fits(config, schema):
        assert right
        assert check(config, schema) == []
    elif not right:
        assert check(config, schema)


def test_an_unknown_keyword_is_left_to_the_library() -> None:
    schema = {"type": "number", "multipleOf": 5}
    assert not fits(10, schema)
    assert check(10, schema) == []
    assert check(11, schema) == [("", "The config does not fit: 11 is not a multiple of 5.")]


def test_a_float_is_no_whole_number() -> None:
    assert check({"n": 2.0}, {"properties": {"n": {"type": "integer"}}}) == [
        (".n", "The field n is 2.0: write a whole number.")
    ]


def test_the_published_schemas_are_schemas_and_hold_the_examples() -> None:
    types = node_types()
    Draft202012Validator.check_schema(document_schema(types))
    for node_type, example in EXAMPLES:
        schema = type_schema(node_type)
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator(schema).validate(dict(example.config))


def test_the_documents_schema_tells_good_from_bad() -> None:
    judge = Draft202012Validator(document_schema(node_types()))
    condition = {"any": [{"field": "customer.plan", "op": "in", "value": ["a"]}, {"did": "x"}]}
    branch = {"id": "b", "type": "logic.branch", "config": {"condition": condition}}
    good = journey(branch, MAIL, ways=("start > b", "b.yes > mail", "b.no > mail"))
    assert problems(good) == []
    judge.validate(good)
    for bad in (
        {**good, "format": 2},
        {**good, "extra": 1},
        journey({**branch, "config": {}}),
        journey({**branch, "config": {"condition": {"any": [{"field": "x", "op": "eq"}]}}}),
        journey({**branch, "type": "logic.brunch"}),
        {**good, "settings": {"holdout": 0.1}},
    ):
        assert not judge.is_valid(bad)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=5))
def test_what_validates_without_errors_fits_the_published_schema(more: dict[str, Any]) -> None:
    document = {**journey(MAIL, ways=("start > mail",)), **more}
    if not [p for p in problems(document) if p.severity == "error"]:
        Draft202012Validator(document_schema(node_types())).validate(document)


@pytest.mark.parametrize(
    ("value", "schema", "sentence"),
    [
        (2, {"const": 1}, "The config does not fit: 1 was expected."),
        ([1], {"minItems": 2}, "The config is too short: add an item (at least 2)."),
        ([1], {"maxItems": 0}, "The config has more than 0 items: take some out."),
        ({"a": 1}, {"maxProperties": 0}, "The config has more than 0 items: take some out."),
        (9, {"maximum": 3}, "The config is 9: write a number of at most 3."),
        ("x", {"not": {"enum": ["x"]}}, "The config is “x”, which it cannot be: use none of x."),
        (3, {"not": {"type": "integer"}}, "The config is 3, which it cannot be: change it."),
        ("x", {"pattern": "^[0-9]$"}, "The config is “x”, which it cannot be: use letters, digits"),
        (3, {"anyOf": [{"const": 1}]}, "The config is 3: write something else."),
        ({"a": 1}, {"properties": {}, "additionalProperties": False}, "remove it (it has none)."),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, "The field a is 1: write a text."),
    ],
)
def test_every_keyword_has_its_sentence(value: Any, schema: dict[str, Any], sentence: str) -> None:
    assert not fits(value, schema)
    found = check(value, schema)
    assert len(found) == 1
    assert sentence in found[0][1]
