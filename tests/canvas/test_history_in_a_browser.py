"""History, what differs, and the review before a publish, as a person sees them."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor
from tests.canvas.harness import history
from tests.canvas.test_access_and_speed import SCREENS, violations

pytestmark = pytest.mark.browser
SLUG = "enquiry-to-first-call"


def edit(editor: Editor, who: dict[str, str], label: str, *ops: dict[str, Any]) -> None:
    """Someone's edit, made before the editor is opened."""
    studio = editor.studio
    journey = studio.journeys[SLUG]
    studio.edit(SLUG, {"base": journey["rev"], "seq": 1, "label": label, "ops": list(ops)})
    journey["edits"][-1]["person"] = who


def changed(editor: Editor) -> None:
    """A draft that differs from what is live, by two people."""
    longer = {"event": "call.booked", "within": "P5D"}
    op = {"op": "node.set", "id": "booked", "config": longer}
    edit(editor, history.TOM, "change Call booked?", op)
    edit(editor, history.INES, "delete Outline a quote", {"op": "node.del", "id": "quote"})
    thanks = {"id": "thanks", "type": "action.create_task", "version": 1, "config": {"title": "x"}}
    edit(
        editor,
        history.INES,
        "add Create task",
        {"op": "node.add", "node": thanks, "position": [280, 1200]},
        {"op": "edge.add", "from": "large", "handle": "yes", "to": "thanks"},
    )


def toned(editor: Editor, **wanted: str | None) -> None:
    """These nodes have these tones, or none."""
    for node, tone in wanted.items():
        shown = expect(editor.get(f"node-{node}"))
        if tone is None:
            shown.not_to_have_attribute("data-tone", re.compile(""))
        else:
            shown.to_have_attribute("data-tone", tone)


def test_a_publish_is_reviewed_and_two_keys_do_it(editor: Editor) -> None:
    changed(editor)
    editor.studio.journeys[SLUG]["standing"] = {"booked": 12, "quote": 2}
    editor.open(SLUG)
    page = editor.page
    expect(editor.get("show-changes")).to_have_text("3 changes")
    before = copy.deepcopy(editor.document)
    editor.get("publish").focus()
    page.keyboard.press("Enter")
    expect(editor.get("publish-now")).to_be_focused()
    expect(editor.get("change-node-booked")).to_contain_text("3 days → now: 5 days")
    expect(editor.get("change-node-quote")).to_contain_text("Comes after Over €10,000?")
    expect(editor.get("change-node-thanks")).to_contain_text("Added")
    toned(editor, booked="changed", quote="removed", thanks="added", send=None)
    for node, said in (
        ("booked", "Changed. Wait at most: 3 days → 5 days"),
        ("quote", "Removed"),
        ("thanks", "Added"),
    ):
        named = page.locator(f'.react-flow__node[data-id="{node}"]')
        expect(named).to_have_attribute("aria-label", re.compile(re.escape(said)))
    # the approval's two ways only: a way that came and one that went are not at the same time
    expect(page.get_by_text("at the same time")).to_have_count(1)
    inside = editor.get("people-inside")
    expect(inside).to_contain_text("14 people are inside. They stay on the version they began with")
    expect(editor.get("people-gone")).to_contain_text("2 people stand at steps")
    page.keyboard.press("F7")
    expect(editor.get("changes")).to_contain_text("1 of 3")
    page.keyboard.press("Shift+F7")
    expect(editor.get("changes").locator(".wj-change").last).to_have_attribute("data-now", "true")
    page.keyboard.press("Delete")  # nothing can be changed here
    SCREENS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENS / "review-light.png")
    assert violations(editor) == []
    page.keyboard.press("Escape")
    expect(editor.get("review")).to_have_count(0)
    expect(editor.get("publish")).to_be_focused()
    toned(editor, booked=None)
    expect(editor.get("node-quote")).to_have_count(0)
    assert editor.document == before
    assert editor.studio.requests == []
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(editor.get("show-live")).to_have_text("Live v4")
    expect(editor.get("show-changes")).to_have_count(0)
    expect(editor.get("published")).to_have_count(0)  # its address is the old one
    assert [path.split("/")[-1] for path, _ in editor.studio.requests] == ["publish"]


def test_the_first_publish_says_what_begins_and_an_unchanged_one_that_nothing_does(
    editor: Editor,
) -> None:
    editor.open("project-welcome")
    editor.get("publish").click()
    expect(editor.get("review")).to_contain_text("Proposal signed")
    expect(editor.get("people-inside")).to_have_count(0)
    editor.page.keyboard.press("Enter")
    expect(editor.get("published")).to_contain_text("Version 1 is live")
    editor.page.keyboard.press("Escape")
    editor.get("publish").click()
    expect(editor.get("review")).to_contain_text("The draft is the same as version 1.")
    expect(editor.get("publish-now")).to_have_count(0)
    editor.get("not-now").click()
    expect(editor.get("publish")).to_be_visible()


def test_the_history_tells_who_did_what_and_brings_any_state_back(editor: Editor) -> None:
    text = "Hello {{ customer.first_name }},\nsee you {}."
    for label, when in (("begin", "on Monday"), ("write", "on Friday")):
        config = {"subject": "Soon", "body": text.replace("{}", when, 1)}
        op = {"op": "node.set", "id": "send", "config": config}
        edit(editor, history.TOM, f"{label} Send the reply", op)
    changed(editor)
    editor.open(SLUG)
    page, now = editor.page, copy.deepcopy(editor.document)
    editor.get("tab-history").click()
    sittings = editor.get("history").locator(".wj-sitting")
    expect(sittings).to_have_count(3)
    expect(sittings.nth(0)).to_contain_text("Ines Okafor")
    expect(sittings.nth(0)).to_contain_text("2 edits")
    expect(sittings.nth(1)).to_contain_text("change Call booked?, write Send the reply")
    expect(editor.get("version-3")).to_contain_text("Tom Reyes, live")
    # one step of a sitting, against the draft of now, and what it did
    sittings.nth(1).locator("summary").click()
    editor.get("edit-3").click()
    expect(editor.get("looking")).to_contain_text("Restoring would make 3 changes")
    toned(editor, quote="added", thanks="removed")
    expect(editor.get("publish")).to_have_count(0)
    editor.get("compare-did").click()
    row = editor.get("change-node-send")
    expect(row.locator("del")).to_have_text("before: Monday")
    expect(row.locator("ins")).to_have_text("now: Friday")
    expect(editor.get("node-thanks")).to_have_count(0)
    expect(editor.get("node-quote")).to_be_visible()
    assert violations(editor, '[data-testid="inspector"]', ".wj-bar") == []
    page.screenshot(path=SCREENS / "history-light.png")
    # a node's own
    editor.get("node-booked").locator(".wj-node-title").click()
    expect(editor.get("looking")).to_contain_text("This node is the same in both.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(editor.get("back-to-draft")).to_have_count(0)
    editor.get("node-send").locator(".wj-node-title").click()
    expect(sittings).to_have_count(1)
    page.keyboard.press("Escape")
    # restoring is one edit, and undo takes it back
    sittings.last.locator("> button").click()
    editor.get("restore").click()
    editor.saved()
    expect(editor.get("node-quote")).to_be_visible()
    assert {n["id"] for n in editor.document["nodes"]} == {
        n["id"] for n in editor.studio.journeys[SLUG]["live"]["document"]["nodes"]
    }
    expect(sittings.first).to_contain_text("restore")
    page.keyboard.press("Control+z")
    editor.saved()
    expect(editor.get("node-thanks")).to_be_visible()
    assert sorted(n["id"] for n in editor.document["nodes"]) == sorted(
        n["id"] for n in now["nodes"]
    )
    assert editor.document["edges"] == now["edges"]


def test_every_version_can_be_looked_at_beside_draft_and_live(editor: Editor) -> None:
    changed(editor)
    editor.studio.publish(SLUG)
    edit(editor, history.INES, "rename", {"op": "node.title", "id": "send", "title": "Send it"})
    editor.open(SLUG, "&dark")
    expect(editor.get("show-changes")).to_have_text("1 change")
    editor.get("show-changes").click()
    expect(editor.get("changes")).to_contain_text("before: Send the reply → now: Send it")
    editor.get("show-live").click()
    expect(editor.get("node-send")).to_contain_text("Send the reply")
    editor.get("versions").click()
    menu = editor.page.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_count(2)
    menu.get_by_role("menuitem").last.click()
    expect(editor.get("looking-at")).to_have_text("Version 3")
    expect(editor.get("node-quote")).to_be_visible()
    expect(editor.get("node-thanks")).to_have_count(0)
    toned(editor, quote=None)
    editor.get("compare-draft").click()
    expect(editor.get("changes")).to_contain_text("Restoring would make 4 changes")
    editor.page.screenshot(path=SCREENS / "history-dark.png")
    assert violations(editor) == []
    editor.get("show-draft").click()
    expect(editor.get("node-thanks")).to_be_visible()
    expect(editor.get("looking-at")).to_have_count(0)
    expect(editor.get("tab-setup")).to_have_attribute("aria-selected", "true")


def test_a_phone_reviews_and_publishes_too(phone: Editor) -> None:
    changed(phone)
    phone.open(SLUG)
    phone.get("publish").tap()
    expect(phone.get("change-node-booked")).to_be_visible()
    phone.page.screenshot(path=SCREENS / "review-mobile-light.png")
    assert violations(phone) == []
    phone.get("publish-now").tap()
    expect(phone.get("review")).to_have_count(0)
    assert [path.split("/")[-1] for path, _ in phone.studio.requests] == ["publish"]
