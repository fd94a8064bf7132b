"""How many runs have reached the goal of each version, as a counter: it stays when runs go by the
retention rule, and nobody has to count runs for it.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """INSERT INTO counter (version, node, handle, n)
 SELECT version, '', 'goal', count(*) FROM run WHERE goal_at IS NOT NULL GROUP BY version"""
    )
