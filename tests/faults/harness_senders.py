"""Senders that behave as good ones do: each message has its own id, is repeated unchanged until it
is answered with 2xx, and everything that was answered is remembered."""

from __future__ import annotations

import http.client
import itertools
import json
import select
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.program import busy

if TYPE_CHECKING:
    from tests.faults.harness import House

NOTE = "canary-note-about-a-person"
PATIENCE = 90.0  # seconds for one message, on a machine that is not busy
_order = itertools.count()


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt; `status` None: no answer came (the sender does not know what became of it)."""

    began: float
    ended: float
    status: int | None
    said: Mapping[str, Any]


@dataclass(slots=True)
class Post:
    """A message and all that was answered to it. `order` counts in the order they were begun."""

    id: str
    customer: str
    body: bytes
    order: int
    path: str = ""  # of another webhook than the pattern's
    tries: list[Try] = field(default_factory=list[Try])

    @property
    def accepted(self) -> bool:
        """Whether it was answered with 2xx."""
        return any(t.status is not None and t.status < 300 for t in self.tries)

    @property
    def event_id(self) -> str:
        """The id in the 2xx; it must be the same in all of them."""
        [one] = {t.said["event_id"] for t in self.tries if t.status is not None and t.status < 300}
        return str(one)

    @property
    def refused(self) -> bool:
        """Whether it was answered, always with 4xx (but for 429)."""
        told = [t.status for t in self.tries]
        return bool(told) and all(s is not None and 400 <= s < 500 and s != 429 for s in told)


class Sender(threading.Thread):
    """Sends one message at a time and awaits its 2xx before the next."""

    def __init__(
        self,
        house: House,
        ids: Sequence[str] = (),
        every: float = 0.0,
        customer: str | None = None,
        port: int | None = None,
    ) -> None:
        """`port`: of another intake than the house's first."""
        super().__init__(daemon=True)
        self._house, self._ids, self._every, self._customer = house, ids, every, customer
        self._port = port or house.port
        self._given_up = threading.Event()
        self._enough = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """In its thread."""
        try:
            for one in self._ids:
                if self._enough.wait(self._every):
                    return
                self.post(one, self._customer, {})
        except BaseException as error:
            self.error = error
        finally:
            self.hang_up()

    def finish(self, seconds: float = 120) -> None:
        """Until all are accepted."""
        self.join(seconds * busy())
        if self.error is not None:
            raise self.error
        assert not self.is_alive(), "the sender still sends"

    def enough(self) -> None:
        """Begin no other message; `finish()` waits for the one at hand."""
        self._enough.set()

    def give_up(self) -> None:
        """Let even the message at hand go."""
        self._enough.set()
        self._given_up.set()

    def post(self, name: str, customer: str | None, more: Mapping[str, Any]) -> Post:
        """One message, until it is accepted."""
        return self.deliver(message(name, customer, more))

    def deliver(self, one: Post) -> Post:
        """The same with a message that is made already."""
        self._house.posts.append(one)
        began = time.monotonic()
        while not one.accepted and not self._given_up.is_set():
            assert time.monotonic() < began + PATIENCE * busy(), (
                f"{one.id} was never accepted: {one.tries[-3:]}"
            )
            said = self.attempt(one)
            if said.status is not None and said.status >= 300:
                assert said.status in (429, 500, 502, 503), f"refused: {said}"
            if not one.accepted:
                self._given_up.wait(0.1)
        return one

    def attempt(self, one: Post) -> Try:
        """Try once, and write down what was answered."""
        began, status, said = time.time(), None, {}
        try:
            status, said = self._ask(one)
        except (OSError, http.client.HTTPException):
            self.hang_up()
        found = Try(began, time.time(), status, said)
        one.tries.append(found)
        return found

    def _ask(self, one: Post) -> tuple[int, Any]:
        wire = self._connection and self._connection.sock
        if wire and select.select([wire], [], [], 0)[0]:
            self.hang_up()  # what the other end has closed no pool of connections uses again
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=15 * busy()
            )
        headers = {"Content-Type": "application/json", "Idempotency-Key": one.id}
        self._connection.request("POST", one.path or self._house.hook, one.body, headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        if answer.will_close:
            self.hang_up()
        return answer.status, json.loads(raw) if raw else {}

    def hang_up(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def message(
    name: str,
    customer: str | None = None,
    more: Mapping[str, Any] | None = None,
    path: str = "",
) -> Post:
    """A message of one customer (its own, unless named), with personal data in it."""
    who = f"canary-person-{customer or name}@example.com"
    body = json.dumps({"email": who, "n": name, "note": NOTE, **(more or {})}).encode()
    return Post(name, who, body, next(_order), path)
