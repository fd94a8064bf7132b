"""Several people at the harness's journeys: what the facade and the stream answer, from memory."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

Journey = dict[str, Any]
Answer = tuple[int, dict[str, Any]]

NAMES = ("Ines Okafor", "Tom Reyes", "Maya Lindqvist", "Aki Tanaka")
ALIVE = 10.0  # seconds
LOOK = 0.05


class Studio(Protocol):
    """What the stream needs of the harness's studio."""

    journeys: dict[str, Journey]
    build: str


def answer(journey: Journey, method: str, rest: list[str], body: dict[str, Any]) -> Answer | None:
    """The routes `here` and `edits`."""
    if rest == ["here"] and method == "POST":
        _here(journey, body)
        return 200, told(journey)
    if rest == ["edits"] and method == "GET":
        after = int(body.get("after") or 0)
        return 200, {"rev": journey["rev"], "edits": _after(journey, after), "saved_at": ""}
    return None


def known(journey: Journey, body: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a batch that came before."""
    return journey.setdefault("answered", {}).get((body.get("client"), body["seq"]))


def answered(
    journey: Journey, body: dict[str, Any], made: dict[str, Any], *, stale: bool
) -> dict[str, Any]:
    """Remember a batch; the answer, with what others did when its base was old."""
    since = _after(journey, body["base"])
    log: list[dict[str, Any]] = journey.setdefault("log", [])
    name = journey.get("people", {}).get(body.get("client"), {}).get("name", NAMES[0])
    log.append(
        {
            "rev": made["rev"],
            "at": made["saved_at"],
            "person": {"id": name, "name": name},
            "label": body.get("label") or "",
            "ops": body["ops"],
        }
    )
    if stale:
        made = {**made, "document": journey["document"], "since": since}
    if body.get("client"):
        journey.setdefault("answered", {})[(body["client"], body["seq"])] = made
    return made


def _after(journey: Journey, rev: int) -> list[dict[str, Any]]:
    return [one for one in journey.get("log", []) if one["rev"] > rev]


def _here(journey: Journey, body: dict[str, Any]) -> None:
    people = journey.setdefault("people", {})
    client = body["client"]
    if body.get("gone"):
        people.pop(client, None)
        return
    known = people.get(client) or {"color": len(people) % 8, "name": NAMES[len(people) % 4]}
    state = {k: body.get(k) for k in ("selection", "cursor", "field", "held")}
    people[client] = {**known, **state, "client": client, "seen": time.monotonic()}


def told(journey: Journey) -> dict[str, Any]:
    """Who is here, and the revision."""
    now = time.monotonic()
    found = [p for p in list(journey.get("people", {}).values()) if now - p["seen"] < ALIVE]
    people = [{k: v for k, v in p.items() if k != "seen"} for p in found]
    return {"people": people, "rev": journey["rev"]}


def stream(handler: BaseHTTPRequestHandler, studio: Studio, slug: str) -> None:
    """The server-sent events of one editor, until it goes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    if studio.build:
        handler.send_header("x-wayline-build", studio.build)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    last: Any = None
    try:
        while True:
            journey = studio.journeys[slug]
            now = told(journey)
            if now != last:
                handler.wfile.write(f"data: {json.dumps(now)}\n\n".encode())
                last = now
            else:
                handler.wfile.write(b": \n\n")
            time.sleep(LOOK)
    except (OSError, KeyError):
        return
