"""Wayline: an open installation. It knows who is signed in and gives each person their studio."""

from __future__ import annotations

from typing import Any, cast

from nodes.registry import node_types
from runtime.facade import people
from runtime.facade.desk import Desk, House
from runtime.facade.shapes import Person
from runtime.facade.studio import Studio
from runtime.settings import Settings
from runtime.store import first
from runtime.store.database import Database, rows
from runtime.store.intake import Bell, Intake
from runtime.vault import Vault


class Wayline:
    """One for each process. `Wayline.open(settings)` makes the default workspace if need be."""

    def __init__(self, house: House, guesses: people.Guesses | None = None) -> None:
        self._house = house
        self._guesses = guesses or people.Guesses()

    @classmethod
    def open(cls, settings: Settings, *, migrate: bool = True, bell: Bell | None = None) -> Wayline:
        """Open the database and make the default workspace when there is none."""
        database = Database.open(settings, migrate=migrate)
        ringer = bell or _doorbell(settings)
        house = House(settings, database, Intake(database, ringer), ringer, node_types())
        first.workspace(database)
        return cls(house)

    @property
    def settings(self) -> Settings:
        return self._house.settings

    @property
    def database(self) -> Database:
        return self._house.database

    @property
    def intake(self) -> Intake:
        return self._house.intake

    @property
    def vault(self) -> Vault:
        return self._house.vault

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        self._house.intake.close()
        self._house.database.close()

    def pulse(self) -> str:
        """A text that changes whenever something was committed: what open pages look at."""
        with self.database.read() as conn:
            if conn.dialect.name == "sqlite":
                sql = """SELECT max(last_at), (SELECT max(seq) FROM event),
 (SELECT max(seq) FROM audit) FROM workspace"""
            else:
                sql = "SELECT pg_current_wal_insert_lsn()::text"
            return " ".join(str(value) for value in rows(conn, sql)[0])

    # --- People -------------------------------------------------------------------------------

    def has_owner(self) -> bool:
        """Whether there is an owner already."""
        return first.has_owner(self.database)

    def setup_token(self) -> str | None:
        """A fresh one-time token while there is no owner."""
        return first.setup_token(self.database)

    def create_owner(
        self,
        token: str,
        *,
        name: str,
        email: str,
        password: str,
        workspace: str = "",
        time_zone: str = "UTC",
    ) -> str:
        """Make the owner with the one-time token; gives a session token. Raises Refused."""
        return people.create_owner(
            self._house,
            token,
            name=name,
            email=email,
            password=password,
            workspace=workspace,
            time_zone=time_zone,
        )

    def sign_in(self, email: str, password: str, address: str) -> str:
        """A session token (14 days). Raises Refused."""
        return people.sign_in(self._house, self._guesses, email, password, address)

    def session(self, token: str) -> Person | None:
        """Who is signed in with this token."""
        return people.session(self._house, token)

    def sign_out(self, token: str) -> None:
        """End this session."""
        people.sign_out(self._house, token)

    def studio(self, person: Person | dict[str, Any]) -> Studio:
        """The studio of a signed-in person."""
        who = cast("Person", person)
        return Studio(
            Desk(self._house, who["workspace"]["id"], who["name"], who["role"], who["id"])
        )

    def system(self) -> Studio:
        """The default workspace for commands and management keys."""
        with self.database.read() as conn:
            workspace = people.default_workspace(conn)
        return Studio(Desk(self._house, workspace, "Wayline", "owner"))


def _doorbell(settings: Settings) -> Bell:
    from runtime.queue.doorbell import Doorbell

    return Doorbell(settings)
