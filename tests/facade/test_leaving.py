"""Where people leave a journey: each run that is over is counted once, where it ended."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.facade import stopped
from runtime.ports.results import Done
from runtime.ports.results import Refused as No
from tests.facade.conftest import DAY, HOUR, Place, document, edge, node

CAME = node("came", "trigger.event", event="signup")
TELL = node("tell", "action.create_task", title="Somebody came")
REST = node("rest", "logic.wait", **{"for": "P3D"})
CALL = node("call", "action.http_request", method="POST", url="https://sink.test/")


def lived(
    place: Place, nodes: list[Any], edges: list[Any], people: int = 2, **settings: Any
) -> str:
    """A published journey and people who entered it."""
    slug = place.studio.new_journey("Lived", document("Lived", nodes, edges, **settings))
    place.studio.publish(slug)
    for number in range(people):
        place.event("signup", f"p{number}@example.com")
    return slug


def left(place: Place, slug: str) -> dict[str, dict[str, int]]:
    return place.studio.counts(slug)["left"]


@pytest.fixture
def two_ways(place: Place) -> str:
    """The team is told at the same time as three days begin."""
    nodes = [CAME, TELL, REST, node("last", "action.create_task", title="Call")]
    edges = [edge("came", "out", "tell"), edge("came", "out", "rest"), edge("rest", "out", "last")]
    return lived(place, nodes, edges)


def test_a_branch_that_ends_beside_another_is_not_left(place: Place, two_ways: str) -> None:
    counts = place.studio.counts(two_ways)
    assert counts["nodes"]["tell"] == {"in": 2, "waiting": 0, "handles": {"out": 2}}
    assert counts["left"] == {}
    place.work(later=3 * DAY + HOUR)
    assert left(place, two_ways) == {"last": {"out": 2}}


def test_who_is_ended_from_outside_left_where_they_waited(place: Place, two_ways: str) -> None:
    (run, _) = place.studio.runs(two_ways)
    place.studio.cancel_run(run["id"])
    place.work()
    assert left(place, two_ways) == {"rest": {"": 1}}


def test_an_end_on_purpose_is_not_leaving_nor_is_what_waited_beside_it(place: Place) -> None:
    nodes = [CAME, REST, node("pause", "logic.wait", **{"for": "P1D"}), node("end", "logic.exit")]
    edges = [edge("came", "out", "rest"), edge("came", "out", "pause"), edge("pause", "out", "end")]
    slug = lived(place, nodes, edges)
    place.work(later=DAY + HOUR)
    assert [run["status"] for run in place.studio.runs(slug)] == ["exited", "exited"]
    assert left(place, slug) == {}


def test_who_comes_to_a_join_late_left_there(place: Place) -> None:
    nodes = [CAME, TELL, REST, node("both", "logic.join", mode="any")]
    edges = [
        edge("came", "out", "tell"),
        edge("came", "out", "rest"),
        edge("tell", "out", "both"),
        edge("rest", "out", "both"),
    ]
    slug = lived(place, nodes, edges)
    assert left(place, slug) == {}
    place.work(later=4 * DAY)
    assert left(place, slug) == {"both": {"": 2}}


def test_branches_that_come_together_leave_once(place: Place) -> None:
    nodes = [CAME, TELL, REST, node("both", "logic.join"), CALL]
    edges = [
        edge("came", "out", "tell"),
        edge("came", "out", "rest"),
        edge("tell", "out", "both"),
        edge("rest", "out", "both"),
        edge("both", "out", "call"),
    ]
    slug = lived(place, nodes, edges)
    place.work(later=4 * DAY)
    assert left(place, slug) == {"call": {"out": 2}}


def test_who_leaves_by_an_event_left_where_they_were(place: Place) -> None:
    edges = [edge("came", "out", "rest")]
    slug = lived(place, [CAME, REST], edges, exit_when=[{"event": "unsubscribed"}])
    place.event("unsubscribed", "p1@example.com")
    assert left(place, slug) == {"rest": {"": 1}}


def test_whom_a_failure_stopped_has_left_until_somebody_lets_them_go_on(place: Place) -> None:
    place.model.answers["http"] = No("http", "No.")
    last = node("last", "action.create_task", title="Call")
    slug = lived(
        place, [CAME, CALL, last], [edge("came", "out", "call"), edge("call", "out", "last")]
    )
    assert left(place, slug) == {"call": {"failed": 2}}
    place.model.answers["http"] = Done({"status": 200, "headers": {}, "body": ""})
    desk = place.studio.desk
    stopped.retry(desk, stopped.stopped(desk)[0]["run"])
    place.work()
    assert left(place, slug) == {"call": {"failed": 1}, "last": {"out": 1}}


def test_a_way_past_a_node_that_is_off_is_not_left(place: Place) -> None:
    nodes = [CAME, {**TELL, "disabled": True}, REST]
    slug = lived(place, nodes, [edge("came", "out", "tell"), edge("tell", "out", "rest")])
    assert left(place, slug) == {}
    place.work(later=4 * DAY)
    assert left(place, slug) == {"rest": {"out": 2}}
