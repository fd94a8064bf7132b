"""Where a text is wrong, and what mends it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.templates import check, liquid_engine, problems
from runtime.templates.places import BLOCKS


def mended(template: str) -> str:
    """The text after every remedy, the last place first."""
    found = [one.remedy for one in problems(template) if one.remedy]
    for remedy in sorted(found, key=lambda one: one.start, reverse=True):
        template = template[: remedy.start] + remedy.text + template[remedy.end :]
    return template


@pytest.mark.parametrize(
    ("template", "place", "after"),
    [
        ("Hi {{ customer.name", "{{ customer.name", "Hi {{ customer.name }}"),
        ("Hi {{ a\nYours", "{{ a", "Hi {{ a }}\nYours"),
        ("{% if a %}b", "{% if a %}", "{% if a %}b{% endif %}"),
        ("a{% endif %}", "{% endif %}", "a"),
        ("{{ a | upcas }}", "upcas", "{{ a | upcase }}"),
        ("{{ a | }}", "{{ a | }}", "{{ a  }}"),
        ("{{ 'a }}", "{{ 'a }}", "{{ 'a' }}"),
        ("{% fro a in b %}{% endfor %}", "{% fro a in b %}", None),
        ("{% if a = 'b=c' %}d{% endif %}", "{% if a = 'b=c' %}", "{% if a == 'b=c' %}d{% endif %}"),
        ("{% for a in b %}{% else %}{% when c %}{% endfor %}", "{% when c %}", None),
        ("x {{ a }} {{ a b }} y", "{{ a b }}", None),
        ("x {% for a b %}{% endfor %}", "{% for a b %}", None),
        ("{{ }}", "{{ }}", ""),
        ("{% if %}a{% endif %}", "{% if %}", None),
    ],
)
def test_a_problem_has_its_place_and_its_remedy(template: str, place: str, after: str | None):
    first = problems(template)[0]
    assert template[first.start : first.end] == place
    assert check(template) == first.message
    if after is not None:
        assert mended(template) == after
        assert problems(after) == []


def test_all_problems_are_told_in_their_order():
    found = problems("{{ a | upcas }} {{ b | appendd: 'x' }} {{ c | append }}")
    assert [one.start for one in found] == [7, 23, 46]
    assert found[2].remedy is None


def test_a_block_that_ends_inside_another_one_is_told_once():
    template = "{% if a %}{% for b in c %}{% endif %}"
    assert [one.message for one in problems(template)] == [
        "{% endif %} comes before the end of {% for %}: add {% endfor %}."
    ]
    assert problems(mended(template)) == []


def test_what_is_said_of_a_strange_tag_is_one_short_line():
    for template in (
        "{% \x1b\nendif %}",
        "{% else" + " x" * 900 + " %}",
        "{% " + "ä" * 900 + " %}",
    ):
        for one in problems(template):
            assert one.message.isprintable()
            assert len(one.message) < 400


def test_the_editor_knows_the_same_filters_and_tags():
    source = Path("builder/canvas/texts/known.ts").read_text("utf-8")
    listed = dict(re.findall(r"const (\w+): readonly string\[\] = \[(.*?)\];", source, re.DOTALL))
    known = {name: set(re.findall(r'"([\w]+)"', text)) for name, text in listed.items()}
    assert known["FILTERS"] == liquid_engine.known_filters()
    assert known["TAGS"] == liquid_engine.known_tags()
    ends = {f"end{name}" for name in (*BLOCKS, "raw")}
    assert known["INNER_TAGS"] == {"else", "elsif", "when", "raw"} | ends
