from __future__ import annotations

import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.templates import TemplateFailed, check, liquid_engine, plain, render, variables

VALUES: dict[str, Any] = {
    "customer": {
        "first_name": "Ma<y>a & 'co' \"x\"",
        "plan": None,
        "empty": "",
        "off": False,
        "on": True,
        "age": 0,
        "score": 1.5,
        "tags": ["a", "<b>"],
        "none": [],
        "address": {"city": "Lis<bon>"},
        "since": "2026-03-28T23:30:00Z",
    },
    "event": {"name": "x", "properties": {"total": 120}},
    "steps": {"ask-maya": {"text": "Hello"}},
    "now": "2026-03-29T09:00:00Z",
}
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("Plain } text {", "Plain } text {"),
        ("{{customer.age}}{{ customer.score }}", "01.5"),
        ("{{ customer.on }} {{ customer.off }}", "true false"),
        ("{{ customer.plan }}|{{ customer.zip }}|{{ customer.age.x }}", "||"),
        ("{{ customer.plan | default: 'free' }}", "free"),
        ("{{ customer.off | default: \"no\" }}{{ customer.age | default: 'x' }}", "no0"),
        ("{{ customer.plan | default: customer.score }}", "1.5"),
        ("{{ customer.plan | default: customer.zip | default: 'z' }}", "z"),
        ("{{ steps.ask-maya.text }}", "Hello"),
        ("{{ customer.since | date: '%d.%m. %H:%M' }}", "29.03. 00:30"),
        ("{{ now | date: '%H:%M' }} {{ 'now' | date: '%H' }} {{ today }}", "11:00 11 2026-03-29"),
        ("{{ customer.first_name | date: '%d' }}", "Ma<y>a & 'co' \"x\""),
        ("{{ customer.tags }} {{ customer.tags | join: ', ' }}", "a<b> a, <b>"),
        ("{{ customer.address }}", '{"city": "Lis<bon>"}'),
        ("{{ event.properties | json }}", '{"total": 120}'),
        ("{% if customer.age == 0 %}zero{% else %}more{% endif %}", "zero"),
        ("{% for t in customer.tags %}{{ forloop.index }}{{ t }} {% endfor %}", "1a 2<b> "),
        ("{% assign n = event.properties.total | times: 2 %}{{ n }}", "240"),
        ("{% raw %}{{ customer.age }}{% endraw %}", "{{ customer.age }}"),
        ("{{- customer.age -}} x", "0x"),
    ],
)
def test_liquid_is_rendered(template: str, text: str) -> None:
    assert check(template) is None
    assert render(template, VALUES, zone=BERLIN) == text


def test_html_escapes_values_and_leaves_what_the_author_wrote() -> None:
    template = "<b>{{ customer.first_name }}</b>{{ customer.zip | default: '<i>' }}"
    escaped = "<b>Ma&lt;y&gt;a &amp; &#39;co&#39; &#34;x&#34;</b><i>"
    assert render(template, VALUES, html=True) == escaped
    assert render(template + "{% if true %}{% endif %}", VALUES, html=True) == escaped
    looped = "{% for t in customer.tags %}{{ t }}{% endfor %}{{ customer.address }}"
    assert (
        render(looped, VALUES, html=True) == "a&lt;b&gt;{&#34;city&#34;: &#34;Lis&lt;bon&gt;&#34;}"
    )


def test_nothing_can_turn_the_escaping_off() -> None:
    assert "There is no Liquid filter “safe”" in str(check("{{ customer.first_name | safe }}"))


@pytest.mark.parametrize("rest", ["", "{% if true %}{% endif %}"])
def test_missing_values_are_reported_by_path(rest: str) -> None:
    missed: list[str] = []
    template = "{{ customer.zip }} {{ customer.plan }} {{ customer.x | default: 'y' }}"
    render(
        template + "{{ customer.a | default: customer.b }}" + rest, VALUES, on_missing=missed.append
    )
    assert missed == ["customer.zip", "customer.plan", "customer.b"]


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (
            "Hi {{ customer.name",
            "A {{ is not closed (near “{{ customer.name”): add the missing }}.",
        ),
        ("{% if x ", "A {% is not closed"),
        ("{% raw %}{{", "A {% raw %} is not closed: add {% endraw %}."),
        ("{% if x %}", "{% if %} is never closed: add {% endif %} where it ends."),
        ("{% endif %}", "{% endif %} closes nothing: remove it"),
        ("{% foo %}", "There is no Liquid tag “foo”: did you mean “for”?"),
        ("{{ }}", "malformed"),
        ("{{ a b }}", "malformed in line 1"),
        ("{{ x | upper }}", "There is no Liquid filter “upper”: did you mean “upcase”?"),
        ("{% if a %}{{ x | zzzzzz }}{% endif %}", "There is no Liquid filter “zzzzzz”: remove it."),
        ("{{ x | append }}", "The Liquid filter “append” is given the wrong values"),
        ("{{ x | append: 'a', 'b' }}", "The Liquid filter “append” is given the wrong values"),
        ("{% include 'x' %}", "There is no Liquid tag “include”"),
        ("{% render 'x' %}", "There is no Liquid tag “render”: remove it."),
        ("x" * 500_001, "longer than 500,000 characters"),
        ("{{ a }}" * 5_001, "more than 5,000 Liquid tags"),
        ("{{ " + "a" * 5_001 + " }}", "A tag is longer than 5,000 characters"),
    ],
)
def test_what_is_no_liquid_says_what_to_do(template: str, sentence: str) -> None:
    found = check(template)
    assert found is not None
    assert sentence in found
    assert "\n" not in found


def test_the_variables_of_a_template_are_dotted_paths() -> None:
    assert variables(
        "{{ customer.name | default: customer.id }} {{ now }} {{ customer.name }}"
    ) == [
        "customer.name",
        "customer.id",
        "now",
    ]
    template = (
        "{% assign own = 1 %}{{ own }}{% if steps.a.label == 'x' and event.name %}"
        "{% for i in customer.items %}{{ i.sku }}{{ customer.list[0].x }}{% endfor %}{% endif %}"
    )
    assert set(variables(template)) == {
        "steps.a.label",
        "event.name",
        "customer.items",
        "customer.list",
    }
    assert variables("{{ broken") == []
    assert variables("{% broken %}") == []


# --- The plain way is Liquid's way ------------------------------------------------------------

PIECE = st.sampled_from(
    [
        "Hi ", "{{ customer.first_name }}", "{{customer.plan}}",
        "{{ customer.zip.code }}",
        "{{ customer.tags }}", "{{ customer.address }}", "{{ customer.size }}", "{{ event.first }}",
        "{{ customer.address.size }}", "{{ customer.first_name.size }}",
        "{{ steps.ask-maya.text }}",
        "{{ customer.none | default: 'n' }}", "{{ customer.empty | default: \"<e>\" }}",
        "{{ customer.off | default: customer.first_name }}",
        "{{ customer.age | default: '<' }}",
        "{{ customer.plan | default: customer.tags }}", "{{ customer.since | date: '%a & %H:%M' }}",
        "{{ customer.zip | date: '%d' }}",
        "{{ customer.zip | default: '2026-03-01' | date: '<%d' }}",
        "{{ customer.tags | date: '%d' }}", "{{ customer.age | date: '%Y' }}",
        "{{ now }}",
        "{{ customer.off | date: '%Y' }}", "{{ now | date: customer.empty }}", "}} ", "{ ", "\n<p>",
        "{{ customer.zip | default: 'now' | date: '%d' }}",
        "{{ customer.first_name | default: '' }}",
        "{{ customer.if }}", "{{ customer.nil }}", "{{ customer.empty }}", "{{ customer.a- }}",
        "{{ customer.plan | date: customer.zip }}", "{{ now | date: customer.age }}",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=6), st.booleans())
def test_plain_templates_render_as_liquid_renders_them(pieces: list[str], html: bool) -> None:
    template = "".join(pieces)
    outcomes: list[Any] = []
    for way in (lambda t: t, lambda t: t + "{% comment %}{% endcomment %}"):
        missed: list[str] = []
        try:
            text = render(way(template), VALUES, html=html, on_missing=missed.append, zone=BERLIN)
        except TemplateFailed:
            outcomes.append("failed")
        else:
            outcomes.append((text, missed))
    assert outcomes[0] == outcomes[1]
    by_liquid = variables(template + "{% comment %}{% endcomment %}")
    assert sorted(variables(template)) == sorted(by_liquid)


def test_the_plain_way_is_really_taken() -> None:
    assert plain.split("Hi {{ customer.a | default: 'b' }} {{ now | date: '%d' }}")
    for template in ("{{ customer.a | upcase }}", "{% if x %}", "{{ x }}", "{{ customer.size }}"):
        with pytest.raises(plain.NotPlain):
            plain.split(template)


# --- Limits -----------------------------------------------------------------------------------

BOMBS = [
    "{% for i in (1..10000000) %}x{% endfor %}",
    "{% for i in (1..999) %}{% for j in (1..999) %}x{% endfor %}{% endfor %}",
    "{% tablerow i in (1..1000000) %}x{% endtablerow %}",
    "{% for i in (1..99999999999999999999) reversed %}{% endfor %}",
    "{{ 'aaaaaaaaaa'" + " | replace: 'a', 'aaaaaaaaaa'" * 20 + " }}",
    "{{ 'a' | replace: '', 'aaaaaaaaaa'" + " | replace: '', 'aaaaaaaaaa'" * 20 + " }}",
    "{% assign s = 'aaaaaaaaaa' %}" + "{% assign s = s | append: s %}" * 40 + "{{ s }}",
    "{% assign s = 'aa' %}{% for i in (1..9999) %}{% assign s = s | append: s %}{% endfor %}",
    "{{ (1..1000000000) | join }}",
    "{{ (1..100000) | reverse | size }}",
    "{% assign n = 9 %}{% for i in (1..9999) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
    "{% capture s %}" + "x" * 1000 + "{% endcapture %}{% for i in (1..9999) %}{{ s }}{% endfor %}",
    "{% assign a = 'x' | split: '' %}" + "{% assign a = a | concat: a %}" * 30,
    "{{ now | date: '" + "%c" * 200 + "' }}",
    "{{ 1 | divided_by: 0 }}",
    "{{ 'x' | append: customer.half }}",
    "{% assign a = (1..9000) | join %}"
    "{% for i in (1..9000) %}{% assign b = a | upcase %}{% endfor %}",
    "{% assign s = (1..9000) | join %}{% assign a = s | split: '|' %}"
    + "{% assign a = a | concat: a %}" * 12 + "{{ a | join }}",
    "{% assign s = (1..9000) | join | split: '|' %}" + "{% assign s = s | concat: s %}" * 12
    + "{{ s }}",
    "{% assign s = (1..9000) | join %}"
    "{% for i in (1..9000) %}{% if s contains s %}{% endif %}{% endfor %}",
    "{% assign a = customer.tags %}" + "{% assign a = a | concat: a %}" * 12
    + "{% for i in (1..9000) %}{{ a | json | size }}{% endfor %}",
]  # fmt: skip


@pytest.mark.parametrize("template", BOMBS)
def test_bombs_fail_soon_with_a_sentence(template: str) -> None:
    values = {**VALUES, "customer": {**VALUES["customer"], "half": "\ud800"}}
    started = time.process_time()
    with pytest.raises(TemplateFailed) as found:
        render(template, values)
    assert time.process_time() - started < 10
    assert str(found.value)[-1] in ".?"


@pytest.mark.parametrize(
    "template",
    ["{{" * 100_000, "{%" * 100_000, "{% raw %}" * 40_000, "{% comment %}" * 5_000,
     "{{ a" + "[a" * 1500,
     "{% if a %}" * 5_000, "{{ a" + "[a" * 1500 + "]" * 1500 + " }}", "{{ '" + " " * 4_900 + " }}",
     "{% case x %}" + "{% when 1 %}" * 4_000 + "{% endcase %}", "{{ a" + " | a" * 1200 + " }}",
     "{% if a" + " and a" * 800 + " %}{% endif %}", ("{{ " + " " * 4_900 + "x }}") * 100,
     "{%" + " " * 4_000 + "%}", "{% # " + "x" * 4_000 + " %}",
     "{% liquid\n" + "echo 'a'\n" * 500 + "%}"],
    ids=lambda t: t[:12],
)  # fmt: skip
def test_hostile_texts_are_checked_soon(template: str) -> None:
    started = time.process_time()
    check(template)
    variables(template)
    assert time.process_time() - started < 10


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%|.:'\"-[]() abcxif\n\0é", max_size=60))
def test_any_text_is_checked_and_rendered_or_fails_with_a_sentence(text: str) -> None:
    wrong = check(text)
    try:
        assert isinstance(render(text, VALUES), str)
    except TemplateFailed as problem:
        assert str(problem)  # noqa: PT017
    else:
        assert wrong is None or "filter" in wrong


def test_nothing_in_the_library_reads_the_clock_or_a_file() -> None:
    for template in (
        "{{ now }}{{ today }}",
        "{{ 'now' | date: '%Y' }}",
        "{% if now %}x{% endif %}",
    ):
        assert render(template, {}).strip("now") in ("", "x")
    for html in (False, True):
        parsed = liquid_engine.parse("x", html)
        assert not {"include", "render"} & parsed.env.tags.keys()


def test_values_of_every_kind_can_be_printed_as_json_or_counted() -> None:
    assert (
        render("{{ customer.zip | json }}{{ customer.tags | json }}", VALUES) == 'null["a", "<b>"]'
    )
    assert render("{{ customer.on | json }}{{ customer.tags | size }}", VALUES) == "true2"
    assert variables("{{ customer['first name'] }}{{ customer[now] }}{{ ['a.b'] }}") != []


@pytest.mark.parametrize("value", [10**2000, list(range(20_000)), "x" * 2_000_000])
def test_values_that_are_too_large_fail_in_a_filter(value: Any) -> None:
    with pytest.raises(TemplateFailed):
        render("{{ customer.x | default: 1 | json | upcase }}", {"customer": {"x": value}})


def test_a_range_beyond_all_counting_fails_in_a_filter() -> None:
    with pytest.raises(TemplateFailed, match="more than 10,000 items"):
        render("{{ (1..99999999999999999999999) | join }}", VALUES)


def test_values_that_are_no_json_are_left_to_the_library() -> None:
    assert render("{{ customer.x }} {{ customer.x.y }}", {"customer": {"x": {"y": [1, 2]}}})
    assert render("{{ customer.x.y }}", {"customer": {"x": ["a"]}}) == ""
