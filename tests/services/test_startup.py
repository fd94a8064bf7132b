"""The intake serves while the studio is still loading, and when it cannot be loaded; whoever opens
the studio meanwhile gets it a moment later.

A package of the name of one that the studio imports stands before it in the path, and is slow or
broken.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.services.conftest import House, start
from tests.support.program import SLOW, wait_until
from tests.support.sink import Sink

pytestmark = [pytest.mark.service, pytest.mark.timeout(240)]

SLOW_STUDIO = """
import os, sys, time
while not os.path.exists({go!r}):
    time.sleep(0.02)
sys.path.remove({folder!r})
del sys.modules["reflex_base"]
import reflex_base
"""
OWNER = {
    "name": "Ines",
    "workspace": "Marlow Street",
    "email": "ines@marlow.studio",
    "password": "correct horse",
    "again": "correct horse",
    "time_zone": "Europe/Lisbon",
}


@contextmanager
def house_with(studio: str, folder: Path, target: Sink) -> Iterator[tuple[House, str]]:
    """The program whose studio begins by running this code, and an owner's cookie."""
    code = folder / "first"
    (code / "reflex_base").mkdir(parents=True)
    text = studio.format(folder=str(code), go=str(folder / "go"))
    (code / "reflex_base" / "__init__.py").write_text(text)
    program = start(folder / "data", PYTHONPATH=str(code))
    try:
        token = parse_qs(urlsplit(program.link()).query)["token"][0]
        form = {**OWNER, "token": token}
        origin = {"origin": program.url}
        answer = httpx.post(
            program.url + "/setup", data=form, headers=origin, timeout=30, trust_env=False
        )
        assert answer.status_code == 303
        yield House(program, target), answer.headers["set-cookie"].partition(";")[0]
    finally:
        program.stop()


def page(house: House, cookie: str) -> httpx.Response:
    """The studio's first page, as the owner's browser asks for it."""
    url, headers = house.program.url + "/", {"cookie": cookie}
    return httpx.get(url, headers=headers, timeout=60 * SLOW, trust_env=False)


def websocket(house: House, cookie: str) -> socket.socket:
    """The connection of an open page, asked for and not yet answered."""
    made = socket.create_connection(("127.0.0.1", house.program.port), 60 * SLOW)
    lines = (
        "GET /_event/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{house.program.port}",
        f"Origin: {house.program.url}",
        f"Cookie: {cookie}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    made.sendall("\r\n".join([*lines, "", ""]).encode())
    return made


def test_the_studio_is_waited_for_and_the_intake_is_not(tmp_path: Path, target: Sink) -> None:
    before = len(target.seen(marks=True)["marks"])
    with house_with(SLOW_STUDIO, tmp_path, target) as (house, cookie), ThreadPoolExecutor() as pool:
        asked = pool.submit(page, house, cookie)
        with websocket(house, cookie) as live:
            house.post(1, 2)  # taken and carried on, though there is no studio yet
            wait_until(lambda: len(target.seen(marks=True)["marks"]) >= before + 2, 60)
            assert not asked.done()
            assert select.select([live], [], [], 0)[0] == []
            (tmp_path / "go").touch()
            got = asked.result()
            assert (got.status_code, "<html" in got.text) == (200, True)
            assert live.recv(64).startswith(b"HTTP/1.1 101")


def test_a_studio_that_cannot_be_imported_says_so_and_the_intake_goes_on(
    tmp_path: Path, target: Sink
) -> None:
    broken = 'raise ImportError("no such library")'
    with house_with(broken, tmp_path, target) as (house, cookie):
        web = house.children()["web"].pid
        answer = page(house, cookie)
        assert (answer.status_code, "in the log" in answer.text) == (503, True)
        assert "no such library" in house.program.printed
        house.post(1)
        assert house.children()["web"].pid == web


def test_a_studio_that_takes_its_process_down_is_left_out(tmp_path: Path, target: Sink) -> None:
    crash = "import os; os.path.exists({go!r}) and os._exit(7)"
    with house_with(crash + "\nfrom time import sleep; sleep(1000)", tmp_path, target) as (
        house,
        _,
    ):
        (tmp_path / "go").touch()
        house.children()["web"].kill()
        for n in range(20):
            house.post(n)  # none is refused, between the deaths neither
        wait_until(lambda: "go on without it" in house.program.printed, 60)
        wait_until(lambda: "ingest" in house.children(), 20)
        house.post(20)
