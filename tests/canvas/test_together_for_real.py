"""Two real browsers, the real server: random work at one draft ends with equal documents.

Ten seconds of it; `TOGETHER_SECONDS=60` takes a minute.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from starlette.responses import FileResponse, PlainTextResponse
from starlette.types import Receive, Scope, Send

from builder import gate, web
from runtime.facade import Wayline
from runtime.serving import Patient
from runtime.settings import Settings
from tests.canvas.harness import journeys
from tests.support.chromium import COPY, PATIENCE
from tests.support.program import free_port, wait_until

SECONDS = float(os.environ.get("TOGETHER_SECONDS", "10"))
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120 + 3 * SECONDS)]


@dataclass
class Real:
    """The facade, its server, and who is signed in there."""

    wayline: Wayline
    url: str
    session: str
    contexts: list[BrowserContext]

    @property
    def studio(self) -> Any:
        return self.wayline.system()


def pages(folder: Path) -> Any:
    """Stands for Reflex: the editor on a bare page."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"].lstrip("/")
        file = folder / (path if (folder / path).is_file() else "page.html")
        await FileResponse(file)(scope, receive, send)

    return app


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the intake."""
    if scope["type"] == "http":
        await PlainTextResponse("")(scope, receive, send)


@pytest.fixture
def real(bundled: Path, tmp_path: Path) -> Iterator[Real]:
    """The web process's app with the real facade on a real database."""
    settings = Settings(tmp_path, port=free_port())
    wayline = Wayline.open(settings)
    session = wayline.create_owner(
        str(wayline.setup_token()),
        name="Ines Okafor",
        email="ines@marlow.example",
        password="a sentence is fine",
    )
    files = pages(bundled)
    app = web.assemble(settings, wayline, nothing, files)
    headers = cast("gate.Headers", cast("web.Dispatcher", app).door)
    headers.policy = lambda: "default-src 'self' 'unsafe-inline' data: blob:"
    cast("web.Door", headers.app).files = files  # the bundle's, not Reflex's
    with socket.create_server(("127.0.0.1", settings.port)) as sock:
        server = uvicorn.Server(uvicorn.Config(app, http=Patient, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        contexts: list[BrowserContext] = []
        yield Real(wayline, settings.url, session, contexts)
        server.should_exit = True  # while the streams are open; it would wait for them for ever
        thread.join(30)
        for context in contexts:
            context.close()
        assert not thread.is_alive(), "the streams keep the server from stopping"
    wayline.close()


def came(real: Real, browser: Browser, slug: str, faults: list[str]) -> Page:
    """Another browser with the journey open."""
    context: BrowserContext = browser.new_context(
        reduced_motion="reduce", viewport={"width": 1440, "height": 900}
    )
    real.contexts.append(context)
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": gate.COOKIE, "value": real.session, "url": real.url}])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{real.url}/journeys/{slug}?slug={slug}")
    page.wait_for_selector('[data-testid="save-state"]')
    return page


def quiet(page: Page) -> None:
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")


def act(page: Page, dice: random.Random) -> str:
    """One thing that a person does, wherever it leads; gives the words that it wrote."""
    nodes = page.locator(".react-flow__node").all()
    what = dice.choice(["add", "delete", "move", "move", "undo", "redo", "write", "write", "name"])
    node = dice.choice(nodes) if nodes else None
    words = f"Words {dice.random():.6f}"
    if what == "add":
        kind = dice.choice(["logic.wait", "action.send_email", "ai.write", "logic.branch"])
        page.get_by_test_id(f"palette-item-{kind}").first.click()
    elif what in ("undo", "redo"):
        page.get_by_test_id(what).click(timeout=200)
    elif what == "name":
        page.get_by_role("button", name="rename and settings").click()
        page.get_by_role("menuitem", name="Rename").click()
        page.get_by_label("Name of the journey").fill(words)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=words).wait_for(timeout=500)
        return words
    elif node is not None and what == "move":
        box = node.locator(".wj-node-title").bounding_box(timeout=500)
        assert box is not None
        page.mouse.move(box["x"] + 10, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] + dice.randint(-90, 90), box["y"] + dice.randint(-60, 60))
        page.mouse.up()
    elif node is not None:
        node.locator(".wj-node-title").click(timeout=500)
        if what == "write":
            page.get_by_test_id("node-title").fill(words, timeout=500)
            page.keyboard.press("Enter")
            page.locator(".wj-node-title", has_text=words).wait_for(timeout=500)
            return words
        page.keyboard.press("Delete")
    return ""


def shown(page: Page) -> Any:
    """The whole document as its editor has it: what Ctrl-A, Ctrl-C give."""
    page.locator(".react-flow__pane").click(position={"x": 5, "y": 400})
    page.keyboard.press("Control+a")
    copied = json.loads(page.evaluate(COPY))
    return {k: copied[k] for k in ("nodes", "edges", "positions")}


def conflicts(page: Page) -> str:
    """What the list of conflicts says."""
    button = page.get_by_test_id("conflicts")
    if button.count() == 0:
        return ""
    button.click()
    return page.get_by_test_id("conflict-list").inner_text()


def test_random_work_of_two_ends_with_equal_documents(real: Real, browser: Browser) -> None:
    document = next(iter(journeys.all_journeys().values()))[0]
    slug = real.studio.save_draft(None, document)
    faults: list[str] = []
    one, two = (came(real, browser, slug, faults) for _ in range(2))
    dice = random.Random(7)
    words: list[str] = []
    done = 0
    writing: set[Page] = set()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until or done <= 3:
        page = dice.choice([one, two])
        if page in writing:  # so that only someone else can write over it before it is told
            quiet(page)
            writing.discard(page)
        try:
            if written := act(page, dice):
                words.append(written)
                writing.add(page)
            done += 1
        except (Error, AssertionError):  # what it was about to do went away under its hand
            page.keyboard.press("Escape")
    for page in (one, two, one):
        page.keyboard.press("Escape")
        quiet(page)
    now = real.studio.journey(slug)
    wait_until(lambda: shown(one) == shown(two))
    held = now["document"]
    assert shown(one) == {
        "nodes": held["nodes"],
        "edges": held["edges"],
        "positions": held["ui"]["positions"],
    }
    assert done > 3
    # Nothing is lost: what either of them wrote stands in the history, or in a list of conflicts.
    told = json.dumps([real.studio.revision(slug, rev) for rev in range(1, now["rev"] + 1)])
    told += "".join(conflicts(page) for page in (one, two))
    assert [text for text in words if text not in told] == []
    assert faults == []
