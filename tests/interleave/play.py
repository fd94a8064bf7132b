"""Plays many seeds, in one process or several."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.interleave import business, mutations
from tests.interleave.store import Memory
from tests.interleave.world import Verdict, play, prepare

CHUNK = 20  # seeds that a process plays between two reports
TAIL = 60  # lines of the story that a failure prints


@dataclass(frozen=True, slots=True)
class Order:
    """What to play."""

    seeds: int
    first: int = 1
    seconds: float | None = None
    jobs: int = 1
    without: str | None = None
    keep_on: bool = False
    trace: bool = False
    least: int = 0
    rough: bool = False
    sought: str = ""  # the problem that counts, by its words; the empty text: any


_memory: Memory | None = None


def verdicts(order: Order) -> Iterator[Verdict]:
    """Play them here, one after the other."""
    global _memory
    if _memory is None:
        prepare()
        rewrite = mutations.apply(order.without) if order.without else None
        _memory = Memory(business.furnish, rewrite)
    for seed in range(order.first, order.first + order.seeds):
        yield play(seed, _memory, without=mutations.names(order.without), rough=order.rough)


def _chunk(order: Order) -> list[Verdict]:
    found = list(verdicts(order))
    keep = order.trace
    return [one if one.problems or keep else replace(one, lines=[]) for one in found]


def play_all(order: Order) -> int:
    """Play them and say what came of it; 1 if a seed failed."""
    began, used = time.monotonic(), time.process_time()
    struck: Counter[str] = Counter()
    played = events = runs = effects = twice = failed = 0
    for one in _results(order):
        played += 1
        events, runs, effects = events + one.events, runs + one.runs, effects + one.effects
        twice += one.twice
        struck.update(one.struck)
        if one.problems:
            failed += 1
            _report(one, order)
            if not order.keep_on:
                break
        elif order.trace:
            print("\n".join(one.lines))
        enough = order.seconds is not None and time.monotonic() - began > order.seconds
        if enough and played >= order.least:
            break
    faults = ", ".join(f"{n} {kind}" for kind, n in sorted(struck.items()))
    print(
        f"{played} seeds from {order.first} on, {failed} failed: {events} events, {runs} runs, "
        f"{effects} effects, {twice} delivered twice inside a kill window; {faults}; "
        f"{time.monotonic() - began:.1f} s, {time.process_time() - used:.1f} CPU-s here"
    )
    return 1 if failed else 0


def serve() -> int:
    """Play orders (JSON lines) as they come, each in a fork, so that what it takes away is there
    again for the next; answers with the problems of its first seed that has what is sought:
    {"seed": n or null, "problems": [...], "useless": patterns that fitted no statement}."""
    _rehearse()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            played = verdicts(order)
            bad = next((v for v in played if any(order.sought in p for p in v.problems)), None)
            seed, problems = (bad.seed, bad.problems) if bad else (None, [])
            answer = {"seed": seed, "problems": problems, "useless": sorted(mutations.useless)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
    return 0


def _rehearse() -> None:
    """Play seeds of which nobody is told: what is loaded and compiled then is there in each fork,
    which begins with as little as a new process otherwise, but for that."""
    global _memory
    for _ in verdicts(Order(2, rough=True)):
        pass
    _memory = None
    gc.collect()
    gc.freeze()  # so that a fork does not copy what it only looks through


def _results(order: Order) -> Iterator[Verdict]:
    if order.jobs <= 1:
        yield from verdicts(order)
        return
    last = order.first + order.seeds
    chunks = [
        replace(order, first=first, seeds=min(CHUNK, last - first))
        for first in range(order.first, last, CHUNK)
    ]
    with multiprocessing.get_context("spawn").Pool(order.jobs) as pool:
        few = 4 * order.jobs  # a pool that is ended with many tasks in its pipe may hang
        for at in range(0, len(chunks), few):
            for found in pool.imap(_chunk, chunks[at : at + few]):
                yield from found


def _report(one: Verdict, order: Order) -> None:
    lines = one.lines if order.trace else one.lines[-TAIL:]
    print("\n".join(lines))
    print(f"SEED {one.seed} breaks {len(one.problems)} invariants:")
    for problem in one.problems:
        print(f"  - {problem}")
    without = f" WITHOUT='{order.without}'" if order.without else ""
    rough = " ROUGH=1" if order.rough else ""
    print(f"Again, to the byte: make simulate-engine SEEDS=1 FIRST_SEED={one.seed}{rough}{without}")
