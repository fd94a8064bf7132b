"""What one wake-up costs: CPU of the process that rings, of Redis and of the worker, and how long
it takes from the ring to the drain. The drain itself does nothing.

Run as `python -m tests.bench.wake_cost [--rings 500] [--rate 50]`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from runtime.queue import embedded
from runtime.queue.connection import connect
from runtime.queue.doorbell import Doorbell
from runtime.queue.roster import KEY as ROSTER
from runtime.queue.worker import Worker
from runtime.settings import Settings
from tests.support.program import wait_until


class _Nothing:
    """Says when it was called; the clock is the machine's, the same in all processes."""

    def drain(self, deadline: float) -> None:
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()

    def anything_due(self) -> bool:
        return False

    def stop(self) -> None:
        pass


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rings", type=int, default=500)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.data:
        Worker(Settings(given.data), _Nothing()).run()
        return
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder)):
        _measure(Path(folder), given.rings, given.rate)


def _measure(data: Path, rings: int, rate: float) -> None:
    server = next(p for p in psutil.Process().children() if "valkey" in p.name()).pid
    bell = Doorbell(Settings(data))
    command = [sys.executable, "-m", "tests.bench.wake_cost", "--data", str(data)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    client = connect(Settings(data))
    wait_until(lambda: client.zcard(ROSTER))  # it signs after a second
    client.close()
    for _ in range(20):
        bell.ring()
        worker.stdout.readline()
    idle = [_cpu(worker.pid), _cpu(server), time.process_time()]
    time.sleep(5)
    idle = [(b - a) / 5 * 100 for a, b in zip(idle, _three(worker.pid, server), strict=True)]
    before = _three(worker.pid, server)
    took: list[float] = []
    for _ in range(rings):
        at = time.monotonic()
        bell.ring()
        took.append(float(worker.stdout.readline()) - at)
        time.sleep(max(0.0, at + 1 / rate - time.monotonic()))
    spent = [(b - a) / rings * 1e6 for a, b in zip(before, _three(worker.pid, server), strict=True)]
    worker.terminate()
    worker.communicate(timeout=20)
    bell.close()
    took.sort()
    print(f"{rings} wake-ups at {rate:g}/s, CPU µs for each (and % of a core when idle):")
    for name, cost, rest in zip(("worker", "Redis", "who rings"), spent, idle, strict=True):
        print(f"  {name:10} {cost:6.0f}  ({rest:.2f} %)")
    print(f"  ring to drain: p50 {statistics.median(took) * 1e3:.2f} ms", end="")
    print(f", p99 {took[len(took) * 99 // 100] * 1e3:.2f} ms")


def _three(worker: int, server: int) -> list[float]:
    return [_cpu(worker), _cpu(server), time.process_time()]


if __name__ == "__main__":
    main()
