"""Plain templates: text with `{{ path }}`, where a `default` or `date` may follow, and no more.

Most templates are like this. They render here as Liquid would render them, without loading the
Liquid library, which takes longer to import than a command has to start; everything else is
Liquid's. The scan also finds, in linear time, what the library's patterns would search for again
and again in a hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, cast

from runtime.templates.dates import date_text

MOST_CHARACTERS = 500_000
MOST_TAGS = 5_000
LONGEST_TAG = 5_000

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_PATH = rf"(?:now|(?:customer|event|entry|steps)(?:\.{_NAME})+)"
_TEXT = r"'[^'{}\\]*'|\"[^\"{}\\]*\""
_FILTER = rf"\s*\|\s*(default|date)\s*:\s*({_TEXT}|{_PATH})"
_OUTPUT = re.compile(rf"\s*({_PATH})((?:{_FILTER}){{0,3}})\s*", re.ASCII)
_FILTERS = re.compile(_FILTER, re.ASCII)
# Words that Liquid reads as something else than a plain key, and keys that end with a hyphen.
_SPECIAL = re.compile(
    r"\.(?:size|first|last|and|or|contains|not|if|else|with|in|for|as|by|true|false|nil|null|empty"
    r"|blank|limit|offset|reversed|cols|continue|required)(?![A-Za-z0-9_-])|-(?![A-Za-z0-9_-])"
)
_QUOTED = re.compile(_TEXT)
_TAG_NAME = re.compile(r"-?\s*(#|\w*)")
_END_RAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_ESCAPES = str.maketrans({"&": "&amp;", ">": "&gt;", "<": "&lt;", "'": "&#39;", '"': "&#34;"})


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value stands."""

    path: str


@dataclass(frozen=True, slots=True)
class Output:
    """A printed value: its place, and the filters `default` and `date` with their values."""

    source: Path
    filters: tuple[tuple[str, str | Path], ...]

    def paths(self) -> list[str]:
        """All paths that it may read."""
        return [p.path for p in (self.source, *(a for _, a in self.filters)) if isinstance(p, Path)]


Parts = tuple[str | Output, ...]
Value = Callable[[Any], Any]  # of a context


class NotPlain(Exception):
    """This value or text is Liquid's to render."""


class Malformed(Exception):
    """The template cannot be Liquid; the message says why, `start` where, `closing` what is
    missing.
    """

    def __init__(self, message: str, start: int = 0, closing: str | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.closing = closing


def split(template: str) -> Parts:
    """The parts of a plain template. Raises NotPlain, or Malformed with a sentence."""
    if len(template) > MOST_CHARACTERS:
        raise Malformed(f"The text is longer than {MOST_CHARACTERS:,} characters: shorten it.")
    parts: list[str | Output] = []
    plain = True
    position = tags = 0
    while (start := next_tag(template, position)) >= 0:
        tags += 1
        if tags > MOST_TAGS:
            raise Malformed(f"The text has more than {MOST_TAGS:,} Liquid tags: shorten it.")
        end, inner = tag_at(template, start)
        output = _OUTPUT.fullmatch(inner) if template[start + 1] == "{" else None
        if output is None or _SPECIAL.search(_QUOTED.sub("", inner)):
            plain = False
        else:
            filters = tuple((f[1], _argument(f[2])) for f in _FILTERS.finditer(output[2]))
            parts += [template[position:start], Output(Path(output[1]), filters)]
        position = end
    if not plain:
        raise NotPlain
    return tuple(p for p in [*parts, template[position:]] if p != "")


def next_tag(template: str, position: int) -> int:
    """Where the next `{{` or `{%` stands; -1 without one."""
    found = [p for p in (template.find("{{", position), template.find("{%", position)) if p >= 0]
    return min(found, default=-1)


def tag_at(template: str, start: int) -> tuple[int, str]:
    """Where the tag that starts here ends (a raw block with its text), and what it holds. Raises
    Malformed.
    """
    opening = template[start : start + 2]
    closing = "}}" if opening == "{{" else "%}"
    end = template.find(closing, start + 2)
    if end < 0:
        raise Malformed(
            f"A {opening} is not closed ({_excerpt(template, start)}): add the missing {closing}.",
            start,
            closing,
        )
    inner = template[start + 2 : end]
    if len(inner) > LONGEST_TAG:
        raise Malformed(
            f"A tag is longer than {LONGEST_TAG:,} characters ({_excerpt(template, start)})."
            f" Close it earlier with {closing}.",
            start,
        )
    name = _TAG_NAME.match(inner)
    if opening == "{%" and name and name[1] == "raw":
        closed = _END_RAW.search(template, end)
        if closed is None:
            raise Malformed("A {% raw %} is not closed: add {% endraw %}.", start, "{% endraw %}")
        return closed.end(), inner
    return end + 2, inner


def _excerpt(template: str, start: int) -> str:
    shown = " ".join(template[start : start + 30].split())
    return f"near “{shown}…”" if len(template) > start + 30 else f"near “{shown}”"


def _argument(text: str) -> str | Path:
    return text[1:-1] if text[0] in "'\"" else Path(text)


@dataclass(frozen=True, slots=True)
class Filling:
    """One rendering: the values, and how they are shown."""

    variables: Mapping[str, Any]
    html: bool
    zone: tzinfo
    on_missing: Callable[[str], None] | None

    def text(self, parts: Parts) -> str:
        """The rendered text. Raises NotPlain when a value is a list, an object or stranger, and
        ValueError for a date that cannot be shown."""
        missed: list[str] = []
        told = "".join(p if isinstance(p, str) else self._output(p, missed) for p in parts)
        if self.on_missing is not None:
            for path in missed:
                self.on_missing(path)
        return told

    def _output(self, output: Output, missed: list[str]) -> str:
        place: str | Path = output.source
        value = _look(self.variables, output.source.path)
        for name, given in output.filters:
            argument = _look(self.variables, given.path) if isinstance(given, Path) else given
            if name == "default":
                if value is None or value is False or value == "":
                    place, value = given, argument
            elif value is not None:
                if not isinstance(argument, str) or isinstance(value, (Mapping, list)):
                    raise NotPlain
                place = output.source  # a formatted date is a value, wherever it came from
                value = date_text(value, argument, self.zone, self.variables.get("now"))
        if value is None and isinstance(place, Path):
            missed.append(place.path)
        return _said(value, self.html and isinstance(place, Path))


def _look(variables: Mapping[str, Any], path: str) -> Any:
    return look(variables, path.split("."))


def look(root: Any, keys: Sequence[str]) -> Any:
    """The value under these keys as Liquid finds it, None without one. Raises NotPlain for what
    Liquid knows more of: a list, say."""
    found = root
    for key in keys:
        if not isinstance(found, Mapping):
            if found is None or isinstance(found, (str, int, float)):
                return None
            raise NotPlain
        table = cast(Mapping[str, Any], found)
        if key not in table:
            return None
        found = table[key]
    return found


def _said(value: Any, html: bool) -> str:
    if type(value) is str:
        return value.translate(_ESCAPES) if html else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if type(value) in (int, float):
        return str(value)
    raise NotPlain


# --- Made ready -------------------------------------------------------------------------------


def prepared(parts: Parts, read: Callable[[str], Value]) -> Value | None:
    """The template as one function of a context, which gives the text that `Filling` gives without
    `html`, or raises NotPlain; None when it shows dates. `read` makes a path a function of a
    context."""
    made: list[str | Value] = []
    for part in parts:
        if isinstance(part, str):
            made.append(part)
            continue
        value = _prepared_output(part, read)
        if value is None:
            return None
        made.append(value)
    if not made:
        return lambda context: ""
    first = made[0]
    if len(made) == 1:
        return first if callable(first) else lambda context: first
    return lambda context: "".join([p if isinstance(p, str) else p(context) for p in made])


def _prepared_output(output: Output, read: Callable[[str], Value]) -> Value | None:
    get = read(output.source.path)
    arguments: list[Value] = []
    for name, given in output.filters:
        if name != "default":
            return None
        arguments.append(read(given.path) if isinstance(given, Path) else _constant(given))

    def text(context: Any) -> str:
        value = get(context)
        if type(value) is str and value:
            return value
        for argument in arguments:
            if value is None or value is False or value == "":
                value = argument(context)
        return _said(value, False)

    return text


def _constant(text: str) -> Value:
    return lambda context: text
