"""The editor's routes on the real facade, asked by whoever should not: nobody, another site, a role
that may not, another workspace. Every route that there is takes part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from builder import auth, editor_api, gate, web
from builder.context import use
from runtime.facade import Wayline
from runtime.settings import Settings
from runtime.store.database import rows, run
from tests.builder.conftest import OWN, intake, pages
from tests.builder.test_real_facade import Bell
from tests.facade.conftest import greeting

ROUTES = sorted(
    (route.path, next(iter(route.methods - {"HEAD"})))
    for route in editor_api.create([OWN]).routes
    if isinstance(route, Route) and route.methods
)
BODIES: Mapping[str, Mapping[str, Any]] = {
    "ops": {"base": 1, "seq": 1, "ops": [{"op": "doc.set", "about": "Taken over"}]},
    "restore": {"rev": 1},
    "here": {"client": "an-editor"},
    "try": {"trigger": "came", "customer": {"email": "maya@example.com"}},
    "start": {"node": "came", "customer": "maya@example.com"},
    "condition": {"condition": {"field": "customer.plan", "op": "exists"}},
    "import": {"name": "Mine now", "nodes": []},
}
ON_A_NODE = {"node": "hello", "text": "{{ x }}", "to": "ines@x.studio"}
CHANGES = {"ops", "restore", "publish", "start", "try", "test-send", "import"}  # need an editor
# what is about no journey
OF_ALL = {
    *("catalogue", "fields", "suggestions", "journeys"),
    *("condition", "import", "people", "readers"),
}


class House:
    """A journey in one workspace, people of two, and the outer app."""

    def __init__(self, folder: Path) -> None:
        self.wayline = Wayline.open(Settings(data=folder), bell=Bell())
        link = str(self.wayline.setup_token())
        self.owner = self.wayline.create_owner(
            link, name="Ines", email="ines@x.studio", password="correct horse", workspace="Mine",
            time_zone="UTC",
        )  # fmt: skip
        self.slug = self.wayline.system().new_journey("Hello", greeting())
        with self.wayline.database.write() as conn:
            run(conn, "INSERT INTO workspace (id, name, created_at) VALUES ('v', 'Theirs', 0)")
        use(self)
        own = frozenset({OWN})
        editor = editor_api.create(own)
        door = web.Door(own=own, pages=pages, files=pages, auth=auth.create(own), editor=editor)
        app = web.Dispatcher(intake, gate.Headers(door, lambda: gate.policy([])), [])
        self.client = TestClient(app, base_url=OWN, follow_redirects=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wayline, name)

    def session(self, token: str) -> Any:
        """Whoever the token names: a role of this workspace, or the owner of the other."""
        person = dict(self.wayline.session(self.owner) or {})
        if token == "theirs":
            space = {"id": "v", "name": "Theirs", "time_zone": "UTC"}
            return person | {"id": "t", "workspace": space}
        return person | {"id": token, "role": token} if token in ROLES else None

    def ask(
        self, who: str, path: str, method: str, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The route as this person's page asks it, or with other headers than its own."""
        name = path.rpartition("/")[2]
        body = {"slug": self.slug, **ON_A_NODE} if name in LOOSE else BODIES.get(name, {})
        places = {"slug": self.slug, "rev": "1", "number": "1", "id": "0" * 32}
        asked = re.sub(r"\{(\w+)[^}]*\}", lambda m: places[m[1]], path)
        given = {
            "cookie": f"{gate.COOKIE}={who}",
            **({"origin": OWN} if headers is None else headers),
        }
        if method == "GET":
            return self.client.get(asked, headers=given)
        return self.client.post(asked, json=body, headers=given)

    def everything(self) -> list[Any]:
        """What nobody here may change; who is looking at a draft may be noted."""
        with self.wayline.database.read() as conn:
            tables = "journey", "draft_edit", "journey_version", "event", "run", "outbox", "message"
            return [rows(conn, f"SELECT * FROM {one} ORDER BY 1, 2") for one in tables]


ROLES = ("owner", "editor", "approver", "viewer")
LOOSE = {"liquid", "preview", "readers", "test-send"}  # name the journey in what they send


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.wayline.close()


def test_nobody_and_no_other_site_gets_anything(house: House) -> None:
    before = house.everything()
    cross = {"sec-fetch-site": "cross-site"}
    for path, method in ROUTES:
        assert house.ask("nobody", path, method).status_code == 401, path
        for headers in ({"origin": "http://evil.test"}, {"origin": "null"}, cross):
            assert house.ask("owner", path, method, headers).status_code == 403, (path, headers)
        if method == "POST":
            assert house.ask("owner", path, method, {}).status_code == 403, path
    assert house.everything() == before


def test_a_form_of_another_kind_is_not_taken_for_json(house: House) -> None:
    """What a form on any page can send without asking first is no JSON here."""
    before = house.everything()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "text/json"):
        for path, method in ROUTES:
            if method == "POST":
                headers = {"origin": OWN, "content-type": kind}
                assert house.ask("owner", path, method, headers).status_code == 400, (path, kind)
    assert house.everything() == before


@pytest.mark.parametrize("role", ["approver", "viewer"])
def test_who_may_only_look_changes_nothing(house: House, role: str) -> None:
    before = house.everything()
    for path, method in ROUTES:
        if "/live" in path:
            continue
        answer = house.ask(role, path, method)
        if path.rpartition("/")[2] in CHANGES:
            assert answer.status_code == 403, (path, answer.text)
        else:
            assert answer.status_code in (200, 404), (path, answer.text)
    assert house.everything() == before


def test_another_workspace_finds_nothing_by_its_name(house: House) -> None:
    before = house.everything()
    for path, method in ROUTES:
        if path.rpartition("/")[2] in OF_ALL or "templates" in path:
            continue
        assert house.ask("theirs", path, method).status_code == 404, path
    assert house.everything() == before
    for path in ("/studio/journeys", "/studio/suggestions"):
        assert house.slug not in house.ask("theirs", path, "GET").text
    slug = house.ask("theirs", "/studio/import", "POST").headers["location"].rpartition("/")[2]
    assert house.ask("owner", f"/studio/journeys/{slug}", "GET").status_code == 404
