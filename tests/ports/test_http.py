"""The HTTP port against a real server: what comes of a call, and the credential it carries."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime

import pytest

from runtime.ports.http import MOST_BODY, HttpPort, pause
from runtime.ports.results import Done, Later, Refused, Result
from tests.ports.calls import LOCAL, call
from tests.support.unruly import Unruly

# --- what comes of a call -----------------------------------------------------------------------


def test_a_call_carries_its_key_its_headers_and_its_body(outside: Unruly) -> None:
    got = call(
        {
            "method": "POST",
            "url": outside.url + "/orders?a=1",
            "headers": {"X-Shop": "7"},
            "body": {"n": 1, "who": "Grün"},
        }
    )
    assert isinstance(got, Done)
    assert got.data["status"] == 200
    assert got.data["body"] == {"ok": True}
    (request,) = outside.seen()
    assert (request["method"], request["path"], request["query"]) == ("POST", "/orders", {"a": "1"})
    assert request["headers"]["idempotency-key"] == "r1:1:call:1"
    assert request["headers"]["x-shop"] == "7"
    assert request["headers"]["content-type"] == "application/json"
    assert json.loads(request["body"]) == {"n": 1, "who": "Grün"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a": 1}', "application/json"),
        ("{not json", "text/plain; charset=utf-8"),
        ("hi", "text/plain; charset=utf-8"),
    ],
)
def test_a_text_body_goes_as_it_is(outside: Unruly, body: str, kind: str) -> None:
    assert isinstance(call({"method": "PUT", "url": outside.url, "body": body}), Done)
    (request,) = outside.seen()
    assert request["body"] == body
    assert request["headers"]["content-type"] == kind


def test_a_get_has_no_body(outside: Unruly) -> None:
    assert isinstance(call({"method": "get", "url": outside.url, "body": None}), Done)
    assert outside.seen()[0]["method"] == "GET"
    assert "content-type" not in outside.seen()[0]["headers"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_of_the_server_is_final_and_shows_its_answer(
    outside: Unruly, status: int
) -> None:
    got = call({"url": f"{outside.url}/status/{status}"})
    assert isinstance(got, Refused)
    assert got.kind == "http"
    assert got.data["status"] == status
    assert got.data["body"] == {"why": "asked for"}


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_passing_trouble_is_tried_later_not_before_the_server_allows(
    outside: Unruly, status: int
) -> None:
    got = call({"url": f"{outside.url}/status/{status}?after=12"})
    assert isinstance(got, Later)
    assert (got.after, got.uncertain) == (12.0, False)
    assert got.data["status"] == status


def test_retry_after_may_be_a_date_and_nonsense_says_nothing() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert pause("Mon, 02 Mar 2026 09:02:00 GMT", now) == 120
    assert pause("Mon, 02 Mar 2026 08:00:00 GMT", now) == 0
    assert pause("999999999999") == 24 * 3600
    assert pause("soon") is None
    assert pause("-5") is None
    assert pause(None) is None


def test_a_slow_server_is_left_and_may_have_taken_it(outside: Unruly) -> None:
    got = call({"url": outside.url + "/slow"}, within=0.3)
    assert isinstance(got, Later)
    assert (got.kind, got.uncertain) == ("timeout", True)


def test_a_server_that_drips_is_left_in_time_too(outside: Unruly) -> None:
    got = call({"url": outside.url + "/drip"}, within=0.7)
    assert isinstance(got, Later)
    assert got.kind == "timeout"


def test_a_cut_connection_may_have_been_taken(outside: Unruly) -> None:
    got = call({"url": outside.url + "/cut"})
    assert isinstance(got, Later)
    assert (got.kind, got.uncertain) == ("network", True)


def test_a_closed_port_was_surely_not_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        got = call({"url": f"http://127.0.0.1:{taken.getsockname()[1]}/"})
    assert isinstance(got, Later)
    assert (got.kind, got.uncertain) == ("network", False)


def test_an_unknown_name_is_tried_later() -> None:
    async def nobody(host: str, port: int) -> list[tuple[int, str]]:
        raise socket.gaierror(-2, "Name or service not known")

    got = call({"url": "http://nowhere.example/"}, lookup=nobody)
    assert isinstance(got, Later)
    assert "could not be found" in got.message


def test_a_huge_answer_is_cut_and_says_so(outside: Unruly) -> None:
    got = call({"url": f"{outside.url}/big?bytes={MOST_BODY * 20}"})
    assert isinstance(got, Done)
    assert len(got.data["body"]) == MOST_BODY
    assert got.data["truncated"] is True


def test_a_bomb_is_not_unpacked(outside: Unruly) -> None:
    got = call({"url": outside.url + "/bomb"})
    assert isinstance(got, Done)
    assert len(got.data["body"]) == MOST_BODY
    assert got.data["truncated"] is True


def test_broken_json_stays_text(outside: Unruly) -> None:
    got = call({"url": outside.url + "/text"})
    assert isinstance(got, Done)
    assert got.data["body"] == '{"broken": '


def test_a_cookie_is_neither_kept_nor_shown(outside: Unruly) -> None:
    async def twice() -> Result:
        port = HttpPort(LOCAL, 20)
        try:
            got = await port.send({"url": outside.url + "/cookie"}, key="a", credential=None)
            await port.send({"url": outside.url + "/next"}, key="b", credential=None)
            return got
        finally:
            await port.close()

    got = asyncio.run(twice())
    assert isinstance(got, Done)
    assert "set-cookie" not in got.data["headers"]
    assert "cookie" not in outside.seen()[1]["headers"]


# --- answers that nobody could keep -------------------------------------------------------------


def test_an_answer_that_is_nested_too_deeply_stays_a_text(outside: Unruly) -> None:
    kept = call({"method": "GET", "url": outside.url + "/deep?levels=64"})
    assert isinstance(kept, Done)
    assert isinstance(kept.data["body"], list)
    for levels in (65, 254, 1000, 2000):
        got = call({"method": "GET", "url": f"{outside.url}/deep?levels={levels}"})
        assert isinstance(got, Done)
        assert got.data["body"] == "[" * levels + "]" * levels


def test_no_text_of_an_answer_holds_nul(outside: Unruly) -> None:
    got = call({"method": "GET", "url": outside.url + "/nul"})
    assert isinstance(got, Done)
    assert got.data["body"] == {"a": "x\ufffd", "\ufffd": "\\u0000", "b": "\\\ufffd"}


# --- credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "name", "value"),
    [
        ({"token": "t1"}, "authorization", "Bearer t1"),
        ({"username": "u", "password": "p"}, "authorization", "Basic dTpw"),
        ({"header": "X-Key", "value": "v"}, "x-key", "v"),
    ],
)
def test_a_credential_is_added_at_the_send(
    outside: Unruly, secret: dict[str, str], name: str, value: str
) -> None:
    got = call({"url": outside.url}, credential={**secret, "hosts": ["127.0.0.1"]})
    assert isinstance(got, Done)
    assert outside.seen()[0]["headers"][name] == value


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ([], "https://api.example.com/"),
        (["api.example.com"], "https://evil.example/"),
        (["api.example.com"], "https://api.example.com.evil.example/"),
        (["api.example.com:8443"], "https://api.example.com/"),
        (["*.example.com"], "https://evilexample.com/"),
        (["*.example.com"], "https://example.com/"),
        (["api.example.com"], "http://api.example.com/"),
    ],
)
def test_a_credential_goes_nowhere_else(hosts: list[str], url: str) -> None:
    got = call({"url": url}, credential={"token": "t", "hosts": hosts})
    assert isinstance(got, Refused)
    assert got.kind == "config"
    assert "redential" in got.message


@pytest.mark.parametrize("secret", [{}, {"token": "a\r\nb"}, {"header": "X Y", "value": "v"}])
def test_a_credential_that_cannot_be_a_header_is_refused(secret: dict[str, str]) -> None:
    got = call({"url": "https://a.example/"}, credential={**secret, "hosts": ["a.example"]})
    assert isinstance(got, Refused)
