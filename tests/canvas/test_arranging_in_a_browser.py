"""Arranging with mouse and keys: tidying in a worker, groups, aligning, helper lines, notes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor
from tests.canvas.test_access_and_speed import SCREENS, violations
from tests.support.program import wait_until

pytestmark = pytest.mark.browser


def choose(editor: Editor, *nodes: str) -> None:
    for index, node in enumerate(nodes):
        title = editor.get(f"node-{node}").locator(".wj-node-title")
        title.click(modifiers=["Shift"] if index else [])


def places(editor: Editor) -> dict[str, list[float]]:
    return editor.document["ui"]["positions"]


def test_a_part_and_then_all_are_tidied_by_the_worker_and_taken_back(editor: Editor) -> None:
    workers: list[str] = []
    editor.page.on("worker", lambda worker: workers.append(worker.url))
    editor.open("enquiry-to-first-call")
    page = editor.page
    choose(editor, "send", "booked", "goal")
    before = page.get_by_test_id("node-goal").bounding_box()
    assert before
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    editor.saved()
    shifted = dict(places(editor))
    page.get_by_test_id("arrange-tools").get_by_test_id("arrange.tidy").click()
    expect(page.locator(".wj-message")).to_contain_text("Tidied up")
    editor.saved()
    part = dict(places(editor))
    moved = {node for node in part if part[node] != shifted[node]}
    assert moved, "the chosen ones have new places"
    assert moved <= {"send", "booked", "goal"}, "the others stay"
    page.keyboard.press("Escape")
    page.get_by_test_id("tidy").click()
    # the draft's head of the column is where its layout puts it again
    expect(page.get_by_test_id("tidy")).to_be_enabled()
    page.keyboard.press("Control+z")
    editor.saved()
    assert [url.rsplit("/", 1)[-1] for url in workers] == ["elk.worker.js"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    # keys in a row are one step
    wait_until(lambda: page.get_by_test_id("node-goal").bounding_box() == before)


def test_the_name_of_a_group_is_asked_for_in_sight(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page = editor.page
    canvas = page.locator(".react-flow__pane").bounding_box()
    assert canvas
    page.mouse.move(canvas["x"] + 400, canvas["y"] + 300)

    def named(title: str) -> None:
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+g")
        field = page.get_by_label("Name of the group")
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport(ratio=0.98)  # a scaled box has fractions
        field.fill(title)
        field.click()  # nothing lies over it
        field.press("Enter")
        expect(page.locator(".wj-frame-title")).to_have_text(title)

    page.mouse.wheel(0, 500)
    first = page.get_by_test_id("node-enquiry")
    expect(first).not_to_be_in_viewport()
    named("All that we do")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+Shift+g")
    expect(page.locator(".wj-frame-title")).to_have_count(0)
    for _ in range(8):
        page.get_by_role("button", name="Zoom out").click()
    expect(page.locator(".wj-canvas")).to_have_attribute("data-zoom", "far")
    named("From afar")


def test_a_group_is_made_named_dragged_folded_and_opened_by_its_problem(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page = editor.page
    choose(editor, "draft", "approve", "send")
    page.keyboard.press("Control+g")
    field = page.get_by_label("Name of the group")
    field.fill("Reply")
    field.press("Enter")
    editor.saved()
    [group] = editor.document["ui"]["groups"]
    assert (group["title"], group["nodes"]) == ("Reply", ["draft", "approve", "send"])
    page.get_by_test_id("fit").click()
    before = dict(places(editor))

    page.keyboard.press("Escape")
    head = page.locator(".wj-frame-title").bounding_box()
    assert head
    page.mouse.move(head["x"] + 20, head["y"] + 8)
    page.mouse.down()
    page.mouse.move(head["x"] + 20, head["y"] + 48, steps=5)
    page.mouse.move(head["x"] + 20, head["y"] + 88, steps=5)
    page.mouse.up()
    editor.saved()
    own = {
        n: tuple(b - a for a, b in zip(before[n], places(editor)[n], strict=True)) for n in before
    }
    assert len(set(own.values())) == 2, "the frame takes its nodes along, all by the same way"
    assert {n for n, move in own.items() if move != (0, 0)} == set(group["nodes"])
    assert own["draft"][1] >= 40

    SCREENS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENS / "group-frame.png")
    page.get_by_test_id("fit").click()
    page.get_by_test_id(f"fold-{group['id']}").click()
    card = page.get_by_test_id(f"group-{group['id']}")
    expect(card).to_contain_text("3 steps")
    expect(card).to_contain_text("problem")
    expect(page.get_by_test_id("node-draft")).to_have_count(0)
    lines = page.locator(".react-flow__edge")
    expect(lines).to_have_count(len(editor.document["edges"]) - 2)
    page.screenshot(path=SCREENS / "group-card.png")
    assert violations(editor, ".wj-canvas") == []

    editor.saved()
    page.keyboard.press("F8")
    expect(page.get_by_test_id("node-draft")).to_be_visible()
    [group] = editor.document["ui"]["groups"]
    assert group["collapsed"], "looking at a problem changes nothing"
    page.keyboard.press("Control+Shift+g")
    editor.saved()
    assert "groups" not in editor.document["ui"]
    page.keyboard.press("Control+z")
    editor.saved()
    assert editor.document["ui"]["groups"] == [group]


def test_chosen_nodes_are_aligned_and_spread_and_a_dragged_one_finds_its_line(
    editor: Editor,
) -> None:
    editor.open("project-welcome")
    page = editor.page
    choose(editor, "brief", "all", "welcome")
    tools = page.get_by_test_id("arrange-tools")
    tools.get_by_role("button", name="Align left edges").click()
    editor.saved()
    assert len({places(editor)[node][0] for node in ("brief", "all", "welcome")}) == 1
    tools.get_by_role("button", name="Equal gaps down").click()
    page.keyboard.press("Escape")
    expect(tools).to_have_count(0)

    box = page.get_by_test_id("node-kickoff").bounding_box()
    target = page.get_by_test_id("node-folder").bounding_box()
    assert box
    assert target
    x, y = box["x"] + 100, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 140, steps=5)
    page.mouse.move(x + target["x"] - box["x"] + 4, y + 160, steps=8)
    expect(page.locator('.wj-helper[data-along="y"]').first).to_be_attached()
    page.screenshot(path=SCREENS / "helper-lines.png")
    page.mouse.up()
    editor.saved()
    assert places(editor)["kickoff"][0] == places(editor)["folder"][0]
    expect(page.locator(".wj-helper")).to_have_count(0)


def test_a_note_is_written_painted_and_drawn_larger_by_keys(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    page.get_by_role("button", name="Project welcome").click()
    page.get_by_role("menuitem", name="Add a note").click()
    note = page.locator(".wj-note")
    note.locator("textarea").fill("Ask Tom")
    page.get_by_test_id("arrange-tools").get_by_role("button", name="Colour: green").click()
    corner = page.get_by_test_id("note-corner")
    corner.focus()
    corner.press("ArrowRight")
    editor.saved()
    [kept] = editor.document["ui"]["notes"]
    assert (kept["text"], kept["color"], kept["size"][0]) == ("Ask Tom", 2, 272)
    assert violations(editor, ".wj-canvas") == []
