"""Answers of other people's servers: where they end, packed, and hostile."""

from __future__ import annotations

import gzip
import zlib

import pytest

from runtime.ports.connection import MOST_HEAD
from runtime.ports.outgoing import Outgoing
from runtime.ports.urls import read_url
from tests.ports.scripted import OK, Loop, Server, ask, once, play, refused

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
