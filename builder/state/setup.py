"""The settings: workspace, email, AI, keys and credentials. Secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from builder.state.desk import Desk, acts, ask, here, said, say, told
from builder.state.page import Page
from builder.ui.voice import Voice
from runtime.facade.errors import WaylineError

SMTP, AI = "email-server", "ai-model"  # the names of the two that this page makes


@dataclass
class KeyLine:
    """One key, by its hint only."""

    id: str
    name: str
    kind: str
    hint: str
    made: str


@dataclass
class SecretLine:
    """One credential, without what is in it."""

    name: str
    kind: str
    hosts: str
    changed: str


@dataclass
class LimitLine:
    """A provider: how many calls a second it gets, and whether it is held back now."""

    provider: str
    label: str
    rate: str
    limited: bool
    held: str


class Setup(Page, Desk):
    """`/settings`."""

    business: str = ""
    zone: str = "UTC"
    opt_in: bool = False
    sender_name: str = ""
    sender_email: str = ""
    smtp: str = ""
    ai: str = ""
    url: str = ""
    keys_made: rx.Field[list[KeyLine]] = rx.field(default_factory=list)
    secrets: rx.Field[list[SecretLine]] = rx.field(default_factory=list)
    limits: rx.Field[list[LimitLine]] = rx.field(default_factory=list)
    stuck: str = ""  # how many things could not be done, in words
    kept_days: str = ""
    fresh_key: str = ""  # shown once, gone with the next load
    testing: bool = False
    limit_kind: str = "host"
    wrong: rx.Field[dict[str, str]] = rx.field(default_factory=dict)  # of the form sent last

    @acts("read")
    async def open(self) -> Any:
        """Come to the page anew: a key that was shown once is gone."""
        self.fresh_key, self.limit_kind, self.wrong = "", "host", {}
        await self._greet()
        await self._show()
        self.loaded = True

    @acts("own")
    async def save_workspace(self, form: dict[str, Any]) -> Any:
        """Name, time zone and consent rule."""
        days = _text(form, "retention_days")
        if not (days.isdigit() and len(days) < 7):
            return told(say("For how many days is a whole number. 0 keeps everything for ever."))
        given = {
            "name": _text(form, "name"),
            "retention_days": int(days),
            "time_zone": _text(form, "time_zone") or "UTC",
            "opt_in": form.get("opt_in") in {"on", True, "true"},
        }
        return await self._do(lambda s: s.save_settings(**given), say("Saved."))

    @acts("own")
    async def save_sender(self, form: dict[str, Any]) -> Any:
        """Whose name stands on the messages."""
        sender = {"name": _text(form, "sender_name"), "email": _text(form, "sender_email")}
        return await self._do(lambda s: s.save_settings(sender=sender), say("Saved."))

    @acts("own")
    async def save_smtp(self, form: dict[str, Any]) -> Any:
        """Send by this mail server from now on."""
        host = _text(form, "host")
        port = _text(form, "port")
        if not host:
            return told(say("Write the name of your mail server, like mail.example.com."))
        if port and not (port.isdigit() and 0 < int(port) < 65_536):
            return told(say("The port is a number, usually 587 or 465."))
        secret: dict[str, Any] = {"host": host, "security": _text(form, "security") or "starttls"}
        if port:
            secret["port"] = int(port)
        if _text(form, "username"):
            secret["username"] = _text(form, "username")
            secret["password"] = str(form.get("smtp_password") or "")
        return await self._do(
            lambda s: (s.set_credential(SMTP, "smtp", secret), s.save_settings(smtp=SMTP)),
            say("Saved. Send yourself a test to be sure."),
        )

    @acts("own")
    async def use_mailbox(self) -> Any:
        """Keep messages in the built-in mailbox again."""
        return await self._do(
            lambda s: s.save_settings(smtp=False),
            say("Messages stay in the mailbox now; nothing goes out."),
        )

    @acts("own")
    async def send_test(self, form: dict[str, Any]) -> Any:
        """Send one message to see that it arrives."""
        to = _text(form, "to") or here().person["email"]
        answer = await ask(lambda s: s.send_test(to))
        text = here().voice.refused(answer["text"])
        return said(text) if answer["ok"] else told(text)

    @acts("own")
    async def save_ai(self, form: dict[str, Any]) -> Any:
        """Use this model for AI steps from now on."""
        secret = {
            "base_url": _text(form, "base_url"),
            "api_key": str(form.get("ai_key") or "").strip(),
            "model": _text(form, "model"),
        }
        if not secret["base_url"].startswith(("http://", "https://")) or not secret["model"]:
            return told(
                say("Write the address (it begins with https://) and the name of the model.")
            )
        kept = {k: v for k, v in secret.items() if v}
        return await self._do(
            lambda s: (s.set_credential(AI, "ai", kept), s.save_settings(ai=AI)),
            say("Saved. AI steps use this model now."),
        )

    @acts("own")
    async def use_built_in(self) -> Any:
        """Use the model that runs on this machine."""
        return await self._do(
            lambda s: s.save_settings(ai=False),
            say("AI steps use the built-in model now; nothing leaves this machine."),
        )

    @acts("own")
    async def make_key(self, form: dict[str, Any]) -> Any:
        """Make a key and show it once."""
        kind = "write" if form.get("kind") == "write" else "manage"
        name = _text(form, "key_name") or (say("Website") if kind == "write" else say("Program"))
        self.fresh_key = await ask(lambda s: s.create_key(kind, name))
        await self._show()

    @acts("own")
    async def hide_key(self, opened: bool = False) -> None:
        """Forget the key that was shown."""
        self.fresh_key = ""

    @acts("own")
    async def revoke(self, id: str) -> Any:
        """End a key at once."""
        return await self._do(lambda s: s.revoke_key(id), say("The key no longer opens anything."))

    @acts("own")
    async def save_secret(self, form: dict[str, Any]) -> Any:
        """Keep a secret for web calls or for checking webhooks."""
        name, kind = _text(form, "secret_name"), _text(form, "secret_kind")
        value = str(form.get("secret_value") or "")
        if not name or not value:
            return told(say("A credential needs a name and its secret."))
        hosts = [h.strip() for h in _text(form, "hosts").split(",") if h.strip()]
        secret = {"secret": value} if kind == "hook" else {"token": value}
        kept = "hook" if kind == "hook" else "http"
        return await self._do(
            lambda s: s.set_credential(name, kept, secret, hosts),
            say("{name} is kept. Its secret is never shown again.", name=name),
        )

    @acts("own")
    async def drop_secret(self, name: str) -> Any:
        """Delete a credential."""
        return await self._do(
            lambda s: s.delete_credential(name), say("{name} is gone.", name=name)
        )

    @acts("own")
    async def choose_limit_kind(self, kind: str) -> None:
        """Only a web address has a host to be written."""
        self.limit_kind, self.wrong = kind, {}

    @acts("own")
    async def save_limit(self, form: dict[str, Any]) -> Any:
        """Let so many calls a second go to a provider."""
        kind, host, text = (_text(form, f"limit_{part}") for part in ("kind", "host", "rate"))
        provider = host if kind == "host" else kind
        rate, wrong = 0.0, dict[str, str]()
        if not provider:
            wrong["limit_host"] = say("Write the host that is called, like api.example.com.")
        try:
            rate = float(text.replace(",", "."))
        except ValueError:
            wrong["limit_rate"] = say("How many calls a second is a number, like 5 or 0.5.")
        self.wrong = wrong
        if wrong:
            return None
        fields = {"provider": "limit_host", "rate": "limit_rate"}
        return await self._at_its_field(
            self._do(lambda s: s.set_limit(provider, rate), say("Saved. It holds from now on.")),
            fields,
        )

    @acts("own")
    async def drop_limit(self, provider: str) -> Any:
        """Let as many calls as there are go to a provider."""
        return await self._do(lambda s: s.remove_limit(provider), say("The limit is gone."))

    async def _at_its_field(self, doing: Awaitable[Any], fields: Mapping[str, str]) -> Any:
        """What is refused is said at the field that mends it; `fields`: by argument."""
        try:
            return await doing
        except WaylineError as problem:
            if (name := fields.get(problem.field or "")) is None:
                raise
            self.wrong = {name: here().voice.refused(problem.message)}
            return None

    async def _show(self) -> None:
        at = here()
        found, keys, secrets, dead, limits = await ask(
            lambda s: (s.settings(), s.keys(), s.credentials(), s.dead_letters(), s.limits())
        )
        self.limits = [_limit(one, at.voice) for one in limits]
        self.business, self.zone = found["name"], found["time_zone"]
        self.opt_in = found["opt_in"]
        self.sender_name, self.sender_email = found["sender"]["name"], found["sender"]["email"]
        self.smtp, self.ai, self.url = found["smtp"] or "", found["ai"] or "", found["url"]
        self.keys_made = [
            KeyLine(
                k["id"],
                k["name"] or say("No name"),
                say("Sends events") if k["kind"] == "write" else say("Manages"),
                f"…{k['hint']}",
                at.voice.when(k["created_at"]),
            )
            for k in keys
            if not k["revoked_at"]
        ]
        self.secrets = [_secret(c, at.voice) for c in secrets if c["name"] not in {SMTP, AI}]
        self.stuck = ""
        if dead:
            self.stuck = at.voice.count(
                len(dead), "{count} thing could not be done", "{count} things could not be done"
            )
        self.kept_days = str(found["retention_days"])


def _secret(found: Mapping[str, Any], voice: Voice) -> SecretLine:
    kinds = {
        "smtp": voice.say("Mail server"),
        "ai": voice.say("AI model"),
        "http": voice.say("Web calls"),
        "hook": voice.say("Webhooks"),
    }
    return SecretLine(
        found["name"],
        str(kinds.get(found["kind"], found["kind"])),
        ", ".join(found["hosts"]),
        voice.when(found["updated_at"]),
    )


def _limit(found: Mapping[str, Any], voice: Voice) -> LimitLine:
    rate, held = found["rate"], found["held"]
    most = voice.say("No limit")
    if rate is not None:
        most = voice.say(
            "{rate} call a second at most" if rate == 1 else "{rate} calls a second at most",
            rate=voice.number(rate),
        )
    why = ""
    if held is not None:
        until, failures = voice.when(held["until"]), held["failures"]
        why = (
            voice.say(
                "Failed {count} times in a row. One call tries again {when}.",
                count=failures,
                when=until,
            )
            if failures
            else voice.say("Asked for a pause until {when}.", when=until)
        )
    return LimitLine(found["provider"], voice.told(found["label"]), most, rate is not None, why)


def _text(form: Mapping[str, Any], key: str) -> str:
    value = form.get(key)
    return value.strip() if isinstance(value, str) else ""
