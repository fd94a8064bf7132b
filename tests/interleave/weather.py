"""What breaks, and how often: each seed draws its own weather, so that some seeds are calm but for
one kind of fault (which finds more than a little of everything in each)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random

from tests.interleave.hub import HOUR, MINUTE, SECOND, Hub, Process


@dataclass(frozen=True, slots=True)
class Rates:
    """Probabilities at each place where a fault can strike, and counts for a whole seed."""

    die: float  # kill -9
    stop: float  # SIGSTOP, often past the lease
    busy: float  # the database refuses before anything was done
    torn: float  # the transaction is undone at its commit, to be tried again
    unknown: float  # the commit was applied, and reported as failed
    slow: float  # a step takes long
    term: float  # SIGTERM between two drains
    lost_rings: float  # wake-ups that never arrive
    bad_provider: float  # attempts that do not simply succeed
    jumps: int  # how often the host's clock is set
    outage: bool  # the provider is down for ten minutes


CALM = Rates(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, False)
ROUGH = Rates(0.01, 0.03, 0.01, 0.03, 0.12, 0.1, 0.02, 0.3, 0.4, 1, False)
HARD = {
    "die": (0.004, 0.015, 0.04),
    "stop": (0.002, 0.01, 0.03),
    "busy": (0.01, 0.05),
    "torn": (0.01, 0.05),
    "unknown": (0.01, 0.06),
    "slow": (0.02, 0.1),
    "term": (0.05, 0.2),
    "lost_rings": (0.3, 1.0),
    "bad_provider": (0.1, 0.4, 0.8),
    "jumps": (1, 4),
    "outage": (True,),
}


def draw(dice: Random) -> Rates:
    """The weather of a seed: each kind of fault is there or not."""
    chance = dice.choice((0.15, 0.4, 0.7))
    found: dict[str, float] = {}
    for field in fields(Rates):
        strikes = dice.random() < chance
        hard = dice.choice(HARD[field.name])
        found[field.name] = hard if strikes else getattr(CALM, field.name)
    return Rates(**found)  # type: ignore[arg-type]


class Weather:
    """Strikes at the places where processes rest, until `until`."""

    def __init__(self, hub: Hub, rates: Rates, until: int) -> None:
        self.hub = hub
        self.rates = rates
        self.until = until
        self.struck: dict[str, int] = {}
        self.jumps: list[int] = []  # when the clock was set

    @property
    def over(self) -> bool:
        """Whether the faults have stopped."""
        return self.hub.now >= self.until

    def strikes(self, kind: str, *, rate: float | None = None) -> bool:
        """Whether this fault strikes here and now. Always throws the dice, so that one fault more
        or less does not change all the others."""
        chance = self.hub.dice.random()
        if self.over or chance >= (getattr(self.rates, kind) if rate is None else rate):
            return False
        self.struck[kind] = self.struck.get(kind, 0) + 1
        return True

    def pass_by(self, process: Process, place: str) -> None:
        """A place where a process may be killed, be stopped or just take its time."""
        dice = self.hub.dice
        if self.strikes("die"):
            process.kill(place)
        if self.strikes("stop"):
            process.stop(int(dice.choice((0.5, 5, 31, 40, 120)) * SECOND))
        pause = dice.expovariate(1 / 600)
        if self.strikes("slow"):
            pause = dice.uniform(0.01, 8) * SECOND
            process.stops.append((self.hub.now, self.hub.now + int(pause)))
        process.sleep(int(pause) + 1)

    def set_clocks(self) -> None:
        """The host's clock is set, forward or back, a few times."""
        dice, hub = self.hub.dice, self.hub
        span = max(self.until - hub.now, SECOND)
        for _ in range(self.rates.jumps):
            skew = dice.choice((-HOUR, -MINUTE, 35 * SECOND, HOUR, 0))

            def jump(skew: int = skew) -> None:
                hub.tell("clock", f"is off by {skew / SECOND:.0f} s")
                hub.skew = skew
                self.jumps.append(hub.now)
                self.struck["jumps"] = self.struck.get("jumps", 0) + 1

            hub.after(int(dice.random() * span), jump)
