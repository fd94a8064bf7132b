"""Which worker routes a flood, so that the others are there for everybody else.

Only additions: workers of the version before go on routing everything.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("flood_by", sa.String(length=40), nullable=True))
    op.add_column(
        "workspace", sa.Column("flood_until", sa.BigInteger(), server_default="0", nullable=False)
    )
