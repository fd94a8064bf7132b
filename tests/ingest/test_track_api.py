"""`/v1`: the Segment HTTP spec, with requests shaped as its SDKs really send them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from runtime.store.clock import to_us
from tests.ingest.conftest import NOW, Place
from tests.ingest.test_webhooks import URLENCODED, problem

NOON = "2026-03-02T09:00:00.000Z"  # as the clock stands


def python_batch() -> dict[str, Any]:
    """As segment-analytics-python 2.4 sends it."""
    library = {"library": {"name": "segment-analytics-python", "version": "2.3.4"}}
    return {
        "batch": [
            {
                "integrations": {},
                "anonymousId": None,
                "userId": "maya",
                "timestamp": "2026-03-02T08:59:58.500000+00:00",
                "context": library,
                "type": "identify",
                "traits": {"email": "maya@example.com", "plan": "pro"},
                "messageId": "m-1",
            },
            {
                "integrations": {},
                "userId": "maya",
                "timestamp": "2026-03-02T08:59:59+00:00",
                "context": library,
                "type": "track",
                "event": "trial.started",
                "properties": {"seats": 3},
                "messageId": "m-2",
            },
        ],
        "sentAt": "2026-03-02T09:00:00.000000+00:00",
    }


def test_a_server_sdks_batch_becomes_events_in_its_order(place: Place, client: TestClient) -> None:
    answer = client.post("/v1/batch", json=python_batch(), auth=(place.write_key, ""))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    one, two = place.events()
    assert (one["kind"], one["name"], one["external_id"]) == ("identify", "identify", "m-1")
    assert one["properties"] == {"email": "maya@example.com", "plan": "pro"}
    assert (two["kind"], two["name"], two["who"]) == ("track", "trial.started", {"id": "maya"})
    assert two["properties"] == {"seats": 3}
    assert two["at"] == to_us(datetime(2026, 3, 2, 8, 59, 59, tzinfo=UTC))
    assert place.bell.rung == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"content-encoding": "gzip", "content-type": "application/json"},
        {"content-encoding": "gzip", "content-type": URLENCODED},
        {"content-type": URLENCODED},
        {},
    ],
)
def test_gzip_is_understood_whatever_the_content_type(
    place: Place, client: TestClient, headers: dict[str, str]
) -> None:
    raw = gzip.compress(json.dumps(python_batch()).encode())
    answer = client.post("/v1/batch", content=raw, headers=headers, auth=(place.write_key, ""))
    assert answer.status_code == 200, answer.text
    assert len(place.events()) == 2


def test_a_repeated_batch_is_accepted_once(place: Place, client: TestClient) -> None:
    for sent_at in ("2026-03-02T09:00:00Z", "2026-03-02T09:00:07Z"):
        body = {**python_batch(), "sentAt": sent_at}
        assert client.post("/v1/batch", json=body, auth=(place.write_key, "")).json() == {
            "success": True
        }
    assert len(place.events()) == 2


def test_the_browser_sdk_sends_text_with_the_key_in_the_body(
    place: Place, client: TestClient
) -> None:
    common = {"anonymousId": "a-1", "writeKey": place.write_key, "sentAt": NOON, "timestamp": NOON}
    headers = {"content-type": "text/plain", "origin": "https://shop.example"}
    for path, more in (
        ("/v1/t", {"event": "cart.viewed", "properties": {"n": 1}}),
        ("/v1/i", {"userId": "maya", "traits": {"name": "Maya"}}),
        ("/v1/p", {"name": "Home", "properties": {"path": "/"}}),
    ):
        body = json.dumps({**common, **more, "messageId": path})
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["access-control-allow-origin"] == "*"
    track, identify, page = place.events()
    assert (track["name"], track["who"]) == ("cart.viewed", {"anonymous": "a-1"})
    assert identify["who"] == {"id": "maya", "anonymous": "a-1"}
    assert (page["kind"], page["name"]) == ("page", "page")
    assert page["properties"] == {"name": "Home", "path": "/"}


def test_a_browser_may_ask_first_and_gets_its_settings(place: Place, client: TestClient) -> None:
    asked = client.options(
        "/v1/t",
        headers={
            "origin": "https://shop.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "content-type" in asked.headers["access-control-allow-headers"]
    settings = client.get(f"/v1/projects/{place.write_key}/settings")
    assert settings.headers["access-control-allow-origin"] == "*"
    ours = settings.json()["integrations"]["Segment.io"]
    assert ours["apiKey"] == place.write_key
    assert (ours["protocol"], ours["apiHost"]) == ("http", "127.0.0.1:8000/v1")
    problem(client.get("/v1/projects/nope/settings"), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body", "name", "properties"),
    [
        ("track", {"event": "a.b"}, "a.b", {}),
        ("screen", {"name": "Cart", "properties": {"x": 1}}, "screen", {"name": "Cart", "x": 1}),
        (
            "group",
            {"groupId": 7, "traits": {"n": 1}},
            "group",
            {"groupId": "7", "traits": {"n": 1}},
        ),
        ("alias", {"previousId": "old"}, "alias", {"previousId": "old"}),
        ("identify", {}, "identify", {}),
    ],
)
def test_each_kind_of_message_has_its_meaning(
    place: Place,
    client: TestClient,
    path: str,
    body: dict[str, Any],
    name: str,
    properties: dict[str, Any],
) -> None:
    answer = client.post(f"/v1/{path}", json={"userId": 42, **body}, auth=(place.write_key, ""))
    assert answer.status_code == 200, answer.text
    [event] = place.events()
    assert (event["kind"], event["name"]) == (path, name)
    assert event["properties"] == properties
    assert event["who"] == {"id": "42"}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("track", {"event": "x"}, "userId"),
        ("track", {"userId": "a"}, "event"),
        ("track", {"userId": "a", "event": " "}, "event"),
        ("track", {"userId": "a", "event": "x" * 201}, "200"),
        ("track", {"userId": "a", "event": "x", "properties": []}, "properties"),
        ("track", {"userId": {}, "event": "x"}, "userId"),
        ("track", {"userId": True, "event": "x"}, "userId"),
        ("track", {"userId": "a" * 256, "event": "x"}, "255"),
        ("track", {"userId": "a", "event": "x", "timestamp": "yesterday"}, "ISO 8601"),
        ("track", {"userId": "a", "event": "x", "timestamp": 5}, "ISO 8601"),
        ("track", {"userId": "a", "event": "x", "messageId": []}, "messageId"),
        ("track", [], "object"),
        ("identify", {"userId": "a", "traits": "x"}, "traits"),
        ("group", {"userId": "a"}, "groupId"),
        ("alias", {"userId": "a"}, "previousId"),
        ("alias", {"anonymousId": "a", "previousId": "b"}, "userId"),
        ("batch", {}, "batch"),
        ("batch", {"batch": []}, "batch"),
        ("batch", {"batch": ["x"]}, "Message 0"),
        ("batch", {"batch": [{"type": "track", "userId": "a", "event": "x"}, {"type": "x"}]},
         "Message 1"),
    ],
)  # fmt: skip
def test_an_incomplete_message_is_refused_whole(
    place: Place, client: TestClient, path: str, body: Any, words: str
) -> None:
    answer = client.post(f"/v1/{path}", json=body, auth=(place.write_key, ""))
    assert words in problem(answer, 400, "bad-message")["detail"]
    assert place.events() == []


def message(size: int) -> dict[str, Any]:
    """A track message of about so many bytes."""
    return {"type": "track", "userId": "a", "event": "x", "properties": {"text": "x" * size}}


def test_the_limits_on_sizes_are_segments(place: Place, client: TestClient) -> None:
    auth = (place.write_key, "")
    assert client.post("/v1/track", json=message(32_000), auth=auth).status_code == 200
    problem(client.post("/v1/track", json=message(33_000), auth=auth), 400, "over-limit")
    good = {"batch": [message(31_000)] * 16}
    assert client.post("/v1/batch", json=good, auth=auth).status_code == 200
    one_large = {"batch": [message(10), message(33_000)]}
    problem(client.post("/v1/batch", json=one_large, auth=auth), 400, "over-limit")
    all_large = {"batch": [message(31_000)] * 17}
    problem(client.post("/v1/batch", json=all_large, auth=auth), 400, "over-limit")
    many = {"batch": [{"type": "track", "userId": "a", "event": "x"}] * 2501}
    problem(client.post("/v1/batch", json=many, auth=auth), 400, "over-limit")
    assert len(place.events()) == 17


def test_the_same_message_id_with_another_content_is_told(place: Place, client: TestClient) -> None:
    auth = (place.write_key, "")
    said = {"userId": "a", "event": "x", "messageId": "m", "type": "track"}
    client.post("/v1/track", json=said, auth=auth)
    other = {**said, "event": "y"}
    problem(client.post("/v1/track", json=other, auth=auth), 409, "same-id-other-body")
    batch = {"batch": [other, {**said, "messageId": "n"}]}
    answer = client.post("/v1/batch", json=batch, auth=auth)
    assert answer.json() == {"success": True, "ignored": ["m"]}
    assert [e["external_id"] for e in place.events()] == ["m", "n"]


def test_a_wrong_clock_of_the_sender_is_set_right(place: Place, client: TestClient) -> None:
    auth = (place.write_key, "")
    base = {"userId": "a", "event": "x"}
    for more in (
        {"timestamp": "2026-03-02T11:59:50Z", "sentAt": "2026-03-02T12:00:00Z"},  # 3 h fast
        {"timestamp": "2026-03-02T11:00:00Z"},  # in the future
        {"timestamp": "2020-01-01T00:00:00"},  # an import; no offset means UTC
        {"timestamp": "0001-01-01T00:00:00Z", "sentAt": "9999-12-31T00:00:00Z"},
        {"timestamp": "0001-01-01T00:00:00Z"},  # no local time west of Greenwich
        {"timestamp": "0001-01-01T00:00:00Z", "sentAt": "2026-03-02T12:00:00Z"},
    ):
        assert client.post("/v1/track", json={**base, **more}, auth=auth).status_code == 200
    at = [e["at"] for e in place.events()]
    now = int(NOW * 1_000_000)
    assert at[:2] == [now - 10_000_000, now]
    assert at[2] == to_us(datetime(2020, 1, 1, tzinfo=UTC))
    assert at[3:] == [to_us(datetime(1900, 1, 1, tzinfo=UTC))] * 3


def test_without_a_good_write_key_nothing_is_accepted(place: Place, client: TestClient) -> None:
    body = {"userId": "a", "event": "x"}
    for auth in (None, ("", ""), ("nope", ""), (place.manage_key, ""), ("wl_write_x" * 50, "")):
        answer = client.post("/v1/track", json=body, auth=auth)
        problem(answer, 401, "unauthorised")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["access-control-allow-origin"] == "*"
    odd = client.post("/v1/track", json=body, headers={"authorization": b"Basic \xff\xfe"})
    problem(odd, 401, "unauthorised")
    problem(client.post("/v1/track", json={**body, "writeKey": 5}), 401, "unauthorised")
    problem(client.post("/v1/track"), 401, "unauthorised")
    assert place.events() == []


def test_a_revoked_key_stops_working(place: Place) -> None:
    from runtime import keys

    with place.database.write() as conn:
        assert keys.revoke(conn, "w", "k1", at=1)
        assert not keys.revoke(conn, "w", "k1", at=2)
    with TestClient(place.app()) as client:
        answer = client.post(
            "/v1/track", json={"userId": "a", "event": "x"}, auth=(place.write_key, "")
        )
        problem(answer, 401, "unauthorised")


def test_other_paths_and_methods_are_refused(place: Place, client: TestClient) -> None:
    problem(client.get("/v1/track"), 405, "wrong-method")
    for path in ("/v1/nope", "/v1/", "/v1/projects/x", "/v1/track/x"):
        problem(client.post(path, json={}), 404, "not-found")
