"""A database that is away, takes no writes, or is held by somebody who has gone: told as such, soon, and forgotten afterwards."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import InternalError, OperationalError

from ledger.store import database
from ledger.store import tables as t
from ledger.store.database import connect, reading, writing
from ledger.store.log import lock_head
from ledger.store.schema import migrate

SOON_SECONDS = 5.0
WARNED = """
    CREATE TABLE warned (i int);
    CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON warned DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn();
"""


@pytest.fixture
def engines(postgresql_url: str) -> Iterator[tuple[Engine, Engine]]:
    """The same database as two processes have it open."""
    one, other = connect(postgresql_url), connect(postgresql_url)
    yield one, other
    one.dispose()
    other.dispose()


@contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON_SECONDS


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(database.SILENCE, "connect_timeout", 2)  # libpq takes less for 2
    with socket.create_server(("127.0.0.1", 0)) as silent, soon():
        engine = connect(f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/ledger")
        with pytest.raises(OperationalError, match="timeout expired"):
            engine.connect()
        engine.dispose()


def test_what_the_address_says_about_patience_is_heeded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, soon():
        engine = connect(f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/ledger?connect_timeout=2")
        with pytest.raises(OperationalError, match="timeout expired"):
            engine.connect()
        engine.dispose()


def test_a_writer_waits_for_another_one_only_so_long(engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 200)
    with writing(engines[0]) as holder, soon():
        lock_head(holder)
        with pytest.raises(OperationalError, match="lock timeout"), writing(engines[1]) as connection:
            lock_head(connection)


def test_a_writer_that_says_nothing_more_loses_the_head(
    engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "IDLE_TIMEOUT_MS", 200)
    with writing(engines[0]) as gone:
        lock_head(gone)
        gone.execute(text("CREATE TABLE half_a_word ()"))
        with soon(), writing(engines[1]) as connection:
            lock_head(connection)
        with pytest.raises(OperationalError) as raised:
            gone.execute(text("SELECT 1"))
        gone.rollback()
    assert raised.value.connection_invalidated
    with reading(engines[0]) as connection:  # looks for the database anew
        assert connection.execute(text("SELECT to_regclass('half_a_word')")).scalar_one() is None


def test_a_session_keeps_nothing_of_a_transaction(engines: tuple[Engine, Engine]) -> None:
    said = "SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('jit')"
    with engines[0].connect() as connection:
        process, before = pid(connection), connection.execute(text(said)).one()
    with writing(engines[0]) as connection:
        assert pid(connection) == process
        during = connection.execute(text(said)).one()
    with reading(engines[0]) as connection:
        assert pid(connection) == process
    with engines[0].connect() as connection:
        assert (pid(connection), connection.execute(text(said)).one()) == (process, before)
    assert during[:2] == ("20s", "3min")
    assert before[:2] == ("0", "0")


def test_a_server_that_takes_no_writes_is_away_and_looked_for_again(engines: tuple[Engine, Engine]) -> None:
    with writing(engines[0]) as connection:
        process = pid(connection)
        connection.execute(text("SET TRANSACTION READ ONLY"))  # as on a standby
        with pytest.raises(OperationalError) as raised:
            lock_head(connection)
        connection.rollback()
    assert raised.value.connection_invalidated
    with writing(engines[0]) as connection:
        assert pid(connection) != process


def test_to_write_in_a_reading_transaction_stays_a_mistake_of_ours(engines: tuple[Engine, Engine]) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), reading(engines[0]) as connection:
        connection.execute(t.token.insert().values(hash=b"", role="auditor", name="x", created_at=0))


def test_a_commit_with_a_warning_was_none(engines: tuple[Engine, Engine]) -> None:
    """The warning of a deferred trigger stands for that of a standby, which tests.faults shows in earnest."""
    with engines[0].begin() as connection:
        connection.execute(text(WARNED))
    with pytest.raises(OperationalError, match="not replicated"), writing(engines[0]) as connection:
        connection.execute(text("INSERT INTO warned VALUES (1)"))
    # A warning before the COMMIT is about something else.
    with writing(engines[0]) as connection:
        connection.execute(text("DO $$ BEGIN RAISE WARNING 'by the way'; END $$"))


def pid(connection: Connection) -> int:
    found: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return found


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "ledger.db"
    engine = connect(f"sqlite:///{file}")
    migrate(engine)
    with engine.connect():
        modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.iterdir()}
    assert modes == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600)
    engine.dispose()
    file.chmod(0o640)
    with engine.connect():
        assert file.stat().st_mode & 0o777 == 0o640  # as whoever runs the service wants it
    engine.dispose()
