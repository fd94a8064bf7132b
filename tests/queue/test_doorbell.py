"""The doorbell never holds anybody up, and the embedded server is private."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from runtime.queue import embedded
from runtime.queue.connection import NO_REDIS, connect, redis_url
from runtime.queue.doorbell import Doorbell
from runtime.queue.jobs import queue_of
from runtime.queue.place import private_folder, socket_path
from runtime.queue.roster import KEY, Roster
from runtime.settings import Settings
from tests.queue.conftest import Server
from tests.support.program import wait_until

pytestmark = pytest.mark.service


def longest_of(bell: Doorbell, rings: int = 200) -> float:
    longest = 0.0
    for _ in range(rings):
        began = time.perf_counter()
        bell.ring()
        longest = max(longest, time.perf_counter() - began)
    return longest


def waits(*bells: Doorbell) -> bool:
    """Whether ringing waits for anything: then it does so with each of several bells, and not
    because the machine had something else to do with one."""
    return min(map(longest_of, bells)) >= 0.5


def test_ringing_without_redis_neither_fails_nor_waits(tmp_path: Path) -> None:
    bells = [Doorbell(Settings(tmp_path)) for _ in range(3)]
    assert not waits(*bells)
    for bell in bells:
        assert not bell.reachable()
        bell.close()


def test_ringing_a_redis_that_hangs_does_not_wait(server: Server) -> None:
    assert server.process is not None
    bells = [Doorbell(server.settings) for _ in range(3)]
    assert all(bell.reachable() for bell in bells)
    server.process.send_signal(signal.SIGSTOP)
    assert not waits(*bells)
    server.process.send_signal(signal.SIGCONT)
    for bell in bells:
        bell.close()


def test_nobody_is_rung_when_nobody_is_there(server: Server) -> None:
    server.client.zadd(KEY, {"dead": 1})
    bell = Doorbell(server.settings)
    bell.ring()
    bell.close()
    assert server.client.keys("rq:*") == []


def rung(server: Server, *names: str) -> list[int]:
    return [len(queue_of(name, server.client)) for name in names]


def test_closing_rings_no_more_than_was_asked_for(server: Server) -> None:
    Roster(server.client).sign("a")
    bell = Doorbell(server.settings)
    bell.ring()
    wait_until(lambda: rung(server, "a") == [1])
    server.client.delete("rq:queue:a")
    bell.close()
    assert rung(server, "a") == [0]


def test_what_was_asked_for_just_before_it_closes_is_rung(server: Server) -> None:
    Roster(server.client).sign("a")
    for _ in range(20):
        bell = Doorbell(server.settings)
        bell.ring()
        wait_until(lambda: rung(server, "a") == [1], every=0.0005)  # it draws breath now
        server.client.delete("rq:queue:a")
        bell.ring()
        bell.close()
        assert rung(server, "a") == [1]
        server.client.delete("rq:queue:a")


def test_the_roster_prefers_an_idle_worker_and_gives_none_more_than_one_wake_up(
    server: Server,
) -> None:
    roster = Roster(server.client)
    for name in ("a", "b"):
        roster.sign(name)
    server.client.hset("rq:worker:a", "state", "busy")
    server.client.hset("rq:worker:b", "state", "idle")
    assert roster.ring() == "b"
    assert roster.ring() == "a"
    assert roster.ring() is None
    assert [roster.sign(name) for name in ("a", "b")] == [1, 1]
    server.client.delete("rq:queue:a", "rq:queue:b")
    roster.leave("a")
    roster.leave("b")
    assert roster.ring() is None


def test_a_kept_connection_outlives_the_server_and_its_scripts(server: Server) -> None:
    client = connect(server.settings)
    roster = Roster(client, kept=True)

    def ring() -> str | None:
        roster.sign("a")
        server.client.delete("rq:queue:a")
        return roster.ring()

    assert [ring(), ring()] == ["a", "a"]
    assert roster.ring() is None
    server.client.script_flush()
    assert [ring(), ring()] == ["a", "a"]
    server.kill()
    with pytest.raises(NO_REDIS):
        roster.ring()
    server.start()
    assert [ring(), ring()] == ["a", "a"]
    server.client.client_kill_filter(_type="normal", skipme=True)
    assert ring() == "a"
    client.close()


def test_the_socket_stands_in_the_data_folder_and_only_its_owner_can_use_it(
    server: Server,
) -> None:
    socket = socket_path(server.data)
    assert socket.is_relative_to(server.data)
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    config = cast("dict[Any, Any]", server.client.config_get("*"))
    told = {_text(k): _text(v) for k, v in config.items()}
    assert (told["port"], told["appendonly"], told["appendfsync"]) == ("0", "yes", "everysec")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_a_long_data_folder_gets_a_short_private_socket(tmp_path: Path) -> None:
    data = tmp_path / ("x" * 120)
    socket = socket_path(data)
    assert len(os.fsencode(socket)) < 100
    assert socket == socket_path(data)
    assert socket != socket_path(tmp_path / ("y" * 120))
    with embedded.running(data) as url:
        client = redis.Redis.from_url(url)
        assert client.ping()
        client.close()
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    socket.parent.rmdir()


def test_a_folder_that_is_a_link_or_anothers_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="another user"):
        private_folder(tmp_path / "link")


def test_what_was_written_survives_a_kill(server: Server) -> None:
    server.client.set("kept", "1")
    server.client.execute_command("WAITAOF", 1, 0, 5000)
    server.kill()
    server.start()
    assert server.client.get("kept") == b"1"


def test_a_server_that_cannot_read_what_it_kept_starts_anew(server: Server) -> None:
    server.client.set("kept", "1")
    server.kill()
    for file in (server.data / "redis" / "appendonlydir").iterdir():
        file.write_bytes(b"garbage")
    embedded.reset(server.data)
    server.start()
    assert server.client.get("kept") is None


def test_a_server_that_outlived_its_supervisor_is_ended(server: Server) -> None:
    embedded.end_other(server.data)
    assert server.process is not None
    assert server.process.wait(10) == 0
    assert not embedded.answers(server.data)
    embedded.end_other(server.data)  # nobody there


def test_a_redis_elsewhere_is_used_when_it_is_named(tmp_path: Path) -> None:
    settings = Settings(tmp_path, redis="redis://127.0.0.1:1/3")
    assert redis_url(settings) == "redis://127.0.0.1:1/3"
    client = connect(settings)
    with pytest.raises(redis.ConnectionError):
        client.ping()
    client.close()
