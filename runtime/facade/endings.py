"""Ending things for good: cancelling a run, erasing a customer."""

from __future__ import annotations

import time

from runtime.facade.desk import Desk
from runtime.facade.errors import NotFound
from runtime.facade.shapes import Cancelled, Erased
from runtime.store import chores, erase, inbox, lists, outbox
from runtime.store.database import Connection, rows
from runtime.work.chores import go_on

PATIENCE = 2.0  # seconds for which the answer waits for an erasure to be carried out
STATUS = {"completed": "completed", "exited": "ended before its end", "failed": "failed"}


def cancel(desk: Desk, run_id: str) -> Cancelled:
    """Ask a run to end now. Asking again, or after its end, changes nothing and says so."""

    def work(conn: Connection, now: int) -> Cancelled:
        sql = "SELECT status, ended_at FROM run WHERE workspace = ? AND id = ?"
        if conn.dialect.name != "sqlite":
            sql += " FOR UPDATE"
        found = rows(conn, sql, (desk.workspace, run_id))
        if not found:
            raise NotFound("There is no such run.")
        status, ended = found[0]
        if ended is not None:
            said = f"This run has {STATUS.get(status, 'ended')} already, so nothing was changed."
            return _cancelled(run_id, False, status, said)
        if any(kind == "cancel" for _, _, kind in inbox.kinds(conn, [run_id])):
            return _cancelled(run_id, True, status, "This run was asked to end already.")
        inbox.put(conn, run_id, "cancel", {"reason": f"Cancelled by {desk.who}"}, now)
        sql = "SELECT key FROM outbox WHERE run = ? AND state = 'pending'"
        outbox.drop(conn, [row[0] for row in rows(conn, sql, (run_id,))], now)
        desk.audit(conn, now, "run.cancelled", run_id)
        return _cancelled(run_id, True, status, "The run ends now. Nothing more is sent for it.")

    done = desk.write("edit", work)
    desk.house.bell.ring()
    return done


def _cancelled(run_id: str, cancelled: bool, status: str, text: str) -> Cancelled:
    return {"id": run_id, "cancelled": cancelled, "status": status, "text": text}


# --- Erasing ----------------------------------------------------------------------------------


def erase_customer(desk: Desk, name: str) -> Erased:
    """Erase a customer (our id, their id or address): nothing more goes out to them, then all that
    is personal is taken out of every table. When the answer comes nothing new is sent any more;
    what is left to do after a moment is done by the workers."""

    def work(conn: Connection, now: int) -> str | None:
        customer = lists.customer_named(conn, desk.workspace, name)
        if customer is None:
            if chores.find(conn, desk.workspace, chores.ERASE, name) is not None:
                return name
            if erase.known(conn, desk.workspace, name):
                return None
            raise NotFound("There is no such customer.")
        if erase.request(conn, desk.workspace, customer, now):
            desk.audit(conn, now, "customer.erased", customer)
        return customer

    customer = desk.write("own", work)
    done = customer is None or _carry_out(desk, customer)
    desk.house.bell.ring()
    return {"erased": True, "done": done, "text": DONE if done else GOES_ON}


DONE = "Nothing of this customer is left. What they went through stays as numbers only."
GOES_ON = (
    "Nothing more is sent to this customer. Wayline is still taking out what was kept of them."
)


def _carry_out(desk: Desk, customer: str) -> bool:
    """Go on with the erasure for a moment; whether it is done. Runs are ended in any case."""
    end = time.monotonic() + PATIENCE
    while True:
        with desk.house.database.read() as conn:
            chore = chores.find(conn, desk.workspace, chores.ERASE, customer)
        if chore is None or chore.done_at is not None:
            return True
        stopped = chore.state["stage"] != "stop"
        if stopped and time.monotonic() > end:
            return False
        if not go_on(desk.house.database, chore):
            if stopped:
                return False  # something is on its way out: a worker goes on when it has landed
            if time.monotonic() > end:
                return False
