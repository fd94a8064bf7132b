"""What the harness answers to the command bar and the add panel: from its own journeys."""

from __future__ import annotations

from collections import Counter
from typing import Any


def answer(kind: str, journeys: dict[str, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    documents = {slug: one["document"] for slug, one in journeys.items()}
    if kind == "journeys":
        return 200, {"journeys": [{"slug": s, "name": d["name"]} for s, d in documents.items()]}
    counted: Counter[tuple[str, str, str]] = Counter()
    for document in documents.values():
        types = {n["id"]: n["type"] for n in document["nodes"]}
        counted.update((types[e["from"]], e["handle"], types[e["to"]]) for e in document["edges"])
    pairs = [
        {"from": start, "handle": handle, "to": end, "own": count, "gallery": 0}
        for (start, handle, end), count in sorted(counted.items())
    ]
    return 200, {"pairs": pairs}
