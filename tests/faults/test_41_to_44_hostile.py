"""41 to 44: what strangers send to the intake. Each gets a problem document, leaves no row, and
costs neither the process nor much memory; those who send well notice nothing."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.faults.harness import House, both, on_both
from tests.faults.harness_books import reconcile
from tests.faults.harness_parts import Part
from tests.faults.harness_senders import Try, message
from tests.support.program import SLOW, wait_until

MIB = 1 << 20
JSON = {"Content-Type": "application/json"}
BAD = {
    "cut short": b'{"email": "a@example.com", "n": 1',
    "words": b"hello",
    "two values": b"{}{}",
    "not UTF-8": b'{"email": "\xff"}',
    "UTF-16": '{"n": 1}'.encode("utf-16"),
    "NaN": b'{"n": NaN}',
    "NUL": b'{"email": "a\\u0000@example.com"}',
    "NUL in a key": b'{"\\u0000": 1}',
    "raw NUL": b'{"email": "\x00"}',
    "lone surrogate": b'{"email": "\\ud800"}',
    "raw surrogate": b'{"email": "\xed\xa0\x80"}',
    "1e999": b'{"n": 1e999}',
    "5,000 digits": b'{"n": ' + b"9" * 5000 + b"}",
}
DEEP = {
    "200,000 deep": b"[" * 200_000,
    "200,000 deep and closed": b"[" * 200_000 + b"]" * 200_000,
    "in an object": b'{"email": "a@example.com", "n": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "80,000 objects": b'{"a":' * 80_000 + b"1" + b"}" * 80_000,
}


def throw(
    house: House, name: str, body: bytes, headers: Mapping[str, str], path: str = ""
) -> tuple[int, str]:
    """Send it once, and enter it in the books; the status and the type of the problem."""
    post = message(name)
    post.body = body
    house.posts.append(post)
    began = time.time()
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30 * SLOW)
    with contextlib.closing(connection):
        given = {**JSON, "Idempotency-Key": name, **headers}
        connection.request("POST", path or house.hook, body, given)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        kind = answer.headers["Content-Type"]
    post.tries.append(Try(began, time.time(), answer.status, said))
    assert kind == "application/problem+json", (name, answer.status, said)
    assert said["status"] == answer.status
    return answer.status, said["type"].rpartition(":")[2]


def peak(part: Part) -> int:
    """The most memory that a process ever had, in bytes."""
    lines = Path(f"/proc/{part.pid}/status").read_text().splitlines()
    [line] = [one for one in lines if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def lived_on(house: House, intake: Part, before: int, most: int) -> None:
    """The process is the same, has not grown by more than `most`, and goes on accepting; of all
    that was refused there is no row (I7)."""
    house.post("after")
    assert intake.alive
    grown = peak(intake) - before
    assert grown < most, f"it grew by {grown / MIB:.0f} MiB"
    house.worker()
    found = reconcile(house)
    assert {event.external_id for event in found.events} == {"before", "after"}
    assert house.deaths == []


@both
def test_41_large_bodies_and_bombs(house: House) -> None:
    """41: bodies of 10 MB, one after the other and eight at once, and gzip of 200 MB in 200 KB."""
    intake = house.ingest()
    house.post("before")
    before = peak(intake)
    big = b'{"email": "a@example.com", "note": "' + b"x" * 10_000_000 + b'"}'
    bomb = gzip.compress(b'{"note": "' + b"0" * 200_000_000 + b'"}', 6)
    zipped = {"Content-Encoding": "gzip"}
    for n in range(3):
        assert throw(house, f"big-{n}", big, {}) == (413, "too-large")
        assert throw(house, f"bomb-{n}", bomb, zipped) == (413, "too-large")
        assert throw(house, f"unsaid-{n}", bomb, {}) == (413, "too-large")
    told: list[tuple[int, str]] = []
    crowd = [
        threading.Thread(target=lambda n=n: told.append(throw(house, f"crowd-{n}", big, {})))
        for n in range(8)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert told == [(413, "too-large")] * 8
    lived_on(house, intake, before, 64 * MIB)


@on_both(quick="postgresql")
def test_42_43_json_that_is_none(house: House) -> None:
    """42, 43: malformed JSON, NUL, lone surrogates, 1e999, an integer of 5,000 digits, and JSON
    200,000 deep: by a webhook, and at the API's door by nobody at all."""
    intake = house.ingest()
    house.post("before")
    before = peak(intake)
    for name, body in {**BAD, **DEEP}.items():
        assert throw(house, name, body, {}) == (400, "bad-json"), name
        assert throw(house, f"{name}, zipped", gzip.compress(body), {}) == (400, "bad-json"), name
        assert throw(house, f"{name}, API", body, {}, "/api/events") == (401, "unauthorised")
    lived_on(house, intake, before, 64 * MIB)


class Slow:
    """So many callers who never come to an end: half in their headers, half in their bodies."""

    def __init__(self, house: House, how_many: int) -> None:
        self._house = house
        self._over = threading.Event()
        self._sockets: list[socket.socket] = []
        head = f"POST {house.hook} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        for n in range(how_many):
            one = socket.create_connection(("127.0.0.1", house.port), timeout=30 * SLOW)
            self._sockets.append(one)
            one.sendall(head.encode())
            if n % 2:
                one.sendall(b"Content-Length: 1000\r\n\r\n")
            one.setblocking(False)
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._thread.start()

    def _drip(self) -> None:
        while not self._over.wait(0.5):
            for n, one in enumerate(self._sockets):
                with contextlib.suppress(OSError):
                    one.send(b" " if n % 2 else b"X-A: b\r\n")

    def let_go(self) -> int:
        """How many of them have been let go."""
        return sum(map(_closed, self._sockets))

    def close(self) -> None:
        """Hang up."""
        self._over.set()
        self._thread.join(10)
        for one in self._sockets:
            one.close()


def _closed(one: socket.socket) -> bool:
    try:
        while found := one.recv(4096):
            assert found.startswith(b"HTTP/1.1 4"), found
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def slow_callers(house: House, how_many: int) -> Iterator[Slow]:
    slow = Slow(house, how_many)
    try:
        yield slow
    finally:
        slow.close()


@both
def test_44_slow_callers(house: House) -> None:
    """44: 500 connections that drip a header or a byte of a body every half second. Meanwhile
    others are answered (99 of 100 within a second; times TESTS_SLOW), and in the end all 500 have
    been let go."""
    intake = house.ingest()
    house.worker()
    house.post("before")
    before, files = peak(intake), len(os.listdir(f"/proc/{intake.pid}/fd"))
    with slow_callers(house, 500) as slow:
        posts = house.post(*range(200))
        assert slow.let_go() < 500  # they were there all the time
        wait_until(lambda: slow.let_go() == 500, 40, 0.2)
    took = sorted(post.tries[-1].ended - post.tries[0].began for post in posts)
    assert took[197] < 1 * SLOW, took[-5:]
    assert all(len(post.tries) == 1 for post in posts)
    wait_until(lambda: len(os.listdir(f"/proc/{intake.pid}/fd")) < files + 20, 10)
    assert peak(intake) - before < 64 * MIB
    assert intake.alive
    reconcile(house)
