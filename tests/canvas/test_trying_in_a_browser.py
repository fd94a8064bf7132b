"""Trying in a browser: a test over the canvas, data, pins, past runs, and where people are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor, open_editor
from tests.canvas.test_access_and_speed import violations
from tests.support.chromium import shot
from tests.support.tabs import Desks

pytestmark = pytest.mark.browser

SLUG = "enquiry-to-first-call"


def tries(editor: Editor) -> list[dict]:
    return [body for path, body in editor.studio.requests if path.endswith("/try")]


def test_a_test_marks_its_path_and_shows_what_went_in_and_out(editor: Editor) -> None:
    editor.open(SLUG)
    editor.page.locator(".react-flow__pane").click(position={"x": 830, "y": 420})
    editor.page.keyboard.press("t")
    steps = editor.get("try-steps").get_by_role("button")
    expect(steps).to_have_count(9)
    expect(editor.get("try-end")).to_contain_text("Finished")
    expect(editor.get("try-end")).to_contain_text("3 days")
    expect(steps.nth(7)).to_contain_text("after 3 days")
    expect(editor.get("node-about")).to_have_attribute("data-tone", "passed")
    expect(editor.get("node-about")).to_contain_text("project")
    expect(editor.get("node-answers")).to_have_attribute("data-tone", "skipped")
    expect(editor.get("node-booked")).to_contain_text("3 days")
    shot(editor.page, "try-path")
    assert violations(editor) == []

    steps.nth(8).click()
    expect(editor.get("node-title")).to_have_value("Gentle reminder")
    expect(editor.get("try-effect")).to_contain_text("Still keen to talk, Maya?")
    expect(editor.get("data-reads")).to_contain_text("customer.first_name")
    expect(editor.get("data-reads")).to_contain_text("Maya")
    assert violations(editor) == []
    editor.page.keyboard.press("Escape")
    editor.page.keyboard.press("Escape")
    expect(editor.get("stepper-place")).to_have_text("step 9 of 9")
    editor.get("stepper").focus()
    editor.page.keyboard.press("ArrowLeft")
    expect(editor.get("stepper-place")).to_have_text("step 8 of 9")
    expect(editor.get("node-title")).to_have_value("Call booked?")
    editor.page.keyboard.press("Escape")
    expect(editor.get("stepper")).to_have_count(0)
    expect(editor.get("node-answers")).not_to_have_attribute("data-tone", "skipped")


def test_the_event_is_edited_as_fields_and_as_json_with_its_errors_in_place(
    editor: Editor,
) -> None:
    editor.open(SLUG)
    editor.get("test").click()
    expect(editor.get("node-large")).to_contain_text("yes")
    editor.get("try-field-budget").fill("500")
    editor.page.keyboard.press("Control+Enter")
    expect(editor.get("node-quote")).to_have_attribute("data-tone", "skipped")
    assert tries(editor)[-1]["event"]["properties"]["budget"] == 500
    assert tries(editor)[-1]["customer"] == "c1"

    editor.get("try-json").click()
    editor.get("try-text").fill('{\n  "properties": {"budget": 9},,\n}')
    expect(editor.get("inspector")).to_contain_text("not JSON yet: look at line 2")
    sent = len(tries(editor))
    editor.get("try-run").click()
    expect(editor.get("inspector")).to_contain_text("Mend its JSON first")
    assert len(tries(editor)) == sent
    good = {"properties": {"budget": 20000, "message": "Hi"}, "customer": {"id": "x"}}
    editor.get("try-text").fill(json.dumps(good))
    editor.get("try-run").click()
    expect(editor.get("node-quote")).to_have_attribute("data-tone", "passed")
    assert tries(editor)[-1]["customer"] == {"id": "x"}
    editor.get("try-customer").select_option("c2")
    editor.get("try-find").fill("noor")
    expect(editor.get("try-customer").get_by_role("option")).to_have_count(3)


def test_to_here_one_step_and_a_pinned_answer_that_stays_for_the_session(editor: Editor) -> None:
    editor.open(SLUG)
    editor.get("node-about").hover()
    editor.get("try-here-about").click()
    expect(editor.get("data-out")).to_contain_text("project")
    assert tries(editor)[-1]["until"] == "about"
    expect(editor.get("node-draft")).to_have_attribute("data-tone", "skipped")
    editor.get("pin").click()
    editor.get("pin-handle").select_option("complaint")
    editor.get("pin-output").fill("{")
    expect(editor.get("pin-form")).to_contain_text("not JSON yet")
    editor.get("pin-output").fill('{"label": "complaint"}')
    editor.get("pin-run").click()
    expect(editor.get("node-call_back")).to_have_attribute("data-tone", "passed")
    expect(editor.get("node-about")).to_contain_text("complaint")
    pinned = {"handle": "complaint", "output": {"label": "complaint"}}
    assert tries(editor)[-1]["pins"] == {"about": pinned}

    editor.open(SLUG)
    expect(editor.get("node-about")).to_contain_text("pinned")
    editor.get("node-send").click()
    editor.get("tab-try").click()
    editor.get("try-only").click()
    expect(editor.get("try-effect")).to_contain_text("Your enquiry")
    assert tries(editor)[-1]["only"] == {"node": "send", "steps": {"about": pinned["output"]}}
    editor.get("node-about").click()
    editor.get("unpin").click()
    expect(editor.get("node-about")).not_to_contain_text("pinned")


def test_a_past_run_is_replayed_over_its_own_version_and_the_draft_comes_back(
    editor: Editor,
) -> None:
    editor.open(SLUG)
    editor.get("test").click()
    editor.get("show-runs").click()
    runs = editor.get("past-runs").get_by_role("button")
    expect(runs).to_have_count(3)
    expect(runs.nth(1)).to_contain_text("Stopped by a failure")
    runs.first.click()
    expect(editor.get("stepper")).to_contain_text("Maya Lindqvist, version 3")
    expect(editor.get("node-draft")).not_to_have_attribute("data-tone", "passed")
    for _ in range(2):
        editor.page.keyboard.press("ArrowRight")
    expect(editor.get("stepper-place")).to_have_text("step 3 of 9")
    expect(editor.get("node-draft")).to_have_attribute("data-tone", "running")
    expect(editor.get("node-send")).not_to_have_attribute("data-tone", "passed")
    shot(editor.page, "try-replay")
    editor.page.keyboard.press("Escape")
    expect(editor.get("stepper")).to_have_count(0)
    expect(editor.get("publish")).to_be_visible()

    editor.page.locator(".react-flow__pane").click(position={"x": 830, "y": 420})
    runs.nth(1).click()
    expect(editor.get("stepper")).to_contain_text("Noor Haddad")
    editor.page.locator(".react-flow__pane").click(position={"x": 830, "y": 420})
    editor.get("try-event").click()
    expect(editor.get("try-end")).to_contain_text("Finished")
    expect(editor.get("publish")).to_be_visible()
    assert tries(editor)[-1]["customer"] == "c2"
    assert tries(editor)[-1]["event"]["properties"]["budget"] == 12000


def test_the_heat_view_shows_where_people_are_and_leave(editor: Editor) -> None:
    editor.open(SLUG)
    editor.get("heat-switch").click()
    expect(editor.get("heat-waiting")).to_have_text("15, at most 12 at one node")
    booked = editor.get("node-booked")
    expect(booked).to_have_attribute("style", re.compile("--wj-heat: 1(;|$)"))
    places = editor.get("heat").get_by_role("listitem")
    expect(places).to_have_count(3)
    expect(places.first).to_contain_text("Over €10,000? · no")
    expect(places.first).to_contain_text("58")
    places.first.get_by_role("button").click()
    expect(editor.get("node-large")).to_have_attribute("data-tone", "running")
    shot(editor.page, "try-heat")
    assert violations(editor) == []
    editor.page.keyboard.press("Escape")
    editor.get("heat-switch").click()
    expect(editor.get("node-large")).not_to_have_attribute("data-tone", "running")
    expect(booked).not_to_have_attribute("style", re.compile("--wj-heat"))


@pytest.fixture
def lively(desks: Desks, bundled: Path) -> Iterator[Editor]:
    """An editor whose person likes motion."""
    size = {"width": 1440, "height": 900}
    yield from open_editor(desks, bundled, viewport=size, reduced_motion="no-preference")


def test_a_dot_travels_and_can_be_skipped(lively: Editor) -> None:
    lively.open(SLUG)
    lively.get("test").click()
    expect(lively.page.locator(".wj-dot-travel").first).to_be_attached()
    expect(lively.get("node-remind")).not_to_have_attribute("data-tone", "passed")
    lively.get("show-outline").click()  # where there is no canvas, the whole path is there at once
    expect(lively.get("stepper-place")).to_have_text("step 9 of 9")
    expect(lively.get("skip")).to_have_count(0)
    lively.get("test").click()
    expect(lively.get("try-steps").locator("[data-coming]")).to_have_count(0)
    lively.page.get_by_role("button", name="Canvas").click()
    lively.get("test").click()
    lively.get("skip").click()
    expect(lively.page.locator(".wj-dot-travel")).to_have_count(0)
    expect(lively.get("stepper-place")).to_have_text("step 9 of 9")
    expect(lively.get("node-send")).to_have_attribute("data-tone", "passed")


def test_on_a_phone_a_test_opens_with_its_first_step(phone: Editor) -> None:
    phone.open(SLUG)
    phone.get("test").click()
    expect(phone.get("try-outcome")).to_contain_text("passed")
    expect(phone.get("data-out")).to_contain_text("enquiry.sent")
    shot(phone.page, "try-phone")
