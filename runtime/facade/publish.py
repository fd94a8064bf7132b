"""Publishing: a draft becomes a frozen version, with its webhooks' addresses and its schedules."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping
from datetime import UTC
from typing import cast

from nodes.spec import Start
from runtime.facade import journeys
from runtime.facade.desk import Desk, mapping
from runtime.facade.errors import Refused
from runtime.facade.journeys import Row
from runtime.facade.shapes import Document, PublishResult
from runtime.journey.canonical import content_hash
from runtime.journey.problems import Problem
from runtime.journey.times import zone
from runtime.schedule.fires import next_fire
from runtime.store.clock import from_us, to_us
from runtime.store.database import Connection, new_id, rows, run


class _Changed(Exception):
    """The draft was edited while it was being checked: check it again."""


def publish(desk: Desk, slug: str) -> PublishResult:
    """Check the draft and make it the live version. Refused, with the problems, while it has an
    error. A draft that is live already stays the same version.
    """
    desk.may("edit")
    for _ in range(5):
        with contextlib.suppress(_Changed):
            return _try(desk, slug)
    raise Refused("The draft changes all the time. Publish it when the others have finished.")


def _try(desk: Desk, slug: str) -> PublishResult:
    with desk.read() as conn:
        checked = journeys.find(conn, desk.workspace, slug)
        found = journeys.problems(conn, desk, checked)
    _refuse(checked, found)
    return desk.write("edit", lambda conn, now: _publish(conn, now, desk, checked, found))


def _refuse(journey: Row, found: list[Problem]) -> None:
    if journey.sample:
        raise Refused(
            "This journey belongs to the sample customers. Use its template to make your own."
        )
    errors = [p for p in found if p.severity == "error"]
    if errors:
        first = errors[0]
        count = "One problem keeps" if len(errors) == 1 else f"{len(errors)} problems keep"
        where = f"{first.node}: " if first.node else ""
        raise Refused(
            f"{count} it from being published. {where}{first.message}", journeys.shown(errors)
        )


def _publish(
    conn: Connection, now: int, desk: Desk, checked: Row, found: list[Problem]
) -> PublishResult:
    journey = journeys.find(conn, desk.workspace, checked.slug, lock=True)
    if journey.rev != checked.rev:
        raise _Changed
    number, digest, version = freeze(conn, now, desk, journey)
    run(
        conn,
        "UPDATE journey SET state = 'live', live_version = ? WHERE id = ?",
        (version, journey.id),
    )
    arrange(conn, now, desk, journey.id, journey.draft)
    journeys.bump(conn, desk.workspace)
    desk.audit(conn, now, "journey.published", journey.slug, {"version": number, "hash": digest})
    return {
        "version": number,
        "hash": digest,
        "hooks": journeys.hooks(conn, desk, journey.id),
        "problems": journeys.shown(found),
    }


def freeze(conn: Connection, now: int, desk: Desk, journey: Row) -> tuple[int, str, str]:
    """(number, hash, id) of the version that holds the draft; the newest one if it is the same."""
    digest = content_hash(journey.draft)
    sql = """SELECT number, hash, id FROM journey_version WHERE journey = ?
 ORDER BY number DESC LIMIT 1"""
    newest = rows(conn, sql, (journey.id,))
    if newest and newest[0][1] == digest:
        return newest[0][0], digest, newest[0][2]
    number = newest[0][0] + 1 if newest else 1
    version = new_id()
    run(
        conn,
        """INSERT INTO journey_version (id, workspace, journey, number, hash, document_json,
 published_at, published_by) VALUES (?,?,?,?,?,?,?,?)""",
        (version, desk.workspace, journey.id, number, digest, journey.draft_json, now, desk.who),
    )
    return number, digest, version


# --- What a live version needs outside its graph ----------------------------------------------


def starts(desk: Desk, document: Document) -> dict[str, Start]:
    """How each trigger that is on starts runs, by node."""
    found: dict[str, Start] = {}
    for node in cast("list[Document]", document["nodes"]):
        kind = desk.house.types[node["type"]]
        if kind.start is not None and not node.get("disabled"):
            config = kind.read(node.get("config") or {}, node.get("version"))
            found[node["id"]] = kind.start(config)
    return found


def arrange(conn: Connection, now: int, desk: Desk, journey_id: str, document: Document) -> None:
    """Addresses for webhooks, which stay over versions, and schedules, whose old ones go."""
    found = starts(desk, document)
    for node in [n for n, start in found.items() if start.source == "webhook"]:
        run(
            conn,
            """INSERT INTO hook (token, workspace, journey, node, created_at) VALUES (?,?,?,?,?)
 ON CONFLICT (journey, node) DO NOTHING""",
            (secrets.token_urlsafe(24), desk.workspace, journey_id, node, now),
        )
    _schedules(
        conn, now, desk, journey_id, {n: s for n, s in found.items() if s.source == "schedule"}
    )


def _schedules(
    conn: Connection, now: int, desk: Desk, journey_id: str, wanted: Mapping[str, Start]
) -> None:
    """One whose times change keeps its id, so that no local time fires twice."""
    sql = "SELECT time_zone FROM workspace WHERE id = ?"
    own = rows(conn, sql, (desk.workspace,))[0][0]
    sql = "SELECT node, id, cron, time_zone FROM schedule WHERE journey = ?"
    old = {node: (one, rule) for node, one, *rule in rows(conn, sql, (journey_id,))}
    for node, (schedule, _) in old.items():
        if node not in wanted:
            run(conn, "DELETE FROM schedule WHERE id = ?", (schedule,))
    for node, start in wanted.items():
        rule = [start.cron, start.time_zone or own]
        _, instant = next_fire(start.cron or "", zone(rule[1] or "") or UTC, from_us(now))
        schedule, known = old.get(node, (None, None))
        if schedule is None:
            run(
                conn,
                """INSERT INTO schedule (id, workspace, journey, node, cron, time_zone, segment,
 missed, next_at) VALUES (?,?,?,?,?,?,?,?,?)""",
                (new_id(), desk.workspace, journey_id, node, *rule, start.segment, start.missed,
                 to_us(instant)),
            )  # fmt: skip
            continue
        sql = "UPDATE schedule SET segment = ?, missed = ? WHERE id = ?"
        run(conn, sql, (start.segment, start.missed, schedule))
        if known != rule:
            # a fan-out under way is finished first
            sql = """UPDATE schedule SET cron = ?, time_zone = ?,
 next_at = CASE WHEN "cursor" IS NULL THEN ? ELSE next_at END WHERE id = ?"""
            run(conn, sql, (*rule, to_us(instant), schedule))


def follow_zone(conn: Connection, now: int, desk: Desk) -> None:
    """The workspace's clock has changed: schedules without a zone of their own go by the new
    one."""
    sql = """SELECT j.id, v.document_json FROM journey j JOIN journey_version v
 ON v.id = j.live_version WHERE j.workspace = ? AND j.state = 'live' AND j.deleted_at IS NULL"""
    for journey, document in rows(conn, sql, (desk.workspace,)):
        arrange(conn, now, desk, journey, mapping(document))


# --- Holding and going on ---------------------------------------------------------------------


def pause(desk: Desk, slug: str) -> None:
    """Nobody enters any more, and schedules stop; who is inside goes on."""

    def work(conn: Connection, now: int) -> None:
        journey = journeys.find(conn, desk.workspace, slug, lock=True)
        if journey.state != "live":
            raise Refused("Only a live journey can be paused.")
        run(conn, "UPDATE journey SET state = 'paused' WHERE id = ?", (journey.id,))
        run(conn, "DELETE FROM schedule WHERE journey = ?", (journey.id,))
        journeys.bump(conn, desk.workspace)
        desk.audit(conn, now, "journey.paused", slug)

    desk.write("edit", work)


def resume(desk: Desk, slug: str) -> None:
    """Let customers enter again. What happened meanwhile is not caught up on."""

    def work(conn: Connection, now: int) -> None:
        journey = journeys.find(conn, desk.workspace, slug, lock=True)
        if journey.state != "paused":
            raise Refused("Only a paused journey can be resumed.")
        run(conn, "UPDATE journey SET state = 'live' WHERE id = ?", (journey.id,))
        sql = "SELECT document_json FROM journey_version WHERE id = ?"
        for (document,) in rows(conn, sql, (journey.live_version,)):
            arrange(conn, now, desk, journey.id, mapping(document))
        journeys.bump(conn, desk.workspace)
        desk.audit(conn, now, "journey.resumed", slug)

    desk.write("edit", work)
