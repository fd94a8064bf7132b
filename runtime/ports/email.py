"""The email port: composes a message and gives it to the workspace's SMTP server."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.errors import HeaderParseError, MessageDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import getaddresses
from typing import Any

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from runtime.ports.results import Done, Later, Refused, Result

AT_ONCE = 4  # connections to one server


class EmailRefused(ValueError):
    """The message cannot be composed; the message is a sentence for a person."""


def message_id(key: str, sender: Mapping[str, Any]) -> str:
    """The one Message-ID of this effect."""
    domain = str(sender.get("email") or "").rpartition("@")[2].lower() or "wayline.invalid"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def compose(
    body: Mapping[str, Any], key: str, sender: Mapping[str, Any], at: datetime | None = None
) -> EmailMessage:
    """The message for {to, subject, text, html?}: text, and HTML as its alternative. Raises
    EmailRefused.
    """
    message = EmailMessage(policy=POLICY)
    try:
        message["From"] = _address(
            str(sender.get("email") or ""), str(sender.get("name") or ""), "sender"
        )
        message["To"] = _address(*_split(str(body.get("to") or "")), "recipient")
        message["Subject"] = _line(str(body.get("subject") or ""), "subject")
        message["Message-ID"] = message_id(key, sender)
        if at is not None:
            message["Date"] = at
        message.set_content(str(body.get("text") or ""))
        if body.get("html"):
            message.add_alternative(str(body["html"]), subtype="html")
            message.set_boundary(f"=_{hashlib.sha256(key.encode()).hexdigest()[:40]}")
        message.as_bytes()
    except (UnicodeError, HeaderParseError, MessageDefect, ValueError) as error:
        if isinstance(error, EmailRefused):
            raise
        raise EmailRefused(f"The email holds something that cannot be sent: {error}.") from None
    return message


def _split(text: str) -> tuple[str, str]:
    """(address, name) of `maya@example.com` or `Maya <maya@example.com>`."""
    found = getaddresses([_line(text, "recipient")])
    if len(found) > 1:
        raise EmailRefused("The email has more than one recipient: send one to each.")
    if "<" not in text or not found:
        return text.strip(), ""
    return found[0][1], found[0][0]


def _address(text: str, name: str, what: str) -> Address:
    _line(text + name, what)
    if not text:
        remedy = "set the sender's address in the settings" if what == "sender" else "give one"
        raise EmailRefused(f"The email has no {what}'s address: {remedy}.")
    try:
        checked = validate_email(
            text, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError:
        raise EmailRefused(f"{text[:200]} is no email address of a {what}.") from None
    return Address(name, checked.local_part, checked.ascii_domain or checked.domain)


def _line(text: str, what: str) -> str:
    if any(c in text for c in "\r\n\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"):
        raise EmailRefused(f"The email's {what} holds a line break: write it on one line.")
    if "?=" in text.partition("=?")[2]:
        # the library would decode it, line breaks and all, and write those as new headers
        raise EmailRefused(f"The email's {what} holds an encoded word (=?…?=): write it plainly.")
    return text


class EmailPort:
    """Sends the effects of kind "email" by SMTP.

    The credential is {host, port?, security: "starttls" | "tls" | "none", username?, password?}.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._lanes: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._context: ssl.SSLContext | None = None

    async def send(
        self,
        body: Mapping[str, Any],
        *,
        key: str,
        credential: Mapping[str, Any] | None,
        sender: Mapping[str, Any],
    ) -> Result:
        """One try. SMTP's 4xx, wrong settings and a broken way are Later, 5xx is Refused."""
        if credential is None or not credential.get("host"):
            return Refused("credential", "No SMTP server is set: add one in the settings.")
        if not sender.get("email") and "@" in str(credential.get("username") or ""):
            sender = {**sender, "email": credential["username"]}
        if not sender.get("email"):
            # The settings can be mended while the message waits, so it is not given up.
            return Later("config", "No sender's address is set: add yours in the settings.")
        try:
            message = compose(body, key, sender, datetime.now(UTC))
            server = self._server(credential)
        except (EmailRefused, ValueError) as error:
            return Refused("config", str(error))
        host = str(credential["host"])
        lane = self._lanes.setdefault((host, server.port or 0), asyncio.Semaphore(AT_ONCE))
        sent = _Progress()
        try:
            async with asyncio.timeout(self._within), lane:
                await _deliver(server, credential, message, sent)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError) as error:
            return _explain(error, host, sent.data)
        finally:
            server.close()
        return Done({"message_id": str(message["Message-ID"])})

    def _server(self, credential: Mapping[str, Any]) -> aiosmtplib.SMTP:
        security = str(credential.get("security") or "starttls")
        if security not in _PORTS:
            raise ValueError(f"The SMTP security {security} is none of {', '.join(_PORTS)}.")
        if security != "none" and self._context is None:
            self._context = ssl.create_default_context()
        return aiosmtplib.SMTP(
            hostname=str(credential["host"]),
            port=int(credential.get("port") or _PORTS[security]),
            local_hostname=socket.gethostname() or "localhost",
            timeout=self._within,
            use_tls=security == "tls",
            start_tls=security == "starttls",
            tls_context=self._context if security != "none" else None,
        )


_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class _Progress:
    data = False  # the message was on its way


async def _deliver(
    server: aiosmtplib.SMTP,
    credential: Mapping[str, Any],
    message: EmailMessage,
    sent: _Progress,
) -> None:
    await server.connect()
    if credential.get("username"):
        await server.login(str(credential["username"]), str(credential.get("password") or ""))
    sent.data = True
    await server.send_message(message)
    sent.data = False
    await server.quit()


def _explain(error: BaseException, host: str, sending: bool) -> Result:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = " ".join(str(error.message).split())[:300]
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            message = f"{host} did not accept the user name or password ({error.code} {said})."
            kind = "credential"
        else:
            message, kind = f"{host} answered {error.code} {said}.", "smtp"
        if kind == "credential" or 400 <= error.code < 500 or error.code < 0:
            return Later(kind, message)  # a wrong password can be mended while messages wait
        return Refused(kind, message)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        return Later("config", f"{host} cannot do what the settings ask ({error.message}).")
    if isinstance(error, ssl.SSLError):
        return Later("network", f"The secure connection to {host} failed: check its certificate.")
    if isinstance(error, TimeoutError):
        return Later("timeout", f"{host} did not answer in time.", uncertain=sending)
    return Later("network", f"{host} could not be reached.", uncertain=sending)
