"""The pages of the studio are there in every language that it offers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import languages
from runtime.words import LANGUAGES
from tests.words.catalogue import forgotten, said

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "builder"
OTHERS = [language for language in LANGUAGES if language != "en"]
VALUE = re.compile(r"\{[a-z_]+\}")
BY_LANGUAGE = {BUILDER / "ui" / "words.py"}  # says times in each language itself
# What reads as words and is none that the studio says.
NOT_SAID = {
    "Asked for in the studio",  # the record of what was done
    "· Wayline",
    "Etc/",
    "SystemV/",
    "ErrorBoundary",
    "Offline",
    "JourneyEditor",
    "JourneyPreview",
    "Leaving",
    "Hotkeys",
    "Wrong",
    "Notice",
    "LanguageChoice",
    "useParams",
    "English",
    "Wayline",
    "Deutsch",
    "New journey",
}


def sources() -> Iterator[Path]:
    """Every module that shows something to a person."""
    for room in ("pages", "state", "ui"):
        yield from sorted((BUILDER / room).glob("*.py"))
    yield from (BUILDER / "app.py", BUILDER / "auth.py", BUILDER / "auth_pages.py")


def english() -> Iterator[tuple[str, str]]:
    """(where, text) of everything that the pages say."""
    for path in sources():
        for line, text in said(path):
            yield f"{path.relative_to(ROOT)}:{line}", text
    for path in sorted((BUILDER / "front").glob("*.tsx")):
        for text in re.findall(r'\btr\(\s*"([^"]+)"', path.read_text("utf-8")):
            yield str(path.relative_to(ROOT)), text


@pytest.mark.parametrize("language", OTHERS)
def test_everything_that_the_pages_say_is_translated(language: str) -> None:
    table = languages.table(language)
    missing = [f"{at} {text}" for at, text in english() if text not in table]
    assert not missing, f"Add these to builder/words/{language}.json: " + "\n".join(missing)


def test_nothing_is_said_in_english_only() -> None:
    """Words stand in `tr`, `say` or `count`, or nobody can read them in another language."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in sources()
        if path not in BY_LANGUAGE
        for line, text in forgotten(path)
        if text not in NOT_SAID
    ]
    assert not found, "Say these by `tr` (builder/ui/say.py) or `say`: " + "\n".join(found)


def test_the_search_finds_what_was_forgotten(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        '"""A page."""\n'
        'rx.el.h1("No approvals", class_name="wl-big Title")\n'
        'rx.el.p(tr("Said"), title="Not said here")\n'
        'said(f"{name} is gone.")\n'
        'voice.count(n, "one of them" if x else "many of them", "or so")\n'
    )
    assert [text for _, text in forgotten(page)] == ["No approvals", "Not said here", "is gone."]
    assert {text for _, text in said(page)} == {"Said", "one of them", "many of them", "or so"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_every_value_and_is_still_said(language: str) -> None:
    table = languages.table(language)
    for text, other in table.items():
        assert sorted(VALUE.findall(text)) == sorted(VALUE.findall(other)), text
        assert text.strip() == text or text[-1] == other[-1], text
    assert set(table) == {text for _, text in english()}


@pytest.mark.parametrize("language", OTHERS)
def test_a_table_has_each_text_once(language: str) -> None:
    path = BUILDER / "words" / f"{language}.json"
    pairs = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    assert len({key for key, _ in pairs}) == len(pairs)
