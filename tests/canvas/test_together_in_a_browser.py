"""Two people with one draft open: they see each other, and lose nothing of each other's work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.canvas.conftest import Editor, open_editor
from tests.support.tabs import Desks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SLUG = "enquiry-to-first-call"


@pytest.fixture
def pair(desks: Desks, bundled: Path) -> Iterator[tuple[Editor, Editor]]:
    """Two browsers with the same journey open."""
    for one in open_editor(desks, bundled, viewport={"width": 1440, "height": 900}):
        tabs = desks.tabs(reduced_motion="reduce", viewport={"width": 1280, "height": 800})
        two = Editor(tabs.open(), one.studio, one.root)
        yield one.open(SLUG), two.open(SLUG)
        tabs.clear(one.root)
        assert two.faults == []


def choose(editor: Editor, node: str) -> None:
    editor.get(f"node-{node}").locator(".wj-node-title").click()
    expect(editor.get("inspector")).to_be_visible()


def rename(page: Page, name: str) -> None:
    page.get_by_role("button", name="rename and settings").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name of the journey").fill(name)
    page.keyboard.press("Enter")


def nodes(editor: Editor) -> list[str]:
    return [node["id"] for node in editor.document["nodes"]]


def test_they_see_each_other_and_each_others_edits(pair: tuple[Editor, Editor]) -> None:
    one, two = pair
    expect(one.get("people").get_by_role("button")).to_have_count(1)
    expect(two.get("people").get_by_role("button")).to_have_count(1)
    first, second = nodes(one)[:2]
    choose(one, first)
    expect(two.get(f"node-{first}").locator("..").locator(".wj-over-people")).to_be_visible()
    pane = two.page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    two.page.mouse.move(pane["x"] + 80, pane["y"] + 300)
    two.page.mouse.move(pane["x"] + 90, pane["y"] + 320)
    expect(one.page.locator(".wj-cursor")).to_have_count(1)
    choose(two, second)
    before = one.page.locator(".react-flow__node").count()
    two.page.keyboard.press("Delete")
    expect(one.page.locator(".react-flow__node")).to_have_count(before - 1)
    rename(one.page, "Both of us")
    expect(two.page.get_by_role("heading", name="Both of us")).to_be_visible()
    two.get("undo").click()
    expect(one.page.locator(".react-flow__node")).to_have_count(before)
    expect(two.page.get_by_role("heading", name="Both of us")).to_be_visible()
    one.saved()
    two.saved()


def place(editor: Editor, node: str) -> tuple[float, float]:
    box = editor.get(f"node-{node}").bounding_box()
    assert box is not None
    return round(box["x"]), round(box["y"])


def grab(editor: Editor, node: str) -> tuple[float, float]:
    """The button of the mouse is down on it, and it has moved a little."""
    box = editor.get(f"node-{node}").locator(".wj-node-title").bounding_box()
    assert box is not None
    mouse = editor.page.mouse
    mouse.move(box["x"] + 10, box["y"] + 8)
    mouse.down()
    mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    mouse.move(box["x"] + 130, box["y"] + 72, steps=4)
    return box["x"], box["y"]


def test_a_field_that_somebody_writes_in_and_a_node_that_somebody_holds(
    pair: tuple[Editor, Editor],
) -> None:
    one, two = pair
    node = next(n["id"] for n in one.document["nodes"] if n["type"].startswith("action."))
    choose(one, node)
    choose(two, node)
    title = two.get("inspector").get_by_test_id("node-title")
    one.get("node-title").focus()
    expect(two.get("inspector").get_by_test_id("at-field")).to_have_count(1)
    expect(two.get("inspector").locator("[data-told$='/title']")).to_contain_text("is writing")
    control = one.get("inspector").locator(".wj-field[data-told]").first
    told = control.get_attribute("data-told")
    control.locator("input, textarea, select, button, [role=textbox]").first.focus()
    expect(
        two.get("inspector").locator(f'[data-told="{told}"]').get_by_test_id("at-field")
    ).to_have_count(1)
    people = two.get(f"node-{node}").locator("..").locator(".wj-over-people")
    expect(people).to_contain_text("is writing")
    expect(title).to_be_visible()
    one.page.locator(".react-flow__pane").click(position={"x": 5, "y": 400})
    expect(two.get("at-field")).to_have_count(0)
    # A row of a list says who is in it, too.
    choose(one, "about")
    choose(two, "about")
    row = '[data-told="about/labels.1.description"]'
    one.get("inspector").locator(row).locator("input, textarea").first.focus()
    expect(two.get("inspector").locator(row).get_by_test_id("at-field")).to_have_count(1)
    one.page.locator(".react-flow__pane").click(position={"x": 5, "y": 400})
    # One holds it, two sees where; two moves it meanwhile, and it does not jump in the hand.
    grab(one, node)
    expect(two.page.locator(".wj-held")).to_have_count(1)
    held = place(one, node)
    grab(two, node)
    two.page.mouse.up()
    two.saved()
    expect(two.page.locator(".wj-held")).to_have_count(1)
    theirs = two.document["ui"]["positions"][node]
    expect(one.page.locator(".wj-held")).to_have_count(0)
    assert place(one, node) == held
    one.page.mouse.up()
    one.saved()
    expect(two.page.locator(".wj-held")).to_have_count(0)
    assert one.document["ui"]["positions"][node] != theirs
    one.page.keyboard.press("Control+z")
    one.saved()
    assert one.document["ui"]["positions"][node] == theirs
    # Taken away in the hand: it is gone, and letting go does nothing.
    grab(one, node)
    two.page.keyboard.press("Delete")
    expect(one.get(f"node-{node}")).to_have_count(0)
    one.page.mouse.up()
    one.saved()
    assert node not in nodes(one)


def test_a_conflict_is_shown_with_both_values_and_a_choice(pair: tuple[Editor, Editor]) -> None:
    one, two = pair
    two.page.context.set_offline(True)
    rename(two.page, "What Tom wants")
    expect(two.get("save-state")).to_have_attribute("data-state", "offline")
    rename(one.page, "What Ines wants")
    one.saved()
    two.page.context.set_offline(False)
    expect(two.get("conflicts")).to_be_visible()
    two.saved()
    assert one.document["name"] == "What Tom wants"
    expect(one.page.get_by_role("heading", name="What Tom wants")).to_be_visible()
    two.get("conflicts").click()
    listed = two.get("conflict-list")
    expect(listed).to_contain_text("What Ines wants")
    expect(listed).to_contain_text("What Tom wants")
    listed.get_by_test_id("take-theirs").click()
    expect(two.get("conflicts")).to_have_count(0)
    expect(one.page.get_by_role("heading", name="What Ines wants")).to_be_visible()


def test_what_was_edited_offline_goes_up_after_the_tab_was_closed(
    pair: tuple[Editor, Editor],
) -> None:
    one, two = pair
    context = two.page.context
    two.studio.failures = 1_000
    rename(two.page, "Kept in the tab")
    expect(two.get("save-state")).to_have_attribute("data-state", "offline")
    two.page.on("dialog", lambda dialog: dialog.accept())
    two.page.close()
    two.studio.failures = 0
    again = Editor(context.new_page(), one.studio, one.root).open(SLUG)
    again.saved()
    expect(one.page.get_by_role("heading", name="Kept in the tab")).to_be_visible()
    assert one.document["name"] == "Kept in the tab"
    stored = again.page.evaluate("Object.keys(localStorage)")
    assert [key for key in stored if key.startswith("wayline.kept")] == []


def test_after_a_new_release_an_old_page_saves_and_loads_itself_once(
    pair: tuple[Editor, Editor],
) -> None:
    one, _ = pair
    page = one.page
    one.studio.build = "old"
    page.reload()
    one.saved()
    loads: list[str] = []
    page.on("load", lambda _: loads.append("load"))
    one.studio.build = "new"
    rename(page, "Not lost")
    expect(page.get_by_text("loads itself again as soon as you pause")).to_be_visible()
    expect(page.get_by_text("so this page has loaded itself again")).to_be_visible()
    expect(page.get_by_role("heading", name="Not lost")).to_be_visible()
    rename(page, "And once only")
    one.saved()
    assert loads == ["load"]
