"""I2 and I8: the outbox against the provider's own book."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from runtime.ports.results import Done, Refused
from runtime.store.letters import RESENDS
from tests.interleave import business
from tests.interleave.hub import SECOND
from tests.interleave.provider import Attempt
from tests.interleave.travels import Travel
from tests.interleave.world import World


class Row(NamedTuple):
    """An effect as it stands in the outbox, or stood there before it was emptied."""

    key: str
    run: str
    kind: str
    once: bool
    body: bytes
    state: str
    answer_json: str | None
    asked_at: int | None
    fence: int
    done_at: int | None

    @property
    def answer(self) -> dict[str, Any]:
        """{ok, data, error} and perhaps `by`."""
        return orjson.loads(self.answer_json or "{}")

    @property
    def good(self) -> bool:
        """Whether it is done."""
        return self.state == "done" and bool(self.answer["ok"])


def check(world: World, travels: dict[str, Travel]) -> Iterator[str]:
    """Everything about effects."""
    book = world.provider.book
    sql = """SELECT key, run, kind, once, body, state, answer_json, asked_at, fence,
 done_at FROM all_outbox ORDER BY key"""
    rows = {row[0]: Row(*row) for row in world.memory.rows(sql)}
    for key, attempts in book.items():
        if key not in rows:
            yield f"the effect {key} was sent {len(attempts)} times and never committed"
    for row in rows.values():
        attempts = book.get(row.key, [])
        sent = orjson.dumps(orjson.loads(row.body), option=orjson.OPT_SORT_KEYS)
        if any(one.body != sent for one in attempts):
            yield f"the effect {row.key} was sent with other bytes than were committed"
        if row.state == "done":
            yield from _done(world, row, attempts)
        if row.state == "dropped" and not travels[row.run].left_open:
            yield f"the effect {row.key} was dropped although its run is {travels[row.run].status}"
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows.values():
        groups[row.key.partition("~")[0]].append(row)
    yield from _once(world, groups)
    yield from _again(world, travels, groups)
    yield from _mailbox(world, rows)
    yield from _steps(travels, groups)
    yield from _rates(world)
    sql = "SELECT DISTINCT key FROM took WHERE void AND host IS NOT NULL LIMIT 3"
    for (key,) in world.memory.rows(sql):
        yield f"the effect {key} was taken up although its run had been told to end"


def _done(world: World, row: Row, attempts: list[Attempt]) -> Iterator[str]:
    key, answer = row.key, row.answer
    if "by" in answer:
        choice = "confirm" if answer["ok"] else "dismiss"
        if (choice, key) not in world.owner.asked:
            yield f"{answer['by']} said what became of {key}, and was not asked"
        return
    if row.kind == "email" and not attempts and not world.smtp:
        return
    told = [one.result for one in attempts if one.told_at is not None]
    if answer["ok"]:
        if not world.provider.taken(key):
            yield f"the effect {key} counts as done and reached nobody"
        if not any(isinstance(one, Done) and dict(one.data) == answer["data"] for one in told):
            yield f"the effect {key} has an answer that nobody gave: {answer}"
    elif not any(isinstance(one, Refused) for one in told):
        yield f"the effect {key} counts as refused and nobody refused it: {answer}"


def _once(world: World, groups: dict[str, list[Row]]) -> Iterator[str]:
    """What may go out once at most goes out again only when a person asks for a new send."""
    for base, rows in groups.items():
        if not rows[0].once:
            continue
        taken = [world.provider.taken(row.key) for row in rows]
        asked = [row.key for row in rows if "~" in row.key]
        if any(len(one) > 1 for one in taken) or sum(map(bool, taken)) > 1 + len(asked):
            yield f"the effect {base} may be done once and was done {sum(map(len, taken))} times"


def _again(world: World, travels: dict[str, Travel], groups: dict[str, list[Row]]) -> Iterator[str]:
    """A run that went on visits the node that failed it once more, under a key of its own: not when
    that was sent meanwhile, and never one that may go out once. A model may be asked again."""
    visits: dict[tuple[str, str], list[str]] = defaultdict(list)
    for base, rows in groups.items():
        run, token, node, _ = base.split(":")
        visits[run, f"{token}:{node}"].append(base)
        sent = [row for row in rows if row.good and row.done_at is not None and row.kind in RESENDS]
        for again in travels[run].reopened:
            if again.node == node and any(again.ended_at < row.done_at < again.at for row in sent):
                later = f"{run}:{token}:{node}:{int(base.rpartition(':')[2]) + 1}"
                attempts = world.provider.book.get(later, ())
                if attempts and attempts[0].at > again.at:  # this time, not another one
                    yield f"the effect {base} was sent since, and goes out again as {later}"
    for (run, place), bases in visits.items():
        taken = [base for base in bases if any(world.provider.taken(r.key) for r in groups[base])]
        if groups[bases[0]][0].once and len(taken) > 1:
            yield f"the effect {place} of {run} may be done once and was done at {taken}"


def _mailbox(world: World, rows: dict[str, Row]) -> Iterator[str]:
    """Of each email that is done there is one copy."""
    sql = "SELECT key FROM message UNION ALL SELECT key FROM gone_message"
    mailed = Counter(key for (key,) in world.memory.rows(sql))
    for row in rows.values():
        if row.kind == "email" and row.good and "by" not in row.answer and mailed[row.key] != 1:
            yield f"the email {row.key} is in the mailbox {mailed[row.key]} times"


def _steps(travels: dict[str, Travel], groups: dict[str, list[Row]]) -> Iterator[str]:
    """Each step of a node with an effect has its effect, with the same answer; each effect its
    step, unless its run was ended before."""
    types = business.types()
    left = dict(groups)
    for one in travels.values():
        for step in one.steps:
            if types[step.type].effect == "none":
                continue
            key = f"{one.id}:{step.token}:{step.node}:{step.visit}"
            rows = left.pop(key, None)
            if rows is None:
                if not (step.type == "action.send_email" and step.handle == "skipped"):
                    yield f"the step {key} ({step.handle}) has no effect"
                continue
            good = any(row.good for row in rows)
            again = len(rows) > 1 or rows[0].asked_at is not None  # the run may have gone before
            wrong = not good if step.handle == "out" else good and not again
            if wrong and step.type != "test.once":
                said = [(row.state, row.answer) for row in rows]
                yield f"the step {key} left by {step.handle}; its effect is {said}"
    for key, rows in left.items():
        travel = travels[rows[0].run]
        if not travel.left_open and travel.ended_at is not None:
            yield f"the effect {key} ({rows[0].state}) has no step; its run is {travel.status}"


def _rates(world: World) -> Iterator[str]:
    """No provider got more calls than its rate from all workers together: so many a second, and a
    second's worth at once."""
    sql = "SELECT at, host FROM took WHERE host IS NOT NULL ORDER BY at, rowid"
    full: dict[str, int] = {}
    for at, url in world.memory.rows(sql):
        host = url.split("/")[2] if "/" in url else url
        rate = world.rates_of.get(host)
        if rate is None:
            continue
        interval = int(SECOND / rate)
        full[host] = max(full.get(host, 0), at) + interval
        if full[host] - at > max(SECOND, interval):
            yield f"{host} got more than {rate} calls a second"
            return
