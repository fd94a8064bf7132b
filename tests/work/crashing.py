"""A worker or an intake in a process of its own, to be killed: `python -m tests.work.crashing MODE
FOLDER [NOW]`.

`accept` sends five events and prints each that was acknowledged; `drain` works until nothing is
left; `loop` works until it is killed, on the host's clock. What is sent to the outside is appended
to `sent.txt`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from runtime.ports.results import Done, Result
from runtime.settings import Settings
from runtime.store.clock import host_us
from tests.support.postgres import elsewhere
from tests.work.house import House
from tests.work.kinds import with_killer

EVENTS = 5


class Provider:
    """An outside that takes everything and remembers it over the death of its callers."""

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder / "sent.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def send(self, kind: str, body: Mapping[str, Any], *, key: str, **_: Any) -> Result:
        digest = hashlib.sha256(orjson.dumps(body)).hexdigest()
        os.write(self._fd, f"{key} {digest}\n".encode())
        return Done({"status": 200, "headers": {}, "body": ""})

    async def close(self) -> None:
        os.close(self._fd)


def house_of(folder: Path, now: int | None) -> House:
    """The house in this folder, at a fixed instant or on the host's clock."""
    if now is None:
        settings = Settings(folder, database=elsewhere(), lease_seconds=1.0)
        return House(folder, with_killer(), settings=settings, clock=host_us)
    return House(folder, with_killer(), now=now)


def main() -> None:
    mode, folder = sys.argv[1], Path(sys.argv[2])
    house = house_of(folder, int(sys.argv[3]) if len(sys.argv) > 3 else None)
    if mode == "accept":
        for n in range(EVENTS):
            receipt = house.say("order", f"c{n}", {"n": n}, id=str(n))
            print(receipt.event_id, flush=True)
    elif mode == "drain":
        house.worker(Provider(folder)).drain(1e12)
    else:
        work = house.worker(Provider(folder))
        while True:
            work.drain(time.monotonic() + 1)
            time.sleep(0.02)
    house.close()


if __name__ == "__main__":
    main()
