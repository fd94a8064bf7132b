"""The studio with canned answers, as an ASGI app and as a real process' server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from builder import auth, editor_api, gate, web
from builder.context import use
from runtime.settings import Settings
from tests.builder.fakes import FakeWayline, standard

OWN = "http://studio.test"


@pytest.fixture
def fake() -> FakeWayline:
    """The canned facade, set as the one of this process."""
    wayline = FakeWayline()
    use(wayline)
    return wayline


async def pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for Reflex: answers everything, and a websocket too; dresses like it does."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
        return
    if scope["type"] == "http":
        headers = {"access-control-allow-origin": "*"}
        await PlainTextResponse(f"page {scope['path']}", headers=headers)(scope, receive, send)


async def intake(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the intake."""
    if scope["type"] == "http":
        await PlainTextResponse(f"intake {scope['path']}")(scope, receive, send)


@pytest.fixture
def client(fake: FakeWayline) -> Iterator[TestClient]:
    """The whole outer app around stand-ins for Reflex and the intake."""
    own = frozenset({OWN})
    door = web.Door(
        own=own,
        pages=pages,
        files=pages,
        auth=auth.create(own),
        editor=editor_api.create(own),
    )
    app = web.Dispatcher(intake, gate.Headers(door, lambda: gate.policy(["'sha256-x'"])), [])
    with TestClient(app, base_url=OWN, follow_redirects=False) as made:
        yield made


def as_role(role: str) -> dict[str, str]:
    """The headers of a signed-in person's browser."""
    return {"cookie": f"{gate.COOKIE}=token-{role}", "origin": OWN}


@dataclass
class Served:
    """A real server with the real pages and the canned facade."""

    url: str
    fake: FakeWayline


@pytest.fixture
def served(server: Served) -> Served:
    """The real server with fresh answers; other tests may have set a facade of their own."""
    server.fake.answers = standard()
    server.fake.asked.clear()
    server.fake.signed_out.clear()
    use(server.fake)
    return server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The built studio on a real port."""
    if not (web.CLIENT / "index.html").is_file():
        pytest.fail("The front end is not built: run `make front` first.")
    wayline = FakeWayline()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
        settings = Settings(data=tmp_path_factory.mktemp("data"), port=port)
        app: Any = web.assemble(settings, wayline, intake, web.studio(settings))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            threading.Event().wait(0.02)
        yield Served(settings.url, wayline)
        server.should_exit = True
        thread.join(15)


@pytest.fixture
def anyio_backend() -> str:
    """Handlers run as they do in the program."""
    return "asyncio"
