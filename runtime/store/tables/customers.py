"""Who it is about, by every name, and the long work that takes them and their past out again."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
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

customer = Table(
    "customer",
    metadata,
    own_id(),
    of_workspace(),
    Column("external_id", Text, nullable=True),
    Column("email", Text, nullable=True),
    json_text("attributes_json"),
    json_text("consent_json"),
    json_text("segments_json", default="[]"),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    at("created_at"),
    at("updated_at"),
    UniqueConstraint("workspace", "external_id"),
    Index("ix_customer_workspace_email", "workspace", "email"),
)
identity = Table(  # every name a customer is known by; alias adds rows
    "identity",
    metadata,
    of_workspace(),
    Column("kind", String(12), nullable=False),  # id | email | anonymous
    Column("value", Text, nullable=False),
    Column("customer", Id, ForeignKey("customer.id"), nullable=False),
    UniqueConstraint("workspace", "kind", "value"),
    Index(None, "customer"),
)
# long work that goes by small transactions: erasing a customer, keeping to the retention rule
chore = Table(
    "chore",
    metadata,
    own_id(),
    of_workspace(),
    Column("kind", String(8), nullable=False),  # erase | retain
    Column("ref", Text, nullable=False),  # erase: the customer; retain: empty
    json_text("state_json"),  # how far it has come
    Column("next_at", BigInteger, nullable=True),  # due when <= now; null: done
    at("created_at"),
    at("done_at", nullable=True),
    UniqueConstraint("kind", "workspace", "ref"),
    index_where("next_at IS NOT NULL", "ix_chore_due", "next_at"),
)
erased = Table(  # who was erased, by hashes of their names: a backup brought back erases them again
    "erased",
    metadata,
    of_workspace(),
    Column("digest", String(64), nullable=False),
    at("at"),
    UniqueConstraint("workspace", "digest"),
)
