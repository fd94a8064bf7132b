"""The history of the harness's journeys: what the facade answers, kept in memory."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from nodes.registry import node_types

Journey = dict[str, Any]
Answer = tuple[int, dict[str, Any]]

INES = {"id": "p1", "name": "Ines Okafor"}
TOM = {"id": "p2", "name": "Tom Reyes"}
BEGINNING = datetime.now(UTC).replace(hour=9, minute=30, second=0, microsecond=0) - timedelta(1)


def begin(journey: Journey) -> None:
    """The first state; made a day ago, published half an hour later when it is live."""
    journey["states"] = {1: copy.deepcopy(journey["document"])}
    journey["edits"] = [_edit(1, BEGINNING, TOM, "", [])]
    journey["published"] = {}
    if journey["live"]:
        published(journey, journey["live"]["number"], 1, BEGINNING + timedelta(minutes=30), TOM)


def edited(journey: Journey, label: str, ops: list[Any], person: dict[str, str] = INES) -> None:
    """Remember an edit that is already in the document."""
    rev = journey["rev"]
    journey["states"][rev] = copy.deepcopy(journey["document"])
    journey["edits"].append(_edit(rev, datetime.now(UTC), person, label, ops))


def published(
    journey: Journey,
    number: int,
    rev: int,
    when: datetime | None = None,
    person: dict[str, str] = INES,
) -> None:
    """Remember a version."""
    journey["published"][number] = {
        "number": number,
        "rev": rev,
        "published_at": _text(when or datetime.now(UTC)),
        "person": person,
        "document": copy.deepcopy(journey["document"]),
    }
    journey["versions"] = [
        {"number": v["number"], "published_at": v["published_at"], "published_by": INES["name"]}
        for v in journey["published"].values()
    ]


def answer(journey: Journey, rest: list[str], query: dict[str, str]) -> Answer | None:
    """The routes `history`, `history/{rev}`, `versions/{number}` and `review`."""
    if rest == ["history"]:
        before = int(query.get("before", "0")) or journey["rev"] + 1
        edits = [e for e in reversed(journey["edits"]) if e["rev"] < before]
        versions = sorted(journey["published"].values(), key=lambda v: -v["number"])
        told = [{k: v for k, v in one.items() if k != "document"} for one in versions]
        return 200, {"edits": edits[: int(query.get("limit", "50"))], "versions": told}
    if len(rest) == 2 and rest[0] in ("history", "versions"):
        number = int(rest[1])
        found = (
            journey["states"].get(number)
            if rest[0] == "history"
            else journey["published"].get(number, {}).get("document")
        )
        if found is None:
            return 404, {"title": "Not found", "detail": f"There is no {rest[1]}."}
        return 200, {"rev" if rest[0] == "history" else "number": number, "document": found}
    return (200, review(journey)) if rest == ["review"] else None


def review(journey: Journey) -> dict[str, Any]:
    """As runtime/facade/review.py; the people are those of `journeys.counts`."""
    kept = {n["id"] for n in journey["document"]["nodes"]}
    live = journey["live"]
    steps = [
        {
            "node": n["id"],
            "title": n.get("title") or node_types()[n["type"]].title,
            "people": people,
            "gone": n["id"] not in kept,
        }
        for n in (live["document"]["nodes"] if live else ())
        if (people := journey.get("standing", {}).get(n["id"]))
    ]
    number = live["number"] if live else 0
    inside = {"version": number, "people": sum(s["people"] for s in steps), "steps": steps}
    same = bool(live) and _bare(live["document"]) == _bare(journey["document"])
    return {
        "number": live["number"] + (not same) if live else 1,
        "same": same,
        "state": "live" if live else "draft",
        "rev": journey["rev"],
        "inside": [inside] if steps else [],
        "mailbox": any(n["type"] == "action.send_email" for n in journey["document"]["nodes"]),
    }


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in document.items() if k != "ui"}


def _edit(
    rev: int, at: datetime, person: dict[str, str], label: str, ops: list[Any]
) -> dict[str, Any]:
    touched = {str(op.get(key)) for op in ops for key in ("id", "from", "to") if op.get(key)}
    touched |= {op["node"]["id"] for op in ops if op["op"] == "node.add"}
    return {
        **{"rev": rev, "at": _text(at), "person": person, "label": label},
        **{"count": len(ops), "nodes": sorted(touched)},
    }


def _text(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
