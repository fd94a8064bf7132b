"""Pictures of the home page and the editor, wide and narrow, light and dark, to be looked at."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Studio
from tests.support.chromium import shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def sample(studio: Studio) -> str:
    """The sample journey's address, after its week has been played."""
    page = studio.page("/")
    page.get_by_role("button", name="Try with sample customers").first.click()
    row = page.get_by_role("link", name="Enquiry to first call (sample)").first
    expect(row).to_be_visible(timeout=60_000)
    address = str(row.get_attribute("href"))
    page.close()
    return address


def fits(page: Page) -> bool:
    """Whether nothing runs out of the window sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_home_and_editor_show_themselves(
    studio: Studio, sample: str, size: str, mode: Literal["light", "dark"]
) -> None:
    width, height = SIZES[size]
    page = studio.page("/", width=width, height=height)
    page.emulate_media(color_scheme=mode)
    expect(page.get_by_text("Needs you").first).to_be_visible()
    shot(page, f"home-{size}-{mode}")
    assert fits(page)
    page.goto(studio.program.url + sample)
    seen = page.get_by_test_id("canvas" if size == "wide" else "outline")
    expect(seen).to_be_visible()
    expect(page.get_by_text("What is it about?").first).to_be_visible()
    shot(page, f"editor-{size}-{mode}")
    assert fits(page)
    page.close()


def test_the_editor_s_parts_are_fetched_at_once_and_each_of_them_once(
    studio: Studio, sample: str
) -> None:
    """What the page's header names is what the editor then takes; so are its first answers."""
    page = studio.page("/")
    answer = page.goto(studio.program.url + sample)
    assert answer is not None
    expect(page.get_by_test_id("canvas")).to_be_visible()
    named = re.findall(r"<(/assets/[^>]+)>", answer.header_value("link") or "")
    assert len(named) > 3
    names: list[str] = page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    paths = [urlsplit(name).path for name in names]
    first = [*named, "/studio/catalogue", f"/studio{sample}"]
    assert {path: paths.count(path) for path in first} == dict.fromkeys(first, 1)
    page.close()


@pytest.mark.parametrize("path", ["templates", "customers", "approvals", "mailbox", "settings"])
def test_the_other_pages_show_themselves(studio: Studio, sample: str, path: str) -> None:
    assert sample
    page = studio.page("/" + path)
    expect(page.locator("h1:visible").first).to_be_visible()
    shot(page, f"{path}-wide-light")
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, f"{path}-narrow-light")
    assert fits(page)
    page.close()
