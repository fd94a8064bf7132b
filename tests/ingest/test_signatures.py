"""Verification: the right signature opens, everything else stays closed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from starlette.testclient import TestClient

from runtime.ingest import signatures
from tests.ingest.conftest import NOW, Place
from tests.ingest.test_webhooks import problem

BODY = b'{"email": "maya@example.com"}'
SECRET = "s3cret"
KEY = base64.b64encode(b"0123456789abcdef01234567").decode()


def digest(message: bytes, secret: bytes = SECRET.encode(), algorithm: str = "sha256") -> bytes:
    return hmac.new(secret, message, algorithm).digest()


def standard(
    body: bytes = BODY,
    stamp: int = int(NOW),
    *,
    key: bytes = base64.b64decode(KEY),
    name: str = "webhook",
    message_id: str = "msg_1",
) -> dict[str, str]:
    signed = digest(f"{message_id}.{stamp}.".encode() + body, key)
    return {
        f"{name}-id": message_id,
        f"{name}-timestamp": str(stamp),
        f"{name}-signature": "v1," + base64.b64encode(signed).decode(),
    }


HMAC = {"kind": "hmac", "credential": "c", "header": "X-Shop-Signature"}
STAMPED = {**HMAC, "timestamp_header": "X-Time"}
GOOD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"kind": "none"}, {}),
    ({"kind": "bearer"}, {"authorization": f"Bearer {SECRET}"}),
    ({"kind": "bearer"}, {"authorization": f"bearer  {SECRET}"}),
    (HMAC, {"x-shop-signature": digest(BODY).hex()}),
    (HMAC, {"x-shop-signature": "sha256=" + digest(BODY).hex()}),
    ({**HMAC, "header": None}, {"x-hub-signature-256": "sha256=" + digest(BODY).hex()}),
    ({**HMAC, "prefix": "v0="}, {"x-shop-signature": "v0=" + digest(BODY).hex()}),
    (
        {**HMAC, "encoding": "base64", "algorithm": "sha1"},
        {"x-shop-signature": base64.b64encode(digest(BODY, algorithm="sha1")).decode()},
    ),
    (
        {**HMAC, "algorithm": "sha512"},
        {"x-shop-signature": digest(BODY, algorithm="sha512").hex().upper()},
    ),
    (
        STAMPED,
        {
            "x-time": str(int(NOW) - 299),
            "x-shop-signature": digest(f"{int(NOW) - 299}.".encode() + BODY).hex(),
        },
    ),
]


@pytest.mark.parametrize(("rule", "headers"), GOOD)
def test_a_right_signature_is_accepted(rule: dict[str, Any], headers: dict[str, str]) -> None:
    assert signatures.problem(rule, ["old", SECRET], headers, BODY, NOW) is None


@pytest.mark.parametrize(("rule", "headers"), GOOD[1:])
def test_another_body_or_secret_is_refused(rule: dict[str, Any], headers: dict[str, str]) -> None:
    assert signatures.problem(rule, ["other"], headers, BODY, NOW)
    assert signatures.problem(rule, [SECRET], {}, BODY, NOW)
    assert signatures.problem(rule, [], headers, BODY, NOW)
    if rule["kind"] != "bearer":
        assert signatures.problem(rule, [SECRET], headers, BODY + b" ", NOW)


BAD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"kind": "bearer"}, {"authorization": SECRET}),
    ({"kind": "bearer"}, {"authorization": "Bearer "}),
    ({"kind": "bearer"}, {"authorization": f"Basic {SECRET}"}),
    ({"kind": "bearer"}, {"authorization": "Bearer \xff"}),
    ({"kind": "magic"}, {}),
    ({"credential": "c"}, {}),
    ({"method": "bearer"}, {}),
    ({**HMAC, "algorithm": "md5"}, {"x-shop-signature": "00"}),
    (HMAC, {"x-shop-signature": ""}),
    (HMAC, {"x-shop-signature": "not hex"}),
    (HMAC, {"x-shop-signature": "\xff"}),
    (HMAC, {"x-shop-signature": digest(BODY).hex()[:-2]}),
    ({**HMAC, "encoding": "base64"}, {"x-shop-signature": "===="}),
    ({**HMAC, "prefix": "v1="}, {"x-shop-signature": digest(BODY).hex()}),
    (STAMPED, {"x-shop-signature": digest(BODY).hex()}),
    (STAMPED, {"x-time": "1" * 30, "x-shop-signature": "00"}),
    (STAMPED, {"x-time": "²", "x-shop-signature": "00"}),
]


@pytest.mark.parametrize(("rule", "headers"), BAD)
def test_a_wrong_or_missing_signature_is_refused(
    rule: dict[str, Any], headers: dict[str, str]
) -> None:
    assert signatures.problem(rule, [SECRET], headers, BODY, NOW)


STANDARD = {"kind": "standard", "credential": "c"}


def test_standard_webhooks_are_verified() -> None:
    for secret in (f"whsec_{KEY}", KEY):
        for name in ("webhook", "svix"):
            assert signatures.problem(STANDARD, [secret], standard(name=name), BODY, NOW) is None
    plain = standard(key=b"not base64!")
    assert signatures.problem(STANDARD, ["not base64!"], plain, BODY, NOW) is None


def test_one_of_several_standard_signatures_is_enough() -> None:
    headers = standard()
    headers["webhook-signature"] = "v1a,x v1,AAAA v1,??? " + headers["webhook-signature"]
    assert (
        signatures.problem(STANDARD, ["whsec_b3RoZXI=", f"whsec_{KEY}"], headers, BODY, NOW) is None
    )


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_stale_signature_is_refused(seconds: int) -> None:
    headers = standard(stamp=int(NOW) + seconds)
    assert "clock" in str(signatures.problem(STANDARD, [KEY], headers, BODY, NOW))


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_part_of_a_standard_signature_counts(change: str) -> None:
    for value in ("", "1", f"{int(NOW) + 1}"):
        assert signatures.problem(STANDARD, [KEY], {**standard(), change: value}, BODY, NOW)


def test_a_verified_webhook_is_accepted_and_the_others_leave_no_row(
    place: Place, client: TestClient
) -> None:
    place.secret("c", {"secret": f"whsec_{KEY}"})
    place.hook(config={"verify": STANDARD})
    problem(client.post("/hooks/t", content=BODY), 401, "bad-signature")
    late = client.post("/hooks/t", content=BODY, headers=standard(stamp=int(NOW) - 400))
    problem(late, 401, "bad-signature")
    tampered = client.post("/hooks/t", content=BODY + b" ", headers=standard())
    problem(tampered, 401, "bad-signature")
    assert place.events() == []
    for _ in range(2):
        assert client.post("/hooks/t", content=BODY, headers=standard()).status_code == 202
    [event] = place.events()
    assert event["external_id"] == "msg_1"


def test_a_repeated_message_cannot_be_given_another_id(place: Place, client: TestClient) -> None:
    place.secret("c", {"secret": KEY})
    place.hook(config={"verify": STANDARD})
    for fresh in ({}, {"webhook-id": "fresh"}, {"idempotency-key": "fresh"}):
        headers = {**standard(name="svix"), **fresh}
        assert client.post("/hooks/t", content=BODY, headers=headers).status_code == 202
    place.secret("h", {"secret": SECRET})
    rule = {"kind": "hmac", "credential": "h"}
    place.hook("u", {"verify": rule, "event_id": "body.id"})
    body = b'{"id": "m7"}'
    for fresh in ({}, {"webhook-id": "fresh"}, {"idempotency-key": "fresh"}):
        headers = {"x-signature": digest(body).hex(), **fresh}
        assert client.post("/hooks/u", content=body, headers=headers).status_code == 202
    assert len(place.events()) == 2


def test_the_trigger_and_the_intake_mean_the_same_kinds() -> None:
    from nodes.triggers.webhook import KINDS

    refused = {kind for kind in KINDS if signatures.problem({"kind": kind}, ["s"], {}, BODY, NOW)}
    assert refused == set(KINDS) - {"none"}
    unknown = signatures.problem({"kind": "nope"}, ["s"], {}, BODY, NOW)
    for kind in refused:
        assert signatures.problem({"kind": kind}, ["s"], {}, BODY, NOW) != unknown


def test_the_signature_is_checked_before_anything_is_said_about_the_journey(
    place: Place, client: TestClient
) -> None:
    place.secret("c", {"secret": SECRET})
    place.hook("paused", {"verify": {"kind": "bearer", "credential": "c"}}, state="paused")
    problem(client.post("/hooks/paused", content=b"rubbish"), 401, "bad-signature")
    headers = {"authorization": f"Bearer {SECRET}"}
    answer = client.post("/hooks/paused", content=BODY, headers=headers)
    problem(answer, 409, "journey-not-live")


@pytest.mark.parametrize(
    "secret", [None, {}, {"secret": ""}, {"secret": 5}, {"secrets": "text"}, {"url": "x"}]
)
def test_a_webhook_whose_secret_is_missing_stays_closed(
    place: Place, client: TestClient, secret: dict[str, Any] | None
) -> None:
    if secret is not None:
        place.secret("c", secret)
    place.hook(config={"verify": HMAC})
    signed = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    answer = client.post("/hooks/t", content=BODY, headers={"x-shop-signature": signed})
    assert "missing" in problem(answer, 401, "bad-signature")["detail"]
    assert place.events() == []


def test_a_credential_of_another_kind_opens_nothing(place: Place, client: TestClient) -> None:
    place.secret("c", {"secret": SECRET}, kind="smtp")
    place.hook(config={"verify": {"kind": "bearer", "credential": "c"}})
    answer = client.post("/hooks/t", content=BODY, headers={"authorization": f"Bearer {SECRET}"})
    problem(answer, 401, "bad-signature")


def test_two_secrets_are_live_while_they_rotate() -> None:
    assert signatures.secrets_of({"secret": "new", "previous": "old"}) == ["new", "old"]
    assert signatures.secrets_of({"secrets": ["a", "b", 3, ""]}) == ["a", "b"]


def test_a_credential_that_cannot_be_opened_closes_its_webhook(place: Place) -> None:
    place.secret("c", {"secret": SECRET})
    place.hook(config={"verify": {"kind": "bearer", "credential": "c"}})
    with TestClient(place.app(opener=None)) as client:
        answer = client.post(
            "/hooks/t", content=BODY, headers={"authorization": f"Bearer {SECRET}"}
        )
        problem(answer, 401, "bad-signature")
