"""Sign-in and editor on the real facade: from the one-time link to a live journey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from builder import auth, editor_api, gate, web
from builder.context import use
from runtime.facade import Wayline
from runtime.settings import Settings
from tests.builder.conftest import OWN, intake, pages

OWNER = {
    "name": "Ines Okafor",
    "workspace": "Marlow Street",
    "email": "ines@marlow.studio",
    "password": "correct horse",
    "again": "correct horse",
    "time_zone": "Europe/Lisbon",
}


class Bell:
    """A doorbell nobody hears."""

    def ring(self) -> None: ...


@pytest.fixture
def real(tmp_path: Path) -> Iterator[tuple[TestClient, Wayline]]:
    """The outer app on a fresh installation."""
    wayline = Wayline.open(Settings(data=tmp_path), bell=Bell())
    use(wayline)
    own = frozenset({OWN})
    door = web.Door(
        own=own,
        pages=pages,
        files=pages,
        auth=auth.create(own),
        editor=editor_api.create(own),
    )
    app = web.Dispatcher(intake, gate.Headers(door, lambda: gate.policy([])), [])
    with TestClient(app, base_url=OWN, follow_redirects=False, headers={"origin": OWN}) as client:
        yield client, wayline
    wayline.close()


@pytest.fixture
def owner(real: tuple[TestClient, Wayline]) -> TestClient:
    """Signed in by the one-time link."""
    client, wayline = real
    answer = client.post("/setup", data=OWNER | {"token": str(wayline.setup_token())})
    assert answer.status_code == 303, answer.text
    return client


def post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_one_time_link_works_once(real: tuple[TestClient, Wayline]) -> None:
    client, wayline = real
    assert "one-time link" in client.get("/").text
    token = str(wayline.setup_token())
    assert client.post("/setup", data=OWNER | {"token": "guess"}).status_code == 422
    assert client.post("/setup", data=OWNER | {"token": token}).status_code == 303
    assert client.get("/").text == "page /"
    client.cookies.clear()
    assert "Sign in" in client.get("/").text
    again = client.post("/setup", data=OWNER | {"token": token, "email": "mallory@evil.test"})
    assert again.headers["location"] == "/login"


def test_ten_wrong_passwords_close_the_account_for_a_while(owner: TestClient) -> None:
    owner.cookies.clear()
    given = {"email": OWNER["email"], "password": "a guess of mine"}
    for _ in range(10):
        assert owner.post("/login", data=given).status_code == 401
    closed = owner.post("/login", data=given | {"password": OWNER["password"]})
    assert closed.status_code == 401
    assert "Too many" in closed.text


def test_a_journey_is_drawn_saved_and_published(
    real: tuple[TestClient, Wayline], owner: TestClient
) -> None:
    wayline = real[1]
    slug = wayline.system().new_journey("Hello")
    root = f"/studio/journeys/{slug}"
    rev = owner.get(root).json()["rev"]
    added = [
        {
            "op": "node.add",
            "node": {
                "id": "comes",
                "type": "trigger.webhook",
                "version": 1,
                "config": {"customer": "body.email"},
            },
            "position": [0, 0],
        },
        {
            "op": "node.add",
            "node": {
                "id": "mail",
                "type": "action.send_email",
                "version": 1,
                "config": {"subject": "Hello", "body": "Hello {{ customer.first_name }}"},
            },
            "position": [0, 112],
        },
        {"op": "edge.add", "from": "comes", "handle": "out", "to": "mail"},
    ]
    saved = post(owner, f"{root}/ops", {"base": rev, "seq": 1, "ops": added})
    assert (saved["seq"], saved["rev"] > rev) == (1, True)
    published = post(owner, f"{root}/publish", {})
    assert published["version"] == 1
    assert "/hooks/" in published["hooks"]["comes"]
    assert owner.get(f"{root}/counts").json()["version"] == 1
    exported = owner.get(f"{root}/document")
    assert exported.headers["content-disposition"].endswith(f'"{slug}.json"')
    assert [n["id"] for n in exported.json()["nodes"]] == ["comes", "mail"]


def test_two_tabs_never_lose_an_edit(real: tuple[TestClient, Wayline], owner: TestClient) -> None:
    slug = real[1].system().new_journey("Hello")
    root = f"/studio/journeys/{slug}"
    rev = owner.get(root).json()["rev"]

    def named(title: str) -> list[dict[str, Any]]:
        node = {"id": title, "type": "trigger.manual", "version": 1, "config": {}}
        return [{"op": "node.add", "node": node, "position": [0, 0]}]

    post(owner, f"{root}/ops", {"base": rev, "seq": 1, "ops": named("first")})
    late = post(owner, f"{root}/ops", {"base": rev, "seq": 1, "ops": named("second")})
    assert {n["id"] for n in late["document"]["nodes"]} == {"first", "second"}


def test_errors_refuse_the_publish_and_come_as_a_list(
    real: tuple[TestClient, Wayline], owner: TestClient
) -> None:
    slug = real[1].system().new_journey("Empty")
    answer = owner.post(f"/studio/journeys/{slug}/publish", json={})
    assert answer.status_code == 409
    assert answer.json()["problems"]


def test_what_is_not_there_is_a_404(owner: TestClient) -> None:
    for path in ("/studio/journeys/none", "/studio/journeys/none/counts"):
        assert owner.get(path).status_code == 404


def test_the_catalogue_holds_every_icon_that_the_pages_can_draw(owner: TestClient) -> None:
    from builder.ui.parts import ICONS

    catalogue = owner.get("/studio/catalogue").json()
    assert {t["icon"] for t in catalogue["types"]} <= set(ICONS)


def test_a_preview_without_customers_renders_the_defaults(owner: TestClient) -> None:
    config = {"subject": "Hello {{ customer.first_name | default: 'there' }}", "body": "x"}
    document = {
        "format": 1,
        "name": "Previewed",
        "nodes": [{"id": "mail", "type": "action.send_email", "config": config}],
        "edges": [],
    }
    answer = owner.post("/studio/import", json=document, headers={"accept": "application/json"})
    asked = {"slug": answer.json()["slug"], "node": "mail"}
    assert post(owner, "/studio/texts/preview", asked)["mail"]["subject"] == "Hello there"


def test_a_template_is_tried_over_http_with_its_made_up_event(
    owner: TestClient, real: tuple[TestClient, Wayline]
) -> None:
    slug = real[1].system().use_template("proposal-follow-up")
    root = f"/studio/journeys/{slug}"
    found = owner.get(f"{root}/samples").json()
    trigger = found["triggers"][0]
    sample = trigger["samples"][-1]
    assert (sample["origin"], sample["fits"]) == ("made", None)
    body = {
        "trigger": trigger["node"],
        "event": sample["event"],
        "customer": sample["customer"],
        "document": owner.get(root).json()["document"],
    }
    tried = post(owner, f"{root}/try", body)
    assert tried["ends"][0]["status"] == "completed"
    assert tried["steps"][0]["node"] == trigger["node"]
    assert [s["effect"]["kind"] for s in tried["steps"] if "effect" in s]
    assert owner.get(f"{root}/runs").json() == {"runs": []}
    assert owner.get(f"{root}/runs/none").status_code == 404
    assert owner.get(f"{root}/counts").json() == {"version": None, "nodes": {}, "left": {}}


def test_the_command_bar_gets_the_journeys_and_what_often_comes_next(owner: TestClient) -> None:
    assert owner.get("/studio/journeys").json() == {"journeys": []}
    pairs = owner.get("/studio/suggestions").json()["pairs"]
    assert {"from", "handle", "to", "own", "gallery"} == set(pairs[0])
    signed_out = TestClient(owner.app, base_url=OWN, headers={"origin": OWN})
    for path in ("/studio/journeys", "/studio/suggestions"):
        assert signed_out.get(path).status_code == 401
