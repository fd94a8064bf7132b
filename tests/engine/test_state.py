"""The stored state: compact, stable, and enough to go on from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.engine.advance import Event, Run
from runtime.engine.state import Token, instant, micros
from runtime.journey.times import rfc3339
from tests.engine.drawing import event, journey, note, trace, wait, wait_for

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_run_is_the_same_after_a_round_trip():
    run = Run("r1", "start", Event("e1", "go", {"n": 1}, NOON), NOON, "waiting")
    run.outputs["start"] = run.entry.output()
    run.outputs["a"] = {"x": [1, None, "ü"]}
    run.visits |= {"start": 1, "a": 2}
    run.next_token, run.moves, run.joins = 9, 3, {"j": {2, 5}}
    run.tokens[2] = Token(2, "w", 1, "event", NOON, "paid", {"all": []}, None, ("a note",))
    run.tokens[5] = Token(5, "ok", 2, "approval", NOON, None, None, {"of": "a", "by": None})
    run.tokens[7] = Token(7, "j", 0, "join")
    run.find_wake()
    again = Run.from_json(run.to_json())
    assert again == run
    assert again.to_json() == run.to_json()


def test_the_stored_state_is_compact():
    """A waiting token costs some dozens of bytes, and the entry event stands there once."""
    run = Run("r1", "start", Event("e1", "go", {"text": "x" * 500}, NOON), NOON, "waiting")
    run.outputs["start"] = run.entry.output()
    run.tokens[1] = Token(1, "w", 1, "time", NOON)
    text = run.to_json()
    assert len(text) < 720
    assert json.loads(text)["tokens"] == [[1, "w", 1, "time", micros(NOON)]]


STORED = (
    '{"v":1,"id":"r1","trigger":"start","entry":["e1","go",1772452800123456,{"n":1}],"started":'
    '1772452801000000,"status":"waiting","next":9,"moves":3,"visits":{"start":1,"a":2},"tokens":'
    '[[2,"w",1,"event",1772452800123456,"paid",{"all":[]},null,["a note"]],[5,"ok",2,"approval",'
    '1772452800123456,null,null,{"of":"a","by":null}],[6,"h",1,"effect"],[7,"j",0,"join"]],'
    '"outputs":{"a":{"x":[1,null,"\u00fc"]}},"joins":{"j":[2,5]}}'
)


def test_what_is_stored_is_read_and_written_the_same_by_every_version():
    """Runs on their way were stored by an older version, and older workers read what a newer one
    stores.
    """
    run = Run.from_json(STORED)
    assert run.to_json() == STORED
    assert run.outputs["start"] == {
        "name": "go",
        "properties": {"n": 1},
        "at": "2026-03-02T12:00:00.123456Z",
    }
    assert run.tokens[2] == Token(2, "w", 1, "event", NOON, "paid", {"all": []}, None, ("a note",))
    assert run.tokens[6] == Token(6, "h", 1, "effect")
    assert run.wake_at == NOON


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_instants_keep_their_microseconds(us: int):
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    assert instant(us) == at
    assert micros(at) == us
    assert rfc3339(at) == at.replace(tzinfo=None).isoformat() + "Z"


# --- Random journeys --------------------------------------------------------------------------

TYPES: list[Any] = [
    note(),
    wait("PT1H"),
    wait("P1D"),
    wait_for("paid", "PT3H"),
    ("join", {"mode": "all"}),
    ("join", {"mode": "any"}),
    ("join", {"mode": 2}),
    ("exit", {"reason": "enough"}),
    ("branch", {"condition": {"field": "event.properties.n", "op": "gt", "value": 1}}),
    ("action.http_request", {"method": "GET", "url": "https://example.com/{{ event.name }}"}),
    ("approval", {"of": "start", "within": "PT5H"}),
    ("set", {"values": {"x": 1}, "disabled": True}),
    ("action.update_customer", {"set": {"seen": "{{ steps.start.at }}"}}),
]
HANDLES = ["out", "out", "out", "yes", "no", "timed_out", "failed", "rejected", "expired"]
ANSWERS = [
    {"approval": "n0", "decision": "approve", "after": "PT1H"},
    {"approval": "n1", "decision": "reject"},
    {"node": "n2", "error": "down"},
    {"node": "n2", "output": {"status": 200}},
]


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 7))
    names = [f"n{i}" for i in range(count)]
    nodes = {name: draw(st.sampled_from(TYPES)) for name in names}
    edge = st.tuples(
        st.sampled_from(["start", *names]), st.sampled_from(HANDLES), st.sampled_from(names)
    )
    edges = {("start", "out", "n0")}
    for source, handle, target in draw(st.lists(edge, max_size=14)):
        if source == "start":
            edges.add((source, "out", target))
        elif target > source or "wait" in nodes[source][0] or nodes[source][0] == "approval":
            edges.add((source, handle, target))  # a loop must pass through a wait
    texts = [f"{f}.{h} > {t}" for f, h, t in sorted(edges)]
    mode = draw(st.sampled_from(["once", "when_finished", "always"]))
    return journey(nodes, *texts, reentry={"mode": mode}, exit_when=[{"event": "stop"}])


@st.composite
def happenings(draw: st.DrawFn) -> list[dict[str, Any]]:
    one = st.builds(
        lambda hour, name, customer, n: event(
            f"2026-03-02T{hour:02}:00:00Z", name, customer, properties={"n": n}
        ),
        st.integers(0, 23),
        st.sampled_from(["go", "go", "paid", "stop"]),
        st.sampled_from(["a", "b", None]),
        st.sampled_from([0, 2, "two"]),
    )
    return [event("2026-03-02T00:00:00Z", customer="a"), *draw(st.lists(one, max_size=8))]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(journeys(), happenings(), st.integers(0, 3))
def test_any_journey_tells_the_same_story_from_stored_state_as_in_memory(
    document: dict[str, Any], events: list[dict[str, Any]], seed: int
):
    names = {n["id"]: n for n in document["nodes"]}
    answers = ANSWERS if len(names) > 3 else []
    until = "2026-03-03T06:00:00Z"
    told = trace(document, *events, answers=answers, seed=seed, until=until)  # compares both ways
    assert told == trace(document, *events, answers=answers, seed=seed, until=until)
    _check_story(told, names)


def _check_story(told: list[dict[str, Any]], nodes: dict[str, Any]) -> None:
    steps = [x for x in told if "handle" in x]
    statuses = [x for x in told if "status" in x]
    runs = {x["run"] for x in steps}
    assert [x["at"] for x in told] == sorted(x["at"] for x in told)
    assert sorted(x["run"] for x in statuses) == sorted(runs)  # exactly one status line a run
    assert runs == set(range(1, len(runs) + 1))
    visits = [(x["run"], x["node"], x["visit"]) for x in steps]
    assert len(visits) == len(set(visits))
    for run, node in {(r, n) for r, n, _ in visits}:
        own = sorted(v for r, n, v in visits if (r, n) == (run, node))
        assert own[0] >= 1
        assert not nodes[node].get("disabled")
    ended: set[int] = set()
    for line in told:
        assert line.get("run") not in ended  # nothing happens in a run after its end
        if "status" in line:
            ended.add(line["run"])
