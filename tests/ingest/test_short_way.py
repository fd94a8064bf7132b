"""The short way of a webhook that has arrived whole: whatever is unusual about a request, the
answers are those of the usual way. On real connections to the real process."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime import serving as server_side
from tests.ingest.conftest import Place, Server, serving

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("short"))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    with serving(place) as started:
        yield started


class Caller:
    """One connection; answers are read one by one."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.sock.sendall(part)

    def answer(self) -> tuple[int, dict[str, str], dict[str, object]]:
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, json.loads(self.file.read(int(headers["content-length"])))

    def closed(self) -> bool:
        return self.file.read(1) == b""


@contextmanager
def calling(server: Server) -> Iterator[Caller]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        caller = Caller(sock)
        try:
            yield caller
        finally:
            caller.file.close()


def post(token: str, body: bytes, *lines: bytes, target: bytes = b"") -> bytes:
    length = b"Content-Length: %d" % len(body)
    start = b"POST " + (target or b"/hooks/" + token.encode()) + b" HTTP/1.1"
    return b"\r\n".join([start, b"Host: x", *lines, length, b"", body])


def bodies(place: Place, token: str) -> list[object]:
    return [event["properties"] for event in place.events(token)]


def test_many_requests_on_one_connection_are_answered_in_order(
    place: Place, server: Server
) -> None:
    place.hook("kept")
    with calling(server) as caller:
        for n in range(30):
            caller.send(post("kept", b'{"n": %d}' % n))
            status, headers, answer = caller.answer()
            assert (status, headers["content-type"]) == (202, "application/json")
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "date" in headers
            assert answer == {"event_id": place.events("kept")[n]["id"]}
    assert bodies(place, "kept") == [{"n": n} for n in range(30)]


def test_requests_that_are_sent_without_waiting_are_answered_in_their_order(
    place: Place, server: Server
) -> None:
    place.hook("piped")
    with calling(server) as caller:
        caller.send(b"".join(post("piped", b'{"n": %d}' % n) for n in range(5)))
        caller.send(post("piped", b"{"), b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.send(post("piped", b'{"n": 5}'))
        answers = [caller.answer() for _ in range(8)]
    assert [a[0] for a in answers] == [202] * 5 + [400, 200, 202]
    ids = [e["id"] for e in place.events("piped")]
    assert [a[2].get("event_id") for a in answers] == [*ids[:5], None, None, ids[5]]


def test_a_request_may_come_in_any_pieces(place: Place, server: Server) -> None:
    place.hook("pieces")
    whole = post("pieces", b'{"a": "b"}', b"Content-Type: application/json")
    with calling(server) as caller:
        caller.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in (1, 10, whole.index(b"\r\n\r\n") + 2, whole.index(b"{"), len(whole) - 1):
            caller.send(whole[:at])
            with calling(server) as other:  # so that what was sent has been read by now
                other.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert other.answer()[0] == 200
            caller.send(whole[at:])
            assert caller.answer()[0] == 202
            caller.send(whole)
            assert caller.answer()[0] == 202
    assert bodies(place, "pieces") == [{"a": "b"}] * 10


def test_what_is_read_is_the_same_on_both_ways(place: Place, server: Server) -> None:
    place.hook("same", {"customer": "query.who", "id_path": "body.id"})
    chunked = b'7\r\n{"a": 1\r\n1\r\n}\r\n0\r\n\r\n'
    head = b"POST /hooks/same?who=maya&x=%C3%A9 HTTP/1.1\r\nHost: x\r\nIdempotency-Key: "
    target = b"/hooks/same?who=maya&x=%C3%A9"
    with calling(server) as caller:
        caller.send(post("", b'{"a": 1}', b"idempotency-key:\t short \t", target=target))
        first = caller.answer()
        caller.send(post("", b'{"a": 1}', b"Idempotency-Key: long", target=target))
        second = caller.answer()
        caller.send(head + b"long\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)
        assert caller.answer()[2] == second[2]
        caller.send(head + b"short\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)
        assert caller.answer()[2] == first[2]
    assert [e["external_id"] for e in place.events("same")] == ["short", "long"]
    for event in place.events("same"):
        assert event["who"] == {"any": "maya"}
        assert event["properties"] == {"a": 1, "query": {"who": "maya", "x": "é"}}


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([b"Content-Length: 5"], 400),  # two lengths
        ([b"Connection: close"], 202),
        ([b"Connection: Keep-Alive"], 202),
        ([b"Expect: 100-continue"], 100),
        ([b"X-Empty:"], 202),
        ([b"X-Two: 1", b"X-Two: 2"], 202),
        ([b"Content-Encoding: br"], 415),
        ([b"Content-Type: multipart/form-data; boundary=x"], 400),
    ],
)
def test_unusual_headers_are_for_the_usual_way(
    place: Place, server: Server, lines: list[bytes], status: int
) -> None:
    token = b"".join(lines).hex()[:64]
    place.hook(token)
    with calling(server) as caller:
        caller.send(post(token, b'{"a": 1}', *lines))
        assert int(caller.file.readline().split()[1]) == status


def test_a_body_that_comes_after_its_answer_is_no_request(place: Place, server: Server) -> None:
    place.hook("inner")
    inner = post("inner", b"{}")
    with calling(server) as caller:
        caller.send(post("inner", b'{"n": 0}'))  # so that the address is known
        assert caller.answer()[0] == 202
        caller.send(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inner))
        assert caller.answer()[0] == 404
        caller.send(inner)
        with calling(server) as other:  # so that what was sent has been read by now
            other.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert other.answer()[0] == 200
        caller.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert caller.answer()[0] == 200
        caller.send(post("inner", b'{"n": 1}'))
        assert caller.answer()[0] == 202
    assert bodies(place, "inner") == [{"n": 0}, {"n": 1}]


def test_no_header_line_keeps_the_event_loop_busy() -> None:
    # where each blank may begin the value as well as end it, these take most of a minute
    lines = [b"X:" + b" " * 60_000 + end for end in (b"x ", b"\x01", b" ")]
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(20)
    try:
        assert [server_side._read(line) for line in lines] == [None, None, ("x", "")]
    finally:
        signal.alarm(0)


def _too_long(*_: object) -> None:
    raise AssertionError("it takes too long")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/hooks/none", 404),
        (b"/hooks/a%20b", 404),
        (b"/hooks/a/b", 404),
        (b"http://x/hooks/n", 404),
    ],
)
def test_addresses_that_are_not_there(server: Server, target: bytes, status: int) -> None:
    with calling(server) as caller:
        caller.send(post("", b"{}", target=target))
        code, headers, answer = caller.answer()
        assert (code, answer["status"]) == (status, status)
        assert headers["content-type"] == "application/problem+json"


def test_a_refusal_on_the_short_way_is_a_problem_document(place: Place, server: Server) -> None:
    place.hook("asks", {"verify": {"kind": "bearer", "credential": "none"}})
    with calling(server) as caller:
        for _ in range(2):  # the first one has to look the address up
            caller.send(post("asks", b"{}"))
            status, headers, answer = caller.answer()
            assert status == 401
            assert headers["content-type"] == "application/problem+json"
            assert answer["type"] == "urn:wayline:problem:bad-signature"


def test_a_server_that_stops_answers_what_it_has_taken(place: Place) -> None:
    place.hook("last")
    with serving(place) as server, calling(server) as caller:
        caller.send(post("last", b'{"n": 0}'))
        assert caller.answer()[0] == 202
        caller.send(post("last", b'{"n": 1}'))
        server.process.terminate()
        found = caller.file.readline()
        assert found == b"" or b" 202 " in found
    taken = bodies(place, "last")
    assert taken == [{"n": 0}, {"n": 1}] or (taken == [{"n": 0}] and not found)
