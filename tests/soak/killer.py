"""kill -9 of a process of a random kind, at least every two seconds."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

import psutil

from tests.soak.town import Town

LEAST = 20  # of each kind, of 200
SHORTEST, LONGEST = 1.3, 1.75  # seconds between two
GROWN = 3.0  # seconds after which a process has something to lose
DECK = ("supervisor", "web", "redis", "worker")


Processes = dict[str, list[psutil.Process]]


class Kill(NamedTuple):
    """A process was killed at this time (host's clock, seconds)."""

    at: float
    kind: str
    pid: int


class Killer:
    """`tick()` again and again; it kills when it is time."""

    def __init__(self, town: Town, seed: int) -> None:
        self._town = town
        self._dice = random.Random(seed)
        self._deck: list[str] = []
        self._kinds = (*DECK, "postgres") if town.server is not None else DECK
        self._due = self._last = time.monotonic()
        self.kills: list[Kill] = []
        self.longest = 0.0  # seconds between two

    def tick(self) -> None:
        """Kill, if it is time: the kind that the deck says, if one of it has lived for a while."""
        now = time.monotonic()
        if now < self._due:
            return
        young, grown = self._there()
        late = now - self._last > LONGEST
        kind = self._choose(set(grown), late)
        if kind is not None:
            self._kill(kind, self._dice.choice(grown[kind]))
        elif late and young:  # too young, but it is time
            kind = self._dice.choice(sorted(young))
            self._kill(kind, self._dice.choice(young[kind]))

    def _there(self) -> tuple[Processes, Processes]:
        """Those that live, by kind: young ones, and those that have something to lose. A supervisor
        has, when its web process has."""
        young: Processes = {}
        grown: Processes = {}
        clock = time.time()
        for kind, process in self._town.candidates():
            with suppress(psutil.Error):
                old = clock - process.create_time() >= GROWN
                kind = "web" if kind == "ingest" else kind
                (grown if old else young).setdefault(kind, []).append(process)
        if "web" not in grown and "supervisor" in grown:
            young["supervisor"] = grown.pop("supervisor")
        return young, grown

    def _choose(self, there: set[str], late: bool) -> str | None:
        """The first card of the deck that is there. Cards of what is not there stay for later; only
        when time is up does a deck of nothing else get new ones: else whoever grows up first would
        be killed more often than the others, and never to get any, whatever is young for ever."""
        while there:
            for place, kind in enumerate(self._deck):
                if kind in there:
                    return self._deck.pop(place)
            if self._deck and not late:
                return None
            some = list(self._kinds)
            self._dice.shuffle(some)
            self._deck += some
        return None

    def _kill(self, kind: str, process: psutil.Process) -> None:
        try:
            process.kill()
        except psutil.Error:
            return
        self.kills.append(Kill(time.time(), kind, process.pid))
        now = time.monotonic()
        if len(self.kills) > 1:
            self.longest = max(self.longest, now - self._last)
        self._last = now
        self._due = now + self._dice.uniform(SHORTEST, LONGEST)

    def by_kind(self) -> Counter[str]:
        """How many of each."""
        return Counter(kill.kind for kill in self.kills)
