"""Reading from strangers: refused with a sentence, in bounded memory and time."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from runtime.ingest import bodies, hostile
from runtime.ingest.problems import Refusal
from tests.ingest.conftest import Place
from tests.ingest.test_webhooks import problem

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
NAMELESS = b"--x\r\ncontent-disposition: form-data\r\n\r\na\r\n--x--"
NUL_PART = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\x00\r\n--x--\r\n'
BAD = {
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": Infinity}',
    "1e999": b'{"a": 1e999}',
    "NUL": b'{"a": "\\u0000"}',
    "NUL in a key": b'{"\\u0000": 1}',
    "raw NUL": b'{"a": "\x00"}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "raw surrogate": b'{"a": "\xed\xa0\x80"}',
    "5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "21 digits": b'{"a": 123456789012345678901}',
    "more than 64 bits": b'{"a": 18446744073709551616}',
    "200,000 deep": b"[" * 200_000,
    "200,000 deep and closed": b"[" * 200_000 + b"]" * 200_000,
    "80,000 deep objects": b'{"a":' * 80_000,
    "65 deep": b"[" * 65 + b"]" * 65,
    "not UTF-8": b'{"a": "\xff"}',
    "cut short": b'{"a": 1',
    "two values": b"{}{}",
    "words": b"hello",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_json_is_a_problem_and_leaves_no_row(
    place: Place, client: TestClient, name: str
) -> None:
    place.hook()
    headers = {"content-type": "application/json"}
    problem(client.post("/hooks/t", content=BAD[name], headers=headers), 400, "bad-json")
    auth = (place.write_key, "")
    for path in ("/v1/track", "/v1/batch"):
        problem(client.post(path, content=BAD[name], auth=auth), 400, "bad-json")
    answer = client.post(
        "/api/events",
        content=BAD[name],
        headers={"authorization": f"Bearer {place.manage_key}"},
    )
    problem(answer, 400, "bad-json")
    assert place.events() == []


def test_good_json_with_odd_looks_is_taken() -> None:
    assert hostile.parse(b'{"a": 1, "a": 2}') == {"a": 2}
    assert hostile.parse(b"[" * 64 + b"]" * 64)
    assert hostile.parse(b"[" + b"[]," * 1000 + b"[]]")
    assert hostile.parse(b'["[{\\"[", {"]": ' + b"[" * 62 + b"]" * 62 + b"}]")
    assert hostile.parse(b"18446744073709551615") == 2**64 - 1
    assert hostile.parse(b"-9223372036854775808") == -(2**63)
    assert hostile.parse(b'"12345678901234567890123"') == "12345678901234567890123"
    assert hostile.parse(b"0.1234567890123456789012345") == 0.12345678901234568
    assert hostile.parse(rb'"\\u0000"') == r"\u0000"


def status_of(read: Callable[[bytes], Any], raw: bytes) -> int | None:
    """The status it is refused with, or None."""
    try:
        read(raw)
    except Refusal as refusal:
        return refusal.status
    return None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_refusal(raw: bytes) -> None:
    assert status_of(hostile.parse, raw) in (None, 400)
    assert status_of(bodies.form, raw) in (None, 400)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_the_depth_is_counted_right(value: Any) -> None:
    def depth(of: Any) -> int:
        inside = of.values() if isinstance(of, dict) else of if isinstance(of, list) else ()
        return int(isinstance(of, (dict, list))) + max((depth(i) for i in inside), default=0)

    limit = depth(value)
    raw = orjson.dumps(value)
    assert not hostile.deeper_than(raw, limit)
    assert limit == 0 or hostile.deeper_than(raw, limit - 1)


def test_gzip_is_known_by_its_bytes_and_its_members_belong_together() -> None:
    two = gzip.compress(b"ab") + gzip.compress(b"cd")
    assert hostile.inflate(two, "", 10) == b"abcd"
    assert hostile.inflate(b"plain", "identity", 10) == b"plain"


@pytest.mark.parametrize(
    ("raw", "encoding", "kind"),
    [
        (b"plain", "gzip", "bad-request"),
        (gzip.compress(b"x" * 100, mtime=0)[:-9], "gzip", "bad-request"),
        (b"\x1f\x8b" + b"rubbish" * 9, "gzip", "bad-request"),
        (gzip.compress(b"x" * 1001, mtime=0), "gzip", "too-large"),
        (gzip.compress(b"x" * 600, mtime=0) * 2, "gzip", "too-large"),
        (gzip.compress(b"", mtime=0) * 101, "gzip", "bad-request"),
        (zlib.compress(b"{}"), "deflate", "unsupported-body"),
        (b"{}", "br", "unsupported-body"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(raw: bytes, encoding: str, kind: str) -> None:
    with pytest.raises(Refusal) as caught:
        hostile.inflate(raw, encoding, 1000)
    assert caught.value.kind == kind


def test_a_gzip_bomb_costs_no_memory(place: Place, client: TestClient) -> None:
    place.hook()
    bomb = gzip.compress(b"0" * 200_000_000, 9)
    assert len(bomb) < 1_000_000
    assert client.post("/hooks/t", json={}).status_code == 202
    tracemalloc.start()
    try:
        problem(client.post("/hooks/t", content=bomb), 413, "too-large")
        problem(
            client.post("/v1/batch", content=bomb, auth=(place.write_key, "")), 400, "over-limit"
        )
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert len(place.events()) == 1


def test_ten_megabytes_are_refused(place: Place, client: TestClient) -> None:
    place.hook()
    big = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    problem(client.post("/hooks/t", content=big), 413, "too-large")
    problem(client.post("/v1/track", content=big, auth=(place.write_key, "")), 400, "over-limit")
    headers = {"authorization": f"Bearer {place.manage_key}"}
    problem(client.post("/api/events", content=big, headers=headers), 413, "too-large")
    assert place.events() == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, b"a=%00"),
        (URLENCODED, b"a=%ff"),
        (URLENCODED, "ä=1".encode()),
        (URLENCODED, b"&".join(b"a=1" for _ in range(1001))),
        ("multipart/form-data", b"--x\r\n"),
        (MULTIPART, b"rubbish"),
        (MULTIPART, b"--x\r\n"),
        (MULTIPART, NAMELESS),
        (MULTIPART, NUL_PART),
        (f"{MULTIPART}; charset=nonsense", NUL_PART),
    ],
)
def test_bad_forms_are_refused(
    place: Place, client: TestClient, content_type: str, body: bytes
) -> None:
    place.hook()
    answer = client.post("/hooks/t", content=body, headers={"content-type": content_type})
    problem(answer, 400, "bad-request")
    assert place.events() == []


def test_an_odd_query_is_refused_or_read(place: Place, client: TestClient) -> None:
    place.hook()
    problem(client.post("/hooks/t?a=%00", json={}), 400, "bad-request")
    problem(client.post("/hooks/t?a=%ff", json={}), 400, "bad-request")
    assert client.post("/hooks/t?a&b=&=c", json={}).status_code == 202
    assert place.events()[0]["properties"] == {"query": {"a": "", "b": "", "": "c"}}
