"""39, 40: a disk without room, and (SQLite) a reader who does not let go of the log."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from tests.faults.harness import House
from tests.faults.harness_books import Watch, reconcile
from tests.faults.harness_journeys import Pattern
from tests.faults.harness_senders import Post, Sender, Try, message
from tests.support import postgres
from tests.support.program import wait_until
from tests.support.provider import Provider

MIB = 1 << 20
# a page of the disk is not enough for it, and PostgreSQL cannot pack it
LARGE = random.Random(39).randbytes(15_000).hex()


class NoMount(Exception):
    """No disk may be mounted here."""


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """What is in this folder is on a disk of its own. Raises NoMount."""
    moved = folder.with_name("moved")
    folder.rename(moved)
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        folder.rmdir()
        moved.rename(folder)
        raise NoMount("no tmpfs may be mounted here")
    try:
        subprocess.run(["cp", "-a", f"{moved}/.", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def mountable(folder: Path) -> bool:
    """Whether a disk may be mounted here."""
    (folder / "probe").mkdir()
    with contextlib.suppress(NoMount), small_disk(folder / "probe", "1m"):
        return True
    return False


def fill(folder: Path) -> None:
    """To the last byte."""
    with (folder / "filler").open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def limit_files(processes: Iterable[psutil.Process], most: int) -> None:
    """None of these may make a file longer than this: the system's own limit, which gives an error
    in the middle of a write."""
    for process in processes:
        hard = process.rlimit(resource.RLIMIT_FSIZE)[1]
        process.rlimit(resource.RLIMIT_FSIZE, (most, hard))


def processes(house: House) -> list[psutil.Process]:
    return [psutil.Process(part.pid) for part in house.parts.values()]


def is_full(house: House, post: Post) -> bool:
    """Whether a webhook is refused for it, as it should be."""
    began = time.time()
    said = httpx.post(
        house.url + house.hook,
        content=post.body,
        headers={"Idempotency-Key": post.id, "Content-Type": "application/json"},
        timeout=60,
        trust_env=False,
        verify=False,
    )
    post.tries.append(Try(began, time.time(), said.status_code, said.json()))
    if said.status_code == 202:
        return False
    assert said.status_code == 503, said.text
    assert said.headers["content-type"] == "application/problem+json"
    assert int(said.headers["retry-after"]) > 0
    return True


def goes_on(
    house: House,
    fill_up: Callable[[], None],
    make_room: Callable[[], None],
    large: str = LARGE,
) -> None:
    house.own_redis()
    intake = house.ingest()
    worker = house.worker()
    with Watch(house), ThreadPoolExecutor(1) as senders:
        house.post(*range(5))
        wait_until(lambda: house.provider.count()["total"] > 5, 60)
        fill_up()
        sent = senders.submit(house.post, *(f"full-{n}" for n in range(30)), large=large)
        wait_until(lambda: any(t.status == 503 for p in house.posts for t in p.tries), 60)
        one_more = message("one-more", None, {"large": large})
        assert is_full(house, one_more)
        assert (
            httpx.get(f"{house.url}/healthz", trust_env=False, verify=False, timeout=30).status_code
            == 200
        )
        accepted = sum(post.accepted for post in house.posts)
        assert accepted < 35  # of 36
        assert intake.alive
        assert worker.alive
        make_room()
        sent.result()
        again = Sender(house)
        again.deliver(one_more)
        again.hang_up()
        found = reconcile(house)
    assert house.deaths == []
    assert not found.twice


def whole(house: House) -> None:
    """SQLite finds nothing wrong with its file."""
    with contextlib.closing(sqlite3.connect(house.data / "wayline.db")) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_39_disk_full(house: House, instead: Callable[[str], None]) -> None:
    """39 (SQLite): a disk of 24 MB is full while webhooks come in and effects are on their way:
    they get 503 with Retry-After, nobody dies, and with room again everything goes on. Where none
    may be mounted, the database's log may not grow any more."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(small_disk(house.data, "24m"))
        except NoMount as error:
            instead(f"a limit for the files, because {error}")
            goes_on_with_short_files(house)
            return
        stack.callback(house.close)
        goes_on(house, lambda: fill(house.data), (house.data / "filler").unlink)
        whole(house)


@pytest.mark.slow
def test_39_file_too_large(house: House) -> None:
    """39 (SQLite), where nothing need be mounted: the database's log may not grow any more."""
    goes_on_with_short_files(house)


def goes_on_with_short_files(house: House) -> None:
    log = house.data / "wayline.db-wal"
    goes_on(
        house,
        lambda: limit_files(processes(house), log.stat().st_size + 65_536),
        lambda: limit_files(processes(house), resource.RLIM_INFINITY),
    )
    whole(house)


@pytest.mark.slow
def test_39_postgresql_has_no_room(
    tmp_path: Path,
    provider: Provider,
    postgres_server: postgres.Server,
    postgres_pattern: Pattern,
    instead: Callable[[str], None],
) -> None:
    """39 (PostgreSQL): the same with the server's disk, of 160 MB, where its log has a little room
    left (without any the server would end itself); where none may be mounted, none of the server's
    processes may make a file of more than 2 MB."""
    server = postgres.Server(log_files=16 if mountable(tmp_path) else 1)
    data = server.folder / "data"
    with contextlib.ExitStack() as stack:
        stack.callback(server.remove)
        try:
            stack.enter_context(small_disk(data, "160m"))
        except NoMount as error:
            instead(f"a limit for the server's files, because {error}")
            large = LARGE * 8

            def fill_up() -> None:
                server.limit_files(2 * MIB)

            def make_room() -> None:
                server.limit_files(None)
        else:
            stack.callback(server.stop)
            large = LARGE

            def fill_up() -> None:
                fill(data)

            make_room = (data / "filler").unlink
        server.start()
        shutil.copytree(postgres_pattern.folder, tmp_path / "data")
        name = server.bring(postgres_server, str(postgres_pattern.template))
        house = House(tmp_path, postgres_pattern, provider, server.url(name))
        stack.callback(house.close)
        goes_on(house, fill_up, make_room, large)


@contextlib.contextmanager
def long_reader(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody from outside looks at the database and does not come to an end."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        conn.execute("BEGIN")
        conn.execute("SELECT count(*) FROM event").fetchone()
        yield conn


@pytest.mark.slow
def test_40_long_reader(house: House) -> None:
    """40: a stranger's transaction reads for the whole time in which 100 MB are written: the log
    grows, everything goes on and stays right. When the stranger has gone, the log is cut to its
    limit of 64 MB by what is written next, and grows no more. (The lease is not scaled: the disk is
    busy.)"""
    house.env["WAYLINE_LEASE"] = "30"
    log = house.data / "wayline.db-wal"
    house.own_redis()
    intake, worker = house.ingest(), house.worker()
    post, number = {"large": "x" * 500_000}, 0
    with Watch(house, every=1.0):
        with long_reader(house.data / "wayline.db") as conn:
            while log.stat().st_size < 80 * MIB:
                assert number < 400
                house.post(number, **post)
                number += 1
            house.wait_quiet()
            assert conn.execute("SELECT count(*) FROM event").fetchone() == (0,)
        for _ in range(20):
            house.post(number, **post)
            number += 1
        house.wait_quiet()
        assert log.stat().st_size <= 66 * MIB
        found = reconcile(house)
    assert len(found.events) == number
    assert intake.alive
    assert worker.alive


def test_40_the_programs_own_readers_are_short(house: House) -> None:
    """40: while the program works, serves its pages of data and is asked for backups, no reader of
    its own holds the log up: a checkpoint that must reach its end does so soon, again and again."""
    house.own_redis()
    house.ingest()
    house.worker()
    sender = house.sending(*range(100_000), every=0.01)
    asked = httpx.Client(
        base_url=house.url,
        headers={"authorization": f"Bearer {house.key}"},
        trust_env=False,
        verify=False,
        timeout=60,
    )
    with (
        asked,
        contextlib.closing(
            sqlite3.connect(house.data / "wayline.db", timeout=10, isolation_level=None)
        ) as conn,
    ):
        for _ in range(20):
            for path in ("/api/runs", "/api/customers", "/api/events"):
                assert asked.get(path).status_code == 200
            busy, written, done = conn.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            assert (busy, written) == (0, done)
    sender.enough()
    sender.finish()
    reconcile(house)
