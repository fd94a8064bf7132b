"""What is designed: journeys with their versions and edits, and what calls their triggers: webhooks
and schedules."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from runtime.store.tables.columns import Id, at, json_text, metadata, of_workspace, own_id

journey = Table(
    "journey",
    metadata,
    own_id(),
    of_workspace(),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    json_text("draft_json"),
    Column("draft_rev", BigInteger, nullable=False, server_default="1"),
    at("draft_at"),
    Column("state", String(8), nullable=False, server_default="draft"),  # draft | live | paused
    Column("live_version", Id, nullable=True),  # set while live or paused
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    at("created_at"),
    at("deleted_at", nullable=True),
    UniqueConstraint("workspace", "slug"),
)
journey_version = Table(
    "journey_version",
    metadata,
    own_id(),
    of_workspace(),
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    json_text("document_json"),
    at("published_at"),
    Column("published_by", Text, nullable=True),
    UniqueConstraint("journey", "number"),
)
# every accepted batch of edits of a draft; from the last row with the whole document on, each state
# of it can be made again
draft_edit = Table(
    "draft_edit",
    metadata,
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("rev", BigInteger, nullable=False),  # what the draft became by it
    of_workspace(),
    at("at"),
    Column("person", Id, nullable=True),  # null: a command or a key
    Column("name", Text, nullable=False),
    # one open editor, and the number it gave the batch
    Column("client", String(64), nullable=True),
    Column("seq", BigInteger, nullable=True),
    Column("base", BigInteger, nullable=False),  # the revision that the person saw
    Column("label", Text, nullable=False),
    json_text("ops_json", default="[]"),
    json_text("document_json", nullable=True),
    UniqueConstraint("journey", "rev"),
    UniqueConstraint("journey", "client", "seq"),
)
presence = Table(  # who has a draft open now; who has not been heard of for a while is gone
    "presence",
    metadata,
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("client", String(64), nullable=False),
    of_workspace(),
    Column("person", Id, nullable=True),
    Column("name", Text, nullable=False),
    Column("color", Integer, nullable=False),
    json_text("state_json"),  # {selection, cursor, field}
    at("at"),
    UniqueConstraint("journey", "client"),
)
hook = Table(  # a webhook trigger's address; it stays the same over versions
    "hook",
    metadata,
    Column("token", String(64), primary_key=True),
    of_workspace(),
    Column("journey", Id, ForeignKey("journey.id"), nullable=False),
    Column("node", Text, nullable=False),
    at("created_at"),
    UniqueConstraint("journey", "node"),
)
schedule = Table(
    "schedule",
    metadata,
    own_id(),
    of_workspace(),
    Column("journey", Id, nullable=False),
    Column("node", Text, nullable=False),
    Column("cron", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("segment", Text, nullable=True),
    at("next_at"),
    Column("cursor", Text, nullable=True),  # the last customer of a fan-out under way
    # what becomes of firings that were missed: latest | all | skip
    Column("missed", String(8), nullable=False, server_default="latest"),
    UniqueConstraint("journey", "node"),
    Index(None, "next_at"),
)
schedule_fire = Table(
    "schedule_fire",
    metadata,
    Column("schedule", Id, nullable=False),
    Column("nominal", String(32), nullable=False),
    at("at"),
    UniqueConstraint("schedule", "nominal"),
)
