"""Conditions built by keyboard and by mouse, and problems mended step by step, in a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.canvas.conftest import Editor
from tests.canvas.harness.conditions import SLUG
from tests.canvas.test_access_and_speed import INSPECTOR, violations

pytestmark = pytest.mark.browser


def condition(editor: Editor, wanted: Any = None) -> Any:
    """The condition as it is saved: once it is as wanted, if that is said."""
    found: Any = None
    for _ in range(200):
        editor.saved()
        nodes = editor.document["nodes"]
        found = next(n for n in nodes if n["id"] == "large")["config"]["condition"]
        if wanted is None or found == wanted:
            break
        editor.page.evaluate("new Promise(requestAnimationFrame)")
    return found


def is_now(editor: Editor, wanted: Any) -> None:
    assert condition(editor, wanted) == wanted


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('data-testid') ?? ''")


BUDGET = {"field": "customer.budget", "op": "gte", "value": 2000}
SILENT = {"not": {"did": "reply.received", "within": "P3D"}}


def test_a_condition_is_built_by_keyboard_alone(editor: Editor) -> None:
    page, keys = editor.open(SLUG).page, editor.page.keyboard
    page.get_by_test_id("node-large").click()
    expect(editor.get("condition-hits")).to_have_text("true for 28 of the last 32 customers")
    editor.get("field-condition-add").focus()
    keys.press("Enter")
    expect(editor.get("field-condition-2-field")).to_be_focused()
    editor.type("plan")
    page.get_by_role("option", name=re.compile("plan")).wait_for()
    keys.press("Enter")
    keys.press("Tab")  # the operators of a text
    operators = editor.get("field-condition-2-op").locator("option")
    expect(operators.get_by_text("contains", exact=True)).to_have_count(1)
    expect(operators.get_by_text("is at least", exact=True)).to_have_count(0)
    keys.press("Tab")
    editor.type("fr")
    keys.press("Tab")
    plan = {"field": "customer.plan", "op": "eq", "value": "fr"}
    is_now(editor, {"all": [BUDGET, SILENT, plan]})

    # The grip moves it up twice, into a group of its own, and out of the way again.
    editor.get("field-condition-2-grip").focus()
    keys.press("Alt+ArrowUp")
    is_now(editor, {"all": [BUDGET, plan, SILENT]})
    assert focused(page) == "field-condition-1-grip"
    keys.press("Alt+ArrowRight")
    assert condition(editor)["all"][1]["any"][0] == plan
    editor.get("field-condition-1-1-grip").focus()
    keys.press("Delete")
    keys.press("Alt+ArrowLeft")
    is_now(editor, {"all": [BUDGET, plan, SILENT]})
    editor.get("field-condition-1-grip").focus()
    keys.press("Control+d")
    is_now(editor, {"all": [BUDGET, plan, plan, SILENT]})
    assert [n["id"] for n in editor.document["nodes"]].count(
        "large"
    ) == 1  # the node was not copied
    keys.press("Enter")
    keys.press("End")
    keys.press("Enter")  # the menu's last entry: remove
    is_now(editor, {"all": [BUDGET, plan, SILENT]})
    expect(editor.get("condition-hits")).to_have_text("true for 0 of the last 32 customers")
    keys.press("Control+z")
    is_now(editor, {"all": [BUDGET, plan, plan, SILENT]})
    assert violations(editor, INSPECTOR) == []


def test_rows_are_dragged_and_unknown_ones_stay_as_they_are(editor: Editor) -> None:
    page = editor.open(SLUG).page
    page.get_by_test_id("node-large").click()
    grip = page.locator('[data-grip="1"]')
    grip.drag_to(page.locator('[data-row="0"]'), target_position={"x": 150, "y": 4})
    is_now(editor, {"all": [SILENT, BUDGET]})
    editor.get("field-condition-1-grip").click()
    page.get_by_role("menuitem", name="Edit as JSON").click()
    odd = '{"field": "customer.budget", "op": "gte", "value": 2000, "unit": "EUR"}'
    editor.get("field-condition-1-json").fill(odd)
    assert condition(editor)["all"][1]["unit"] == "EUR"
    page.get_by_role("button", name="Done", exact=True).click()
    expect(editor.get("field-condition-1-json")).to_contain_text("EUR")
    editor.get("field-condition-0-did-or-not").select_option("did")
    assert condition(editor)["all"][0] == {"did": "reply.received", "within": "P3D"}


def test_problems_are_mended_one_after_the_other(editor: Editor) -> None:
    page = editor.open(SLUG).page
    strip = editor.get("problem-strip")
    expect(strip).to_contain_text("There is no credential")
    expect(strip).to_contain_text("1 of 5")
    strip.get_by_test_id("problem-fix").click()  # use the only mail server
    expect(strip).to_contain_text("1 of 4")
    expect(strip).to_contain_text("Wait at most")
    expect(page.get_by_test_id("node-title")).to_have_value("Reply?")
    strip.get_by_test_id("problem-fix").click()
    editor.saved()
    nodes = {n["id"]: n["config"] for n in editor.document["nodes"]}
    assert nodes["hello"]["credential"] == "mail"
    assert nodes["reply"]["within"] == "P3D"
    page.keyboard.press("Control+z")  # and once more, from the badge
    editor.get("badge-reply").click()
    page.get_by_role("group", name="Problems").get_by_test_id("problem-fix").first.click()
    editor.saved()
    assert {n["id"]: n["config"] for n in editor.document["nodes"]}["reply"]["within"] == "P3D"
    # the other way to mend the node that nothing leads to
    strip.get_by_test_id("problem-fixes").click()
    page.get_by_role("menuitem", name="Delete “Look for them”").click()
    editor.saved()
    assert "lost" not in {n["id"] for n in editor.document["nodes"]}
    # in the form, at the field
    page.keyboard.press("F8")
    editor.get("problem-list-toggle").click()
    rows = editor.get("problem-list").get_by_role("listitem")
    expect(rows).to_have_count(2)
    rows.filter(has_text="frist_name").get_by_test_id("problem-fix").click()
    editor.saved()
    hello = next(n for n in editor.document["nodes"] if n["id"] == "hello")
    assert hello["config"]["subject"] == "Hi {{ customer.first_name }}"
    strip.get_by_test_id("problem-fix").first.click()
    expect(strip).to_contain_text("No problems.")


def test_ways_say_what_they_mean(editor: Editor) -> None:
    editor.open(SLUG)
    yes = editor.get("handle-large-yes")
    words = "budget is at least 2,000 and they have not done reply.received in the last 3 days"
    expect(yes).to_have_attribute("title", f"When {words}")
    expect(editor.get("handle-large-no")).to_have_attribute("title", re.compile("^Otherwise"))
    label = editor.page.locator(".wj-way-words")
    expect(label).to_contain_text("Budget is at least 2,000")
    box, pill = label.bounding_box(), yes.bounding_box()
    assert box is not None
    assert pill is not None
    assert box["x"] + box["width"] <= pill["x"] or box["x"] >= pill["x"] + pill["width"]
