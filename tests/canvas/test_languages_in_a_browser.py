"""The editor in German: nothing of it is left in English, and everything fits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from runtime.words import HERE
from tests.canvas.conftest import Editor, open_editor
from tests.canvas.harness.journeys import FIELDS
from tests.support.tabs import Desks

pytestmark = pytest.mark.browser

WORDS = Path(__file__).parents[2] / "builder" / "canvas" / "words"
LINE = re.compile(r'^\s*"([\w.]+)":\s*(?:\n\s*)?"((?:[^"\\]|\\.)*)",?$', re.MULTILINE)
SLUG = "enquiry-to-first-call"
# Everything that is read: texts, names, tooltips, placeholders; a person's own words in fields not.
SHOWN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const where = walker.currentNode.parentElement;
    if (text && !where.closest("script,style,textarea,kbd,code")) found.push(text);
  }
  for (const one of document.querySelectorAll("[aria-label],[title],[placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"])
      if (one.getAttribute(name)) found.push(one.getAttribute(name));
  return found;
}"""
# Words cut off by their box, by the place they stand in.
CUT = """() => [...document.querySelectorAll(
    ".wj-bar button, .wj-palette button span, .wj-switch button, .wj-tabs button, .wj-heading")]
  .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim())"""


def words(language: str) -> dict[str, str]:
    """The plain texts of the catalogue by key."""
    found: dict[str, str] = {}
    for path in (WORDS / language).glob("*.ts"):
        found |= {key: json.loads(f'"{text}"') for key, text in LINE.findall(path.read_text())}
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text of a document: a person's own words, which nobody translates."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def english(editor: Editor) -> set[str]:
    """What must not stand on a German screen: English texts that are said otherwise in German, and
    are not a person's own, as the names of the fields that the studio has seen are."""
    en, de = words("en"), words("de")
    said = {text for key, text in en.items() if de.get(key, text) != text and "{" not in text}
    names = json.loads((HERE / "de.json").read_text("utf-8"))["texts"]
    said |= {text for text, german in names.items() if text != german}
    own = set(texts(editor.document)) | set(texts(FIELDS))
    own |= {journey["document"]["name"] for journey in editor.studio.journeys.values()}
    return said - set(de.values()) - set(names.values()) - own


@pytest.fixture
def german(desks: Desks, bundled: Path) -> Iterator[Editor]:
    size = {"width": 1440, "height": 900}
    yield from open_editor(desks, bundled, viewport=size, locale="de-DE")


@pytest.fixture
def german_phone(desks: Desks, bundled: Path) -> Iterator[Editor]:
    size = {"width": 390, "height": 844}
    yield from open_editor(
        desks, bundled, viewport=size, locale="de-DE", has_touch=True, is_mobile=True
    )


def test_nothing_is_left_in_english_and_nothing_is_cut_off(german: Editor) -> None:
    german.open(SLUG)
    page = german.page
    foreign, own = english(german), set(texts(german.document))
    assert len(foreign) > 300
    left: dict[str, set[str]] = {}
    cut: set[str] = set()

    def look(where: str) -> None:
        shown = set(page.evaluate(SHOWN))
        # German closes a quotation by another sign, so this one stands in an English sentence.
        found = {text for text in shown if text in foreign or "”" in text} - own
        if found:
            left[where] = found
        cut.update(page.evaluate(CUT))

    expect(page.locator(".wj")).to_have_attribute("lang", "de")
    look("canvas")
    seen: set[str] = set()
    for node in german.document["nodes"]:
        if node["type"] not in seen:
            seen.add(node["type"])
            german.get(f"node-{node['id']}").click(force=True)
            expect(german.get("node-title")).to_be_visible()
            look(node["type"])
    page.keyboard.press("Escape")
    for tab in page.get_by_role("tab").all():
        tab.click()
        look(f"tab {tab.inner_text()}")
    page.locator(".react-flow__pane").click(position={"x": 780, "y": 20})
    for keys in ("Control+k", "Control+f", "n", "?"):
        page.keyboard.press(keys)
        look(keys)
        page.keyboard.press("Escape")
    german.get("publish").click()
    expect(page.get_by_role("heading", name="veröffentlichen")).to_be_visible()
    look("review")
    page.keyboard.press("Escape")
    german.get("show-outline").click()
    look("outline")
    assert left == {}
    assert cut == set()


def test_the_language_is_changed_in_the_menu_and_kept(german: Editor) -> None:
    german.open(SLUG)
    page = german.page
    title = german.get("node-title")
    german.get("node-about").click(force=True)
    title.fill("Worum geht es?")
    title.press("Enter")
    german.saved()
    page.locator(".wj-name").click()
    page.get_by_role("menuitem", name="Sprache: English").click()
    expect(page.locator(".wj")).to_have_attribute("lang", "en")
    # Words of the page and those of the studio, and the draft as it was.
    expect(german.get("palette-item-logic.wait")).to_contain_text("Wait")
    expect(german.get("show-outline")).to_contain_text("Outline")
    expect(german.get("node-about")).to_contain_text("Worum geht es?")
    expect(german.get("node-about")).to_contain_text("Reads the text and picks one of 3 labels")
    page.reload()
    expect(page.locator(".wj")).to_have_attribute("lang", "en")
    expect(german.get("palette-item-logic.wait")).to_contain_text("Wait")


def test_a_phone_reads_german_too(german_phone: Editor) -> None:
    german_phone.open(SLUG)
    page = german_phone.page
    assert set(page.evaluate(SHOWN)) & english(german_phone) == set()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # The strip has a problem with a remedy in it, and still room for the steps.
    expect(german_phone.get("problem-fix")).to_be_visible()
    expect(page.get_by_role("button", name="Nächstes Problem")).to_be_in_viewport(ratio=1)
    remedy, place = german_phone.get("problem-fix"), page.locator(".wj-strip .wj-number")
    left, right = remedy.bounding_box(), place.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
