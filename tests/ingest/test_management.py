"""`/api`: what the OpenAPI document says is what happens, for every operation and every answer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from runtime.ingest.endpoints import ENDPOINTS, Endpoint
from runtime.ingest.openapi import document as openapi_document
from runtime.store.database import run
from runtime.work.drain import Work
from tests.ingest.conftest import Place
from tests.ingest.test_webhooks import problem
from tests.work.house import Outside

JOURNEY: dict[str, Any] = {
    "format": 1,
    "name": "Welcome",
    "stage": "onboarding",
    "nodes": [
        {"id": "form", "type": "trigger.webhook", "config": {"customer": "body.email"}},
        {"id": "draft", "type": "logic.set", "config": {"values": {"text": "Hello Maya"}}},
        {"id": "ask", "type": "logic.approval", "config": {"of": "draft", "within": "P1D"}},
        {"id": "mail", "type": "action.send_email",
         "config": {"subject": "Hello", "body": "{{ steps.ask.text }}"}},
        {"id": "call", "type": "action.create_task", "config": {"title": "Call Maya"}},
    ],
    "edges": [
        {"from": "form", "handle": "out", "to": "draft"},
        {"from": "draft", "handle": "out", "to": "ask"},
        {"from": "ask", "handle": "out", "to": "mail"},
        {"from": "mail", "handle": "out", "to": "call"},
    ],
}  # fmt: skip
for node in JOURNEY["nodes"]:
    node["version"] = 1
BROKEN = {**JOURNEY, "edges": [{"from": "form", "handle": "nope", "to": "nowhere"}]}

DOCUMENT = openapi_document("http://127.0.0.1")


def strict(schema: Any) -> Any:
    """The schema with every object closed: an answer with an undocumented field fails."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and "type" in made and "anyOf" not in made:
        made.setdefault("additionalProperties", False)
    return made


def closed() -> dict[str, Any]:
    named = strict(deepcopy(DOCUMENT["components"]["schemas"]))
    named["Problem"]["additionalProperties"] = True
    return named


NAMED = closed()


class Api:
    """A client that holds every answer against the document, and remembers what was called."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client = client
        self._headers = {"authorization": f"Bearer {key}"}
        self.called: set[tuple[str, str]] = set()

    def __call__(self, method: str, path: str, expect: int = 200, **more: Any) -> Any:
        headers = {**self._headers, **more.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == expect, answer.text
        endpoint = self._endpoint(method, answer.request.url.path)
        if expect < 300:
            self.called.add((endpoint.method, endpoint.path))
        said = DOCUMENT["paths"][endpoint.path][method.lower()]["responses"]
        assert str(expect) in said, f"{method} {path} may not answer {expect}"
        content = said[str(expect)]["content"]
        [media] = content
        assert answer.headers["content-type"] == media
        schema = {**content[media]["schema"], "components": {"schemas": NAMED}}
        found = [e.message for e in Draft202012Validator(schema).iter_errors(answer.json())]
        assert found == [], f"{method} {path}: {found[:3]}"
        return answer.json()

    def _endpoint(self, method: str, path: str) -> Endpoint:
        for one in ENDPOINTS:
            pattern = re.sub(r"{\w+}", "[^/]+", one.path)
            if one.method == method and re.fullmatch(pattern, path):
                return one
        raise AssertionError(f"{method} {path} is not in the table")


@pytest.fixture
def api(place: Place, client: TestClient) -> Api:
    return Api(client, place.manage_key)


@pytest.fixture
def work(place: Place) -> Iterator[Work]:
    made = Work(place.database, Outside(), place.settings)
    yield made
    made.close()


def carry(work: Work) -> None:
    """What a worker does when the bell rings."""
    work.drain(time.monotonic() + 20)


def test_the_whole_table_answers_as_documented(place: Place, api: Api, work: Work) -> None:
    saved = api("POST", "/api/journeys", 201, json=JOURNEY)
    assert (saved["slug"], saved["problems"]) == ("welcome", [])
    assert api("GET", "/api/journeys")["journeys"][0]["slug"] == "welcome"
    assert api("PUT", "/api/journeys/welcome", json=JOURNEY)["slug"] == "welcome"
    published = api("POST", "/api/journeys/welcome/publish")
    assert published["version"] == 1
    assert api("GET", "/api/journeys/welcome")["state"] == "live"
    assert api("POST", "/api/journeys/welcome/pause")["state"] == "paused"
    assert api("POST", "/api/journeys/welcome/resume")["state"] == "live"
    assert api("GET", "/api/journeys/welcome/versions")["versions"][0]["number"] == 1
    version = api("GET", "/api/journeys/welcome/versions/1")
    assert version["document"]["nodes"] == JOURNEY["nodes"]

    events_are_sent_and_read(api)
    asked = {"attributes": {"first_name": "Maya", "plan": "pro"}, "consent": {"sms": False}}
    asked["segments"] = ["quiet"]
    api("PUT", "/api/customers/maya@example.com", 202, json=asked)
    [hook] = published["hooks"].values()
    path = urlsplit(hook).path
    event = api.client.post(path, json={"email": "Maya@example.com"}).json()["event_id"]
    carry(work)

    [customer] = api("GET", "/api/customers?search=maya")["customers"]
    for name in (customer["id"], "maya@example.com"):
        card = api("GET", f"/api/customers/{name}")["customer"]
        assert card["attributes"]["plan"] == "pro"
        assert card["consent"] == {"sms": False}
        assert card["segments"] == ["quiet"]
    api("PUT", f"/api/customers/{customer['id']}", 202, json={"attributes": {"plan": "free"}})
    carry(work)
    assert api("GET", "/api/customers")["total"] == 1

    an_approval_is_decided(api, work, event)
    [task] = api("GET", "/api/tasks")["tasks"]
    api("POST", f"/api/tasks/{task['id']}/finish")
    assert api("GET", "/api/tasks?done=true")["tasks"][0]["id"] == task["id"]
    what_failed_is_settled(place, api, event)
    a_provider_is_limited(api)
    carry(work)
    assert api("DELETE", "/api/customers/maya@example.com")["done"]
    assert api("GET", "/api/customers")["total"] == 0
    assert api.called == {(e.method, e.path) for e in ENDPOINTS}


def one_that_failed_goes_on(place: Place, api: Api, run_id: str) -> None:
    api("POST", f"/api/runs/{run_id}/retry", 409)
    sql = "UPDATE run SET status = ?, state_json = ?, wake_at = ? WHERE id = ?"
    with place.database.read() as conn:
        [over] = run(conn, "SELECT state_json FROM run WHERE id = ?", (run_id,)).scalars()
    with place.database.write() as conn:
        run(conn, sql, ("failed", '{"status":"failed","left":[[1,"call"]]}', None, run_id))
    assert api("POST", f"/api/runs/{run_id}/retry")["id"] == run_id
    with place.database.write() as conn:
        run(conn, sql, ("completed", over, None, run_id))
        run(conn, "UPDATE run SET ended_at = 1 WHERE id = ?", (run_id,))


def what_failed_is_settled(place: Place, api: Api, event: str) -> None:
    [row] = api("GET", "/api/runs?journey=welcome")["runs"]
    one_that_failed_goes_on(place, api, row["id"])
    said = api("POST", f"/api/runs/{row['id']}/cancel")
    assert (said["cancelled"], said["status"]) == (False, "completed")
    [effect] = api("GET", f"/api/runs/{row['id']}")["effects"]
    again = api("POST", f"/api/effects/{effect['key']}/resend", json={"why": "It was lost."})
    assert again["key"] == effect["key"] + "~2"
    letters = {"d1": ("event", event), "d2": ("effect", effect["key"]), "d3": ("run", row["id"])}
    with place.database.write() as conn:
        sql = 'UPDATE event SET outcome_json = \'[{"error": "broken"}]\' WHERE id = ?'
        run(conn, sql, (event,))
        run(conn, "UPDATE outbox SET state = 'unknown' WHERE key = ?", (effect["key"],))
        for letter, (kind, ref) in letters.items():
            sql = """INSERT INTO dead_letter (id, workspace, kind, ref, reason, created_at)
 VALUES (?, 'w', ?, ?, 'broken', 0)"""
            run(conn, sql, (letter, kind, ref))
    choices = {d["id"]: d["choices"] for d in api("GET", "/api/dead-letters")["dead_letters"]}
    assert choices == {
        "d1": ["replay", "dismiss"],
        "d2": ["confirm", "resend", "dismiss"],
        "d3": ["replay", "dismiss"],
    }
    api("POST", "/api/dead-letters/d1/replay")
    api("POST", "/api/dead-letters/d2/resend", 409, json={})
    api("POST", "/api/dead-letters/d2/confirm")
    api("POST", "/api/dead-letters/d3/replay", 409)
    api("POST", "/api/dead-letters/d3/dismiss")
    with place.database.write() as conn:
        run(conn, "UPDATE outbox SET state = 'unknown'")
        run(conn, "UPDATE dead_letter SET resolved_at = NULL WHERE id = 'd2'")
    assert api("POST", "/api/dead-letters/d2/resend", json={})["key"] == effect["key"] + "~3"
    assert api("GET", "/api/dead-letters")["dead_letters"] == []


def a_provider_is_limited(api: Api) -> None:
    made = api("PUT", "/api/limits/api.example.com", json={"rate": 2.5})
    assert made == {"provider": "api.example.com", "label": "api.example.com", "rate": 2.5,
                    "held": None}  # fmt: skip
    assert api("GET", "/api/limits")["limits"] == [made]
    api("PUT", "/api/limits/api.example.com", 409, json={"rate": 0})
    api("PUT", "/api/limits/smtp:nobody", 404, json={"rate": 1})
    api("PUT", "/api/limits/smtp", 422, json={"rate": "5"})
    api("DELETE", "/api/limits/api.example.com")
    api("DELETE", "/api/limits/api.example.com", 404)


def events_are_sent_and_read(api: Api) -> None:
    sent = {"name": "signed_up", "customer": "maya@example.com", "properties": {"n": 1}, "id": "7"}
    first = api("POST", "/api/events", 202, json=sent)
    assert api("POST", "/api/events", 202, json=sent) == first
    again = api("POST", "/api/events", 409, json={**sent, "properties": {"n": 2}})
    assert again["event_id"] == first["event_id"]
    assert api("GET", f"/api/events/{first['event_id']}")["properties"] == {"n": 1}
    assert [e["name"] for e in api("GET", "/api/events?name=signed_up")["events"]] == ["signed_up"]
    assert api("GET", "/api/events?customer=nobody")["events"] == []
    assert api("GET", "/api/events?page=1")["events"] == []


def an_approval_is_decided(api: Api, work: Work, event: str) -> None:
    [outcome] = api("GET", f"/api/events/{event}")["outcome"]
    [row] = api("GET", "/api/runs?journey=welcome&customer=maya@example.com&status=waiting")["runs"]
    assert outcome["run"] == row["id"]
    assert api("GET", "/api/runs?customer=nobody")["runs"] == []
    [asked] = api("GET", "/api/approvals")["approvals"]
    path = f"/api/approvals/{asked['id']}"
    assert api("GET", path)["draft"]["text"] == "Hello Maya"
    decision = {"decision": "approve", "text": "Hello, Maya!", "by": "Ines"}
    assert api("POST", path, json=decision)["decided"]["by"] == "Ines"
    assert api("POST", path, json=decision)["state"] == "approved"  # again: its answer was lost
    api("POST", path, 409, json=decision | {"by": "Omar"})
    carry(work)
    run = api("GET", f"/api/runs/{row['id']}")
    assert run["status"] == "completed"
    assert [s["node"] for s in run["steps"]] == ["form", "draft", "ask", "mail", "call"]
    [effect] = run["effects"]
    assert (effect["kind"], effect["state"]) == ("email", "done")
    assert effect["body"]["text"] == "Hello, Maya!"


def test_what_is_missing_is_a_404_everywhere(api: Api) -> None:
    for endpoint in ENDPOINTS:
        if not endpoint.params or "not-found" not in endpoint.refusals:
            continue
        path = re.sub("{(slug|id|key)}", "nope", endpoint.path).replace("{provider}", "smtp:nope")
        body = {"decision": "approve"} if "approvals" in path else JOURNEY
        body = {"rate": 1} if "limits" in path else body
        body = {} if path.endswith("/resend") else body
        more = {"json": body} if endpoint.body is not None else {}
        if endpoint.path == "/api/journeys/{slug}" and endpoint.method == "PUT":
            continue  # makes it
        api(endpoint.method, path.replace("{number}", "1"), 404, **more)
    api("GET", "/api/journeys/nope/versions/x", 404)
    api("GET", "/api/runs?journey=nope", 404)


def test_a_broken_draft_is_kept_and_not_published(api: Api) -> None:
    saved = api("PUT", "/api/journeys/welcome", json=BROKEN)
    assert any(p["severity"] == "error" for p in saved["problems"])
    refused = api("POST", "/api/journeys/welcome/publish", 409)
    assert refused["problems"]
    assert "problem" in refused["detail"] or refused["detail"].endswith(".")


@pytest.mark.parametrize(
    "raw",
    [b"[" * 200_000, b'{"a": 1, "a": 2}', b'{"a": NaN}', b"[]", b"\xff", b'{"a": 1e999}', b""],
)
def test_a_hostile_document_is_refused(place: Place, api: Api, raw: bytes) -> None:
    api("PUT", "/api/journeys/welcome", 400, content=raw)
    assert api("GET", "/api/journeys")["journeys"] == []


def test_a_journey_is_put_under_a_slug(api: Api) -> None:
    assert "'my-journey'" in api("PUT", "/api/journeys/My%20Journey", 422, json=JOURNEY)["detail"]


def test_a_document_over_four_mebibytes_is_refused(api: Api) -> None:
    api("POST", "/api/journeys", 413, content=b'{"about": "' + b"x" * 4_200_000 + b'"}')


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/events", {}, "'name'"),
        ("/api/events", {"name": ""}, "empty"),
        ("/api/events", {"name": 5}, "a text"),
        ("/api/events", {"name": "x" * 201}, "200"),
        ("/api/events", {"name": "x", "properties": []}, "an object"),
        ("/api/events", {"name": "x", "at": "tomorrow"}, "ISO 8601"),
        ("/api/events", {"name": "x", "at": "0001-01-01T00:00:00Z"}, "ISO 8601"),
        ("/api/events", {"name": "x", "at": "9999-12-31T23:59:59Z"}, "ISO 8601"),
        ("/api/events", {"name": "x", "id": ""}, "empty"),
        ("/api/events", {"name": "x", "more": 1}, "not known"),
        ("/api/events", [], "an object"),
        ("/api/approvals/x", {"decision": "maybe"}, "one of"),
        ("/api/approvals/x", {"decision": "reject", "text": 5}, "a text or null"),
    ],
)
def test_wrong_values_are_told_by_name(api: Api, path: str, body: Any, words: str) -> None:
    assert words in api("POST", path, 422, json=body)["detail"]


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "page=1&page=2", "page=²", "colour=red", "name=%00", "name=%ff"]
)
def test_wrong_parameters_are_refused(api: Api, query: str) -> None:
    api("GET", f"/api/events?{query}", 400)


def test_no_name_holds_the_character_nul(api: Api) -> None:
    api("GET", "/api/journeys/%00", 404)
    api("GET", "/api/runs/a%00", 404)


def test_every_operation_needs_a_management_key(place: Place, client: TestClient) -> None:
    for endpoint in ENDPOINTS:
        path = re.sub(r"{\w+}", "x", endpoint.path)
        for value in ("", "Bearer", "Bearer nope", f"Bearer {place.write_key}", "Basic eDp5"):
            headers = {"authorization": value} if value else {}
            answer = client.request(endpoint.method, path, headers=headers)
            problem(answer, 401, "unauthorised")
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_another_workspace_is_not_seen(place: Place, client: TestClient) -> None:
    from runtime import keys

    with place.database.write() as conn:
        run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('v', 'V', 0)")
        other = keys.create(conn, "v", "manage", "other", key_id="k9", at=0)
    mine, theirs = Api(client, place.manage_key), Api(client, other)
    mine("PUT", "/api/journeys/welcome", json=JOURNEY)
    mine("POST", "/api/journeys/welcome/publish")
    event = mine("POST", "/api/events", 202, json={"name": "x"})["event_id"]
    assert theirs("GET", "/api/journeys")["journeys"] == []
    assert theirs("GET", "/api/events")["events"] == []
    for path in (f"/api/events/{event}", "/api/journeys/welcome/versions/1"):
        theirs("GET", path, 404)
    theirs("POST", "/api/journeys/welcome/pause", 404)


def test_unknown_paths_and_methods_are_problems(client: TestClient) -> None:
    problem(client.get("/api/nope"), 404, "not-found")
    problem(client.get("/api"), 404, "not-found")
    answer = client.delete("/api/journeys")
    problem(answer, 405, "wrong-method")
    assert answer.headers["allow"] == "GET, POST"
    problem(client.post("/api/openapi.json"), 405, "wrong-method")


def test_the_openapi_document_is_whole(client: TestClient) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    served = answer.json()
    assert served["openapi"].startswith("3.1")
    assert served["paths"] == DOCUMENT["paths"]
    operations = [o for path in served["paths"].values() for o in path.values()]
    assert len(operations) == len(ENDPOINTS)
    names = [o["operationId"] for o in operations]
    assert len(set(names)) == len(names)
    for name, schema in served["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema, name
    for reference in set(re.findall(r"#/components/schemas/(\w+)", answer.text)):
        assert reference in served["components"]["schemas"]


def test_the_audit_says_which_key_did_it(place: Place, api: Api) -> None:
    api("PUT", "/api/journeys/welcome", json=JOURNEY)
    api("POST", "/api/journeys/welcome/publish")
    with place.database.read() as conn:
        assert set(run(conn, "SELECT who FROM audit").scalars()) == {"key api"}


def test_segments_are_a_list_of_names(place: Place) -> None:
    headers = {"authorization": f"Bearer {place.manage_key}"}
    with TestClient(place.app(), headers=headers) as client:
        for segments, said in (("quiet", "segments must be a list."), ([1], "segments[0] must be")):
            answer = client.put("/api/customers/maya", json={"segments": segments})
            assert said in problem(answer, 422, "invalid")["detail"]
