"""Plain templates: text with `{{ path }}` and `{{ path | default: 'words' }}` and nothing else.

Most templates are like this. They render here as Liquid would render them, without loading the
Liquid library, which takes longer to import than a command has to start; everything else is
Liquid's. The scan also finds, in linear time, what the library's patterns would search for again
and again in a hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

MOST_CHARACTERS = 500_000
MOST_TAGS = 5_000
LONGEST_TAG = 5_000

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_OUTPUT = re.compile(
    rf"\s*((?:customer|event|entry|steps)(?:\.{_NAME})+)"
    r"(?:\s*\|\s*default:\s*(?:'([^'{}\\]*)'|\"([^\"{}\\]*)\"))?\s*",
    re.ASCII,
)
# Words that Liquid reads as something else than a plain key, and keys that end with a hyphen.
_SPECIAL = re.compile(
    r"\.(?:size|first|last|and|or|contains|not|if|else|with|in|for|as|by|true|false|nil|null|empty"
    r"|blank|limit|offset|reversed|cols|continue|required)(?![A-Za-z0-9_-])|-(?:\.|$)"
)
_TAG_NAME = re.compile(r"-?\s*(#|\w*)")
_END_RAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_ESCAPES = str.maketrans({"&": "&amp;", ">": "&gt;", "<": "&lt;", "'": "&#39;", '"': "&#34;"})


@dataclass(frozen=True, slots=True)
class Output:
    """A printed value: its path and what stands for it when there is none."""

    path: str
    default: str | None


Parts = tuple[str | Output, ...]


class NotPlain(Exception):
    """This value or text is Liquid's to render."""


class Malformed(Exception):
    """The template cannot be Liquid; the message says why."""


def split(template: str) -> Parts:
    """The parts of a plain template. Raises NotPlain, or Malformed with a sentence."""
    if len(template) > MOST_CHARACTERS:
        raise Malformed(f"The text is longer than {MOST_CHARACTERS:,} characters: shorten it.")
    parts: list[str | Output] = []
    plain = True
    position = tags = 0
    while (start := _next(template, position)) >= 0:
        tags += 1
        if tags > MOST_TAGS:
            raise Malformed(f"The text has more than {MOST_TAGS:,} Liquid tags: shorten it.")
        end, inner = _tag(template, start)
        output = _OUTPUT.fullmatch(inner) if template[start + 1] == "{" else None
        if output is None or _SPECIAL.search(output[1]):
            plain = False
        else:
            default = output[2] if output[2] is not None else output[3]
            parts += [template[position:start], Output(output[1], default)]
        position = end
    if not plain:
        raise NotPlain
    return tuple(p for p in [*parts, template[position:]] if p != "")


def _next(template: str, position: int) -> int:
    found = [p for p in (template.find("{{", position), template.find("{%", position)) if p >= 0]
    return min(found, default=-1)


def _tag(template: str, start: int) -> tuple[int, str]:
    """Where the tag that starts here ends (a raw block with its text), and what it holds."""
    opening = template[start : start + 2]
    closing = "}}" if opening == "{{" else "%}"
    end = template.find(closing, start + 2)
    if end < 0:
        raise Malformed(
            f"A {opening} is not closed ({_excerpt(template, start)}): add the missing {closing}."
        )
    inner = template[start + 2 : end]
    if len(inner) > LONGEST_TAG:
        raise Malformed(
            f"A tag is longer than {LONGEST_TAG:,} characters ({_excerpt(template, start)})."
            f" Close it earlier with {closing}."
        )
    name = _TAG_NAME.match(inner)
    if opening == "{%" and name and name[1] == "raw":
        closed = _END_RAW.search(template, end)
        if closed is None:
            raise Malformed("A {% raw %} is not closed: add {% endraw %}.")
        return closed.end(), inner
    return end + 2, inner


def _excerpt(template: str, start: int) -> str:
    shown = " ".join(template[start : start + 30].split())
    return f"near “{shown}…”" if len(template) > start + 30 else f"near “{shown}”"


def fill(
    parts: Parts,
    variables: Mapping[str, Any],
    html: bool,
    on_missing: Callable[[str], None] | None,
) -> str:
    """The rendered text. Raises NotPlain when a value is a list, an object or stranger."""
    texts: list[str] = []
    missed: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = _look(variables, part.path)
        if part.default is not None and (value is None or value is False or value == ""):
            texts.append(part.default)
            continue
        if value is None:
            missed.append(part.path)
        texts.append(_said(value, html))
    if on_missing is not None:
        for path in missed:
            on_missing(path)
    return "".join(texts)


def _look(variables: Mapping[str, Any], path: str) -> Any:
    found: Any = variables
    for key in path.split("."):
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
