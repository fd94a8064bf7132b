"""What finished long ago goes by the rule; what is open, or waits for a person, stays."""

from __future__ import annotations

from typing import Any

from runtime.ports.results import Later
from runtime.store import retention
from runtime.store.database import Connection, many
from runtime.work.chores import step
from tests.work.house import DAY, START, House

NODES = {
    "in": ("trigger.event", {"event": "order"}),
    "call": ("action.http_request", {"method": "POST", "url": "http://sink.test/", "body": "x"}),
    "todo": ("action.create_task", {"title": "Call them"}),
    "sorry": ("logic.exit", {"reason": "sorry"}),
}
EDGES = [("in", "out", "call"), ("call", "out", "todo"), ("call", "failed", "sorry")]
WAITS = {
    "in": ("trigger.event", {"event": "order"}),
    "wait": ("logic.wait", {"for": "P300D"}),
}


def open_house(house: House, days: int = 30) -> None:
    house.publish(NODES, EDGES)
    house.set("UPDATE workspace SET settings_json = ?", f'{{"retention_days": {days}}}')
    house.database.transact(lambda conn: retention.arrange(conn, "w", house.now))


def orders(house: House, n: int, first: int = 0) -> None:
    for i in range(first, first + n):
        house.say("order", f"c{i}", {"n": i}, id=f"o{i}")
    house.drain()


def keep_house(house: House) -> dict[str, Any]:
    """Carry out what is due; what the last pass says of itself."""
    import orjson

    while step(house.database):
        pass
    return orjson.loads(house.one("SELECT state_json FROM chore")).get("last", {})


def counts(house: House, *tables: str) -> list[int]:
    return [house.one(f"SELECT count(*) FROM {table}") for table in tables]


def test_what_finished_before_goes_with_all_that_hangs_on_it(house: House) -> None:
    open_house(house)
    orders(house, 60)
    house.set("UPDATE task SET done_at = ?", house.now)
    counted = counts(house, "counter")
    house.now += 20 * DAY
    orders(house, 3, first=60)
    house.now += 20 * DAY
    said = keep_house(house)
    assert (said["runs"], said["events"]) == (60, 60)
    assert counts(house, "run", "journal", "outbox", "event", "task") == [3, 6, 3, 3, 3]
    assert counts(house, "entry", "customer") == [63, 63]
    assert counts(house, "counter") == counted
    assert house.one("SELECT next_at FROM chore") == house.now + DAY


def test_whoever_entered_before_is_still_known(house: House) -> None:
    house.publish(NODES, EDGES, reentry={"mode": "once"})
    house.set("UPDATE workspace SET settings_json = '{\"retention_days\": 30}'")
    house.database.transact(lambda conn: retention.arrange(conn, "w", house.now))
    orders(house, 1)
    house.now += 40 * DAY
    assert keep_house(house)["runs"] == 1
    house.say("order", "c0")
    house.drain()
    assert counts(house, "run") == [0]
    assert house.outcomes()[-1][0]["skipped"].startswith("The customer has entered before")


def test_open_runs_and_their_events_stay(house: House) -> None:
    open_house(house)
    house.publish(WAITS, [("in", "out", "wait")], slug="k")
    orders(house, 5)
    house.now += 100 * DAY
    said = keep_house(house)
    assert (said["runs"], said["events"]) == (5, 0)
    assert house.one("SELECT count(*) FROM run WHERE status = 'waiting'") == 5
    house.now += 250 * DAY
    house.drain()
    assert house.one("SELECT count(*) FROM run WHERE status = 'completed'") == 5


def test_what_waits_for_a_person_stays(house: House) -> None:
    open_house(house)
    house.outside.answer = Later("down", "The server is down.")
    orders(house, 2)
    for _ in range(20):
        house.drain()
        house.now += DAY
    assert counts(house, "dead_letter") == [2]
    first = house.one("SELECT min(ref) FROM dead_letter")
    house.set("UPDATE dead_letter SET resolved_at = 1 WHERE ref = ?", first)
    house.now += 100 * DAY
    assert keep_house(house)["runs"] == 1
    assert counts(house, "run", "outbox", "dead_letter", "event") == [1, 1, 1, 1]
    assert house.one("SELECT ref FROM dead_letter") != first


def test_an_open_task_stays_though_its_run_goes(house: House) -> None:
    open_house(house)
    orders(house, 1)
    house.now += 100 * DAY
    keep_house(house)
    assert counts(house, "run", "task") == [0, 1]


def test_events_that_are_not_routed_stay(house: House) -> None:
    open_house(house)
    house.say("order", "c1", id="o1")
    house.now += 100 * DAY
    assert keep_house(house)["events"] == 0
    house.drain()
    assert len(house.runs()) == 1


def test_zero_days_keeps_everything(house: House) -> None:
    open_house(house, days=0)
    orders(house, 3)
    house.now += 5000 * DAY
    assert keep_house(house) == {}
    assert counts(house, "run", "event") == [3, 3]


def test_another_workspace_goes_by_its_own_rule(house: House) -> None:
    open_house(house)
    with house.database.write() as conn:
        many(conn, "INSERT INTO workspace (id, name, created_at) VALUES (?,?,0)", [("v", "V")])
        many(
            conn,
            """INSERT INTO event (id, workspace, source, external_id, body_hash, name, at,
 received_at, routed_at) VALUES (?,'v','s',?,?,'x',0,0,1)""",
            [(f"e{n}", f"x{n}", b"") for n in range(300)],
        )
    orders(house, 3)
    house.now += 100 * DAY
    assert keep_house(house)["events"] == 3
    assert counts(house, "event") == [300]


def test_firings_of_long_ago_go_too(house: House) -> None:
    open_house(house)
    house.set("INSERT INTO schedule_fire VALUES ('gone', '2026-01-01T09:00:00', 1)")
    house.set("INSERT INTO schedule_fire VALUES ('gone', '2026-03-01T09:00:00', ?)", START)
    house.now += 31 * DAY
    house.now -= 2 * DAY
    keep_house(house)
    assert house.rows("SELECT nominal FROM schedule_fire") == [("2026-03-01T09:00:00",)]


def test_a_run_that_was_opened_again_meanwhile_is_not_taken(house: House) -> None:
    open_house(house)
    orders(house, 2)
    house.now += 100 * DAY
    found = [row[0] for row in house.rows("SELECT id FROM run ORDER BY id")]
    house.set("UPDATE run SET ended_at = NULL WHERE id = ?", found[0])

    def work(conn: Connection) -> int:
        return retention._delete_runs(conn, found, house.now)  # pyright: ignore[reportPrivateUsage]

    assert house.database.transact(work) == 1
    assert house.rows("SELECT id FROM run") == [(found[0],)]


def test_the_pass_can_be_asked_for_with_another_instant(house: House) -> None:
    open_house(house, days=0)
    orders(house, 3)
    house.now += DAY
    house.database.transact(lambda conn: retention.begin(conn, "w", house.now, house.now))
    assert keep_house(house)["runs"] == 3
    with house.database.read() as conn:
        left = retention.storage(conn)
    assert (left.runs, left.finished, left.events) == (0, 0, 0)
    assert left.used > 0


def test_the_file_becomes_smaller_again(house: House) -> None:
    open_house(house)
    if not house.database.sqlite:
        return  # PostgreSQL cleans up by itself
    with house.database.write() as conn:
        many(
            conn,
            """INSERT INTO event (id, workspace, source, external_id, body_hash, name,
 properties_json, at, received_at, routed_at) VALUES (?,'w','s',?,?,'x',?,0,0,1)""",
            [(f"e{n}", f"x{n}", b"", '{"a": "' + "x" * 2000 + '"}') for n in range(1000)],
        )
    with house.database.read() as conn:
        assert retention.space_comes_back(conn)
        before = retention.storage(conn)
    house.now += 100 * DAY
    assert keep_house(house)["pages"] > 400
    with house.database.read() as conn:
        after = retention.storage(conn)
    assert after.free < 100 * 4096
    assert after.used + after.free < (before.used + before.free) / 2
