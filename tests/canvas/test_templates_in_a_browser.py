"""A draft of a template in the editor: what is left to fill in, and its samples to try it with."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from runtime.facade import starters
from runtime.gallery import template
from tests.canvas.conftest import Editor
from tests.canvas.test_access_and_speed import violations
from tests.support.chromium import shot

pytestmark = pytest.mark.browser

SLUG = "from-a-template"
STRIP = '[data-testid="problem-strip"]'
BODY = "Most answers: https://marlow.studio/answers"


@pytest.fixture
def drafted(editor: Editor) -> Editor:
    """The editor on a draft of which only the booking page was filled in."""
    found = template("enquiry-to-first-call")
    assert found is not None
    document = starters.filled(
        found.document, {"https://example.com/call": "https://marlow.studio"}
    )
    document["ui"]["template"] = found.slug
    editor.studio.put(SLUG, document)
    return editor.open(SLUG)


def test_an_example_address_is_told_before_the_publish_and_its_field_is_a_click_away(
    drafted: Editor,
) -> None:
    page, strip = drafted.page, drafted.get("problem-strip")
    expect(drafted.get("node-questions")).to_contain_text("1 warning")
    review = drafted.get("review")
    drafted.get("publish").click()
    told = review.get_by_text("would be sent to “https://example.com/questions”")
    expect(told).to_be_visible()
    page.keyboard.press("Escape")
    strip.get_by_test_id("problem-list-toggle").click()
    rows = drafted.get("problem-list").get_by_role("listitem")
    row = rows.filter(has_text="would be sent to “https://example.com/questions”")
    assert violations(drafted, STRIP) == []  # the list covers a part of the canvas
    shot(page, "template-problems")
    row.get_by_test_id("problem-field").click()
    expect(drafted.get("node-title")).to_have_value("Send the answers page")
    # the field for texts has come in the place of the plain one, and goes on where that stood
    expect(page.locator(".cm-content[data-testid=field-body]")).to_be_focused()
    drafted.get("field-body").fill(BODY)
    drafted.saved()
    # the price is the template's still: that is told, and may be so
    drafted.get("publish").click()
    expect(review.get_by_text("as the template does")).to_be_visible()
    expect(told).to_have_count(0)
    expect(drafted.get("stays-in-mailbox")).to_contain_text("Without a mail server")
    shot(page, "template-review")
    assert violations(drafted) == []
    drafted.get("publish-now").click()
    expect(drafted.get("published")).to_be_visible()


def test_a_sample_of_the_template_leads_the_test_its_way_and_takes_its_pins_along(
    drafted: Editor,
) -> None:
    drafted.get("test").click()
    sample = drafted.get("try-sample")
    expect(sample.locator("optgroup option")).to_have_count(14)
    sample.select_option(label="Greta: What is it about? → complaint")
    expect(drafted.get("inspector")).to_contain_text("some answers are pinned")
    drafted.get("try-run").click()
    expect(drafted.get("node-call_back")).to_have_attribute("data-tone", "passed")
    expect(drafted.get("node-draft")).to_have_attribute("data-tone", "skipped")
    shot(drafted.page, "template-sample")
    assert violations(drafted) == []
    sample.select_option(label="Maya: Goal: call booked")
    drafted.get("try-run").click()
    expect(drafted.get("node-goal")).to_have_attribute("data-tone", "passed")
    # a real event brings no pins, and the last ones are gone
    sample.select_option(value="e1")
    drafted.get("try-run").click()
    expect(drafted.get("node-reminder")).to_have_attribute("data-tone", "passed")
    (*_, last) = [body for path, body in drafted.studio.requests if path.endswith("/try")]
    assert last["pins"] == {}
