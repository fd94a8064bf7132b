"""Trying the mail server with one message, and a draft's email on a person of the team, before a
customer depends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypedDict

from nodes.spec import Leave, Perform
from runtime import templates
from runtime.facade import texts
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import NotAllowed, Refused
from runtime.facade.settings import settings
from runtime.store.database import Connection, new_id, rows
from runtime.vault import VaultError

MOST_A_MINUTE = 10  # tests of one person
MINUTE = 60_000_000
TESTED = "email.tested"


class Trial(TypedDict):
    """Whether the server took it, in a sentence."""

    ok: bool
    text: str


def send_test(desk: Desk, to: str) -> Trial:
    """Send one message by the mail server in use, and say what became of it."""
    desk.may("own")
    to = _address(to)
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


class Testers(TypedDict):
    """Whom a test of an email can be sent to. `anyone`: other addresses, too."""

    people: list[dict[str, str]]
    own: str
    anyone: bool
    server: bool  # whether there is a mail server


def testers(desk: Desk) -> Testers:
    """The people of the team, and whether it may be somebody else."""
    kept = settings(desk)
    people = [{"name": str(one["name"]), "email": str(one["email"])} for one in kept["people"]]
    return {
        "people": people,
        "own": _own(desk, kept["people"]),
        "anyone": desk.role == "owner",
        "server": kept["smtp"] is not None,
    }


def send_step(
    desk: Desk,
    slug: str,
    node: str,
    *,
    to: str = "",
    customer: str | None = None,
    nameless: bool = False,
) -> Trial:
    """Send a node's email as the draft has it and as this customer would get it, to a person of the
    team (without `to`: to whoever asks), and say what became of it."""
    desk.may("edit")
    kept = settings(desk)
    to = _address(to or _own(desk, kept["people"]))
    team = [str(one["email"]) for one in kept["people"]]
    if to.lower() not in map(str.lower, team) and desk.role != "owner":
        raise NotAllowed(
            f"{to} belongs to nobody of the team, and only the owner may send tests elsewhere. "
            f"Choose one of {', '.join(team[:5])}."
        )
    read = texts.reading(desk, slug, node, None, customer=customer, nameless=nameless)
    with templates.budget(texts.MOST_WORK):
        outcome = read.outcome(read.context())
        if isinstance(outcome, Leave):
            _, outcome = texts.insisted(read)
    if not isinstance(outcome, Perform) or outcome.kind != "email":
        raise Refused(texts.failure(outcome, read.config))
    name = outcome.credential or kept["smtp"]
    if name is None:
        raise Refused("There is no mail server yet. Add one in the settings; the test goes by it.")
    secret = _opened(desk, name)
    desk.write("edit", lambda conn, now: _note(conn, desk, now, f"{slug}/{node}", to))
    body = {**outcome.body, "to": to, "subject": f"[Test] {outcome.body.get('subject') or ''}"}
    return asyncio.run(_send(desk, body, secret, dict(kept["sender"])))


def _address(text: str) -> str:
    text = text.strip()
    if "@" not in text or any(c.isspace() or c in "<>,;" for c in text):
        raise Refused("Write the address that the test goes to.")
    return text


def _own(desk: Desk, people: list[dict[str, Any]]) -> str:
    for one in people:
        if one["id"] == desk.person:
            return str(one["email"])
    return ""


def _note(conn: Connection, desk: Desk, now: int, of: str, to: str) -> None:
    """Write it into the audit, which also counts how many there were: by the person's id, as two
    may have one name, and one may change theirs. Raises Refused."""
    sql = "SELECT at, what, detail_json FROM audit WHERE workspace = ? ORDER BY seq DESC LIMIT 500"
    recent = [
        at
        for at, what, detail in rows(conn, sql, (desk.workspace,))
        if what == TESTED and at > now - MINUTE and mapping(detail).get("by") == desk.person
    ]
    if len(recent) >= MOST_A_MINUTE:
        raise Refused(
            f"You have sent {MOST_A_MINUTE} tests in the last minute. Wait a minute and try again."
        )
    desk.audit(conn, now, TESTED, of, {"to": to, "by": desk.person})


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
