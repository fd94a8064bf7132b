"""Every edit of a draft with who made it and when, and who has a draft open now.

Only additions: a process of the version before goes on editing drafts without remembering how. The
history says nothing about those edits, and begins anew with the whole document after them.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_edit",
        sa.Column("journey", sa.String(length=40), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ops_json", sa.Text(), server_default="[]", nullable=False),
        sa.Column("document_json", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["journey"], ["journey.id"], name=op.f("fk_draft_edit_journey")),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspace.id"], name=op.f("fk_draft_edit_workspace")
        ),
        sa.UniqueConstraint("journey", "rev", name=op.f("uq_draft_edit_journey_rev")),
        sa.UniqueConstraint(
            "journey", "client", "seq", name=op.f("uq_draft_edit_journey_client_seq")
        ),
    )
    op.create_table(
        "presence",
        sa.Column("journey", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Integer(), nullable=False),
        sa.Column("state_json", sa.Text(), server_default="{}", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["journey"], ["journey.id"], name=op.f("fk_presence_journey")),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspace.id"], name=op.f("fk_presence_workspace")
        ),
        sa.UniqueConstraint("journey", "client", name=op.f("uq_presence_journey_client")),
    )
