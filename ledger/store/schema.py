"""The schema of a database: at which revision it is, which one is wanted, and from the one to the other.

Who migrates or restores holds the database against all others who would, and does it in one transaction.
"""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, column, inspect, literal_column, select, table, text

import migrations
from ledger.store import tables as t

_LOCK: Final = 7460  # any number, the same for every process that migrates


def revision(connection: Connection) -> str | None:
    """The schema's revision as this transaction sees it, None where nothing was migrated yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def revision_of(engine: Engine) -> str | None:
    """The schema's revision, None where nothing was migrated yet."""
    with engine.connect() as connection:
        return revision(connection)


@cache
def newest_revision() -> str:
    """That of this release."""
    newest = scripts().get_current_head()
    assert newest is not None
    return newest


def is_known(wanted: str) -> bool:
    """Whether this release has that revision of the schema."""
    try:
        return scripts().get_revision(wanted) is not None
    except CommandError:
        return False


def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever kept in this database: no table of the ledger, or none with a row but the head of no entries."""
    present = set(inspect(connection).get_table_names()) & set(t.metadata.tables)
    for name in sorted(present):
        kept = [column("size") > 0] if name == t.log_head.name else []
        if connection.execute(select(literal_column("1")).select_from(table(name)).where(*kept).limit(1)).first() is not None:
            return False
    return True


def hold(connection: Connection) -> None:
    """Be the only one who migrates or restores, until the transaction ends. SQLite lets one writer in anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def keep_writers_out(connection: Connection) -> None:
    """Of a ledger that is there, until the transaction ends."""
    if connection.dialect.name == "postgresql" and inspect(connection).has_table(t.log_head.name):
        connection.execute(select(t.log_head.c.size).with_for_update())


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction; safe to run again, and from several processes at once."""
    with engine.begin() as connection:
        hold(connection)
        bring_to(connection, newest_revision())


def bring_to(connection: Connection, wanted: str) -> None:
    """Give the database the schema of a revision, from wherever it is, in the transaction of the connection."""
    config = alembic_config()
    config.attributes["connection"] = connection
    at = revision(connection)
    if at is not None and at != wanted and wanted in {one.revision for one in scripts().iterate_revisions(at, "base")}:
        command.downgrade(config, wanted)
    else:
        command.upgrade(config, wanted)


def scripts() -> ScriptDirectory:
    """The migrations of this release."""
    return ScriptDirectory.from_config(alembic_config())


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config
