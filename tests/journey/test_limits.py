from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.journey.limits import MOST_BYTES, MOST_DEPTH, DocumentRefused, read_document


def refusal(raw: bytes) -> str:
    with pytest.raises(DocumentRefused) as found:
        read_document(raw)
    return str(found.value)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1,}', "not JSON: .* in line 1, column"),
        (b"[]", "is a list, not an object"),
        (b'"x"', "is a text, not an object"),
        (b"null", "is null, not an object"),
        (b"3", "is a single value"),
        (b'{"a":1,"b":2,"a":3}', "The key “a” stands twice in one object: keep one"),
        (b'{"x":{"a":1,"a":1}}', "The key “a” stands twice"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b'{"a":-Infinity}', "-Infinity is not a JSON number"),
        (b'{"a":1e999}', "The number “1e999” is too large"),
        (b'{"a":-1e999}', "too large"),
        (b'{"a":9007199254740992}', "too large to be exact: write it as text"),
        (b'{"a":' + b"9" * 5000 + b"}", "too large to be exact"),
        (b'{"a":"\xff"}', "not UTF-8 .byte 6.: save it as UTF-8"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"a":"\\ud800"}', "half a character"),
        (b'{"\\udfff":1}', "half a character"),
        (b'{"a":"\0"}', "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(raw: bytes, sentence: str) -> None:
    with pytest.raises(DocumentRefused, match=sentence):
        read_document(raw)


def test_a_document_comes_back_as_it_is() -> None:
    document = {"a": [1, -1.5, "ü\U0001f600 \0", None, True, {"__proto__": 1}], "b": 2**53 - 1}
    assert read_document(json.dumps(document).encode()) == document
    assert read_document(json.dumps(document, ensure_ascii=False).replace("\0", "").encode())
    assert read_document(b'\xef\xbb\xbf{"bom": 1}') == {"bom": 1}


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_before_it_is_parsed(opening: bytes) -> None:
    assert "nested more than 64 levels" in refusal(b'{"a":' + opening * 200_000)
    assert "nested more than 64 levels" in refusal(opening * 200_000)


def test_the_depth_is_counted_outside_of_texts() -> None:
    text = json.dumps({"a": '[[[{{{"\\' * 100})
    assert read_document(text.encode()) == json.loads(text)
    levels = MOST_DEPTH - 1
    assert read_document(b'{"a":' + b"[" * levels + b"]" * levels + b"}")
    assert "nested" in refusal(b'{"a":' + b"[" * (levels + 1) + b"]" * (levels + 1) + b"}")


def test_a_document_beyond_four_mebibytes_is_refused() -> None:
    padding = MOST_BYTES - len(b'{"a":""}')
    assert read_document(b'{"a":"' + b"x" * padding + b'"}')
    assert "larger than 4 MiB" in refusal(b'{"a":"' + b"x" * (padding + 1) + b'"}')


@pytest.mark.parametrize(
    "unit",
    [b'"', b'\\"', b'"\\', b"[]", b"{}", b'"a",', b"\\", b'{"a":1},', b"1,", b"\xff", b"[[[]]],"],
)
def test_four_mebibytes_of_anything_end_soon(unit: bytes) -> None:
    raw = b"[" + (unit * (MOST_BYTES // len(unit)))[: MOST_BYTES - 1]
    started = time.process_time()
    refusal(raw)
    assert time.process_time() - started < 10


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_a_sentence(raw: bytes) -> None:
    try:
        found: Any = read_document(raw)
    except DocumentRefused as problem:
        found = str(problem)
    assert isinstance(found, (dict, str))


@given(st.text(alphabet='{}[]":,\\u0d8e1-.NaIinfty ', max_size=60))
def test_any_scraps_of_json_are_a_document_or_a_sentence(text: str) -> None:
    try:
        found: Any = read_document(text.encode())
    except DocumentRefused as problem:
        found = str(problem)
    assert isinstance(found, (dict, str))
