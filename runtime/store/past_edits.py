"""Taking out the older edits of a draft. Any state is made of a whole document and the edits after
it, so what goes is always what comes before a whole document."""

from __future__ import annotations

from runtime.store.database import Connection, rows, run


def drop_before(conn: Connection, journey: str, before: int, most: int) -> int:
    """Take out at most so many edits that are older, the oldest first; how many. Those since the
    last whole document before that instant stay, as younger states are made of them."""
    sql = "SELECT min(rev) FROM draft_edit WHERE journey = ? AND at >= ?"
    first = rows(conn, sql, (journey, before))[0][0]
    if first is None:  # all are old: the draft itself is the whole document
        first = _begin_at_the_draft(conn, journey)
    sql = """SELECT max(rev) FROM draft_edit
 WHERE journey = ? AND rev <= ? AND document_json IS NOT NULL"""
    start = rows(conn, sql, (journey, first))[0][0]
    if start is None:
        return 0
    sql = "SELECT rev FROM draft_edit WHERE journey = ? AND rev < ? ORDER BY rev LIMIT ?"
    old = [rev for (rev,) in rows(conn, sql, (journey, start, most))]
    if old:
        sql = "DELETE FROM draft_edit WHERE journey = ? AND rev <= ?"
        run(conn, sql, (journey, old[-1]))
    return len(old)


def drop_all(conn: Connection, journey: str) -> int:
    """Begin the history anew with the draft as it is; how many edits are gone. The last one keeps
    its number, so that a repeated request is still known, and loses what was done."""
    sql = "SELECT draft_rev FROM journey WHERE id = ?"
    rev = rows(conn, sql, (journey,))[0][0]
    sql = "SELECT count(*) FROM draft_edit WHERE journey = ? AND NOT (rev = ? AND ops_json = '[]')"
    gone = rows(conn, sql, (journey, rev))[0][0]
    _begin_at_the_draft(conn, journey)
    run(conn, "DELETE FROM draft_edit WHERE journey = ? AND rev <> ?", (journey, rev))
    sql = "UPDATE draft_edit SET ops_json = '[]', label = '' WHERE journey = ?"
    run(conn, sql, (journey,))
    return gone


def _begin_at_the_draft(conn: Connection, journey: str) -> int:
    """The last edit holds the whole draft; its revision."""
    sql = "SELECT draft_rev, draft_json FROM journey WHERE id = ?"
    rev, text = rows(conn, sql, (journey,))[0]
    sql = """UPDATE draft_edit SET document_json = ?
 WHERE journey = ? AND rev = ? AND document_json IS NULL"""
    run(conn, sql, (text, journey, rev))
    return rev
