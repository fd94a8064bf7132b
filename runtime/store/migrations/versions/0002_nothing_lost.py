"""What an engine that loses nothing needs beside the first tables.

Only additions, so that workers of the version before go on working on these tables (expand →
migrate → contract).

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

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
