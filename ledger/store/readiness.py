"""A look at a database from outside of the pools: does it answer, what is its schema, can it be written to?

Each look makes a connection of its own, as the service would have to, and gives up by itself: the server ends a statement, the
driver an attempt to connect. What hangs all the same (a server that is stopped, a network that swallows) the caller has to leave.
"""

import os
import sqlite3
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from ledger.store import grants
from ledger.store import tables as t
from ledger.store.database import connect, reading
from ledger.store.schema import newest_revision, revision

SECONDS: Final = 2  # for the server: to be reached, and for each statement
BUSY_MS: Final = 200  # somebody else writes

Hindrance = Literal["standby", "read-only", "no-rights"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a database said of itself; the size of its log, and what keeps writers out of it, if anything."""

    revision: str | None
    size: int
    hindrance: Hindrance | None = None


class NoFile(Exception):
    """There is no file where a SQLite database should be: to open it would make an empty one."""


def glance(url: URL, *, writes: bool) -> Found:
    """One look, also at whether it `writes`. Raises NoFile, or whatever the driver does where the database is away."""
    engine = _engine(url)
    try:
        return _postgresql(engine, writes) if engine.dialect.name == "postgresql" else _sqlite(engine, writes)
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        told = {"connect_timeout": SECONDS, "tcp_user_timeout": SECONDS * 1000, "keepalives_idle": SECONDS}
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=told)
    if url.database and not os.path.exists(url.database):
        raise NoFile
    engine = connect(url)
    event.listen(engine, "connect", _impatient)
    return engine


def _impatient(dbapi: sqlite3.Connection, _: Any) -> None:
    dbapi.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _postgresql(engine: Engine, writes: bool) -> Found:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        found = _found(connection)
        if found.revision is None or not writes:
            return found
        state = connection.execute(
            text("SELECT pg_is_in_recovery() AS follows, current_setting('transaction_read_only') = 'on' AS only_read")
        ).one()
        hindrance: Hindrance | None = "standby" if state.follows else "read-only" if state.only_read else None
        if hindrance is None and found.revision == newest_revision() and not grants.are_held(connection):
            hindrance = "no-rights"  # a migration has brought new tables, and nobody has granted them
        return replace(found, hindrance=hindrance)


def _sqlite(engine: Engine, writes: bool) -> Found:
    with reading(engine) as connection:
        found = _found(connection)
    return found if found.revision is None or not writes else replace(found, hindrance=_sqlite_hindrance(engine))


def _sqlite_hindrance(engine: Engine) -> Hindrance | None:
    try:
        with engine.connect() as connection:
            # To begin would not do: SQLite finds out that it may not write when it first writes. Nothing of it is kept.
            connection.execute(update(t.log_head).values(size=t.log_head.c.size))
            connection.rollback()
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_READONLY:
            return "read-only"
        if code != sqlite3.SQLITE_BUSY:  # whoever holds it is writing: so it can be done
            raise
    return None


def _found(connection: Connection) -> Found:
    at = revision(connection)
    return Found(at, 0 if at is None else connection.execute(select(t.log_head.c.size)).scalar_one())
