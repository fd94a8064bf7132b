"""A real SMTP server in a process of its own: keeps each message as one JSON line in a file.

Run as `python -m tests.support.mailserver PORT FILE [USER PASSWORD]`. It refuses `never@…` for
good and
`later@…` for now.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.support.alone import alone, serve
from tests.support.program import wait_until


@dataclass(frozen=True)
class MailServer:
    """Where the server listens, and what it has received."""

    host: str
    port: int
    file: Path

    @property
    def messages(self) -> list[EmailMessage]:
        """All messages so far, in order."""
        if not self.file.exists():
            return []
        lines = self.file.read_text("utf-8").splitlines()
        return [
            message_from_string(json.loads(line)["data"], policy=policy.default) for line in lines
        ]  # type: ignore[misc]


@contextmanager
def mail_server(folder: Path, user: str = "", password: str = "") -> Iterator[MailServer]:
    """A running mail server."""
    file = folder / "mail.jsonl"
    who = [user, password] if user else []
    with alone("tests.support.mailserver", str(file), *who) as server:
        yield MailServer("127.0.0.1", server.port, file)


def received(server: MailServer, count: int, seconds: float = 30) -> list[EmailMessage]:
    """Waits until at least `count` messages have come."""
    wait_until(lambda: len(server.messages) >= count, seconds)
    return server.messages


async def _serve(port: int, file: Path, user: str, password: str) -> None:
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

    class Keep:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
        ) -> str:
            if address.startswith("never@"):
                return "550 5.1.1 no such mailbox"
            if address.startswith("later@"):
                return "451 4.2.2 mailbox full"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
            content = envelope.content
            text = (
                content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)
            )
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"to": envelope.rcpt_tos, "data": text}) + "\n")
            return "250 kept"

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (
            user.encode(),
            password.encode(),
        )
        return AuthResult(success=good, handled=False)

    def make() -> SMTP:
        if user:
            return SMTP(Keep(), authenticator=login, auth_required=True, auth_require_tls=False)
        return SMTP(Keep())

    await serve(make, port)


if __name__ == "__main__":
    who = sys.argv[3:5] if len(sys.argv) > 4 else ["", ""]
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), *who))
