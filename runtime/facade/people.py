"""People and their sessions: the one-time link, passwords (argon2id), and who is signed in."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from runtime.facade import audit
from runtime.facade.desk import House, dump, mapping
from runtime.facade.errors import Refused
from runtime.facade.shapes import Person
from runtime.journey.times import zone
from runtime.store.database import Connection, new_id, rows, run
from runtime.store.first import token_hash

SESSION_DAYS = 14
LINK_HOURS = 24
LEAST_PASSWORD = 10
MOST_PASSWORD = 1000
_DAY = 86_400_000_000
_HOUR = 3_600_000_000


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that takes as long to check as a real one, for addresses that are not known."""
    return _hasher().hash(secrets.token_urlsafe(16))


class Guesses:
    """Counts failed sign-ins by account and by address, so that a password cannot be guessed."""

    WINDOW = 900.0
    MOST: ClassVar = {"account": 10, "address": 50}

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[tuple[str, str], list[float]] = {}
        self._lock = threading.Lock()

    def _recent(self, key: tuple[str, str]) -> list[float]:
        since = self._clock() - self.WINDOW
        recent = [at for at in self._failed.get(key, ()) if at > since]
        if recent:
            self._failed[key] = recent
        else:
            self._failed.pop(key, None)
        return recent

    def check(self, account: str, address: str) -> None:
        """Refuse when there were too many."""
        with self._lock:
            for key in (("account", account), ("address", address)):
                if len(self._recent(key)) >= self.MOST[key[0]]:
                    raise Refused(
                        "Too many wrong passwords. Wait a quarter of an hour and try again."
                    )

    def failed(self, account: str, address: str) -> None:
        """Count one."""
        with self._lock:
            if len(self._failed) > 10_000:
                for key in list(self._failed):
                    self._recent(key)
            for key in (("account", account), ("address", address)):
                self._failed.setdefault(key, []).append(self._clock())

    def worked(self, account: str) -> None:
        """Forget an account's failures."""
        with self._lock:
            self._failed.pop(("account", account), None)


# --- The first owner -------------------------------------------------------------------------


def create_owner(
    house: House,
    token: str,
    *,
    name: str,
    email: str,
    password: str,
    workspace: str,
    time_zone: str,
) -> str:
    """Make the first person, with the one-time link; gives a session token."""
    name, email, workspace = name.strip(), email.strip(), workspace.strip()
    _check_new(name, email, password)
    if zone(time_zone) is None:
        raise Refused(f"There is no time zone {time_zone!r}. Choose one like Europe/Lisbon.")
    hashed = _hasher().hash(password)

    def work(conn: Connection) -> str:
        now = house.database.now_us(conn)
        sql = """UPDATE setup_link SET used_at = ?
 WHERE token_hash = ? AND used_at IS NULL AND created_at > ?"""
        if run(conn, sql, (now, token_hash(token), now - LINK_HOURS * _HOUR)).rowcount != 1:
            raise Refused(
                "This link has been used or is too old. Start Wayline again to get a fresh one."
            )
        if rows(conn, "SELECT 1 FROM person LIMIT 1"):
            raise Refused("There is an owner already. Sign in, or ask the owner.")
        space = default_workspace(conn)
        (text,) = rows(conn, "SELECT settings_json FROM workspace WHERE id = ?", (space,))[0]
        # Messages come from the owner until the settings say otherwise.
        kept = dump({"sender": {"name": name, "email": email}, **mapping(text)})
        person = new_id()
        run(
            conn,
            """INSERT INTO person (id, workspace, email, name, password_hash, role, created_at)
 VALUES (?,?,?,?,?,?,?)""",
            (person, space, email.lower(), name, hashed, "owner", now),
        )
        run(
            conn,
            """UPDATE workspace SET name = ?, time_zone = ?, settings_json = ?,
 live_rev = live_rev + 1 WHERE id = ?""",
            (workspace or f"{name}’s workspace", time_zone, kept, space),
        )
        audit.add(conn, audit.Entry(space, now, name, "owner.created", person, {}))
        return _new_session(conn, person, now)

    return house.database.transact(work)


def _check_new(name: str, email: str, password: str) -> None:
    if not name:
        raise Refused("Write your name: your team sees it beside what you decide.")
    at, dot = email.rfind("@"), email.rfind(".")
    if at < 1 or dot < at + 2 or dot == len(email) - 1 or any(c.isspace() for c in email):
        raise Refused(f"{email or 'Nothing'} is not an email address. Check it for a typing error.")
    if len(password) < LEAST_PASSWORD:
        raise Refused(f"The password is short. Use at least {LEAST_PASSWORD} characters.")
    if len(password) > MOST_PASSWORD:
        raise Refused(f"The password is too long. Use at most {MOST_PASSWORD} characters.")


def default_workspace(conn: Connection) -> str:
    """The oldest workspace; `Wayline.open` has made one."""
    return rows(conn, "SELECT id FROM workspace ORDER BY created_at, id LIMIT 1")[0][0]


# --- Sessions --------------------------------------------------------------------------------


def _new_session(conn: Connection, person: str, now: int) -> str:
    token = secrets.token_urlsafe(32)
    run(conn, "DELETE FROM session WHERE expires_at < ?", (now,))
    run(
        conn,
        "INSERT INTO session (token_hash, person, created_at, expires_at) VALUES (?,?,?,?)",
        (token_hash(token), person, now, now + SESSION_DAYS * _DAY),
    )
    return token


def sign_in(house: House, guesses: Guesses, email: str, password: str, address: str) -> str:
    """A session token for the right password."""
    account = email.strip().lower()
    guesses.check(account, address)
    with house.database.read() as conn:
        sql = "SELECT id, workspace, name, password_hash FROM person WHERE email = ?"
        found = rows(conn, sql, (account,))
    hashed = found[0][3] if found else _nobody()
    if not _matches(hashed, password) or not found:
        guesses.failed(account, address)
        raise Refused("The email or the password is not right. Check both and try again.")
    guesses.worked(account)
    person, workspace, name, _ = found[0]

    def work(conn: Connection) -> str:
        now = house.database.now_us(conn)
        audit.add(conn, audit.Entry(workspace, now, name, "signed.in", person, {}))
        return _new_session(conn, person, now)

    return house.database.transact(work)


def _matches(hashed: str, password: str) -> bool:
    try:
        return len(password) <= MOST_PASSWORD and _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def session(house: House, token: str) -> Person | None:
    """Who is signed in with this token."""
    if not token or len(token) > 200:
        return None
    with house.database.read() as conn:
        now = house.database.now_us(conn)
        sql = """SELECT p.id, p.name, p.email, p.role, w.id, w.name, w.time_zone
 FROM session s JOIN person p ON p.id = s.person JOIN workspace w ON w.id = p.workspace
 WHERE s.token_hash = ? AND s.expires_at > ?"""
        found = rows(conn, sql, (token_hash(token), now))
    if not found:
        return None
    person, name, email, role, space, space_name, time_zone = found[0]
    return {
        "id": person,
        "name": name,
        "email": email,
        "role": role,
        "workspace": {"id": space, "name": space_name, "time_zone": time_zone},
    }


def sign_out(house: House, token: str) -> None:
    """End this session."""
    house.database.transact(
        lambda conn: run(conn, "DELETE FROM session WHERE token_hash = ?", (token_hash(token),))
    )
