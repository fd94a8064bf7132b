"""The editor's answers come in the language that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.builder.fakes import FakeWayline
from tests.builder.test_editor_api import as_role

TYPE = {
    "type": "logic.wait",
    "title": "Wait",
    "summary": "Let some time pass",
    "sentences": ["Waits {for|duration}"],
    "handles": [],
    "config_schema": {},
    "examples": [],
}


@pytest.fixture
def told(fake: FakeWayline) -> dict[str, Any]:
    """A catalogue of one type."""
    fake.answers["catalogue"] = {
        "types": [TYPE],
        "stages": [{"name": "decision", "title": "Decision"}],
    }
    return fake.answers


@pytest.mark.parametrize(
    ("query", "accepted", "title"),
    [
        ("", "de-DE,de;q=0.9", "Warten"),
        ("?lang=de", "en", "Warten"),
        ("?lang=en", "de", "Wait"),
        ("?lang=xx", "de", "Warten"),
        ("", "", "Wait"),
    ],
)
def test_the_catalogue_is_said_in_the_language_asked_for(
    client: TestClient, told: dict[str, Any], query: str, accepted: str, title: str
) -> None:
    headers = {**as_role("owner"), "accept-language": accepted}
    answer = client.get(f"/studio/catalogue{query}", headers=headers)
    assert answer.json()["types"][0]["title"] == title
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers.get("content-language") == ("de" if title == "Warten" else None)


def test_a_long_answer_is_translated_before_it_is_compressed(
    client: TestClient, told: dict[str, Any]
) -> None:
    told["catalogue"]["types"] = [TYPE | {"type": f"logic.wait{n}"} for n in range(50)]
    headers = {**as_role("owner"), "accept-language": "de", "accept-encoding": "gzip"}
    answer = client.get("/studio/catalogue", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert {one["title"] for one in answer.json()["types"]} == {"Warten"}
