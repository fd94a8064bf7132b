"""Where a web call may go: which addresses are refused, and what becomes of a redirect."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence

import pytest

from runtime.ports.results import Done, Refused
from tests.ports.calls import call, names
from tests.support.unruly import Unruly

# --- what is not sent at all ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://",
        "http:///x",
        "http://user:pw@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com\\@127.0.0.1/",
        "http://exa mple.com/",
        "http://example.com/\r\nX: y",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://[::1",
        "http://" + "a" * 9000,
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    got = call({"url": url})
    assert isinstance(got, Refused), got
    assert got.kind == "config"
    assert got.message.endswith(".")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nBcc: c"},
        {"X-A": "b\nc"},
        {"X A": "b"},
        {"X-A\r\n": "b"},
        {"": "b"},
        {"X-A": "\x00"},
        {"X-A": "✓"},
        {"Host": "other"},
        {"content-length": "5"},
        {"Transfer-Encoding": "chunked"},
        {"Idempotency-Key": "mine"},
    ],
)
def test_a_header_that_would_change_the_request_is_refused(
    outside: Unruly, headers: dict[str, str]
) -> None:
    got = call({"url": outside.url, "headers": headers})
    assert isinstance(got, Refused)
    assert got.kind == "config"
    assert outside.seen() == []


def test_an_unknown_method_is_refused() -> None:
    assert isinstance(call({"url": "http://example.com/", "method": "CONNECT"}), Refused)


# --- where it may not go --------------------------------------------------------------------------

ODD = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "10.0.0.1",
    "100.100.100.200",
    "localhost",
    "LOCALHOST",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]


@pytest.mark.parametrize("host", ODD)
def test_a_private_address_is_not_reached_however_it_is_written(outside: Unruly, host: str) -> None:
    port = outside.url.rsplit(":", 1)[1]
    got = call({"url": f"http://{host}:{port}/"}, allow=(), within=3)
    assert isinstance(got, Refused), got
    assert got.kind in ("forbidden", "config")
    assert outside.seen() == []


@pytest.mark.parametrize(
    "addresses",
    [
        "127.0.0.1",
        "::1",
        "10.1.1.1",
        ("8.8.8.8", "127.0.0.1"),
        ("169.254.169.254", "8.8.8.8"),
        "64:ff9b::7f00:1",
    ],
)
def test_a_name_with_any_special_address_is_refused(addresses: str | Sequence[str]) -> None:
    got = call({"url": "http://shop.example/"}, allow=(), lookup=names(shop_example=addresses))
    assert isinstance(got, Refused)
    assert got.kind == "forbidden"
    assert "WAYLINE_ALLOW_NET" in got.message


def test_a_name_that_changes_its_address_is_asked_once_for_each_connection(
    outside: Unruly,
) -> None:
    """DNS rebinding: the address that was checked is the one that is connected to."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[tuple[int, str]]:
        asked.append(host)
        return [(socket.AF_INET, "127.0.0.1" if len(asked) == 1 else "10.0.0.1")]

    port = outside.url.rsplit(":", 1)[1]
    got = call({"url": f"http://shop.example:{port}/"}, lookup=rebinding)
    assert isinstance(got, Done)
    assert asked == ["shop.example"]


def test_the_operator_can_open_a_network(outside: Unruly) -> None:
    port = outside.url.rsplit(":", 1)[1]
    lookup = names(shop_example="127.0.0.1")
    assert isinstance(call({"url": f"http://shop.example:{port}/"}, lookup=lookup), Done)
    assert isinstance(
        call({"url": f"http://shop.example:{port}/"}, lookup=lookup, allow=("10.0.0.0/8",)), Refused
    )


# --- redirects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "//127.0.0.2:1/x",
    ],
)
def test_each_redirect_is_checked_again(outside: Unruly, where: str) -> None:
    got = call({"url": f"{outside.url}/to?url={where}"}, allow=("127.0.0.1/32",))
    assert isinstance(got, Refused), got
    assert got.kind in ("forbidden", "config", "redirect")


def test_a_redirect_to_another_scheme_is_refused(outside: Unruly) -> None:
    got = call({"url": f"{outside.url}/to?url=file:///etc/passwd"})
    assert isinstance(got, Refused)
    assert got.kind == "redirect"


def test_redirects_end(outside: Unruly) -> None:
    got = call({"url": outside.url + "/round"})
    assert isinstance(got, Refused)
    assert got.kind == "redirect"
    assert len(outside.seen()) == 6


def test_a_post_becomes_a_get_where_the_standard_says_so(outside: Unruly) -> None:
    for status, method in ((301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")):
        outside.forget()
        got = call({"url": f"{outside.url}/to?status={status}&url=/there", "body": {"a": 1}})
        assert isinstance(got, Done)
        there = outside.seen()[1]
        assert (there["path"], there["method"]) == ("/there", method)
        assert there["body"] == ('{"a":1}' if method == "POST" else "")
        assert there["headers"]["idempotency-key"] == "r1:1:call:1"


def test_secrets_do_not_cross_to_another_origin(outside: Unruly) -> None:
    port = outside.url.rsplit(":", 1)[1]
    got = call(
        {
            "url": f"http://localhost:{port}/to?url={outside.url}/other",
            "headers": {"X-Api-Key": "canary"},
        },
        credential={"token": "canary", "hosts": ["localhost", "127.0.0.1"]},
        lookup=names(localhost="127.0.0.1"),
    )
    assert isinstance(got, Done)
    first, second = outside.seen()
    assert first["headers"]["authorization"] == "Bearer canary"
    assert "canary" not in json.dumps(second)
