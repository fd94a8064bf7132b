"""Every unique key of the tables has its place: the simulator shows what goes wrong without it
(test_interleave.py), or the engine's work cannot reach it, and here it is shown to refuse a second
row."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
from sqlalchemy import Integer, LargeBinary, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.types import BigInteger, Boolean

from runtime.store.tables import metadata
from tests.interleave import mutations
from tests.interleave.store import _tables
from tests.interleave.test_interleave import MISSING, SECOND

# Keys of the studio, ids, and what no seed has needed: what they keep apart.
OTHERS = {
    "uq_person_email": "two accounts of one address",
    "pk_person": "ids",
    "pk_session": "two sessions of one token",
    "pk_setup_link": "two first links of one token",
    "uq_api_key_token_hash": "two keys of one token",
    "pk_api_key": "ids",
    "uq_credential_workspace_name": "two credentials of one name, which effects are sent by",
    "pk_credential": "ids",
    "pk_workspace": "ids",
    "uq_journey_workspace_slug": "two journeys of one slug",
    "pk_journey": "ids",
    "uq_draft_edit_journey_rev": "two edits that are one revision of a draft",
    "uq_draft_edit_journey_client_seq": "a batch of edits that is sent again after a lost answer",
    "uq_presence_journey_client": "one editor that is at a draft twice",
    "uq_journey_version_journey_number": "two versions of one number, published at once",
    "pk_journey_version": "ids",
    "pk_hook": "two webhooks of one address",
    "uq_hook_journey_node": "two addresses of one trigger",
    "uq_schedule_journey_node": "two schedules of one trigger, made by two publishers at once",
    "pk_schedule": "ids",
    "uq_task_key": "the tasks of one step; the journal's key keeps its commit apart before that",
    **dict.fromkeys(("pk_approval", "pk_task", "pk_message", "pk_dead_letter", "pk_chore"), "ids"),
}
# The database itself counts these up.
NUMBERS = {"pk_event", "pk_signal", "pk_audit"}


def keys() -> dict[str, tuple[Table, list[str]]]:
    found: dict[str, tuple[Table, list[str]]] = {}
    for table in metadata.sorted_tables:
        for one in table.constraints:
            unique = isinstance(one, UniqueConstraint | PrimaryKeyConstraint)
            if unique and len(one.columns):
                found[str(one.name)] = (table, [column.name for column in one.columns])
        assert not any(index.unique for index in table.indexes)
    return found


def shown() -> set[str]:
    """The keys that a mutation takes away, and a test shows to be needed."""
    tested = {*MISSING, *(key for _, key, _, _ in SECOND)}
    changes = [c for name in tested for c in mutations.STATEMENTS.get(name, ())]
    found = {re.search(r"CONSTRAINT (\w+) \(UNIQUE", pattern) for pattern, _ in changes}
    return {one[1] for one in found if one}


def test_every_unique_key_has_its_place() -> None:
    places = [shown(), set(OTHERS), NUMBERS]
    assert set().union(*places) == set(keys())
    assert sum(map(len, places)) == len(keys())


def row(table: Table, same: list[str], n: int) -> dict[str, Any]:
    """A row whose columns are those of any other row, but for all that are not in `same`."""
    made: dict[str, Any] = {}
    for column in table.columns:
        number = n if column.name not in same else 0
        whole = isinstance(column.type, Integer | BigInteger | Boolean)
        raw = isinstance(column.type, LargeBinary)
        made[column.name] = number if whole else bytes([number]) if raw else f"x{number}"
    return made


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_key_refuses_a_second_row(name: str) -> None:
    table, columns = keys()[name]
    gone = re.sub(rf",\s*CONSTRAINT {name} (UNIQUE|PRIMARY KEY) \([^)]*\)", "", _tables())
    for tables, refused in ((_tables(), True), (gone, False)):
        database = sqlite3.connect(":memory:")
        database.executescript(tables)
        for n in (1, 2):
            made = row(table, columns, n)
            names = ", ".join(f'"{one}"' for one in made)
            sql = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(made))})"
            if refused and n == 2:
                with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
                    database.execute(sql, tuple(made.values()))
            else:
                database.execute(sql, tuple(made.values()))
        database.close()
