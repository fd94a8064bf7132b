"""The editor for everyone: names for screen readers, contrast, and large journeys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
INSPECTOR, CHOSEN = '[data-testid="inspector"]', ".react-flow__node.selected"
ZOOM = """() => {
  const drawn = getComputedStyle(document.querySelector(".react-flow__viewport"));
  return new DOMMatrix(drawn.transform).a;
}"""
SCREENS = Path(__file__).parents[1] / "screens"


def violations(editor: Editor, *parts: str) -> list[str]:
    """What axe finds wrong on the page, or in these parts of it."""
    if editor.page.evaluate("typeof window.axe") == "undefined":
        editor.page.evaluate(AXE.read_text())
    # what axe finds right is a hundred times as much: nobody reads where that stands
    found = editor.page.evaluate(
        """(parts) => {
          const context = parts.length ? { include: parts.map((part) => [part]) } : document;
          const rules = { "target-size": { enabled: true } };
          const only = { resultTypes: ["violations"], selectors: false, rules };
          return axe.run(context, only).then((said) => said.violations);
        }""",
        list(parts),
    )
    return [
        f"{v['id']}: {v['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for v in found
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_canvas_and_in_every_form(editor: Editor, dark: bool) -> None:
    editor.open("enquiry-to-first-call", "&dark" if dark else "")
    name = "dark" if dark else "light"
    SCREENS.mkdir(exist_ok=True)
    editor.get("node-remind").locator(".wj-node-title").click()
    editor.page.screenshot(path=SCREENS / f"canvas-{name}.png")
    assert violations(editor) == []
    for node in ("enquiry", "about", "approve", "large", "booked", "call_back"):
        editor.get(f"node-{node}").locator(".wj-node-title").click()
        # the form is another now, and what is chosen; all else is as it was
        for part in (INSPECTOR, CHOSEN):
            expect(editor.page.locator(part)).to_have_count(1)
        assert violations(editor, INSPECTOR, CHOSEN) == []
    # as far away as their names are read there are ways beside each other; sizes have no colour
    for node in () if dark else ("remind", "draft"):
        while editor.page.evaluate(ZOOM) >= 0.6 * 1.2:
            editor.page.get_by_role("button", name="Zoom out").click()
            editor.drawn()
        editor.page.keyboard.press("Escape")
        editor.get(f"node-{node}").locator(".wj-node-title").click()
        editor.page.mouse.move(2, 2)  # off it: its tools are for whoever points at it
        expect(editor.page.locator(f"{CHOSEN} .wj-node-actions")).to_have_css("opacity", "0")
        assert violations(editor, CHOSEN) == []
    editor.get("inspector").get_by_label("Close").click()
    assert violations(editor) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_a_phone(phone: Editor, dark: bool) -> None:
    phone.open("enquiry-to-first-call", "&dark" if dark else "")
    SCREENS.mkdir(exist_ok=True)
    phone.page.screenshot(path=SCREENS / f"canvas-mobile-{'dark' if dark else 'light'}.png")
    assert violations(phone) == []
    phone.get("outline-large").tap()
    assert violations(phone) == []


def test_a_node_is_said_in_one_sentence(editor: Editor) -> None:
    editor.open("enquiry-to-first-call")
    node = editor.page.locator('.react-flow__node[data-id="about"]')
    expect(node).to_have_attribute(
        "aria-label",
        "What is it about?, AI, Reads the text and picks one of 3 labels, 214 customers,"
        " no problems",
    )


def test_500_nodes_open_and_are_dragged_without_a_word_to_the_studio(editor: Editor) -> None:
    editor.open("large")
    page = editor.page
    page.wait_for_selector('[data-testid="node-n0"]')
    opened = page.evaluate("performance.now()")
    box = editor.get("node-n0").bounding_box()
    assert box is not None
    page.evaluate(
        """() => {
          window.frames_ = [];
          let last = performance.now();
          const tick = (now) => {
            frames_.push(now - last);
            last = now;
            requestAnimationFrame(tick);
          };
          requestAnimationFrame(tick);
        }"""
    )
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(box["x"] + 100 + step * 3, box["y"] + 20 + step)
    assert editor.studio.requests == []
    page.mouse.up()
    editor.saved()
    frames = sorted(page.evaluate("frames_"))
    start = page.evaluate(
        "() => { const t = performance.now(); document.querySelector('[data-testid=undo]').click();"
        " return performance.now() - t }"
    )
    measured = {"opened": opened, "p95": frames[int(len(frames) * 0.95)], "undo": start}
    print(json.dumps(measured))
    # Far above what is wanted (see the figures it prints): other tests share these processors.
    assert measured["opened"] < 15_000
    assert measured["p95"] < 1_000
    assert measured["undo"] < 2_000
