"""The one-time link, passwords, sessions and roles."""

from __future__ import annotations

import pytest

from runtime.facade import NotAllowed, Refused
from tests.facade.conftest import DAY, HOUR, SECOND, Place, greeting

PASSWORD = "a long password"


def owner(place: Place) -> str:
    token = place.wayline.setup_token()
    assert token is not None
    return place.wayline.create_owner(
        token,
        name="Ines Okafor",
        email="Ines@Marlow.studio",
        password=PASSWORD,
        workspace="Marlow Street",
        time_zone="Europe/Lisbon",
    )


def test_the_link_makes_the_owner_who_is_signed_in_at_once(place: Place):
    assert not place.wayline.has_owner()
    session = owner(place)
    person = place.wayline.session(session)
    assert person is not None
    assert person["role"] == "owner"
    assert person["email"] == "ines@marlow.studio"
    assert person["workspace"]["name"] == "Marlow Street"
    assert place.wayline.has_owner()
    assert place.wayline.setup_token() is None


def test_a_link_works_once(place: Place):
    token = place.wayline.setup_token()
    assert token is not None
    place.wayline.create_owner(token, name="A", email="a@b.co", password=PASSWORD)
    with pytest.raises(Refused, match="used"):
        place.wayline.create_owner(token, name="B", email="b@b.co", password=PASSWORD)


def test_a_newer_link_ends_the_older_one_and_a_day_ends_both(place: Place):
    older, newer = place.wayline.setup_token(), place.wayline.setup_token()
    assert older is not None
    assert newer is not None
    with pytest.raises(Refused, match="link"):
        place.wayline.create_owner(older, name="A", email="a@b.co", password=PASSWORD)
    place.clock.now += DAY + HOUR
    with pytest.raises(Refused, match="too old"):
        place.wayline.create_owner(newer, name="A", email="a@b.co", password=PASSWORD)


@pytest.mark.parametrize(
    ("name", "email", "password", "zone"),
    [
        ("", "a@b.co", PASSWORD, "UTC"),
        ("A", "a@b", PASSWORD, "UTC"),
        ("A", "a b@c.de", PASSWORD, "UTC"),
        ("A", "a@b.co", "short", "UTC"),
        ("A", "a@b.co", "x" * 1001, "UTC"),
        ("A", "a@b.co", PASSWORD, "Europe/Atlantis"),
    ],
)
def test_what_cannot_be_an_owner_is_refused_and_the_link_lives(
    place: Place, name: str, email: str, password: str, zone: str
):
    token = place.wayline.setup_token()
    assert token is not None
    with pytest.raises(Refused):
        place.wayline.create_owner(token, name=name, email=email, password=password, time_zone=zone)
    place.wayline.create_owner(token, name="A", email="a@b.co", password=PASSWORD)


def test_signing_in_and_out(place: Place):
    owner(place)
    token = place.wayline.sign_in("ines@marlow.studio ", PASSWORD, "127.0.0.1")
    assert place.wayline.session(token) is not None
    place.wayline.sign_out(token)
    assert place.wayline.session(token) is None
    assert place.wayline.session("") is None


def test_a_session_ends_after_fourteen_days(place: Place):
    token = owner(place)
    place.clock.now += 14 * DAY + SECOND
    assert place.wayline.session(token) is None


def test_a_wrong_password_and_an_unknown_address_sound_the_same(place: Place):
    owner(place)
    with pytest.raises(Refused) as wrong:
        place.wayline.sign_in("ines@marlow.studio", "nothing like it", "127.0.0.1")
    with pytest.raises(Refused) as unknown:
        place.wayline.sign_in("nobody@marlow.studio", PASSWORD, "127.0.0.1")
    assert wrong.value.message == unknown.value.message


def test_after_ten_wrong_passwords_even_the_right_one_waits_a_quarter_of_an_hour(place: Place):
    owner(place)
    account = "ines@marlow.studio"
    for _ in range(10):
        place.guesses.failed(account, "10.0.0.1")
    with pytest.raises(Refused, match="Too many"):
        place.wayline.sign_in(account, PASSWORD, "127.0.0.1")
    place.clock.now += 901 * SECOND
    assert place.wayline.sign_in(account, PASSWORD, "127.0.0.1")


def test_one_address_cannot_try_many_accounts(place: Place):
    owner(place)
    for n in range(50):
        place.guesses.failed(f"person-{n}@example.com", "10.0.0.1")
    with pytest.raises(Refused, match="Too many"):
        place.wayline.sign_in("ines@marlow.studio", PASSWORD, "10.0.0.1")
    assert place.wayline.sign_in("ines@marlow.studio", PASSWORD, "10.0.0.2")


def test_no_token_or_password_stands_in_the_database(place: Place):
    token = place.wayline.setup_token()
    session = owner(place)
    assert token is not None
    stored = b"".join(p.read_bytes() for p in place.settings.data.iterdir() if p.is_file())
    for secret in (token, session, PASSWORD):
        assert secret.encode() not in stored


WRITES = {
    "edit": lambda s: s.new_journey("Mine"),
    "decide": lambda s: s.finish_task("none"),
    "own": lambda s: s.create_key("write", "shop"),
}
ALLOWED = {
    "owner": {"edit", "decide", "own"},
    "editor": {"edit", "decide"},
    "approver": {"decide"},
    "viewer": set[str](),
}


@pytest.mark.parametrize("role", list(ALLOWED))
@pytest.mark.parametrize("action", list(WRITES))
def test_a_role_may_do_what_the_table_says_and_no_more(place: Place, role: str, action: str):
    studio = place.as_role(role)
    assert studio.journeys() == []
    try:
        WRITES[action](studio)
        allowed = True
    except NotAllowed:
        allowed = False
    except Refused:
        allowed = True
    assert allowed == (action in ALLOWED[role])


@pytest.mark.parametrize("role", ["approver", "viewer"])
def test_who_only_reads_changes_nothing_of_a_journey(place: Place, role: str):
    slug = place.studio.new_journey("Greeting", greeting())
    studio = place.as_role(role)
    for change in (
        lambda: studio.edit(slug, 1, []),
        lambda: studio.publish(slug),
        lambda: studio.delete_journey(slug),
        lambda: studio.save_draft(slug, greeting()),
        lambda: studio.use_template("proposal-follow-up"),
        lambda: studio.start_manually(slug, "came", "maya", {}),
        lambda: studio.try_samples(),
        lambda: studio.remove_samples(),
        lambda: studio.set_credential("mail", "smtp", {"host": "x"}),
        lambda: studio.save_settings(name="Mine"),
        lambda: studio.audit(),
    ):
        with pytest.raises(NotAllowed):
            change()
