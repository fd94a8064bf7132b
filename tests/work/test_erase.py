"""A customer who is erased gets nothing more, and nothing of theirs is left in any table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from runtime.ports.results import Done, Later
from runtime.settings import Settings
from runtime.store import chores, erase, trail
from runtime.store.database import Connection, many, rows
from runtime.store.tables import metadata
from runtime.work.chores import step
from tests.work.house import DAY, START, House

CANARY = "canary-maya"
ADDRESS = "canary.maya@example.com"
NODES = {
    "in": ("trigger.event", {"event": "order", "key": "event.properties.number"}),
    "note": ("logic.set", {"values": {"said": "{{ event.properties.said }}"}}),
    "call": (
        "action.http_request",
        {"method": "POST", "url": "http://sink.test/", "body": "{{ customer.email }}"},
    ),
    "wait": ("logic.wait", {"for": "P3D"}),
    "mail": ("action.send_email", {"subject": "Hi {{ customer.name }}", "body": "…"}),
    "todo": ("action.create_task", {"title": "Call {{ customer.name }}"}),
}
EDGES = [
    ("in", "out", "note"),
    ("note", "out", "call"),
    ("call", "out", "wait"),
    ("wait", "out", "mail"),
    ("mail", "out", "todo"),
]


def order(house: House, said: str = "hello", who: str = CANARY) -> None:
    house.say(
        "order",
        who,
        {"said": f"{who} says {said}", "number": f"{who}-{said}"},
        id=f"order-{who}-{said}",
    )


def open_house(house: House, **settings: Any) -> None:
    house.publish(NODES, EDGES, reentry={"mode": "always"}, **settings)
    traits = {"email": ADDRESS, "name": CANARY}
    house.say("identify", {"id": CANARY}, traits, kind="identify")
    house.drain()


def test_events_that_could_not_be_routed_are_emptied_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    open_house(house)
    who = customer(house)
    for kind, name in (("identify", "identify"), ("track", "order")):
        house.say(name, CANARY, {"said": CANARY}, kind=kind, id=f"{CANARY}-{name}")
    house.say("order", "tom", {"said": "hello"}, kind="identify", id="tom")
    house.set("""UPDATE event SET properties_json = substr(properties_json, 1,
 length(properties_json) - 1) WHERE routed_at IS NULL""")
    house.drain()
    letters = house.rows("SELECT kind FROM dead_letter WHERE resolved_at IS NULL")
    assert letters == [("event",)] * 3
    ask(house, who)
    finish(house)
    assert CANARY not in everything(house)
    assert house.one("SELECT count(*) FROM dead_letter") == 1  # Tom's stays as it was
    assert "hello" in everything(house)
    house.close()


def customer(house: House, who: str = CANARY) -> str:
    return house.one("SELECT id FROM customer WHERE external_id = ?", who)


def ask(house: House, who: str) -> bool:
    def work(conn: Connection) -> bool:
        return erase.request(conn, "w", who, house.database.now_us(conn))

    return house.database.transact(work)


def finish(house: House, most: int = 10_000) -> int:
    """Carry the chores out; in how many transactions."""
    for n in range(most):
        if not step(house.database):
            return n
    raise AssertionError("it never ends")


def everything(house: House) -> str:
    """All that is stored, as one text."""
    found: list[Any] = []
    with house.database.read() as conn:
        for table in metadata.sorted_tables:
            for row in rows(conn, f'SELECT * FROM "{table.name}"'):
                found.append([bytes(v).decode("latin-1") if isinstance(v, bytes | memoryview) else v
                              for v in row])  # fmt: skip
    return str(found).lower()


def done(house: House, who: str) -> bool:
    with house.database.read() as conn:
        found = chores.find(conn, "w", chores.ERASE, who)
    return found is not None and found.done_at is not None


def test_nothing_personal_is_left_and_the_counts_stay(house: House) -> None:
    open_house(house)
    order(house)
    house.drain()
    house.now += 4 * DAY
    house.drain()
    order(house, "again")
    house.drain()
    assert house.runs() == [("completed", None), ("waiting", None)]
    counted = house.rows("SELECT * FROM counter ORDER BY version, node, handle")
    before = house.steps()
    who = customer(house)
    assert CANARY in everything(house)
    ask(house, who)
    finish(house)
    assert done(house, who)
    kept = everything(house)
    assert CANARY not in kept
    assert ADDRESS not in kept
    assert house.runs() == [("completed", None), ("exited", erase.REASON)]
    assert house.steps() == before
    assert house.rows("SELECT * FROM counter ORDER BY version, node, handle") == counted
    assert house.one("SELECT count(*) FROM event") == 3
    assert house.one("SELECT count(*) FROM outbox WHERE state = 'done'") == 3
    house.now += 30 * DAY
    sent = len(house.outside.sent)
    house.drain()
    assert len(house.outside.sent) == sent


def test_the_file_itself_does_not_hold_them_any_more(house: House) -> None:
    if not house.database.sqlite:
        return  # PostgreSQL overwrites by its own vacuum
    open_house(house)
    for n in range(20):
        order(house, f"{n} " + "at length " * 1000)
    house.drain()
    order(house, who="ben")
    house.drain()
    ask(house, customer(house))
    finish(house)
    with house.database._writer.connect() as conn:  # pyright: ignore[reportPrivateUsage]
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(file.read_bytes() for file in house.settings.data.iterdir())
    assert b"ben says" in stored
    assert CANARY.encode() not in stored


def test_others_keep_everything(house: House) -> None:
    open_house(house)
    order(house)
    order(house, who="ben")
    house.drain()
    before = house.rows(
        "SELECT r.* FROM run r JOIN customer c ON c.id = r.customer WHERE c.external_id = 'ben'"
    )
    ask(house, customer(house))
    finish(house)
    after = house.rows(
        "SELECT r.* FROM run r JOIN customer c ON c.id = r.customer WHERE c.external_id = 'ben'"
    )
    assert after == before
    house.now += 4 * DAY
    house.drain()
    assert house.one("SELECT status FROM run WHERE customer IS NOT NULL") == "completed"


def test_what_is_not_routed_yet_is_erased_with_them(house: House) -> None:
    open_house(house)
    for n in range(250):
        order(house, f"{n}")
    house.say("identify", {"anonymous": "a-1"}, {"email": ADDRESS}, kind="identify")
    order(house, who="ben")
    ask(house, customer(house))
    finish(house)
    house.drain()
    assert CANARY not in everything(house)
    assert house.one("SELECT count(*) FROM customer") == 1
    assert house.one("SELECT count(*) FROM event WHERE routed_at IS NULL") == 0
    assert len(house.runs()) == 1


def test_a_send_on_its_way_is_waited_for_and_none_follows(house: House) -> None:
    open_house(house)
    done_when: list[bool] = []

    def erase_meanwhile() -> None:
        if not done_when:
            who = customer(house)
            ask(house, who)
            finish(house)
            done_when.append(done(house, who))

    house.outside.before = erase_meanwhile
    house.outside.answer = Later("busy", "Try again.")
    who = customer(house)
    order(house)
    house.drain()
    assert done_when == [False]
    house.outside.answer = Done({"status": 200, "headers": {}, "body": CANARY})
    house.now += DAY
    house.drain()
    finish(house)
    assert done(house, who)
    assert len(house.outside.sent) == 1
    assert CANARY not in everything(house)
    assert house.one("SELECT state FROM outbox") == "dropped"


def test_erasing_twice_and_crashing_midway_come_to_the_same(house: House) -> None:
    open_house(house)
    for n in range(30):
        order(house, f"{n}")
    house.drain()
    who = customer(house)
    assert ask(house, who)
    for _ in range(3):  # a worker does a little and dies
        step(house.database)
    assert not ask(house, who)
    finish(house)
    assert done(house, who)
    assert CANARY not in everything(house)
    assert house.one("SELECT count(*) FROM run WHERE customer IS NULL") == 30


def test_ten_thousand_events_go_in_small_transactions(house: House) -> None:
    open_house(house)
    who = customer(house)
    with house.database.write() as conn:
        many(
            conn,
            """INSERT INTO event (id, workspace, source, external_id, body_hash, name, customer,
 properties_json, at, received_at, routed_at) VALUES (?,'w','s',?,?,'x',?,?,0,0,1)""",
            [(f"e{n}", f"x{n}", b"", who, orjson.dumps({"said": CANARY}).decode()) for n in
             range(10_000)],
        )  # fmt: skip
    ask(house, who)
    assert finish(house) >= 10_000 / erase.FEW
    assert CANARY not in everything(house)


def test_whoever_comes_back_is_somebody_new(house: House) -> None:
    open_house(house)
    order(house)
    house.drain()
    gone = customer(house)
    ask(house, gone)
    finish(house)
    order(house, "back")
    house.drain()
    assert customer(house) != gone
    assert house.runs()[-1] == ("waiting", None)
    with house.database.read() as conn:
        assert erase.known(conn, "w", CANARY)
        assert erase.known(conn, "w", ADDRESS.upper())
        assert not erase.known(conn, "w", "ben")


def test_a_row_of_the_audit_without_its_details_still_holds_the_chain(house: House) -> None:
    def work(conn: Connection) -> None:
        for of in ("one", "two", "three"):
            trail.add(conn, trail.Entry("w", START, "Ines", "did", of, {"why": CANARY}))
        trail.redact(conn, "w", "two")

    house.database.transact(work)
    with house.database.read() as conn:
        assert trail.broken(conn, "w") is None
    details = [r[0] for r in house.rows("SELECT detail_json FROM audit ORDER BY seq")]
    assert CANARY not in details[1]
    assert CANARY in details[2]
    house.set("UPDATE audit SET detail_json = ? WHERE \"of\" = 'two'", '{"erased": "00"}')
    with house.database.read() as conn:
        assert trail.broken(conn, "w") == house.one("SELECT seq FROM audit WHERE \"of\" = 'two'")


@pytest.mark.parametrize("lease", [0.3])
def test_a_send_whose_worker_died_is_dropped_when_its_lease_is_over(
    tmp_path: Path, lease: float
) -> None:
    house = House(tmp_path, settings=Settings(tmp_path, lease_seconds=lease))
    open_house(house)
    order(house)
    house.drain()
    house.set(
        "UPDATE outbox SET state = 'sending', lease_until = ?, next_at = ?",
        house.now + 300_000,
        house.now + 300_000,
    )
    who = customer(house)
    ask(house, who)
    finish(house)
    assert not done(house, who)
    house.now += 400_000
    finish(house)
    assert done(house, who)
    assert house.one("SELECT state FROM outbox") == "dropped"
    house.close()
