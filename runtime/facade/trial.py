"""Trying the mail server with one message, before a customer depends on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypedDict

from runtime.facade.desk import Desk
from runtime.facade.errors import Refused
from runtime.facade.settings import settings
from runtime.store.database import new_id, rows
from runtime.vault import VaultError


class Trial(TypedDict):
    """Whether the server took it, in a sentence."""

    ok: bool
    text: str


def send_test(desk: Desk, to: str) -> Trial:
    """Send one message by the mail server in use, and say what became of it."""
    desk.may("own")
    to = to.strip()
    if "@" not in to or any(c.isspace() for c in to):
        raise Refused("Write the address that the test goes to.")
    kept = settings(desk)
    name = kept["smtp"]
    if name is None:
        raise Refused("There is no mail server yet. Add one first; the test goes out by it.")
    secret = _opened(desk, name)
    body = {
        "to": to,
        "subject": "A test from Wayline",
        "text": f"This message came by your mail server, for {kept['name']}. Email works.\n",
    }
    return asyncio.run(_send(desk, body, secret, dict(kept["sender"])))


def _opened(desk: Desk, name: str) -> Mapping[str, Any]:
    with desk.read() as conn:
        sql = "SELECT id, sealed FROM credential WHERE workspace = ? AND name = ?"
        found = rows(conn, sql, (desk.workspace, name))
    if not found:
        raise Refused("The mail server's credential is gone. Enter it again.")
    try:
        return desk.house.vault.open(desk.workspace, found[0][0], bytes(found[0][1]))
    except VaultError as error:
        raise Refused(str(error)) from None


async def _send(
    desk: Desk, body: Mapping[str, Any], secret: Mapping[str, Any], sender: Mapping[str, Any]
) -> Trial:
    from runtime.ports.ports import Ports
    from runtime.ports.results import Done

    ports = Ports(desk.house.settings)
    try:
        answer = await ports.send(
            "email", body, key=f"test:{new_id()}", credential=secret, sender=sender
        )
    finally:
        await ports.close()
    if isinstance(answer, Done):
        return {"ok": True, "text": f"The mail server took the test. Look at {body['to']}."}
    return {"ok": False, "text": f"The mail server did not take the test. {answer.message}"}
