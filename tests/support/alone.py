"""Servers of the tests in a process of their own, so that they cost ours nothing and can be hurt:
`python -m MODULE PORT …` says "ready" once it listens."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.support.program import free_port


class Alone(NamedTuple):
    """A running server."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Its address, when it speaks HTTP."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def alone(module: str, *given: str, apart: bool = False) -> Iterator[Alone]:
    """The server of this module, ended afterwards. `apart`: Ctrl-C is not for it."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(port), *given],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=apart,
    )
    with process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield Alone(port, process)
        finally:
            process.kill()  # also one that was stopped


async def serve(make: Callable[[], asyncio.BaseProtocol], port: int) -> None:
    """In that process: listen, say so, and answer until the end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()
