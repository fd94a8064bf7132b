"""Several apps in one process: the slow one holds nobody up, the broken one takes nobody down."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from builder import lifespan
from builder.files import Files


class Two:
    """An outer app with a slow one under /slow."""

    def __init__(self, slow: lifespan.Loading, at_end: list[str]) -> None:
        self.slow = slow
        self.at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def ended() -> None:
            self.at_end.append("ended")

        if scope["type"] == "lifespan":
            await lifespan.run([self.slow], receive, send, at_end=ended)
        elif scope["path"] == "/slow":
            await self.slow(scope, receive, send)
        else:
            await PlainTextResponse("quick")(scope, receive, send)


def pages(events: list[str]) -> Starlette:
    """An app with a lifespan of its own."""

    async def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("slow")

    class Life:
        def __init__(self, app: Starlette) -> None: ...

        async def __aenter__(self) -> None:
            events.append("started")

        async def __aexit__(self, *ignored: object) -> None:
            events.append("stopped")

    return Starlette(routes=[Route("/slow", page)], lifespan=Life)


def test_the_quick_part_answers_while_the_slow_one_loads() -> None:
    events: list[str] = []
    go = threading.Event()

    def make() -> Starlette:
        assert go.wait(10)
        return pages(events)

    with TestClient(Two(lifespan.Loading(make), events)) as client:
        assert client.get("/").text == "quick"
        assert events == []
        go.set()
        assert client.get("/slow").text == "slow"
    assert events == ["started", "ended", "stopped"]


@pytest.mark.parametrize(
    ("problem", "said"),
    [(lifespan.Failed("Run `make front`."), "Run `make front`."), (OSError("/srv"), "in the log")],
)
def test_a_part_that_cannot_load_says_so_and_the_rest_goes_on(
    problem: Exception, said: str
) -> None:
    def make() -> Starlette:
        raise problem

    with TestClient(Two(lifespan.Loading(make), [])) as client:
        answer = client.get("/slow")
        assert (answer.status_code, said in answer.text) == (503, True)
        assert "/srv" not in answer.text
        assert client.get("/").text == "quick"


def test_who_waits_too_long_for_the_slow_part_is_told_to_try_again() -> None:
    go = threading.Event()

    def make() -> Starlette:
        assert go.wait(10)
        return pages([])

    with TestClient(Two(lifespan.Loading(make, patience=0.05), [])) as client:
        answer = client.get("/slow")
        assert (answer.status_code, "Try again" in answer.text) == (503, True)
        go.set()
        while (answer := client.get("/slow")).status_code == 503:
            assert "Try again" in answer.text
        assert answer.text == "slow"


def test_a_file_is_served_packed_when_the_browser_takes_it(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("plain")
    (tmp_path / "a.js.gz").write_bytes(b"\x1f\x8b")
    client = TestClient(Files(tmp_path))
    plain = client.get("/a.js", headers={"accept-encoding": "identity"})
    assert (plain.text, plain.headers["content-type"]) == (
        "plain",
        "text/javascript; charset=utf-8",
    )
    head = client.head("/a.js", headers={"accept-encoding": "gzip"})
    assert head.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/none.js", "/", "/../outside", "/%2e%2e/outside", "/a%00b"])
def test_nothing_outside_the_folder_is_served(tmp_path: Path, path: str) -> None:
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "client").mkdir()
    assert TestClient(Files(tmp_path / "client")).get(path).status_code == 404
    assert TestClient(Files(tmp_path / "client")).post("/a").status_code == 405
