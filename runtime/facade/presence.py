"""Who has a draft open now, what they have selected and where their cursor is. It stands in a small
table, so that people see each other through different web processes, too; a row counts for ten
seconds after its editor has spoken for itself, and nothing of it is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from runtime.facade.desk import Desk, dump, mapping
from runtime.facade.edits import CLIENT
from runtime.facade.errors import Refused
from runtime.facade.journeys import find
from runtime.store.clock import NOW, rfc3339
from runtime.store.database import Connection, rows, run

ALIVE = 10_000_000  # microseconds
COLORS = 8
MOST_SELECTED = 200
MOST_SELECTED_TEXT = 4_000  # characters: it goes to everybody, several times a second
MOST_TEXT = 200
MOST_OPEN = 10  # editors of one person at one draft


class Here(TypedDict):
    """One open editor of a draft."""

    client: str
    name: str
    color: int
    selection: list[str]
    cursor: list[float] | None
    field: str | None
    held: list[float] | None  # how far what they have selected is dragged by now
    at: str


def here(desk: Desk, slug: str, client: object, state: Mapping[str, Any]) -> dict[str, Any]:
    """This person has the draft open. Who only looks is seen by the others, too."""
    if not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise Refused("The name of this editor is broken. Reload the page and try again.")
    kept = dump(_state(state))
    desk.may("read")
    database = desk.house.database

    def work(conn: Connection) -> dict[str, Any]:
        journey = find(conn, desk.workspace, slug)
        now = _now(desk, conn)
        sql = "DELETE FROM presence WHERE journey = ? AND at < ?"
        run(conn, sql, (journey.id, now - ALIVE))
        sql = f"UPDATE presence SET state_json = ?, at = ? WHERE {_OWN}"
        if run(conn, sql, (kept, now, *_own(desk, journey.id, client))).rowcount == 0:
            _make_room(conn, desk, journey.id)
            color = _color(conn, journey.id)
            run(
                conn,
                """INSERT INTO presence (journey, client, workspace, person, name, color,
 state_json, at) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (journey, client) DO NOTHING""",
                (journey.id, client, desk.workspace, desk.person, desk.who, color, kept, now),
            )
        return {"people": _people(conn, journey.id, now), "rev": journey.rev}

    return database.transact(work)


def people(desk: Desk, slug: str) -> dict[str, Any]:
    """Who has the draft open, and its revision."""
    with desk.read() as conn:
        journey = find(conn, desk.workspace, slug)
        now = _now(desk, conn)
        return {"people": _people(conn, journey.id, now), "rev": journey.rev}


def gone(desk: Desk, slug: str, client: str) -> None:
    """This person has closed the draft."""
    desk.may("read")

    def work(conn: Connection) -> None:
        journey = find(conn, desk.workspace, slug)
        run(conn, f"DELETE FROM presence WHERE {_OWN}", _own(desk, journey.id, client))

    desk.house.database.transact(work)


_OWN = "journey = ? AND client = ? AND coalesce(person, '') = ?"


def _own(desk: Desk, journey: str, client: str) -> tuple[str, str, str]:
    """The row of this person's editor: the others see its name, and may not speak for it."""
    return journey, client, desk.person or ""


def _make_room(conn: Connection, desk: Desk, journey: str) -> None:
    """For one more editor of this person: those that were heard of longest ago go."""
    sql = """SELECT client FROM presence WHERE journey = ? AND coalesce(person, '') = ?
 ORDER BY at DESC"""
    for (client,) in rows(conn, sql, (journey, desk.person or ""))[MOST_OPEN - 1 :]:
        run(conn, f"DELETE FROM presence WHERE {_OWN}", _own(desk, journey, client))


def _now(desk: Desk, conn: Connection) -> int:
    """Engine time, without recording it: a cursor that moves is no activity of the workspace."""
    database = desk.house.database
    if database.has_clock:
        return int(rows(conn, f"SELECT {NOW}")[0][0])
    return database.about_us()


def _color(conn: Connection, journey: str) -> int:
    """The first colour that nobody has."""
    taken = [row[0] for row in rows(conn, "SELECT color FROM presence WHERE journey = ?",
                                    (journey,))]  # fmt: skip
    free = [color for color in range(COLORS) if color not in taken]
    return free[0] if free else len(taken) % COLORS


def _people(conn: Connection, journey: str, now: int) -> list[Here]:
    sql = """SELECT client, name, color, state_json, at FROM presence
 WHERE journey = ? AND at >= ? ORDER BY client LIMIT 50"""
    return [
        cast("Here", {"client": client, "name": name, "color": color, "at": rfc3339(at)})
        | cast("Here", mapping(state))
        for client, name, color, state, at in rows(conn, sql, (journey, now - ALIVE))
    ]


def _state(given: Mapping[str, Any]) -> dict[str, Any]:
    selection, cursor, field = given.get("selection"), given.get("cursor"), given.get("field")
    held = given.get("held")
    if selection is None:
        selection = []
    if not isinstance(selection, list):
        raise Refused("The selection must be a list of ids.")
    ids = cast("list[Any]", selection)[:MOST_SELECTED]
    if not all(isinstance(one, str) and len(one) <= MOST_TEXT for one in ids):
        raise Refused("The selection must be a list of ids.")
    while sum(map(len, ids)) > MOST_SELECTED_TEXT:
        ids = ids[: len(ids) // 2]
    if cursor is not None and not _point(cursor):
        raise Refused("The cursor must be a place [x, y], or null.")
    if held is not None and not _point(held):
        raise Refused("held must be how far [x, y], or null.")
    if field is not None and (not isinstance(field, str) or len(field) > MOST_TEXT):
        raise Refused("The field must be a short text.")
    return {"selection": ids, "cursor": cursor, "field": field, "held": held}


def _point(value: Any) -> bool:
    if not isinstance(value, list) or len(cast("list[Any]", value)) != 2:
        return False
    return all(
        isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n)
        and abs(n) < 1e7
        for n in cast("list[Any]", value)
    )  # fmt: skip
