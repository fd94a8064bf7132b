"""A URL has one meaning, or it is refused."""

from __future__ import annotations

import pytest

from runtime.ports.urls import UrlRefused, read_url, redirected


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTP://Example.COM:80/a", "http://example.com/a"),
        ("https://example.com:443?x", "https://example.com/?x"),
        ("https://example.com:8443/a#part", "https://example.com:8443/a"),
        ("http://example.com:/a", "http://example.com/a"),
        ("http://example.com/ü?q=ü&r=%C3%BC", "http://example.com/%C3%BC?q=%C3%BC&r=%C3%BC"),
        ("http://example.com/100%?a=5%", "http://example.com/100%25?a=5%25"),
        ("http://example.com/{a}?b={c}", "http://example.com/%7Ba%7D?b={c}"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://example.com/../..", "http://example.com/"),
        ("http://example.com/a/..", "http://example.com/"),
        ("http://example.com/a//b/", "http://example.com/a//b/"),
        ("http://example.com/?a=../b", "http://example.com/?a=../b"),
        ("http://straße.example/", "http://xn--strae-oqa.example/"),
        ("http://my_host-1.example./", "http://my_host-1.example./"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/"),
        ("http://[2001:DB8::0:1]/x", "http://[2001:db8::1]/x"),
        ("http://[::1]:81/", "http://[::1]:81/"),
    ],
)
def test_a_url_is_put_into_its_plain_form(text: str, meant: str) -> None:
    assert str(read_url(text)) == meant
    assert read_url(meant) == read_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "//example.com/",
        "http:example.com",
        "http:/example.com",
        "ws://example.com/",
        "http://?",
        "http://:80/",
        "http://a@b/",
        "http://@b/",
        "http://a:b:c/",
        "http://a:１/",
        "http://a:-1/",
        "http://a:0/",
        "http://a:65536/",
        "http://a:99999999999999999999/",
        "http://a..b/",
        "http://.a/",
        "http://a%2eb/",
        "http://a,b/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[127.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://1/",
        "http://a.1/",
        "http://0x/",
        "http://1.2.3/",
        "http://1.2.3.4./",
        "http://1.2.3.04/",
        "http://☃.example..☃/",
        "http://" + "a" * 64 + ".example/",
        "http://example.com/\ud800",
        "http://example.com/a\u0000",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        read_url(text)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("location", "meant"),
    [
        ("/there", "https://example.com:8443/there"),
        ("there?x=1", "https://example.com:8443/a/there?x=1"),
        ("?y", "https://example.com:8443/a/b?y"),
        ("//other.example/z", "https://other.example/z"),
        ("http://other.example", "http://other.example/"),
    ],
)
def test_a_redirect_is_read_from_where_one_is(location: str, meant: str) -> None:
    assert str(redirected(read_url("https://example.com:8443/a/b?q"), location)) == meant


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "http://a b/"])
def test_a_redirect_to_nowhere_is_refused(location: str) -> None:
    with pytest.raises(UrlRefused):
        redirected(read_url("https://example.com/"), location)
