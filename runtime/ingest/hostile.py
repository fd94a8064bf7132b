"""Reading JSON and compressed bytes from strangers, in bounded memory and time.

orjson already refuses NaN, infinities, lone surrogates, bytes that are not UTF-8 and anything
deeper than 1,024. What is added here: our own depth, NUL characters, and integers that would
silently lose digits.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NoReturn

import orjson

from runtime.ingest.problems import Refusal
from runtime.ingest.values import is_list, is_object
from runtime.nesting import DEEPEST, deeper_than

MOST_MEMBERS = 100  # of a gzip body
# the shape of a body: a pattern would take ten times as long to look for many digits in a row
_SHAPE = bytes.maketrans(b"123456789{", b"000000000[")
_MANY_DIGITS = b"0" * 19
_GZIP = b"\x1f\x8b"


def parse(raw: bytes) -> Any:
    """The JSON value of a body; raises `Refusal`."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _refuse_syntax(error)
    shape = raw.translate(_SHAPE)
    if shape.count(b"[") > DEEPEST and deeper_than(raw, DEEPEST):
        raise Refusal("bad-json", f"The JSON is nested deeper than {DEEPEST} levels: flatten it.")
    if b"\\u0000" in raw and has_nul(value):
        raise Refusal("bad-json", "A text holds the character NUL (\\u0000): remove it.")
    if _MANY_DIGITS in shape:
        json.loads(raw, parse_int=_whole)
    return value


def _refuse_syntax(error: orjson.JSONDecodeError) -> NoReturn:
    # the message names the place and the kind of mistake and quotes nothing of the body
    reason = str(error).partition(": line")[0]
    if "depth" in reason:
        reason = f"it is nested deeper than {DEEPEST} levels"
    raise Refusal(
        "bad-json",
        f"The body is not valid JSON: {reason} (line {error.lineno}, column {error.colno}). "
        "Send one JSON value as UTF-8.",
    ) from None


def _whole(digits: str) -> int:
    if len(digits) <= 20 and -(2**63) <= (value := int(digits)) < 2**64:
        return value
    raise Refusal("bad-json", "A whole number has more than 64 bits: send it as a text.")


def has_nul(value: Any) -> bool:
    """Whether any text or key in it holds NUL; without recursion."""
    todo: list[Any] = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if "\x00" in item:
                return True
        elif is_object(item):
            todo += item.keys()
            todo += item.values()
        elif is_list(item):
            todo += item
    return False


def inflate(raw: bytes, encoding: str, most: int, over: str = "too-large") -> bytes:
    """The body as it was before it was compressed. gzip is recognised by its first bytes, whatever
    the headers say; never more than `most` bytes are made (else a `Refusal` of the kind
    `over`)."""
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Refusal(
            "unsupported-body",
            "This Content-Encoding is not supported: send the body plain or as gzip.",
        )
    if not raw.startswith(_GZIP):
        if "gzip" in encoding and raw:
            raise Refusal("bad-request", "Content-Encoding says gzip, but the body is not gzip.")
        return raw
    made: list[bytes] = []
    size = 0
    try:
        while raw:
            if len(made) == MOST_MEMBERS:  # each one copies what comes after it
                raise Refusal("bad-request", f"The gzip body has over {MOST_MEMBERS} parts: use 1.")
            member = zlib.decompressobj(wbits=31)
            part = member.decompress(raw, most + 1 - size)
            made.append(part)
            size += len(part)
            if size > most:
                raise Refusal(over, f"The body holds more than {most:,} bytes unpacked.")
            if not member.eof:
                raise Refusal("bad-request", "The gzip body is cut short: send it whole.")
            raw = member.unused_data
    except zlib.error:
        raise Refusal("bad-request", "The gzip body is damaged: compress it again.") from None
    return b"".join(made)
