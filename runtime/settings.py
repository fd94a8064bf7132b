"""Where this installation keeps its things, read once from the environment and the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`database` and `redis` are URLs; None means the embedded ones in `data`."""

    data: Path
    database: str | None = None
    redis: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    public_url: str | None = None  # as seen from outside; None: http://{host}:{port}
    allow_net: tuple[str, ...] = ()  # private networks that the HTTP node may reach
    lease_seconds: float = 30.0
    high_water: int = 50_000  # events of a workspace that may wait to be routed
    high_water_total: int = 2_000_000  # of all workspaces

    @property
    def url(self) -> str:
        """The address people and webhooks use, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def database_url(self) -> str:
        """A SQLAlchemy URL."""
        if self.database:
            return self.database.replace("postgres://", "postgresql://", 1).replace(
                "postgresql://", "postgresql+psycopg://", 1
            )
        return f"sqlite:///{self.data / 'wayline.db'}"


def from_environment(env: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from WAYLINE_DATA, DATABASE_URL, REDIS_URL, WAYLINE_HOST, WAYLINE_PORT,
    WAYLINE_WORKERS, WAYLINE_URL, WAYLINE_ALLOW_NET (comma-separated networks), WAYLINE_LEASE
    (seconds), WAYLINE_HIGH_WATER and WAYLINE_HIGH_WATER_TOTAL (events); `given` values that are not
    None win.
    """
    env = os.environ if env is None else env
    found: dict[str, object] = {"data": Path(env.get("WAYLINE_DATA") or "data").absolute()}
    for key, name, kind in (
        ("database", "DATABASE_URL", str),
        ("redis", "REDIS_URL", str),
        ("host", "WAYLINE_HOST", str),
        ("port", "WAYLINE_PORT", int),
        ("workers", "WAYLINE_WORKERS", int),
        ("public_url", "WAYLINE_URL", str),
        ("lease_seconds", "WAYLINE_LEASE", float),
        ("high_water", "WAYLINE_HIGH_WATER", int),
        ("high_water_total", "WAYLINE_HIGH_WATER_TOTAL", int),
    ):
        if env.get(name):
            found[key] = kind(env[name])
    if env.get("WAYLINE_ALLOW_NET"):
        found["allow_net"] = tuple(
            n.strip() for n in env["WAYLINE_ALLOW_NET"].split(",") if n.strip()
        )
    found |= {k: v for k, v in given.items() if v is not None}
    return Settings(**found)  # type: ignore[arg-type]
