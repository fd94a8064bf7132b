"""Callers that are slow on purpose hold nobody up and are let go."""

from __future__ import annotations

import contextlib
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest

from tests.support.program import busy, wait_until

pytestmark = pytest.mark.service


@contextmanager
def serving(within: float) -> Iterator[int]:
    """The port of a server that gives its callers so many seconds for their headers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.hasty_server", str(within)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=10 * busy())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(0.5) as found:
        yield found


def closed(sock: socket.socket) -> bool:
    """Whether the other side has let go."""
    sock.setblocking(False)
    try:
        return sock.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextmanager
def slow_callers(port: int) -> Iterator[list[socket.socket]]:
    """300 connections: 200 of them in the middle of their headers, the others without a word."""
    with contextlib.ExitStack() as open_:
        slow = [
            open_.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)
        ]
        for sock in slow[:200]:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        yield slow


def test_callers_who_never_finish_their_headers_hold_nobody_up() -> None:
    """Others are answered while all of them are still waited for: there it is for ten minutes."""
    with serving(600) as port, slow_callers(port) as slow:
        with httpx.Client(trust_env=False) as client:
            for _ in range(50):
                assert client.get(f"http://127.0.0.1:{port}/").text == "hello"
        assert not any(closed(sock) for sock in slow)


def test_callers_who_never_finish_their_headers_are_let_go(port: int) -> None:
    with slow_callers(port) as slow:
        wait_until(lambda: all(closed(sock) for sock in slow), 15)


def test_a_caller_who_drips_is_let_go_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

        def drip() -> bool:
            if closed(sock):
                return True
            with contextlib.suppress(OSError):
                sock.setblocking(True)
                sock.sendall(b"X-A: b\r\n")
            return False

        wait_until(drip, 10)


def test_headers_without_end_are_refused_before_they_fill_the_memory(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.settimeout(10)
        with contextlib.suppress(OSError):
            sock.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(5000):
                sock.sendall(b"X-Long: " + b"y" * 8000 + b"\r\n")
        answer = b""
        with contextlib.suppress(OSError):
            answer = sock.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == "hello"


def test_a_connection_that_is_kept_and_a_large_body_are_served(port: int) -> None:
    with httpx.Client(trust_env=False) as client:
        for _ in range(3):
            assert (
                client.post(f"http://127.0.0.1:{port}/", content=b"x" * 3_000_000).text == "hello"
            )
            threading.Event().wait(0.6)  # longer than headers may take: idle is not slow


def test_it_may_open_as_many_files_as_the_system_allows(port: int) -> None:
    server = next(
        p.pid for p in psutil.Process().children() if "hasty_server" in " ".join(p.cmdline())
    )
    soft, hard = psutil.Process(server).rlimit(resource.RLIMIT_NOFILE)
    assert soft >= min(hard if hard > 0 else 65_536, 65_536)
