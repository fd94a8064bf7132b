from __future__ import annotations

import gzip
import json

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from builder.packing import SMALL, packed, takes_gzip

LONG = {"text": "a journey " * SMALL}


def asked(encodings: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept-encoding", encodings.encode())]})


def test_a_long_answer_is_compressed_for_whoever_can_read_that() -> None:
    answer = packed(asked("br, gzip"), JSONResponse(LONG))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(answer.body) < SMALL
    assert json.loads(gzip.decompress(bytes(answer.body))) == LONG


@pytest.mark.parametrize(
    ("encodings", "answer"),
    [
        ("br", JSONResponse(LONG)),
        ("gzip;q=0, *", JSONResponse(LONG)),
        ("gzip", JSONResponse({"text": "short"})),
        ("gzip", JSONResponse(LONG, 409)),
        ("gzip", Response(b"x" * 9_000, headers={"content-encoding": "br"})),
    ],
)
def test_others_are_left_as_they_are(encodings: str, answer: Response) -> None:
    before = bytes(answer.body), answer.headers.get("content-encoding")
    left = packed(asked(encodings), answer)
    assert (bytes(left.body), left.headers.get("content-encoding")) == before


@pytest.mark.parametrize(
    ("encodings", "takes"),
    [
        (["br, gzip"], True),
        (["gzip;q=0.5"], True),
        (["br", "GZIP ; q=0.001"], True),
        (["*"], True),
        (["x-gzip"], True),
        ([], False),
        ([""], False),
        (["gzip;q=0"], False),
        (["gzip; Q=0.000, *;q=1"], False),
        (["*;q=0"], False),
        (["notgzip"], False),
        (["identity"], False),
    ],
)
def test_gzip_is_for_whoever_says_so(encodings: list[str], takes: bool) -> None:
    raw = [(b"accept-encoding", one.encode()) for one in encodings]
    assert takes_gzip(Headers(raw=raw)) == takes
