"""Reading a URL that a person wrote. What two parsers could read differently is refused, so that
what was checked is what is called.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urljoin

_PORTS_OF = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_PLACE = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # such a last part makes an IPv4 address of a name
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# What may stand as it is, by the URL standard of the browsers.
_IN_QUERY = "".join(chr(n) for n in range(0x21, 0x7F) if chr(n) not in '"#<>')
_IN_PATH = "".join(c for c in _IN_QUERY if c not in "?`{}")


class UrlRefused(ValueError):
    """The URL cannot be called; the message is a sentence for a person."""


class Origin(NamedTuple):
    """Whom one speaks with."""

    scheme: str
    host: str
    port: int


class Url(NamedTuple):
    """A URL that can be called."""

    origin: Origin
    place: str  # host and port as the Host header bears them
    target: str  # path and query, as they are sent

    @property
    def host(self) -> str:
        """The name or address, in lower case and ASCII; an IPv6 address without its brackets."""
        return self.origin.host

    def __str__(self) -> str:
        return f"{self.origin.scheme}://{self.place}{self.target}"


@lru_cache(512)
def read_url(text: str) -> Url:
    """The URL, or UrlRefused."""
    if len(text) > 8000:
        raise UrlRefused("The URL is longer than 8,000 characters.")
    if _UNSAFE.search(text):
        raise UrlRefused(
            "The URL holds a space, a backslash or a control character: write it as %20, %5C or "
            "leave it out."
        )
    parts = _PARTS.fullmatch(text)
    scheme = parts[1].lower() if parts else ""
    if parts is None or scheme not in _PORTS_OF:
        raise UrlRefused("The URL must begin with http:// or https://.")
    authority: str = parts[2] or ""
    if "@" in authority:
        raise UrlRefused("The URL holds a user name or password: use a credential instead.")
    place = _PLACE.fullmatch(authority)
    if place is None:
        raise UrlRefused("The URL cannot be read: its host or port is written in a strange way.")
    if not place[1]:
        raise UrlRefused("The URL names no host.")
    port = int((place[2] or "")[:9] or _PORTS_OF[scheme])
    if not 0 < port < 65536:
        raise UrlRefused("The URL's port must be between 1 and 65535.")
    try:
        target = _quoted(_plain(parts[3]) or "/", _IN_PATH)
        if parts[4] is not None:
            target += "?" + _quoted(parts[4], _IN_QUERY)
    except UnicodeEncodeError:
        raise UrlRefused("The URL holds a character that cannot be sent.") from None
    origin = Origin(scheme, _host(place[1]), port)
    return Url(origin, _place(origin), target)


def redirected(url: Url, location: str) -> Url:
    """Where a redirect leads; raises UrlRefused."""
    try:
        return read_url(urljoin(str(url), location))
    except UrlRefused:
        raise
    except ValueError as error:
        raise UrlRefused(f"The URL cannot be read: {error}.") from None


def _place(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == _PORTS_OF[origin.scheme] else f"{host}:{origin.port}"


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            address = ipaddress.IPv6Address(text[1:-1])
        except ValueError:
            raise UrlRefused(f"The URL cannot be read: {text} is no address.") from None
        if address.scope_id is not None:
            raise UrlRefused(f"The address {text} is written in an unusual way: write it plainly.")
        return str(address)
    host = text.lower() if text.isascii() else _ascii(text.lower())
    if not _HOST.fullmatch(host):
        raise UrlRefused(f"The URL cannot be read: {text} is no name of a host.")
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise UrlRefused(
                f"The address {host} is written in an unusual way: write it plainly."
            ) from None
    return host


def _ascii(host: str) -> str:
    """A name with letters beyond ASCII as the name system knows it."""
    import idna  # only few names need it

    try:
        return idna.encode(host).decode("ascii")
    except idna.IDNAError as error:
        raise UrlRefused(f"The URL cannot be read: {error}.") from None


def _quoted(text: str, safe: str) -> str:
    return quote(_HALF_ESCAPE.sub("%25", text), safe=safe)


def _plain(path: str) -> str:
    """The path without `.` and `..`, which servers resolve in different ways."""
    parts = path.split("/")
    if "." not in parts and ".." not in parts:
        return path
    kept: list[str] = []
    for part in parts:
        if part == "..":
            if len(kept) > 1:
                kept.pop()
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)
