"""Which addresses journeys may call: the corpus of odd ones."""

from __future__ import annotations

import pytest

from runtime.ports.addresses import allowed, networks, own_network

SPECIAL = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:c0a8:101::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "2620:fe::fe",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]
NOT_PLAIN = [
    "",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "127.0.0.1 ",
    "١٢٧.0.0.1",
    "[::1]",
]


@pytest.mark.parametrize("text", SPECIAL)
def test_a_special_address_is_refused(text: str) -> None:
    assert not allowed(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed(text: str) -> None:
    assert allowed(text)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    assert not allowed(text)
    assert not own_network(text)


def test_an_opened_network_is_allowed_in_its_mapped_form_too_and_opens_no_other() -> None:
    opened = networks(["127.0.0.0/8", "10.1.0.0/16"])
    assert allowed("127.0.0.1", opened)
    assert allowed("::ffff:127.0.0.1", opened)
    assert allowed("10.1.2.3", opened)
    assert not allowed("10.2.0.1", opened)
    assert not allowed("::1", opened)
    assert not allowed("64:ff9b::7f00:1", opened)


def test_a_network_that_is_none_says_how_to_write_it() -> None:
    with pytest.raises(ValueError, match="write it like"):
        networks(["localhost"])


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.2", "172.20.0.5", "8.8.8.8"]
)
def test_an_owners_own_service_may_stand_in_the_own_network(text: str) -> None:
    assert own_network(text)


@pytest.mark.parametrize(
    "text", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "0.0.0.0"]
)
def test_a_metadata_address_is_nobodys_own_service(text: str) -> None:
    assert not own_network(text)
