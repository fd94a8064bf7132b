"""The one way out by HTTP: httpx over aiohttp's connections, which reach checked addresses only.

A host name is resolved here and refused if any of its addresses is forbidden; the socket is opened
to an address that was checked, and checked once more at that moment (a name cannot change in
between, and odd spellings of an address end there too). No proxy, no cookies and nothing else from
the environment is used.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import aiohttp
import certifi
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

Permit = Callable[[str], bool]
Lookup = Callable[[str, int], Awaitable[Sequence[tuple[int, str]]]]  # (family, address) of a name

_PORTS_OF = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
CONNECTIONS = 64


class AddressRefused(OSError):
    """The host leads to an address that may not be reached."""


class UrlRefused(ValueError):
    """The URL cannot be called; the message is a sentence for a person."""


class Answer:
    """What came back: status, headers (lower case), the body's first bytes, and whether there was
    more.
    """

    __slots__ = ("body", "headers", "status", "truncated")

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, truncated: bool
    ) -> None:
        self.status, self.headers, self.body, self.truncated = status, headers, body, truncated


@lru_cache(512)
def read_url(text: str) -> httpx.URL:
    """The URL, or UrlRefused. What two parsers could read differently is refused."""
    if len(text) > 8000:
        raise UrlRefused("The URL is longer than 8,000 characters.")
    if _UNSAFE.search(text):
        raise UrlRefused(
            "The URL holds a space, a backslash or a control character: write it as %20, %5C or "
            "leave it out."
        )
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError) as error:
        raise UrlRefused(f"The URL cannot be read: {error}.") from None
    if url.scheme not in _PORTS_OF:
        raise UrlRefused("The URL must begin with http:// or https://.")
    if not url.host:
        raise UrlRefused("The URL names no host.")
    if url.userinfo or "@" in text.split("//", 1)[-1].split("/", 1)[0]:
        raise UrlRefused("The URL holds a user name or password: use a credential instead.")
    if port is not None and not 0 < port < 65536:
        raise UrlRefused("The URL's port must be between 1 and 65535.")
    return url


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return url.scheme, url.host, url.port or _PORTS_OF[url.scheme]


def redirected(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads; raises UrlRefused."""
    return read_url(urljoin(str(url), location))


async def system_lookup(host: str, port: int) -> Sequence[tuple[int, str]]:
    """The addresses of a name, by the operating system."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return [(int(family), str(address[0])) for family, _, _, _, address in found]


class _Resolver(AbstractResolver):
    def __init__(self, permit: Permit, lookup: Lookup) -> None:
        self._permit, self._lookup = permit, lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._lookup(host, port)
        if not found:
            raise OSError(f"{host} has no address")
        if not all(self._permit(address) for _, address in found):
            raise AddressRefused(host)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=fam, proto=0, flags=_NUMERIC
            )
            for fam, address in found
        ]

    async def close(self) -> None:
        pass


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Outgoing:
    """An HTTP client that follows no redirect by itself. One for each event loop; made at the
    first call.
    """

    def __init__(self, permit: Permit, lookup: Lookup = system_lookup) -> None:
        self._permit, self._lookup = permit, lookup
        self._transport: AiohttpTransport | None = None

    async def call(
        self,
        method: str,
        url: httpx.URL,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        within: float,
        most: int,
    ) -> Answer:
        """One request and the first `most` bytes of its decoded answer. Raises what `trouble`
        explains.
        """
        request = httpx.Request(method, url, headers=headers, content=content)
        async with asyncio.timeout(within):
            response = await self._open().handle_async_request(request)
            try:
                body, truncated = await _read(response, most)
            finally:
                await response.aclose()
        return Answer(response.status_code, _headers(response), body, truncated)

    async def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    def _open(self) -> AiohttpTransport:
        if self._transport is None:
            context = ssl.create_default_context(cafile=certifi.where())
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS,
                ssl=context,
                resolver=_Resolver(self._permit, self._lookup),
                socket_factory=self._socket,
                keepalive_timeout=15,
            )
            session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
            self._transport = AiohttpTransport(verify=context, trust_env=False, client=session)
        return self._transport

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        if not self._permit(str(address[0])):
            raise AddressRefused(str(address[0]))
        made = socket.socket(family, kind, proto)
        made.setblocking(False)
        return made


def _headers(response: httpx.Response) -> dict[str, str]:
    """Lower-case names; the last of several wins. Cheaper than httpx's own reading."""
    raw = response.headers.raw
    return {name.decode("latin-1").lower(): _decoded(value) for name, value in raw}


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _read(response: httpx.Response, most: int) -> tuple[bytes, bool]:
    """The decoded body up to `most` bytes; a bomb is never unpacked further than that."""
    coding = response.headers.get("content-encoding", "").lower()
    unpack = zlib.decompressobj(wbits=47) if coding in ("gzip", "deflate", "x-gzip") else None
    parts = bytearray()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        try:
            parts += unpack.decompress(chunk, most + 1 - len(parts)) if unpack else chunk
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from None
        if len(parts) > most:
            return bytes(parts[:most]), True
    return bytes(parts), False


def trouble(error: BaseException, host: str, within: float) -> tuple[str, str, bool]:
    """What went wrong on the way: (kind, a sentence, whether the request may have been taken)."""
    causes = _causes(error)
    if any(isinstance(c, AddressRefused) for c in causes):
        return (
            "forbidden",
            f"{host} is a private or special address, which journeys may not call. "
            "Whoever runs Wayline can open a network with WAYLINE_ALLOW_NET.",
            False,
        )
    if any(isinstance(c, aiohttp.InvalidURL) for c in causes):
        return (
            "config",
            f"The address {host} is written in an unusual way: write it plainly.",
            False,
        )
    if any(isinstance(c, aiohttp.ClientConnectorDNSError | socket.gaierror) for c in causes):
        return "network", f"The name {host} could not be found.", False
    if any(isinstance(c, ssl.SSLError | ssl.CertificateError) for c in causes):
        return "network", f"The secure connection to {host} failed: check its certificate.", False
    if any(isinstance(c, aiohttp.ClientConnectorError) for c in causes):
        return "network", f"{host} could not be reached.", False
    if any(isinstance(c, TimeoutError | httpx.TimeoutException) for c in causes[:1]) and not any(
        isinstance(c, aiohttp.ServerDisconnectedError | ConnectionError) for c in causes
    ):
        return "timeout", f"{host} did not answer within {within:g} seconds.", True
    return "network", f"The connection to {host} broke before the answer was complete.", True


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        inner = getattr(error, "os_error", None)
        if isinstance(inner, BaseException):
            found.append(inner)
        error = error.__cause__ or error.__context__
    return found


TROUBLES = (httpx.HTTPError, aiohttp.ClientError, OSError, TimeoutError, httpx.StreamError)
