"""What an engine that loses nothing needs beside the first tables.

Only additions, so that workers of the version before go on working on these tables (expand →
migrate → contract).

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An event has no customer until it is routed: the index need not hold those.
    op.drop_index("ix_event_customer", table_name="event")
    op.create_index(
        "ix_event_customer",
        "event",
        ["customer", "seq"],
        sqlite_where=sa.text("customer IS NOT NULL"),
        postgresql_where=sa.text("customer IS NOT NULL"),
    )

    op.add_column("outbox", sa.Column("asked_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "schedule",
        sa.Column("missed", sa.String(length=8), server_default="latest", nullable=False),
    )
    op.create_index(op.f("ix_task_run"), "task", ["run"], unique=False)
    op.create_index(
        "ix_dead_letter_open",
        "dead_letter",
        ["workspace", "created_at"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "chore",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_chore_workspace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chore")),
        sa.UniqueConstraint("kind", "workspace", "ref", name=op.f("uq_chore_kind_workspace_ref")),
    )
    op.create_index(
        "ix_chore_due",
        "chore",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "erased",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_erased_workspace")),
        sa.UniqueConstraint("workspace", "digest", name=op.f("uq_erased_workspace_digest")),
    )
    op.create_table(
        "bucket",
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_bucket_workspace")),
        sa.UniqueConstraint("workspace", "provider", name=op.f("uq_bucket_workspace_provider")),
    )
    # Workspaces that are there already keep to the retention rule, too (new ones get it when they
    # are made): from tomorrow on, so that there is time to choose another.
    tomorrow = (time.time_ns() // 1000) + 86_400_000_000
    op.execute(
        f"""INSERT INTO chore (id, workspace, kind, ref, next_at, created_at)
 SELECT 'retain-' || id, id, 'retain', '', {tomorrow}, 0 FROM workspace WHERE length(id) <= 33"""
    )
