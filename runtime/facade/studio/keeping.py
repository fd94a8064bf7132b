"""What keeps the house: settings, secrets, keys, samples and the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.facade import (
    audit,
    limits,
    samples,
    settings,
    shapes,
    trial,
)
from runtime.facade.studio.part import Part


class Keeping(Part):
    """The workspace's own things, on behalf of one person."""

    def settings(self) -> shapes.SettingsShape:
        """The workspace's settings."""
        return settings.settings(self._desk)

    def save_settings(
        self,
        *,
        name: str | None = None,
        time_zone: str | None = None,
        opt_in: bool | None = None,
        retention_days: int | None = None,
        sender: Mapping[str, str] | None = None,
        smtp: str | bool | None = None,
        ai: str | bool | None = None,
    ) -> shapes.SettingsShape:
        """Change what is given. False for `smtp` or `ai` goes back to the built-in one."""
        return settings.save_settings(
            self._desk,
            name=name,
            time_zone=time_zone,
            opt_in=opt_in,
            retention_days=retention_days,
            sender=sender,
            smtp=smtp,
            ai=ai,
        )

    def send_test(self, to: str) -> trial.Trial:
        """Send one message by the mail server in use, and say what became of it."""
        return trial.send_test(self._desk, to)

    def limits(self) -> list[shapes.Limit]:
        """How many calls a second each provider gets, and which ones are held back."""
        return limits.limits(self._desk)

    def set_limit(self, provider: str, rate: float) -> shapes.Limit:
        """Let so many calls a second go to a provider."""
        return limits.set_limit(self._desk, provider, rate)

    def remove_limit(self, provider: str) -> None:
        """Let as many calls as there are go to a provider."""
        limits.remove_limit(self._desk, provider)

    def credentials(self) -> list[shapes.CredentialShape]:
        """The credentials, without their secrets."""
        return settings.credentials(self._desk)

    def set_credential(
        self, name: str, kind: str, secret: Mapping[str, Any], hosts: Sequence[str] = ()
    ) -> None:
        """Store or replace a secret."""
        settings.set_credential(self._desk, name, kind, secret, hosts)

    def delete_credential(self, name: str) -> None:
        """Remove a secret."""
        settings.delete_credential(self._desk, name)

    def keys(self) -> list[shapes.KeyShape]:
        """The API keys, without themselves."""
        return settings.keys(self._desk)

    def create_key(self, kind: str, name: str) -> str:
        """A new key; its text is given this once."""
        return settings.create_key(self._desk, kind, name)

    def revoke_key(self, id: str) -> None:
        """End a key at once."""
        settings.revoke_key(self._desk, id)

    def try_samples(self) -> shapes.SamplesResult:
        """Play a simulated week of a template with sample customers."""
        return samples.try_samples(self._desk)

    def remove_samples(self) -> None:
        """Take the samples out again, all of them."""
        samples.remove_samples(self._desk)

    def has_samples(self) -> bool:
        """Whether there are samples."""
        return samples.has_samples(self._desk)

    def audit(self, page: int = 0) -> list[shapes.AuditRow]:
        """Who did what, the newest first."""
        self._desk.may("own")
        with self._desk.read() as conn:
            return audit.page(conn, self._desk.workspace, max(0, page) * 50, 50)
