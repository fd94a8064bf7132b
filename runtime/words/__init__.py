"""What the program says to people in another language than English: `de.json` for German.

The code says everything in English; `spoken` translates an answer on its way to a screen. `texts`
are names and helps, word by word; `sentences` are what is said about something, with a `{value}`
for each thing that changes; `parts` are what such a value may be made of when its name begins with
`said` (`told`: a whole sentence, `page`: what a page says, `asked`: a condition, `label`: a name of
the program's); `buttons` are what mends a problem or was done; `pages` is what the studio's other
pages say about customers, runs and templates; `conditions` is how a comparison is read. What a
translation lacks, say the texts of another package's node type, stays English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
ENGLISH = "en"
LANGUAGES = (ENGLISH, *sorted(path.stem for path in HERE.glob("*.json")))

_SLOT = re.compile(r"\{([a-z_.]+)(?:\|([a-z]+))?\}")
_FORMS = {"duration": "said", "condition": "asked"}
_LETTERS = str.maketrans("0123456789", "abcdefghij")  # names of values have no digits
_BETWEEN = {"and", "or", "not", "yes", "no", "nothing", "did"}
_SHARE = re.compile(r"\d+%")
_NUMBER = re.compile(r"(?<![\w.,:/-])-?\d{1,3}(?:(?:,\d{3})+(?:\.\d+)?|\d*\.\d+)(?![\w:/-]|[.,]\d)")
_POINTS = str.maketrans(",.", ".,")  # how German writes what English does
_SPAN = re.compile(r"\b\d+ (?:second|minute|hour|day|week|month|year)s?\b")
_VALUE = re.compile(r"\{([a-z_]+)\}")
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_QUOTED = re.compile(r"“([^“”]*)”")
_SAID = ("label", "help", "placeholder", "group")
Patterns = list[tuple[re.Pattern[str], str]]
LONGEST = 1_000  # characters of a sentence: what is longer was not written by the program
DEEPEST = 3  # a part of a sentence may be made of parts


def chosen(accepted: str) -> str:
    """The language of an `Accept-Language` header that there is, else English."""
    weighed: list[tuple[float, int, str]] = []
    for place, wish in enumerate(accepted.split(",")[:20]):
        name, _, rest = wish.strip().partition(";")
        weight = rest.strip().removeprefix("q=") or "1"
        try:
            weighed.append((-float(weight), place, name.strip()[:2].lower()))
        except ValueError:
            continue
    return next((one for _, _, one in sorted(weighed) if one in LANGUAGES), ENGLISH)


class Translation:
    """The words of one language."""

    def __init__(self, found: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = {_flat(key): text for key, text in found["texts"].items()}
        self._sentences = _patterns(found["sentences"])
        self._parts = _patterns(found["parts"])
        self._buttons = _patterns(found["buttons"])
        self._pages = _patterns({**_templates(found["texts"]), **found["pages"]})
        self._phrases = found["conditions"]
        named = sorted(self._phrases, key=len, reverse=True)
        asks = [one for one in named if one not in _BETWEEN]
        self._compares = re.compile(rf" ({'|'.join(map(re.escape, asks))})\b")
        self._phrase = re.compile(rf"\b({'|'.join(map(re.escape, named))})\b")

    def text(self, english: str) -> str | None:
        """A name, a help, a sentence of a node type: as it stands, whole."""
        return self._texts.get(_flat(english))

    def sentence(self, english: str) -> str | None:
        """What is said about something, its values filled in."""
        return self._filled(self._sentences, english, 0)

    def button(self, english: str) -> str | None:
        """What a button does."""
        return self._filled(self._buttons, english, 0)

    def page(self, english: str) -> str | None:
        """What a page says about a customer, a run, a template."""
        if _NUMBER.fullmatch(english):
            return english.translate(_POINTS)
        found = self.text(english) or self._filled(self._pages, english, 0)
        if found is None:
            title, stop, rest = english.partition(": ")  # of the step that it is about
            if stop and (said := self._filled(self._pages, rest, 0)):
                return f"{title}: {said}"
        return found

    def condition(self, english: str) -> str:
        """A condition as it is read aloud; what it compares with stays."""
        if not self._compares.search(english):
            return english
        parts = re.split(r"(“[^”]*”)", english)
        for place in range(0, len(parts), 2):
            said = self._phrase.sub(lambda found: self._phrases[found[0]], parts[place])
            said = _NUMBER.sub(lambda found: found[0].translate(_POINTS), said)
            parts[place] = _SPAN.sub(lambda found: self._value("said", found[0], 0), said)
        return _QUOTED.sub(r"„\1“", "".join(parts))

    def _filled(self, patterns: Patterns, english: str, depth: int) -> str | None:
        if len(english) > LONGEST:
            return None
        for pattern, text in patterns:
            if found := pattern.fullmatch(english):
                values = {k: self._value(k, v, depth) for k, v in found.groupdict().items()}
                return _VALUE.sub(lambda m, known=values: known.get(m[1], m[0]), text)
        return None

    def _value(self, name: str, value: str, depth: int) -> str:
        """A part of a sentence. Names that a person gave stay, those of the program (`label`: a
        field's or a node type's) do not; their quotes are this language's."""
        if name.startswith("said") and depth < DEEPEST:
            part = self._filled(self._parts, value, depth + 1)
            if part is not None:
                return part
        if name.startswith("told") and depth < DEEPEST:
            return self._filled(self._sentences, value, depth + 1) or value
        if name.startswith("page") and depth < DEEPEST:
            # A step's title may stand before what it does.
            return ": ".join(
                self._filled(self._pages, one, depth + 1)
                or self._filled(self._sentences, one, depth + 1)
                or self.text(one)
                or one
                for one in value.split(": ", 1)
            )
        if _NUMBER.fullmatch(value):
            return value.translate(_POINTS)
        if _SHARE.fullmatch(value):
            return value.replace("%", "\u00a0%")
        if name.startswith("asked"):
            return self.condition(value)
        if name.startswith("label"):
            value = self.text(value) or value
            return _QUOTED.sub(lambda m: f"„{self.text(m[1]) or m[1]}“", value)
        return _QUOTED.sub(r"„\1“", value)


def _flat(text: str) -> str:
    """Helps are written over several lines: where a line ends says nothing."""
    return _LINE_END.sub(" ", text).strip()


def _firmness(sentence: str) -> int:
    """How much of a sentence does not change: the firmest that fits is the right one."""
    return len(_VALUE.sub("", sentence))


def _templates(texts: Mapping[str, str]) -> dict[str, str]:
    """The sentences on nodes with their values filled in, as the pages say them."""
    found: dict[str, str] = {}
    for english, text in texts.items():
        names = {one: f"{_FORMS.get(one[2], 'value')}_{n}" for n, one in enumerate(_slots(english))}
        if names and re.search("[A-Za-z]{3}", _SLOT.sub("", english)):
            put = {whole: f"{{{name.translate(_LETTERS)}}}" for (whole, *_), name in names.items()}
            found[_SLOT.sub(lambda m, put=put: put[m[0]], english)] = _SLOT.sub(
                lambda m, put=put: put.get(m[0], m[0]), text
            )
    return found


def _slots(text: str) -> list[tuple[str, str, str]]:
    """(as it stands, what, how) of each place for a value, each once."""
    return list(dict.fromkeys((m[0], m[1], m[2] or "") for m in _SLOT.finditer(text)))


def _patterns(said: Mapping[str, str]) -> Patterns:
    ordered = sorted(said.items(), key=lambda one: -_firmness(one[0]))
    return [(_pattern(key), text) for key, text in ordered]


def _pattern(sentence: str) -> re.Pattern[str]:
    parts: list[str] = []
    at, seen = 0, set[str]()
    for found in _VALUE.finditer(sentence):
        name = found[1]
        parts.append(re.escape(sentence[at : found.start()]))
        # Values are quoted in the middle of a line, and short; one that comes again is the same.
        # Else "2 emails and 2 AI answers" would be so many answers as "2 emails and 2" says.
        any_text = r"\S{1,40}?" if name == "count" else ".{0,2000}?"
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{any_text})")
        seen.add(name)
        at = found.end()
    return re.compile("".join(parts) + re.escape(sentence[at:]), re.DOTALL)


@cache
def translation(language: str) -> Translation | None:
    """The words of a language; None for English, and for one that there is not."""
    if language == ENGLISH or language not in LANGUAGES:
        return None
    return Translation(json.loads((HERE / f"{language}.json").read_text("utf-8")))


@lru_cache(maxsize=4096)
def on_page(english: str, language: str) -> str:
    """What the studio's pages say, in a language; what is not the program's own stays."""
    words = translation(language)
    return (words and words.page(english)) or english


@lru_cache(maxsize=4096)
def evidence(english: str, language: str) -> str:
    """Why something happened: a sentence of the program's or a comparison, in a language."""
    words = translation(language)
    if words is None:
        return english
    found = words.page(english) or words.sentence(english)
    return found or (english if english.endswith(".") else words.condition(english))


def sentence(english: str, language: str) -> str:
    """What the program refuses, or what is wrong with a journey, in a language."""
    words = translation(language)
    return (words and (words.sentence(english) or words.page(english))) or english


Part = Callable[[Mapping[str, Any], Translation], dict[str, Any]]


def spoken(answer: Any, language: str) -> Any:
    """An answer of the studio in a language: the names of node types and stages, problems with
    their remedies, and what an error says. Everything else, a person's own words above all, stays.
    """
    words = translation(language)
    if words is None or not isinstance(answer, Mapping):
        return answer
    said = dict(cast("Mapping[str, Any]", answer))
    for key in (*_SENTENCES, "text") if "ok" in said else _SENTENCES:
        if isinstance(text := said.get(key), str):
            said[key] = words.sentence(text) or text
    for key, part in _LISTS.items():
        if key in said:
            said[key] = _each(said[key], part, words)
    return said


def _each(items: Any, part: Part, words: Translation) -> Any:
    """A list with each of its objects translated; anything else as it is."""
    if not isinstance(items, (list, tuple)):
        return items
    return [
        part(cast("Mapping[str, Any]", one), words) if isinstance(one, Mapping) else one
        for one in cast("list[Any]", items)
    ]


def node_type(one: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    """A node type of the catalogue."""
    made = _with(one, words, "title", "summary", "help")
    made["sentences"] = [words.text(text) or text for text in made.get("sentences", ())]
    made["handles"] = _each(made.get("handles", ()), _handle, words)
    made["config_schema"] = _schema(made.get("config_schema"), words)
    made["examples"] = _each(made.get("examples", ()), _titled, words)
    return made


def _handle(handle: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    """A plain way out that has no name keeps none."""
    made = dict(handle)
    name = made.get("label") or str(made.get("name", "")).replace("_", " ")
    said = words.text(name)
    if said is not None and name != "out":
        made["label"] = said
    return made


def _schema(schema: Any, words: Translation) -> Any:
    if isinstance(schema, list):
        return [_schema(one, words) for one in cast("list[Any]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    made = {k: _schema(v, words) for k, v in cast("Mapping[str, Any]", schema).items()}
    hint = made.get("x-field")
    if isinstance(hint, Mapping):
        made["x-field"] = field = _with(cast("Mapping[str, Any]", hint), words, *_SAID)
        if isinstance(options := field.get("options"), Mapping):
            labels = cast("Mapping[str, str]", options)
            field["options"] = {k: words.text(v) or v for k, v in labels.items()}
    return made


def _problem(problem: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    made = dict(problem)
    message = made.get("message")
    if isinstance(message, str):
        made["message"] = words.sentence(message) or message
    if isinstance(fix := made.get("fix"), Mapping):
        made["fix"] = _labelled(cast("Mapping[str, Any]", fix), words)
    if "fixes" in made:
        made["fixes"] = _each(made["fixes"], _labelled, words)
    return made


def _labelled(fix: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    label = fix.get("label")
    said = words.button(label) if isinstance(label, str) else None
    return {**fix, "label": said} if said else dict(fix)


def _with(one: Mapping[str, Any], words: Translation, *keys: str) -> dict[str, Any]:
    """A copy with these of its texts translated."""
    made = dict(one)
    for key in keys:
        text = made.get(key)
        if isinstance(text, str) and text:
            made[key] = words.text(text) or text
    return made


def _titled(one: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    return _with(one, words, "title")


# Answers to a test, a preview and a test send: in which of their parts something is said.
_SENTENCES = ("detail", "why_not", "problem", "told")


def _step(step: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    made = dict(step)
    if isinstance(notes := made.get("notes"), (list, tuple)):
        said = cast("list[Any]", notes)
        made["notes"] = [(words.sentence(n) or n) if isinstance(n, str) else n for n in said]
    return made


def _end(end: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    made = dict(end)
    if isinstance(reason := made.get("reason"), str):
        made["reason"] = words.sentence(reason) or reason
    return made


def _trigger(trigger: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    made = _titled(trigger, words)
    if "samples" in made:
        made["samples"] = _each(made["samples"], _titled, words)
    return made


def _text(text: Mapping[str, Any], words: Translation) -> dict[str, Any]:
    return _with(text, words, "label")


_LISTS: dict[str, Part] = {
    "types": node_type,
    "stages": _titled,
    "problems": _problem,
    "steps": _step,
    "ends": _end,
    "triggers": _trigger,
    "texts": _text,
    "edits": _labelled,  # those that the program made itself; a person's are in their language
    "since": _labelled,
}
