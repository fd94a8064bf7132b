"""One call to a web address, and a resolver for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.ports.dialing import Lookup, system_lookup
from runtime.ports.http import HttpPort
from runtime.ports.results import Result

LOCAL = ("127.0.0.0/8",)


def call(
    body: Mapping[str, Any],
    *,
    allow: tuple[str, ...] = LOCAL,
    credential: Mapping[str, Any] | None = None,
    lookup: Lookup = system_lookup,
    within: float = 20,
) -> Result:
    """What comes of this body, sent once."""

    async def once() -> Result:
        port = HttpPort(allow, within, lookup)
        try:
            return await port.send(body, key="r1:1:call:1", credential=credential)
        finally:
            await port.close()

    return asyncio.run(once())


def names(**table: str | Sequence[str]) -> Lookup:
    """A resolver that knows these names, with `_` for a dot."""

    async def lookup(host: str, port: int) -> list[tuple[int, str]]:
        found = table[host.replace(".", "_").replace("-", "_")]
        addresses = [found] if isinstance(found, str) else list(found)
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, a) for a in addresses]

    return lookup
