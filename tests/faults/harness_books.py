"""The invariants I1 to I8, checked by comparing three books: what was answered with 2xx, what the
database says, and what the provider got."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.faults.harness import House
from tests.faults.harness_journeys import CANARY, TOKEN
from tests.faults.harness_parts import Death
from tests.faults.harness_senders import Post
from tests.support.provider import Delivery

TERMINAL = {"completed", "exited", "failed"}
DEAD_RUNS = "SELECT ref FROM dead_letter WHERE kind = 'run'"
WINDOW = 5.0  # seconds before a death in which a provider's 2xx may not have been committed yet


@dataclass
class Found:
    """What the books showed: for a test's own further questions. `twice`: deliveries of effects
    that the provider had already accepted."""

    events: list[Event]
    runs: list[Run]
    effects: dict[str, Effect]
    deliveries: dict[str, list[Delivery]]
    steps: dict[str, list[list[Any]]]
    twice: list[Delivery] = field(default_factory=list[Delivery])


@dataclass(frozen=True)
class Event:
    """A row of `event`."""

    seq: int
    id: str
    external_id: str
    routed_at: int | None
    outcome: list[dict[str, Any]]
    name: str
    received_at: int


@dataclass(frozen=True)
class Run:
    """A row of `run`."""

    id: str
    journey: str
    event: str
    status: str
    reason: str | None
    fence: int
    started_at: int


@dataclass(frozen=True)
class Effect:
    """A row of `outbox`."""

    key: str
    kind: str
    once: bool
    body: bytes
    state: str
    attempts: int

    @property
    def sha(self) -> str:
        """Of the bytes that the provider must get."""
        body = json.loads(self.body)["body"]
        plain = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


def reconcile(
    house: House,
    *,
    journeys: Collection[str] | Mapping[str, Collection[str]] | None = None,
    waiting: int = 0,
    quiet: float = 60,
    window: float = WINDOW,
    failed: int | None = 0,
    states: Collection[str] = ("done",),
    fired: Collection[str] = (),
) -> Found:
    """Wait until it is quiet (I5) and check everything.

    `journeys`: the slugs that match every event (the two of the pattern, unless named), or those of
    each event by its name. `waiting`
    runs may still wait, `failed` have failed (None: any number, each with a dead letter); effects
    end in one of `states`. `fired`: the external ids of the events that schedules made."""
    house.note_titles()
    house.wait_quiet(quiet, waiting)
    found = _read(house)
    given = house.journeys if journeys is None else journeys
    ids = {slug: i for i, slug in house.rows("SELECT id, slug FROM journey")}
    matching = {
        name: {ids[s] for s in (given[name] if isinstance(given, Mapping) else given)}
        for name in {event.name for event in found.events}
    }
    outcomes(house.posts, found, matching, fired)
    ends(found, waiting, failed, {ref for (ref,) in house.rows(DEAD_RUNS)})
    effects(found, states)
    progress(found)
    order(house.posts, found)
    secrets(house)
    found.twice = duplicates(found, house.deaths, window)
    return found


def _read(house: House) -> Found:
    events = [
        Event(seq, i, external, routed, json.loads(outcome or "[]"), name, received)
        for seq, i, external, routed, outcome, name, received in house.rows(
            """SELECT seq, id, external_id, routed_at, outcome_json, name, received_at FROM event
 ORDER BY seq"""
        )
    ]
    sql = "SELECT id, journey, event, status, reason, fence, started_at FROM run ORDER BY id"
    runs = [Run(*row) for row in house.rows(sql)]
    effects = {
        row[0]: Effect(row[0], row[1], bool(row[2]), bytes(row[3]), row[4], row[5])
        for row in house.rows("SELECT key, kind, once, body, state, attempts FROM outbox")
    }
    deliveries: dict[str, list[Delivery]] = defaultdict(list)
    ours = {run.id for run in runs}
    for one in house.provider.book():
        if one.key.partition(":")[0] in ours:  # the provider may serve other houses too
            deliveries[one.key].append(one)
    return Found(events, runs, effects, dict(deliveries), steps(house))


def steps(house: House) -> dict[str, list[list[Any]]]:
    """The steps of each run: [at, token, node, type, visit, handle, output, notes?] and the fence
    under which each was committed."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for run, fence, text in house.rows(
        "SELECT run, fence, steps_json FROM journal ORDER BY run, fence"
    ):
        found[run] += [[*step, fence] for step in json.loads(text)]
    return dict(found)


# --- I1, I7 ---------------------------------------------------------------------------------------


def outcomes(
    posts: Iterable[Post],
    found: Found,
    matching: Mapping[str, set[str]],
    fired: Collection[str] = (),
) -> None:
    """Each event answered 2xx or fired: one row, and one terminal outcome for each matching
    journey. What was refused has no row; what was never answered has one or none."""
    by_id = {event.id: event for event in found.events}
    named = Counter(event.external_id for event in found.events)
    assert all(n == 1 for n in named.values()), f"I1: two rows of {named.most_common(3)}"
    accepted = [one for one in posts if one.accepted]
    for one in accepted:
        event = by_id.get(one.event_id)
        assert event is not None, f"I1: {one.id} was answered 2xx and has no row"
        assert event.external_id == one.id, f"I1: {one.id} was answered with {event.external_id}"
    assert set(fired) <= set(named), f"I1: not fired: {set(fired) - set(named)}"
    tried = {*fired, *(one.id for one in posts if one.tries)}
    strange = [e.external_id for e in found.events if e.external_id not in tried]
    assert not strange, f"I1: rows that nobody sent: {strange[:3]}"
    answered = {one.id for one in accepted}
    kept = [one.id for one in posts if one.refused and one.id in named and one.id not in answered]
    assert not kept, f"I7: refused and kept: {kept[:3]}"

    of_event: dict[str, list[Run]] = defaultdict(list)
    for run in found.runs:
        of_event[run.event].append(run)
    for event in found.events:
        assert event.routed_at is not None, f"I1: {event.external_id} was never routed"
        told = Counter(entry.get("journey") for entry in event.outcome)
        assert set(told) == matching[event.name], (
            f"I1: {event.external_id} has the outcome {event.outcome}"
        )
        assert set(told.values()) == {1}, f"I1: {event.external_id}: {event.outcome}"
        started = {entry["run"] for entry in event.outcome if "run" in entry}
        assert started == {run.id for run in of_event[event.id]}, f"I1: {event.external_id}"


def ends(found: Found, waiting: int, failed: int | None, dead: set[str]) -> None:
    """Each run has come to its end, but for those that may still wait."""
    told = Counter(run.status for run in found.runs)
    open_ = sum(n for status, n in told.items() if status not in TERMINAL)
    assert open_ == waiting, f"I1: {told}"
    lost = [run for run in found.runs if run.status == "failed"]
    if failed is None:
        assert {run.id for run in lost} <= dead, "I1: failed without a dead letter"
    else:
        assert len(lost) == failed, f"I1: {told}, failed because {[r.reason for r in lost[:3]]}"


# --- I2 -------------------------------------------------------------------------------------------


def effects(found: Found, states: Collection[str]) -> None:
    """Each effect is delivered at least once, always with the frozen bytes; nothing is delivered
    that is not in the outbox; each step that has an effect has exactly that one."""
    for key, effect in found.effects.items():
        assert effect.state in states, f"I2: {key} is {effect.state}"
        if effect.kind != "http":
            continue
        got = found.deliveries.get(key, [])
        if effect.state == "done":
            assert got, f"I2: {key} was never delivered"
            assert any(one.accepted for one in got), f"I2: {key} was never accepted"
        assert {one.sha for one in got} <= {effect.sha}, f"I2: {key} came with other bytes"
    strange = set(found.deliveries) - set(found.effects)
    assert not strange, f"I2: delivered and not in the outbox: {sorted(strange)[:3]}"
    done = {
        f"{run}:{step[1]}:{step[2]}:{step[4]}"
        for run, lines in found.steps.items()
        for step in lines
        if step[3] in ("action.http_request", "action.send_email") and step[5] is not None
    }
    ended = {run.id for run in found.runs if run.status == "completed"}
    kept = {key for key in found.effects if key.partition(":")[0] in ended}
    assert kept <= done, f"I2: effects without a step: {sorted(kept - done)[:3]}"
    assert done <= set(found.effects), (
        f"I2: steps without an effect: {sorted(done - set(found.effects))[:3]}"
    )
    told = {one.authorization for got in found.deliveries.values() for one in got} - {None}
    assert told <= {f"Bearer {TOKEN}"}


# --- I3 -------------------------------------------------------------------------------------------


def progress(found: Found) -> None:
    """A step is committed once; the fences of a run's commits grow and never pass its own."""
    for run in found.runs:
        lines = found.steps.get(run.id, [])
        places = Counter((s[1], s[2], s[4]) for s in lines if s[5] is not None)
        twice = [place for place, n in places.items() if n > 1]
        assert not twice, f"I3: run {run.id} committed {twice} twice"
        fences = [s[-1] for s in lines]
        assert fences == sorted(fences)
        assert all(fence <= run.fence for fence in fences), f"I3: run {run.id}: {fences}"


_COMMITTED = """SELECT 'journal', run, fence, steps_json FROM journal
 UNION ALL SELECT 'run', id, fence, '' FROM run"""


class Watch:
    """Looks at the database again and again while it is hurt: what was committed stays as it was,
    and fences only grow. Use it as a context; it raises at the end what it has seen."""

    def __init__(self, house: House, every: float = 0.25) -> None:
        self._house, self._every = house, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._fences: dict[str, int] = {}
        self._journal: dict[tuple[str, int], str] = {}
        self.wrong: list[str] = []
        self.looks = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *failed: object) -> None:
        self._over.set()
        self._thread.join(30)
        if failed[0] is None:
            self.look()
            assert not self.wrong, self.wrong[:5]
            assert self.looks > 1

    def _look(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.look()
            except Exception:  # the database is one of the things that are hurt
                continue

    def look(self) -> None:
        """Compare with all that was seen before."""
        seen = self._house.rows(_COMMITTED)
        journal = {(run, fence): text for what, run, fence, text in seen if what == "journal"}
        fences = {run: fence for what, run, fence, _ in seen if what == "run"}
        for place, text in self._journal.items():
            if journal.get(place) != text:
                self.wrong.append(f"I3: what was committed at {place} has changed")
        for run, fence in self._fences.items():
            if fences.get(run, -1) < fence:
                self.wrong.append(f"I3: the fence of {run} fell from {fence}")
        self._journal, self._fences = journal, fences
        self.looks += 1


# --- I4 -------------------------------------------------------------------------------------------


def order(posts: Iterable[Post], found: Found) -> None:
    """What a sender who awaits each 2xx sent for one customer is stored, routed and started in that
    order."""
    by_id = {event.id: event for event in found.events}
    started: dict[str, list[Run]] = defaultdict(list)
    for run in found.runs:
        started[run.event].append(run)
    lines: dict[str, list[Post]] = defaultdict(list)
    for one in sorted((p for p in posts if p.accepted), key=lambda p: p.order):
        lines[one.customer].append(one)
    for who, line in lines.items():
        for before, after in pairwise(line):
            if _answered(before) > after.tries[0].began:
                continue  # they were sent side by side
            first, then = by_id[before.event_id], by_id[after.event_id]
            assert first.seq < then.seq, f"I4: {who}: {before.id} was stored after {after.id}"
            assert (first.routed_at or 0) <= (then.routed_at or 0), f"I4: {who}: routed"
            for one in started[first.id]:
                later = [r for r in started[then.id] if r.journey == one.journey]
                assert all(one.id < r.id for r in later), f"I4: {who}: started"


def _answered(post: Post) -> float:
    return min(t.ended for t in post.tries if t.status is not None and t.status < 300)


# --- I6 -------------------------------------------------------------------------------------------


def secrets(house: House) -> None:
    """No planted secret and no personal data in what the parts print, in Redis or in a process
    list."""
    kept: list[tuple[str, bytes]] = [(p.name, p.log.read_bytes()) for p in house.parts_ever]
    if house.redis is not None:
        kept.append(("Redis", house.redis.everything()))
    embedded = house.data / "redis"
    if embedded.is_dir():
        kept += [(str(p), p.read_bytes()) for p in embedded.rglob("*") if p.is_file()]
    kept.append(("a process list", "\n".join(house.titles).encode()))
    for where, text in kept:
        at = text.find(CANARY.encode())
        assert at < 0, f"I6: {where} holds {text[max(0, at - 80) : at + 60]!r}"
    assert "runtime.cli" in "".join(house.titles)


# --- I8 -------------------------------------------------------------------------------------------


def duplicates(found: Found, deaths: Iterable[Death], window: float) -> list[Delivery]:
    """Deliveries of what the provider had accepted before. Each must follow the death (or the stop)
    of a process that came at most `window` seconds after the acceptance."""
    fatal = list(deaths)
    twice: list[Delivery] = []
    for key, got in found.deliveries.items():
        accepted: Delivery | None = None
        for one in sorted(got, key=lambda d: d.at):
            if accepted is not None and accepted.answered is not None:
                twice.append(one)
                since = accepted.answered
                assert any(
                    since - 0.1 <= d.until and d.at <= min(one.at, since + window) for d in fatal
                ), (
                    f"I8: {key} came twice, {one.at - since:.3f} s apart, and nothing died: "
                    f"{found.effects[key]}, {got}"
                )
            if one.accepted:
                accepted = one
    return twice
