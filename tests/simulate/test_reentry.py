"""Who may enter a journey again, and when."""

from __future__ import annotations

from tests.engine.drawing import event, journey, path, trace, wait


def starts(document: dict[str, object], *events: dict[str, object], **more: object) -> list[str]:
    lines = trace(document, *events, **more)
    return [
        line["at"][5:10] for line in lines if line.get("node") == "start" and line["visit"] == 1
    ]


def test_once_means_once():
    document = journey({}, reentry={"mode": "once"})
    assert starts(document, event("+0"), event("+9")) == ["03-02"]
    assert path(document, event("+0"), event("+9"))[-1] == "~ go"


def test_when_finished_is_the_default():
    document = journey({"w": wait("P3D")}, "start > w")
    assert starts(document, event("+0"), event("+2"), event("+4")) == ["03-02", "03-06"]


def test_always_starts_beside_the_open_run():
    document = journey({"w": wait("P3D")}, "start > w", reentry={"mode": "always"})
    assert starts(document, event("+0"), event("+1")) == ["03-02", "03-03"]


def test_after_counts_from_the_last_start():
    document = journey({}, reentry={"mode": "after", "wait": "P3D"})
    events = [event(f"+{n}") for n in (0, 2, 3, 5, 6)]
    assert starts(document, *events) == ["03-02", "03-05", "03-08"]


def test_a_key_makes_the_rule_hold_for_each_key_and_a_missing_key_is_one_of_its_own():
    document = journey(
        {"start": ("trigger.event", {"event": "go", "key": "event.properties.order"})},
        reentry={"mode": "once"},
    )
    orders = [{"order": 1}, {"order": 2}, {"order": 1}, {"order": "1"}, {}, {}, {"order": None}]
    events = [event(f"12:0{n}", properties=p) for n, p in enumerate(orders)]
    told = [x for x in path(document, *events) if x != "= completed"]
    assert told == ["start.out", "start.out", "~ go", "start.out", "start.out", "~ go", "~ go"]


def test_the_rule_holds_for_each_customer():
    document = journey({}, reentry={"mode": "once"})
    assert len(starts(document, event("+0"), event("+0", customer="tom"))) == 2


def test_without_a_customer_there_is_no_reentry_rule():
    document = journey({"w": wait("P9D")}, "start > w", reentry={"mode": "once"})
    lines = trace(document, event("+0", customer=None), event("+1", customer=None))
    assert [(x["run"], x["customer"]) for x in lines if "status" in x] == [(1, None), (2, None)]


def test_updating_the_customer_of_a_run_without_one_is_an_error():
    document = journey({"u": ("action.update_customer", {"set": {"a": 1}})}, "start > u")
    *_, step, end = trace(document, event("+0", customer=None))
    assert (step["handle"], end["status"]) == (None, "failed")
    assert step["output"]["error"]["kind"] == "no_customer"
