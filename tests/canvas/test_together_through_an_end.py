"""The real program, real browsers: its web process ends while they work, and nothing is lost.

The first test ends it gently with streams open and once at a blow in the middle of fast edits; the
second signs one person out, and another one in, on the same browser.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime.facade import Wayline
from runtime.settings import Settings
from runtime.store.database import run
from tests.support.chromium import COPY, PATIENCE
from tests.support.program import Program, running, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "a sentence is fine"
EACH = int(os.environ.get("TOGETHER_EACH", "30"))  # fast edits of each of the two
PEOPLE = {"ines@marlow.example": "Ines Okafor", "tom@marlow.example": "Tom Reyes"}
DRAFT: dict[str, Any] = {
    "format": 1,
    "name": "Through an end",
    "nodes": [{"id": "start", "type": "trigger.manual", "version": 1, "config": {}}],
    "edges": [],
    "ui": {"positions": {"start": [0, 0]}, "notes": []},
}

# One node after the other, each with a name of its own: as fast as the page takes them.
PASTE_MANY = """([who, count]) => {
  const pasting = async () => { for (let i = 0; i < count; i += 1) {
    const node = { id: "wait", type: "logic.wait", version: 1, title: `${who} ${i}`, config: {} };
    const clip = { wayline: 1, nodes: [node], edges: [], positions: { wait: [0, 0] } };
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", JSON.stringify(clip));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    await new Promise((go) => setTimeout(go, 20));
  } };
  window.pasted = pasting();
}"""


@dataclass
class Place:
    """The program, and who works at it."""

    program: Program
    wayline: Wayline
    slug: str
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])
    faults: list[str] = field(default_factory=list[str])

    def context(self, email: str) -> BrowserContext:
        """A browser of its own with this person signed in."""
        context = self.browser.new_context(
            locale="en-GB", reduced_motion="reduce", viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        self.sign_in(page, email)
        page.close()
        return context

    def sign_in(self, page: Page, email: str) -> None:
        page.goto(f"{self.program.url}/login")
        page.fill("[name=email]", email)
        page.fill("[name=password]", PASSWORD)
        with page.expect_navigation():
            page.locator("form button").first.click()

    def editor(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{self.program.url}/journeys/{self.slug}")
        saved(page)
        return page

    @property
    def draft(self) -> dict[str, Any]:
        return self.wayline.system().journey(self.slug)["document"]

    def web(self) -> int:
        """The web process of the program that runs now."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.program.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = [line.split()[0] for line in listed.splitlines() if " web --supervised" in line]
        return int(found[0]) if found else 0


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """`wayline up` with a journey and two people."""
    data = tmp_path_factory.mktemp("end") / "data"
    with running(data) as program:
        wayline = Wayline.open(Settings(data, port=program.port))
        (first, ines), (second, tom) = PEOPLE.items()
        token = program.link().split("token=")[1]
        wayline.create_owner(token, name=ines, email=first, password=PASSWORD)
        desk = wayline.system().desk
        desk.write(
            "own",
            lambda conn, now: run(
                conn,
                """INSERT INTO person (id, workspace, email, name, password_hash, role, created_at)
 SELECT 'tom', workspace, ?, ?, password_hash, 'editor', ? FROM person WHERE email = ?""",
                (second, tom, now, first),
            ),
        )
        slug = wayline.system().save_draft(None, DRAFT)
        made = Place(program, wayline, slug, browser)
        yield made
        for context in made.contexts:
            context.close()
        wayline.close()
        assert made.faults == []


def saved(page: Page) -> None:
    expect(page.get_by_test_id("save-state")).to_have_attribute(
        "data-state",
        "saved",
        timeout=60_000,  # the longest pause between two tries is 30 s
    )


def rename(page: Page, name: str) -> None:
    page.get_by_role("button", name="rename and settings").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Name of the journey").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=name).wait_for()


def shown(page: Page) -> Any:
    """The whole document as its editor has it: what Ctrl-A, Ctrl-C give."""
    page.locator(".react-flow__pane").click(position={"x": 5, "y": 400})
    page.keyboard.press("Control+a")
    copied = json.loads(page.evaluate(COPY))
    return {k: copied[k] for k in ("nodes", "edges", "positions")}


def held(place: Place) -> Any:
    document = place.draft
    return {
        "nodes": document["nodes"],
        "edges": document["edges"],
        "positions": document["ui"]["positions"],
    }


def test_three_editors_go_on_through_the_end_of_the_web_process(place: Place) -> None:
    contexts = [place.context(email) for email in PEOPLE]
    one, two = (place.editor(context) for context in contexts)
    three = place.editor(contexts[0])
    pages = (one, two, three)
    for page in pages:
        expect(page.get_by_test_id("people")).to_be_visible()  # the streams stand

    # Gently: it ends although the streams are open, and another one comes.
    before = place.web()
    os.kill(before, signal.SIGTERM)
    rename(one, "Renamed meanwhile")
    wait_until(lambda: place.web() not in (0, before))
    for page in pages:
        saved(page)
    expect(three.get_by_role("heading", name="Renamed meanwhile")).to_be_visible()

    # At a blow, in the middle of fast edits of two.
    blow = threading.Event()

    def strike() -> None:
        wait_until(lambda: len(place.draft["nodes"]) > EACH // 2)
        os.kill(int(str(wait_until(place.web))), signal.SIGKILL)  # 0 would be all of us
        blow.set()

    striker = threading.Thread(target=strike)
    striker.start()
    for who, page in (("Ines", one), ("Tom", two)):
        page.evaluate(PASTE_MANY, [who, EACH])  # both at the same time
    striker.join(60)
    assert blow.is_set()
    for page in (one, two):
        page.evaluate("() => window.pasted")
    rename(two, "After the blow")
    for page in pages:
        saved(page)
    titles = sorted(node.get("title", "") for node in place.draft["nodes"])
    assert titles == sorted(["", *(f"{who} {i}" for who in ("Ines", "Tom") for i in range(EACH))])
    for page in pages:
        expect(page.get_by_role("heading", name="After the blow")).to_be_visible()
        wait_until(lambda page=page: shown(page) == held(place))


def test_two_people_at_one_browser_after_each_other(place: Place) -> None:
    place.slug = place.wayline.system().save_draft(None, {**DRAFT, "name": "After each other"})
    context = place.context("ines@marlow.example")
    page = place.editor(context)
    home = context.new_page()
    home.goto(place.program.url)
    home.get_by_role("button", name="Ines Okafor").wait_for()
    # What cannot be sent is asked about, and can stay.
    page.evaluate("sessionStorage.setItem('wayline.pins.someone.x', '{}')")
    context.route("**/ops", lambda route: route.abort())
    rename(page, "Of Ines alone")
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "offline")
    home.get_by_role("button", name="Ines Okafor").click()
    home.get_by_role("button", name="Sign out").click()
    asked = home.get_by_test_id("leaving")
    expect(asked).to_contain_text("could not be sent")
    with home.expect_download() as file:
        asked.get_by_text("Download them").click()
    assert "Of Ines alone" in Path(file.value.path()).read_text()
    asked.get_by_role("button", name="Stay signed in").click()
    expect(asked).to_have_count(0)
    # Her session ends by itself, and somebody else comes: he sees and sends nothing of hers.
    cookies = context.cookies()
    context.clear_cookies()
    place.sign_in(home, "tom@marlow.example")
    context.unroute("**/ops")
    rename(page, "Still of Ines")
    page.evaluate("window.dispatchEvent(new Event('online'))")  # if it has not tried again yet
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "refused")
    home.goto(f"{place.program.url}/journeys/{place.slug}")
    saved(home)
    assert not place.draft["name"].endswith("of Ines")
    expect(home.get_by_role("heading", name=place.draft["name"])).to_be_visible()
    # She comes back: it goes up under her own name.
    context.clear_cookies()
    context.add_cookies(cast(Any, cookies))
    page.reload()
    saved(page)
    expect(page.get_by_role("heading", name="Still of Ines")).to_be_visible()
    who = place.wayline.system().history(place.slug)["edits"][0]["person"]["name"]
    assert who == "Ines Okafor"
    # Signing out on purpose: all tabs of hers go, with everything that was kept there.
    rename(page, "Sent before she leaves")
    home.goto(place.program.url)
    home.get_by_role("button", name="Ines Okafor").click()
    # What goes wrong on the way is told, and what is kept in a broken form holds nobody back.
    home.evaluate("""() => {
        const broken = {client: 'y', base: 1, flying: {}, waiting: [], at: 0};
        localStorage.setItem('wayline.kept.x.y', JSON.stringify(broken));
        const own = Storage.prototype.getItem;
        Storage.prototype.getItem = () => {
            Storage.prototype.getItem = own;
            throw new Error('shut');
        };
    }""")
    home.get_by_role("button", name="Sign out").click()
    expect(asked).to_contain_text("could not see")
    asked.get_by_role("button", name="Stay signed in").click()
    expect(asked).to_have_count(0)
    home.get_by_role("button", name="Ines Okafor").click()
    home.get_by_role("button", name="Sign out").click()
    for tab in (home, page):
        expect(tab).to_have_url(f"{place.program.url}/login")
    assert place.draft["name"] == "Sent before she leaves"
    for tab in (page, home):
        kept = tab.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        assert [key for key in kept if key.startswith(("wayline.kept", "wayline.pins"))] == []
