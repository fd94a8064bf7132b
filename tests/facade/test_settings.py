"""Settings, credentials, keys and the audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.facade import NotFound, Refused, audit
from runtime.store.database import rows, run
from tests.facade.conftest import Place
from tests.support.mailserver import mail_server

CANARY = "canary-7f3a"
SMTP = {"host": "127.0.0.1", "port": 2525, "password": CANARY}


def test_settings_change_only_what_is_given(place: Place):
    place.studio.save_settings(name="Marlow Street", time_zone="Europe/Lisbon")
    saved = place.studio.save_settings(
        opt_in=True, sender={"name": "Ines", "email": "ines@marlow.studio"}
    )
    assert saved["name"] == "Marlow Street"
    assert saved["time_zone"] == "Europe/Lisbon"
    assert saved["opt_in"]
    assert saved["sender"] == {"name": "Ines", "email": "ines@marlow.studio"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Nowhere"},
        {"name": "  "},
        {"sender": {"name": "Ines\r\nBcc: x@y.z", "email": "a@b.co"}},
        {"sender": {"name": "Ines", "email": "not an address"}},
    ],
)
def test_wrong_settings_are_refused(place: Place, wrong: dict[str, object]):
    with pytest.raises(Refused):
        place.studio.save_settings(**wrong)  # type: ignore[arg-type]


def test_a_secret_goes_in_and_never_comes_out(place: Place):
    place.studio.set_credential("mail", "smtp", SMTP)
    (shown,) = place.studio.credentials()
    assert shown["name"] == "mail"
    assert CANARY not in str([shown, place.studio.settings(), place.studio.audit()])
    stored = b"".join(p.read_bytes() for p in place.settings.data.iterdir() if p.is_file())
    assert CANARY.encode() not in stored


def test_the_editor_learns_the_names_of_credentials_and_nothing_else(place: Place):
    place.studio.set_credential("mail", "smtp", SMTP)
    assert place.studio.catalogue()["credentials"] == [{"name": "mail", "kind": "smtp"}]


def test_the_first_mail_server_is_used_at_once_and_can_be_left_again(place: Place):
    place.studio.set_credential("mail", "smtp", SMTP)
    assert place.studio.settings()["smtp"] == "mail"
    place.studio.set_credential("other", "smtp", SMTP)
    assert place.studio.settings()["smtp"] == "mail"
    assert place.studio.save_settings(smtp="other")["smtp"] == "other"
    assert place.studio.save_settings(smtp=False)["smtp"] is None
    with pytest.raises(NotFound):
        place.studio.save_settings(smtp="none")
    with pytest.raises(Refused):
        place.studio.save_settings(ai="mail")


def test_a_deleted_credential_is_gone_and_no_longer_used(place: Place):
    place.studio.set_credential("mail", "smtp", SMTP)
    place.studio.delete_credential("mail")
    assert place.studio.credentials() == []
    assert place.studio.settings()["smtp"] is None
    with pytest.raises(NotFound):
        place.studio.delete_credential("mail")


@pytest.mark.parametrize(
    ("name", "kind", "secret", "hosts"),
    [
        ("", "smtp", SMTP, []),
        ("mail", "carrier pigeon", SMTP, []),
        ("mail", "smtp", {"password": "x"}, []),
        ("mail", "smtp", {**SMTP, "colour": "red"}, []),
        ("hook", "hook", {}, []),
        ("api", "http", {"token": "x"}, []),
        ("api", "http", {"token": "x"}, [""]),
    ],
)
def test_a_credential_that_could_not_work_is_refused(
    place: Place, name: str, kind: str, secret: dict[str, object], hosts: list[str]
):
    with pytest.raises(Refused):
        place.studio.set_credential(name, kind, secret, hosts)


def test_a_name_keeps_its_kind(place: Place):
    place.studio.set_credential("mail", "smtp", SMTP)
    with pytest.raises(Refused):
        place.studio.set_credential("mail", "hook", {"secret": "x"})


def test_a_key_is_shown_once_and_can_be_revoked(place: Place):
    token = place.studio.create_key("write", "shop")
    (shown,) = place.studio.keys()
    assert token not in str(shown)
    assert token.endswith(shown["hint"][-4:])
    place.studio.revoke_key(shown["id"])
    assert place.studio.keys()[0]["revoked_at"] is not None
    with pytest.raises(NotFound):
        place.studio.revoke_key(shown["id"])
    with pytest.raises(Refused):
        place.studio.create_key("master", "all")


def test_the_audit_is_a_chain_that_shows_tampering(place: Place):
    slug = place.studio.new_journey("Mine")
    place.studio.create_key("write", "shop")
    place.studio.delete_journey(slug)
    assert [a["what"] for a in place.studio.audit()] == [
        "journey.deleted",
        "key.created",
        "journey.created",
    ]
    workspace = place.studio.desk.workspace
    with place.database.write() as conn:
        assert audit.broken(conn, workspace) is None
        run(conn, "UPDATE audit SET who = 'somebody else' WHERE what = 'key.created'")
        second = rows(conn, "SELECT seq FROM audit WHERE what = 'key.created'")[0][0]
        assert audit.broken(conn, workspace) == second


@pytest.mark.service
def test_the_mail_server_is_tried_with_one_message(place: Place, tmp_path: Path):
    with pytest.raises(Refused, match="no mail server"):
        place.studio.send_test("ines@example.com")
    with mail_server(tmp_path) as server:
        secret = {"host": server.host, "port": server.port, "security": "none"}
        place.studio.set_credential("mail", "smtp", secret)
        place.studio.save_settings(sender={"name": "Ines", "email": "ines@example.com"})
        assert place.studio.send_test("ines@example.com")["ok"]
        assert [m["To"] for m in server.messages] == ["ines@example.com"]
        assert not place.studio.send_test("never@example.com")["ok"]
