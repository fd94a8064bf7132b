"""What must be gone when an erasure is done: every event of a customer says something that nobody
else says, and none of it may be found in any table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tests.interleave import business
from tests.interleave.world import World

_ERASED = "SELECT ref FROM chore WHERE kind = 'erase' AND done_at IS NOT NULL"
_ROWS = {
    "a run": f"SELECT id FROM run WHERE customer IN ({_ERASED})",
    "an event": f"SELECT id FROM event WHERE customer IN ({_ERASED})",
    "an entry": f"SELECT run FROM entry WHERE customer IN ({_ERASED})",
    "an approval": f"SELECT id FROM approval WHERE customer IN ({_ERASED})",
    "a task": f"SELECT id FROM task WHERE customer IN ({_ERASED})",
    "a message": f"SELECT id FROM message WHERE customer IN ({_ERASED})",
    "a name": f"SELECT value FROM identity WHERE customer IN ({_ERASED})",
    "a record": f"SELECT id FROM customer WHERE id IN ({_ERASED})",
}


def left(world: World) -> list[str]:
    """What is there that should not be."""
    erased = {row[0] for row in world.memory.rows(_ERASED)}
    return list(_left(world, erased)) if erased else []


def _left(world: World, erased: set[str]) -> Iterator[str]:
    for what, sql in _ROWS.items():
        for (subject,) in world.memory.rows(sql)[:3]:
            yield f"{what} of an erased customer is still there: {subject}"
    words = {
        orjson.loads(said).get("said"): event
        for event, customer, said, left in world.memory.rows(
            "SELECT id, customer, properties_json, left_json FROM all_event WHERE source = 'api'"
        )
        if customer in erased or (customer is None and left == "{}")
    }
    told = list(_told(world))
    for word, event in words.items():
        for table, cells in told:
            if any(word in cell for cell in cells):
                yield f"what the event {event} said still stands in {table}: {word}"
    there = {row[0] for row in world.memory.rows("SELECT value FROM identity")}
    busy = world.memory.rows(
        """SELECT 1 FROM event WHERE routed_at IS NULL
 UNION ALL SELECT 1 FROM chore WHERE kind = 'erase' AND done_at IS NULL"""
    )
    for name in () if busy else sorted(set(business.CUSTOMERS) - there):
        for table, cells in told:
            if any(name == cell or f'"{name}"' in cell for cell in cells):
                yield f"the name {name} still stands in {table}"


def _told(world: World) -> Iterator[tuple[str, list[str]]]:
    """All texts of the product's tables."""
    for table in world.memory.tables:
        cells: list[str] = []
        for row in world.memory.rows(f"SELECT * FROM {table}"):
            cells += [_text(cell) for cell in row if isinstance(cell, str | bytes)]
        yield table, cells


def _text(cell: Any) -> str:
    return cell.decode(errors="replace") if isinstance(cell, bytes) else cell
