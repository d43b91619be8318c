"""Tokens may end by themselves and tell when they were last used; page sessions; people of the issuer who are barred.

None of it is part of the log. Nothing of it is deleted either: a session that ended and a bar that was lifted say when.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("token", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("token", sa.Column("last_used_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "session",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_session")),
    )
    op.create_table(
        "barred",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("barred_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "barred_at", name=op.f("pk_barred")),
    )


def downgrade() -> None:
    op.drop_table("barred")
    op.drop_table("session")
    op.drop_column("token", "last_used_at")
    op.drop_column("token", "expires_at")
