"""Trying a draft: the real engine on the virtual clock, and nothing of it is kept."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from runtime.facade import trying
from runtime.facade.errors import NotAllowed, NotFound, Refused
from runtime.gallery import templates
from tests.facade.conftest import HOUR, Place, document, edge, greeting, node, reply


def waits() -> dict[str, Any]:
    """An event, three days, a branch on the customer, and an update before an email."""
    return document(
        "Waits",
        [
            node("came", "trigger.event", event="trial.started"),
            node("rest", "logic.wait", **{"for": "P3D"}),
            node("note", "action.update_customer", set={"stage": "asked"}),
            node(
                "large",
                "logic.branch",
                condition={"field": "customer.seats", "op": "gte", "value": 10},
            ),
            node("hello", "action.send_email", subject="Hi {{ customer.stage }}", body="Hello"),
            node("other", "action.create_task", title="Call"),
        ],
        [
            edge("came", "out", "rest"),
            edge("rest", "out", "note"),
            edge("note", "out", "large"),
            edge("large", "yes", "hello"),
            edge("large", "no", "other"),
        ],
    )


MAYA = {"id": "maya", "email": "maya@example.com", "attributes": {"seats": 12}}


def way(tried: Any) -> list[tuple[str, str | None]]:
    return [(step["node"], step["handle"]) for step in tried["steps"]]


def test_a_whole_path_is_played_on_the_virtual_clock_and_nothing_is_kept(place: Place) -> None:
    slug = place.studio.new_journey("Waits", waits())
    tried = place.studio.try_journey(slug, {"trigger": "came", "customer": MAYA})
    assert way(tried) == [
        ("came", "out"),
        ("rest", "out"),
        ("note", "out"),
        ("large", "yes"),
        ("hello", "out"),
    ]
    rest, large, hello = (tried["steps"][i] for i in (1, 3, 4))
    assert rest["waited"] == 3 * 24 * 3600
    assert large["input"]["customer"]["stage"] == "asked"
    assert large["input"]["reads"] == ["customer.seats"]
    assert hello["effect"]["subject"] == "Hi asked"
    assert hello["effect"]["to"] == "maya@example.com"
    assert [(e["status"], e["reason"]) for e in tried["ends"]] == [("completed", None)]
    place.work()
    assert place.studio.runs(slug) == []
    assert place.studio.mailbox() == []
    assert place.studio.customers()["total"] == 0


def test_a_real_customer_is_read_and_not_changed(place: Place) -> None:
    slug = place.studio.new_journey("Waits", waits())
    place.event("seen", "maya@example.com")
    tried = place.studio.try_journey(slug, {"customer": "maya@example.com"})
    assert way(tried)[3] == ("large", "no")
    assert "stage" not in place.customer("maya")["customer"]["attributes"]
    with pytest.raises(NotFound, match="no customer nobody"):
        place.studio.try_journey(slug, {"customer": "nobody"})


def test_pins_stand_for_the_answers_of_steps(place: Place) -> None:
    slug = place.studio.new_journey("Reply", reply())
    given: dict[str, Any] = {"customer": MAYA}
    words = {"text": "Hello Maya", "subject": "Yes", "confidence": 1.0}
    pinned = {"draft": {"output": words}}
    tried = place.studio.try_journey(slug, {**given, "pins": pinned})
    assert [node for node, _ in way(tried)] == ["form", "draft", "decide", "send"]
    assert tried["steps"][1]["pinned"]
    assert tried["steps"][3]["effect"]["subject"] == "Yes"
    assert [step["assumed"] for step in tried["steps"]] == [False, False, True, False]

    no = {**pinned, "decide": {"decision": "reject"}}
    assert way(place.studio.try_journey(slug, {**given, "pins": no}))[2] == ("decide", "rejected")
    late = {**pinned, "decide": {"handle": "expired"}}
    tried = place.studio.try_journey(slug, {**given, "pins": late})
    assert way(tried)[3][0] == "task"
    error = {"draft": {"error": {"kind": "error", "message": "The model is away."}}}
    (end,) = place.studio.try_journey(slug, {**given, "pins": error})["ends"]
    assert (end["status"], end["reason"]) == ("failed", "draft: The model is away.")
    with pytest.raises(Refused, match="no way out called maybe"):
        place.studio.try_journey(slug, {**given, "pins": {"decide": {"handle": "maybe"}}})


def test_a_run_goes_to_here_or_is_one_step_with_its_input(place: Place) -> None:
    slug = place.studio.new_journey("Waits", waits())
    tried = place.studio.try_journey(slug, {"customer": MAYA, "until": "note"})
    assert [node for node, _ in way(tried)] == ["came", "rest", "note"]
    assert tried["ends"][0]["reached"]
    tried = place.studio.try_journey(slug, {"customer": MAYA, "until": "other"})
    assert not tried["ends"][0]["reached"]

    tried = place.studio.try_journey(slug, {"customer": MAYA, "only": "large"})
    assert way(tried) == [("large", "yes")]
    other = place.studio.new_journey("Reply", reply())
    only = {"node": "send", "steps": {"draft": {"subject": "Given"}, "decide": {"text": "Words"}}}
    (step,) = place.studio.try_journey(other, {"customer": MAYA, "only": only})["steps"]
    assert (step["effect"]["subject"], step["effect"]["text"]) == ("Given", "Words")
    with pytest.raises(Refused, match="not in the journey any more"):
        place.studio.try_journey(slug, {"until": "gone"})


def test_a_draft_with_problems_runs_as_far_as_it_can(place: Place) -> None:
    draft = waits()
    draft["nodes"][2]["config"] = {}
    draft["edges"].append({"from": "large", "handle": "yes", "to": "gone"})
    draft["settings"] = {"goal": 3}
    slug = place.studio.new_journey("Waits", waits())
    tried = place.studio.try_journey(slug, {"document": draft, "customer": MAYA})
    assert way(tried)[-1][0] == "note"
    (end,) = tried["ends"]
    assert end["status"] == "failed"
    assert end["reason"].startswith("note: ")
    assert {p["node"] for p in tried["problems"]} >= {"note", None}
    fine = place.studio.try_journey(
        slug, {"document": draft, "customer": MAYA, "pins": {"note": {"output": {}}}}
    )
    assert fine["ends"][0]["status"] == "completed"
    with pytest.raises(Refused):
        place.studio.try_journey(slug, {"document": {"format": 99}})


@pytest.mark.parametrize("version", ["1", [], {}, True, 1.5])
def test_a_node_of_no_version_is_one_that_cannot_run(place: Place, version: Any) -> None:
    draft = waits()
    draft["nodes"][2]["version"] = version
    slug = place.studio.new_journey("Waits", draft)
    tried = place.studio.try_journey(slug, {"trigger": "came", "customer": MAYA})
    assert way(tried)[:2] == [("came", "out"), ("rest", "out")]
    assert tried["problems"]


def test_a_made_up_customer_has_no_past_also_with_the_id_of_a_real_one(place: Place) -> None:
    draft = greeting()
    draft["nodes"][1]["config"]["condition"] = {"did": "bought", "at_least": 1}
    slug = place.studio.new_journey("Greeting", draft)
    place.event("bought", "maya@example.com")
    real = place.studio.customers("maya")["customers"][0]["id"]
    assert way(place.studio.try_journey(slug, {"customer": real}))[1] == ("large", "yes")
    made = {"customer": {"id": real, "segments": 5}}
    assert way(place.studio.try_journey(slug, made))[1] == ("large", "no")


def test_an_event_that_does_not_fit_says_why(place: Place) -> None:
    draft = greeting()
    draft["nodes"][0]["config"]["where"] = {
        "field": "event.properties.plan",
        "op": "eq",
        "value": "pro",
    }
    slug = place.studio.new_journey("Greeting", draft)
    event = {"name": "trial.started", "properties": {"plan": "free"}}
    (end,) = place.studio.try_journey(slug, {"event": event})["ends"]
    assert end["status"] == "not_started"
    assert "condition" in end["reason"]
    assert "free" in end["reason"]
    (end,) = place.studio.try_journey(slug, {"event": {"name": "paid"}})["ends"]
    assert "starts with trial.started" in end["reason"]


def test_a_loop_without_an_end_is_stopped(place: Place) -> None:
    round_and_round = document(
        "Round",
        [
            node("came", "trigger.event", event="a"),
            node("rest", "logic.wait", **{"for": "PT1H"}),
            node("set", "logic.set", values={"x": 1}),
        ],
        [edge("came", "out", "rest"), edge("rest", "out", "set"), edge("set", "out", "rest")],
    )
    slug = place.studio.new_journey("Round", round_and_round)
    tried = place.studio.try_journey(slug, {})
    assert tried["ends"][0]["status"] == "exited"
    assert tried["ends"][0]["stopped"]
    assert len(tried["steps"]) <= 501


@pytest.mark.parametrize(
    "given",
    [
        {"event": []},
        {"event": {"properties": 3}},
        {"pins": "x"},
        {"trigger": 4},
        {"trigger": "nothing"},
        {"customer": 7},
        {"customer": {"id": 3}},
        {"customer": {"attributes": []}},
        {"pins": {"large": {"decision": "maybe"}}},
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(place: Place, given: Any) -> None:
    slug = place.studio.new_journey("Greeting", greeting())
    with pytest.raises(Refused) as refused:
        place.studio.try_journey(slug, given)
    assert refused.value.message.endswith(".")


def test_only_editors_try(place: Place) -> None:
    slug = place.studio.new_journey("Greeting", greeting())
    with pytest.raises(NotAllowed):
        place.as_role("viewer").try_journey(slug, {})
    assert place.as_role("viewer").past_runs(slug) == []


def test_samples_are_real_events_examples_and_one_made_up(place: Place) -> None:
    slug = place.studio.new_journey("Greeting", greeting())
    place.event("trial.started", "maya@example.com", seats=12)
    place.event("other", "maya@example.com")
    found = place.studio.sample_events(slug)
    (trigger,) = found["triggers"]
    assert (trigger["node"], trigger["event"]) == ("came", "trial.started")
    kinds = [sample["origin"] for sample in trigger["samples"]]
    assert kinds[0] == "real"
    assert kinds[-1] == "made"
    real, made = trigger["samples"][0], trigger["samples"][-1]
    assert real["event"] == {"name": "trial.started", "properties": {"seats": 12}}
    assert real["customer"] is not None
    assert made["event"]["properties"] == {"seats": 12}
    assert [c["email"] for c in found["customers"]] == ["maya@example.com"]
    tried = place.studio.try_journey(
        slug, {"event": real["event"], "customer": real["customer"]["id"]}
    )
    assert way(tried)[1] == ("large", "yes")


def test_past_runs_are_replayed_on_their_own_version(place: Place) -> None:
    slug = place.studio.new_journey("Waits", waits())
    place.studio.publish(slug)
    for number in range(3):
        place.event("trial.started", f"p{number}@example.com")
    place.work(later=73 * HOUR)
    first, *others = place.studio.past_runs(slug, limit=2)
    assert len(others) == 1
    (last,) = place.studio.past_runs(slug, limit=2, before=others[0]["id"])
    assert last["id"] not in (first["id"], others[0]["id"])
    told = place.studio.past_run(slug, first["id"])
    assert [s["node"] for s in told["steps"]] == ["came", "rest", "note", "large", "other"]
    assert told["steps"][1]["waited"] >= 72 * 3600
    assert told["ends"] == [{"status": "completed", "reason": None}]
    assert {n["id"] for n in told["document"]["nodes"]} >= {"came", "other"}
    elsewhere = place.studio.new_journey("Greeting", greeting())
    with pytest.raises(NotFound):
        place.studio.past_run(elsewhere, first["id"])


def test_who_leaves_is_counted_where_and_the_numbers_add_up(place: Place) -> None:
    slug = place.studio.new_journey("Waits", waits())
    place.studio.publish(slug)
    for number in range(4):
        place.event("trial.started", f"p{number}@example.com")
    counts = place.studio.counts(slug)
    assert counts["left"] == {}
    place.work(later=73 * HOUR)
    counts = place.studio.counts(slug)
    assert counts["left"] == {"other": {"out": 4}}
    for numbers in counts["nodes"].values():
        assert numbers["in"] == numbers["waiting"] + sum(numbers["handles"].values())
    place.event("trial.started", "late@example.com")
    (run,) = place.studio.runs(slug, status="waiting")
    place.studio.cancel_run(run["id"])
    place.work()
    assert place.studio.counts(slug)["left"]["rest"] == {"": 1}


def endless(**set: str) -> dict[str, Any]:
    """A circle that writes to the customer."""
    return document(
        "Endless",
        [node("came", "trigger.event", event="x"), node("a", "action.update_customer", set=set)],
        [edge("came", "out", "a"), edge("a", "out", "a")],
    )


def test_steps_that_put_out_too_much_end_the_test(place: Place) -> None:
    slug = place.studio.new_journey("Endless", endless(a="{{ event.properties.a }} "))
    event = {"name": "x", "properties": {"a": "x" * 900_000}}
    tried = place.studio.try_journey(slug, {"trigger": "came", "customer": MAYA, "event": event})
    assert tried["ends"][0]["stopped"]
    assert 10 < len(tried["steps"]) < 50


def test_a_large_event_is_not_shown_five_hundred_times(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = place.studio.new_journey("Endless", endless(a="{{ event.properties.n }}"))
    copied: list[Any] = []
    cut = trying.cut
    monkeypatch.setattr(
        trying, "cut", lambda value, *more, **given: copied.append(1) or cut(value, *more, **given)
    )
    wide = {f"k{n}": {f"l{m}": m for m in range(300)} for n in range(30)}
    event = {"name": "x", "properties": {"n": 1, **wide}}
    tried = place.studio.try_journey(slug, {"trigger": "came", "customer": MAYA, "event": event})
    assert len(tried["steps"]) == 500
    assert tried["steps"][0]["input"] == {"reads": []}
    assert len(orjson.dumps(tried)) < trying.MOST_BYTES + 10_000
    assert len(copied) < 1_000_000  # it was 4,700,000: all of it before it was counted


def test_outputs_that_are_too_much_together_are_left_out(place: Place) -> None:
    texts = {f"a{n}": "{{ event.properties.a }} " for n in range(10)}
    slug = place.studio.new_journey("Endless", endless(**texts))
    event = {"name": "x", "properties": {"a": "x" * 2_000}}
    tried = place.studio.try_journey(slug, {"trigger": "came", "customer": MAYA, "event": event})
    assert len(tried["steps"]) == 500
    assert tried["steps"][1]["output"] == {}
    assert len(orjson.dumps(tried)) < trying.MOST_BYTES + 10_000


def test_a_condition_that_asks_the_past_for_each_past_event_fails_in_a_test(
    place: Place,
) -> None:
    for _ in range(40):
        place.event("page.seen", "maya@example.com")
    deep: Any = {"did": "page.seen", "at_least": 1_000_000}
    for _ in range(12):  # 40 to the 12th
        deep = {"did": "page.seen", "at_least": 1_000_000, "where": deep}
    draft = document(
        "Deep",
        [node("came", "trigger.event", event="x"), node("b", "logic.branch", condition=deep)],
        [edge("came", "out", "b")],
    )
    slug = place.studio.new_journey("Deep", draft)
    given = {"trigger": "came", "customer": "maya@example.com", "event": {"name": "x"}}
    tried = place.studio.try_journey(slug, given)
    assert tried["ends"][0]["status"] == "failed"
    assert "cannot be asked inside" in tried["ends"][0]["reason"]


@pytest.mark.parametrize("template", templates(), ids=lambda t: t.slug)
def test_the_samples_of_its_template_lead_a_draft_along_every_way(
    place: Place, template: Any
) -> None:
    slug = place.studio.use_template(template.slug)
    nodes = place.studio.journey(slug)["document"]["nodes"]
    seen: set[str] = set()
    found = place.studio.sample_events(slug)["triggers"]
    for trigger in found:
        mine = [one for one in trigger["samples"] if one["origin"] == "template"]
        for sample in mine:
            assert sample["fits"] is None
            assert sample["title"]
            given = {"trigger": trigger["node"], **sample}
            tried = place.studio.try_journey(slug, given)
            goes = sample["way"] or {}
            assert (goes["node"], goes["handle"]) in way(tried), sample["title"]
            seen |= {name for name, _ in way(tried)}
        assert len({str(one["way"]) for one in mine}) == len(mine)  # each has a name of its own
    by_hand = {t["node"] for t in found if not t["event"] or t["event"].startswith("manual.")}
    assert seen >= {one["id"] for one in nodes} - by_hand


def test_a_sample_pins_nothing_that_the_draft_has_changed(place: Place) -> None:
    slug = place.studio.use_template("enquiry-to-first-call")

    def samples() -> list[Any]:
        (trigger,) = place.studio.sample_events(slug)["triggers"]
        return [one for one in trigger["samples"] if one["origin"] == "template"]

    greta = next(one for one in samples() if one["way"]["handle"] == "complaint")
    assert greta["pins"]["about"]["handle"] == "complaint"
    draft = place.studio.journey(slug)["document"]
    about = next(one for one in draft["nodes"] if one["id"] == "about")
    labels = [one for one in about["config"]["labels"] if one["name"] != "complaint"]
    op = {"op": "node.patch", "id": "about", "set": {"labels": labels}}
    place.studio.edit(slug, place.studio.journey(slug)["rev"], [op])
    assert not any(one["pins"].get("about", {}).get("handle") == "complaint" for one in samples())
    other = {**draft, "ui": {"template": ["no such"]}}
    assert place.studio.sample_events(place.studio.new_journey("Other", other))["triggers"]
