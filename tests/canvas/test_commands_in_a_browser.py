"""Adding, the command bar, finding, the outline and the keyboard, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor
from tests.canvas.test_access_and_speed import violations
from tests.support.program import wait_until

pytestmark = pytest.mark.browser
SCREENS = Path(__file__).parents[1] / "screens"


class Hands:
    """Only the keyboard: what a person without a mouse can do."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.keys = editor.page.keyboard

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys.press(key)

    def add(self, words: str) -> None:
        """N, some letters, Enter: the new node has the focus then."""
        before = self.editor.page.evaluate(f"{NODES}.length")
        self.press("n")
        expect(self.editor.get("add-search")).to_be_focused()
        self.editor.type(words)
        self.press("Enter")
        expect(self.editor.get("add-panel")).to_have_count(0)
        self.editor.page.wait_for_function(
            f"(before) => {NODES}.length > before && {ON_A_NODE}", arg=before
        )

    def focus(self) -> str:
        """The node (or way) under the focus."""
        return self.editor.page.evaluate(
            """() => { const here = document.activeElement;
              const of = here.dataset.node ?? here.dataset.id ?? '';
              return here.dataset.handle ? `${of}/${here.dataset.handle}` : of; }"""
        )

    def at(self, place: str) -> None:
        """The focus is there."""
        wait_until(lambda: self.focus() == place)

    def fill(self, words: str) -> None:
        """Enter opens the settings of the node; its first field gets the words."""
        self.press("Enter")
        self.editor.page.wait_for_function(IN_A_FORM)
        self.editor.type(words)
        self.back()

    def setting(self, name: str, words: str) -> None:
        """The command bar finds a field of the node by its name."""
        self.press("Control+k")
        expect(self.editor.get("command-bar")).to_be_focused()
        self.editor.type(name)
        self.press("Enter")
        self.editor.page.wait_for_function(IN_A_FORM)
        self.editor.type(words)
        self.back()

    def back(self) -> None:
        """Escape leaves the field (and shuts its list before); the node has the focus again."""
        for _ in range(3):
            self.press("Escape")
            if self.editor.page.evaluate(ON_A_NODE):
                return
        raise AssertionError("Escape does not lead back to the node.")


NODES = "document.querySelectorAll('[role=treeitem]:not([data-handle]), .react-flow__node')"
IN_A_FORM = "() => document.activeElement.closest('.wj-inspector .wj-form') !== null"
ON_A_NODE = "document.activeElement.matches('[role=treeitem], .react-flow__node')"


def test_15_nodes_are_built_with_the_keyboard_alone_and_published(editor: Editor) -> None:
    editor.open("blank")
    hands = Hands(editor)
    hands.add("event")  # on the canvas first
    hands.fill("enquiry.sent")
    hands.add("delay")
    hands.fill("3")
    hands.add("if")
    hands.press("Enter")
    editor.page.wait_for_function(IN_A_FORM)
    hands.press("Enter")  # "Add condition"
    expect(editor.get("field-condition-field")).to_be_focused()
    hands.editor.type("customer.plan")
    hands.press("Tab", "Tab")
    hands.editor.type("pro")
    hands.back()
    hands.add("todo")  # by "yes"
    hands.fill("Call them")
    hands.press("Control+ArrowUp")
    hands.at("branch")
    hands.add("task")  # by "no", the next free way
    hands.fill("Write to them")
    hands.press("Control+ArrowLeft")
    hands.at("create_task")
    hands.press("c")  # its one way shall lead to a node that is there
    expect(editor.get("connect")).to_be_focused()
    hands.editor.type("write to")
    hands.press("Enter")
    hands.press("F2")
    expect(editor.get("node-title")).to_be_focused()
    hands.editor.type("A call")
    hands.press("Enter")
    editor.page.wait_for_function(ON_A_NODE)
    expect(editor.get("node-create_task")).to_contain_text("A call")
    editor.saved()
    assert editor.edges == {
        ("event", "out", "wait"),
        ("wait", "out", "branch"),
        ("branch", "yes", "create_task"),
        ("branch", "no", "create_task_2"),
        ("create_task", "out", "create_task_2"),
    }

    hands.press("o")  # now in the outline
    expect(editor.get("outline")).to_be_visible()
    expect(editor.get("outline-create_task")).to_be_focused()
    hands.press("ArrowDown")
    hands.at("create_task_2")
    hands.add("wait for an event")
    hands.fill("call.booked")
    hands.setting("at most", "2")
    for words in ("task", "wait", "task", "wait", "task", "wait", "task"):
        hands.add(words)
        hands.fill({"task": "Ask again", "wait": "1"}[words])
    hands.add("goal")
    hands.press("Home")
    while hands.focus() != "wait_for_event/timed_out":
        hands.press("ArrowDown")
        editor.drawn()
    hands.press("Enter")  # the way that ends: something can be added there
    expect(editor.get("add-search")).to_be_focused()
    hands.editor.type("stop")
    hands.press("Enter")
    expect(editor.get("outline-exit_2")).to_be_focused()
    editor.saved()
    nodes = [n["id"] for n in editor.document["nodes"]]
    assert len(nodes) == 15, nodes
    assert ("wait_for_event", "timed_out", "exit_2") in editor.edges
    assert ("create_task_6", "out", "exit") in editor.edges

    hands.press("Control+k")
    hands.editor.type("publish")
    hands.press("Enter")
    live = editor.studio.journeys["blank"]
    expect(editor.get("publish-now")).to_be_focused()
    hands.press("Enter")
    expect(editor.get("published")).to_be_visible()
    assert live["live"]["number"] == 1
    assert len(live["live"]["document"]["nodes"]) == 15


def test_ten_clicks_and_no_line_drawn_for_a_webhook_a_branch_two_sets_and_a_request(
    editor: Editor,
) -> None:
    editor.open("blank")
    page = editor.page
    clicks = 0

    def click(test_id: str) -> None:
        nonlocal clicks
        clicks += 1
        editor.get(test_id).click()

    click("start-trigger.webhook")
    click("palette-item-logic.branch")
    click("field-condition-add")
    editor.type("customer.plan")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    editor.type("pro")
    click("palette-item-logic.set")
    value(editor, "tier", "gold")
    click("handle-branch-no")
    editor.type("set")
    page.keyboard.press("Enter")
    value(editor, "tier", "plain")
    click("palette-item-action.http_request")
    hands = Hands(editor)
    hands.setting("method", "P")  # POST
    hands.setting("address", "https://example.com/tiers")
    click("handle-set-out")
    editor.type("web address")
    options = page.get_by_test_id("take-node-http_request")
    clicks += 1
    options.click()
    click("publish")
    page.keyboard.press("Enter")
    expect(editor.get("published")).to_be_visible()
    print(f"{clicks} clicks")
    assert clicks <= 10
    document = editor.studio.journeys["blank"]["live"]["document"]
    assert {(e["from"], e["handle"], e["to"]) for e in document["edges"]} == {
        ("webhook", "out", "branch"),
        ("branch", "yes", "set"),
        ("branch", "no", "set_2"),
        ("set", "out", "http_request"),
        ("set_2", "out", "http_request"),
    }
    configs = {n["id"]: n["config"] for n in document["nodes"]}
    assert configs["set"] == {"values": {"tier": "gold"}}
    assert configs["set_2"] == {"values": {"tier": "plain"}}
    assert configs["http_request"]["url"] == "https://example.com/tiers"


def value(editor: Editor, name: str, text: str) -> None:
    """The values of a "Set values", by keyboard: Enter opens the form of the new node."""
    keyboard = editor.page.keyboard
    keyboard.press("Enter")
    expect(editor.get("field-values-add")).to_be_focused()
    keyboard.press("Enter")
    expect(editor.get("field-values-0-name")).to_be_focused()
    editor.type(name)
    keyboard.press("Tab")
    editor.type(text)
    keyboard.press("Escape")


def test_the_command_bar_finds_does_and_remembers(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page, keyboard = editor.page, editor.page.keyboard
    focus_on(editor, "large")
    keyboard.press("Control+k")
    bar = editor.get("command-bar")
    editor.type("outline a qu")
    editor.get("take-node-quote").wait_for()
    keyboard.press("Enter")
    expect(page.locator('.react-flow__node[data-id="quote"]')).to_be_focused()
    keyboard.press("Control+k")
    editor.type("turn off")
    keyboard.press("Enter")
    expect(editor.get("node-quote")).to_contain_text("Off")
    keyboard.press("Control+k")
    expect(page.locator(".wj-quick-item").first).to_contain_text("Turn off or on")  # used last
    keyboard.press("Escape")
    expect(bar).to_have_count(0)
    expect(page.locator('.react-flow__node[data-id="quote"]')).to_be_focused()
    keyboard.press("Control+k")
    editor.type("project welcome")
    with page.expect_navigation(url="**/journeys/project-welcome"):
        keyboard.press("Enter")


def test_finding_goes_round_and_marks_what_it_found(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page, keyboard = editor.page, editor.page.keyboard
    keyboard.press("Control+f")
    editor.type("reply")
    count = editor.get("find-count")
    expect(count).to_have_text("1 of 3")
    expect(page.locator('.wj-node[data-tone="found"]')).to_have_count(3)
    keyboard.press("Enter")
    keyboard.press("F3")
    expect(count).to_have_text("3 of 3")
    keyboard.press("F3")
    expect(count).to_have_text("1 of 3")
    keyboard.press("Shift+F3")
    expect(count).to_have_text("3 of 3")
    expect(editor.get("node-send")).to_have_attribute("data-selected", "true")
    keyboard.press("Escape")
    expect(page.locator('.wj-node[data-tone="found"]')).to_have_count(0)
    expect(page.locator('.react-flow__node[data-id="send"]')).to_be_focused()
    assert editor.studio.requests == []


def test_a_node_is_replaced_joined_over_and_moved_and_each_says_so(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    page, keyboard = editor.page, editor.page.keyboard
    said = page.locator(".wj-message")
    focus_on(editor, "booked")
    keyboard.press("r")
    editor.type("delay")
    keyboard.press("Enter")
    expect(said).to_contain_text("A line was dropped: timed out to “Gentle reminder”")
    editor.saved()
    assert ("booked", "out", "goal") in editor.edges
    assert next(n for n in editor.document["nodes"] if n["id"] == "booked")["type"] == "logic.wait"
    keyboard.press("Control+z")
    editor.saved()
    assert ("booked", "timed_out", "remind") in editor.edges
    focus_on(editor, "remind")
    keyboard.press("Alt+ArrowDown")
    expect(said).to_contain_text("cannot change places")
    focus_on(editor, "large")
    keyboard.press("c")  # by which way, then to which node
    expect(editor.get("take-way-no")).to_be_visible()
    editor.type("no")
    keyboard.press("Enter")
    expect(editor.get("take-node-remind")).to_be_visible()
    editor.type("gentle")
    keyboard.press("Enter")
    expect(said).to_contain_text("leads to “Gentle reminder” now")
    editor.saved()
    assert ("large", "no", "remind") in editor.edges
    focus_on(editor, "draft")
    keyboard.press("Shift+Delete")
    expect(editor.get("node-draft")).to_have_count(0)
    editor.saved()
    assert ("about", "project", "approve") in editor.edges
    expect(page.locator('.react-flow__node[data-id="about"]')).to_be_focused()
    editor.get("node-remind").locator(".wj-node-title").click(button="right")
    menu = editor.get("context-menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    menu.get_by_role("menuitem", name="Duplicate").click()
    expect(editor.get("node-remind_2")).to_be_visible()
    expect(menu).to_have_count(0)
    page.locator(".react-flow__pane").dblclick(position={"x": 760, "y": 120})
    editor.type("end journey")
    keyboard.press("Enter")
    expect(editor.get("node-exit")).to_be_visible()
    editor.saved()
    assert not any("exit" in (e[0], e[2]) for e in editor.edges)


def test_a_copy_goes_to_another_journey_and_a_foreign_text_does_not(editor: Editor) -> None:
    editor.open("project-welcome")
    page, keyboard = editor.page, editor.page.keyboard
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=editor.root)
    focus_on(editor, "all")
    keyboard.press("Control+Shift+ArrowDown")
    keyboard.press("Control+c")
    text = page.evaluate("navigator.clipboard.readText()")
    assert [n["id"] for n in json.loads(text)["nodes"]] == ["all", "welcome"]
    assert text.count("\n") > 20
    editor.open("blank")
    keyboard.press("Control+v")
    editor.saved()
    assert editor.edges == {("all", "out", "welcome")}
    page.evaluate("navigator.clipboard.writeText('Dear Ines, hello')")
    keyboard.press("Control+v")
    expect(page.locator(".wj-message")).to_contain_text("is no copied node")


def test_favourites_and_what_often_comes_next_stand_first(editor: Editor) -> None:
    editor.open("project-welcome")
    page = editor.page
    row = page.locator(".wj-palette-row", has=editor.get("palette-item-logic.exit"))
    row.hover()
    row.get_by_role("button", name="as a favourite").click()
    expect(editor.get("palette-starred")).to_contain_text("End journey")
    focus_on(editor, "all")
    expect(editor.get("palette-next")).to_contain_text("Send email")
    page.keyboard.press("n")
    expect(page.locator(".wj-quick-item").first).to_contain_text("Send email")
    expect(editor.get("add-where")).to_have_value("on out welcome")
    page.keyboard.press("Escape")
    expect(page.locator('.react-flow__node[data-id="all"]')).to_be_focused()
    page.reload()
    expect(editor.get("palette-starred")).to_contain_text("End journey")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_lists_sheets_and_the_outline(editor: Editor, dark: bool) -> None:
    editor.open("enquiry-to-first-call", "&dark" if dark else "")
    page, keyboard = editor.page, editor.page.keyboard
    name = "dark" if dark else "light"
    SCREENS.mkdir(exist_ok=True)

    def look(what: str, *parts: str) -> None:
        page.screenshot(path=SCREENS / f"commands-{what}-{name}.png")
        assert violations(editor, *parts) == [], what

    focus_on(editor, "booked")
    keyboard.press("n")
    expect(editor.get("add-search")).to_be_focused()
    look("add", '[data-testid="add-panel"]')
    keyboard.press("Escape")
    keyboard.press("Control+k")
    expect(editor.get("command-bar")).to_be_focused()
    look("bar", '[data-testid="command-dialog"]')
    keyboard.press("Escape")
    keyboard.press("?")
    look("keys", '[data-testid="shortcuts"]')
    keyboard.press("Escape")
    keyboard.press("Control+f")
    editor.type("reply")
    look("find", ".wj-find")
    keyboard.press("Escape")
    keyboard.press("o")
    expect(editor.get("outline")).to_be_visible()
    look("outline")
    keyboard.press("Shift+F10")
    expect(editor.get("context-menu")).to_be_visible()
    look("menu", '[data-testid="context-menu"]')


def test_on_a_phone_a_long_press_opens_the_menu_and_a_way_that_ends_can_go_on(
    phone: Editor,
) -> None:
    phone.open("enquiry-to-first-call")
    page = phone.page
    phone.get("outline-goal").evaluate(
        """(row) => {
          const box = row.getBoundingClientRect();
          const [clientX, clientY] = [box.left + 40, box.top + 20];
          const at = { pointerType: 'touch', bubbles: true, clientX, clientY };
          row.dispatchEvent(new PointerEvent('pointerdown', at));
        }"""
    )
    menu = phone.get("context-menu")
    expect(menu).to_be_visible()
    page.screenshot(path=SCREENS / "commands-menu-mobile.png")
    assert violations(phone, '[data-testid="context-menu"]') == []
    menu.get_by_role("menuitem", name="Turn off").tap()
    expect(phone.get("outline-goal")).to_contain_text("Off")
    end = phone.get("outline-end-remind-out")
    end.scroll_into_view_if_needed()
    end.tap()
    phone.get("add-search").fill("end")
    page.screenshot(path=SCREENS / "commands-add-mobile.png")
    page.locator(".wj-quick-item").first.tap()
    phone.saved()
    assert ("remind", "out", "exit") in phone.edges
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def focus_on(editor: Editor, node: str) -> None:
    """Select a node, so that the keys are about it."""
    editor.get(f"node-{node}").locator(".wj-node-title").click()
    expect(editor.page.locator(f'.react-flow__node[data-id="{node}"]')).to_be_focused()
