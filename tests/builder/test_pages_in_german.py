"""The studio in a German browser: every page whole in German, and the language chosen by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from builder import languages
from tests.builder.conftest import Served
from tests.builder.fakes import standard
from tests.builder.test_pages import PATHS, SIZES, visit
from tests.support.chromium import chromium, shot
from tests.support.program import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    served.fake.answers["message"] = lambda id: {**standard()["message"](id), "html": None}
    context = browser.new_context(viewport=SIZES["desk"], locale="de-DE")  # type: ignore[arg-type]
    context.add_cookies([{"name": "wayline_session", "value": "token-owner", "url": served.url}])
    made = context.new_page()
    wrong: list[str] = []
    made.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    made.on("pageerror", lambda e: wrong.append(str(e)))
    yield made
    context.close()
    assert not wrong, "the page is drawn again otherwise than the server drew it"


def left_in_english(page: Page) -> set[str]:
    """The texts on the page that its table has in German; words that customers use are not ours."""
    shown: list[str] = page.evaluate(
        """() => {
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          while (walk.nextNode()) found.push(walk.currentNode.data.trim());
          for (const one of document.querySelectorAll('[aria-label], [placeholder], [title]'))
            found.push(one.ariaLabel, one.getAttribute('placeholder'), one.getAttribute('title'));
          return found.filter(Boolean);
        }"""
    )
    table = languages.table("de")
    return {text for text in shown if " " in text and table.get(text, text) != text}


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_is_german_and_fits(page: Page, served: Served, size: str) -> None:
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    for path in PATHS:
        visit(page, served, path)
        expect(page.locator("#page")).not_to_be_empty()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.get_by_role("link", name="Freigaben").locator("visible=true")).to_be_visible()
        shot(page, f"studio{path.replace('/', '-').rstrip('-')}-{size}-german")
        assert left_in_english(page) == set(), path
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path


def test_the_language_is_chosen_by_key_and_the_editor_follows(page: Page, served: Served) -> None:
    visit(page, served, "/approvals")
    expect(page.get_by_text("3 warten auf Sie")).to_be_visible()
    page.get_by_role("button", name="Ines Okafor").press("Enter")
    menu = page.locator(".wl-popover")
    # as high as what is in it, and not as the window
    wait_until(lambda: (place := menu.bounding_box()) and place["y"] > 400)
    choice = page.get_by_role("group", name="Sprache")
    expect(choice.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")
    choice.get_by_role("button", name="English").press("Enter")
    expect(page.get_by_text("3 wait for you")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    visit(page, served, "/")  # kept
    expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    page.goto(f"{served.url}/journeys/enquiry-to-first-call")
    expect(page.get_by_test_id("editor")).to_have_attribute("lang", "en")


def test_the_pages_follow_the_editor(page: Page, served: Served) -> None:
    visit(page, served, "/")
    expect(page.get_by_role("heading", name="Braucht Sie")).to_be_visible()
    page.goto(f"{served.url}/journeys/enquiry-to-first-call")
    expect(page.get_by_test_id("editor")).to_have_attribute("lang", "de")
    # As the editor keeps a choice (builder/canvas/words/preference.ts).
    page.evaluate("document.cookie = 'wayline_language=en; Path=/; SameSite=Lax'")
    visit(page, served, "/customers")
    expect(page.get_by_role("columnheader", name="Customer since")).to_be_visible()
    assert page.evaluate("localStorage.getItem('wayline.language')") == "en"


def test_a_notice_is_in_the_language_of_its_reader(page: Page, served: Served) -> None:
    visit(page, served, "/settings")
    form = page.locator("#workspace form")
    form.get_by_role("button", name="Speichern").click()
    expect(page.locator(".wl-notice")).to_contain_text("Gespeichert.")
    expect(page.get_by_role("button", name=re.compile("^Schließen$"))).to_be_visible()
