"""Runs the revisions on the connection that `ledger.store.schema` hands over: one transaction, one lock."""

from alembic import context

from ledger.store.tables import metadata

LOCK_TIMEOUT = "30s"  # a migration that cannot have its locks gives up instead of holding everybody else

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=False)
with context.begin_transaction():
    context.run_migrations()
