"""Goes on with chores: one short transaction at a time, so that other work is never held up."""

from __future__ import annotations

import logging

from runtime.store import chores, erase, retention
from runtime.store.chores import Chore
from runtime.store.database import Connection, Database

LATER = 60_000_000  # microseconds until a chore that raised an error is tried again

log = logging.getLogger("wayline.work")


def step(database: Database) -> int:
    """Go on with the chore that has been due for the longest time; how much it did, 0 when there
    is none or it waits for something."""
    with database.read() as conn:
        found = chores.due(conn, database.now_us(conn))
    for chore in found:
        done = go_on(database, chore)
        if done:
            return done
    return 0


def go_on(database: Database, chore: Chore) -> int:
    """Go on with this chore. An error is logged, and the chore is tried again later."""
    try:
        return (erase if chore.kind == chores.ERASE else retention).step(database, chore)
    except Exception:
        log.exception("The chore %s (%s) failed; it is tried again.", chore.id, chore.kind)

    def put_off(conn: Connection) -> None:
        if chores.hold(conn, chore):
            chores.save(conn, chore, chore.state, database.now_us(conn) + LATER)

    database.transact(put_off)
    return 0
