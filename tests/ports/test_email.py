"""Emails: composed so that nothing can be smuggled in, and given to a real SMTP server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from runtime.ports.email import EmailPort, EmailRefused, compose, message_id
from runtime.ports.results import Done, Later, Refused, Result
from tests.support.mailserver import MailServer, mail_server

SENDER = {"name": "Blumen Grün, Köln", "email": "hallo@blumen.example"}
BODY = {"to": "maya@example.com", "subject": "Your order ✓", "text": "Hi Maya,\n\nall is well — ☀"}
KEY = "01ABC:1:mail:1"


def read(message: EmailMessage) -> EmailMessage:
    wire = message.as_bytes().replace(b"\r\n", b"\n")
    return message_from_bytes(wire, policy=policy.default)  # type: ignore[return-value]


def test_a_message_reads_back_as_it_was_meant() -> None:
    got = read(compose({**BODY, "html": "<p>Hi <b>Maya</b></p>"}, KEY, SENDER))
    assert got["To"] == "maya@example.com"
    assert got["From"].addresses[0].display_name == SENDER["name"]
    assert got["From"].addresses[0].addr_spec == SENDER["email"]
    assert got["Subject"] == BODY["subject"]
    assert got.get_content_type() == "multipart/alternative"
    text, html = got.iter_parts()
    assert text.get_content().strip() == BODY["text"].strip()
    assert html.get_content().strip() == "<p>Hi <b>Maya</b></p>"


def test_without_html_it_is_plain_text() -> None:
    assert compose(BODY, KEY, SENDER).get_content_type() == "text/plain"


def test_the_same_key_gives_the_same_bytes_and_another_key_another_message_id() -> None:
    body = {**BODY, "html": "<p>x</p>"}
    assert compose(body, KEY, SENDER).as_bytes() == compose(body, KEY, SENDER).as_bytes()
    assert compose(body, KEY, SENDER)["Message-ID"] == message_id(KEY, SENDER)
    assert message_id(KEY, SENDER) != message_id(KEY + "0", SENDER)
    assert message_id(KEY, {}) == message_id(KEY, {"email": ""})


def test_long_lines_are_wrapped_on_the_wire_and_whole_again_after_it() -> None:
    long = "x" * 5000 + "\n.\n..\nFrom me"
    message = compose({**BODY, "text": long, "subject": "s" * 2000}, KEY, SENDER)
    assert max(map(len, message.as_bytes().splitlines())) <= 998
    assert read(message).get_content().strip() == long
    assert read(message)["Subject"] == "s" * 2000


BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n\r\n"]


@pytest.mark.parametrize("line", BREAKS)
@pytest.mark.parametrize("field", ["to", "subject"])
def test_a_line_break_cannot_smuggle_a_header_in(field: str, line: str) -> None:
    with pytest.raises(EmailRefused, match="line break"):
        compose({**BODY, field: f"{BODY[field]}{line}Bcc: thief@example.com"}, KEY, SENDER)


ENCODED = [
    "=?utf-8?q?x=0D=0ABcc:_thief=40example.com?=",
    "=?utf-8?b?eA0KQmNjOiB0aGllZkBleGFtcGxlLmNvbQ==?=",
]


@pytest.mark.parametrize("word", ENCODED)
def test_an_encoded_word_cannot_smuggle_a_header_in(word: str) -> None:
    for body in (
        {**BODY, "subject": f"Hello {word}"},
        {**BODY, "to": f"{word} <maya@example.com>"},
    ):
        with pytest.raises(EmailRefused, match="encoded word"):
            compose(body, KEY, SENDER)
    with pytest.raises(EmailRefused, match="encoded word"):
        compose(BODY, KEY, {**SENDER, "name": word})
    assert (
        read(compose({**BODY, "subject": "1+1=? Is 2?"}, KEY, SENDER))["Subject"] == "1+1=? Is 2?"
    )


@pytest.mark.parametrize("field", ["name", "email"])
def test_the_sender_cannot_smuggle_a_header_in_either(field: str) -> None:
    with pytest.raises(EmailRefused, match="line break"):
        compose(BODY, KEY, {**SENDER, field: f"{SENDER[field]}\r\nBcc: thief@example.com"})


@pytest.mark.parametrize(
    "to",
    [
        "",
        "maya",
        "@example.com",
        "a@b@c.de",
        "a@b.de, c@d.de",
        "a b@c.de",
        "<>",
        "maya@exa mple.com",
        "x" * 70 + "@a.de",
    ],
)
def test_what_is_no_single_address_is_refused(to: str) -> None:
    with pytest.raises(EmailRefused):
        compose({**BODY, "to": to}, KEY, SENDER)


def test_a_name_may_stand_before_the_address_and_a_domain_may_be_international() -> None:
    assert read(compose({**BODY, "to": "Maya <maya@exämple.com>"}, KEY, SENDER))["To"] == (
        "Maya <maya@xn--exmple-cua.com>"
    )


def test_half_a_character_is_refused() -> None:
    with pytest.raises(EmailRefused, match="cannot be sent"):
        compose({**BODY, "text": "\ud800"}, KEY, SENDER)


def test_a_missing_sender_says_where_to_set_it() -> None:
    with pytest.raises(EmailRefused, match="settings"):
        compose(BODY, KEY, {})


# --- the server -----------------------------------------------------------------------------------


def send(
    server: MailServer | tuple[str, int],
    body: Mapping[str, Any] = BODY,
    within: float = 20,
    sender: Mapping[str, str] = SENDER,
    **more: str,
) -> Result:
    host, port = (server.host, server.port) if isinstance(server, MailServer) else server
    credential = {"host": host, "port": port, "security": "none", **more}
    return asyncio.run(EmailPort(within).send(body, key=KEY, credential=credential, sender=sender))


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


def test_a_sent_message_arrives(mails: MailServer) -> None:
    got = send(mails, {**BODY, "html": "<p>Hi</p>"})
    assert got == Done({"message_id": message_id(KEY, SENDER)})
    arrived = mails.messages[-1]
    assert arrived["Message-ID"] == message_id(KEY, SENDER)
    assert arrived["Subject"] == BODY["subject"]
    assert arrived["Date"] is not None


def test_a_dot_alone_does_not_end_the_message(mails: MailServer) -> None:
    text = "one\n.\nMAIL FROM:<thief@example.com>\n..\nend"
    before = len(mails.messages)
    assert isinstance(send(mails, {**BODY, "text": text}), Done)
    assert len(mails.messages) == before + 1
    assert mails.messages[-1].get_content().replace("\r\n", "\n").strip() == text


def test_a_mailbox_that_does_not_exist_is_final_and_a_full_one_is_not(mails: MailServer) -> None:
    never = send(mails, {**BODY, "to": "never@example.com"})
    assert isinstance(never, Refused)
    assert "550" in never.message
    later = send(mails, {**BODY, "to": "later@example.com"})
    assert isinstance(later, Later)
    assert "451" in later.message
    assert not later.uncertain


def test_encryption_that_the_server_does_not_offer_is_not_left_out(mails: MailServer) -> None:
    got = send(mails, security="starttls")
    assert isinstance(got, Later)  # the settings can be mended while messages wait
    assert "cannot do what the settings ask" in got.message


def test_a_user_name_is_used_and_stands_for_a_missing_sender(tmp_path: Path) -> None:
    with mail_server(tmp_path, "shop@example.com", "secret") as server:
        wrong = send(server, username="shop@example.com", password="guess")
        assert isinstance(wrong, Later)  # the settings can be mended while messages wait
        assert wrong.kind == "credential"
        assert "guess" not in wrong.message
        right = send(server, username="shop@example.com", password="secret", sender={})
        assert isinstance(right, Done)
        assert server.messages[-1]["From"] == "shop@example.com"


def test_a_missing_sender_is_mended_in_the_settings_while_the_message_waits(
    mails: MailServer,
) -> None:
    before = len(mails.messages)
    got = send(mails, sender={})
    assert isinstance(got, Later)
    assert "settings" in got.message
    assert len(mails.messages) == before


def test_a_server_that_is_away_is_tried_later() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        got = send(("127.0.0.1", closed.getsockname()[1]))
    assert isinstance(got, Later)
    assert not got.uncertain


def test_a_silent_server_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        got = send(("127.0.0.1", silent.getsockname()[1]), within=0.4)
    assert isinstance(got, Later)
    assert got.kind == "timeout"


def test_no_server_at_all_says_where_to_set_one() -> None:
    got = asyncio.run(EmailPort(1).send(BODY, key=KEY, credential=None, sender=SENDER))
    assert isinstance(got, Refused)
    assert "settings" in got.message


def test_an_unknown_kind_of_security_is_refused() -> None:
    assert isinstance(send(("127.0.0.1", 9), security="perhaps"), Refused)
