"""The editor's JSON: authorised, from our own pages only, and problems as documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from runtime.facade.errors import NotAllowed, NotFound, Refused
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import DOCUMENT, FakeWayline

READS = [
    "/studio/catalogue",
    "/studio/fields",
    "/studio/journeys/x",
    "/studio/journeys/x/counts",
    "/studio/journeys/x/edits",
    "/studio/journeys/x/history",
    "/studio/journeys/x/history/3",
    "/studio/journeys/x/versions/1",
    "/studio/journeys/x/review",
    "/studio/journeys/x/live",
]
WRITES = [
    "/studio/journeys/x/ops",
    "/studio/journeys/x/restore",
    "/studio/journeys/x/here",
    "/studio/journeys/x/publish",
    "/studio/journeys/x/start",
    "/studio/liquid",
    "/studio/texts/preview",
    "/studio/texts/readers",
    "/studio/test-send",
    "/studio/import",
]


@pytest.mark.parametrize("path", READS)
def test_reading_needs_a_session(client: TestClient, fake: FakeWayline, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert not fake.asked


@pytest.mark.parametrize("path", WRITES)
def test_writing_needs_a_session_and_our_own_page(
    client: TestClient, fake: FakeWayline, path: str
) -> None:
    cookie = as_role("owner")["cookie"]
    assert client.post(path, json={}, headers={"origin": OWN}).status_code == 401
    assert client.post(path, json={}, headers={"cookie": cookie}).status_code == 403
    foreign = {"cookie": cookie, "origin": "http://evil.test"}
    assert client.post(path, json={}, headers=foreign).status_code == 403
    assert not fake.asked


def test_an_edit_comes_back_with_its_sequence(client: TestClient, fake: FakeWayline) -> None:
    fake.answers["edit"] = lambda slug, base, ops: {
        "rev": base + 1,
        "saved_at": "t",
        "problems": [],
    }
    body = {"base": 4, "seq": 9, "ops": [{"op": "node.del", "id": "a"}]}
    answer = client.post("/studio/journeys/x/ops", json=body, headers=as_role("editor"))
    assert answer.json() == {"rev": 5, "saved_at": "t", "problems": [], "seq": 9}
    assert fake.asked == [("p-editor", "edit", ("x", 4, body["ops"]), {})]


@pytest.mark.parametrize(
    ("error", "status"),
    [(Refused("No."), 409), (NotAllowed("No."), 403), (NotFound("No."), 404)],
)
def test_the_facades_no_is_a_problem_document(
    client: TestClient, fake: FakeWayline, error: Exception, status: int
) -> None:
    fake.answers["publish"] = error
    answer = client.post("/studio/journeys/x/publish", json={}, headers=as_role("owner"))
    assert answer.status_code == status
    assert answer.json()["detail"] == "No."


def test_a_refused_publish_names_its_problems(client: TestClient, fake: FakeWayline) -> None:
    problem = {
        "node": "a",
        "path": "",
        "severity": "error",
        "message": "m",
        "code": "c",
        "fix": None,
    }
    fake.answers["publish"] = Refused("There are errors.", [problem])  # type: ignore[list-item]
    answer = client.post("/studio/journeys/x/publish", json={}, headers=as_role("owner"))
    assert (answer.status_code, answer.json()["problems"]) == (409, [problem])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"base": 1e999}',
        b'{"a": 1, "a": 2}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"base": "1", "seq": 1, "ops": []}',
        b'{"base": 1, "seq": 1, "ops": {}}',
    ],
)
def test_a_hostile_body_is_a_400_and_reaches_nothing(
    client: TestClient, fake: FakeWayline, body: bytes
) -> None:
    headers = as_role("owner") | {"content-type": "application/json"}
    answer = client.post("/studio/journeys/x/ops", content=body, headers=headers)
    assert answer.status_code == 400
    assert not fake.asked


def test_a_huge_body_is_refused_unread(client: TestClient, fake: FakeWayline) -> None:
    headers = as_role("owner") | {"content-type": "application/json"}
    answer = client.post("/studio/journeys/x/ops", content=b" " * 6_000_000, headers=headers)
    assert answer.status_code == 400


def test_a_failure_inside_shows_no_insides(client: TestClient, fake: FakeWayline) -> None:
    fake.answers["catalogue"] = RuntimeError("secret at /srv/data")
    answer = client.get("/studio/catalogue", headers=as_role("owner"))
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_journey_file_becomes_a_draft_of_its_own_or_replaces_one(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.answers["save_draft"] = lambda slug, document: "enquiry"
    files = {"file": ("journey.json", json.dumps(DOCUMENT), "application/json")}
    answer = client.post("/studio/import", files=files, headers=as_role("owner"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/journeys/brought-along")
    answer = client.post(
        "/studio/import", files=files, data={"replace": "on"}, headers=as_role("owner")
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/journeys/enquiry")
    assert fake.asked[-1][2] == (None, DOCUMENT)


@pytest.mark.parametrize("content", ["", "not json", '{"a": NaN}'])
def test_a_file_that_is_no_journey_is_refused(
    client: TestClient, fake: FakeWayline, content: str
) -> None:
    files = {"file": ("journey.json", content, "application/json")}
    answer = client.post("/studio/import", files=files, headers=as_role("owner"))
    assert answer.status_code in {400, 409}
    assert not fake.asked


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=b"])
def test_a_broken_form_is_a_400(client: TestClient, fake: FakeWayline, kind: str) -> None:
    headers = {**as_role("owner"), "content-type": kind}
    answer = client.post("/studio/import", content=b"no form", headers=headers)
    assert answer.status_code == 400
    assert not fake.asked


def test_questions_about_texts_reach_the_studio(client: TestClient, fake: FakeWayline) -> None:
    fake.answers["liquid"] = lambda slug, node, template: [{"message": "No."}]
    fake.answers["preview_step"] = lambda slug, node, config, **who: {"texts": []}
    fake.answers["send_test_of"] = lambda slug, node, **who: {"ok": True, "text": "Sent."}
    fake.answers["testers"] = lambda: {"people": []}
    row = {"id": "c1", "name": "Maya", "email": "m@example.com", "inside": 2}
    fake.answers["customers"] = lambda search, page: {"customers": [row] * 9, "total": 20}
    asked = {"slug": "x", "node": "mail"}
    editor = as_role("editor")

    def post(path: str, **more: object) -> object:
        answer = client.post(f"/studio/{path}", json={**asked, **more}, headers=editor)
        assert answer.status_code == 200
        return answer.json()

    assert post("liquid", template="{{") == {"problems": [{"message": "No."}]}
    assert post("texts/preview", config={"a": 1}, customer="c1") == {"texts": []}
    assert post("test-send", to="a@b.c", nameless=True) == {"ok": True, "text": "Sent."}
    found = post("texts/readers", search="may")
    assert found["customers"][0] == {"id": "c1", "name": "Maya", "email": "m@example.com"}
    assert (len(found["customers"]), found["more"]) == (8, 12)
    assert client.get("/studio/texts/people", headers=editor).json() == {"people": []}
    assert [(name, args, named) for _, name, args, named in fake.asked] == [
        ("liquid", ("x", "mail", "{{"), {}),
        ("preview_step", ("x", "mail", {"a": 1}), {"customer": "c1", "nameless": False}),
        ("send_test_of", ("x", "mail"), {"to": "a@b.c", "customer": None, "nameless": True}),
        ("customers", ("may", 0), {}),
        ("testers", (), {}),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [("liquid", {"template": 1}), ("texts/preview", {"config": []}), ("test-send", {"to": []})],
)
def test_a_malformed_question_about_texts_is_a_400(
    client: TestClient, fake: FakeWayline, path: str, body: dict
) -> None:
    answer = client.post(f"/studio/{path}", json=body, headers=as_role("owner"))
    assert answer.status_code == 400
    assert not fake.asked


def test_an_address_that_is_not_there_is_a_problem(client: TestClient) -> None:
    answer = client.get("/studio/nowhere", headers=as_role("owner"))
    assert (answer.status_code, answer.json()["title"]) == (404, "Not found")


def test_a_refused_file_is_told_on_a_page_to_who_sent_a_form(client: TestClient) -> None:
    files = {"file": ("journey.json", '{"a": "<script>", "a": 1}', "application/json")}
    headers = as_role("owner") | {"accept": "text/html,*/*"}
    answer = client.post("/studio/import", files=files, headers=headers)
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("text/html")
    assert "Go back" in answer.text
    assert '<script>"' not in answer.text


@pytest.mark.anyio
async def test_a_page_that_goes_in_the_middle_of_a_request_is_no_failure(
    client: TestClient, fake: FakeWayline, caplog: pytest.LogCaptureFixture
) -> None:
    headers = as_role("owner") | {"content-type": "application/json", "host": "testserver"}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/studio/journeys/x/ops",
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }
    parts = [
        {"type": "http.request", "body": b'{"base"', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        assert message.get("status", 400) == 400

    await client.app(scope, receive, send)
    assert not parts
    assert not fake.asked
    assert not caplog.records
