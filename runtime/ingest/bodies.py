"""What a webhook's body says: JSON, a form, or a multipart form, as one value."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from runtime.ingest import hostile
from runtime.ingest.problems import Refusal

FIELDS = 1_000  # in a form


async def read(raw: bytes, content_type: str, header: str) -> Any:
    """The body's value. `content_type` is the media type, `header` the whole header. An empty body
    is {}; what calls itself neither a form nor JSON is read as JSON."""
    if content_type == "multipart/form-data" and raw.strip():
        return await multipart(raw, header)
    return read_now(raw, content_type)


def read_now(raw: bytes, content_type: str) -> Any:
    """The same of anything but a multipart form."""
    if not raw.strip():
        return {}
    if content_type == "application/x-www-form-urlencoded" and not _looks_like_json(raw):
        return form(raw)
    return hostile.parse(raw)


def _looks_like_json(raw: bytes) -> bool:
    # some senders post JSON under the form's content type, which is an HTTP client's default
    return raw.lstrip()[:1] in (b"{", b"[")


def form(raw: bytes) -> dict[str, Any]:
    """A form or a query string: a name that comes several times has the list of its values."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except UnicodeDecodeError:
        raise Refusal(
            "bad-request", "The form is not percent-encoded UTF-8: encode it again."
        ) from None
    except ValueError:
        raise Refusal(
            "bad-request", f"The form has more than {FIELDS:,} fields: send JSON."
        ) from None
    return _collected(pairs)


async def multipart(raw: bytes, header: str) -> dict[str, Any]:
    """The fields of a multipart form; of a file only its name, type and size."""

    boundary = parse_options_header(header)[1].get(b"boundary", b"")
    if not boundary or b"--" + boundary + b"--" not in raw:
        raise _unreadable()

    async def stream() -> AsyncGenerator[bytes]:
        yield raw

    parser = MultiPartParser(
        Headers({"content-type": header}),
        stream(),
        max_files=50,
        max_fields=FIELDS,
        max_part_size=len(raw) + 1,
    )
    try:
        data = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError, LookupError):
        raise _unreadable() from None
    try:
        return _collected((name, _part(value)) for name, value in data.multi_items())
    finally:
        await data.close()


def _unreadable() -> Refusal:
    return Refusal(
        "bad-request",
        "The multipart form cannot be read: check that it is whole, its boundary and its fields.",
    )


def _part(value: UploadFile | str) -> Any:
    if isinstance(value, str):
        return value
    return {"filename": value.filename, "content_type": value.content_type, "size": value.size}


def _collected(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    several: dict[str, list[Any]] = {}
    for name, value in pairs:
        if name in several:
            several[name].append(value)
        elif name in found:
            found[name] = several[name] = [found[name], value]
        else:
            found[name] = value
    if hostile.has_nul(found):
        raise Refusal("bad-request", "A field holds the character NUL: remove it.")
    return found
