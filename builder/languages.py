"""Pages in another language than English: which one a person reads, its words, and the drawn pages.

The build draws each page once, in English. On its way to a person who reads German it is said in
German here, word by word from the table that the page's own scripts use (`builder/words/de.json`),
so that what the browser first shows is what its scripts then draw again.
"""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from html import escape, unescape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from builder.files import EDITOR, built
from builder.packing import takes_gzip
from runtime.facade import ENGLISH, LANGUAGES, chosen

HERE = Path(__file__).resolve().parent
COOKIE = "wayline_language"  # builder/canvas/words/preference.ts writes it, too
CLIENT = HERE / "_web" / "build" / "client"
EVERYWHERE = HERE / "ui" / "trouble.py"  # what can stand on every page, the editor's too
STRIPPED = ("accept-encoding", "if-none-match", "if-modified-since", "range")

_PIECE = re.compile(
    r"(<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->|<[^>]*>)", re.DOTALL | re.IGNORECASE
)
_IN_SCRIPTS = re.compile(r'\btr\(\s*"([^"]+)"')
_ATTRIBUTE = re.compile(r"""(\s)([^\s"'<>/=]+)=(?:"([^"]*)"|'[^']*')""")  # a whole one
_SAID = {"aria-label", "placeholder", "title", "alt"}


def language_of(cookies: str, accepted: str) -> str:
    """The language that was chosen here before, else the browser's first wish that there is."""
    try:
        kept = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        kept = None
    return kept.value if kept and kept.value in LANGUAGES else chosen(accepted)


@cache
def table(language: str) -> Mapping[str, str]:
    """The texts of the pages in a language, by the English ones; English has none."""
    path = HERE / "words" / f"{language}.json"
    if language == ENGLISH or language not in LANGUAGES or not path.is_file():
        return {}
    return json.loads(path.read_text("utf-8"))


# --- What the build makes ---------------------------------------------------------------------


def lay_tables(client: Path) -> None:
    """Put each language's table among the built scripts, with what the pages' own scripts say, and
    a short one for the editor, which brings its words along and needs what is on every page."""
    asked = [*(HERE / "pages").glob("*.py"), *(HERE / "ui").glob("*.py"), HERE / "app.py"]
    every = {text for path in asked for text in _texts(path)}
    for path in (HERE / "front").glob("*.tsx"):
        every.update(_IN_SCRIPTS.findall(path.read_text("utf-8")))
    short = set(_texts(EVERYWHERE))
    for language in LANGUAGES:
        words = table(language)
        if words:
            _lay(client, f"words-{language}", {k: v for k, v in words.items() if k in every})
            _lay(client, f"frame-{language}", {k: v for k, v in words.items() if k in short})


def _lay(client: Path, name: str, words: Mapping[str, str]) -> None:
    text = f"globalThis.waylineWords={json.dumps(words, ensure_ascii=False)};\n"
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    (client / "assets" / f"{name}-{mark}.js").write_text(text, "utf-8")


def _texts(path: Path) -> Iterator[str]:
    """The texts that a module gives to `tr`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
            yield ast.literal_eval(node.args[0])


# --- The drawn pages --------------------------------------------------------------------------


def said(page: str, language: str, script: str = "") -> str:
    """A drawn page in a language: its texts, its names for screen readers, its `lang`; `script` is
    where its table lies."""
    words = table(language)
    pieces = _PIECE.split(page)
    for place, piece in enumerate(pieces):
        if not piece.startswith("<"):
            pieces[place] = _text(piece, words)
        elif piece.startswith("<html"):
            pieces[place] = re.sub(r'\blang="[^"]*"', f'lang="{language}"', piece, count=1)
        elif piece == "</head>" and script:
            # As its last part: what React draws in the head is met in its own order. It is read
            # before the scripts of the page, which come after it.
            pieces[place] = f'<script src="{script}"></script>{piece}'
        elif not piece.startswith(("<script", "<style", "<!")):
            pieces[place] = _ATTRIBUTE.sub(lambda m: _attribute(m, words), piece)
    return "".join(pieces)


def _attribute(found: re.Match[str], words: Mapping[str, str]) -> str:
    """What is shown or read aloud is said; a name, a value or an address stays."""
    before, name, value = found.group(1, 2, 3)
    if name not in _SAID or value is None:
        return found[0]
    return f'{before}{name}="{_text(value, words)}"'


def _text(drawn: str, words: Mapping[str, str]) -> str:
    english = unescape(drawn)
    name, mark, rest = english.partition(" · Wayline")  # a page's title
    if mark and not rest:
        return escape(words.get(name, name)) + mark
    return escape(words[english]) if english in words else drawn


class Pages:
    """Draws the pages of the app behind it in the language of who asks."""

    def __init__(self, app: ASGIApp, client: Path = CLIENT) -> None:
        self.app = app
        self.client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language = language_of(headers.get("cookie", ""), headers.get("accept-language", ""))
        if "text/html" not in headers.get("accept", "") or not table(language):
            await self.app(scope, receive, send)
            return
        name = f"{'frame' if scope['path'].startswith(EDITOR) else 'words'}-{language}"
        kept = [(k, v) for k, v in scope["headers"] if k.decode("latin-1") not in STRIPPED]
        packs = takes_gzip(headers)
        answer = _Answer(send, language, _script(self.client, name, built(self.client)), packs)
        await self.app({**scope, "headers": kept}, receive, answer)


@lru_cache(maxsize=64)
def _script(client: Path, name: str, _build: tuple[int, int] | None) -> str:
    found = sorted((client / "assets").glob(f"{name}-*.js"))
    return f"/assets/{found[0].name}" if found else ""


@lru_cache(maxsize=64)
def _drawn(page: bytes, language: str, script: str, packed: bool) -> bytes:
    made = said(page.decode("utf-8"), language, script).encode()
    return gzip.compress(made, 6, mtime=0) if packed else made


class _Answer:
    """Keeps an answer that is a page until it is whole, and says it in the language."""

    def __init__(self, send: Send, language: str, script: str, packs: bool) -> None:
        self.send = send
        self.language = language
        self.script = script
        self.packs = packs
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if kind.startswith("text/html"):
                self.start = message
                return
        if self.start is None or message["type"] != "http.response.body":
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._whole(self.start)

    async def _whole(self, start: Message) -> None:
        body = _drawn(bytes(self.body), self.language, self.script, self.packs)
        headers = MutableHeaders(raw=list(start["headers"]))
        for name in ("etag", "last-modified", "accept-ranges"):
            if name in headers:
                del headers[name]
        headers["content-language"] = self.language
        headers["vary"] = "cookie, accept-language, accept-encoding"
        if self.packs:
            headers["content-encoding"] = "gzip"
        if self.body:  # a HEAD has none: its length stays that of the English page
            headers["content-length"] = str(len(body))
        await self.send({**start, "headers": headers.raw})
        await self.send({"type": "http.response.body", "body": body if self.body else b""})
