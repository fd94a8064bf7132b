"""The HTTP client against servers that say strange things, and on both kinds of event loop."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.ports import new_loop
from runtime.ports.connection import MOST_HEAD, Answer, Broken
from runtime.ports.dialing import Lookup, public_trust
from runtime.ports.outgoing import CONNECTIONS, TROUBLES, Outgoing, trouble
from runtime.ports.urls import read_url

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Loop = Callable[[], asyncio.AbstractEventLoop]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture(params=[asyncio.new_event_loop, new_loop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> Loop:
    return request.param


class Server:
    """Answers the n-th request with the n-th script (the last one repeats); None closes."""

    def __init__(self, *answers: bytes | None, close: bool = False) -> None:
        self.answers, self.close = answers, close
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = 0
        self.tls: ssl.SSLContext | None = None
        self.held: asyncio.Event | None = None

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        try:
            while (request := await _request(reader)) is not None:
                self.requests.append(request)
                if self.held is not None:
                    await self.held.wait()
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
                if self.close:
                    return
        except ConnectionError:
            pass
        finally:
            self.ended += 1
            writer.close()


async def _request(reader: Reader) -> bytes | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


def play(
    loop: Loop,
    server: Server,
    scene: Callable[[Outgoing, str], Awaitable[Any]],
    *,
    lookup: Lookup | None = None,
    trust: Callable[[], ssl.SSLContext] = public_trust,
) -> Any:
    """Play a scene with this server; what it returned."""

    async def local(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, "127.0.0.1")]

    async def run() -> Any:
        listening = await asyncio.start_server(server, "127.0.0.1", 0, ssl=server.tls)
        port = listening.sockets[0].getsockname()[1]
        scheme = "https" if server.tls else "http"
        out = Outgoing(lambda address: address.startswith("127."), lookup or local, trust)
        try:
            async with asyncio.timeout(30):
                return await scene(out, f"{scheme}://shop.example:{port}/x")
        finally:
            await out.close()
            listening.close()
            await listening.wait_closed()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(run())


async def ask(
    out: Outgoing, url: str, method: str = "POST", *, within: float = 20.0, most: int = 1000
) -> Answer:
    content = b"{}" if method == "POST" else None
    return await out.call(
        method, read_url(url), headers={"a": "b"}, content=content, within=within, most=most
    )


async def refused(out: Outgoing, url: str, method: str = "POST") -> tuple[str, str, bool]:
    """The trouble that a call brings."""
    with pytest.raises(TROUBLES) as caught:
        await ask(out, url, method)
    return trouble(caught.value, "shop.example", 20)


def once(loop: Loop, answer: bytes, method: str = "POST", *, close: bool = False) -> Answer:
    return play(loop, Server(answer, close=close), lambda out, url: ask(out, url, method))


# --- where an answer ends -------------------------------------------------------------------------


def test_a_request_is_what_the_standard_says(loop: Loop) -> None:
    server = Server(OK)

    async def scene(out: Outgoing, url: str) -> str:
        for method in ("POST", "GET", "HEAD"):
            await ask(out, url, method)
        await out.call("PUT", read_url(url), headers={"x": "ü"}, content=None, within=20, most=10)
        return read_url(url).place

    host = play(loop, server, scene).encode()
    post, get, head, put = server.requests
    tail = b"/x HTTP/1.1\r\nhost: " + host + b"\r\na: b\r\n"
    assert post == b"POST " + tail + b"content-length: 2\r\n\r\n{}"
    assert get == b"GET " + tail + b"\r\n"
    assert head == b"HEAD " + tail + b"\r\n"
    assert put.endswith(b"x: \xfc\r\ncontent-length: 0\r\n\r\n")


def test_a_chunked_answer_is_put_together_and_its_trailers_are_no_headers(loop: Loop) -> None:
    got = once(
        loop,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
        b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 2\r\nX-B: 3\r\n\r\n",
    )
    assert (got.status, got.body, got.truncated) == (200, b"abcde", False)
    assert got.headers == {"transfer-encoding": "chunked", "x-a": "1"}


@pytest.mark.parametrize("version", [b"1.0", b"1.1"], ids=["1.0", "1.1"])
def test_an_answer_without_a_length_ends_with_its_connection(loop: Loop, version: bytes) -> None:
    got = once(loop, b"HTTP/" + version + b" 200 OK\r\n\r\nto the end", close=True)
    assert (got.body, got.truncated) == (b"to the end", False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n",
        b"HTTP/1.1 200 OK",
    ],
    ids=range(4),
)
def test_an_answer_that_was_cut_off_may_have_been_taken(loop: Loop, answer: bytes) -> None:
    kind, _, uncertain = play(loop, Server(answer, close=True), refused)
    assert (kind, uncertain) == ("network", True)


def test_interim_answers_are_passed_over(loop: Loop) -> None:
    got = once(
        loop,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK,
    )
    assert (got.status, got.body, got.headers) == (200, b"ok", {"content-length": "2"})


def test_an_answer_to_head_has_no_body_whatever_it_says(loop: Loop) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
    server = Server(answer, b"HTTP/1.1 103 Hints\r\n\r\n" + answer, OK)

    async def scene(out: Outgoing, url: str) -> list[bytes]:
        return [(await ask(out, url, method)).body for method in ("HEAD", "HEAD", "POST")]

    assert play(loop, server, scene) == [b"", b"", b"ok"]


def test_of_a_header_that_comes_twice_the_last_counts_and_any_letter_is_read(loop: Loop) -> None:
    got = once(
        loop,
        b"HTTP/1.1 204 No\r\nX-A: 1\r\nx-a: \xc3\xbc\r\nX-B: \xfc\r\n\r\n",
    )
    assert (got.status, got.body, got.headers) == (204, b"", {"x-a": "ü", "x-b": "ü"})


def test_a_body_is_kept_up_to_its_limit(loop: Loop) -> None:
    def answer(size: int) -> bytes:
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size

    exact = once(loop, answer(1000))
    assert (len(exact.body), exact.truncated) == (1000, False)
    for size in (1001, 3_000_000):
        more = once(loop, answer(size))
        assert (len(more.body), more.truncated) == (1000, True)


# --- packed answers -------------------------------------------------------------------------------


def packed(coding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"said", mtime=0)),
        ("X-GZIP", gzip.compress(b"said", mtime=0)),
        ("deflate", zlib.compress(b"said")),
        ("deflate", RAW.compress(b"said") + RAW.flush()),
        ("identity", b"said"),
        ("br", b"said"),
    ],
    ids=["gzip", "x-gzip", "zlib", "bare", "identity", "unknown"],
)
def test_a_packed_answer_is_unpacked(loop: Loop, coding: str, body: bytes) -> None:
    got = once(loop, packed(coding, body))
    assert (got.body, got.truncated) == (b"said", False)


def test_a_bomb_is_unpacked_up_to_the_limit_only(loop: Loop) -> None:
    got = once(loop, packed("gzip", gzip.compress(b"\0" * 900_000)))
    assert (got.body, got.truncated) == (b"\0" * 1000, True)


def test_what_cannot_be_unpacked_may_have_been_taken(loop: Loop) -> None:
    kind, _, uncertain = play(loop, Server(packed("gzip", b"no gzip at all")), refused)
    assert (kind, uncertain) == ("network", True)


# --- hostile answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: \x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2 * MOST_HEAD + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 5_000_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + b"HTTP/1.1 100 Con",
    ],
    ids=range(11),
)
def test_what_is_no_proper_answer_may_have_been_taken(loop: Loop, answer: bytes) -> None:
    kind, message, uncertain = play(loop, Server(answer), refused)
    assert (kind, uncertain) == ("network", True)
    assert "broke" in message


def test_a_switch_of_protocols_is_an_answer_after_which_nothing_follows(loop: Loop) -> None:
    server = Server(b"HTTP/1.1 101 Switch\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nxx", OK)

    async def scene(out: Outgoing, url: str) -> list[int]:
        return [(await ask(out, url)).status for _ in range(2)]

    assert play(loop, server, scene) == [101, 200]
    assert server.connections == 2


@pytest.mark.parametrize(
    "rest",
    [
        b"".join(b"1;" + b"e" * 5000 + b"\r\nx\r\n" for _ in range(400)),
        b"0\r\nx: " + b"y" * 5_000_000,
    ],
    ids=["chunks", "trailer"],
)
def test_an_answer_cannot_be_endless_by_its_framing(loop: Loop, rest: bytes) -> None:
    got = once(loop, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + rest)
    assert got.truncated
    assert len(got.body) < 400


# --- kept connections -----------------------------------------------------------------------------


def test_a_connection_is_used_again(loop: Loop) -> None:
    server = Server(OK, b"HTTP/1.1 204 No Content\r\n\r\n", OK)

    async def scene(out: Outgoing, url: str) -> None:
        for _ in range(4):
            await ask(out, url)

    play(loop, server, scene)
    assert (len(server.requests), server.connections, server.ended) == (4, 1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        OK + b"surplus",
        OK + OK,
    ],
    ids=range(4),
)
def test_a_connection_of_which_more_cannot_be_hoped_is_not_used_again(
    loop: Loop, answer: bytes
) -> None:
    server = Server(answer)

    async def scene(out: Outgoing, url: str) -> list[bytes]:
        return [(await ask(out, url)).body for _ in range(3)]

    assert play(loop, server, scene) == [b"ok"] * 3
    assert server.connections == 3


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(loop: Loop) -> None:
    """The loop may have had no time to hear of it: between two drains it does not run."""
    server = Server(OK, close=True)

    async def scene(out: Outgoing, url: str) -> None:
        for _ in range(10):
            await ask(out, url)

    play(loop, server, scene)
    assert len(server.requests) == server.connections == 10


def test_a_post_on_a_connection_that_then_ends_is_not_sent_twice(loop: Loop) -> None:
    server = Server(OK, None, OK)

    async def scene(out: Outgoing, url: str) -> tuple[str, str, bool]:
        await ask(out, url)
        with pytest.raises(Broken) as caught:
            await ask(out, url)
        assert caught.value.silent
        return trouble(caught.value, "shop.example", 20)

    kind, _, uncertain = play(loop, server, scene)
    assert (kind, uncertain) == ("network", True)
    assert len(server.requests) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_what_may_be_repeated_is_asked_again_once(loop: Loop, method: str) -> None:
    async def scene(out: Outgoing, url: str) -> int:
        await ask(out, url)
        return (await ask(out, url, method)).status

    server = Server(OK, None, OK)
    assert play(loop, server, scene) == 200
    assert (len(server.requests), server.connections) == (3, 2)
    server = Server(OK, None, None)
    with pytest.raises(Broken):
        play(loop, server, scene)
    assert len(server.requests) == 3


def test_what_had_begun_to_be_answered_is_not_asked_again(loop: Loop) -> None:
    server = Server(OK, b"HTTP/1.1 2", None)

    async def scene(out: Outgoing, url: str) -> None:
        await ask(out, url, "GET")
        server.close = True
        await refused(out, url, "GET")

    play(loop, server, scene)
    assert len(server.requests) == 2


def test_a_call_that_is_given_up_takes_its_connection_along(loop: Loop) -> None:
    server = Server(OK)

    async def scene(out: Outgoing, url: str) -> None:
        await ask(out, url)
        server.held = asyncio.Event()
        task = asyncio.ensure_future(ask(out, url))
        while len(server.requests) < 2:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.held.set()
        await ask(out, url)

    play(loop, server, scene)
    assert server.connections == 2


def test_there_are_never_more_connections_than_allowed(loop: Loop) -> None:
    server = Server(OK)

    async def scene(out: Outgoing, url: str) -> None:
        server.held = asyncio.Event()
        tasks = [asyncio.ensure_future(ask(out, url)) for _ in range(CONNECTIONS + 20)]
        while len(server.requests) < CONNECTIONS:
            await asyncio.sleep(0)
        server.held.set()
        await asyncio.gather(*tasks)
        other = url.replace("shop", "other")
        await asyncio.gather(*(ask(out, other) for _ in range(CONNECTIONS)))

    play(loop, server, scene)
    assert len(server.requests) == 2 * CONNECTIONS + 20
    assert server.connections <= 2 * CONNECTIONS


# --- names and addresses --------------------------------------------------------------------------


def test_calls_that_begin_together_ask_for_the_name_once(loop: Loop) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        asked.append(host)
        await asyncio.sleep(0)
        return [(socket.AF_INET, "127.0.0.1")]

    async def scene(out: Outgoing, url: str) -> None:
        await asyncio.gather(*(ask(out, url) for _ in range(10)))

    play(loop, Server(OK), scene, lookup=lookup)
    assert asked == ["shop.example"]


def test_a_name_that_failed_is_asked_for_again(loop: Loop) -> None:
    asked: list[str] = []

    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        asked.append(host)
        if len(asked) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        return [(socket.AF_INET, "127.0.0.1")]

    async def scene(out: Outgoing, url: str) -> int:
        kind, message, uncertain = await refused(out, url)
        assert (kind, uncertain) == ("network", False)
        assert "could not be found" in message
        return (await ask(out, url)).status

    assert play(loop, Server(OK), scene, lookup=lookup) == 200


def test_of_several_addresses_the_first_that_answers_is_taken(loop: Loop) -> None:
    async def lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, a) for a in ("127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.1")]

    assert play(loop, Server(OK), ask, lookup=lookup).status == 200


def test_a_call_that_found_no_way_was_surely_not_taken(loop: Loop) -> None:
    async def nowhere(host: str, port: int) -> Sequence[tuple[int, str]]:
        return [(socket.AF_INET, a) for a in ("127.0.0.2", "127.0.0.3")]

    async def never(host: str, port: int) -> Sequence[tuple[int, str]]:
        await asyncio.Event().wait()
        return []

    async def nobody(host: str, port: int) -> Sequence[tuple[int, str]]:
        return []

    async def hurried(out: Outgoing, url: str) -> tuple[str, str, bool]:
        with pytest.raises(TimeoutError) as caught:
            await ask(out, url, within=0.05)
        return trouble(caught.value, "shop.example", 0.05)

    server = Server(OK)
    for lookup, scene, kind in (
        (nowhere, refused, "network"),
        (nobody, refused, "network"),
        (never, hurried, "timeout"),
    ):
        got = play(loop, server, scene, lookup=lookup)
        assert (got[0], got[2]) == (kind, False)
    assert server.connections == 0


# --- encryption -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for shop.example and 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    names = [x509.DNSName("shop.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path_factory.mktemp("papers") / "both.pem"
    path.write_bytes(key.private_bytes(encoding, form, plain) + made.public_bytes(encoding))
    return path


def encrypted(papers: Path, *answers: bytes | None) -> Server:
    server = Server(*answers)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(papers)
    return server


def trusting(papers: Path) -> Callable[[], ssl.SSLContext]:
    return lambda: ssl.create_default_context(cafile=str(papers))


def test_an_encrypted_call_is_like_another(loop: Loop, papers: Path) -> None:
    server = encrypted(papers, OK)

    async def scene(out: Outgoing, url: str) -> list[bytes]:
        bodies = [(await ask(out, url)).body for _ in range(3)]
        direct = url.replace("shop.example", "127.0.0.1")
        return [*bodies, (await ask(out, direct)).body]

    assert play(loop, server, scene, trust=trusting(papers)) == [b"ok"] * 4
    assert server.connections <= 3  # a session ticket that comes late may cost one


def test_a_certificate_that_nobody_trusts_or_of_another_name_is_refused(
    loop: Loop, papers: Path
) -> None:
    server = encrypted(papers, OK)

    async def other(out: Outgoing, url: str) -> tuple[str, str, bool]:
        return await refused(out, url.replace("shop.", "bank."))

    for scene, trust in ((refused, public_trust), (other, trusting(papers))):
        kind, message, uncertain = play(loop, server, scene, trust=trust)
        assert (kind, uncertain) == ("network", False)
        assert "certificate" in message
    assert server.requests == []


def test_an_encrypted_connection_that_breaks_may_have_taken_it(loop: Loop, papers: Path) -> None:
    server = encrypted(papers, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort")
    server.close = True
    kind, _, uncertain = play(loop, server, refused, trust=trusting(papers))
    assert (kind, uncertain) == ("network", True)


class Deaf(Server):
    """Speaks at once, and no TLS."""

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()


def test_encryption_where_none_is_spoken_fails_before_anything_is_said(loop: Loop) -> None:
    async def scene(out: Outgoing, url: str) -> tuple[str, str, bool]:
        return await refused(out, url.replace("http:", "https:"))

    kind, _, uncertain = play(loop, Deaf(), scene)
    assert (kind, uncertain) == ("network", False)
