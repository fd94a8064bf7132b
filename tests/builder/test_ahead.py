"""The editor's page names its scripts ahead."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from builder import gate
from builder.ahead import LEAST, links
from builder.files import AsBuilt

PAGE = '<link rel="modulepreload" href="/assets/words-1.js"/>'
ROUTE = """const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["assets/editor-1.js",
"assets/words-1.js","assets/tiny-1.js","assets/editor-1.css"])))=>i.map(i=>d[i]);
import("./assets/never.js")"""


def lay(client: Path, route: str = ROUTE) -> None:
    """A built front end in small."""
    assets = client / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    (client / "index.html").write_text("x")
    (client / "__spa-fallback.html").write_text(PAGE)
    (assets / "_journeys_.__slug_._index-1.js").write_text(route)
    for name in ("editor-1.js", "words-1.js", "editor-1.css", "other-1.js"):
        (assets / name).write_text(" " * LEAST)
    (assets / "tiny-1.js").write_text("1")


def test_the_links_are_what_the_page_will_ask_for_and_does_not_name_itself(tmp_path: Path) -> None:
    lay(tmp_path)
    assert links(tmp_path).split(", ") == [
        "</assets/_journeys_.__slug_._index-1.js>; rel=modulepreload",
        "</assets/editor-1.js>; rel=modulepreload",
        "</assets/editor-1.css>; rel=preload; as=style; crossorigin",
    ]


def test_only_the_editor_s_page_carries_them_and_another_build_has_others(tmp_path: Path) -> None:
    lay(tmp_path)

    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        made: dict[str, Response] = {
            "/journeys/gone": HTMLResponse("no", 404),
            "/journeys/file": PlainTextResponse("text"),
        }
        await made.get(scope["path"], HTMLResponse("page"))(scope, receive, send)

    client = TestClient(gate.Headers(pages, lambda: "", AsBuilt(tmp_path, links)))
    assert client.get("/journeys/one").headers["link"] == links(tmp_path) != ""
    for path in ("/", "/customers/1", "/journeys", "/journeys/gone", "/journeys/file"):
        assert "link" not in client.get(path).headers

    lay(tmp_path, ROUTE.replace("editor-1.js", "other-1.js"))
    os.utime(tmp_path / "index.html", ns=(1, 1))
    assert "/assets/other-1.js" in client.get("/journeys/one").headers["link"]


def test_a_build_without_that_page_names_nothing(tmp_path: Path) -> None:
    assert links(tmp_path) == ""
