"""One thing that is wrong with a journey, as every screen and command shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]
PLACEHOLDER = "placeholder"  # an example that stands where somebody's own has to


@dataclass(frozen=True, slots=True)
class Problem:
    """`node` is None for the document, the `from` node for an edge; `path` leads into the document
    (`nodes[2].config.event`); the message names what is wrong and says the remedy. `fixes` are
    ways to mend it by a button, the likeliest first: {label, ops}; `about` is the very name or path
    inside of the place that the message speaks of."""

    node: str | None
    path: str
    severity: Severity
    message: str
    code: str
    about: str | None = None
    fixes: tuple[Mapping[str, Any], ...] = ()

    @property
    def fix(self) -> Mapping[str, Any] | None:
        """The likeliest way to mend it."""
        return self.fixes[0] if self.fixes else None


def errors(problems: list[Problem]) -> list[Problem]:
    """Those that refuse a publish."""
    return [p for p in problems if p.severity == "error"]


def shown(value: Any, most: int = 60) -> str:
    """A value as a sentence quotes it: short, on one line, without control characters."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, int) and value.bit_length() > 200:
        return "a number with very many digits"
    text = str(value)
    short = text[: most + 1]
    clean = "".join(c if c.isprintable() else " " for c in short)
    clean = clean[:most] + "…" if len(short) > most else clean
    return f"“{clean}”" if isinstance(value, str) else clean
