"""Joins, by the fine print."""

from __future__ import annotations

from tests.engine.drawing import event, journey, note, path, trace, wait, wait_for

ALL, ANY, TWO = ("join", {"mode": "all"}), ("join", {"mode": "any"}), ("join", {"mode": 2})


def test_all_waits_for_every_token_that_can_still_come():
    document = journey(
        {"a": wait("PT1H"), "b": wait("PT2H"), "j": ALL, "end": note()},
        "start > a b",
        "a > j",
        "b > j",
        "j > end",
    )
    lines = trace(document)
    assert [(x["at"][11:16], x.get("node")) for x in lines] == [
        ("12:00", "start"),
        ("13:00", "a"),
        ("14:00", "b"),
        ("14:00", "j"),
        ("14:00", "end"),
        ("14:00", None),
    ]
    assert lines[3]["visit"] == 1
    assert lines[3]["output"] == {}


def test_all_counts_tokens_and_not_edges():
    """Only one of the branch's ways is taken: the join does not wait for the other edge."""
    condition = {"field": "customer.plan", "op": "exists"}
    document = journey(
        {"b": ("branch", {"condition": condition}), "j": ALL, "end": note()},
        "start > b",
        "b.yes > j",
        "b.no > j",
        "j > end",
    )
    assert path(document) == ["start.out", "b.no", "j.out", "end.out", "= completed"]


def test_all_fires_when_the_last_other_token_has_taken_another_way():
    document = journey(
        {"a": note(), "w": wait_for("stop"), "away": note(), "j": ALL, "end": note()},
        "start > a w",
        "a > j",
        "w.out > away",
        "w.timed_out > j",
        "j > end",
    )
    told = path(document, event("12:00"), event("13:00", "stop"))
    assert told == ["start.out", "a.out", "w.out", "away.out", "j.out", "end.out", "= completed"]


def test_all_fires_when_the_other_token_ends_quietly():
    document = journey(
        {"a": note(), "w": wait("PT1H"), "w2": wait("PT2H"), "j": ALL},
        "start > a w",
        "a > j",
        "w > w2",
    )
    assert path(document) == ["start.out", "a.out", "j.out", "w.out", "w2.out", "= completed"]


def test_two_edges_into_a_join_bring_two_tokens_that_merge_into_one():
    document = journey({"j": ALL, "end": note()}, "start > j j", "j > end")
    assert path(document) == ["start.out", "j.out", "end.out", "= completed"]


def test_any_fires_on_the_first_and_absorbs_the_later_ones_without_cancelling_anything():
    document = journey(
        {"a": wait("PT1H"), "b": wait("PT2H"), "c": note(), "j": ANY, "end": note()},
        "start > a b",
        "a > j",
        "b > c",
        "c > j",
        "j > end",
    )
    lines = trace(document)
    assert [x.get("node") for x in lines] == ["start", "a", "j", "end", "b", "c", None]
    assert sum(x.get("node") == "j" for x in lines) == 1


def test_a_number_fires_on_the_nth_and_absorbs_the_rest():
    document = journey(
        {"a": wait("PT1H"), "b": wait("PT2H"), "c": wait("PT3H"), "j": TWO, "end": note()},
        "start > a b c",
        "a > j",
        "b > j",
        "c > j",
        "j > end",
    )
    told = path(document)
    assert told == ["start.out", "a.out", "b.out", "j.out", "end.out", "c.out", "= completed"]


def test_a_number_that_can_no_longer_be_reached_ends_its_tokens_with_a_note():
    document = journey(
        {"a": note(), "w": wait_for("stop"), "j": TWO, "end": note()},
        "start > a w",
        "a > j",
        "w.timed_out > j",
        "j > end",
    )
    told = path(document, event("12:00"), event("13:00", "stop"))
    assert told == ["start.out", "a.out", "w.out", "j: join_unmet", "= completed"]


def test_a_join_in_a_loop_fires_every_time_round():
    document = journey(
        {
            "j": ANY,
            "w": wait("P1D"),
            "again": ("branch", {"condition": {"did": "stop", "at_least": 1}}),
        },
        "start > j",
        "j > w",
        "w > again",
        "again.no > j",
    )
    lines = trace(document, event("+0"), event("+3", "stop"))
    assert [x["visit"] for x in lines if x.get("node") == "j"] == [1, 2, 3]
    assert lines[-1]["status"] == "completed"


def test_an_all_join_in_a_loop_does_not_wait_for_itself():
    document = journey(
        {
            "a": note(),
            "b": note(),
            "j": ALL,
            "w": wait("P1D"),
            "again": ("branch", {"condition": {"did": "stop"}}),
        },
        "start > a b",
        "a > j",
        "b > j",
        "j > w",
        "w > again",
        "again.no > a b",
    )
    lines = trace(document, event("+0"), event("+2", "stop"))
    assert [x["visit"] for x in lines if x.get("node") == "j"] == [1, 2]
    assert [x["visit"] for x in lines if x.get("node") == "a"] == [1, 2]


def test_a_token_that_is_still_late_is_absorbed_even_after_the_loop():
    """Fired by a; b may still come late, so the token that came round is absorbed as well."""
    document = journey(
        {"a": note(), "b": wait("P3D"), "j": ANY, "w": wait("P1D")},
        "start > a b",
        "a > j",
        "b > j",
        "j > w",
        "w > j",
    )
    lines = trace(document)
    assert [x.get("node") for x in lines] == ["start", "a", "j", "w", "b", None]


def test_a_join_resets_once_the_late_tokens_have_come():
    """b comes late after 12 hours and is absorbed; the token that comes round after a day fires."""
    document = journey(
        {"a": note(), "b": wait("PT12H"), "j": ANY, "w": wait("P1D")},
        "start > a b",
        "a > j",
        "b > j",
        "j > w",
        "w > j",
    )
    lines = trace(document, until="2026-03-04T13:00:00Z")
    assert [(x["node"], x["visit"]) for x in lines if "node" in x] == [
        ("start", 1),
        ("a", 1),
        ("j", 1),
        ("b", 1),
        ("w", 1),
        ("j", 2),
        ("w", 2),
        ("j", 3),
    ]
    assert lines[-1]["status"] == "waiting"


def test_what_a_late_token_split_into_is_late_too():
    document = journey(
        {"a": note(), "b": wait("PT1H"), "c": wait("PT1H"), "d": wait("PT1H"), "j": ANY},
        "start > a b",
        "a > j",
        "b > c d",
        "c > j",
        "d > j",
    )
    assert path(document) == [
        "start.out",
        "a.out",
        "j.out",
        "b.out",
        "c.out",
        "d.out",
        "= completed",
    ]


def test_when_every_live_token_stands_at_a_join_the_first_of_the_document_fires():
    """j1 waits for what j2 lets out, and the other way round."""
    document = journey(
        {"j1": ALL, "j2": ALL, "x": note(), "w": wait("P1D"), "y": note()},
        "start > j1 j2",
        "j1 > x",
        "x > j2",
        "j2 > y",
        "y > w",
        "w > j1",
    )
    told = path(document, until="2026-03-03T12:00:00Z")
    assert told[:5] == ["start.out", "j1.out", "x.out", "j2.out", "y.out"]
    assert told[5:] == ["w.out", "j1.out", "x.out", "j2.out", "y.out", "= waiting"]


def test_joins_one_after_the_other_wait_for_their_own():
    document = journey(
        {"a": wait("PT1H"), "b": wait("PT2H"), "c": wait("PT3H"), "j": ALL, "k": ALL},
        "start > a b c",
        "a > j",
        "b > j",
        "j > k",
        "c > k",
    )
    assert path(document) == [
        "start.out",
        "a.out",
        "b.out",
        "j.out",
        "c.out",
        "k.out",
        "= completed",
    ]


def test_a_disabled_join_lets_every_token_pass():
    document = journey(
        {"a": note(), "b": note(), "j": ("join", {"mode": "all", "disabled": True}), "end": note()},
        "start > a b",
        "a > j",
        "b > j",
        "j > end",
    )
    assert path(document) == ["start.out", "a.out", "end.out", "b.out", "end.out", "= completed"]


def test_a_late_token_that_merged_with_the_one_let_out_is_late_no_more():
    """b could still come to j, but it meets what j let out at k, and they come round as one."""
    document = journey(
        {"b": wait("PT1H"), "a": note(), "j": ANY, "k": ALL, "w": wait("P1D"), "end": note()},
        "start > b a",
        "a > j",
        "j > k end",
        "b > k",
        "k > w",
        "w > j",
    )
    lines = trace(document, until="2026-03-03T14:00:00Z")
    assert [x["node"] for x in lines if "node" in x] == [
        "start",
        "a",
        "j",
        "end",
        "b",
        "k",
        "w",
        "j",
        "end",
        "k",
    ]


def test_tokens_stand_at_a_join_from_one_call_to_the_next():
    document = journey(
        {"a": wait("PT1H"), "b": wait("PT2H"), "c": wait("PT3H"), "j": ("join", {"mode": 3})},
        "start > a b c",
        "a > j",
        "b > j",
        "c > j",
    )
    assert path(document)[-2:] == ["j.out", "= completed"]
