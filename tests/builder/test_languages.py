"""Pages in the person's language: how it is known, and how a drawn page is said in it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from builder import languages
from builder.ui.voice import Voice, say

NOW = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
VOICE = Voice(NOW, UTC, "de")
PAGE = (
    "<!DOCTYPE html><html lang='x' lang=\"en\"><head><title>Settings · Wayline</title></head>"
    '<body><a class="Save" aria-label="Menu" href="/">Save</a><!-- --> <p>Sender’s name</p>'
    "<p>Sender&#x27;s own</p><script>Save</script><style>Save</style></body></html>"
)


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ("wayline_language=de", "en-GB", "de"),
        ("a=b; wayline_language=en; c=d", "de-DE", "en"),
        ("wayline_language=xx", "de-DE,en;q=0.5", "de"),
        ("wayline_language=../../de", "", "en"),
        ('wayline_language="; bad[]=', "de", "de"),
        ("", "", "en"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(
    cookies: str, accepted: str, language: str
) -> None:
    assert languages.language_of(cookies, accepted) == language


def test_a_drawn_page_is_said_word_by_word() -> None:
    made = languages.said(PAGE, "de", "/assets/words-de.js")
    assert "<title>Einstellungen · Wayline</title>" in made
    assert '<a class="Save" aria-label="Menü" href="/">Speichern</a><!-- --> <p>Name des' in made
    assert "<p>Sender&#x27;s own</p><script>Save</script><style>Save</style>" in made
    assert '<script src="/assets/words-de.js"></script></head>' in made


def test_only_what_is_shown_or_read_aloud_of_a_tag_is_said() -> None:
    tag = """<input data-title="Save" class='title="Save"' x-aria-label="Save" value="Save" name="a\
 title=" placeholder="Save"\n title="Save">"""
    made = languages.said(tag, "de")
    assert made == tag.replace(' placeholder="Save"', ' placeholder="Speichern"').replace(
        '\n title="Save"', '\n title="Speichern"'
    )


def test_the_language_of_the_document_is_set() -> None:
    made = languages.said('<html lang="en" class="x"><head></head></html>', "de")
    assert made == '<html lang="de" class="x"><head></head></html>'


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the built pages."""
    if scope["path"] == "/data":
        await JSONResponse({"text": "Save"})(scope, receive, send)
        return
    await HTMLResponse(PAGE, headers={"etag": "x"})(scope, receive, send)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    languages._script.cache_clear()  # a folder of this test's own
    languages.lay_tables(tmp_path)
    return TestClient(languages.Pages(app, tmp_path))


GERMAN = {"accept-language": "de-DE", "accept": "text/html", "accept-encoding": "gzip"}


def test_a_german_reader_gets_the_page_in_german_and_its_words(client: TestClient) -> None:
    answer = client.get("/settings", headers=GERMAN)
    assert "Speichern" in answer.text
    assert '<script src="/assets/words-de-' in answer.text
    assert answer.headers["content-language"] == "de"
    assert "cookie" in answer.headers["vary"]
    assert "etag" not in answer.headers
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/settings", headers=GERMAN | {"accept-encoding": "identity"})
    assert plain.text == answer.text
    none = client.get("/settings", headers=GERMAN | {"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in none.headers


def test_a_page_that_was_built_anew_names_the_words_of_its_own_build(
    client: TestClient, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("as it was at the start")
    before = client.get("/settings", headers=GERMAN).text
    (old,) = (tmp_path / "assets").glob("words-de-*.js")
    old.rename(old.with_name("words-de-anew.js"))
    (tmp_path / "index.html").rename(tmp_path / "index.old")
    (tmp_path / "index.html").write_text("as it was built again")
    after = client.get("/settings", headers=GERMAN).text
    assert (old.name in before, "/assets/words-de-anew.js" in after) == (True, True)


def test_the_editor_gets_only_what_can_stand_on_every_page(client: TestClient) -> None:
    assert '<script src="/assets/frame-de-' in client.get("/journeys/x", headers=GERMAN).text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/settings", GERMAN | {"accept-language": "en-GB"}),
        ("/settings", GERMAN | {"cookie": "wayline_language=en"}),
        ("/data", GERMAN),
    ],
)
def test_everything_else_stays_as_it_is(
    client: TestClient, path: str, headers: Mapping[str, str]
) -> None:
    answer = client.get(path, headers=dict(headers))
    assert answer.text in (PAGE, '{"text":"Save"}')


def test_the_tables_hold_what_the_pages_say(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    languages.lay_tables(tmp_path)
    (every,) = (tmp_path / "assets").glob("words-de-*.js")
    (short,) = (tmp_path / "assets").glob("frame-de-*.js")
    text = every.read_text("utf-8")
    assert '"Approve and send": "Freigeben und senden"' in text
    assert '"Close": "Schließen"' in text  # said by the page's own scripts
    assert "Saved." not in text  # said by Python, which needs no table in the browser
    assert len(gzip.compress(short.read_bytes())) < 1024


def test_a_text_without_german_stays_english_and_values_are_not_looked_into() -> None:
    assert say("de", "{name} is deleted.", name="{count} nodes") == "{count} nodes ist gelöscht."
    assert say("de", "Nobody wrote this {x}", x=1) == "Nobody wrote this 1"
    assert say("xx", "Save") == "Save"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda v: v.when("2026-11-21T19:13:00Z"), "heute 19:13"),
        (lambda v: v.when("2026-11-22T09:00:00Z"), "morgen 09:00"),
        (lambda v: v.when("2026-11-18T11:20:00Z"), "18. Nov., 11:20"),
        (lambda v: v.when("2025-03-18T11:20:00Z"), "18. März 2025"),
        (lambda v: v.day("2026-11-21T09:00:00Z"), "Heute, Samstag, 21. November"),
        (lambda v: v.day("2026-11-20T09:00:00Z"), "Gestern, Freitag, 20. November"),
        (lambda v: v.date("2025-11-18T09:00:00Z"), "18. November 2025"),
        (lambda v: v.moment("2026-11-18T11:20:00Z"), "Mi. 18. Nov., 11:20"),
        (lambda v: v.ago("2026-11-19T14:02:00Z"), "vor 2 Tagen"),
        (lambda v: v.ago("2026-11-20T10:02:00Z"), "vor 28 Std."),
        (lambda v: v.ago("2026-11-21T14:01:30Z"), "gerade eben"),
        (lambda v: v.left("2026-11-23T14:02:00Z"), "noch 2 Tage"),
        (lambda v: v.left("2026-11-21T14:32:00Z"), "noch 30 Min."),
        (lambda v: v.percent(0.284), "28\u00a0%"),
        (lambda v: v.number(0.5), "0,5"),
        (lambda v: v.plain([True, False, None]), "ja, nein, –"),
        (lambda v: v.reason("budget is more than 10,000"), "budget ist mehr als 10.000"),
        (lambda v: v.reason("share is at least 0.5"), "share ist mindestens 0,5"),
        (lambda v: v.reason("name is “10,000”"), "name ist „10,000“"),
        (lambda v: v.told("12,000"), "12.000"),
        (lambda v: v.greeting(), "Guten Tag"),
        (lambda v: v.count(1, "{count} source", "{count} sources"), "1 Quelle"),
        (lambda v: v.count(3, "{count} source", "{count} sources"), "3 Quellen"),
        (lambda v: v.told("The first expires 2026-11-21T19:13:00Z."), "Der erste läuft heute"),
        (lambda v: v.told("93%"), "93\u00a0%"),
        (lambda v: v.refused("There is no journey x."), "Die Journey x gibt es nicht."),
        (lambda v: v.listed(["website form", "Fax"]), "Webformular, Fax"),
    ],
)
def test_times_numbers_and_sentences_are_german(made: Any, said: str) -> None:
    assert made(VOICE).startswith(said)
