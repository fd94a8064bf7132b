"""What the program says is there in every language that it offers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodes.fields import config_schema
from nodes.registry import node_types
from runtime.gallery import STAGES, templates
from runtime.words import HERE, LANGUAGES, chosen, evidence, on_page, spoken, translation
from tests.words.sentences import buttons, sentences

OTHERS = [language for language in LANGUAGES if language != "en"]
VALUE = re.compile(r"\{[a-z_]+(?:\.[a-z_]+)*(?:\|[a-z]+)?\}")
ROOT = Path(__file__).parents[2]
# Modules whose sentences stand on the other pages, not in the editor.
OTHER_PAGES = {
    "approvals", "audit", "customers", "endings", "errors", "letters", "limits", "mailbox",
    "needs", "people", "reasons", "rehearsal", "runs", "samples", "settings", "starters",
    "stopped", "timeline", "wayline",
}  # fmt: skip
NOT_FOR_PEOPLE = {
    "The editor's request failed.",  # goes into the log
    "A look at a draft failed; the next one follows.",  # the same
    "Hello, I would like to know more.",  # what a made-up customer writes
}
HINTS = ("label", "help", "placeholder", "group")


def schema_texts(schema: Any) -> Iterator[str]:
    """What a form shows."""
    if isinstance(schema, list):
        for one in schema:
            yield from schema_texts(one)
    elif isinstance(schema, dict):
        hint = schema.get("x-field") or {}
        yield from (hint[key] for key in HINTS if hint.get(key))
        yield from (hint.get("options") or {}).values()
        for key, part in schema.items():
            if key != "x-field":
                yield from schema_texts(part)


def catalogue_texts() -> Iterator[str]:
    """Everything that the catalogue says in words."""
    yield from (stage.capitalize() for stage in STAGES)
    for one in node_types().values():
        yield from (one.title, one.summary, one.help, *one.sentences)
        yield from (example.title for example in one.examples)
        for handle in one.handles:
            name = getattr(handle, "label", "") or getattr(handle, "name", "").replace("_", " ")
            if name and name != "out":
                yield name
        yield from schema_texts(config_schema(one.config))


def gallery_texts() -> Iterator[str]:
    """What the gallery and the wizard say of the templates; the messages stay as they are."""
    for one in templates():
        ui = one.document["ui"]
        yield from (one.name, one.about, ui["goal"])
        for blank in ui["blanks"]:
            yield from (blank["label"], blank.get("hint", ""))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_a_template_is_translated(language: str) -> None:
    words = translation(language)
    assert words is not None
    missing = {text for text in gallery_texts() if text and words.text(text) is None}
    for text in gallery_texts():  # as a whole, whatever sentence it might be an instance of
        assert on_page(text, language) == (words.text(text) or text)
    assert not missing, f"Add these to runtime/words/{language}.json: {sorted(missing)}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_catalogue_is_translated(language: str) -> None:
    words = translation(language)
    assert words is not None
    missing = {text for text in catalogue_texts() if text and words.text(text) is None}
    assert not missing, f"Add these to runtime/words/{language}.json: {sorted(missing)}"


def spoken_files() -> Iterator[Path]:
    """Where the sentences stand that the editor shows."""
    yield from (ROOT / "runtime" / "journey").glob("*.py")
    yield from (ROOT / "runtime" / "templates").glob("*.py")
    yield ROOT / "runtime" / "schedule" / "cron.py"
    yield ROOT / "runtime" / "simulate" / "trying.py"
    yield from (ROOT / "builder").glob("editor_*.py")
    facade = (ROOT / "runtime" / "facade").glob("*.py")
    yield from (path for path in facade if path.stem not in OTHER_PAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_editor_is_translated(language: str) -> None:
    words = translation(language)
    assert words is not None
    missing = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in spoken_files()
        for line, text in sentences(path)
        if text not in NOT_FOR_PEOPLE and words.sentence(text) is None
    ]
    assert not missing, f"Add these to runtime/words/{language}.json: " + "\n".join(missing)


def page_texts() -> Iterator[tuple[str, str]]:
    """(where, text) of what the other pages say: sentences, and what a step of a type did."""
    for name in sorted(OTHER_PAGES):
        for line, text in sentences(ROOT / "runtime" / "facade" / f"{name}.py"):
            yield f"{name}.py:{line}", text
    for name in ("engine/routing", "store/reopen", "work/settling"):
        for line, text in sentences(ROOT / "runtime" / f"{name}.py"):
            yield f"{name}.py:{line}", text
    for name, one in node_types().items():
        for text in one.told.values():
            yield name, re.sub(r"\{[^}]*\}", "‹1›", text)
        for text in one.sentences:
            said = re.sub(r"\{[^}]*\}", "‹1›", text)
            if re.search("[A-Za-z]{3}", said):  # more than values
                yield name, said


@pytest.mark.parametrize("language", OTHERS)
def test_everything_that_the_other_pages_say_is_translated(language: str) -> None:
    words = translation(language)
    assert words is not None
    missing = [
        f"{at} {text}"
        for at, text in page_texts()
        if text not in NOT_FOR_PEOPLE and words.page(text) is None and words.sentence(text) is None
    ]
    assert not missing, f"Add these to pages in runtime/words/{language}.json: " + "\n".join(
        missing
    )


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Waits up to 3 days for call.booked", "Wartet bis zu 3 Tage auf call.booked"),
        ("3 drafts wait for you", "3 Entwürfe warten auf Sie"),
        ("“Hello.” · Webhook, version 3", "„Hello.“ · Webhook, Version 3"),
        (
            "If nobody decides in time: Thank them: Waits 3 days",
            "Entscheidet niemand rechtzeitig: Thank them: Wartet 3 Tage",
        ),
        ("Yes: plan is “is more than”", "Ja: plan ist „is more than“"),
        ("up to 2 emails and 1 AI answer for each customer", "bis zu 2 E-Mails und 1 KI-Antwort"),
        (
            "up to 2 emails and 2 AI answers for each customer",
            "bis zu 2 E-Mails und 2 KI-Antworten",
        ),
        ("Ines Okafor", "Ines Okafor"),
    ],
)
def test_a_page_says_what_happened_and_keeps_what_people_wrote(english: str, german: str) -> None:
    assert on_page(english, "de").startswith(german)
    assert on_page(english, "en") == english


def test_evidence_is_read_as_a_comparison() -> None:
    assert evidence("not: seen is within the last 3 days", "de") == (
        "nicht: seen liegt höchstens so lange zurück: 3 Tage"
    )
    assert evidence("First time in this journey", "de") == "Zum ersten Mal in dieser Journey"


@pytest.mark.parametrize("language", OTHERS)
def test_every_button_that_mends_a_problem_is_translated(language: str) -> None:
    words = translation(language)
    assert words is not None
    found = [
        (f"{path.relative_to(ROOT)}:{line}", text)
        for path in spoken_files()
        for line, text in buttons(path)
    ]
    missing = [f"{at} {text}" for at, text in found if words.button(text) is None]
    assert len(found) > 5
    assert not missing, f"Add these to runtime/words/{language}.json: " + "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", ["texts", "sentences", "parts", "buttons", "pages", "conditions"])
def test_a_translation_keeps_every_value(language: str, kind: str) -> None:
    found = json.loads((HERE / f"{language}.json").read_text("utf-8"))[kind]
    for english, said in found.items():
        assert sorted(VALUE.findall(said)) == sorted(VALUE.findall(english)), english


def test_no_translation_is_left_over() -> None:
    """A text that nobody says any more is taken out again."""
    said = {" ".join(text.split()) for text in (*catalogue_texts(), *gallery_texts())}
    for language in OTHERS:
        found = json.loads((HERE / f"{language}.json").read_text("utf-8"))["texts"]
        assert not {text for text in found if " ".join(text.split()) not in said}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en;q=0.5, de;q=0.7", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr-FR, xx;q=lots, de;q=0.1", "de"),
        ("", "en"),
        ("*", "en"),
        (",;q=,;;", "en"),
    ],
)
def test_the_language_is_the_first_wish_that_can_be_met(accepted: str, language: str) -> None:
    assert chosen(accepted) == language


def test_a_type_of_another_package_stays_english_where_nobody_translated_it() -> None:
    foreign = {
        "type": "acme.fax",
        "title": "Send a fax",
        "summary": "Send a fax",
        "help": "",
        "sentences": ["Faxes {text}"],
        "handles": [{"name": "failed", "label": "failed"}, {"name": "out", "label": "out"}],
        "config_schema": {"properties": {"to": {"x-field": {"label": "To", "help": "A number."}}}},
        "examples": [],
    }
    (type_,) = spoken({"types": [foreign]}, "de")["types"]
    assert (type_["title"], type_["sentences"]) == ("Send a fax", ["Faxes {text}"])
    assert [h["label"] for h in type_["handles"]] == ["Fehler", "out"]
    assert type_["config_schema"]["properties"]["to"]["x-field"] == {
        "label": "An",
        "help": "A number.",
    }


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Nothing leads to “x”: connect it, or delete it.", "Nichts führt zu „x“: "),
        (
            "The field event (“Event”) is missing: fill it in, say “order.completed”.",
            "Das Feld event („Ereignis“) fehlt: Füllen Sie es aus, etwa „order.completed“.",
        ),
        ("The field name is missing: fill it in.", "Das Feld name fehlt: Füllen Sie es aus."),
        (
            "The field body is “yes”: write a text or a whole number.",
            "Das Feld body ist „yes“: Tragen Sie einen Text oder eine ganze Zahl ein.",
        ),
        ("There is no field “x” here: did you mean xy?", "meinten Sie xy?"),
        (
            "The field “Name” in row 2 of “Labels” is missing: fill it in, say “project”.",
            "Das Feld „Name“ in Zeile 2 von „Labels“ fehlt: Füllen Sie es aus, etwa „project“.",
        ),
        ("Nothing leads to “Wait”: connect it, or delete it.", "Nichts führt zu „Warten“: "),
    ],
)
def test_a_problem_is_said_with_its_values(english: str, german: str) -> None:
    (problem,) = spoken({"problems": [{"message": english, "code": "x"}]}, "de")["problems"]
    assert german in problem["message"]
    assert problem["code"] == "x"


def test_the_buttons_that_mend_are_translated_too() -> None:
    fix = {"label": "Use “pro”", "ops": [{"op": "node.del", "id": "Use “pro”"}]}
    problem = {"message": "?", "fix": fix, "fixes": [fix]}
    (said,) = spoken({"problems": [problem]}, "de")["problems"]
    assert said["fix"] == {**fix, "label": "„pro“ nehmen"}
    assert said["fixes"] == [said["fix"]]


def test_what_a_test_and_a_test_send_answer_is_said_too() -> None:
    answer = {
        "steps": [{"n": 1, "notes": ["There is no text to read."], "output": {"text": "Wait"}}],
        "ends": [{"status": "failed", "reason": "The address answered 404."}, {"reason": None}],
        "triggers": [{"title": "Event happens", "samples": [{"title": "A trial starts"}]}],
        "why_not": "Maya has no email address, so nothing would be sent.",
    }
    said = spoken(answer, "de")
    assert said["steps"][0] == {
        "n": 1,
        "notes": ["Es gibt keinen Text zu lesen."],
        "output": {"text": "Wait"},
    }
    assert [end["reason"] for end in said["ends"]] == ["Die Adresse antwortete 404.", None]
    assert said["triggers"][0]["title"] == "Ereignis tritt ein"
    assert said["triggers"][0]["samples"][0]["title"] == "Eine Probezeit beginnt"
    assert said["why_not"].startswith("Maya hat keine E-Mail-Adresse")


def test_an_edit_that_the_program_made_is_named_and_a_persons_stays() -> None:
    answer = {"edits": [{"rev": 2, "label": "restore version 3"}, {"rev": 1, "label": "add Wait"}]}
    labels = [edit["label"] for edit in spoken(answer, "de")["edits"]]
    assert labels == ["Version 3 zurückholen", "add Wait"]


def test_only_what_the_studio_says_is_translated_and_not_the_text_of_a_message() -> None:
    refused = "The mail server did not take the test. smtp.example.com could not be reached."
    assert spoken({"text": refused}, "de")["text"] == refused
    assert spoken({"ok": False, "text": refused}, "de")["text"] == (
        "Der Mailserver nahm den Test nicht an. smtp.example.com ist nicht erreichbar."
    )


def test_a_sentence_that_nobody_wrote_does_not_take_long() -> None:
    hostile = "The field a is b: write c or d. " * 5_000
    (said,) = spoken({"problems": [{"message": hostile}]}, "de")["problems"]
    assert said["message"] == hostile


def test_english_and_a_language_that_there_is_not_change_nothing() -> None:
    answer = {"detail": "There is no such thing.", "problems": []}
    assert spoken(answer, "en") is answer
    assert spoken(answer, "xx") is answer
    assert spoken(["Wait"], "de") == ["Wait"]


@pytest.mark.parametrize("key", ["types", "problems", "steps", "triggers", "edits", "ends"])
def test_an_answer_of_another_shape_stays_as_it_is(key: str) -> None:
    for other in (
        None,
        "Wait",
        3,
        {"a": 1},
        ["Wait", 3, None],
        [{"n": 1}] if key != "types" else [],
    ):
        assert spoken({key: other}, "de") == {key: other}


def test_a_persons_own_words_are_never_translated() -> None:
    document = {"name": "Wait", "nodes": [{"title": "Wait"}]}
    answer = {"document": document, "name": "Wait", "types": []}
    assert spoken(answer, "de") == answer
