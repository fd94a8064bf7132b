"""The editor as a person uses it: mouse, keyboard and touch, in a real browser."""

from __future__ import annotations

import copy
import re
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor

pytestmark = pytest.mark.browser


def test_a_journey_is_drawn_from_a_blank_canvas_with_the_mouse(editor: Editor) -> None:
    editor.open("blank")
    editor.drop("trigger.webhook", 400, 60)
    editor.get("field-customer").fill("body.email")
    editor.drop("ai.classify", 400, 220)
    editor.get("field-text").fill("{{ event.properties.message }}")
    editor.get("field-labels-add").click()
    editor.get("field-labels-add").click()
    for i, name in enumerate(("project", "question")):
        editor.get(f"field-labels-{i}-name").fill(name)
        editor.get(f"field-labels-{i}-description").fill(f"Someone sends a {name}")
    editor.drop("action.send_email", 250, 420)
    editor.get("field-subject").fill("Your project")
    editor.get("field-body").fill("Hello")
    editor.connect("webhook", "out", "classify")
    editor.connect("classify", "project", "send_email")
    editor.saved()
    assert editor.edges == {("webhook", "out", "classify"), ("classify", "project", "send_email")}
    webhook, classify, mail = editor.document["nodes"]
    assert webhook["config"] == {"customer": "body.email"}
    assert [label["name"] for label in classify["config"]["labels"]] == ["project", "question"]
    assert mail["config"] == {"subject": "Your project", "body": "Hello"}
    expect(editor.get("node-classify")).to_contain_text("picks one of 2 labels")


def test_dragging_a_node_stays_in_the_browser_until_it_is_dropped(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    box = editor.get("node-remind").bounding_box()
    assert box is not None
    mouse = editor.page.mouse
    mouse.move(box["x"] + 100, box["y"] + 20)
    mouse.down()
    for step in range(30):
        mouse.move(box["x"] + 100 + step * 4, box["y"] + 20 + step)
    assert editor.studio.requests == []
    mouse.up()
    editor.saved()
    (request,) = editor.studio.requests
    moves = [op for op in request[1]["ops"] if op["id"] == "remind"]
    assert moves[-1]["op"] == "node.move"
    assert all(n % 8 == 0 for n in moves[-1]["position"])


@pytest.mark.parametrize("button", ["left", "middle"])
def test_space_or_the_middle_button_moves_the_view_from_on_top_of_a_node(
    editor: Editor, button: Literal["left", "middle"]
) -> None:
    page = editor.open("enquiry-to-first-call").page
    before = copy.deepcopy(editor.document)
    node = editor.get("node-remind")
    start = node.bounding_box()
    assert start is not None
    x, y = start["x"] + 100, start["y"] + 20
    page.mouse.move(x, y)
    if button == "left":
        page.keyboard.down("Space")
        expect(page.locator(".react-flow[data-panning]")).to_be_attached()
    page.mouse.down(button=button)
    page.mouse.move(x - 90, y - 50, steps=6)
    page.mouse.up(button=button)
    page.keyboard.up("Space")
    expect(page.locator(".react-flow[data-panning]")).to_have_count(0)
    editor.drawn()
    end = node.bounding_box()
    assert end is not None
    assert (end["x"] - start["x"], end["y"] - start["y"]) == pytest.approx((-90, -50), abs=1)
    assert editor.document == before
    assert editor.studio.requests == []


def test_everything_can_be_built_with_the_keyboard_alone(editor: Editor) -> None:
    editor.open("blank")
    page = editor.page
    page.keyboard.press("/")
    for words in ("event happens", "yes or no", "create task"):
        expect(editor.get("palette-search")).to_be_focused()
        editor.type(words)
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.matches('.react-flow__node')")
        page.keyboard.press("/")
    page.keyboard.press("Escape")
    editor.saved()
    assert editor.edges == {("event", "out", "branch"), ("branch", "yes", "create_task")}
    page.locator('.react-flow__node[data-id="branch"]').focus()
    page.keyboard.press("Enter")
    expect(editor.get("node-title")).to_have_value("Yes or no")
    editor.get("connect-no").select_option("create_task")
    editor.saved()
    assert ("branch", "no", "create_task") in editor.edges


def test_arrows_move_and_delete_deletes_and_all_of_it_is_undone(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    page.locator('.react-flow__node[data-id="welcome"]').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    editor.saved()
    assert editor.document["ui"]["positions"]["welcome"][0] == 16
    page.keyboard.press("Delete")
    expect(editor.get("node-welcome")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(editor.get("node-welcome")).to_have_count(1)
    page.keyboard.press("Control+z")
    editor.saved()
    assert editor.document["ui"]["positions"]["welcome"][0] == 0
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+y")
    expect(editor.get("node-welcome")).to_have_count(0)
    editor.saved()
    assert len(editor.document["nodes"]) == 5


def test_nodes_are_copied_and_pasted_with_their_edges(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    page.locator(".react-flow__pane").click(position={"x": 700, "y": 560})
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".react-flow__node")).to_have_count(12)
    editor.saved()
    assert ("signed_2", "out", "brief_2") in editor.edges
    page.keyboard.press("Control+z")
    expect(page.locator(".react-flow__node")).to_have_count(6)


def test_a_renamed_label_keeps_its_line(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    editor.get("node-about").locator(".wj-node-title").click()
    name = editor.get("field-labels-0-name")
    name.fill("New work")
    name.blur()
    expect(editor.get("handle-about-new_work")).to_be_visible()
    editor.saved()
    assert ("about", "new_work", "draft") in editor.edges
    assert not any(handle == "project" for _, handle, _ in editor.edges)


def test_publishing_with_an_error_opens_it_and_without_one_says_the_address(editor: Editor) -> None:
    editor.open("blank")
    expect(editor.get("publish")).to_have_text("Publish v1")
    editor.get("publish").click()
    expect(editor.get("problem-list")).to_contain_text("trigger")
    editor.drop("trigger.webhook", 400, 60)
    editor.get("node-webhook").locator(".wj-node-title").click()
    editor.page.keyboard.press("n")
    editor.type("end journey")
    editor.page.keyboard.press("Enter")
    editor.saved()
    editor.get("publish").click()
    editor.page.keyboard.press("Enter")  # the review has the focus on "Publish v1"
    dialog = editor.get("published")
    expect(dialog).to_contain_text("Version 1 is live")
    address = dialog.get_by_label("Address of Webhook arrives", exact=True)
    expect(address).to_have_value(re.compile("/hooks/"))
    editor.page.keyboard.press("Escape")
    expect(editor.get("publish")).to_have_text("Publish v2")
    editor.get("node-webhook").locator(".wj-node-title").click()
    expect(editor.get("hook-url").locator("input")).to_have_value(re.compile("/hooks/"))


def test_problems_stand_on_their_nodes_and_f8_goes_through_them(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    expect(editor.get("problem-strip")).to_contain_text("warning")
    editor.page.keyboard.press("F8")
    expect(editor.get("inspector")).to_contain_text("draft")
    editor.get("node-send").locator(".wj-node-title").click()
    editor.get("field-subject").fill("")
    expect(editor.get("node-send")).to_contain_text("1 error")
    expect(editor.get("problem-strip")).to_contain_text("Send the reply")


def test_offline_the_changes_are_kept_and_go_up_later(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    page.context.set_offline(True)
    editor.get("node-welcome").locator(".wj-node-title").click()
    editor.get("node-title").fill("A warm welcome")
    editor.get("node-title").blur()
    state = editor.get("save-state")
    expect(state).to_have_attribute("data-state", "offline")
    expect(state).to_contain_text("Offline")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    editor.saved()
    titles = [n.get("title") for n in editor.document["nodes"]]
    assert "A warm welcome" in titles


def test_a_reload_brings_back_what_could_not_be_saved(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    page.on("dialog", lambda dialog: dialog.accept())
    editor.studio.failures = 1000
    editor.get("node-welcome").locator(".wj-node-title").click()
    editor.get("node-title").fill("A warm welcome")
    editor.get("node-title").blur()
    expect(editor.get("save-state")).to_have_attribute("data-state", "offline")
    editor.studio.failures = 0
    editor.open("project-welcome")
    expect(editor.get("node-welcome")).to_contain_text("A warm welcome")
    editor.saved()


def test_conditions_are_built_in_nested_rows(editor: Editor) -> None:
    editor.open("blank")
    editor.drop("logic.branch", 400, 60)
    editor.get("field-condition-add").click()
    editor.get("field-condition-field").fill("customer.plan")
    editor.get("field-condition-value").fill("pro")
    expect(editor.get("node-branch")).to_contain_text("Plan is pro")
    editor.saved()  # what the studio says about a row moves what stands below it
    editor.get("field-condition-add").click()
    editor.get("field-condition-1-field").fill("event.properties.budget")
    editor.get("field-condition-1-op").select_option("gte")
    editor.get("field-condition-1-value").fill("2000")
    editor.saved()
    editor.get("field-condition-add-kind").select_option("did")
    editor.get("field-condition-2-did").fill("call.booked")
    editor.get("field-condition-2-within").fill("30")
    editor.saved()
    assert editor.document["nodes"][0]["config"]["condition"] == {
        "all": [
            {"field": "customer.plan", "op": "eq", "value": "pro"},
            {"field": "event.properties.budget", "op": "gte", "value": 2000},
            {"did": "call.booked", "within": "P30D"},
        ]
    }


def test_a_value_is_inserted_where_the_cursor_stands(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    editor.get("node-send").locator(".wj-node-title").click()
    subject = editor.get("field-subject")
    subject.fill("Hello !")
    editor.page.keyboard.press("End")
    editor.page.keyboard.press("ArrowLeft")
    editor.page.get_by_label("Insert a value into Subject").click()
    editor.page.get_by_role("option", name="first name").first.click()
    editor.saved()
    (send,) = (n for n in editor.document["nodes"] if n["id"] == "send")
    assert send["config"]["subject"] == "Hello {{ customer.first_name }}!"


def test_the_live_version_is_shown_and_cannot_be_changed(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    editor.get("node-remind").locator(".wj-node-title").click()
    editor.page.keyboard.press("Delete")
    expect(editor.get("show-changes")).to_have_text("1 change")
    editor.get("show-live").click()
    expect(editor.get("node-remind")).to_be_visible()
    editor.get("node-remind").locator(".wj-node-title").click()
    editor.page.keyboard.press("Delete")
    expect(editor.get("node-remind")).to_be_visible()
    expect(editor.get("field-subject")).not_to_be_editable()
    expect(editor.get("handle-about-project")).to_contain_text("118")
    expect(editor.get("node-booked")).to_contain_text("12 waiting")


def test_panels_fold_and_the_minimap_fits_and_tidies(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page = editor.page
    page.keyboard.press("[")
    expect(page.locator(".wj-palette")).to_have_count(0)
    page.keyboard.press("]")
    expect(editor.get("inspector")).to_have_count(0)
    page.keyboard.press("[")
    expect(page.locator(".wj-palette")).to_be_visible()
    editor.get("fit").click()
    editor.get("tidy").click()
    expect(editor.get("minimap")).to_be_visible()


def test_a_node_dropped_on_a_line_stands_between(editor: Editor) -> None:
    editor.open("project-welcome")
    line = editor.page.locator(".react-flow__edge").last
    spot = line.locator(".wj-line-path").evaluate(
        "p => { const a = p.getPointAtLength(p.getTotalLength() / 2), m = p.getScreenCTM();"
        " return [a.x * m.a + m.e, a.y * m.d + m.f] }"
    )
    pane = editor.page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    editor.drop("logic.wait", round(spot[0] - pane["x"]), round(spot[1] - pane["y"]))
    editor.saved()
    assert {("all", "out", "wait"), ("wait", "out", "welcome")} <= editor.edges
    assert ("all", "out", "welcome") not in editor.edges


def test_a_handle_asks_what_happens_next(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    editor.get("node-large").hover()
    editor.get("handle-large-no").click()
    editor.type("wait for")
    editor.page.keyboard.press("Enter")
    editor.saved()
    assert ("large", "no", "wait_for_event") in editor.edges


def test_a_line_is_dropped_where_a_nodes_tools_stand_otherwise(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page, remind = editor.page, editor.get("node-remind")
    remind.hover()
    tools = remind.locator(".wj-node-actions").bounding_box()
    start = editor.get("handle-large-no").bounding_box()
    assert tools is not None
    assert start is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(tools["x"] + 20, tools["y"] + 60, steps=8)
    page.mouse.move(tools["x"] + 20, tools["y"] + tools["height"] - 6, steps=8)
    page.mouse.up()
    editor.saved()
    assert ("large", "no", "remind") in editor.edges


def test_on_a_phone_the_journey_is_an_outline_that_can_be_edited(phone: Editor) -> None:
    phone.open("enquiry-to-first-call")
    expect(phone.get("outline")).to_be_visible()
    phone.get("outline-send").tap()
    phone.get("field-subject").fill("Thank you")
    phone.get("inspector").get_by_label("Close").tap()
    expect(phone.get("outline-send")).to_contain_text("Thank you")
    phone.page.get_by_role("button", name="Add", exact=True).tap()
    phone.get("palette-item-logic.exit").tap()
    phone.saved()
    assert phone.document["nodes"][-1]["type"] == "logic.exit"
    wide = phone.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_a_viewer_looks_and_changes_nothing(editor: Editor) -> None:
    editor.open("enquiry-to-first-call", "&role=viewer")
    expect(editor.get("publish")).to_have_count(0)
    expect(editor.get("palette-item-logic.wait")).to_be_disabled()
    editor.get("node-send").locator(".wj-node-title").click()
    editor.page.keyboard.press("Delete")
    expect(editor.get("field-subject")).not_to_be_editable()
    assert editor.studio.requests == []
