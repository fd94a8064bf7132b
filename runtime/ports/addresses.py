"""Which addresses a user's request may reach: public ones, and the private networks the operator
opened.

Python's own tables call some special addresses global (NAT64 and 6to4 forms of private ones,
multicast, a cloud's metadata address): they are unwrapped and refused here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beyond what `is_global` knows.
_SPECIAL: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # a cloud's platform address
            "192.0.0.0/24",  # protocol assignments, all of them
            "192.88.99.0/24",  # 6to4 relays
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
            "64:ff9b:1::/48",  # local NAT64
            "100::/64",  # discard
            "2001::/23",  # protocol assignments, Teredo
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fec0::/10",  # old site-local
            "ff00::/8",  # multicast
        ),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")
# Where a service of one's own may stand, say a model on the same machine.
_OWN: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"),
    )
)
_METADATA = ipaddress.ip_network("fd00:ec2::/32")  # inside fd00::/8, and nobody's own service


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks these texts name; raises ValueError with a sentence."""
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise ValueError(
                f"{text} is no network: write it like 127.0.0.0/8 (WAYLINE_ALLOW_NET)."
            ) from None
    return tuple(found)


def allowed(text: str, opened: Iterable[Network] = ()) -> bool:
    """Whether a connection to this address is allowed. Anything that is no plain address is not."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        address = address.ipv4_mapped or address
    if any(address in net for net in opened if net.version == address.version):
        return True
    return _public(address)


def _public(address: Address) -> bool:
    if any(address in net for net in _SPECIAL if net.version == address.version):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        # NAT64 counts as reserved: it is as public as the address inside it
        return address in _NAT64 and _public(_last_four(address))
    if isinstance(address, ipaddress.IPv6Address):
        return all(_public(inner) for inner in _inside(address))
    return True


def _inside(address: ipaddress.IPv6Address) -> list[Address]:
    """The IPv4 addresses that this one leads to."""
    inner: list[Address] = []
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address in _NAT64 or address in _COMPATIBLE or address.packed[8:12] in _ISATAP:
        inner.append(_last_four(address))
    return inner


def _last_four(address: Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(address.packed[-4:])


def own_network(text: str) -> bool:
    """Whether this address is allowed for a service that an owner set up: public, this machine or
    its network.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address not in _METADATA and allowed(text, _OWN)
