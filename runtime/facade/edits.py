"""The history of a draft: every accepted batch of edits, and any state of it made again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from runtime.facade.desk import Desk, dump, listing, mapping
from runtime.facade.errors import NotFound, Refused
from runtime.facade.journeys import Row, find, problems, shown
from runtime.facade.shapes import Document, EditMade, HistoryEdit, HistoryShape, Maker
from runtime.journey.operations import apply
from runtime.store import past_edits, retention
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, rows, run

EVERY = 50  # revisions between two whole documents
MOST = 200  # edits that are told one by one
MOST_TOLD = 8 * 1024 * 1024  # characters of their operations
MOST_NUMBER = 2**31 - 1  # what a column of numbers holds
CLIENT = re.compile(r"[A-Za-z0-9_-]{6,64}")
MOST_LABEL = 200


class Batch(NamedTuple):
    """What an editor says about its edits: which open editor it is, the number it gave the batch,
    and what was done in a few words."""

    client: str | None = None
    seq: int | None = None
    label: str = ""


class Known(NamedTuple):
    """A batch that came before: its revision, its instant, and the revision it was made on."""

    rev: int
    at: int
    base: int


def batch(client: object, seq: object, label: object) -> Batch:
    """A checked batch; Refused when it makes no sense."""
    if client is not None and (not isinstance(client, str) or not CLIENT.fullmatch(client)):
        raise Refused("The name of this editor is broken. Reload the page and try again.")
    if client is not None and (not isinstance(seq, int) or isinstance(seq, bool) or seq < 0):
        raise Refused("This edit has no number. Reload the page and try again.")
    words = " ".join(label.replace("\0", " ").split()) if isinstance(label, str) else ""
    return Batch(client, cast("int", seq) if client else None, words[:MOST_LABEL])


# --- Keeping ----------------------------------------------------------------------------------


def known(conn: Connection, desk: Desk, journey: Row, by: Batch) -> Known | None:
    """The batch when it was accepted before, so that a repeated request changes nothing."""
    if by.client is None:
        return None
    sql = "SELECT rev, at, base FROM draft_edit WHERE journey = ? AND client = ? AND seq = ?"
    found = rows(conn, sql, (journey.id, _own(desk, by), by.seq))
    return Known(*found[0]) if found else None


def _own(desk: Desk, by: Batch) -> str | None:
    """The editor's name as it is kept: each person's own. Others see the name, and whoever used it
    for numbers that are still to come would have made this person's edits vanish."""
    if by.client is None:
        return None
    return hashlib.sha256(f"{desk.person}/{by.client}".encode()).hexdigest()


def keep(
    conn: Connection,
    desk: Desk,
    before: Row,
    now: int,
    *,
    base: int,
    ops: list[Any],
    by: Batch,
    text: str,
    whole: bool = False,
) -> None:
    """Remember a batch that made this text of the draft; `whole`: with the whole document, which
    is kept every so often anyway."""
    _begin(conn, desk, before)
    rev = before.rev + 1
    kept = text if whole or rev % EVERY == 0 else None
    _insert(conn, desk, before.id, now, rev=rev, base=base, ops=dump(ops), by=by, text=kept)


def begin(conn: Connection, desk: Desk, journey: str, now: int, label: str, text: str) -> None:
    """The first state of a new draft."""
    by = Batch(label=label)
    _insert(conn, desk, journey, now, rev=1, base=0, ops="[]", by=by, text=text)


def _begin(conn: Connection, desk: Desk, journey: Row) -> None:
    """The state to go on from, when edits of before were not remembered."""
    sql = "SELECT 1 FROM draft_edit WHERE journey = ? AND rev = ?"
    if rows(conn, sql, (journey.id, journey.rev)):
        return
    run(
        conn,
        """INSERT INTO draft_edit (journey, rev, workspace, at, person, name, client, seq, base,
 label, ops_json, document_json) VALUES (?,?,?,?,NULL,'',NULL,NULL,?,'','[]',?)""",
        (journey.id, journey.rev, desk.workspace, journey.draft_at, journey.rev - 1,
         journey.draft_json),
    )  # fmt: skip


def _insert(
    conn: Connection,
    desk: Desk,
    journey: str,
    now: int,
    *,
    rev: int,
    base: int,
    ops: str,
    by: Batch,
    text: str | None,
) -> None:
    run(
        conn,
        """INSERT INTO draft_edit (journey, rev, workspace, at, person, name, client, seq, base,
 label, ops_json, document_json) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)""",
        (journey, rev, desk.workspace, now, desk.person, desk.who, _own(desk, by), by.seq, base,
         by.label, ops, text),
    )  # fmt: skip


class Forgotten(NamedTuple):
    """How many edits are gone; `clean`: they stand in no file of SQLite any more."""

    edits: int
    clean: bool


def forget(desk: Desk, slug: str) -> Forgotten:
    """Take out every edit of a draft for good, say because a secret was typed into it. The draft
    and its published versions stay."""

    def work(conn: Connection, now: int) -> int:
        found = find(conn, desk.workspace, slug, lock=True)
        gone = past_edits.drop_all(conn, found.id)
        desk.audit(conn, now, "history.forgotten", slug, {"edits": gone})
        return gone

    gone = desk.write("own", work)
    return Forgotten(gone, retention.swept(desk.house.database))


# --- Reading ----------------------------------------------------------------------------------


def between(conn: Connection, journey: str, after: int, before: int) -> list[EditMade] | None:
    """The edits of the revisions in between; None when they are too much or not all remembered."""
    wanted = before - after - 1
    if wanted > MOST:
        return None
    sql = "SELECT sum(length(ops_json)) FROM draft_edit WHERE journey = ? AND rev > ? AND rev < ?"
    if (rows(conn, sql, (journey, after, before))[0][0] or 0) > MOST_TOLD:
        return None
    sql = """SELECT rev, at, person, name, label, ops_json,
 CASE WHEN ops_json = '[]' THEN document_json END FROM draft_edit
 WHERE journey = ? AND rev > ? AND rev < ? ORDER BY rev"""
    found = rows(conn, sql, (journey, after, before))
    if len(found) != max(0, wanted):
        return None
    return [
        {
            "rev": rev,
            "at": rfc3339(at),
            "person": _maker(person, name),
            "label": label,
            # where the history begins anew, nobody knows what led there
            "ops": [{"op": "doc.replace", "document": mapping(whole)}] if whole else listing(ops),
        }
        for rev, at, person, name, label, ops, whole in found
    ]


def since(desk: Desk, slug: str, after: int) -> dict[str, Any]:
    """What was done after a revision, or the whole document when that is too much to tell."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        after = min(after, found.rev + 1)  # no number is too large for the database
        made = between(conn, found.id, after, found.rev + 1)
        state = {
            "rev": found.rev,
            "saved_at": rfc3339(found.draft_at),
            "problems": shown(problems(conn, desk, found)),
        }
        if made is None or after > found.rev:
            return {**state, "edits": [], "document": found.draft}
        return {**state, "edits": made}


def rebuilt(conn: Connection, journey: Row, rev: int) -> Document:
    """The draft as it stood at a revision."""
    if rev == journey.rev:
        return journey.draft
    if rev > journey.rev:
        raise NotFound(f"The history does not reach revision {rev}.")
    sql = """SELECT rev, document_json FROM draft_edit
 WHERE journey = ? AND rev <= ? AND document_json IS NOT NULL ORDER BY rev DESC LIMIT 1"""
    start = rows(conn, sql, (journey.id, rev))
    if not start:
        raise NotFound(f"The history does not reach revision {rev}.")
    sql = "SELECT ops_json FROM draft_edit WHERE journey = ? AND rev > ? AND rev <= ? ORDER BY rev"
    made = rows(conn, sql, (journey.id, start[0][0], rev))
    if len(made) != rev - start[0][0]:
        raise NotFound(f"The history does not reach revision {rev}.")
    document = mapping(start[0][1])
    for (ops,) in made:
        document = apply(document, listing(ops), again=True)
    return document


def at(desk: Desk, slug: str, rev: int) -> dict[str, Any]:
    """One state of the draft."""
    with desk.read() as conn:
        return {"rev": rev, "document": rebuilt(conn, find(conn, desk.workspace, slug), rev)}


def version(desk: Desk, slug: str, number: int) -> dict[str, Any]:
    """One published version."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        return {"number": number, "document": published(conn, found, number)}


def published(conn: Connection, journey: Row, number: int) -> Document:
    """The document of a version."""
    sql = "SELECT document_json FROM journey_version WHERE journey = ? AND number = ?"
    found = rows(conn, sql, (journey.id, number)) if number <= MOST_NUMBER else []
    if not found:
        raise NotFound(f"There is no version {number}.")
    return mapping(found[0][0])


def history(desk: Desk, slug: str, before: int | None, limit: int) -> HistoryShape:
    """Who did what and when, the newest first, and the published versions."""
    with desk.read() as conn:
        found = find(conn, desk.workspace, slug)
        sql = """SELECT rev, at, person, name, label, ops_json,
 CASE WHEN ops_json = '[]' THEN document_json END FROM draft_edit
 WHERE journey = ? AND rev < ? ORDER BY rev DESC LIMIT ?"""
        most = min(max(limit, 1), MOST)
        last = min(before or found.rev + 1, found.rev + 1)
        rows_made = rows(conn, sql, (found.id, last, most))
        changed = _changed(conn, found, rows_made)
        made = [_told(row, changed) for row in rows_made]
        # A publish holds the journey, so the last edit before its instant is what it froze.
        sql = """SELECT v.number, v.published_at, v.published_by,
 (SELECT max(e.rev) FROM draft_edit e WHERE e.journey = v.journey AND e.at <= v.published_at)
 FROM journey_version v WHERE v.journey = ? ORDER BY v.number DESC"""
        versions = rows(conn, sql, (found.id,))
    return {
        "edits": made,
        "versions": [
            {
                "number": number,
                "rev": rev,
                "published_at": rfc3339(when),
                "person": _maker(None, who or ""),
            }
            for number, when, who, rev in versions
        ],
    }


def _told(row: tuple[Any, ...], changed: Mapping[int, set[str]]) -> HistoryEdit:
    rev, when, person, name, label, text, _ = row
    ops = listing(text)
    touched = {node for op in ops for node in _nodes(op)} | changed.get(rev, set())
    return {
        "rev": rev,
        "at": rfc3339(when),
        "person": _maker(person, name),
        "label": label,
        "count": len(ops),
        "nodes": sorted(touched),
    }


def _changed(conn: Connection, journey: Row, made: list[tuple[Any, ...]]) -> dict[int, set[str]]:
    """The nodes that restores and imports changed, of each its own. The edits are gone through once
    for all of them: each state made anew would be made of the same edits again and again."""
    replaced = {row[0] for row in made if _replaces(row[5])}
    if not replaced:
        return {}
    found: dict[int, set[str]] = {}
    document: Document | None = None
    for rev, *_, text, whole in reversed(made):
        if rev < min(replaced) or rev > max(replaced):
            continue
        try:
            before = rebuilt(conn, journey, rev - 1) if document is None else document
        except NotFound:  # nobody remembers what it replaced
            return {}
        document = mapping(whole) if whole else apply(before, listing(text), again=True)
        if rev in replaced:
            one, other = _by_id(before), _by_id(document)
            found[rev] = {n for n in one.keys() | other.keys() if one.get(n) != other.get(n)}
    return found


def _replaces(text: str) -> bool:
    return "doc.replace" in text and any(op.get("op") == "doc.replace" for op in listing(text))


def _by_id(document: Document) -> dict[str, Any]:
    nodes = document.get("nodes")
    found = (
        [mapping_of(node) for node in cast("list[Any]", nodes)] if isinstance(nodes, list) else []
    )
    return {str(node["id"]): node for node in found if "id" in node}


def _nodes(op: Mapping[str, Any]) -> list[str]:
    """The nodes that an operation touches."""
    kind = str(op.get("op"))
    if kind == "node.add":
        return [str(mapping_of(op.get("node")).get("id"))]
    if kind.startswith("node."):
        return [str(op.get("id"))]
    if kind.startswith("edge."):
        return [str(op.get("from")), str(op.get("to"))]
    return []


def mapping_of(value: object) -> Mapping[str, Any]:
    """The value when it is an object, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _maker(person: str | None, name: str) -> Maker:
    return {"id": person, "name": name}
