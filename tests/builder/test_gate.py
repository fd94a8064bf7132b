"""The door: who gets in, from where, and what every answer wears."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from builder import gate
from builder.files import AsBuilt
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import FakeWayline


@pytest.mark.parametrize(
    ("headers", "required", "expected"),
    [
        ({"origin": OWN, "host": "other.test"}, True, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, True, True),
        ({"origin": "https://lan.test", "host": "lan.test"}, True, True),
        ({"origin": "http://localhost:3000", "host": "localhost:8000"}, True, False),
        ({"origin": "http://evil.test", "host": "studio.test"}, False, False),
        ({"origin": "null", "host": "studio.test"}, False, False),
        ({"origin": "file://studio.test", "host": "studio.test"}, False, False),
        ({"host": "studio.test"}, False, True),
        ({"host": "studio.test"}, True, False),
        ({"host": "studio.test", "sec-fetch-site": "cross-site"}, False, False),
        ({"host": "studio.test", "sec-fetch-site": "same-site"}, False, False),
        ({"host": "studio.test", "sec-fetch-site": "same-origin"}, True, True),
    ],
)
def test_only_our_own_pages_are_the_same_origin(
    headers: dict[str, str], required: bool, expected: bool
) -> None:
    assert gate.same_origin(headers, {OWN}, required=required) is expected


@pytest.mark.parametrize("header", ["", "x", "wayline_session=", "a=b; c", "\x00=;;=", "=" * 999])
def test_a_broken_cookie_header_is_nobody(header: str) -> None:
    assert gate.token_of(header) is None


def test_the_front_page_answers_200_without_a_session(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Sign in" in answer.text


def test_the_front_page_of_a_new_installation_says_where_the_link_is(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.owner = False
    answer = client.get("/")
    assert answer.status_code == 200
    assert "one-time link" in answer.text


@pytest.mark.parametrize("path", ["/approvals", "/customers/c1", "/journeys/x", "/nowhere"])
def test_a_page_sends_a_stranger_to_the_sign_in_and_back(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login?next={path}")


def test_a_signed_in_person_sees_the_pages(client: TestClient) -> None:
    assert client.get("/", headers=as_role("viewer")).text == "page /"


def test_an_ended_session_is_nobody_at_once(client: TestClient, fake: FakeWayline) -> None:
    fake.signed_out.add("token-owner")
    assert client.get("/approvals", headers=as_role("owner")).status_code == 303


@pytest.mark.parametrize("path", ["/_event/", "/_event", "/_upload", "/_upload/x"])
def test_the_event_endpoints_refuse_strangers_and_other_sites(
    client: TestClient, path: str
) -> None:
    assert client.get(path, headers={"origin": OWN}).status_code == 401
    assert client.get(path).status_code == 403
    foreign = as_role("owner") | {"origin": "http://evil.test"}
    assert client.get(path, headers=foreign).status_code == 403
    assert client.post(path, headers=foreign).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": OWN},
        {"cookie": f"{gate.COOKIE}=token-owner"},
        {"cookie": f"{gate.COOKIE}=token-owner", "origin": "http://evil.test"},
        {"cookie": f"{gate.COOKIE}=guess", "origin": OWN},
    ],
)
def test_the_websocket_refuses_strangers_and_other_sites(
    client: TestClient, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/_event/?token=t", headers=headers),
    ):
        pass


def test_the_websocket_lets_a_signed_in_page_in(client: TestClient) -> None:
    with client.websocket_connect("/_event/?token=t", headers=as_role("viewer")):
        pass


@pytest.mark.parametrize("path", ["/hooks/x", "/v1/track", "/api/journeys", "/healthz", "/metrics"])
def test_the_intake_is_reached_without_passing_the_door(client: TestClient, path: str) -> None:
    assert client.post(path).text == f"intake {path}"


@pytest.mark.parametrize("path", ["/", "/login", "/assets/elk.worker-x.js", "/studio/catalogue"])
def test_every_answer_wears_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path, headers=as_role("owner")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in headers


def test_a_part_of_a_page_is_not_dressed_as_a_page(client: TestClient) -> None:
    headers = client.get("/assets/x.js", headers=as_role("owner")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "content-security-policy" not in headers
    assert "content-security-policy" in client.get("/assets/x.svg").headers


def test_only_named_files_are_kept_by_the_browser(client: TestClient) -> None:
    def kept(path: str) -> str:
        return client.get(path, headers=as_role("owner")).headers["cache-control"]

    assert "immutable" in kept("/assets/x.js")
    assert kept("/") == "no-store"
    assert kept("/studio/catalogue") == "no-store"


def test_the_policy_knows_every_inline_script(tmp_path: Path) -> None:
    page = "<script>a()</script><script src='/x.js'></script><script type=module>b()</script>"
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "other.html").write_text("<script>a()</script>")
    assert len(gate.script_hashes(tmp_path)) == 2


def test_pages_that_are_built_anew_under_a_running_server_may_run_their_scripts(
    tmp_path: Path,
) -> None:
    client = tmp_path / "client"

    def build(script: str) -> str:
        """Lay the pages as the build does, in one move; what the policy says of them then."""
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        (fresh / "index.html").write_text(f"<script>{script}</script>")
        if client.exists():
            client.rename(tmp_path / script)
        fresh.rename(client)
        return gate.page_policy(client)

    policy = AsBuilt(client, gate.page_policy)
    assert policy() == gate.policy([])  # nothing is built yet
    first = build("a()")
    assert policy() == first
    second = build("b()")
    assert second != first
    assert policy() == second
    client.rename(tmp_path / "gone")
    assert policy() == second  # for the moment in which one goes and the other comes
