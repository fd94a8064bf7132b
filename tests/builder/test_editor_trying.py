"""The editor's routes for trying: who may, from where, and what reaches the studio."""

from __future__ import annotations

from starlette.testclient import TestClient

from runtime.facade.errors import NotAllowed, NotFound, Refused
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import FakeWayline

ROOT = "/studio/journeys/x"


def test_trying_needs_a_session_and_our_own_page(client: TestClient, fake: FakeWayline) -> None:
    cookie = as_role("owner")["cookie"]
    for path in ("/samples", "/runs", "/runs/r1"):
        assert client.get(ROOT + path).status_code == 401
    assert client.post(f"{ROOT}/try", json={}, headers={"origin": OWN}).status_code == 401
    assert client.post(f"{ROOT}/try", json={}, headers={"cookie": cookie}).status_code == 403
    foreign = {"cookie": cookie, "origin": "http://evil.test"}
    assert client.post(f"{ROOT}/try", json={}, headers=foreign).status_code == 403
    assert not fake.asked


def test_what_is_tried_reaches_the_studio_as_it_was_sent(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.answers["try_journey"] = lambda slug, given: {"steps": [], "ends": [], "problems": []}
    body = {"trigger": "came", "event": {"name": "a", "properties": {"n": 1}}, "pins": {}}
    answer = client.post(f"{ROOT}/try", json=body, headers=as_role("editor"))
    assert answer.json() == {"steps": [], "ends": [], "problems": []}
    assert fake.asked == [("p-editor", "try_journey", ("x", body), {})]
    fake.answers["try_journey"] = NotAllowed("No.")
    assert client.post(f"{ROOT}/try", json={}, headers=as_role("viewer")).status_code == 403
    fake.answers["try_journey"] = Refused("Choose a trigger.")
    refused = client.post(f"{ROOT}/try", json={}, headers=as_role("editor"))
    assert (refused.status_code, refused.json()["detail"]) == (409, "Choose a trigger.")


def test_a_hostile_body_reaches_nothing(client: TestClient, fake: FakeWayline) -> None:
    headers = as_role("owner") | {"content-type": "application/json"}
    for body in (b"", b"[]", b"{", b"[" * 100_000, b'{"a": 1e999}'):
        assert client.post(f"{ROOT}/try", content=body, headers=headers).status_code == 400
    assert not fake.asked


def test_past_runs_come_in_pages(client: TestClient, fake: FakeWayline) -> None:
    fake.answers["past_runs"] = lambda slug, limit, before: [{"id": "r1"}]
    fake.answers["past_run"] = NotFound("There is no such run.")
    fake.answers["sample_events"] = lambda slug, search: {"triggers": [], "customers": []}
    viewer = as_role("viewer")
    assert client.get(f"{ROOT}/runs", headers=viewer).json() == {"runs": [{"id": "r1"}]}
    client.get(f"{ROOT}/runs?limit=5&before=r9", headers=viewer)
    client.get(f"{ROOT}/runs?limit=-1", headers=viewer)
    client.get(f"{ROOT}/runs?limit=%C2%B2", headers=viewer)
    assert client.get(f"{ROOT}/runs/r7", headers=viewer).status_code == 404
    client.get(f"{ROOT}/samples?search=maya", headers=viewer)
    assert [(name, args) for _, name, args, _ in fake.asked] == [
        ("past_runs", ("x", 20, None)),
        ("past_runs", ("x", 5, "r9")),
        ("past_runs", ("x", 20, None)),
        ("past_runs", ("x", 20, None)),
        ("past_run", ("x", "r7")),
        ("sample_events", ("x", "maya")),
    ]
