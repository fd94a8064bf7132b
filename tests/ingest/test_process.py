"""The real process on 127.0.0.1 with the real database: many callers at once, and rude ones."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import select
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ingest.conftest import Place, Server, serving

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, database_of_the_module: str | None
) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("process"), database_of_the_module)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    with serving(place) as started:
        yield started


def test_a_hundred_equal_webhooks_in_parallel_are_one_event(place: Place, server: Server) -> None:
    place.hook("same")
    headers = {"content-type": "application/json", "idempotency-key": "once"}
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: server.post("/hooks/same", b'{"a": 1}', headers), range(100))
        )
    assert {status for status, _ in answers} == {202}
    assert len({answer["event_id"] for _, answer in answers}) == 1
    assert server.post("/hooks/same", b'{"a": 2}', headers)[0] == 409
    assert len(place.events("same")) == 1


def test_one_senders_events_keep_their_order(place: Place, server: Server) -> None:
    place.hook("order")
    for n in range(50):
        assert server.post("/hooks/order", b'{"n": %d}' % n)[0] == 202
    assert [e["properties"]["n"] for e in place.events("order")] == list(range(50))


def test_an_sdks_gzipped_batch_is_accepted(place: Place, server: Server) -> None:
    batch = {"batch": [{"type": "track", "userId": "maya", "event": "x", "messageId": "m"}]}
    headers = {
        "authorization": "Basic " + base64.b64encode(f"{place.write_key}:".encode()).decode(),
        "content-encoding": "gzip",
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "analytics-python/2.3.4",
    }
    for _ in range(2):
        body = gzip.compress(json.dumps(batch).encode())
        assert server.post("/v1/batch", body, headers) == (200, {"success": True})
    assert [e["external_id"] for e in place.events()].count("m") == 1


def test_large_and_deep_bodies_are_refused_in_bounded_memory(place: Place, server: Server) -> None:
    place.hook("bombs")
    assert server.post("/hooks/bombs", b"{}")[0] == 202
    before = server.resident()
    bombs = [
        b'{"a": "' + b"x" * 10_000_000 + b'"}',
        gzip.compress(b"[" * 100_000_000),
        b"[" * 200_000,
        b"9" * 5_000,
    ]
    for bomb in bombs:
        status, answer = server.post("/hooks/bombs", bomb)
        assert status in (400, 413)
        assert str(answer["type"]).startswith("urn:wayline:problem:")
    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda b: server.post("/hooks/bombs", b)[0], bombs * 8))
    assert statuses <= {400, 413}
    assert server.resident() - before < 80_000_000
    assert server.post("/hooks/bombs", b"{}")[0] == 202
    assert len(place.events("bombs")) == 2


def test_five_hundred_slow_senders_do_not_hold_up_the_others(place: Place, server: Server) -> None:
    place.hook("slow")
    slow: list[socket.socket] = []
    try:
        for n in range(500):
            one = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            slow.append(one)
            half = b"POST /hooks/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            one.sendall(half + (b"\r\n{" if n % 2 else b"X-Slow: "))
        times: list[float] = []
        for _ in range(100):
            began = time.perf_counter()
            assert server.post("/hooks/slow", b"{}")[0] == 202
            times.append(time.perf_counter() - began)
        assert sorted(times)[98] < 1.0
    finally:
        for one in slow:
            one.close()
    assert len(place.events("slow")) == 100


def test_a_chunked_body_without_end_is_refused_at_the_cap(place: Place, server: Server) -> None:
    place.hook("endless")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one:
        one.sendall(
            b"POST /hooks/endless HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        sent = 0
        with contextlib.suppress(ConnectionResetError):  # closed behind the answer
            while not select.select([one], [], [], 0)[0]:
                one.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
                assert sent < 50_000_000
        assert one.recv(65_536).startswith(b"HTTP/1.1 413")
    assert place.events("endless") == []


def test_the_program_stops_when_it_is_asked(place: Place) -> None:
    place.hook("stop")
    with serving(place) as server:
        assert server.post("/hooks/stop", b"{}")[0] == 202
        server.process.terminate()
        assert server.process.wait(15) in (0, -signal.SIGTERM)
    assert len(place.events("stop")) == 1
