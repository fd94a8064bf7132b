"""The editor under fingers, on a phone: one pans, two zoom, a tap opens a node's form."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.canvas.conftest import Editor
from tests.canvas.test_access_and_speed import violations
from tests.support.program import wait_until

pytestmark = pytest.mark.browser
Finger = tuple[float, float]


class Fingers:
    """Real touches, as the browser gets them from a screen."""

    def __init__(self, editor: Editor) -> None:
        self.page = editor.page
        self._session = self.page.context.new_cdp_session(self.page)

    def _send(self, kind: str, at: Sequence[Finger]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(at)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def go(self, *ways: tuple[Finger, Finger]) -> None:
        """Put down where each way begins, moved together, lifted where it ends."""
        self._send("touchStart", [start for start, _ in ways])
        for step in range(1, 9):
            part = step / 8
            at = [(a + (c - a) * part, b + (d - b) * part) for (a, b), (c, d) in ways]
            self._send("touchMove", at)
        self._send("touchEnd", [])

    @property
    def view(self) -> tuple[float, float, float]:
        """Where the canvas stands: x, y and zoom."""
        found = self.page.evaluate(
            """() => {
              const own = document.querySelector(".react-flow__viewport");
              const { a, e, f } = new DOMMatrix(getComputedStyle(own).transform);
              return [e, f, a];
            }"""
        )
        return found[0], found[1], found[2]


def test_fingers_pan_zoom_and_open_and_move_no_node(phone: Editor) -> None:
    page = phone.open("enquiry-to-first-call").page
    before = copy.deepcopy(phone.document)
    page.get_by_role("button", name="Canvas", exact=True).tap()
    expect(phone.get("node-about")).to_be_visible()
    fingers = Fingers(phone)

    # One finger moves the view, also when it is put on a node.
    node = phone.get("node-about").bounding_box()
    assert node is not None
    x, y, zoom = fingers.view
    on = (node["x"] + 60, node["y"] + 12)
    fingers.go((on, (on[0] + 24, on[1] + 80)))
    there = (pytest.approx(x + 24, abs=2), pytest.approx(y + 80, abs=2), zoom)
    wait_until(lambda: fingers.view == there)

    # Two fingers zoom around their middle.
    fingers.go(((165, 330), (125, 330)), ((225, 330), (265, 330)))
    wait_until(lambda: fingers.view[2] > 1.5 * zoom)
    assert phone.document == before

    # A tap opens the form, closing it leads back to the canvas, and what was written is saved.
    page.get_by_role("button", name="Fit").tap()
    phone.get("node-remind").tap()
    expect(phone.get("inspector").get_by_label("Name of this node")).to_have_value(
        "Gentle reminder"
    )
    phone.get("field-subject").tap()
    page.locator('.cm-content[data-testid="field-subject"]').press("End")
    phone.type("!")
    phone.saved()
    assert violations(phone) == []
    phone.get("inspector").get_by_label("Close").tap()
    expect(phone.get("canvas")).to_be_visible()
    (remind,) = [n for n in phone.document["nodes"] if n["id"] == "remind"]
    assert remind["config"]["subject"].endswith("?!")
    labels = [body.get("label") for _, body in phone.studio.requests]
    assert labels == ["change Gentle reminder"], labels


def test_nothing_in_the_bar_of_a_phone_lies_on_something_else(phone: Editor) -> None:
    other = {"client": "tab-two", "name": "Maya", "color": 1, "selection": [], "cursor": None}
    people = {"tab-two": {**other, "field": None, "held": None, "seen": math.inf}}
    phone.studio.journeys["enquiry-to-first-call"]["people"] = people
    page = phone.open("enquiry-to-first-call").page
    expect(phone.get("people")).to_be_visible()
    spots = page.locator(".wj-bar > :not(.wj-space), .wj-saved > svg").evaluate_all(
        """(parts) => parts.map((part) => {
          const { left, right, width } = part.getBoundingClientRect();
          return { name: part.getAttribute("class"), left, right, width };
        })"""
    )
    mark = next(one for one in spots if "lucide" in one["name"] or "svg" in one["name"])
    assert mark["width"] >= 12
    bar = sorted((one for one in spots if one is not mark), key=lambda one: one["left"])
    assert all(a["right"] <= b["left"] for a, b in pairwise(bar)), bar
    saved = next(one for one in bar if one["name"].startswith("wj-saved"))
    assert mark["right"] <= saved["right"]
