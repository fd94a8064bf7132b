"""Documents that somebody made to do harm, or by mistake: they open, and nothing in them runs."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from runtime.journey.hostile import scan
from runtime.journey.report import Report
from tests.canvas.conftest import Editor

pytestmark = pytest.mark.browser
SLUG = "enquiry-to-first-call"
NASTY = "'\"><img src=x onerror=\"document.title = 'run'\"><script>document.title = 'run'</script>"
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1.5, 10**15, "", "x", "{{", "a" * 3_000, NASTY, [], {}, [[]], [{}]),
    *([None, None], ["a", "a"], {"id": []}, {"x": {"y": [1]}}, {"field": "customer.plan"}),
)
TRIES = 5


def spots(value: Any, path: list[Any]) -> Iterator[list[Any]]:
    """The way to everything in it."""
    if path:
        yield path
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from spots(value[key], [*path, key])


def broken(document: dict[str, Any], seed: int) -> dict[str, Any]:
    """The document with a few things in it that do not belong there."""
    dice, made = random.Random(seed), copy.deepcopy(document)
    for _ in range(dice.choice((1, 1, 2, 4))):
        ways = list(spots(made, []))
        short = [way for way in ways if len(way) <= 3]
        way = dice.choice(short if dice.random() < 0.6 else ways)
        at: Any = made
        for key in way[:-1]:
            at = at[key]
        if dice.random() < 0.15:
            del at[way[-1]]
        else:
            at[way[-1]] = copy.deepcopy(dice.choice(ODD))
    return made


def nasty(value: Any) -> Any:
    """Every text that people write is markup."""
    if isinstance(value, dict):
        keep = {"id", "type", "from", "to", "handle", "op", "within", "for", "event", "method"}
        return {k: v if k in keep else nasty(v) for k, v in value.items()}
    if isinstance(value, list):
        return [nasty(v) for v in value]
    return NASTY if isinstance(value, str) else value


def test_markup_is_text_wherever_it_is_shown(editor: Editor) -> None:
    journey = editor.studio.journeys[SLUG]
    document = journey["document"]
    names = [node["id"] for node in document["nodes"]]
    for node in document["nodes"]:
        node["title"] = NASTY
        node["config"] = nasty(node["config"])
    document["about"] = document["name"] = NASTY
    ui = document.setdefault("ui", {})
    ui["notes"] = [{"id": "note", "text": NASTY, "position": [-300, 0]}]
    ui["groups"] = [{"id": "group", "title": NASTY, "nodes": names[:2]}]
    editor.open(SLUG)
    page = editor.page
    for name in names:
        editor.get(f"node-{name}").dispatch_event("click")
        editor.drawn()
    for keys in ("o", "o", "Control+k", "Escape", "?", "Escape", "h", "t"):
        page.keyboard.press(keys)
        editor.drawn()
    editor.get("publish").click()
    editor.drawn()
    assert page.locator("[onerror], img[src=x]").count() == 0
    assert page.title() != "run"


def test_a_document_that_is_broken_anywhere_opens(editor: Editor) -> None:
    whole = editor.studio.journeys[SLUG]["document"]
    opened = 0
    for seed in range(303, 303 + 2 * TRIES):
        made = broken(whole, seed)
        report = Report()
        if not scan(made, report) or report.problems:
            continue
        made.setdefault("name", "Odd")  # the studio keeps it apart
        slug = f"odd-{seed}"
        editor.studio.put(slug, made)
        editor.page.goto(f"{editor.root}/journeys/{slug}?slug={slug}")
        expect(editor.get("save-state"), f"seed {seed}").to_be_visible()
        nodes = editor.page.locator(".react-flow__node")
        for place in range(min(2, nodes.count())):
            nodes.nth(place).locator("[data-testid^=node-]").first.dispatch_event("click")
            editor.drawn()
        editor.get("show-outline").dispatch_event("click")
        editor.drawn()
        assert editor.faults == [], f"seed {seed}: {made}"
        opened += 1
        if opened == TRIES:
            break
