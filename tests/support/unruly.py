"""An HTTP server in a process of its own that behaves as badly as real ones do.

Run as `python -m tests.support.unruly PORT`. Paths choose the behaviour; `GET /seen` lists every
other request.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from aiohttp import web

from tests.support.alone import alone


@dataclass(frozen=True)
class Unruly:
    """The running server."""

    url: str

    def seen(self) -> list[dict[str, Any]]:
        """Every request so far: {method, path, query, headers, body}."""
        return httpx.get(self.url + "/seen", timeout=10, trust_env=False, verify=False).json()

    def forget(self) -> None:
        """Start the list anew."""
        httpx.delete(self.url + "/seen", timeout=10, trust_env=False, verify=False)


@contextmanager
def unruly() -> Iterator[Unruly]:
    """A running unruly server, ended afterwards."""
    with alone("tests.support.unruly") as server:
        yield Unruly(server.url)


_seen: list[dict[str, Any]] = []


async def _answer(request: web.Request) -> web.StreamResponse:
    if request.path == "/seen":
        if request.method == "DELETE":
            _seen.clear()
        return web.json_response(_seen)
    body = await request.read()
    _seen.append(
        {
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "headers": {k.lower(): v for k, v in request.headers.items()},
            "body": body.decode("utf-8", "replace"),
        }
    )
    if request.path.startswith("/model/"):
        return await _model(request, json.loads(body))
    do = getattr(_Ways, request.path.strip("/").split("/")[0], None)
    return await do(request) if do else web.json_response({"ok": True})


@cache
def _bomb() -> bytes:
    """50 MB in 50 KB."""
    return gzip.compress(b"\0" * 50_000_000, 1)


class _Ways:
    @staticmethod
    async def status(request: web.Request) -> web.StreamResponse:
        headers = {"Retry-After": request.query["after"]} if "after" in request.query else {}
        return web.json_response(
            {"why": "asked for"}, status=int(request.path.split("/")[2]), headers=headers
        )

    @staticmethod
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(float(request.query.get("seconds", "30")))
        return web.Response(text="late")

    @staticmethod
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b".")
            await asyncio.sleep(0.2)
        return response

    @staticmethod
    async def to(request: web.Request) -> web.StreamResponse:
        where = request.query["url"]
        return web.Response(
            status=int(request.query.get("status", "302")), headers={"Location": where}
        )

    @staticmethod
    async def round(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/round"})

    @staticmethod
    async def big(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * int(request.query["bytes"]))

    @staticmethod
    async def deep(request: web.Request) -> web.StreamResponse:
        levels = int(request.query["levels"])
        text = "[" * levels + "]" * levels
        return web.Response(text=text, content_type="application/json")

    @staticmethod
    async def nul(request: web.Request) -> web.StreamResponse:
        text = r'{"a": "x\u0000", "\u0000": "\\u0000", "b": "\\\u0000"}'
        return web.Response(text=text, content_type="application/json")

    @staticmethod
    async def bomb(request: web.Request) -> web.StreamResponse:
        return web.Response(body=_bomb(), headers={"Content-Encoding": "gzip"})

    @staticmethod
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    @staticmethod
    async def cookie(request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"Set-Cookie": "who=someone; Path=/"})

    @staticmethod
    async def text(request: web.Request) -> web.StreamResponse:
        return web.Response(body=b'{"broken": ', content_type="application/json")


_CHOICES = {
    "classify": {"label": "refund", "confidence": 0.92, "why": "Asks for money back."},
    "write": {"text": "Dear Maya, all is well.", "subject": "Your order", "confidence": 0.8},
}


async def _model(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
    """`/model/<ways>/chat/completions`: ways, joined by `+`, say how this one behaves."""
    ways = request.path.split("/")[2].split("+")
    form = (asked.get("response_format") or {}).get("type")
    if "slow" in ways:
        await asyncio.sleep(30)
    if "busy" in ways:
        return web.json_response(
            {"error": {"message": "busy"}}, status=429, headers={"Retry-After": "7"}
        )
    if "down" in ways or ("no-schema" in ways and form == "json_schema"):
        return web.json_response({"error": {"message": "exploded"}}, status=500)
    if "no-format" in ways and form is not None:
        return web.json_response({"error": {"message": "response_format?"}}, status=400)
    if "locked" in ways:
        return web.json_response({"error": {"message": "bad key"}}, status=401)
    length = sum(len(m["content"]) for m in asked["messages"])
    if "short" in ways and length > 4000:
        error = {
            "message": "maximum context length is 512 tokens",
            "code": "context_length_exceeded",
        }
        return web.json_response({"error": error}, status=400)
    if "html" in ways:
        return web.Response(text="<html>gateway</html>", content_type="text/html")
    if "empty" in ways:
        return web.json_response({"choices": []})
    again = any("could not be used" in m["content"] for m in asked["messages"])
    task = "classify" if "label" in asked["messages"][0]["content"] else "write"
    answer = json.dumps(_CHOICES[task])
    if "always-broken" in ways or ("broken-once" in ways and not again):
        answer = '{"label": "refu'
    if "foreign-label" in ways:
        answer = json.dumps({"label": "drop_all_tables", "confidence": 1})
    if "wild" in ways:
        answer = json.dumps({"label": "refund", "confidence": 7, "text": 5})
    if "chatty" in ways:
        answer = f"Sure! Here it is:\n```json\n{answer}\n```\nAnything else?"
    if "thinks" in ways:
        answer = f"<think>hm {{}}</think>{answer}"
    return web.json_response(
        {
            "choices": [{"message": {"role": "assistant", "content": answer}}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        }
    )


async def _serve(port: int) -> None:
    app = web.Application(client_max_size=50_000_000)
    app.router.add_route("*", "/{rest:.*}", _answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
