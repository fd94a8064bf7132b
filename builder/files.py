"""The files of the built front end that need no session: scripts, styles, fonts.

They are served here and not by Reflex, so that the sign-in page is whole while Reflex still loads.
"""

from __future__ import annotations

from collections.abc import Callable
from mimetypes import guess_type
from pathlib import Path
from typing import Generic, TypeVar

from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from builder.packing import takes_gzip

T = TypeVar("T")
EDITOR = "/journeys/"  # where the editor's pages are
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


def built(client: Path) -> tuple[int, int] | None:
    """Which build of the front end lies here: it changes when another is laid in its place, in one
    move (`builder/build.py`). None while there is none."""
    try:
        page = (client / "index.html").stat()
    except OSError:
        return None
    return page.st_ino, page.st_mtime_ns


class AsBuilt(Generic[T]):
    """What is read from the built front end, and read again when another one lies in its place: a
    server may be running then, and the pages must fit what it says of them."""

    def __init__(self, client: Path, read: Callable[[Path], T]) -> None:
        self._client = client
        self._read = read
        self._of = built(client)
        self._found = read(client)

    def __call__(self) -> T:
        now = built(self._client)
        if now is not None and now != self._of:
            self._found = self._read(self._client)
            self._of = now
        return self._found


class Files:
    """Serves what lies below a folder, packed when there is a packed one beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        if answer is not None:
            await answer(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            return PlainTextResponse("Only reading is possible here.\n", 405)
        path = self._find(scope["path"])
        if path is None:
            return PlainTextResponse("There is no such file.\n", 404)
        kind = TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
        headers = {"vary": "accept-encoding"}
        packed = path.with_name(path.name + ".gz")
        if takes_gzip(Headers(scope=scope)) and packed.is_file():
            headers["content-encoding"] = "gzip"
            path = packed
        return FileResponse(path, headers=headers, media_type=kind)

    def _find(self, asked: str) -> Path | None:
        if "\0" in asked:
            return None
        path = (self.folder / asked.lstrip("/")).resolve()
        return path if path.is_relative_to(self.folder) and path.is_file() else None
