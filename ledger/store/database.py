"""The engine: SQLite or PostgreSQL behind one URL, and transactions that mean the same on both.

- A writing transaction holds the database (SQLite: BEGIN IMMEDIATE) or, on PostgreSQL, only the log's head row.
- A reading transaction sees one state throughout (SQLite: a deferred BEGIN in WAL; PostgreSQL: REPEATABLE READ, read only).
- A database that is away, or takes no writes just now, is an OperationalError, within seconds; the next attempt looks for it anew.
- A commit that the database complains about was none: its outcome is unknown, like that of one that was never answered.
- Nothing is kept in a session from one transaction to the next, so a pooler may lend sessions by the transaction.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

BUSY_TIMEOUT_MS = 60_000

# How long PostgreSQL may be silent before it counts as away, in the words of libpq; the URL may say otherwise. Without them, a
# machine that vanishes is waited for until the kernel gives it up: a quarter of an hour for what was sent, two hours for an answer.
SILENCE = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}  # fmt: skip
POOL_TIMEOUT_SECONDS = 10
# How long a writer waits for another one, and how long one that says nothing more may hold the head: a worker that is stopped, or
# whose machine is gone, would hold up all others for ever. The largest batch is judged in less than the second.
LOCK_TIMEOUT_MS = 20_000
IDLE_TIMEOUT_MS = 180_000
INSUFFICIENT_PRIVILEGE = "42501"  # SQLSTATE
# What a standby says to a transaction that would write, and to one that begins by saying so (SQLSTATE).
TAKES_NO_WRITES = ("25006", "0A000")


def normal_url(url: str) -> URL:
    """A database URL with the driver we use; plain postgresql:// would mean psycopg 3 to SQLAlchemy 2.1."""
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg2") if parsed.drivername == "postgresql" else parsed


def connect(url: str | URL) -> Engine:
    """An engine for a URL; nothing is opened yet. Its errors quote no values: bodies are trade secrets.

    Raises ValueError for a database we do not serve.
    """
    parsed = normal_url(url) if isinstance(url, str) else url
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, hide_parameters=True, connect_args={"check_same_thread": False})
        event.listen(engine, "do_connect", _sqlite_connects)
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
        return engine
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed,
            hide_parameters=True,
            executemany_mode="values_plus_batch",
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=8,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            connect_args={name: value for name, value in SILENCE.items() if name not in parsed.query},
        )
        event.listen(engine, "handle_error", _postgresql_failed)
        return engine
    raise ValueError(f"{parsed.get_backend_name()} is not a database that the ledger is kept in: sqlite or postgresql")


def _sqlite_connects(_: Any, __: Any, told: Sequence[Any], ___: Any) -> None:
    """A file that is not there yet is made for its owner alone: contracts stand in it in clear. Those beside it take its mode."""
    path = Path(told[0])
    if told[0] != ":memory:" and not path.exists():
        with suppress(OSError):  # which the driver tells in its own words
            path.touch(0o600)


def _sqlite_connected(dbapi: sqlite3.Connection, _: Any) -> None:
    dbapi.isolation_level = None  # the driver would open transactions of its own, too late to lock anything
    dbapi.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _write_ahead(dbapi)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        dbapi.execute(f"PRAGMA {pragma}")


def _write_ahead(dbapi: sqlite3.Connection) -> None:
    # Processes that meet at a new file all want to change its mode, and here SQLite refuses at once instead of waiting.
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            dbapi.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        time.sleep(0.01)


def _sqlite_begins(connection: Connection) -> None:
    reading = connection.get_execution_options().get("ledger_reads", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class LostRights(ProgrammingError):
    """The role may not do what the service has to: a restore or a migration that gave it no rights, or somebody took them."""


def _postgresql_failed(context: ExceptionContext) -> None:
    """Whatever the driver calls it: a connection that broke, and a server that takes no writes, are a database that is away."""
    error = context.original_exception
    if getattr(error, "pgcode", None) == INSUFFICIENT_PRIVILEGE:
        raise LostRights(context.statement, None, error, hide_parameters=True)
    if getattr(error, "pgcode", None) in TAKES_NO_WRITES and not _is_reading(context.connection):
        # Where this address led to a standby, or the primary was demoted, another look may find the one that takes writes.
        context.is_disconnect = True
    if context.is_disconnect and not isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError):
        raise OperationalError(context.statement, None, error, hide_parameters=True, connection_invalidated=True)


def _is_reading(connection: Connection | None) -> bool:
    return connection is not None and bool(connection.get_execution_options().get("postgresql_readonly"))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may append; committed at the end, rolled back on any exception.

    Raises OperationalError also where a commit is not to be relied on.
    """
    if engine.dialect.name != "postgresql":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        notices: list[str] = connection.connection.dbapi_connection.notices  # type: ignore[union-attr]
        with connection.begin():
            connection.execute(_PATIENCE, {"lock": str(LOCK_TIMEOUT_MS), "idle": str(IDLE_TIMEOUT_MS)})
            yield connection
            notices.clear()
        if notices:
            # With success and a warning PostgreSQL answers where waiting for a synchronous standby was broken off (by a
            # statement_timeout, or by hand): what is on one disk only must not be acknowledged.
            raise OperationalError("COMMIT", None, Exception(notices[0].strip()), hide_parameters=True)


# For this transaction only, and in one round trip: behind a pooler the session is another transaction's next.
_PATIENCE = text("SELECT set_config('lock_timeout', :lock, true), set_config('idle_in_transaction_session_timeout', :idle, true)")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and changes nothing."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            options = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            options = connection.execution_options(ledger_reads=True)
        with options.begin():
            if engine.dialect.name == "postgresql":
                # Figures are many small aggregates: compiling each takes longer than running it.
                options.exec_driver_sql("SET LOCAL jit = off")
            yield options


def refresh_statistics(engine: Engine) -> None:
    """Let PostgreSQL's planner look at the tables anew: until it has, it takes a fresh bulk for a handful of rows.

    Autovacuum does the same within minutes. A role that does not own the tables is passed over with a notice.
    """
    if engine.dialect.name == "postgresql":
        # A help, not a promise: what was recorded stays recorded if it fails.
        with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


# --- the connections -------------------------------------------------------------------------------------------------

# How many more ("open" or "in_use") there are than before: 1 or -1.
Told = Callable[[str, int], None]


def watch_connections(engine: Engine, told: Told) -> None:
    """Tell of every connection that is opened, lent, taken back and closed from now on, by pools that are made anew too.

    Idle connections are closed first: counting begins at nought.
    """
    engine.dispose()

    def tells(name: str, state: str, change: int) -> None:
        def heard(*_: Any) -> None:
            told(state, change)

        event.listen(engine, name, heard)

    tells("connect", "open", 1)
    tells("close", "open", -1)
    tells("checkout", "in_use", 1)
    tells("checkin", "in_use", -1)
