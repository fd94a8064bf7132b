"""Approvals: what waits for a person, the draft with its evidence, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from nodes.spec import NodeType
from runtime.facade import history, outgoing, words
from runtime.facade.customers import card
from runtime.facade.desk import Desk, dump, mapping, when
from runtime.facade.errors import NotFound, Refused
from runtime.facade.history import Step, Version
from runtime.facade.shapes import (
    ApprovalRow,
    ApprovalShape,
    Decision,
    Draft,
    FollowItem,
    Source,
)
from runtime.store import inbox
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run

MOST = 200
MOST_FOLLOWS = 4
MOST_TEXT = 100_000
COLUMNS = """a.id, a.run, a.token, a.node, a.visit, a.customer, a.ask_json, a.state,
 a.decision_json, a.created_at, a.expires_at, a.decided_at, r.version, r.sample"""


class _Row:
    """An approval as it is stored."""

    def __init__(self, found: tuple[Any, ...], version: Version) -> None:
        (self.id, self.run, self.token, self.node, self.visit, self.customer) = found[:6]
        self.ask = mapping(found[6])
        (self.state, self.decision_json, self.created_at, self.expires_at) = found[7:11]
        (self.decided_at, self.version_id, self.sample) = found[11:14]
        self.version = version
        drafted = self.ask.get("draft")
        self.draft = cast("dict[str, Any]", drafted) if isinstance(drafted, dict) else {}


def _find(conn: Connection, workspace: str, where: str, params: list[Any]) -> list[_Row]:
    sql = f"""SELECT {COLUMNS} FROM approval a JOIN run r ON r.id = a.run
 WHERE a.workspace = ? AND {where} ORDER BY a.expires_at IS NULL, a.expires_at, a.id LIMIT {MOST}"""
    found = rows(conn, sql, (workspace, *params))
    versions = history.versions(conn, [row[12] for row in found])
    return [_Row(row, versions[row[12]]) for row in found if row[12] in versions]


def approvals(desk: Desk, state: str = "open") -> list[ApprovalRow]:
    """Those in this state ("all": any), the first to expire first."""
    with desk.read() as conn:
        if state == "all":
            found = _find(conn, desk.workspace, "1 = 1", [])
        else:
            found = _find(conn, desk.workspace, "a.state = ?", [state])
        names = history.names(conn, [one.customer for one in found])
    return [_shape(one, names.get(one.customer, "")) for one in found]


def _shape(one: _Row, name: str) -> ApprovalRow:
    sure = one.draft.get("confidence")
    subject = one.draft.get("subject")
    text = one.draft.get("text")
    by = one.ask.get("by")
    return {
        "id": one.id,
        "state": one.state,
        "title": subject
        if isinstance(subject, str) and subject
        else one.version.title(one.node, None),
        "preview": words.shown(text) if isinstance(text, str) else "",
        "sureness": float(sure) if isinstance(sure, (int, float)) else None,
        "by": by if isinstance(by, str) else None,
        "customer": one.customer,
        "customer_name": name,
        "journey": one.version.slug,
        "journey_name": one.version.name,
        "created_at": rfc3339(one.created_at),
        "expires_at": when(one.expires_at),
        "decided_at": when(one.decided_at),
        "sample": bool(one.sample),
    }


def approval(desk: Desk, approval_id: str) -> ApprovalShape:
    """One approval with its draft, what the draft was made from, and what follows."""
    with desk.read() as conn:
        found = _find(conn, desk.workspace, "a.id = ?", [approval_id])
        if not found:
            raise NotFound("There is no such approval.")
        one = found[0]
        known = card(conn, desk.workspace, one.customer)
        names = history.names(conn, [one.customer])
        steps = history.steps(conn, [one.run])[one.run]
        text, subject = one.draft.get("text"), one.draft.get("subject")
        draft: Draft = {
            "to": known["email"] if known else None,
            "subject": subject if isinstance(subject, str) else None,
            "text": text if isinstance(text, str) else "",
        }
        return {
            **_shape(one, names.get(one.customer, "")),
            "ask": one.ask,
            "draft": draft,
            "sources": _sources(conn, one, steps),
            "card": known,
            "follows": _follows(desk, one.version, one.node, "out"),
            "mailbox": outgoing.stays(
                conn,
                desk,
                (one.version.nodes[n] for n in _ahead(desk, one.version, one.node)),
                sample=bool(one.sample),
            ),
            "expiry": _expiry(desk, one),
            "decided": _decided(one),
            "run": one.run,
        }


def _decided(one: _Row) -> Decision | None:
    if one.decision_json is None or one.decided_at is None:
        return None
    made = mapping(one.decision_json)
    return {
        "decision": made["decision"],
        "by": made.get("by"),
        "text": made.get("text"),
        "at": rfc3339(one.decided_at),
    }


def _sources(conn: Connection, one: _Row, steps: list[Step]) -> list[Source]:
    """What the draft was made from: as the model said, and the entry event's own words."""
    found: list[Source] = []
    drafted = [step for step in steps if step.node == one.ask.get("of")]
    for step in drafted[-1:]:
        sql = 'SELECT answer_json FROM outbox WHERE "key" = ?'
        for (answer,) in rows(conn, sql, (step.key,)):
            data = mapping(answer).get("data")
            given = cast("dict[str, Any]", data).get("sources") if isinstance(data, dict) else None
            found += [_source(s) for s in cast("list[Any]", given or [])]
    sql = (
        "SELECT e.name, e.properties_json FROM run r JOIN event e ON e.id = r.event WHERE r.id = ?"
    )
    for name, properties in rows(conn, sql, (one.run,)):
        for key in ("message", "text", "body"):
            value = mapping(properties).get(key)
            if isinstance(value, str) and value.strip():
                found.insert(0, {"title": f"What they wrote ({name})", "text": value[:2000]})
                break
    return found[:20]


def _source(value: Any) -> Source:
    if isinstance(value, dict):
        row = cast("dict[str, Any]", value)
        return {
            "title": str(row.get("title") or row.get("name") or "Your facts"),
            "text": str(row.get("text") or ""),
        }
    return {"title": "Your facts", "text": str(value)}


def _follows(desk: Desk, version: Version, node: str, handle: str) -> list[FollowItem]:
    """What stands on the way after this node, as far as it is one way."""
    found: list[FollowItem] = []
    for here, kind in _ahead(desk, version, node, handle).items():
        said = words.sentence(kind, version.config(here)) if kind.category == "logic" else ""
        found.append(
            {
                "icon": kind.icon,
                "category": kind.category,
                "text": f"{version.title(here, kind)}: {said}"
                if said
                else version.title(here, kind),
            }
        )
    return found


def _ahead(desk: Desk, version: Version, node: str, handle: str = "out") -> dict[str, NodeType]:
    """The next steps on the way, until one waits."""
    found: dict[str, NodeType] = {}
    ahead = version.next(node, handle)
    while ahead and len(found) < MOST_FOLLOWS:
        here = ahead.pop(0)
        kind = desk.house.types.get(str(version.nodes.get(here, {}).get("type")))
        if here in found or here == node or kind is None:
            continue
        found[here] = kind
        if not kind.waits:
            ahead += version.next(here, "out")
    return found


def _expiry(desk: Desk, one: _Row) -> str:
    if one.expires_at is None:
        return "It waits until somebody decides."
    follows = _follows(desk, one.version, one.node, "expired")
    if not follows:
        return "If nobody decides in time, this way of the journey ends."
    return f"If nobody decides in time: {follows[0]['text']}"


def decide(
    desk: Desk, approval_id: str, decision: str, text: str | None = None, by: str | None = None
) -> ApprovalShape:
    """Approve or reject; `text` is the edited draft. The first decision counts. The same one by the
    same person again changes nothing and is no error: when a commit's answer was lost, nobody can
    tell a second try from a first."""
    if decision not in ("approve", "reject"):
        raise Refused("A decision is approve or reject.")
    if text is not None and len(text) > MOST_TEXT:
        raise Refused("The text is too long. Shorten it.")

    def work(conn: Connection, now: int) -> None:
        found = _find(conn, desk.workspace, "a.id = ?", [approval_id])
        if not found:
            raise NotFound("There is no such approval.")
        one = found[0]
        drafted = one.draft.get("text")
        edited = text if text is not None and text != drafted else None
        made = {"decision": decision, "by": by or desk.who, "text": edited}
        if one.decision_json is not None:
            _stands(one.state, one.decision_json, made)
            return
        if one.expires_at is not None and now > one.expires_at:
            raise Refused("The time to decide is over, so the journey went on without a decision.")
        sql = """UPDATE approval SET state = ?, decision_json = ?, decided_at = ?
 WHERE id = ? AND state = 'open'"""
        state = "approved" if decision == "approve" else "rejected"
        if run(conn, sql, (state, dump(made), now, one.id)).rowcount != 1:
            _stands(*_was(conn, one.id), made)
            return
        place = {"token": one.token, "node": one.node, "visit": one.visit}
        inbox.put(conn, one.run, "decision", {**place, **made, "at": now}, now)
        desk.audit(conn, now, f"approval.{state}", one.id, {"edited": edited is not None})

    desk.write("decide", work)
    desk.house.bell.ring()
    return approval(desk, approval_id)


def _was(conn: Connection, approval_id: str) -> tuple[str, str | None]:
    """The state and the decision that stand there now."""
    found = rows(conn, "SELECT state, decision_json FROM approval WHERE id = ?", (approval_id,))
    return (str(found[0][0]), found[0][1]) if found else ("decided", None)


def _stands(state: str, decided: str | None, made: Mapping[str, Any]) -> None:
    """Refuse what differs from the decision that stands."""
    if decided is None or mapping(decided) != made:
        raise Refused(f"This was {state} already, so nothing was changed.")
