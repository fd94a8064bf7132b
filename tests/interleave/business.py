"""The business that the simulator runs: twelve journeys of different shapes and their customers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from nodes.registry import node_types
from nodes.spec import Context, Leave, NodeType, Outcome
from runtime.engine.compiled import Journey, compile_journey
from tests.interleave.hub import SECOND, START
from tests.work.kinds import with_once

Nodes = Mapping[str, tuple[str, Mapping[str, Any]]]
Edges = tuple[tuple[str, str, str], ...]

CUSTOMERS = ("ada", "ben", "cleo")
VIPS = ("vip0", "vip1", "vip2", "vip3", "vip4")  # in the segment of the schedule
HOSTS = ("sink.test", "other.test")
ONCE = ("charge", "right")  # nodes whose effect may go out once at most
BRITTLE = "brittle"  # the journey that is live only where failed runs may go on
FRAGILE = ("first", "late", "draft", "mail", "cheer", "nudge")  # a refusal there fails the run
FAN_OUT = 2  # customers of a fan-out in one transaction, so that its cursor matters


@dataclass(frozen=True, slots=True)
class Design:
    """A journey: its document, and the event that starts it (None: a schedule)."""

    slug: str
    nodes: Nodes
    edges: Edges
    settings: Mapping[str, Any]
    starts: str | None

    @property
    def splits(self) -> bool:
        """Whether a run is at several places at once."""
        return len([1 for start, _, _ in self.edges if start == "in"]) > 1

    @property
    def document(self) -> dict[str, Any]:
        """The journey document."""
        return {
            "format": 1,
            "name": self.slug,
            "stage": "onboarding",
            "settings": self.settings,
            "nodes": [
                {"id": n, "type": t, "version": 1, "config": c} for n, (t, c) in self.nodes.items()
            ],
            "edges": [{"from": a, "handle": h, "to": b} for a, h, b in self.edges],
        }


def _call(path: str, *, host: str = HOSTS[0], **body: str) -> tuple[str, Mapping[str, Any]]:
    config = {"method": "POST", "url": f"http://{host}/{path}", "body": body}
    return ("action.http_request", config)


def _task(title: str) -> tuple[str, Mapping[str, Any]]:
    return ("action.create_task", {"title": title})


def _on(event: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
    return ("trigger.event", {"event": event, **more})


_SAID = "{{ event.properties.said }}"
ALWAYS = {"reentry": {"mode": "always"}}

DESIGNS = (
    Design(  # branch, set, call, change of the record; every event starts one
        "plain",
        {
            "in": _on("order"),
            "big": (
                "logic.branch",
                {"condition": {"field": "event.properties.n", "op": "gte", "value": 2}},
            ),
            "set": ("logic.set", {"values": {"n": "{{ event.properties.n }}", "said": _SAID}}),
            "call": _call("plain", n="{{ steps.set.n }}", last="{{ customer.last }}", said=_SAID),
            "note": ("action.update_customer", {"set": {"last": "{{ event.properties.n }}"}}),
            "lost": _task(f"Call by hand: {_SAID}"),
        },
        (
            ("in", "out", "big"),
            ("big", "yes", "set"),
            ("big", "no", "note"),
            ("set", "out", "call"),
            ("call", "out", "note"),
            ("call", "failed", "lost"),
        ),
        ALWAYS,
        "order",
    ),
    Design(  # nothing but one row of the customer: their events keep their order
        "last",
        {
            "in": _on("order"),
            "note": (
                "action.update_customer",
                {"set": {"seen": "{{ event.properties.n }}", "said": _SAID}},
            ),
        },
        (("in", "out", "note"),),
        {},
        "order",
    ),
    Design(  # an event or a deadline, an exit, a goal
        "trial",
        {
            "in": _on("trial"),
            "wait": ("logic.wait_for_event", {"event": "invited", "within": "PT6H"}),
            "cheer": _call("cheer", who="{{ customer.id }}", said=_SAID),
            "nudge": _call("nudge", who="{{ customer.id }}"),
        },
        (("in", "out", "wait"), ("wait", "out", "cheer"), ("wait", "timed_out", "nudge")),
        {
            "reentry": {"mode": "when_finished"},
            "exit_when": [{"event": "churned"}],
            "goal": {"event": "paid", "within": "P14D"},
        },
        "trial",
    ),
    Design(  # a draft, and a person's decision
        "reply",
        {
            "in": _on("message"),
            "draft": ("ai.write", {"instructions": f"Answer {_SAID}"}),
            "ask": ("logic.approval", {"of": "draft", "within": "PT2H"}),
            "mail": (
                "action.send_email",
                {"to": "desk@example.com", "subject": "Hello", "body": "{{ steps.ask.text }}"},
            ),
            "no": _task("Rejected"),
            "late": _task("Nobody decided"),
        },
        (
            ("in", "out", "draft"),
            ("draft", "out", "ask"),
            ("ask", "out", "mail"),
            ("ask", "rejected", "no"),
            ("ask", "expired", "late"),
        ),
        ALWAYS,
        "message",
    ),
    Design(  # two branches at once, and a join
        "fork",
        {
            "in": _on("signup"),
            "pause": ("logic.wait", {"for": "PT1H"}),
            "left": _call("left", at="{{ now }}"),
            "right": ("test.once", {}),
            "both": ("logic.join", {"mode": "all"}),
            "done": ("action.update_customer", {"set": {"forked": "yes"}}),
            "oops": _task("Left failed"),
        },
        (
            ("in", "out", "pause"),
            ("in", "out", "right"),
            ("pause", "out", "left"),
            ("left", "out", "both"),
            ("left", "failed", "both"),
            ("right", "out", "both"),
            ("both", "out", "done"),
        ),
        {"reentry": {"mode": "once"}},
        "signup",
    ),
    Design(  # a loop of three rounds through a wait, one for each key
        "loop",
        {
            "in": _on("remind", key="event.properties.id"),
            "count": ("logic.set", {"values": {"n": "{{ steps.count.n | plus: 1 }}"}}),
            "call": _call("loop", n="{{ steps.count.n }}"),
            "pause": ("logic.wait", {"for": "PT3H"}),
            "again": (
                "logic.branch",
                {"condition": {"field": "steps.count.n", "op": "ne", "value": "3"}},
            ),
        },
        (
            ("in", "out", "count"),
            ("count", "out", "call"),
            ("call", "out", "pause"),
            ("call", "failed", "pause"),
            ("pause", "out", "again"),
            ("again", "yes", "count"),
        ),
        {"reentry": {"mode": "when_finished"}},
        "remind",
    ),
    Design(  # a schedule for a segment, by a cursor
        "daily",
        {
            "in": ("trigger.schedule", {"cron": "0 12 * * *", "segment": "vip"}),
            "call": _call(
                "daily",
                host=HOSTS[1],
                who="{{ customer.id }}",
                at="{{ event.properties.local_time }}",
            ),
            "lost": _task("Not told"),
        },
        (("in", "out", "call"), ("call", "failed", "lost")),
        ALWAYS,
        None,
    ),
    Design(  # at most once
        "charge",
        {"in": _on("checkout"), "charge": ("test.once", {}), "note": _task("Charged")},
        (("in", "out", "charge"), ("charge", "out", "note")),
        ALWAYS,
        "checkout",
    ),
    Design(  # may come again a while after the last start
        "cool",
        {
            "in": _on("visit"),
            "pause": ("logic.wait", {"for": "PT30M"}),
            "note": ("action.update_customer", {"set": {"visited": "{{ event.properties.n }}"}}),
        },
        (("in", "out", "pause"), ("pause", "out", "note")),
        {"reentry": {"mode": "after", "wait": "PT4H"}},
        "visit",
    ),
    Design(  # a node that kills its worker, for some of the customers in some seeds
        "poison",
        {
            "in": _on("checkout"),
            "bad": ("test.poison", {}),
            "note": ("action.update_customer", {"set": {"poisoned": "no"}}),
        },
        (("in", "out", "bad"), ("bad", "out", "note")),
        ALWAYS,
        "checkout",
    ),
    Design(  # no effect at all: only the fence keeps its steps apart
        "quiet",
        {
            "in": _on("checkout"),
            "a": ("logic.set", {"values": {"x": "1"}}),
            "b": ("logic.set", {"values": {"y": "{{ steps.a.x }}"}}),
            "c": _task(f"Thank them for {_SAID}"),
        },
        (("in", "out", "a"), ("a", "out", "b"), ("b", "out", "c")),
        ALWAYS,
        "checkout",
    ),
    Design(  # calls that may fail the run beside all kinds of waits
        BRITTLE,
        {
            "in": _on("message"),
            "first": _call("brittle", said=_SAID),
            "side": _call("side", host=HOSTS[1], said=_SAID),
            "charge": ("test.once", {}),
            "ask": ("logic.approval", {"of": "in", "within": "PT2H"}),
            "pause": ("logic.wait", {"for": "PT1H"}),
            "late": _call("late", host=HOSTS[1]),
            "all": ("logic.join", {"mode": "all"}),
            "done": _task(f"All done: {_SAID}"),
        },
        (
            *(("in", "out", node) for node in ("first", "side", "charge", "ask", "pause")),
            ("pause", "out", "late"),
            *((node, "out", "all") for node in ("first", "side", "charge", "ask", "late")),
            ("side", "failed", "all"),
            ("ask", "rejected", "all"),
            ("ask", "expired", "all"),
            ("all", "out", "done"),
        ),
        {"reentry": {"mode": "when_finished"}},
        "message",
    ),
)
BY_SLUG = {one.slug: one for one in DESIGNS}
EVENTS = ("order", "trial", "invited", "churned", "paid", "message", "signup", "remind")
EVENTS += ("checkout", "visit", "trial", "checkout", "message")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Empty:
    """No config."""


def _poison(config: _Empty, ctx: Context) -> Outcome:
    if (ctx.customer or {}).get("id") in CUSTOMERS[1:]:
        poison[0]()
    return Leave("out")


poison: list[Callable[[], None]] = [lambda: None]  # what the seed's poisonous node does


@cache
def types() -> Mapping[str, NodeType]:
    """The node types of the business."""
    kind = NodeType("test.poison", "logic", "Poison", "skull", "", "", _Empty, _poison)
    return {**node_types(), **with_once(), "test.poison": kind}


_compiled: dict[bytes, Journey] = {}


def compiled(document: Mapping[str, Any], kinds: Mapping[str, NodeType]) -> Journey:
    """Compiled journeys never change, so all virtual processes of all seeds may share them: the
    engine compiles each once in a process's life, which here would be most of the time."""
    text = orjson.dumps(document)
    found = _compiled.get(text)
    if found is None:
        found = _compiled[text] = compile_journey(document, kinds)
    return found


def furnish(conn: sqlite3.Connection) -> None:
    """The workspace `w`, its journeys and the customers of the segment."""
    conn.execute("INSERT INTO workspace (id, name, created_at) VALUES ('w', 'W', 0)")
    for one in DESIGNS:
        conn.execute(
            """INSERT INTO journey (id, workspace, slug, name, draft_at, state, live_version,
 created_at) VALUES (?,'w',?,?,0,?,?,0)""",
            (one.slug, one.slug, one.slug, _state(one.slug), f"{one.slug}-1"),
        )
        conn.execute(
            """INSERT INTO journey_version (id, workspace, journey, number, hash, document_json,
 published_at) VALUES (?,'w',?,1,'',?,0)""",
            (f"{one.slug}-1", one.slug, orjson.dumps(one.document).decode()),
        )
    for name in VIPS:
        conn.execute(
            """INSERT INTO customer (id, workspace, external_id, segments_json, created_at,
 updated_at) VALUES (?,'w',?,'["vip"]',0,0)""",
            (name, name),
        )
        conn.execute("INSERT INTO identity VALUES ('w', 'id', ?, ?)", (name, name))
    conn.execute(
        """INSERT INTO credential (id, workspace, name, kind, sealed, created_at, updated_at)
 VALUES ('post', 'w', 'post', 'smtp', CAST('{}' AS BLOB), 0, 0)"""
    )
    conn.execute(
        """INSERT INTO schedule (id, workspace, journey, node, cron, time_zone, segment, next_at)
 VALUES ('s', 'w', 'daily', 'in', '0 12 * * *', 'UTC', 'vip', ?)""",
        (START + 3 * 3600 * SECOND,),
    )


def _state(slug: str) -> str:
    return "draft" if slug == BRITTLE else "live"


def matching(event: str, *, brittle: bool) -> set[str]:
    """The journeys that an event of this name may start."""
    found = {one.slug for one in DESIGNS if one.starts == event}
    return found if brittle else found - {BRITTLE}
