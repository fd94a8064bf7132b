"""Callers that are slow on purpose hold nobody up and are let go."""

from __future__ import annotations

import contextlib
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.support.program import wait_until

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.hasty_server"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield int(process.stdout.readline())
    process.terminate()
    process.communicate(timeout=10)


def closed(sock: socket.socket) -> bool:
    """Whether the other side has let go."""
    sock.setblocking(False)
    try:
        return sock.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_callers_who_never_finish_their_headers_are_let_go_and_hold_nobody_up(port: int) -> None:
    with contextlib.ExitStack() as open_:
        slow = [
            open_.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)
        ]
        for sock in slow[:200]:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        longest = 0.0
        with httpx.Client(trust_env=False) as client:
            for _ in range(50):
                began = time.perf_counter()
                assert client.get(f"http://127.0.0.1:{port}/").text == "hello"
                longest = max(longest, time.perf_counter() - began)
        assert longest < 1
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
