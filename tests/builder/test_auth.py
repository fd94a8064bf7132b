"""First start, sign-in and sign-out: plain forms, refused from other sites."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from builder import auth
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import FakeWayline

GOOD = {"email": "owner@marlow.studio", "password": "correct horse"}
OWNER = {
    "token": "once",
    "name": "Ines",
    "workspace": "Marlow Street",
    "email": "ines@marlow.studio",
    "password": "correct horse",
    "again": "correct horse",
    "time_zone": "Europe/Lisbon",
}


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    answer = client.post("/login", data=GOOD | {"next": "/approvals"}, headers={"origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/approvals")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


def test_the_cookie_is_secure_behind_https(client: TestClient) -> None:
    headers = {"origin": OWN, "x-forwarded-proto": "https"}
    assert (
        "secure" in client.post("/login", data=GOOD, headers=headers).headers["set-cookie"].lower()
    )


def test_a_wrong_password_says_so_and_sets_nothing(client: TestClient) -> None:
    answer = client.post("/login", data=GOOD | {"password": "guess"}, headers={"origin": OWN})
    assert answer.status_code == 401
    assert "not right" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_from_another_site_is_refused(
    client: TestClient, fake: FakeWayline, path: str
) -> None:
    headers = as_role("owner") | {"origin": "http://evil.test"}
    assert client.post(path, data=GOOD, headers=headers).status_code == 403
    assert not fake.signed_out


@pytest.mark.parametrize(
    "path",
    ["https://evil.test", "//evil.test", "/\\evil.test", "evil", "/a\r\nb: c", "javascript:"],
)
def test_the_way_back_never_leaves_the_site(client: TestClient, path: str) -> None:
    answer = client.post("/login", data=GOOD | {"next": path}, headers={"origin": OWN})
    assert answer.headers["location"] == "/"
    assert auth.way_back(path) == "/"


def test_what_was_typed_comes_back_as_text_only(client: TestClient) -> None:
    nasty = "'\"><script>alert(1)</script>"
    answer = client.post("/login", data={"email": nasty, "password": "x"}, headers={"origin": OWN})
    assert "<script>alert" not in answer.text


def test_an_oversized_form_is_not_read(client: TestClient) -> None:
    body = {"email": "owner@marlow.studio", "password": "x" * 50_000}
    assert client.post("/login", data=body, headers={"origin": OWN}).status_code == 401


def test_the_one_time_link_makes_the_owner_and_signs_in(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.owner = False
    assert "Create the owner" in client.get("/setup?token=once").text
    answer = client.post("/setup", data=OWNER, headers={"origin": OWN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "wayline_session=token-owner" in answer.headers["set-cookie"]


def test_a_used_link_and_two_different_passwords_are_refused(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.owner = False
    used = client.post("/setup", data=OWNER | {"token": "old"}, headers={"origin": OWN})
    assert used.status_code == 422
    assert "used already" in used.text
    differ = client.post("/setup", data=OWNER | {"again": "other"}, headers={"origin": OWN})
    assert differ.status_code == 422
    assert not fake.owner


def test_the_first_start_is_over_once_there_is_an_owner(client: TestClient) -> None:
    for answer in (client.get("/setup?token=once"), client.post("/setup", data=OWNER)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_signing_out_ends_the_session(client: TestClient, fake: FakeWayline) -> None:
    answer = client.post("/logout", headers=as_role("owner"))
    assert answer.status_code == 303
    assert fake.signed_out == {"token-owner"}
    assert client.get("/approvals", headers=as_role("owner")).status_code == 303


def test_a_link_alone_signs_nobody_out(client: TestClient, fake: FakeWayline) -> None:
    client.get("/logout", headers=as_role("owner"))
    assert not fake.signed_out


def test_who_is_signed_in_goes_straight_on(client: TestClient) -> None:
    answer = client.get("/login?next=/mailbox", headers=as_role("owner"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/mailbox")


def test_signing_in_is_german_for_a_german_browser(client: TestClient) -> None:
    page = client.get("/login", headers={"accept-language": "de-AT"}).text
    assert "<html lang='de'>" in page
    assert "<h1>Anmelden</h1>" in page
    assert "lang='en' hreflang='en'>English</a>" in page


def test_a_language_is_chosen_at_the_foot_and_kept(client: TestClient) -> None:
    answer = client.get("/login?next=/settings&language=de")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fsettings")
    kept = answer.headers["set-cookie"].lower()
    assert "wayline_language=de" in kept
    assert "samesite=lax" in kept
    assert "httponly" not in kept  # the studio's scripts read it, too
    assert "Anmelden" in client.get("/login").text
    assert "set-cookie" not in client.get("/login?language=xx").headers


def test_a_refusal_is_german_too(client: TestClient) -> None:
    headers = {"origin": "https://evil.example", "accept-language": "de"}
    page = client.post("/login", data={"email": "x", "password": "y"}, headers=headers)
    assert page.status_code == 403
    assert "Dieses Formular kam von einer anderen Website" in page.text
