"""The templates: one JSON document each, with bundled events, customers and answers to play."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STAGES = ("awareness", "consideration", "decision", "onboarding", "retention", "advocacy")


@dataclass(frozen=True, slots=True)
class Template:
    """A journey to start from. What it gives out is freshly read: change it as you like."""

    slug: str
    name: str
    about: str
    stage: str

    @property
    def path(self) -> Path:
        """The document's file; `<slug>.events.jsonl` and so on stand beside it."""
        return HERE / f"{self.slug}.json"

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.path.read_text("utf-8"))

    @property
    def events(self) -> list[dict[str, Any]]:
        return self._rows("events")

    @property
    def customers(self) -> list[dict[str, Any]]:
        return self._rows("customers")

    @property
    def answers(self) -> list[dict[str, Any]]:
        return self._rows("answers")

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        path = HERE / f"{self.slug}.{kind}.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


@cache
def templates() -> tuple[Template, ...]:
    """All templates, in the order of the stages."""
    found: list[Template] = []
    for path in sorted(HERE.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        found.append(Template(path.stem, document["name"], document["about"], document["stage"]))
    return tuple(sorted(found, key=lambda t: (STAGES.index(t.stage), t.name)))


def template(slug: str) -> Template | None:
    """The template with this slug."""
    return next((t for t in templates() if t.slug == slug), None)
