"""Checkpoints, the cosignatures on them and their publication are only added to, and neither what is signed nor what is published
ever goes back.

The guards against change are those of the log (0002). On PostgreSQL the guard against going back holds the lock that the service
holds while it signs: without it two transactions would not see each other's checkpoints.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What a row may not have in common with an older one, beside its rowid.
SAME = {
    "checkpoint": "size >= NEW.size",
    "cosignature": "(size = NEW.size AND witness = NEW.witness)",
    "publication": "size >= NEW.size",
}
FORWARD = ("checkpoint", "publication")

PUBLISHING_LOCK = 7461  # as in ledger.store.checkpoints

POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION ledger_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  goes_back boolean;
BEGIN
  PERFORM pg_advisory_xact_lock({PUBLISHING_LOCK});
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE size >= $1)', TG_RELID::regclass) INTO goes_back USING NEW.size;
  IF goes_back THEN
    RAISE EXCEPTION 'the log is append-only: a % of % is not beyond the last one', TG_TABLE_NAME, NEW.size
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.String(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_cosignature")),
    )
    op.create_table(
        "publication",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_cosignature_witness_size"), "cosignature", ["witness", "size"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        for table in FORWARD:
            op.execute(f"CREATE TRIGGER {table}_forward BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_forward()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_forward")
        for table in SAME:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate")
        return
    for table, same in SAME.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: {verb} on {table} refused'); END"
            )
        # The same guard refuses what would replace a row and, of what only grows, what would go back.
        op.execute(
            f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid OR {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: this is in {table} already, or what came after it'); END"
        )


def downgrade() -> None:
    op.drop_table("publication")
    op.drop_table("cosignature")
    op.drop_table("checkpoint")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_forward()")
