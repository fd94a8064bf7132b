from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runtime.gallery import templates
from runtime.journey.canonical import content_hash
from runtime.journey.slugs import slugify
from tests.journey.documents import MAIL, journey

GOOD = journey(MAIL, ways=("start > mail",))


def test_the_hash_is_that_of_the_canonical_json() -> None:
    document = {"b": 1.0, "a": "ü\n", "ui": {"x": 1}, "c": [True, None, 1e21, 0.1]}
    canonical = '{"a":"ü\\n","b":1,"c":[true,null,1e+21,0.1]}'
    assert content_hash(document) == hashlib.sha256(canonical.encode()).hexdigest()


def test_moving_a_node_and_ordering_keys_differently_keep_the_hash() -> None:
    moved = {**copy.deepcopy(GOOD), "ui": {"positions": {"mail": [9, 9]}}}
    turned = json.loads(json.dumps(dict(reversed(GOOD.items()))))
    assert content_hash(moved) == content_hash(turned) == content_hash(GOOD)


def test_any_change_of_the_graph_changes_the_hash() -> None:
    renamed = {**GOOD, "name": "Other"}
    assert content_hash(renamed) != content_hash(GOOD)
    assert content_hash({**GOOD, "edges": []}) != content_hash(GOOD)


def test_slugs_are_made_of_names() -> None:
    assert slugify("Trial rescue") == "trial-rescue"
    assert slugify("  Büro-Umzug №2! ") == "buro-umzug-no2"
    assert slugify("Straße & Æther") == "strasse-aether"
    assert slugify("世界") == slugify("") == "journey"
    assert slugify("x" * 100) == "x" * 60


@given(st.text(max_size=100))
def test_a_slug_is_plain_and_stays_the_same(name: str) -> None:
    slug = slugify(name)
    assert slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slugify(slug) == slug


def test_the_templates_are_named_like_their_files() -> None:
    for template in templates():
        assert slugify(template.name) == Path(template.path).stem
