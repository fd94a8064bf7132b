"""Opens connections, to addresses that were checked and to no others.

A name is refused if any of its addresses is forbidden; the socket is opened to an address, not to
the name, and the address is checked once more at that moment.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

from runtime.ports.connection import Connection

Permit = Callable[[str], bool]
Lookup = Callable[[str, int], Awaitable[Sequence[tuple[int, str]]]]  # (family, address) of a name
Trust = Callable[[], ssl.SSLContext]

NAMES = 256  # of which the addresses are remembered
REMEMBERED = 10.0  # seconds for which they are
TRIED = 6  # addresses of one name
HEAD_START = 0.25  # seconds until the next address is tried beside the one before (RFC 8305)


class AddressRefused(OSError):
    """The host leads to an address that may not be reached."""


class Unreachable(OSError):
    """There was no connection, so nothing was sent."""


async def system_lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
    """The addresses of a name, by the operating system."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [(int(family), str(address[0])) for family, _, _, _, address in found]


def public_trust() -> ssl.SSLContext:
    """Trusts the authorities that browsers trust. Costs 30 ms, so it is made when it is needed."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


class Dialer:
    """The opener of connections of one event loop."""

    def __init__(self, permit: Permit, lookup: Lookup, trust: Trust = public_trust) -> None:
        self._permit, self._lookup, self._trust = permit, lookup, trust
        self._names: dict[str, tuple[float, asyncio.Task[list[str]]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def dial(self, host: str, port: int, *, encrypted: bool) -> Connection:
        """A new connection. Raises AddressRefused, socket.gaierror, ssl.SSLError or Unreachable."""
        loop = asyncio.get_running_loop()
        try:
            addresses = await self._addresses(host, port, loop)
            made = await self._race(addresses, port, loop)
            _, connection = await loop.create_connection(
                lambda: Connection(loop),
                sock=made,
                ssl=self._context() if encrypted else None,
                server_hostname=host if encrypted else None,
            )
        except (AddressRefused, socket.gaierror, ssl.SSLError):
            raise
        except OSError as error:
            raise Unreachable(str(error)) from error
        return connection

    def forget(self) -> None:
        """Ask for all names anew."""
        for _, task in self._names.values():
            task.cancel()
        self._names.clear()

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = self._trust()
        return self._tls

    # --- Names --------------------------------------------------------------------------------

    async def _addresses(
        self, host: str, port: int, loop: asyncio.AbstractEventLoop
    ) -> Sequence[str]:
        """The checked addresses of a host. Calls that start together ask the name system once."""
        if ":" in host or host.rpartition(".")[2].isdigit():
            return [host]  # an address already, checked when the socket is made
        known = self._names.get(host)
        if known is None or loop.time() - known[0] > REMEMBERED or _failed(known[1]):
            while len(self._names) >= NAMES:
                del self._names[next(iter(self._names))]
            known = loop.time(), loop.create_task(self._resolve(host, port))
            known[1].add_done_callback(_failed)  # an error that nobody waits for is no noise
            self._names.pop(host, None)
            self._names[host] = known
        return await asyncio.shield(known[1])

    async def _resolve(self, host: str, port: int) -> list[str]:
        found = [address for _, address in await self._lookup(host, port)]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        if not all(self._permit(address) for address in found):
            raise AddressRefused(host)
        return list(dict.fromkeys(found))

    # --- Sockets ------------------------------------------------------------------------------

    async def _race(
        self, addresses: Sequence[str], port: int, loop: asyncio.AbstractEventLoop
    ) -> socket.socket:
        """A socket to the first address that answers; each gets a little head start."""
        if len(addresses) == 1:
            return await self._socket(addresses[0], port, loop)
        left = list(addresses[:TRIED])
        running: set[asyncio.Task[socket.socket]] = set()
        errors: list[BaseException] = []
        try:
            while left or running:
                if left:
                    running.add(loop.create_task(self._socket(left.pop(0), port, loop)))
                first = asyncio.FIRST_COMPLETED
                pause = HEAD_START if left else None
                done, running = await asyncio.wait(running, timeout=pause, return_when=first)
                errors += [error for task in done if (error := task.exception()) is not None]
                made = [task.result() for task in done if task.exception() is None]
                for late in made[1:]:
                    late.close()
                if made:
                    return made[0]
            raise errors[0]
        finally:
            for task in running:
                task.add_done_callback(_dropped)
                task.cancel()

    async def _socket(
        self, address: str, port: int, loop: asyncio.AbstractEventLoop
    ) -> socket.socket:
        if not self._permit(address):
            raise AddressRefused(address)
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            made.setblocking(False)
            await loop.sock_connect(made, (address, port))
        except BaseException:
            made.close()
            raise
        return made


def _failed(task: asyncio.Task[list[str]]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _dropped(task: asyncio.Task[socket.socket]) -> None:
    """It came after another had won."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()
