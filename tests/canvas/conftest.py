"""One bundle of the island for all browser tests of the canvas, and a fresh studio for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.canvas.harness.shelf import shelf
from tests.canvas.harness.studio import Studio, bundle, serve
from tests.support.chromium import chromium
from tests.support.tabs import Desks

TAKES_LETTERS = "document.activeElement.matches('input, select, textarea, [contenteditable=true]')"


class Editor:
    """A page with the editor open on one journey, and the studio behind it."""

    def __init__(self, page: Page, studio: Studio, root: str) -> None:
        self.page = page
        self.studio = studio
        self.root = root
        self.slug = ""
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        if getattr(message, "type", "") == "error" and "Failed to load" not in str(message):
            self.faults.append(str(getattr(message, "text", "")))

    def open(self, slug: str, query: str = "") -> Editor:
        """Until the journey is there, with its numbers if it is live: they move the first view."""
        self.slug = slug
        address = f"{self.root}/journeys/{slug}?slug={slug}{query}"
        if self.studio.journeys[slug]["live"]:
            with self.page.expect_response(lambda answer: answer.url.endswith("/counts")):
                self.page.goto(address)
        else:
            self.page.goto(address)
        self.page.wait_for_selector('[data-testid="save-state"]')
        self.drawn()
        return self

    def drawn(self) -> None:
        """Until what has happened is on the page: a frame to carry it out, and one to draw it."""
        self.page.evaluate(
            "() => new Promise((go) => requestAnimationFrame(() => "
            "requestAnimationFrame(() => setTimeout(go))))"
        )

    def get(self, test_id: str):
        return self.page.get_by_test_id(test_id)

    def type(self, words: str) -> None:
        """Letters, once something takes them: else they are the editor's keys."""
        self.page.wait_for_function(TAKES_LETTERS)
        self.page.keyboard.type(words)

    def drop(self, type: str, x: int, y: int) -> None:
        """Drag a node type from the palette onto the canvas."""
        self.page.drag_and_drop(
            f'[data-testid="palette-item-{type}"]',
            ".react-flow__pane",
            target_position={"x": x, "y": y},
        )

    def connect(self, node: str, handle: str, to: str) -> None:
        """Draw a line from a handle to a node with the mouse."""
        # The pane first: over a node that is hovered its ring grows, and would move.
        start = self.get(f"handle-{node}-{handle}").bounding_box()
        end = self.get(f"node-{to}").bounding_box()
        assert start is not None
        assert end is not None
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(end["x"] + 40, end["y"] + 20, steps=8)
        mouse.move(end["x"] + end["width"] / 2, end["y"] + 24, steps=8)
        mouse.up()

    def saved(self) -> None:
        """Until nothing waits to be saved any more, of what was done before this."""
        self.drawn()
        expect(self.get("save-state")).to_have_attribute("data-state", "saved")

    @property
    def document(self) -> dict:
        return self.studio.journeys[self.slug]["document"]

    @property
    def edges(self) -> set[tuple[str, str, str]]:
        return {(e["from"], e["handle"], e["to"]) for e in self.document["edges"]}


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("island")
    bundle(folder)
    return folder


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="package")
def desks(browser: Browser, bundled: Path) -> Iterator[Desks]:
    """The contexts of the browser, and the one script that all of their pages run."""
    with shelf(bundled) as address:
        made = Desks(browser, f"{address}/page.css")
        made.scripts = f"{address}/page.js"
        yield made
        made.close()


def open_editor(desks: Desks, bundled: Path, **options: object) -> Iterator[Editor]:
    """An editor with a studio of its own. What it keeps in the browser it keeps at its own
    address, which ends with it."""
    studio = Studio()
    server = serve(studio, bundled, desks.scripts)
    root = f"http://127.0.0.1:{server.server_port}"
    tabs = desks.tabs(**{"reduced_motion": "reduce", **options})
    editor = Editor(tabs.open(), studio, root)
    yield editor
    tabs.clear(root)
    server.shutdown()
    server.server_close()
    assert editor.faults == []


@pytest.fixture
def editor(desks: Desks, bundled: Path) -> Iterator[Editor]:
    yield from open_editor(desks, bundled, viewport={"width": 1440, "height": 900})


@pytest.fixture
def phone(desks: Desks, bundled: Path) -> Iterator[Editor]:
    size = {"width": 390, "height": 844}
    yield from open_editor(desks, bundled, viewport=size, has_touch=True, is_mobile=True)
