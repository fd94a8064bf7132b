"""Several people at one draft, at the door: what is passed on, and the stream of what is new."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from builder import editor_api, editor_together
from runtime.facade.errors import NotFound
from tests.builder.conftest import OWN, as_role
from tests.builder.fakes import FakeWayline

ROOT = "/studio/journeys/x"


def test_an_edit_says_which_editor_it_comes_from(client: TestClient, fake: FakeWayline) -> None:
    saved = {"rev": 5, "saved_at": "t", "problems": [], "document": {}, "since": []}
    fake.answers["edit"] = saved
    body = {"base": 3, "seq": 9, "client": "tab-one", "label": "add", "ops": []}
    answer = client.post(f"{ROOT}/ops", json=body, headers=as_role("editor"))
    assert answer.json() == {**saved, "seq": 9}
    said = {"client": "tab-one", "seq": 9, "label": "add"}
    assert fake.asked == [("p-editor", "edit", ("x", 3, []), said)]


def test_history_is_asked_by_revision_and_limit(client: TestClient, fake: FakeWayline) -> None:
    fake.answers |= {"edits": {"rev": 1, "edits": []}, "history": {"edits": [], "versions": []}}
    fake.answers |= {"revision": {"rev": 7}, "version": {"number": 2}}
    head = as_role("viewer")
    assert client.get(f"{ROOT}/edits?after=4", headers=head).json()["rev"] == 1
    assert client.get(f"{ROOT}/history?before=9&limit=5", headers=head).status_code == 200
    assert client.get(f"{ROOT}/history/7", headers=head).json() == {"rev": 7}
    assert client.get(f"{ROOT}/versions/2", headers=head).json() == {"number": 2}
    asked = [(name, args) for _, name, args, _ in fake.asked]
    assert asked == [
        ("edits", ("x", 4)),
        ("history", ("x", 9, 5)),
        ("revision", ("x", 7)),
        ("version", ("x", 2)),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("ops", {"base": "1", "seq": 1, "ops": []}),
        ("ops", {"base": True, "seq": 1, "ops": []}),
        ("ops", {"base": 1, "seq": 1, "ops": {}}),
        ("restore", {}),
        ("restore", {"rev": 1, "version": 1}),
        ("restore", {"rev": "1"}),
    ],
)
def test_what_is_not_understood_is_a_400(
    client: TestClient, fake: FakeWayline, path: str, body: Any
) -> None:
    answer = client.post(f"{ROOT}/{path}", json=body, headers=as_role("owner"))
    assert answer.status_code == 400
    assert not fake.asked


@pytest.mark.parametrize("number", ["-1", "²", "1e3", "9" * 16])
def test_a_number_that_is_none_is_a_400(client: TestClient, fake: FakeWayline, number: str) -> None:
    answer = client.get(f"{ROOT}/edits?after={number}", headers=as_role("owner"))
    assert answer.status_code == 400
    assert not fake.asked


def test_every_answer_names_the_front_end(
    client: TestClient, fake: FakeWayline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_together, "build", lambda: "abc")
    fake.answers["fields"] = {}
    answer = client.get("/studio/fields", headers=as_role("viewer"))
    assert answer.headers[editor_together.BUILD] == "abc"


def test_an_open_editor_of_one_person_does_nothing_as_another(
    client: TestClient, fake: FakeWayline
) -> None:
    fake.answers["fields"] = {}
    mine = client.get("/studio/fields", headers=as_role("viewer")).headers[editor_api.PERSON]
    again = client.get("/studio/fields", headers=as_role("viewer") | {editor_api.PERSON: mine})
    assert again.status_code == 200
    asked = len(fake.asked)
    body = {"base": 1, "seq": 1, "client": "tab-one", "ops": []}
    other = as_role("owner") | {editor_api.PERSON: "somebody-else"}
    answer = client.post(f"{ROOT}/ops", json=body, headers=other)
    assert answer.status_code == 401
    assert "Somebody else is signed in" in answer.json()["detail"]
    assert client.get(f"{ROOT}/live", headers=other).status_code == 401
    assert len(fake.asked) == asked


class Listener:
    """An open stream, without a network in between."""

    def __init__(self, role: str) -> None:
        cookie = as_role(role)["cookie"].encode()
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": f"{ROOT}/live",
            "raw_path": b"",
            "query_string": b"client=tab-one",
            "root_path": "",
            "headers": [(b"cookie", cookie), (b"host", b"studio.test")],
        }
        self.status = 0
        self.lines: asyncio.Queue[str] = asyncio.Queue()
        self.left = asyncio.Event()
        self.task = asyncio.create_task(
            editor_api.create([OWN])(self.scope, self._receive, self._send)
        )

    async def _receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif body := message.get("body"):
            self.lines.put_nowait(body.decode())

    async def hear(self, start: str) -> str:
        """The next message that begins so."""
        while True:
            line = await asyncio.wait_for(self.lines.get(), 20)
            if line.startswith(start):
                return line

    async def told(self) -> Any:
        return json.loads((await self.hear("data: ")).removeprefix("data: "))


@pytest.fixture
def now(fake: FakeWayline) -> dict[str, Any]:
    """What stands there, for tests to change."""
    state: dict[str, Any] = {"rev": 1, "people": []}
    fake.answers |= {"people": lambda slug: dict(state), "here": state}
    return state


@pytest.mark.anyio
async def test_the_stream_tells_revisions_and_people_once(now: dict[str, Any]) -> None:
    one, two = Listener("owner"), Listener("viewer")
    assert await one.told() == {"rev": 1, "people": []}
    now["people"] = [{"client": "tab-one", "at": "1"}]
    assert (await one.told())["people"] == now["people"]
    now["people"] = [{"client": "tab-one", "at": "2"}]  # heard of again: nothing new
    now["rev"] = 2
    assert (await one.told())["rev"] == 2
    assert one.lines.empty()
    one.left.set()
    await one.task
    assert (await two.told())["rev"] >= 1
    two.scope["wayline.end"]()  # the server stops
    await asyncio.wait_for(two.task, 20)
    assert not editor_together.rooms.open


@pytest.mark.anyio
async def test_the_stream_ends_with_the_session(
    fake: FakeWayline, now: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_together, "ASK", 0.01)
    listener = Listener("owner")
    await listener.told()
    fake.signed_out.add("token-owner")
    await listener.hear("event: signed-out")
    await asyncio.wait_for(listener.task, 20)


@pytest.mark.anyio
async def test_there_is_no_stream_of_what_is_not_there(fake: FakeWayline) -> None:
    fake.answers["people"] = NotFound("There is no journey x.")
    listener = Listener("owner")
    await asyncio.wait_for(listener.task, 20)
    assert listener.status == 404


@pytest.mark.anyio
async def test_an_open_stream_does_not_say_that_somebody_is_here(
    fake: FakeWayline, now: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_together, "ASK", 0.01)
    listener = Listener("owner")
    await listener.told()
    for _ in range(3):
        await listener.hear(": still")
    # Of a laptop that sleeps the connection stays open: only the editor itself knows.
    assert {name for _, name, *_ in fake.asked} <= {"people", "session"}
    listener.left.set()
    await listener.task


@pytest.mark.anyio
async def test_one_person_cannot_open_streams_without_end(
    fake: FakeWayline, now: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_together, "MOST", 2)
    first, second = Listener("viewer"), Listener("viewer")
    await first.told()
    await second.told()
    third, other = Listener("viewer"), Listener("owner")
    await asyncio.wait_for(third.task, 20)
    assert third.status == 409
    await other.told()
    first.left.set()
    await first.task
    fourth = Listener("viewer")
    await fourth.told()
    for one in (second, other, fourth):
        one.left.set()
        await one.task
    assert not editor_together.rooms.open


@pytest.mark.anyio
async def test_the_stream_of_a_draft_that_goes_ends(fake: FakeWayline, now: dict[str, Any]) -> None:
    listener = Listener("owner")
    await listener.told()
    fake.answers["people"] = NotFound("There is no journey x.")
    await asyncio.wait_for(listener.task, 20)
    assert listener.status == 200
    assert not editor_together.rooms.open
