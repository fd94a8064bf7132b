"""What stands in a text until somebody writes their own: addresses that are kept for examples and
belong to nobody (RFC 2606), and the words of a template that were left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from runtime.journey.outline import Outline, Placed, schema_of
from runtime.journey.problems import PLACEHOLDER, shown
from runtime.journey.report import Report
from runtime.journey.spots import texts
from runtime.journey.unchecked import objects

MOST = 5  # addresses of one text that are told
MOST_BLANKS = 50
LEAST = 5  # characters of a blank: less stands in any text
TEXTS = frozenset(("template", "html", "values", "body", "headers"))  # fields of Liquid

# Only what begins a host is looked for, so that each character is read once.
_HOST = re.compile(r"(//|@|\bwww\.)([a-z0-9-]+(?:\.[a-z0-9-]+)*)", re.IGNORECASE)
_RESERVED = re.compile(r"(?:.*\.)?(?:example\.(?:com|net|org)|[^.]+\.(?:test|invalid|example))")
_WORDS = ("example", ".test", ".invalid")  # one of which is in each of them
_END = re.compile(r"[\s\"'<>()\[\]|]")
_LONGEST = 100  # characters of an address before and after its host that are shown


def addresses(text: str, *, mail: bool) -> list[str]:
    """The addresses in a text that belong to nobody, each once. `mail`: people's addresses too."""
    found: dict[str, None] = {}
    lower = text.lower()
    if not any(word in lower for word in _WORDS):  # nearly every text
        return []
    for host in _HOST.finditer(text):
        if (mail or host[1] != "@") and _RESERVED.fullmatch(host[2].lower()):
            found[_whole(text, *host.span())] = None
            if len(found) == MOST:
                break
    return list(found)


def _whole(text: str, start: int, end: int) -> str:
    """The address around a host."""
    before = _END.split(text[max(0, start - _LONGEST) : start])[-1]
    after = _END.split(text[end : end + _LONGEST], maxsplit=1)[0]
    return f"{before}{text[start:end]}{after}".rstrip(".,;:!?*_")


def check_text(node: Placed, at: str, text: str, field: Mapping[str, Any], report: Report) -> None:
    """Reports the addresses of nobody in one text of a node."""
    sent = bool(field.get("sent"))
    for address in addresses(text, mail=sent):
        label = shown(field.get("label"))
        if sent:
            message = (
                f"Customers would be sent to {shown(address)}, an example address, in {label}: "
                "write your own there."
            )
        else:
            message = (
                f"{shown(address)} in {label} is an example address that nobody answers: write "
                "your own there."
            )
        report.warn(node.id, at, message, PLACEHOLDER, about=address)


def check_blanks(document: Mapping[str, Any], outline: Outline, report: Report) -> None:
    """Reports the words of a template that nobody has changed; its addresses were told already."""
    wanted = [find for find in _blanks(document) if not addresses(find, mail=True)]
    if not wanted:
        return
    for node in outline.nodes.values():
        for at, label, text in _read(node):
            for find in wanted:
                if find in text:
                    message = (
                        f"{shown(label)} still says {shown(find)}, as the template does: write "
                        "your own words there."
                    )
                    report.warn(node.id, at, message, PLACEHOLDER, about=find)


def _blanks(document: Mapping[str, Any]) -> Iterator[str]:
    ui: Any = document.get("ui")
    marked = cast("dict[str, Any]", ui).get("blanks") if isinstance(ui, dict) else None
    for one in objects(marked)[:MOST_BLANKS]:
        find = one.get("find")
        if isinstance(find, str) and len(find.strip()) >= LEAST:
            yield find


def _read(node: Placed) -> Iterator[tuple[str, Any, str]]:
    """(path, label, text) of every text of a node."""
    if node.type is None:
        return
    fields = cast("Mapping[str, Mapping[str, Any]]", schema_of(node.type).get("properties", {}))
    for name, own in fields.items():
        field = own.get("x-field", {})
        if field.get("kind") in TEXTS:
            at = f"nodes[{node.index}].config.{name}"
            for path, text in texts(node.config.get(name), at):
                yield path, field.get("label"), text
