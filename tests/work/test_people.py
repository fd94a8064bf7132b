"""Who events are about: found, made, changed, merged."""

from __future__ import annotations

from tests.work.house import House

WAIT = {"in": ("trigger.event", {"event": "x"}), "wait": ("logic.wait", {"for": "P1D"})}
WAIT_EDGES = [("in", "out", "wait")]


def names(house: House) -> list[tuple[str, str]]:
    return sorted(house.rows("SELECT kind, value FROM identity"))


def count(house: House) -> int:
    return house.one("SELECT count(*) FROM customer")


def test_a_name_is_an_external_id_then_an_address_then_somebody_new(house: House) -> None:
    house.say("x", "Maya@Example.com")
    house.say("x", "maya@example.com")
    house.say("x", "42")
    house.say("x", "42")
    house.drain()
    assert names(house) == [("email", "maya@example.com"), ("id", "42")]
    assert house.rows("SELECT email, external_id FROM customer ORDER BY id") == [
        ("Maya@Example.com", None),
        (None, "42"),
    ]


def test_identify_writes_attributes_and_removes_with_null(house: House) -> None:
    who = {"id": "maya"}
    house.say("identify", who, {"plan": "pro", "email": "m@example.com"}, kind="identify")
    house.say("identify", who, {"plan": None, "city": "Graz"}, kind="identify")
    house.say("x", "m@example.com")
    house.drain()
    assert house.customer() == {"email": "m@example.com", "city": "Graz"}
    assert count(house) == 1


def test_identify_records_consent(house: House) -> None:
    house.say("identify", {"id": "maya"}, {"consent": {"email": False}}, kind="identify")
    house.drain()
    assert house.one("SELECT consent_json, attributes_json FROM customer") == (
        '{"email":false}',
        "{}",
    )


def test_a_group_becomes_an_attribute(house: House) -> None:
    given = {"groupId": "acme", "traits": {"seats": 5}}
    house.say("group", {"id": "maya"}, given, kind="group")
    house.drain()
    assert house.customer() == {"group": {"seats": 5, "id": "acme"}}


def test_an_anonymous_customer_becomes_the_one_who_signs_in(house: House) -> None:
    house.say("x", {"anonymous": "a1"})
    house.say("x", {"anonymous": "a1", "id": "maya"})
    house.say("x", {"anonymous": "a1"})
    house.drain()
    assert house.rows("SELECT DISTINCT customer FROM event") == house.rows(
        "SELECT id FROM customer"
    )
    assert names(house) == [("anonymous", "a1"), ("id", "maya")]


def test_an_anonymous_customer_is_merged_into_the_one_who_is_known(house: House) -> None:
    house.publish(WAIT, WAIT_EDGES, reentry={"mode": "once"})
    house.say("identify", {"id": "maya"}, {"plan": "pro"}, kind="identify")
    house.say("identify", {"anonymous": "a1"}, {"plan": "free", "city": "Graz"}, kind="identify")
    house.say("x", {"anonymous": "a1"})
    house.say("y", {"anonymous": "a1", "id": "maya"})
    house.say("x", "maya")
    house.drain()
    assert count(house) == 1
    assert house.customer() == {"plan": "pro", "city": "Graz"}
    assert len(house.rows("SELECT DISTINCT customer FROM event")) == 1
    assert house.rows("SELECT DISTINCT customer FROM run") == house.rows("SELECT id FROM customer")
    assert "once" in house.outcomes()[4][0]["skipped"]


def test_alias_makes_one_customer_of_two_and_tells_their_runs(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "x"}),
        "wait": ("logic.wait_for_event", {"event": "y", "within": "P1D"}),
    }
    house.publish(nodes, [("in", "out", "wait")])
    house.say("x", {"id": "old"})
    house.say("z", {"id": "new"})
    house.say("alias", {"id": "new"}, {"previousId": "old"}, kind="alias")
    house.say("y", {"id": "old"})
    house.drain()
    assert count(house) == 1
    assert house.runs() == [("completed", None)]


def test_a_run_without_a_customer_has_none(house: House) -> None:
    house.publish(WAIT, WAIT_EDGES)
    house.say("x", None)
    house.say("x", None)
    house.drain()
    assert house.rows("SELECT customer FROM run") == [(None,), (None,)]
    assert count(house) == 0


def test_a_changed_address_finds_the_customer_too(house: House) -> None:
    nodes = {
        "in": ("trigger.event", {"event": "moved"}),
        "set": ("action.update_customer", {"set": {"email": "{{ event.properties.to }}"}}),
    }
    house.publish(nodes, [("in", "out", "set")])
    house.say("moved", "maya", {"to": "new@example.com"})
    house.drain()
    house.say("x", "new@example.com")
    house.drain()
    assert count(house) == 1
    assert house.one("SELECT email FROM customer") == "new@example.com"


def test_identify_says_in_which_segments_a_customer_is(house: House) -> None:
    house.say("identify", {"id": "maya"}, {"segments": ["vip", "quiet", "vip"]}, kind="identify")
    house.drain()
    assert house.one("SELECT segments_json, attributes_json FROM customer") == (
        '["vip","quiet"]',
        "{}",
    )
    house.say("identify", {"id": "maya"}, {"segments": [], "plan": "pro"}, kind="identify")
    house.drain()
    assert house.one("SELECT segments_json FROM customer") == "[]"


def test_a_trait_segments_that_is_no_list_of_names_is_an_attribute(house: House) -> None:
    house.say("identify", {"id": "maya"}, {"segments": 3}, kind="identify")
    house.drain()
    assert house.customer() == {"segments": 3}


def test_who_becomes_one_is_in_the_segments_of_both(house: House) -> None:
    house.say("identify", {"anonymous": "a1"}, {"segments": ["new", "vip"]}, kind="identify")
    house.say("identify", {"id": "maya"}, {"segments": ["vip"]}, kind="identify")
    house.say("x", {"anonymous": "a1", "id": "maya"})
    house.drain()
    assert house.one("SELECT segments_json FROM customer") == '["vip","new"]'
