"""A real Chromium by Playwright, the same way for each browser test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000  # milliseconds for what is waited for: other tests share the machine
expect.set_options(timeout=PATIENCE)
SCREENS = Path(__file__).parent.parent / "screens"

# What the editor puts on the clipboard of what is selected; headless, the keys alone do not.
COPY = """() => {
  const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true });
  document.body.dispatchEvent(event);
  return event.clipboardData.getData("text/plain");
}"""


def executable() -> str | None:
    """The machine's own Chromium, or None for Playwright's."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


_kept: list[Browser] = []


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, closed afterwards; where one is kept, that one."""
    if _kept:
        yield _kept[0]
        return
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def kept_chromium() -> Iterator[None]:
    """All who ask for a Chromium meanwhile get the same one: a start takes six CPU-seconds. Nothing
    else in this thread may run an event loop meanwhile."""
    with chromium() as browser:
        _kept.append(browser)
        try:
            yield
        finally:
            _kept.clear()


def shot(page: Page, name: str) -> Path:
    """Keeps a picture in the ignored folder `tests/screens`."""
    SCREENS.mkdir(exist_ok=True)
    file = SCREENS / f"{name}.png"
    page.screenshot(path=file)
    return file


def drag_wire(page: Page, source: Locator, target: Locator) -> None:
    """Draws an edge with the mouse from a handle to a node, as a person does."""
    source.hover()  # waits until it stands still: handles unfold when the pointer comes near
    page.mouse.down()
    goal = target.bounding_box()
    assert goal, target
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 6, steps=12)
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 2, steps=3)
    page.mouse.up()
