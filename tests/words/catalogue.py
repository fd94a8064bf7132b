"""Finds the words of the pages in the program's source: those that are said in the person's
language, and those that somebody forgot."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SAYERS = {"tr", "say", "count"}  # builder/ui/say.py, builder/ui/voice.py
# What an argument of these names holds is never read by a person.
TECHNICAL = {
    "class_name", "href", "id", "name", "type", "key", "kind", "glyph", "role", "tone", "size",
    "style", "custom_attrs", "d", "view_box", "path", "rel", "as", "action", "method", "align",
    "side", "color", "default_value", "html_for", "scope", "route", "library", "tag", "value",
    "auto_complete", "input_mode", "encType",
}  # fmt: skip
_WORDED = re.compile(r"[A-Z][a-z]+|[A-Za-z]\w* [a-z]|[a-z] [A-Z]")
_TAG = re.compile(r"<[^>]*>?|^[^<>]*>")
_CODE = re.compile(r"(wl-|\.|/|\$|#|M\d|const |https?:)|[\w-]+=|[\w.]+@")


def said(path: Path) -> Iterator[tuple[int, str]]:
    """(line, English) of each text that is said in the person's language."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and _sayer(node):
            yield from ((node.lineno, text) for text in _literals(node))


def forgotten(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of each text that reads as words and that nobody translates."""
    for line, text in _outside(ast.parse(path.read_text("utf-8"))):
        words = _TAG.sub("", text).strip()  # HTML is written in pieces
        if _reads_as_words(words):
            yield line, words


def _sayer(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return getattr(node.func, "id", getattr(node.func, "attr", "")) in SAYERS


def _literals(call: ast.Call) -> Iterator[str]:
    """The texts among a call's own arguments; either one of a choice."""
    waiting = list(call.args)
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.IfExp):
            waiting += [one.body, one.orelse]
        elif isinstance(one, ast.Constant) and re.search(r"[A-Za-z]{2}", str(one.value)):
            yield str(one.value)


def _outside(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts of a tree that stand in no sayer, in no technical argument and are no docstring."""
    for child in ast.iter_child_nodes(node):
        if _sayer(child):
            assert isinstance(child, ast.Call)
            for keyword in child.keywords:
                yield from _outside(keyword)
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.keyword) and (child.arg or "") in TECHNICAL:
            continue
        if isinstance(child, ast.Subscript | ast.Compare | ast.Raise):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.lineno, child.value
        else:
            yield from _outside(child)


def _reads_as_words(text: str) -> bool:
    return bool(_WORDED.search(text)) and not _CODE.match(text)
