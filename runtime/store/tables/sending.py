"""What goes out: effects and what became of them, what a person has to do by hand, and how fast
each provider is used."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from runtime.store.tables.columns import (
    Id,
    at,
    index_where,
    json_text,
    metadata,
    of_workspace,
    own_id,
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True),  # run:token:node:visit
    of_workspace(),
    Column("run", Id, ForeignKey("run.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("once", Boolean, nullable=False),
    Column("credential", Text, nullable=True),
    Column("body", LargeBinary, nullable=False),  # frozen, without credentials
    json_text("retry_json"),
    # pending sending done dead unknown dropped
    Column("state", String(8), nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", BigInteger, nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    json_text("answer_json", nullable=True),
    at("created_at"),
    at("done_at", nullable=True),
    # a person asked for this send: it goes out though its run has ended
    at("asked_at", nullable=True),
    index_where("next_at IS NOT NULL", "ix_outbox_due", "workspace", "next_at"),
    Index(None, "run"),
)
dead_letter = Table(
    "dead_letter",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(8), nullable=False),  # run | effect | event
    Column("ref", Text, nullable=False),
    Column("reason", Text, nullable=False),
    at("created_at"),
    at("resolved_at", nullable=True),
    UniqueConstraint("kind", "ref"),
    index_where("resolved_at IS NULL", "ix_dead_letter_open", "workspace", "created_at"),
)
message = Table(  # the built-in mailbox, and a copy of what was sent by SMTP
    "message",
    metadata,
    own_id(),
    of_workspace(),
    Column("key", Text, nullable=False, unique=True),  # the effect's key
    Column("run", Id, nullable=True),
    Column("customer", Id, nullable=True),
    Column("to", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=True),
    Column("message_id", Text, nullable=False),
    Column("via", String(8), nullable=False),  # mailbox | smtp
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    at("created_at"),
    Index(None, "workspace", "created_at"),
)
task = Table(
    "task",
    metadata,
    own_id(),
    of_workspace(),
    Column("run", Id, nullable=True),
    Column("customer", Id, nullable=True),
    Column("key", Text, nullable=False, unique=True),  # run:token:node:visit
    Column("title", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("assignee", Text, nullable=True),
    at("due_at", nullable=True),
    at("created_at"),
    at("done_at", nullable=True),
    Index(None, "run"),
)
bucket = Table(  # when a provider's allowance will be full again; rates stand in the settings
    "bucket",
    metadata,
    of_workspace(),
    Column("provider", Text, nullable=False),
    at("full_at"),
    UniqueConstraint("workspace", "provider"),
)
held = Table(  # providers that asked for a pause, or that failed again and again
    "held",
    metadata,
    of_workspace(),
    Column("provider", Text, nullable=False),
    at("until_at"),
    Column("failures", Integer, nullable=False),  # in a row; 0: it asked for a pause itself
    Column("pause_us", BigInteger, nullable=False),  # how long the next pause will be
    UniqueConstraint("workspace", "provider"),
)
