"""What one outgoing HTTP call costs the worker: CPU of `HttpPort.send`, from the effect's body to
its Result, against a local sink in a process of its own.

Run as `python -m tests.bench.ports_cost [--calls 4000] [--rounds 3] [--lanes 1 8 32 64]`. For
comparison it shows aiohttp's own session, asked for the same and nothing checked, in the same
rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from runtime.ports import new_loop
from runtime.ports.http import HttpPort
from runtime.ports.results import Done
from tests.support.sink import sink

Call = Callable[[int], Awaitable[None]]
EFFECT: dict[str, Any] = {
    "method": "POST",
    "headers": {"X-Mark": "17"},
    "body": {"tier": "high", "email": "c17@example.com"},
}


async def _spent(call: Call, calls: int, lanes: int) -> float:
    """CPU microseconds for each call, with so many side by side."""
    numbers = iter(range(calls))

    async def lane() -> None:
        for n in numbers:
            await call(n)

    await asyncio.gather(*(call(-n) for n in range(1, lanes + 1)))  # connections are there
    before = time.process_time()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    return (time.process_time() - before) / calls * 1e6


async def _port(url: str, calls: int, lanes: int) -> float:
    port = HttpPort(("127.0.0.0/8",), 20)
    body = {**EFFECT, "url": url + "/high"}

    async def call(n: int) -> None:
        result = await port.send(body, key=f"r{n}:1:call:1", credential=None)
        assert isinstance(result, Done), result

    try:
        return await _spent(call, calls, lanes)
    finally:
        await port.close()


async def _session(url: str, calls: int, lanes: int) -> float:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))

    async def call(n: int) -> None:
        headers = {"X-Mark": "17", "Idempotency-Key": f"r{n}:1:call:1"}
        async with session.post(url + "/high", json=EFFECT["body"], headers=headers) as answer:
            await answer.json()

    try:
        return await _spent(call, calls, lanes)
    finally:
        await session.close()


def main() -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lanes", type=int, nargs="+", default=[1, 8, 32, 64])
    given = parser.parse_args()
    ways: dict[str, tuple[Callable[..., Awaitable[float]], Callable[[], Any]]] = {
        "HttpPort": (_port, new_loop),
        "HttpPort, asyncio's loop": (_port, asyncio.new_event_loop),
        "aiohttp's session": (_session, asyncio.new_event_loop),
    }
    found: dict[tuple[str, int], list[float]] = {}
    with sink() as target:
        for _ in range(given.rounds):
            for lanes in given.lanes:
                for name, (way, make) in ways.items():
                    with asyncio.Runner(loop_factory=make) as runner:
                        spent = runner.run(way(target.url, given.calls, lanes))
                    found.setdefault((name, lanes), []).append(spent)
    print(f"CPU µs for each call; medians of {given.rounds} rounds of {given.calls} calls")
    print(f"{'lanes':26}" + "".join(f"{n:>8}" for n in given.lanes))
    for name in ways:
        row = (statistics.median(found[name, lanes]) for lanes in given.lanes)
        print(f"{name:26}" + "".join(f"{value:8.0f}" for value in row))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
