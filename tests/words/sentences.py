"""Finds the sentences for people that stand in the program's source, as they come out at run time:
with something in the place of each value."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

MOST_FORMS = 16
_SQL = re.compile(r"(SELECT|INSERT|UPDATE|DELETE) ")


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """(line, sentence) of every text that reads as one; docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {id(text) for node in ast.walk(tree) if (text := _docstring(node)) is not None}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if id(node) in docs or id(node) in parts:
            continue
        for text in itertools.islice(_forms(node), MOST_FORMS):
            if _reads_as_one(text):
                yield getattr(node, "lineno", 0), text


def _docstring(node: ast.AST) -> ast.AST | None:
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return None
    # Also the texts that stand under a field or a class of errors.
    for one in body:
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
            return one.value
    return None


def _reads_as_one(text: str) -> bool:
    first = text.lstrip("“'«")[:1]
    return (
        " " in text
        and text.endswith((".", "?"))
        and (first.isupper() or first == "‹")
        and not _SQL.match(text)
    )


def _forms(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        counter = itertools.count(1)
        pieces = [list(_piece(part, counter)) for part in node.values]
        for chosen in itertools.product(*pieces):
            yield "".join(chosen)


def _piece(part: ast.expr, counter: Iterator[int]) -> Iterator[str]:
    if isinstance(part, ast.Constant):
        yield str(part.value)
        return
    value = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(value, ast.IfExp):
        texts = [*_forms(value.body), *_forms(value.orelse)]
        if texts:
            yield from texts
            return
    yield f"‹{next(counter)}›"


def buttons(path: Path) -> Iterator[tuple[int, str]]:
    """(line, words) of the buttons that mend a problem: the first argument of `fix` or `Remedy`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in ("fix", "Remedy"):
            continue
        first = node.args[0]
        either = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        for one in either:
            yield from ((node.lineno, text) for text in _forms(one))
