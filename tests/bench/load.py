"""Posts webhooks from a process of its own, so that its CPU is not counted with the program's.

Run as `python -m tests.bench.load URL FIRST COUNT CONNECTIONS RATE`; RATE 0 is as fast as it
goes. Prints one JSON line: {"seconds", "accepted", "refused", "sent": {number: time of the 2xx},
"answer_ms": {"p50", "p99"}}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp


async def _post(url: str, first: int, count: int, connections: int, rate: float) -> None:
    sent: dict[int, float] = {}
    took: list[float] = []
    refused = 0
    numbers = iter(range(first, first + count))
    begin = time.perf_counter()

    async def lane(session: aiohttp.ClientSession) -> None:
        nonlocal refused
        for n in numbers:
            if rate:
                await asyncio.sleep(max(0.0, begin + (n - first) / rate - time.perf_counter()))
            body = {"email": f"c{n}@example.com", "n": n, "amount": n % 100, "note": "x" * 200}
            start = time.perf_counter()
            async with session.post(url, json=body) as answer:
                await answer.read()
                if answer.status == 202:
                    sent[n] = time.time()
                else:
                    refused += 1
            took.append(time.perf_counter() - start)

    limits = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=limits) as session:
        await asyncio.gather(*(lane(session) for _ in range(connections)))
    took.sort()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begin,
                "accepted": len(sent),
                "refused": refused,
                "sent": sent,
                "answer_ms": {
                    "p50": took[len(took) // 2] * 1e3,
                    "p99": took[len(took) * 99 // 100] * 1e3,
                },
            }
        )
    )


if __name__ == "__main__":
    url, first, count, connections, rate = sys.argv[1:6]
    asyncio.run(_post(url, int(first), int(count), int(connections), float(rate)))
