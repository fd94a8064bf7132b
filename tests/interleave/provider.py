"""The outside: one provider that takes effects, and its own book of what reached it. It answers at
once, slowly, after the sender has given up, with 503 or 429, or breaks off after the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from runtime.ports.results import Done, Later, Refused, Result
from tests.interleave import business
from tests.interleave.hub import MINUTE, SECOND, Hub, Process
from tests.interleave.weather import Weather

LEARNS = 4 * SECOND  # in which a worker commits what it was told, the others look for such news,
# and what is on its way goes out
MOODS = ("slow", "sleeps", "late", "503", "429", "reset", "refused", "400")


@dataclass(slots=True)
class Attempt:
    """One request as it reached the provider, and what the sender was told."""

    key: str
    kind: str
    body: bytes
    process: Process
    at: int
    taken_at: int | None = None  # when the provider did it
    result: Result | None = None
    told_at: int | None = None
    cut: bool = False  # the sender gave up waiting
    excused: bool = False  # another attempt after this one was found right before

    @property
    def host(self) -> str:
        """Where it went."""
        return host_of(self.kind, self.body)


@dataclass(frozen=True, slots=True)
class Hold:
    """A host asked a worker to leave it alone: when, and until when."""

    process: Process
    at: int
    until: int


@dataclass(slots=True)
class Provider:
    """Remembers every attempt over the death of its senders."""

    hub: Hub
    weather: Weather
    fail: Callable[[str], None]
    once: Callable[[str], bool]  # whether this key may be taken at most once
    erased: Callable[[str], bool]  # whether it is about somebody whose erasure is done
    book: dict[str, list[Attempt]] = field(default_factory=dict[str, list[Attempt]])
    early: set[str] = field(default_factory=set[str])  # sent before the commit, by a mutation
    holds: dict[str, Hold] = field(default_factory=dict[str, "Hold"])  # by host, the longest
    outage: tuple[int, int] = (0, 0)
    fragile: bool = False  # it often refuses what fails a run
    answered: int = 0
    twice: int = 0  # deliveries beyond the first, all of them excused

    def request(
        self, process: Process, kind: str, key: str, body: bytes, told: Callable[[Result], None]
    ) -> Attempt:
        """A request leaves a process; `told` hears the answer later, perhaps twice."""
        before = self.book.setdefault(key, [])
        for one in before:
            self._compare(one, body, process)
        self.hub.tell(process.name, f"sends {key}")
        attempt = Attempt(key, kind, body, process, self.hub.now)
        if self.erased(key) and not self._disturbed(process, self.hub.now - MINUTE):
            self.fail(f"the effect {key} is sent although its customer was erased")
        self._respect(attempt)
        attempt.excused = self._stale(process)
        before.append(attempt)
        self._answer(attempt, told)
        return attempt

    def take_early(self, process: Process, kind: str, key: str, body: bytes) -> None:
        """A mutation: the effect is done before it is committed, and its later send does nothing
        but hear of that."""
        before = self.book.setdefault(key, [])
        for one in before:
            self._compare(one, body, process)
        self.early.add(key)
        now = self.hub.now
        attempt = Attempt(key, kind, body, process, now, None, self._done(kind, body), now)
        before.append(attempt)
        self._take(attempt)

    def gave_up(self, attempt: Attempt) -> None:
        """The sender waits no longer. An answer that came in the same moment was never read."""
        attempt.cut = True
        hold = self.holds.get(attempt.host)
        if hold and (hold.process, hold.at) == (attempt.process, attempt.told_at):
            del self.holds[attempt.host]

    def taken(self, key: str) -> list[Attempt]:
        """The attempts that did it."""
        return [one for one in self.book.get(key, ()) if one.taken_at is not None]

    # --- What the book must not hold ----------------------------------------------------------

    def _compare(self, one: Attempt, body: bytes, sender: Process) -> None:
        if one.body != body:
            self.fail(f"the effect {one.key} has two bodies: {one.body!r} and {body!r}")
        one.excused = one.excused or self._excused(one) or self._stale(sender)
        if not one.excused:
            self.fail(
                f"the effect {one.key} is sent again although {one.process.name} had its answer "
                f"{one.result} and nothing happened to it"
            )

    def _excused(self, one: Attempt) -> bool:
        """Whether sending again after this attempt is right: its answer asked for it, or never
        came, or whoever had the answer was killed, stopped or failed by the database before it
        could say so."""
        process, now = one.process, self.hub.now
        if one.cut or (isinstance(one.result, Later) and one.told_at is not None):
            return True
        if not process.alive or any(one.at <= at for at in process.broken):
            return True
        if any(start <= now and one.at <= end for start, end in process.stops):
            return True
        return any(one.at - MINUTE <= at for at in self.weather.jumps)

    def _respect(self, attempt: Attempt) -> None:
        """A host that asked to be left alone is, by whoever was told and soon by all workers."""
        hold = self.holds.get(attempt.host)
        if hold is None or not hold.at + LEARNS < self.hub.now < hold.until:
            return
        process, told = attempt.process, hold.process
        if process is not told and (not told.alive or told.done or told.broken[-1:] > [hold.at]):
            return  # it may not have come to say so
        if not (self._disturbed(process, hold.at) or self._disturbed(told, hold.at)):
            self.fail(f"{attempt.host} asked to be left alone, and {attempt.key} is sent")

    def _disturbed(self, process: Process, since: int) -> bool:
        """Whether it was stopped, or a clock was set, since then."""
        stopped = any(end >= since for _, end in process.stops)
        return stopped or any(at >= since - MINUTE for at in self.weather.jumps)

    def _stale(self, sender: Process) -> bool:
        """Whether whoever sends now was stopped between its claim and its send, for longer than
        the claim was good for: it cannot know."""
        return any(end >= self.hub.now - MINUTE for _, end in sender.stops)

    def _take(self, attempt: Attempt) -> None:
        taken = self.taken(attempt.key)
        attempt.taken_at = self.hub.now
        self.hub.tell("provider", f"takes {attempt.kind} {attempt.key}")
        if taken:
            self.twice += 1
            if self.once(attempt.key):
                self.fail(f"the effect {attempt.key} is done twice, and may be done once at most")

    # --- Answering ----------------------------------------------------------------------------

    def _answer(self, attempt: Attempt, told: Callable[[Result], None]) -> None:
        dice, hub = self.hub.dice, self.hub
        mood = dice.choice(MOODS)
        often = self.fragile and attempt.key.split(":")[2] in business.FRAGILE
        if often and dice.random() < 0.5:
            mood = "400"
        there, back = int(dice.expovariate(1 / 2_000)), int(dice.expovariate(1 / 3_000))
        long = dice.random()
        takes, result = True, self._done(attempt.kind, attempt.body)
        if self.outage[0] <= hub.now < self.outage[1]:
            takes, result = False, Later("http_503", "Down.", data={"status": 503})
        elif self.weather.strikes("bad_provider", rate=0.7 if often else None):
            match mood:
                case "slow":
                    back += int(long * 20 * SECOND)
                case "sleeps":
                    back += int((23 + 60 * long) * SECOND)
                case "late":
                    there += int((10 + 60 * long) * SECOND)
                case "503":
                    takes, result = False, Later("http_503", "Down.", data={"status": 503})
                case "429":
                    after = 1 + long * 600
                    takes, result = False, Later("http_429", "Slower.", after=after)
                case "reset":
                    result = Later("network", "Broke off.", uncertain=True)
                case "refused":
                    takes, result = False, Later("network", "Refused.")
                case _:
                    takes, result = False, Refused("http_400", "No.")
        double = dice.random() < 0.02

        def arrive() -> None:
            if takes:
                self._take(attempt)
            hub.after(back, tell)

        def tell() -> None:
            said = result.data if isinstance(result, Done) else result.kind
            hub.tell("provider", f"answers {attempt.key}: {said}")
            attempt.result, attempt.told_at = result, hub.now
            if isinstance(result, Later) and result.after and not attempt.cut:
                hold = Hold(attempt.process, hub.now, hub.now + int(result.after * SECOND))
                before = self.holds.get(attempt.host)
                if before is None or before.until < hub.now or not before.process.alive:
                    self.holds[attempt.host] = hold
            told(result)
            if double:
                told(result)

        hub.after(there, arrive)

    def _done(self, kind: str, body: bytes) -> Result:
        """Each answer is another one, and a model repeats what it was told."""
        self.answered += 1
        if kind == "model":
            said = orjson.loads(body)["instructions"]
            return Done({"text": f"Dear you, {said} ({self.answered})", "confidence": 0.9})
        if kind == "email":
            return Done({"message_id": f"<{self.answered}@post.test>"})
        return Done({"status": 200, "headers": {}, "body": f"ok {self.answered}"})


def host_of(kind: str, body: bytes) -> str:
    """The provider of an effect: the host of a call, else its kind."""
    return orjson.loads(body)["url"].split("/")[2] if kind == "http" else kind


class SimulatedPorts:
    """`Ports` of one virtual process."""

    def __init__(self, process: Process, provider: Provider, weather: Weather) -> None:
        self._process, self._provider, self._weather = process, provider, weather

    async def send(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        """Try one effect once."""
        self._weather.pass_by(self._process, "before a send")
        if key in self._provider.early:
            return self._provider.taken(key)[0].result or Refused("early", "Not answered.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()

        def told(result: Result) -> None:
            if self._process.alive and not loop.is_closed():
                loop.call_soon_threadsafe(settle, result)

        def settle(result: Result) -> None:
            if not answer.done():
                answer.set_result(result)

        raw = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        attempt = self._provider.request(self._process, kind, key, raw, told)
        if self._weather.strikes("stop"):
            self._process.stop(int(self._process.hub.dice.choice((31, 35)) * SECOND))
        if self._weather.strikes("die"):
            hub = self._process.hub
            moment = int(hub.dice.expovariate(1 / 4_000))
            hub.after(moment, lambda: self._process.kill("during a send"))
        try:
            result = await answer
        except asyncio.CancelledError:
            self._provider.gave_up(attempt)
            self._process.hub.tell(self._process.name, f"gives up waiting for {key}")
            raise
        self._weather.pass_by(self._process, "after a send")
        return result

    async def close(self) -> None:
        """Nothing is held."""
