"""`wayline up` on its real processes: starts, says what is wrong, survives the death of each part,
and ends whole.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from redis import Redis

from runtime.holding import about_data
from runtime.queue import embedded
from tests.services.conftest import JOURNEY, House, start
from tests.support.program import Program, busy, free_port, hears, wait_until, wayline
from tests.support.sink import Sink, sink

pytestmark = [pytest.mark.service, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, target: Sink) -> Iterator[House]:
    program = start(tmp_path_factory.mktemp("up"))
    try:
        yield House(program, target)
    finally:
        program.stop()


def gone(pids: list[int]) -> bool:
    """Whether none of these processes lives."""
    return not any(map(lives, pids))


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def family(program: Program) -> list[int]:
    """The program's processes."""
    parent = psutil.Process(program.process.pid)
    return [parent.pid, *(child.pid for child in parent.children(recursive=True))]


# --- start and end --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_prints_one_link_answers_and_ends_whole(tmp_path: Path, number: int) -> None:
    program = start(tmp_path)
    link = program.link()
    assert program.printed.count("http://") == 1
    assert httpx.get(link, trust_env=False, timeout=30).status_code == 200
    assert httpx.get(program.url, trust_env=False, timeout=30).status_code == 200
    ready = httpx.get(program.url + "/readyz", trust_env=False, timeout=30).json()
    assert ready["checks"] == {"database": "ok", "redis": "ok"}
    pids = family(program)
    assert len(pids) == 5
    groups = {os.getpgid(pid) for pid in pids}
    assert len(groups) == 5
    program.process.send_signal(number)
    assert program.process.wait(10 * busy()) == 0
    assert gone(pids)
    program.stop()
    with socket.create_server(("127.0.0.1", program.port)):
        pass  # the port is free again


def test_a_taken_port_gets_a_sentence_with_the_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for part in ("up", "web", "ingest"):
            got = wayline(part, "--data", str(tmp_path), "--port", str(port))
            assert got.returncode == 1
            assert f"Port {port} is taken" in got.stderr
            assert f"--port {port + 1}" in got.stderr
            assert "Traceback" not in got.stderr


def test_a_data_folder_that_cannot_be_used_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        got = wayline("up", "--data", str(folder), "--port", str(free_port()))
        assert got.returncode == 1
        assert "--data" in got.stderr
        assert "Traceback" not in got.stderr
        assert len(got.stderr.splitlines()) == 1


def test_a_full_disk_gets_a_sentence() -> None:
    with pytest.raises(OSError, match="No space left") as full:
        Path("/dev/full").write_bytes(b"x")
    assert "is full: make room" in about_data(Path("data"), full.value)


def test_a_second_program_on_the_same_data_folder_gets_a_sentence(house: House) -> None:
    got = wayline("up", "--data", str(house.program.data), "--port", str(free_port()))
    assert got.returncode == 1
    assert f"already runs on {house.program.data}" in got.stderr
    assert f"process {house.program.process.pid}" in got.stderr


def test_settings_that_cannot_be_read_get_a_sentence(tmp_path: Path) -> None:
    for env in ({"WAYLINE_PORT": "many"}, {"WAYLINE_ALLOW_NET": "everything"}):
        got = wayline("up", "--data", str(tmp_path), env=env)
        assert got.returncode == 2
        assert "Traceback" not in got.stderr
    assert wayline("up", "--port", "0").returncode == 2
    assert wayline("up", "--workers", "none").returncode == 2
    got = wayline("up", "--data", str(tmp_path), "--host", "no.such.host.invalid")
    assert got.returncode == 1
    assert "no address no.such.host.invalid" in got.stderr


def test_a_database_that_is_none_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "wayline.db").write_bytes(b"this is no database" * 1000)
    got = wayline("up", "--data", str(tmp_path), "--port", str(free_port()))
    assert got.returncode == 1
    assert "damaged" in got.stderr
    assert "wayline restore" in got.stderr
    assert "Traceback" not in got.stderr


# --- the death of each part
# ---------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["web", "worker", "worker 2", "redis"])
def test_a_killed_part_comes_back_and_every_run_finishes(
    house: House, target: Sink, part: str
) -> None:
    first = len(house.taken)
    posting = house.posting(range(first, first + 40))
    wait_until(lambda: len(house.taken) > first + 5, 60)
    before = house.children()
    before[part].kill()
    posting.join(120)
    assert len(house.taken) == first + 40
    house.wait_finished(first + 40)
    wait_until(lambda: len(house.children()) == 4, 20)
    after = {child.pid for child in house.children().values()}
    assert before[part].pid not in after
    assert len(after & {child.pid for child in before.values()}) == 3


def test_all_parts_killed_at_once_come_back(house: House, target: Sink) -> None:
    first = len(house.taken)
    house.post(*range(first, first + 20))
    for child in house.children().values():
        child.kill()
    house.post(*range(first + 20, first + 30))
    house.wait_finished(first + 30)


def test_a_caller_waits_while_the_web_process_is_started_anew(house: House) -> None:
    """The supervisor holds the port: connections queue, none is refused."""
    first = len(house.taken)
    house.children()["web"].kill()
    for n in range(first, first + 20):
        house.post(n)  # fails when a connection is refused
    house.wait_finished(first + 20)


def test_a_stopped_worker_is_done_without(house: House) -> None:
    """Held up past its lease: the other one takes over, and its late writes change nothing."""
    first = len(house.taken)
    frozen = house.children()["worker"]
    frozen.suspend()
    house.post(*range(first, first + 10))
    wait_until(lambda: len(house.target.seen(marks=True)["marks"]) >= first + 10, 60, 0.2)
    frozen.resume()
    house.wait_finished(first + 10)


def test_a_killed_supervisor_leaves_no_process_and_the_next_one_carries_on(tmp_path: Path) -> None:
    with sink() as target:
        program = start(tmp_path)
        house = House(program, target)
        house.post(*range(10))
        pids = family(program)
        program.process.kill()
        program.process.wait(10)
        wait_until(lambda: gone(pids), 12)
        program.stop()
        house.program = start(tmp_path)
        try:
            house.wait_finished(10)
        finally:
            house.program.stop()


# --- the studio fails, the intake does not
# ------------------------------------------------------------


def test_a_studio_that_keeps_crashing_leaves_the_intake_serving(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services.crashing_studio", str(tmp_path), str(port)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )

    def serves() -> bool:
        try:
            answer = httpx.get(
                f"http://127.0.0.1:{port}/healthz", trust_env=False, verify=False, timeout=2
            )
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    try:
        wait_until(serves, 150)
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=15 * busy())
    assert process.returncode == 0
    assert "webhooks and workers go on without it" in errors


def test_a_studio_that_cannot_be_loaded_leaves_the_intake_serving(tmp_path: Path) -> None:
    port = free_port()
    code = (
        "import sys; sys.modules['builder'] = None\n"
        "from runtime.cli import main\n"
        f"sys.exit(main(['web', '--data', {str(tmp_path)!r}, '--port', '{port}']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _status(url + "/healthz") == 200, 30)
        assert _status(url + "/") == 404
    finally:
        process.terminate()
        process.communicate(timeout=15 * busy())


def _status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False, verify=False, timeout=5 * busy()).status_code
    except httpx.TransportError:
        return 0


def test_the_parts_run_alone(tmp_path: Path) -> None:
    """As in a larger installation: an intake and a worker that nobody supervises, and no Redis."""
    port = free_port()
    env = {**os.environ, "WAYLINE_DATA": str(tmp_path), "WAYLINE_PORT": str(port)}
    parts = [
        subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", part], env=env, stdout=subprocess.DEVNULL
        )
        for part in ("ingest", "worker")
    ]
    try:
        wait_until(lambda: _status(f"http://127.0.0.1:{port}/healthz") == 200, 60)
        ready = httpx.get(
            f"http://127.0.0.1:{port}/readyz", trust_env=False, verify=False, timeout=30
        )
        assert ready.json()["status"] == "degraded"
        # A worker that is still starting has nothing to finish, and ends at once by the signal.
        wait_until(lambda: hears(parts[1].pid, signal.SIGTERM), 60)
        assert all(part.poll() is None for part in parts)
    finally:
        for part in parts:
            part.terminate()
        codes = [part.wait(15 * busy()) for part in parts]
    assert codes[1] == 0
    assert codes[0] in (0, -signal.SIGTERM)


def test_the_parts_share_a_redis_elsewhere_and_carry_a_run(tmp_path: Path, target: Sink) -> None:
    """A larger installation in small: an intake and two workers with REDIS_URL."""
    port = free_port()
    with embedded.running(tmp_path / "elsewhere") as redis:
        env = {
            **os.environ,
            "WAYLINE_DATA": str(tmp_path),
            "WAYLINE_PORT": str(port),
            "WAYLINE_ALLOW_NET": "127.0.0.0/8",
            "REDIS_URL": redis,
        }
        file = tmp_path / "journey.json"
        file.write_text(json.dumps(JOURNEY).replace("SINK", target.url))
        assert wayline("import", str(file), env=env).returncode == 0
        hook = next(
            word
            for word in wayline("publish", "carry-on", env=env).stdout.split()
            if "/hooks/" in word
        )
        parts = [
            subprocess.Popen(
                [sys.executable, "-m", "runtime.cli", part], env=env, stdout=subprocess.DEVNULL
            )
            for part in ("ingest", "worker", "worker")
        ]
        try:
            wait_until(lambda: _status(f"http://127.0.0.1:{port}/readyz") == 200, 60)
            answer = httpx.post(
                hook,
                json={"email": "far@example.com", "n": "far"},
                trust_env=False,
                verify=False,
                timeout=30,
            )
            assert answer.status_code == 202
            wait_until(lambda: "far" in target.seen(marks=True)["marks"], 60)
            client = Redis.from_url(redis)
            # one of them may have carried it before the other was there
            wait_until(lambda: client.scard("rq:workers") == 2, 60)
            client.close()
        finally:
            for part in parts:
                part.terminate()
            for part in parts:
                part.wait(15 * busy())
    assert not (tmp_path / "redis").exists()
