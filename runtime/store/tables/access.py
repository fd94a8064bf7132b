"""The workspace, and who may do what in it: accounts, sessions, keys, credentials, and the audit of
what was done."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from runtime.store.tables.columns import Id, Serial, at, json_text, metadata, of_workspace, own_id

workspace = Table(
    "workspace",
    metadata,
    own_id(),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    # {"opt_in": bool, "sender": {"name", "email"}, "ai": credential, "smtp": credential}
    json_text("settings_json"),
    # grows with each publish, pause, resume
    Column("live_rev", BigInteger, nullable=False, server_default="0"),
    # last committed engine instant (SQLite's clock)
    Column("last_at", BigInteger, nullable=False, server_default="0"),
    # the worker that routes its flood of events while others want their turn, and until when
    Column("flood_by", Id, nullable=True),
    Column("flood_until", BigInteger, nullable=False, server_default="0"),
    at("created_at"),
)
person = Table(
    "person",
    metadata,
    own_id(),
    of_workspace(),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", String(16), nullable=False),
    at("created_at"),
    UniqueConstraint("email"),
)
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person", Id, ForeignKey("person.id"), nullable=False),
    at("created_at"),
    at("expires_at"),
)
setup_link = Table(
    "setup_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    at("created_at"),
    at("used_at", nullable=True),
)
api_key = Table(
    "api_key",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(8), nullable=False),  # manage | write
    Column("name", Text, nullable=False, server_default=""),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("hint", String(16), nullable=False),
    at("created_at"),
    at("revoked_at", nullable=True),
)
credential = Table(
    "credential",
    metadata,
    own_id(),
    of_workspace(),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # smtp | ai | http | hook
    Column("sealed", LargeBinary, nullable=False),
    json_text("hosts_json", default="[]"),
    at("created_at"),
    at("updated_at"),
    UniqueConstraint("workspace", "name"),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    of_workspace(),
    at("at"),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("of", Text, nullable=False),
    json_text("detail_json"),
    Column("chain", LargeBinary, nullable=False),  # SHA-256 over the previous chain and this row
)
