"""Entries, disclosures and tiles are only added to, densely: the database itself refuses everything else.

Whoever owns the tables can still take the triggers away; that is what `pool-ledger check` and the proofs are for.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDED = ("entry", "disclosure", "tile")

# What a row may not have in common with an older one, beside its rowid.
SAME = {
    "entry": "(centre = NEW.centre AND seq = NEW.seq) OR recorded_at = NEW.recorded_at",
    "disclosure": "entry = NEW.entry",
    "tile": "(level = NEW.level AND n = NEW.n)",
}

POSTGRESQL_FUNCTIONS = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION ledger_dense() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.index <> 0 AND NOT EXISTS (SELECT 1 FROM entry WHERE index = NEW.index - 1) THEN
    RAISE EXCEPTION 'entry % has no entry before it', NEW.index USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTIONS)
        op.execute("CREATE TRIGGER entry_dense BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION ledger_dense()")
        op.execute("ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_dense")
        for table in GUARDED:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
            )
            # ALWAYS: they fire under session_replication_role too.
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate")
        return
    for table in GUARDED:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: {verb} on {table} refused'); END"
            )
    op.execute(
        'CREATE TRIGGER entry_dense BEFORE INSERT ON entry WHEN NEW."index" <> (SELECT coalesce(max("index") + 1, 0) FROM entry) '
        "BEGIN SELECT RAISE(ABORT, 'the log is append-only: the next index is wanted'); END"
    )
    # INSERT OR REPLACE deletes without a trigger where recursive_triggers is off, so each guard looks for the rows that would go.
    for table, same in SAME.items():
        op.execute(
            f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid OR {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: this is in {table} already'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_append_only() CASCADE")
        op.execute("DROP FUNCTION ledger_dense() CASCADE")
        return
    triggers = [f"{table}_no_{verb}" for table in GUARDED for verb in ("update", "delete")]
    for trigger in (*triggers, "entry_dense", *(f"{table}_once" for table in GUARDED)):
        op.execute(f"DROP TRIGGER {trigger}")
