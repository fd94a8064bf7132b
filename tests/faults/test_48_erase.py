"""48: a customer is erased while something of theirs is being sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tests.faults.harness import House, both
from tests.faults.harness_books import secrets
from tests.support.program import wait_until
from tests.support.provider import Rule

ERIN = "canary-person-erin@example.com"
BEN = "canary-person-ben@example.com"


def erase(house: House, key: str) -> Mapping[str, Any]:
    answer = httpx.delete(
        f"{house.url}/api/customers/{ERIN}",
        headers={"authorization": f"Bearer {key}"},
        timeout=60,
        trust_env=False,
        verify=False,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(house: House) -> str:
    """All rows of all tables, as one text."""
    if house.database:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    found: list[str] = []
    for (table,) in house.rows(sql):
        for row in house.rows(f'SELECT * FROM "{table}"'):
            found += [
                bytes(v).decode("latin-1") if isinstance(v, (bytes, memoryview)) else str(v)
                for v in row
            ]
    return "\n".join(found)


@both
def test_48_erased_while_a_send_is_on_its_way(house: House) -> None:
    """48: the provider holds what one customer's journeys send when she is erased: once that is
    done nothing follows (her other journey would write to her next), late news of what was held
    brings nothing back, and no table names her, nor Redis. Another customer notices nothing."""
    key = house.key
    house.own_redis()
    house.ingest()
    house.worker("one", WAYLINE_LEASE="60")  # a held call lasts for 20 s
    house.worker("two", WAYLINE_LEASE="60")
    house.provider.behave(Rule(hold=True))
    house.post("m-1", customer="erin")
    wait_until(lambda: house.provider.count()["held"] >= 1, 60)
    assert erase(house, key)["erased"]
    house.provider.release()
    wait_until(lambda: erase(house, key)["done"], 60, 0.2)
    sent = house.provider.count()["total"]
    assert sent >= 1
    house.post("m-2", customer="ben")
    house.wait_quiet()
    kept = everything(house)
    assert "person-erin" not in kept
    assert BEN in kept
    house.note_titles()
    secrets(house)  # nor does Redis, or what the processes print
    assert house.provider.count()["total"] == sent + 2
    assert house.one("SELECT count(*) FROM message") == 1
    runs = house.rows("SELECT status, customer IS NULL FROM run ORDER BY started_at, id")
    assert sorted((status, bool(gone)) for status, gone in runs) == [
        ("completed", False),
        ("completed", False),
        ("exited", True),
        ("exited", True),
    ]
    assert "customer.erased" in {what for (what,) in house.rows("SELECT what FROM audit")}
