"""`POST /hooks/{token}`: what becomes an event, and what is refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from nodes.registry import node_types
from runtime.ingest.hooks import webhook_start
from tests.ingest.conftest import Place

URLENCODED = "application/x-www-form-urlencoded"


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem document of an answer, checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["type"] == f"urn:wayline:problem:{kind}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"].endswith((".", "SLUG", "NAME"))
    return found


def test_a_json_body_becomes_the_events_properties(place: Place, client: TestClient) -> None:
    journey = place.hook(config={"customer": "body.email"})
    answer = client.post("/hooks/t", json={"email": "maya@example.com", "text": "Hello"})
    assert answer.status_code == 202
    [event] = place.events()
    assert answer.json() == {"event_id": event["id"]}
    assert event["properties"] == {"email": "maya@example.com", "text": "Hello"}
    assert event["who"] == {"any": "maya@example.com"}
    assert (event["name"], event["target"], event["target_node"]) == (
        "webhook.form",
        journey,
        "form",
    )
    assert place.bell.rung == 1


def test_a_named_event_is_for_every_journey(place: Place, client: TestClient) -> None:
    place.hook(config={"event": "enquiry.sent"})
    assert client.post("/hooks/t", json={}).status_code == 202
    [event] = place.events()
    assert (event["name"], event["target"], event["target_node"]) == ("enquiry.sent", None, None)
    assert event["who"] is None


@pytest.mark.parametrize(
    ("body", "content_type", "properties"),
    [
        (b"a=1&b=2+3&b=%C3%A4", URLENCODED, {"a": "1", "b": ["2 3", "ä"]}),
        (b'{"a": 1}', URLENCODED, {"a": 1}),
        (b"[1, 2]", "application/json", {"body": [1, 2]}),
        (b'"text"', "application/vnd.shop+json; charset=utf-8", {"body": "text"}),
        (b"null", "text/plain", {"body": None}),
        (b"", "application/json", {}),
        (gzip.compress(b'{"a": 1}', mtime=0), "application/json", {"a": 1}),
    ],
)
def test_bodies_are_read_by_what_they_are(
    place: Place, client: TestClient, body: bytes, content_type: str, properties: dict[str, Any]
) -> None:
    place.hook()
    answer = client.post("/hooks/t", content=body, headers={"content-type": content_type})
    assert answer.status_code == 202, answer.text
    assert place.events()[0]["properties"] == properties


def test_a_multipart_form_gives_its_fields_and_only_the_names_of_its_files(
    place: Place, client: TestClient
) -> None:
    place.hook(config={"customer": "body.from"})
    answer = client.post(
        "/hooks/t",
        data={"from": "maya@example.com"},
        files={"photo": ("a.png", b"12345", "image/png")},
    )
    assert answer.status_code == 202, answer.text
    [event] = place.events()
    assert event["properties"] == {
        "from": "maya@example.com",
        "photo": {"filename": "a.png", "content_type": "image/png", "size": 5},
    }


def test_a_query_stands_under_query_and_only_when_there_is_one(
    place: Place, client: TestClient
) -> None:
    place.hook(config={"customer": "query.email"})
    client.post("/hooks/t?email=maya%40example.com&x=1&x=2", json={"a": 1})
    [event] = place.events()
    assert event["properties"] == {"a": 1, "query": {"email": "maya@example.com", "x": ["1", "2"]}}
    assert event["who"] == {"any": "maya@example.com"}


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("body.user.id", {"any": "42"}),
        ("body.list.1.mail", {"any": "b"}),
        ("headers.X-Customer", {"any": "maya"}),
        ("body.nothing", None),
        ("body.flag", None),
        ("body.empty", None),
        ("body.user", None),
    ],
)
def test_the_customer_is_found_at_the_configured_path(
    place: Place, client: TestClient, path: str, who: dict[str, str] | None
) -> None:
    place.hook(config={"customer": path})
    body = {"user": {"id": 42}, "list": [{"mail": "a"}, {"mail": "b"}], "flag": True, "empty": " "}
    assert client.post("/hooks/t", json=body, headers={"x-customer": "maya"}).status_code == 202
    assert place.events()[0]["who"] == who


def test_the_same_id_gives_the_first_answer_and_one_event(place: Place, client: TestClient) -> None:
    place.hook()
    answers = [
        client.post("/hooks/t", content=b'{"a":1}', headers={"webhook-id": "m1"}) for _ in range(3)
    ]
    assert [a.status_code for a in answers] == [202, 202, 202]
    assert len({a.json()["event_id"] for a in answers}) == 1
    assert len(place.events()) == 1


def test_the_same_id_with_another_body_is_a_conflict(place: Place, client: TestClient) -> None:
    place.hook()
    for header in ("webhook-id", "idempotency-key"):
        client.post("/hooks/t", json={"a": 1}, headers={header: header})
        answer = client.post("/hooks/t", json={"a": 2}, headers={header: header})
        problem(answer, 409, "same-id-other-body")
    assert len(place.events()) == 2


def test_an_id_in_the_body_counts_when_no_header_has_one(place: Place, client: TestClient) -> None:
    place.hook(config={"event_id": "body.id"})
    client.post("/hooks/t", json={"id": 7})
    client.post("/hooks/t", json={"id": 7})
    client.post("/hooks/t", json={"id": 8})
    client.post("/hooks/t", json={"id": 7}, headers={"idempotency-key": "another"})
    assert [e["external_id"] for e in place.events()] == ["7", "8", "another"]


def test_without_an_id_each_webhook_is_its_own_event(place: Place, client: TestClient) -> None:
    place.hook()
    client.post("/hooks/t", json={})
    client.post("/hooks/t", json={})
    assert len(place.events()) == 2


def test_an_unknown_address_says_where_to_find_the_right_one(
    place: Place, client: TestClient
) -> None:
    for token in ("nope", "", "x" * 300, "t/more", "%00"):
        found = problem(client.post(f"/hooks/{token}", json={}), 404, "unknown-hook")
        assert "studio" in found["detail"]
    assert place.events() == []


def test_a_paused_an_unpublished_and_a_changed_journey_say_so(
    place: Place, client: TestClient
) -> None:
    place.hook("paused", state="paused")
    place.hook("draft", state="draft", published=False)
    place.hook("changed", node="another")
    for token, word in (("paused", "paused"), ("draft", "not published"), ("changed", "form")):
        answer = client.post(f"/hooks/{token}", json={})
        assert word in problem(answer, 409, "journey-not-live")["detail"]
    assert place.events() == []


def test_another_method_is_refused_with_the_right_one(place: Place, client: TestClient) -> None:
    place.hook()
    answer = client.get("/hooks/t")
    problem(answer, 405, "wrong-method")
    assert answer.headers["allow"] == "POST"


def test_over_the_high_water_mark_nothing_is_accepted(place: Place) -> None:
    place.hook()
    place.settings = replace(place.settings, high_water=2)
    with TestClient(place.app()) as client:
        answers = [client.post("/hooks/t", json={}) for _ in range(4)]
        track = client.post("/v1/track", json={}, auth=(place.write_key, ""))
        for answer in (*answers[2:], track):
            problem(answer, 429, "busy")
            assert int(answer.headers["retry-after"]) > 0
    assert [a.status_code for a in answers[:2]] == [202, 202]
    assert len(place.events()) == 2


def test_what_cannot_be_stored_is_not_answered_with_success(place: Place) -> None:
    place.hook()
    with TestClient(place.app()) as client:
        assert client.post("/hooks/t", json={}).status_code == 202
        with place.database.write() as conn:
            conn.exec_driver_sql("ALTER TABLE event RENAME TO gone")
        problem(client.post("/hooks/t", json={"secret": "canary"}), 503, "unavailable")
        with place.database.write() as conn:  # on PostgreSQL other tests have the same tables
            conn.exec_driver_sql("ALTER TABLE gone RENAME TO event")


def test_neither_bodies_nor_tokens_are_logged(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.secret("s", {})
    place.hook("token-canary", {"verify": {"kind": "bearer", "credential": "s"}})

    def broken(_workspace: str, _name: str, _sealed: bytes) -> dict[str, str]:
        raise ValueError("secret-" + "canary")

    with TestClient(place.app(opener=broken)) as client:
        answer = client.post("/hooks/token-canary", json={"a": "body-canary"})
        problem(answer, 500, "failed")
    assert "ValueError" in caplog.text
    assert "-canary" not in caplog.text


def test_a_trigger_made_with_an_older_version_of_its_type_still_takes_webhooks() -> None:
    newer = replace(
        node_types()["trigger.webhook"],
        version=2,
        upgrades={1: lambda config: {"customer": config["who"]}},
    )
    placed = {"id": "form", "type": newer.type, "version": 1, "config": {"who": "body.email"}}
    start = webhook_start({"nodes": [placed]}, "form", {newer.type: newer})
    assert start is not None
    assert start.customer == "body.email"
