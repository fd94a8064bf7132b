"""A workspace's settings, credentials and keys. Secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from runtime import keys as api_keys
from runtime.facade import publish
from runtime.facade.desk import Desk, dump, listing, mapping, when
from runtime.facade.errors import NotFound, Refused
from runtime.facade.journeys import bump
from runtime.facade.shapes import CredentialShape, KeyShape, Sender, SettingsShape
from runtime.journey.times import zone
from runtime.store import retention
from runtime.store.clock import rfc3339
from runtime.store.database import Connection, new_id, rows, run
from runtime.vault import VaultError

# what each kind must hold, and what it may hold besides
KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "smtp": (frozenset(("host",)), frozenset(("port", "security", "username", "password"))),
    "ai": (frozenset(("base_url",)), frozenset(("api_key", "model", "provider"))),
    "http": (frozenset(), frozenset(("token", "username", "password", "header", "value"))),
    "hook": (frozenset(), frozenset(("secret", "secrets", "token", "previous"))),
}
MOST_DAYS = 36_500
USED_AS = {"smtp": "smtp", "ai": "ai"}  # the setting that names the one in use


def settings(desk: Desk) -> SettingsShape:
    """The workspace's settings."""
    with desk.read() as conn:
        name, time_zone, text = _space(conn, desk.workspace)
        sql = "SELECT id, name, email, role FROM person WHERE workspace = ? ORDER BY created_at"
        people = rows(conn, sql, (desk.workspace,))
    kept = mapping(text)
    return {
        "name": name,
        "time_zone": time_zone,
        "opt_in": bool(kept.get("opt_in")),
        "retention_days": retention.days_of(text),
        "sender": _sender(kept),
        "smtp": kept.get("smtp"),
        "ai": kept.get("ai"),
        "url": desk.house.settings.url,
        "people": [dict(zip(("id", "name", "email", "role"), p, strict=True)) for p in people],
    }


def _space(conn: Connection, workspace: str) -> tuple[str, str, str]:
    sql = "SELECT name, time_zone, settings_json FROM workspace WHERE id = ?"
    name, time_zone, text = rows(conn, sql, (workspace,))[0]
    return name, time_zone, text


def _sender(kept: Mapping[str, Any]) -> Sender:
    given: Any = kept.get("sender")
    row = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    return {"name": str(row.get("name") or ""), "email": str(row.get("email") or "")}


def save_settings(
    desk: Desk,
    *,
    name: str | None = None,
    time_zone: str | None = None,
    opt_in: bool | None = None,
    retention_days: int | None = None,
    sender: Mapping[str, str] | None = None,
    smtp: str | bool | None = None,
    ai: str | bool | None = None,
) -> SettingsShape:
    """Change what is given. `smtp` and `ai` name a credential; False goes back to the built-in."""
    if time_zone is not None and zone(time_zone) is None:
        raise Refused(f"There is no time zone {time_zone!r}. Choose one like Europe/Lisbon.")
    if name is not None and not name.strip():
        raise Refused("The workspace needs a name, say that of your business.")
    if sender is not None:
        _check_sender(sender)
    if retention_days is not None and not (
        retention_days == 0 or retention.LEAST <= retention_days <= MOST_DAYS
    ):
        raise Refused(
            f"Keep what is finished for at least {retention.LEAST} days: senders may repeat an "
            "event for so long. 0 keeps it for ever."
        )

    def work(conn: Connection, now: int) -> None:
        old_name, old_zone, text = _space(conn, desk.workspace)
        kept = mapping(text)
        if opt_in is not None:
            kept["opt_in"] = opt_in
        if retention_days is not None:
            kept["retention_days"] = retention_days
            retention.arrange(conn, desk.workspace, now)
        if sender is not None:
            kept["sender"] = {
                "name": sender.get("name", "").strip(),
                "email": sender.get("email", "").strip(),
            }
        for kind, chosen in (("smtp", smtp), ("ai", ai)):
            if chosen is False:
                kept.pop(kind, None)
            elif isinstance(chosen, str):
                _known(conn, desk.workspace, chosen, kind)
                kept[kind] = chosen
        run(
            conn,
            """UPDATE workspace SET name = ?, time_zone = ?, settings_json = ?,
 live_rev = live_rev + 1 WHERE id = ?""",
            ((name or old_name).strip(), time_zone or old_zone, dump(kept), desk.workspace),
        )
        if time_zone is not None and time_zone != old_zone:
            publish.follow_zone(conn, now, desk)
        kept_for = {} if retention_days is None else {"retention_days": retention_days}
        desk.audit(conn, now, "settings.saved", desk.workspace, kept_for)

    desk.write("own", work)
    return settings(desk)


def _check_sender(sender: Mapping[str, str]) -> None:
    text = sender.get("name", "") + sender.get("email", "")
    email = sender.get("email", "").strip()
    if any(ord(c) < 32 for c in text):
        raise Refused("The sender holds a line break or control character. Type it again.")
    if email and ("@" not in email or " " in email):
        raise Refused(f"{email} is not an email address. Check it for a typing error.")


def _known(conn: Connection, workspace: str, name: str, kind: str) -> None:
    sql = "SELECT kind FROM credential WHERE workspace = ? AND name = ?"
    found = rows(conn, sql, (workspace, name))
    if not found:
        raise NotFound(f"There is no credential {name}. Add it first.")
    if found[0][0] != kind:
        raise Refused(f"The credential {name} is of the kind {found[0][0]}, not {kind}.")


# --- Credentials -----------------------------------------------------------------------------


def credentials(desk: Desk) -> list[CredentialShape]:
    """The credentials, without their secrets."""
    with desk.read() as conn:
        sql = """SELECT name, kind, hosts_json, created_at, updated_at FROM credential
 WHERE workspace = ? ORDER BY name"""
        return [
            {
                "name": name,
                "kind": kind,
                "hosts": listing(hosts),
                "created_at": rfc3339(created),
                "updated_at": rfc3339(updated),
            }
            for name, kind, hosts, created, updated in rows(conn, sql, (desk.workspace,))
        ]


def set_credential(
    desk: Desk, name: str, kind: str, secret: Mapping[str, Any], hosts: Sequence[str] = ()
) -> None:
    """Store a secret under a name, or replace it. The first mail server or AI service is used at
    once.
    """
    desk.may("own")
    name = name.strip()
    _check_secret(name, kind, secret, hosts)
    try:
        vault = desk.house.vault
    except VaultError as error:
        raise Refused(str(error)) from None

    def work(conn: Connection, now: int) -> None:
        sql = "SELECT id, kind FROM credential WHERE workspace = ? AND name = ?"
        found = rows(conn, sql, (desk.workspace, name))
        if found and found[0][1] != kind:
            raise Refused(
                f"There is a credential {name} of the kind {found[0][1]}. Choose another name."
            )
        made = found[0][0] if found else new_id()
        sealed = vault.seal(desk.workspace, made, secret)
        run(
            conn,
            """INSERT INTO credential (id, workspace, name, kind, sealed, hosts_json, created_at,
 updated_at) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (workspace, name) DO UPDATE
 SET sealed = excluded.sealed, hosts_json = excluded.hosts_json,
 updated_at = excluded.updated_at""",
            (made, desk.workspace, name, kind, sealed, dump(list(hosts)), now, now),
        )
        _use(conn, desk.workspace, kind, name)
        bump(conn, desk.workspace)
        desk.audit(conn, now, "credential.set", name, {"kind": kind, "hosts": list(hosts)})

    desk.write("own", work)


def _use(conn: Connection, workspace: str, kind: str, name: str) -> None:
    kept = mapping(_space(conn, workspace)[2])
    setting = USED_AS.get(kind)
    if setting and not kept.get(setting):
        sql = "UPDATE workspace SET settings_json = ? WHERE id = ?"
        run(conn, sql, (dump({**kept, setting: name}), workspace))


def _check_secret(name: str, kind: str, secret: Mapping[str, Any], hosts: Sequence[str]) -> None:
    if not name or len(name) > 100 or any(ord(c) < 32 for c in name):
        raise Refused("A credential needs a name of at most 100 characters.")
    if kind not in KINDS:
        raise Refused(f"There is no kind of credential {kind!r}: use {', '.join(KINDS)}.")
    needed, allowed = KINDS[kind]
    missing = [field for field in sorted(needed) if not secret.get(field)]
    if missing:
        raise Refused(f"A credential of the kind {kind} needs {' and '.join(missing)}.")
    unknown = sorted(set(secret) - needed - allowed)
    if unknown:
        known = ", ".join(sorted(needed | allowed))
        raise Refused(f"A credential of the kind {kind} has no {unknown[0]}: it may hold {known}.")
    if not needed and not any(secret.values()):
        raise Refused(f"The credential is empty: it may hold {', '.join(sorted(allowed))}.")
    if kind == "http" and not hosts:
        raise Refused(
            "A credential for web addresses needs its hosts, say api.example.com: it is sent to no "
            "other."
        )
    if not all(isinstance(host, str) and host.strip() for host in hosts):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Refused("The hosts are a list of names, say api.example.com.")


def delete_credential(desk: Desk, name: str) -> None:
    """Remove a secret for good. What used it falls back to the built-in, or fails with a reason."""

    def work(conn: Connection, now: int) -> None:
        sql = "DELETE FROM credential WHERE workspace = ? AND name = ?"
        if run(conn, sql, (desk.workspace, name)).rowcount != 1:
            raise NotFound(f"There is no credential {name}.")
        kept = mapping(_space(conn, desk.workspace)[2])
        for setting in USED_AS.values():
            if kept.get(setting) == name:
                del kept[setting]
        sql = "UPDATE workspace SET settings_json = ?, live_rev = live_rev + 1 WHERE id = ?"
        run(conn, sql, (dump(kept), desk.workspace))
        desk.audit(conn, now, "credential.deleted", name)

    desk.write("own", work)


# --- Keys ------------------------------------------------------------------------------------


def keys(desk: Desk) -> list[KeyShape]:
    """The API keys, without themselves."""
    with desk.read() as conn:
        sql = """SELECT id, kind, name, hint, created_at, revoked_at FROM api_key
 WHERE workspace = ? ORDER BY revoked_at IS NOT NULL, created_at DESC"""
        return [
            {
                "id": one,
                "kind": kind,
                "name": name,
                "hint": hint,
                "created_at": rfc3339(created),
                "revoked_at": when(revoked),
            }
            for one, kind, name, hint, created, revoked in rows(conn, sql, (desk.workspace,))
        ]


def create_key(desk: Desk, kind: str, name: str) -> str:
    """A new key; its text is given this once."""
    if kind not in ("manage", "write"):
        raise Refused("A key is for managing or for writing events: use manage or write.")
    wanted: api_keys.Kind = "manage" if kind == "manage" else "write"

    def work(conn: Connection, now: int) -> str:
        made = new_id()
        token = api_keys.create(
            conn, desk.workspace, wanted, name.strip()[:200], key_id=made, at=now
        )
        desk.audit(conn, now, "key.created", made, {"kind": kind})
        return token

    return desk.write("own", work)


def revoke_key(desk: Desk, key_id: str) -> None:
    """End a key at once."""

    def work(conn: Connection, now: int) -> None:
        if not api_keys.revoke(conn, desk.workspace, key_id, at=now):
            raise NotFound("There is no such key, or it was revoked already.")
        desk.audit(conn, now, "key.revoked", key_id)

    desk.write("own", work)
