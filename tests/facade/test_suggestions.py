"""What often comes next, and the names of the journeys."""

from __future__ import annotations

import json

from runtime.gallery import templates
from runtime.store.database import run
from tests.facade.conftest import Place, edge, node

MINE = {
    "format": 1,
    "name": "Mine",
    "nodes": [
        node("start", "trigger.manual"),
        node("wait", "logic.wait", **{"for": "P1D"}),
        node("two", "logic.wait", **{"for": "P2D"}),
        node("end", "logic.exit"),
    ],
    "edges": [
        edge("start", "out", "wait"),
        edge("wait", "out", "two"),
        edge("two", "out", "end"),
        edge("gone", "out", "end"),
    ],
}


def test_own_journeys_and_templates_are_counted_apart(place: Place) -> None:
    pairs = place.studio.suggestions()["pairs"]
    assert pairs
    assert all(p["own"] == 0 and p["gallery"] > 0 for p in pairs)
    begins = [p for p in pairs if p["from"] == ""]
    assert sum(p["gallery"] for p in begins) >= len(templates())
    place.studio.new_journey("Mine", MINE)
    place.studio.new_journey("Mine too", MINE)
    pairs = place.studio.suggestions()["pairs"]
    own = {(p["from"], p["handle"], p["to"]): p["own"] for p in pairs if p["own"]}
    assert own == {
        ("", "", "trigger.manual"): 2,
        ("trigger.manual", "out", "logic.wait"): 2,
        ("logic.wait", "out", "logic.wait"): 2,
        ("logic.wait", "out", "logic.exit"): 2,
    }
    ranks = [3 * p["own"] + p["gallery"] for p in pairs]
    assert ranks == sorted(ranks, reverse=True)


def test_deleted_journeys_count_no_more_and_have_no_name(place: Place) -> None:
    slug = place.studio.new_journey("Mine", MINE)
    place.studio.new_journey("Another", None)
    assert [j["name"] for j in place.studio.journey_names()] == ["Another", "Mine"]
    place.studio.delete_journey(slug)
    assert [j["name"] for j in place.studio.journey_names()] == ["Another"]
    assert not any(p["own"] for p in place.studio.suggestions()["pairs"])


def test_a_viewer_may_ask_too(place: Place) -> None:
    assert place.as_role("viewer").suggestions()["pairs"]
    assert place.as_role("viewer").journey_names() == []


def test_a_draft_that_is_no_journey_breaks_nothing(place: Place) -> None:
    slug = place.studio.new_journey("Odd", MINE)
    lines = ["x", {}, {"from": [], "handle": "out", "to": {}}, {"from": "a", "to": "a"}]
    broken = {"nodes": [1, {"id": 5, "type": "x"}, {"id": "a", "type": None}], "edges": lines}
    text = json.dumps(broken)
    desk = place.studio.desk
    desk.write("edit", lambda conn, now: run(conn, "UPDATE journey SET draft_json = ?", (text,)))
    assert not any(p["own"] for p in place.studio.suggestions()["pairs"])
    assert [j["slug"] for j in place.studio.journey_names()] == [slug]
