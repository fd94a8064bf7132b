"""Keeps to what providers can take: so many calls a second, a pause when one asks for it, and none
at all while one keeps failing.

A provider is the host of an HTTP call, the mail server or the model of a credential. All workers
share what they know through the database. The *bucket* (so many a second, set in the workspace's
settings under `rates`) is asked for each call to a provider that has a rate. A `Retry-After`, and
the *breaker* that opens after some failures in a row, are noted in the table `held` by the commit
that lands the answer; a worker that sends looks there once a second and knows them by heart, so
that calls to providers in good health cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import orjson

from runtime.ports.results import Done, Later, Result
from runtime.store import buckets
from runtime.store.buckets import Held
from runtime.store.database import Connection
from runtime.store.outbox import EffectRow
from runtime.work.journeys import Space

FAILURES = 5  # in a row, until the breaker opens
FIRST_PAUSE = 5.0  # seconds until one call may try an open breaker
LONGEST_PAUSE = 300.0
LONGEST_ASKED = 86_400.0  # seconds that a provider may ask for
MOST = 10_000  # providers remembered
EACH = 1_000  # … of one workspace
SECOND = 1_000_000
LINE = 60 * SECOND  # how far ahead calls stand in line for a bucket: a new rate is felt after that


@dataclass(slots=True)
class _Trouble:
    """What is known of a provider that does not take everything. `asked`: until when it wants a
    pause; `shut`: until when the breaker lets nothing pass (microseconds). `shared`: the other
    workers know it too."""

    failures: int = 0
    pause: float = FIRST_PAUSE
    asked: int = 0
    shut: int = 0
    shared: bool = False

    @property
    def until(self) -> int:
        return max(self.asked, self.shut)

    @property
    def known_failures(self) -> int:
        """What the others are told: none when it is the provider that wants the longer pause, so
        that no call that goes well lifts it."""
        return 0 if self.asked > self.shut else self.failures

    def shut_for_longer(self, now: int) -> None:
        """Let nothing pass for a pause, and for one of twice the length the next time."""
        self.shut = now + int(self.pause * SECOND)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


Name = tuple[str, str]  # (workspace, provider)


class Providers:
    """What one worker knows. Instants are engine time in microseconds."""

    def __init__(self) -> None:
        self._troubles: dict[Name, _Trouble] = {}
        self._lines: dict[Name, int] = {}  # when the last call in line for a bucket is due
        self._news: dict[Name, bool] = {}  # to be told to the others: held, or not any more
        self._look_at = 0

    def held(
        self,
        conn: Connection,
        space: Space,
        kind: str,
        credential: str | None,
        body: bytes,
        now: int,
        *,
        in_line: bool = False,
    ) -> int | None:
        """Until when this effect must not be sent; None when it may be sent now, which counts. In
        the transaction that marks it sending. `in_line`: it has waited for its turn; others may not
        pass those that do."""
        if now >= self._look_at:
            self._look(conn, now)
        rates = space.rates
        if not self._troubles and not rates:
            return None
        provider = name_of(kind, credential, body)
        name = (space.id, provider)
        trouble = self._troubles.get(name)
        if trouble is not None and trouble.until > now:
            return trouble.until
        rate = rates.get(provider)
        if rate is not None:
            due = self._wait_in_line(conn, name, rate, now, in_line)
            if due is not None:
                return due
        if trouble is not None and trouble.failures >= FAILURES:
            trouble.shut_for_longer(now)  # this one tries for all
            next_pause = int(trouble.pause * SECOND)
            if trouble.shared:
                other = buckets.may_try(conn, *name, trouble.shut, next_pause, now)
                if other is not None:
                    trouble.shut = other  # the same for all, so that all go when it answers
                    return other
        return None

    def _wait_in_line(
        self, conn: Connection, name: Name, rate: float, now: int, in_line: bool
    ) -> int | None:
        """None when the bucket has a call left, else when to ask it again: each of those that wait
        at an instant of its own, so that they are not all put off anew every time."""
        last = self._lines.get(name, 0)
        if in_line or last <= now:
            free = buckets.take(conn, *name, rate, now)
            if free is None:
                return None
            last = max(last, free - int(SECOND / rate))
        while name not in self._lines and len(self._lines) >= MOST:
            del self._lines[next(iter(self._lines))]
        due = min(last + max(1, int(SECOND / rate)), now + LINE)
        self._lines[name] = due
        return due

    def troubles(self, workspace: str) -> int:
        """How many of its providers are known not to take everything."""
        return sum(one == workspace for one, _ in self._troubles)

    # --- Learning -----------------------------------------------------------------------------

    def learn(self, effect: EffectRow, result: Result, now: int) -> None:
        """What came of a call; `tell` lets the others know."""
        if not isinstance(result, Done) and result.kind in OURS:
            return
        if not self._troubles and not isinstance(result, Later):
            return
        name = (effect.workspace, name_of(effect.kind, effect.credential, effect.body))
        if not isinstance(result, Later):
            self._answered(name, now)
            return
        trouble = self._troubles.get(name)
        if trouble is None:
            trouble = self._remember(name, _Trouble())
        if result.after:
            asked = now + int(min(result.after, LONGEST_ASKED) * SECOND)
            if asked > trouble.asked:
                trouble.asked = asked
                self._news[name] = True
            return
        trouble.failures += 1
        if trouble.failures >= FAILURES and trouble.shut <= now:
            trouble.shut_for_longer(now)
            self._news[name] = True

    def _answered(self, name: Name, now: int) -> None:
        """A call went well. What was on its way when the provider asked for a pause says nothing
        about that."""
        trouble = self._troubles.get(name)
        if trouble is None:
            return
        told = trouble.shared or name in self._news
        if trouble.asked > now:
            told = told and trouble.failures > 0
            trouble.failures, trouble.pause, trouble.shut = 0, FIRST_PAUSE, 0
            if told:
                self._news[name] = True
            return
        del self._troubles[name]
        if told:
            self._news[name] = False

    def tell(self, conn: Connection, now: int) -> None:
        """Write what was learnt, in a transaction that ends well or is made again."""
        if not self._news:
            return
        known = [(name, self._troubles.get(name)) for name, held in self._news.items() if held]
        buckets.hold(
            conn,
            [
                Held(*name, one.until, one.known_failures, int(one.pause * SECOND))
                for name, one in known
                if one is not None
            ],
            now,
        )
        buckets.let_go(conn, [name for name, held in self._news.items() if not held], now)

    def told(self) -> None:
        """That transaction is committed."""
        for name, held in self._news.items():
            trouble = self._troubles.get(name)
            if held and trouble is not None:
                trouble.shared = True
        self._news.clear()

    def _look(self, conn: Connection, now: int) -> None:
        """What the others have learnt meanwhile."""
        self._look_at = now + SECOND
        recently = now - 2 * int(LONGEST_PAUSE * SECOND)
        found = {(one.workspace, one.provider): one for one in buckets.held(conn, recently)}
        for name, trouble in list(self._troubles.items()):
            if trouble.shared and name not in found and name not in self._news:
                del self._troubles[name]  # it answered one of the others
        for name, one in found.items():
            if name in self._news:
                continue
            trouble = self._troubles.get(name)
            if trouble is None:
                trouble = self._remember(name, _Trouble())
            trouble.shared = True
            if one.failures:
                trouble.shut = one.until
                trouble.failures = max(trouble.failures, one.failures)
                trouble.pause = one.pause / SECOND
            else:
                trouble.asked = one.until

    def _remember(self, name: Name, trouble: _Trouble) -> _Trouble:
        """The oldest of its own workspace is forgotten for it before any other's."""
        if len(self._troubles) >= EACH and self.troubles(name[0]) >= EACH:
            del self._troubles[next(one for one in self._troubles if one[0] == name[0])]
        while len(self._troubles) >= MOST:
            del self._troubles[next(iter(self._troubles))]
        self._troubles[name] = trouble
        return trouble


OURS = ("late", "stopped", "credential", "config", "forbidden")  # no fault of the provider's


def name_of(kind: str, credential: str | None, body: bytes) -> str:
    """The provider of an effect: the host of an HTTP call (with its port, if it is unusual); else
    `smtp:<credential>` or `ai:<credential>`, or `smtp` and `ai` for the workspace's own."""
    if kind == "http":
        url = orjson.loads(body).get("url")
        return host_of(url) if isinstance(url, str) else "http"
    server = {"email": "smtp", "model": "ai"}.get(kind, kind)
    return f"{server}:{credential}" if credential else server


@lru_cache(1024)
def host_of(url: str) -> str:
    """The host that a URL leads to, with its port if that is not the scheme's own."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return "http"
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return (place.removesuffix(usual) if usual else place) or "http"
