"""The schema comes from the migrations alone, whoever runs them and however often, and it is the one that the code speaks of."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Timer

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, UniqueConstraint, create_engine, event, inspect, select

from ledger.store import tables as t
from ledger.store.database import connect
from ledger.store.log import read_head
from ledger.store.schema import alembic_config, migrate, newest_revision, revision_of, scripts
from tests.actions.scene import found, ledger_on
from tests.conftest import database

NUMBERS = count(1)
AT_ONCE_SECONDS = 60

MIGRATES = """
import sys
from ledger.store.database import connect
from ledger.store.schema import migrate
engine = connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrate(engine)
engine.dispose()
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing was ever done."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    admin = create_engine(request.getfixturevalue("postgresql_server"), isolation_level="AUTOCOMMIT")
    with database(admin, f"ledger_empty_{os.getpid()}_{next(NUMBERS)}") as url:
        yield url
    admin.dispose()


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = connect(empty_url)
    yield engine
    engine.dispose()


def catalogue(connection: Connection) -> set[tuple[str, ...]]:
    """Everything that a schema holds, as the database itself tells it."""
    if connection.dialect.name == "sqlite":
        query = "SELECT type, name, coalesce(sql, '') FROM sqlite_master"
        return {tuple(row) for row in connection.exec_driver_sql(query)}
    queries = (
        "SELECT 'relation', relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        "SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0",
        "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'trigger', tgname, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    )
    return {tuple(row) for query in queries for row in connection.exec_driver_sql(query)}


def schema_of(engine: Engine) -> set[tuple[str, ...]]:
    with engine.connect() as connection:
        return catalogue(connection)


def down(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_there_is_one_line_of_revisions_without_a_fork() -> None:
    there = scripts()
    assert there.get_heads() == [newest_revision()]
    assert len(there.get_bases()) == 1
    revisions = [script.revision for script in reversed(list(there.walk_revisions()))]
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


def test_an_empty_database_is_brought_to_the_newest_revision_with_an_empty_log(empty: Engine) -> None:
    assert revision_of(empty) is None
    migrate(empty)
    assert revision_of(empty) == newest_revision()
    with empty.connect() as connection:
        head = read_head(connection)
        assert (head.size, head.recorded_at, len(connection.execute(select(t.log_head)).all())) == (0, 0, 1)
    found(ledger_on(empty))


def test_the_migrated_schema_is_the_one_the_code_speaks_of(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, t.metadata) == []
        reflected = inspect(connection)
        for table in t.metadata.sorted_tables:  # what the comparison above leaves out
            assert reflected.get_pk_constraint(table.name)["constrained_columns"] == [column.name for column in table.primary_key]
            told = {tuple(one["column_names"]) for one in reflected.get_unique_constraints(table.name)}
            assert told == {tuple(one.columns.keys()) for one in table.constraints if isinstance(one, UniqueConstraint)}
            told_checks = {one["name"] for one in reflected.get_check_constraints(table.name)}
            assert told_checks == {one.name for one in table.constraints if isinstance(one, CheckConstraint)}


def test_what_is_brought_up_can_be_taken_down_to_nothing_and_up_again(empty: Engine) -> None:
    migrate(empty)
    first = schema_of(empty)
    down(empty, "0001")
    assert {row[1] for row in first - schema_of(empty)}  # the guards are gone
    down(empty, "base")
    assert set(inspect(empty).get_table_names()) == {"alembic_version"}
    assert not [row for row in schema_of(empty) if row[0] in ("trigger", "function")]
    migrate(empty)
    assert schema_of(empty) == first


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    found(ledger_on(empty))
    before = schema_of(empty)
    migrate(empty)
    assert schema_of(empty) == before
    with empty.connect() as connection:
        assert read_head(connection).size == 10


def test_a_migration_that_breaks_off_leaves_nothing_behind(empty: Engine) -> None:
    before = schema_of(empty)
    broken = connect(empty.url)

    @event.listens_for(broken, "before_cursor_execute")
    def breaks(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if "tile_no" in statement:
            raise RuntimeError("the power is out")

    with pytest.raises(RuntimeError, match="power"):
        migrate(broken)
    broken.dispose()
    assert schema_of(empty) == before == set()
    migrate(empty)
    assert revision_of(empty) == newest_revision()


def test_on_sqlite_a_new_file_is_opened_while_somebody_else_is_setting_it_up(tmp_path: Path) -> None:
    """SQLite changes no file to write-ahead while another holds it, and does not wait by itself."""
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        lets_go = Timer(0.3, other.rollback)
        lets_go.start()
        engine = connect(f"sqlite:///{path}")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        engine.dispose()
        lets_go.join()


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    words = [sys.executable, "-W", "error", "-c", MIGRATES, empty_url]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    both = [subprocess.Popen(words, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    try:
        assert [one.stdout.readline() for one in both if one.stdout] == ["ready\n"] * 2
        for one in both:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in both:
            _, complaints = one.communicate(timeout=AT_ONCE_SECONDS)
            assert (one.returncode, complaints) == (0, "")
    finally:
        for one in both:
            one.kill()
            one.communicate()
    engine = connect(empty_url)
    assert revision_of(engine) == newest_revision()
    found(ledger_on(engine))
    engine.dispose()
