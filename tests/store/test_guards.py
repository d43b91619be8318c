"""The database itself refuses to change what was written, whoever asks: past the service, with the owner's own hands.

Only taking a guard away is left to the owner; that is noticed (`test_every_guard_is_there_and_armed`, `pool-ledger check`).
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError

from ledger.store import checkpoints, log
from ledger.store import tables as t
from ledger.store.database import connect, reading, writing
from tests.actions.scene import found, ledger_on, patent, say

SIZE = 260  # a tile is full, and one is not

SQLITE = {
    ("entry", "entry_dense"), ("entry", "entry_once"), ("entry", "entry_no_update"), ("entry", "entry_no_delete"),
    ("disclosure", "disclosure_once"), ("disclosure", "disclosure_no_update"), ("disclosure", "disclosure_no_delete"),
    ("tile", "tile_once"), ("tile", "tile_no_update"), ("tile", "tile_no_delete"),
    ("checkpoint", "checkpoint_once"), ("checkpoint", "checkpoint_no_update"), ("checkpoint", "checkpoint_no_delete"),
    ("cosignature", "cosignature_once"), ("cosignature", "cosignature_no_update"), ("cosignature", "cosignature_no_delete"),
    ("publication", "publication_once"), ("publication", "publication_no_update"), ("publication", "publication_no_delete"),
}  # fmt: skip
POSTGRESQL = {
    ("entry", "entry_dense"), ("entry", "entry_append_only"), ("entry", "entry_no_truncate"),
    ("disclosure", "disclosure_append_only"), ("disclosure", "disclosure_no_truncate"),
    ("tile", "tile_append_only"), ("tile", "tile_no_truncate"),
    ("checkpoint", "checkpoint_forward"), ("checkpoint", "checkpoint_append_only"), ("checkpoint", "checkpoint_no_truncate"),
    ("cosignature", "cosignature_append_only"), ("cosignature", "cosignature_no_truncate"),
    ("publication", "publication_forward"), ("publication", "publication_append_only"), ("publication", "publication_no_truncate"),
}  # fmt: skip

guarded = pytest.mark.parametrize("table", t.GUARDED, ids=lambda table: table.name)


def write(engine: Engine) -> None:
    ledger = ledger_on(engine)
    found(ledger)
    say(ledger, "recorder", "c1", *(patent(number) for number in range(SIZE - 10)))
    with writing(engine) as tx:
        for size in (SIZE - 10, SIZE - 2):
            checkpoints.add(tx, checkpoints.Signed(size, log.root(tx, size), f"the note of {size}\n", 1))
            checkpoints.add_lines(tx, size, {"one": "— one\n", "two": "— two\n"}, 1)
            checkpoints.add_publication(tx, size, 1)


@pytest.fixture
def written(engine: Engine) -> Engine:
    write(engine)
    return engine


def rows(engine: Engine, table: Table) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]


def refused(engine: Engine, do: Callable[[Connection], Any], words: str, *, replica: bool = False) -> None:
    """`do` is refused, on PostgreSQL also as a replica would do it, whom ordinary triggers do not hold."""
    before = {table: rows(engine, table) for table in (*t.GUARDED, t.log_head)}
    with pytest.raises(DBAPIError, match=words):
        _done(engine, do, replica)
    assert {table: rows(engine, table) for table in (*t.GUARDED, t.log_head)} == before


def _done(engine: Engine, do: Callable[[Connection], Any], replica: bool) -> None:
    with writing(engine) as connection:
        if replica:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        do(connection)


def ways(engine: Engine) -> tuple[bool, ...]:
    return (False, True) if engine.dialect.name == "postgresql" else (False,)


@guarded
def test_what_was_written_is_not_changed(written: Engine, table: Table) -> None:
    for replica in ways(written):
        for column in table.columns:
            nothing = update(table).values({column: column})  # not even to what it is already
            refused(written, lambda tx, do=nothing: tx.execute(do), "append-only", replica=replica)  # type: ignore[misc]


@guarded
def test_what_was_written_is_not_deleted(written: Engine, table: Table) -> None:
    for replica in ways(written):
        refused(written, lambda tx: tx.execute(table.delete()), "append-only", replica=replica)


@guarded
def test_what_was_written_is_not_written_again(written: Engine, table: Table) -> None:
    for row in (rows(written, table)[0], rows(written, table)[-1]):
        again = insert(table).values(row)
        for replica in ways(written):
            refused(written, lambda tx, do=again: tx.execute(do), "append-only|duplicate key", replica=replica)  # type: ignore[misc]


@guarded
@pytest.mark.postgresql
def test_on_postgresql_nothing_is_truncated(postgresql_url: str, table: Table) -> None:
    engine = connect(postgresql_url)
    for how in ("", " CASCADE", " RESTART IDENTITY"):
        for replica in (False, True):
            words = f"TRUNCATE {table.name}{how}"
            refused(engine, lambda tx, do=words: tx.exec_driver_sql(do), "append-only", replica=replica)  # type: ignore[misc]
    engine.dispose()


# What a new row may have in common with an old one, so that SQLite would put it in the other's place.
IN_COMMON = {
    t.entry: (("index", "centre", "seq", "recorded_at"), ("centre", "seq"), ("recorded_at",), ("rowid",)),
    t.disclosure: (("entry",), ("rowid",)),
    t.tile: (("level", "n"), ("rowid",)),
    t.checkpoint: (("size",), ("rowid",)),
    t.cosignature: (("size", "witness"), ("rowid",)),
    t.publication: (("size",), ("rowid",)),
}


@guarded
def test_on_sqlite_nothing_is_replaced(sqlite_url: str, table: Table) -> None:
    """With recursive triggers off, as other programs have it, a replacement deletes past the triggers for DELETE."""
    engine = connect(sqlite_url)
    write(engine)
    before = rows(engine, table)
    new = {name: value + 1 if isinstance(value, int) else value for name, value in before[-1].items()}
    with closing(sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)) as other:
        for recursive in ("ON", "OFF"):
            other.execute(f"PRAGMA recursive_triggers = {recursive}")
            for in_common in IN_COMMON[table]:
                row = new | {name: 1 if name == "rowid" else before[0][name] for name in in_common}
                names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
                for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
                    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                        other.execute(f"{verb} INTO {table.name} ({names}) VALUES ({marks})", list(row.values()))
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(f'UPDATE OR REPLACE {table.name} SET "{next(iter(table.primary_key)).name}" = 0')
    assert rows(engine, table) == before
    engine.dispose()


def test_an_entry_that_follows_none_is_refused(written: Engine) -> None:
    last = rows(written, t.entry)[-1]
    for index in (SIZE + 1, SIZE + 300, -1):
        gap = insert(t.entry).values(last | {"index": index, "seq": last["seq"] + 1, "recorded_at": last["recorded_at"] + 1})
        for replica in ways(written):
            refused(written, lambda tx, do=gap: tx.execute(do), "no entry before it|next index", replica=replica)  # type: ignore[misc]


def test_the_next_entry_is_taken_as_a_statement_of_many_is(written: Engine) -> None:
    last = rows(written, t.entry)[-1]
    following = [last | {name: last[name] + step for name in ("index", "seq", "recorded_at")} for step in (1, 2, 3)]
    with writing(written) as connection:
        connection.execute(insert(t.entry), following)
        assert connection.execute(select(func.max(t.entry.c.index))).scalar() == SIZE + 2


def test_a_place_in_a_stream_and_an_instant_are_given_once(written: Engine) -> None:
    last = rows(written, t.entry)[-1]
    for moved in (("index", "recorded_at"), ("index", "seq")):
        twice = insert(t.entry).values(last | {name: last[name] + 1 for name in moved})
        refused(written, lambda tx, do=twice: tx.execute(do), "(?i)unique|append-only")  # type: ignore[misc]


@pytest.mark.parametrize("table", [t.checkpoint, t.publication], ids=lambda table: table.name)
def test_what_was_signed_or_published_does_not_go_back(written: Engine, table: Table) -> None:
    rest: dict[str, Any] = {"published_at": 2} if table is t.publication else {"root": b"", "note": "", "signed_at": 2}
    for size in (SIZE - 2, SIZE - 3, 1, 0, -1):
        smaller = insert(table).values(size=size, **rest)
        for replica in ways(written):
            refused(written, lambda tx, do=smaller: tx.execute(do), "append-only", replica=replica)  # type: ignore[misc]
    with writing(written) as connection:
        connection.execute(insert(table).values(size=SIZE, **rest))


def test_there_is_one_head(engine: Engine) -> None:
    for id_ in (1, 2, 0, None):
        second = insert(t.log_head).values(id=id_, size=0, frontier=b"", recorded_at=0)
        refused(engine, lambda tx, do=second: tx.execute(do), "(?i)unique|check|null")  # type: ignore[misc]
        if id_ != 1:
            moved = update(t.log_head).values(id=id_)
            refused(engine, lambda tx, do=moved: tx.execute(do), "(?i)check|null")  # type: ignore[misc]


def test_every_guard_is_there_and_armed(engine: Engine) -> None:
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            found_ = connection.exec_driver_sql("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'").all()
            assert {tuple(row) for row in found_} == SQLITE
            return
        query = "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
        triggers = connection.exec_driver_sql(query).all()
    assert {(table, name) for table, name, _ in triggers} == POSTGRESQL
    assert {enabled for *_, enabled in triggers} == {"A"}  # ALWAYS
