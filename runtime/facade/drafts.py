"""Drafts: making them, editing them by operations, importing them, and deleting the journey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson

from runtime.facade import edits
from runtime.facade.desk import Desk, dump
from runtime.facade.edits import Batch, Known
from runtime.facade.errors import NotFound, Refused
from runtime.facade.journeys import Row, bump, find, problems, shown
from runtime.facade.shapes import Document, EditResult, StartResult
from runtime.gallery import STAGES
from runtime.journey.hostile import scan
from runtime.journey.merging import onto, sets_whole
from runtime.journey.operations import OperationRefused, apply
from runtime.journey.report import Report
from runtime.journey.slugs import slugify
from runtime.store import inbox
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, new_id, rows, run
from runtime.store.intake import Incoming

MOST_BYTES = 4 * 1024 * 1024
MOST_NAME = 200
BY_NOBODY = Batch()

# --- Making and editing -----------------------------------------------------------------------


def empty(name: str) -> Document:
    """A blank canvas."""
    return {
        "format": 1,
        "name": name,
        "about": "",
        "stage": STAGES[0],
        "settings": {"reentry": {"mode": "when_finished"}},
        "nodes": [],
        "edges": [],
        "ui": {"positions": {}, "notes": []},
    }


def new_journey(
    desk: Desk, name: str, document: Mapping[str, Any] | None = None, *, sample: bool = False
) -> str:
    """A new draft; gives its slug."""
    name = _name(name or str((document or {}).get("name") or ""))
    draft = {**document, "name": name} if document else empty(name)
    text = _text(draft)

    def work(conn: Connection, now: int) -> str:
        slug = free(conn, desk.workspace, slugify(name))
        insert(conn, desk, now, slug, name, text, sample=sample)
        return slug

    return desk.write("edit", work)


def insert(
    conn: Connection, desk: Desk, now: int, slug: str, name: str, text: str, *, sample: bool
) -> str:
    """A new journey's row and its audit; gives its id."""
    made = new_id()
    run(
        conn,
        """INSERT INTO journey (id, workspace, slug, name, draft_json, draft_rev, draft_at, state,
 sample, created_at) VALUES (?,?,?,?,?,1,?,'draft',?,?)""",
        (made, desk.workspace, slug, name, text, now, sample, now),
    )
    edits.begin(conn, desk, made, now, "make the journey", text)
    desk.audit(conn, now, "journey.created", slug)
    return made


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not name:
        raise Refused("The journey has no name. Give it one, say “Enquiry to first call”.")
    if len(name) > MOST_NAME:
        raise Refused(f"The name is too long. Use at most {MOST_NAME} characters.")
    return name


def _text(document: Mapping[str, Any], ops: list[Any] | None = None) -> str:
    """The document as it is stored; Refused when it may not be. With the operations that made it
    of a stored one only these are looked through: in a large journey that is most of the work."""
    report = Report()
    scan(document if _wholly(ops) else {"ops": ops}, report)
    found = report.done({})
    if found:
        raise Refused(f"The document cannot be kept. {found[0].message}", shown(found))
    try:
        text = dump(document)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise Refused(f"The document cannot be kept: {error}. Correct it and try again.") from None
    if len(text.encode()) > MOST_BYTES:
        raise Refused("The document is larger than 4 MiB. Split the journey in two.")
    return text


def _wholly(ops: list[Any] | None) -> bool:
    return ops is None or any(cast("dict[str, Any]", op).get("op") == "doc.replace" for op in ops)


def free(conn: Connection, workspace: str, slug: str) -> str:
    """This slug, or with a number when it is taken."""
    sql = "SELECT slug FROM journey WHERE workspace = ?"
    taken = {row[0] for row in rows(conn, sql, (workspace,))}
    tried, n = slug, 1
    while tried in taken:
        n += 1
        tried = f"{slug}-{n}"
    return tried


def edit(desk: Desk, slug: str, base: int, ops: list[Any], by: Batch = BY_NOBODY) -> EditResult:
    """Apply operations to the draft. When `base` is not its revision, others have edited it
    meanwhile: the operations are applied to theirs, and the whole document comes back. A batch
    that was accepted before is answered as it was then.
    """

    def work(conn: Connection, now: int) -> tuple[Row, Known | None]:
        found = find(conn, desk.workspace, slug, lock=True)
        again = edits.known(conn, desk, found, by)
        if again is None:
            meant = _meant(conn, found, base, ops)
            try:
                draft = apply(found.draft, meant)
            except OperationRefused as error:
                raise Refused(str(error)) from None
            _store(conn, desk, found, draft, now, base=base, ops=meant, by=by)
        return found, again

    found, again = desk.write("edit", work)
    return _answer(desk, found, again or Known(found.rev, found.draft_at, base))


def _meant(conn: Connection, journey: Row, base: int, ops: list[Any]) -> list[Any]:
    """The operations for the draft as it stands, when they were made on an older one."""
    if not 0 < base < journey.rev or not sets_whole(ops):
        return ops
    try:
        return onto(edits.rebuilt(conn, journey, base), journey.draft, ops)
    except NotFound:  # nobody remembers what they were made on
        return ops


def _answer(desk: Desk, found: Row, made: Known) -> EditResult:
    with desk.read() as conn:
        result: EditResult = {
            "rev": made.rev,
            "saved_at": rfc3339(made.at),
            "problems": shown(problems(conn, desk, found)),
        }
        if made.base != made.rev - 1:
            result["document"] = edits.rebuilt(conn, found, made.rev)
            result["since"] = edits.between(conn, found.id, made.base, made.rev) or []
    return result


def _store(
    conn: Connection,
    desk: Desk,
    journey: Row,
    draft: Document,
    now: int,
    *,
    base: int,
    ops: list[Any],
    by: Batch,
    whole: bool = False,
) -> None:
    """The draft's next revision; the row becomes it."""
    text = _text(draft, ops)
    edits.keep(conn, desk, journey, now, base=base, ops=ops, by=by, text=text, whole=whole)
    name = draft.get("name")
    journey.name = _name(name) if isinstance(name, str) and name.strip() else journey.name
    journey.draft_json, journey.made = text, draft
    journey.rev, journey.draft_at = journey.rev + 1, now
    run(
        conn,
        "UPDATE journey SET draft_json = ?, draft_rev = ?, draft_at = ?, name = ? WHERE id = ?",
        (text, journey.rev, now, journey.name, journey.id),
    )


def save_draft(desk: Desk, slug: str | None, document: Mapping[str, Any]) -> str:
    """Import: replace the draft of this slug (None: that of the document's name), or make it."""
    name = _name(str(document.get("name") or ""))
    wanted = slug or slugify(name)
    draft = {**document, "name": name}

    def work(conn: Connection, now: int) -> str:
        try:
            found = find(conn, desk.workspace, wanted, lock=True)
        except NotFound:
            insert(conn, desk, now, wanted, name, _text(draft), sample=False)
        else:
            ops = [{"op": "doc.replace", "document": draft}]
            by = edits.Batch(label="import a document")
            _store(conn, desk, found, draft, now, base=found.rev, ops=ops, by=by, whole=True)
            desk.audit(conn, now, "journey.imported", wanted)
        return wanted

    return desk.write("edit", work)


def restore(
    desk: Desk, slug: str, *, rev: int | None, version: int | None, base: int | None, by: Batch
) -> EditResult:
    """Make an older state the draft again, or a published version: one more edit."""

    def work(conn: Connection, now: int) -> tuple[Row, Known]:
        found = find(conn, desk.workspace, slug, lock=True)
        again = edits.known(conn, desk, found, by)
        if again is None:
            if rev is not None:
                old, words = edits.rebuilt(conn, found, rev), f"restore revision {rev}"
            else:
                number = version or 0
                old, words = edits.published(conn, found, number), f"restore version {number}"
            ops = [{"op": "doc.replace", "document": old}]
            label = by.label or words
            draft = apply(found.draft, ops)
            # Without a base the caller has seen nothing, so that the whole document is told.
            seen = -1 if base is None else base
            _store(conn, desk, found, draft, now, base=seen, ops=ops, by=by._replace(label=label))
            again = Known(found.rev, found.draft_at, seen)
        return found, again

    return _answer(desk, *desk.write("edit", work))


def export(desk: Desk, slug: str) -> Document:
    """The draft."""
    with desk.read() as conn:
        return find(conn, desk.workspace, slug).draft


# --- Ending and holding -----------------------------------------------------------------------


def delete(desk: Desk, slug: str) -> None:
    """Delete a journey: nobody enters any more, and who is inside leaves it. What happened stays
    in the timelines.
    """

    def work(conn: Connection, now: int) -> None:
        found = find(conn, desk.workspace, slug, lock=True)
        run(
            conn,
            """UPDATE journey SET deleted_at = ?, state = 'draft', live_version = NULL, slug = ?
 WHERE id = ?""",
            (now, f"{slug}~{found.id}", found.id),
        )
        run(conn, "DELETE FROM schedule WHERE journey = ?", (found.id,))
        cancel(conn, found.id, "The journey was deleted", now)
        bump(conn, desk.workspace)
        desk.audit(conn, now, "journey.deleted", slug)

    desk.write("edit", work)
    desk.house.bell.ring()


def cancel(conn: Connection, journey_id: str, reason: str, now: int) -> None:
    """Ask every open run of a journey to end."""
    sql = "SELECT id FROM run WHERE journey = ? AND ended_at IS NULL"
    body = dump({"reason": reason})
    inbox.put_all(conn, [(r[0], "cancel", body) for r in rows(conn, sql, (journey_id,))], now)


# --- Starting by hand -------------------------------------------------------------------------


def start_manually(
    desk: Desk, slug: str, node: str, customer: str, properties: Mapping[str, Any]
) -> StartResult:
    """Add a customer (our id, your id or an email) to a live journey by a manual trigger."""
    desk.may("edit")
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        if found.state != "live":
            raise Refused("The journey is not live, so nobody can be added. Publish it first.")
        who = _who(conn, desk.workspace, customer.strip())
    event = Incoming(
        desk.workspace,
        "studio",
        None,
        "track",
        f"manual.{node}",
        who,
        dict(properties),
        target=found.id,
        target_node=node,
    )
    receipt = desk.house.intake.accept_now(event)[0]
    desk.write("edit", lambda conn, now: desk.audit(conn, now, "customer.added", slug))
    return {"event_id": receipt.event_id}


def _who(conn: Connection, workspace: str, customer: str) -> dict[str, str]:
    if not customer:
        raise Refused("Choose a customer, or write an email address.")
    sql = "SELECT external_id, email FROM customer WHERE workspace = ? AND id = ?"
    for external_id, email in rows(conn, sql, (workspace, customer)):
        if external_id:
            return {"id": external_id}
        if email:
            return {"email": email}
        sql = "SELECT kind, value FROM identity WHERE workspace = ? AND customer = ?"
        for kind, value in rows(conn, sql, (workspace, customer)):
            return {kind: value}
    return {"any": customer}
