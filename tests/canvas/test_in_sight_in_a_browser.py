"""Nothing that is looked at is covered, cut off, or moves away under the pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.canvas.conftest import Editor
from tests.support.program import wait_until

pytestmark = pytest.mark.browser
SLUG = "enquiry-to-first-call"


def box(part: Locator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    found = part.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


def inside(part: Locator, of: Locator, rim: float = 0) -> bool:
    a, b = box(part), box(of)
    return a[0] >= b[0] + rim and a[1] >= b[1] and a[2] <= b[2] - rim and a[3] <= b[3]


def apart(one: Locator, other: Locator) -> bool:
    a, b = box(one), box(other)
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_the_first_view_holds_the_nodes_with_their_numbers(editor: Editor) -> None:
    editor.open(SLUG)
    expect(editor.get("node-approve")).to_contain_text("96")
    canvas = editor.get("canvas")
    for node in ("approve", "about", "call_back"):
        wait_until(lambda node=node: inside(editor.get(f"node-{node}"), canvas, 8))


def test_what_is_added_is_seen_and_the_list_stays_where_it_was(editor: Editor) -> None:
    page = editor.open(SLUG).page
    wait = editor.get("palette-item-logic.wait")
    for last in ("remind", "wait"):
        editor.get(f"node-{last}").locator(".wj-node-title").click()
        expect(editor.get("palette-next").locator(".wj-palette-item").first).to_be_visible()
        wait.hover()
        before = box(wait)
        wait.click()
        editor.drawn()
        assert box(wait) == before  # also when the node is in the list of those used last now
    for fresh in ("wait", "wait_2"):
        node = editor.get(f"node-{fresh}")
        wait_until(lambda node=node: inside(node, editor.get("canvas"), 8))
        wait_until(lambda node=node: apart(node, page.locator(".wj-map")))
    page.get_by_role("application").click(position={"x": 300, "y": 10})
    expect(editor.get("inspector")).not_to_contain_text("What comes next")
    page.mouse.move(900, 400)
    expect(editor.get("palette-recent")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 1024])
def test_what_is_said_in_passing_covers_no_list(editor: Editor, width: int) -> None:
    page = editor.page
    page.set_viewport_size({"width": width, "height": 720})
    editor.open("mend-me")
    message = page.locator(".wj-message")
    editor.get("palette-item-logic.wait").click()
    expect(message).to_contain_text("Wait added")
    editor.get("problem-list-toggle").click()
    listed = editor.get("problem-list")
    expect(listed).to_be_visible()
    wait_until(lambda: apart(message, listed))
    page.keyboard.press("Escape")
    expect(listed).to_have_count(0)
    page.keyboard.press("n")
    panel = page.get_by_role("dialog", name="What happens next?")
    expect(panel).to_be_visible()
    wait_until(lambda: apart(message, panel))
