"""What is wrong with a text, where, and what mends it: for the editor and for the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from runtime.templates import plain

BLOCKS = ("if", "unless", "case", "for", "tablerow", "capture", "comment", "ifchanged")
BRANCHES = {
    "else": ("if", "unless", "case", "for"),
    "elsif": ("if", "unless"),
    "when": ("case",),
    "break": ("for", "tablerow"),
    "continue": ("for", "tablerow"),
}
CONDITIONS = ("if", "elsif", "unless")
_NAME = re.compile(r"\{%-?\s*(\w*)")
_ONE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
_EMPTY_FILTER = re.compile(r"\|\s*(?=\||-?\}\}|-?%\})")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Remedy:
    """Put `text` where `start` to `end` stand; `label` says so on a button."""

    label: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A problem of a text from `start` to `end`, counted in characters."""

    start: int
    end: int
    message: str
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """One `{{ … }}` or `{% … %}` with its braces; `name` of the latter."""

    start: int
    end: int
    text: str
    name: str


def tags(template: str) -> Iterator[Tag]:
    """All tags in order; a raw block is one. Raises plain.Malformed."""
    position = 0
    while (start := plain.next_tag(template, position)) >= 0:
        position, _ = plain.tag_at(template, start)
        text = template[start:position]
        found = _NAME.match(text)
        yield Tag(start, position, text, found[1] if found else "")


def malformed(problem: plain.Malformed, template: str) -> Wrong:
    """A tag that is not closed, or a text that is too large."""
    start, message = problem.start, str(problem)
    if problem.closing is None:
        return Wrong(start, len(template), message)
    line = template.find("\n", start)
    end = len(template) if line < 0 else line
    remedy = Remedy(f"Add {problem.closing}", end, end, f" {problem.closing}")
    return Wrong(start, end, message, remedy)


def blocks(found: list[Tag], known: frozenset[str], length: int) -> Iterator[Wrong]:
    """Tags that there are not, blocks that are never closed, and ends of nothing. `length` is that
    of the text."""
    opened: list[Tag] = []
    for tag in found:
        if tag.text.startswith("{{") or tag.name in ("", "raw"):
            continue
        if tag.name in BLOCKS:
            opened.append(tag)
        elif tag.name.startswith("end") and tag.name[3:] in BLOCKS:
            if opened and opened[-1].name == tag.name[3:]:
                opened.pop()
            else:
                yield _stray(tag, opened)
                if any(one.name == tag.name[3:] for one in opened):
                    while opened.pop().name != tag.name[3:]:
                        pass
        elif tag.name in BRANCHES:
            if not opened or opened[-1].name not in BRANCHES[tag.name]:
                wanted = BRANCHES[tag.name][0]
                message = (
                    f"{_said(tag.text)} stands in no {{% {wanted} %}}: remove it, or begin one."
                )
                yield Wrong(tag.start, tag.end, message, _without(tag))
        elif tag.name not in known:
            yield _unknown(tag, known)
    for tag in opened:
        end = f"{{% end{tag.name} %}}"
        message = f"{{% {tag.name} %}} is never closed: add {end} where it ends."
        yield Wrong(tag.start, tag.end, message, Remedy(f"Add {end}", length, length, end))


def _said(text: str) -> str:
    """A tag in a sentence: short, on one line, with printable characters only."""
    line = " ".join(text[:60].split())
    told = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return told if len(text) <= 60 else f"{told}…"


def _stray(tag: Tag, opened: list[Tag]) -> Wrong:
    if opened:
        inner = opened[-1].name
        message = (
            f"{_said(tag.text)} comes before the end of {{% {inner} %}}: add {{% end{inner} %}}."
        )
        text = f"{{% end{inner} %}}"
        return Wrong(tag.start, tag.end, message, Remedy(f"Add {text}", tag.start, tag.start, text))
    message = (
        f"{_said(tag.text)} closes nothing: remove it, or begin with {{% {tag.name[3:]} … %}}."
    )
    return Wrong(tag.start, tag.end, message, _without(tag))


def _without(tag: Tag) -> Remedy:
    return Remedy("Remove it", tag.start, tag.end, "")


def _unknown(tag: Tag, known: frozenset[str]) -> Wrong:
    near = get_close_matches(tag.name, sorted(known), 1, cutoff=0.5)
    at = tag.start + tag.text.find(tag.name)
    remedy = Remedy(f"Use “{near[0]}”", at, at + len(tag.name), near[0]) if near else _without(tag)
    do = f"did you mean “{near[0]}”?" if near else "remove it."
    return Wrong(tag.start, tag.end, f"There is no Liquid tag “{_said(tag.name)}”: {do}", remedy)


def inside(tag: Tag) -> Wrong | None:
    """What people often mistype between the braces."""
    bare = _QUOTED.sub(lambda found: "·" * len(found[0]), tag.text)
    open_quote = re.search(r"['\"]", bare)
    if open_quote is not None:
        mark = open_quote[0]
        message = f"A quotation mark is not closed: add another {mark}."
        end = tag.end - len(tag.text) + len(tag.text[:-2].rstrip().removesuffix("-").rstrip())
        remedy = Remedy(f"Add {mark}", end, end, mark)
        return Wrong(tag.start, tag.end, message, remedy)
    if (empty := _EMPTY_FILTER.search(bare)) is not None:
        message = "After | stands the name of a filter, say upcase: add one, or remove the |."
        at = tag.start + empty.start()
        return Wrong(tag.start, tag.end, message, Remedy("Remove the |", at, at + 1, ""))
    if tag.name in CONDITIONS and (one := _ONE_EQUALS.search(bare)) is not None:
        at = tag.start + one.start()
        message = "One = does not compare: write == to ask whether two values are the same."
        return Wrong(tag.start, tag.end, message, Remedy("Use ==", at, at + 1, "=="))
    if tag.name in CONDITIONS and re.fullmatch(r"\{%-?\s*\w+\s*-?%\}", tag.text):
        message = (
            f"{{% {tag.name} %}} is malformed, it has no condition: write "
            f"{{% {tag.name} customer.plan == 'pro' %}}, say."
        )
        return Wrong(tag.start, tag.end, message)
    if tag.text.startswith("{{") and not tag.text[2:-2].strip(" -\n\t"):
        message = (
            "The braces are malformed, nothing stands in them: write customer.first_name, say."
        )
        return Wrong(tag.start, tag.end, message, _without(tag))
    return None
