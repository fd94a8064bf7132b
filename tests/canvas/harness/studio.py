"""A studio of one page and one process: the editor with the real node types and the real
operations behind it, and nothing else of Wayline. For the browser tests of the canvas, and to look
at it: `python -m tests.canvas.harness.studio`.
"""

from __future__ import annotations

import copy
import json
import mimetypes
import shutil
import subprocess
import sysconfig
import tempfile
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nodes.fields import config_schema
from nodes.registry import node_types
from nodes.spec import Handle
from runtime.journey import operations
from runtime.journey.validate import validate
from runtime.words import chosen, spoken
from tests.canvas.harness import commands, conditions, history, journeys, texts, together, trying

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SAVED = "2026-11-12T14:02:00Z"
STAGES = ("awareness", "consideration", "decision", "onboarding", "retention", "advocacy")


def catalogue() -> dict[str, Any]:
    """What the facade gives to the editor, made from the registry."""
    return {
        "types": [_type(t) for t in node_types().values()],
        "stages": [{"name": s, "title": s.title()} for s in STAGES],
        "fields": journeys.FIELDS,
        "credentials": [{"name": "mail", "kind": "smtp"}],
    }


def _type(t: Any) -> dict[str, Any]:
    return {
        **{k: getattr(t, k) for k in ("type", "version", "category", "title", "icon", "summary")},
        **{k: getattr(t, k) for k in ("help", "output", "output_of", "credential", "waits")},
        "sentences": list(t.sentences),
        "handles": [
            {"name": h.name, "label": h.label, "hoped": h.hoped, "folded": h.folded}
            if isinstance(h, Handle)
            else {"field": h.field, "key": h.key}
            for h in t.handles
        ],
        "config_schema": config_schema(t.config),
        "examples": [],
    }


class Studio:
    """The journeys in memory, and what the editor asks about them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.journeys: dict[str, dict[str, Any]] = {}
        for slug, (document, live) in journeys.all_journeys().items():
            self.put(slug, document, live=live)
        self.put(conditions.SLUG, conditions.mend_me())
        self.failures = 0  # so many of the next saves are answered with 503
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.build = ""  # the name of the front end, when answers say it
        self.mail: Any = None  # the mail server for test sends

    def put(self, slug: str, document: dict[str, Any], *, live: bool = False) -> None:
        self.journeys[slug] = {
            "document": document,
            "rev": 1,
            "versions": [{"number": 3}] if live else [],
            "live": {"number": 3, "document": copy.deepcopy(document), "published_at": SAVED}
            if live
            else None,
        }
        history.begin(self.journeys[slug])

    def problems(self, slug: str) -> list[dict[str, Any]]:
        document = self.journeys[slug]["document"]
        found = validate(document, node_types(), **conditions.seen(slug))
        names = ("node", "path", "severity", "message", "code", "fix", "fixes")
        return [{n: getattr(p, n) for n in names} for p in found]

    def journey(self, slug: str) -> dict[str, Any]:
        j = self.journeys[slug]
        return {
            **{"slug": slug, "id": slug, "name": j["document"]["name"], "rev": j["rev"]},
            **{k: j[k] for k in ("document", "live", "versions")},
            "state": "live" if j["live"] else "draft",
            "saved_at": SAVED,
            "problems": self.problems(slug),
            "hooks": self.hooks(slug) if j["live"] else {},
            "sample": False,
        }

    def hooks(self, slug: str) -> dict[str, str]:
        nodes = self.journeys[slug]["document"]["nodes"]
        hooks = [n["id"] for n in nodes if n["type"] == "trigger.webhook"]
        return {n: f"http://127.0.0.1:8000/hooks/tok_{slug}_{n}" for n in hooks}

    def edit(self, slug: str, body: dict[str, Any]) -> dict[str, Any]:
        j = self.journeys[slug]
        if again := together.known(j, body):
            return again
        stale = body["base"] != j["rev"]
        j["document"] = operations.apply(j["document"], body["ops"])
        j["rev"] += 1
        history.edited(j, str(body.get("label") or ""), body["ops"])
        answer = {"rev": j["rev"], "seq": body["seq"], "saved_at": SAVED}
        answer["problems"] = self.problems(slug)
        return together.answered(j, body, answer, stale=stale)

    def publish(self, slug: str) -> tuple[int, dict[str, Any]]:
        problems = self.problems(slug)
        if any(p["severity"] == "error" for p in problems):
            return 409, {"title": "Not published", "detail": "Mend it.", "problems": problems}
        j = self.journeys[slug]
        number = len(j["versions"]) + 1 if not j["live"] else j["live"]["number"] + 1
        document = copy.deepcopy(j["document"])
        j["live"] = {"number": number, "document": document, "published_at": SAVED}
        history.published(j, number, j["rev"])
        return 200, {"version": number, "hash": "", "hooks": self.hooks(slug), "problems": []}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parts = path.strip("/").split("/")
        with self.lock:
            if parts[1] == "catalogue":
                return 200, catalogue()
            if parts[1] == "condition":
                return 200, conditions.hits(body)
            if parts[1] in ("liquid", "texts", "test-send"):
                return texts.answer(self.journeys, parts[-1], body, self.mail)
            if parts[1:] in (["suggestions"], ["journeys"]):
                return commands.answer(parts[1], self.journeys)
            slug, rest = "".join(parts[2:3]), parts[3:]
            if slug not in self.journeys:
                return 404, {"title": "Not found", "detail": "There is no such journey."}
            if told := together.answer(self.journeys[slug], method, rest, body):
                return told
            if told := trying.answer(self.journeys[slug], method, rest, body):
                self.requests.append((path, body))
                return told
            if method == "GET":
                if told := history.answer(self.journeys[slug], rest, body):
                    return told
                return 200, journeys.counts(slug) if rest == ["counts"] else self.journey(slug)
            self.requests.append((path, body))
            if rest == ["publish"]:
                return self.publish(slug)
            if rest == ["start"]:
                return 200, {"event_id": "1"}
            if self.failures > 0:
                self.failures -= 1
                return 503, {"title": "Busy", "detail": "Try again."}
            try:
                return 200, self.edit(slug, body)
            except operations.OperationRefused as refused:
                return 409, {"title": "Refused", "detail": str(refused)}


def handler_of(studio: Studio, folder: Path, scripts: str = "") -> type[BaseHTTPRequestHandler]:
    """`scripts`: the address where the page's script lies, when that is another."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path.startswith("/studio/"):
                query = dict(parse_qsl(urlsplit(self.path).query))
                if path.endswith("/live"):
                    slug = path.split("/")[3]
                    return together.stream(self, studio, slug)
                return self._json(*studio.answer("GET", path, query))
            if path.startswith("/journeys/") or path == "/":
                path = "/page.html"
            file = folder / path.lstrip("/")
            if not file.is_file():
                return self._send(404, b"", "text/plain")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            body = file.read_bytes()
            if scripts and path == "/page.html":
                body = body.replace(b'src="/page.js"', f'crossorigin src="{scripts}"'.encode())
            self._send(200, body, kind)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
            self._json(*studio.answer("POST", self.path, json.loads(raw or b"{}")))

        def _json(self, status: int, body: dict[str, Any]) -> None:
            body = spoken(body, chosen(self.headers.get("Accept-Language", "")))
            self._send(status, json.dumps(body).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(HTTPStatus(status))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if studio.build:
                self.send_header("x-wayline-build", studio.build)
            self.end_headers()
            self.wfile.write(body)

    return Handler


def bun() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "bun")


def bundle(folder: Path) -> None:
    """Install the packages of the tests (from the lock file) and bundle the page."""
    here = HERE.parent
    subprocess.run([bun(), "install", "--frozen-lockfile"], cwd=here, check=True, timeout=100)
    subprocess.run([bun(), "harness/bundle.ts", str(folder)], cwd=here, check=True, timeout=100)
    shutil.copy2(HERE / "page.html", folder / "page.html")
    shutil.copy2(ROOT / "builder" / "assets" / "tokens.css", folder / "tokens.css")


def serve(studio: Studio, folder: Path, scripts: str = "") -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(studio, folder, scripts))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        bundle(Path(made))
        running = serve(Studio(), Path(made))
        print(f"http://127.0.0.1:{running.server_port}/", flush=True)
        threading.Event().wait()
