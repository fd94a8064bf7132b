"""The review before a publish over HTTP."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.builder.conftest import as_role
from tests.builder.fakes import FakeWayline


def test_the_review_is_asked_for_the_journey_of_the_address(
    client: TestClient, fake: FakeWayline
) -> None:
    told = {"number": 2, "same": False, "state": "live", "rev": 3, "inside": []}
    fake.answers["publish_review"] = told
    answer = client.get("/studio/journeys/welcome/review", headers=as_role("viewer"))
    assert answer.json() == told
    assert fake.asked == [("p-viewer", "publish_review", ("welcome",), {})]
