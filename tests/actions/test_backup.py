"""A backup is the ledger in one file, whichever database it came from; one that was harmed is refused before anything is done."""

import base64
import hashlib
import json
import os
import random
import sqlite3
import stat
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from ledger import __version__
from ledger.actions import access, backup, sessions
from ledger.actions.backupfile import MANIFEST, Manifest, NoBackup, Writer, opened, written
from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.actions.score import scorecard
from ledger.facts.actors import Actor
from ledger.store import copying, grants, log
from ledger.store import tables as t
from ledger.store.database import connect, reading, writing
from ledger.store.schema import migrate, newest_revision, revision_of
from tests.actions.publishing import grow, ledger_in
from tests.actions.scene import licence, patent, play, say
from tests.conftest import Elsewhere
from tests.filling import fill

ORIGIN = "ledger.example/log"
ODD = "\\N \\t C:\\neu\\\\ 'é' \"𠮷\" %s :x {} 光"  # what a form of text could take for something else


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    """A year of everything: entries of each table, a checkpoint, tokens, a session, a kept answer, odd texts."""
    return lived_in(tmp_path, engine)


def lived_in(folder: Path, engine: Engine) -> Ledger:
    made = ledger_in(folder, engine, origin=ORIGIN)
    play(made, fillers=260)
    party = {"party_id": "ORG:odd", "name": ODD, "party_kind": "other", "valid_from": "2020-01-01", "tags": ["a\\b", "光"]}
    say(made, "recorder", "c2", ("party", party), licence("机密\\1", [6], registered_on="2026-01-05", registration_no="\\."))
    publish(made)
    for name in ("一", ODD.strip()):
        sessions.open_session(made, access.create_token(made, role="auditor", name=name))
    access.revoke_token(made, 1)
    return made


def content(engine: Engine) -> dict[str, str]:
    """Every table as one digest, in the database's own order of its key."""
    with reading(engine) as connection:
        found = {}
        for shape in copying.shapes(connection):
            digest = hashlib.sha256()
            for _, lines in copying.portions(connection, shape):
                digest.update(lines)
            found[shape.table] = digest.hexdigest()
        return found


def card(ledger: Ledger) -> Mapping[str, Any]:
    with ledger.read() as look:
        auditor = Actor("auditor", "a")
        return scorecard(look, auditor, "hubei-2025", "c1", on=None, known_at=None, level="recorded").answer()


def tables_in(engine: Engine) -> list[str]:
    return inspect(engine).get_table_names()


# --- there and back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_what_was_backed_up_is_the_same_ledger_on_either_database(
    ledger: Ledger, elsewhere: Elsewhere, tmp_path: Path, to: str
) -> None:
    file, token = tmp_path / "a.backup", access.create_token(ledger, role="auditor")
    first = say(ledger, "recorder", "c1", patent(900), key="k")
    told = backup.backup(ledger.engine, file, origin=ORIGIN)
    assert (told.size, told.revision, told.release) == (head_of(ledger.engine).size, newest_revision(), __version__)
    engine = elsewhere(to)
    assert backup.restore(engine, file) == told
    there = replace(ledger, engine=engine, read_engine=engine, tile_roots={})
    assert content(engine) == content(ledger.engine)
    assert revision_of(engine) == newest_revision()
    assert list(check(there)) == []
    assert card(there) == card(ledger)
    found = access.identify(there, token)
    assert found is not None
    assert found.actor.role == "auditor"
    assert say(there, "recorder", "c1", patent(900), key="k") == first  # kept answers are kept
    # And it goes on: entries, checkpoints, tokens whose numbers are free.
    grow(there, 950)
    published = publish(there)
    assert published is not None
    assert published.size == told.size + 1
    access.create_token(there, role="reader")
    assert [one.id for one in access.list_tokens(there)] == [1, 2, 3, 4]
    assert list(check(there)) == []


@pytest.mark.postgresql
def test_the_same_rows_make_the_same_lines_on_both_databases(sqlite_url: str, elsewhere: Elsewhere, tmp_path: Path) -> None:
    lite = connect(sqlite_url)
    lived_in(tmp_path, lite)
    here = backup.backup(lite, tmp_path / "1", origin=ORIGIN)
    there = elsewhere("postgresql")
    backup.restore(there, tmp_path / "1")
    again = backup.backup(there, tmp_path / "2", origin=ORIGIN)
    assert (again.tables, again.root) == (here.tables, here.root)
    with zipfile.ZipFile(tmp_path / "1") as one, zipfile.ZipFile(tmp_path / "2") as other:
        assert one.namelist() == other.namelist()
        assert all(one.read(name) == other.read(name) for name in one.namelist() if name != MANIFEST)
    lite.dispose()


def test_no_session_comes_back(ledger: Ledger, elsewhere: Elsewhere, tmp_path: Path) -> None:
    opened_ = sessions.open_session(ledger, access.create_token(ledger, role="auditor"))
    assert opened_ is not None
    assert sessions.resume(ledger, opened_.secret) is not None
    told = backup.backup(ledger.engine, tmp_path / "a", origin=ORIGIN)
    engine = elsewhere("sqlite")
    backup.restore(engine, tmp_path / "a")
    there = replace(ledger, engine=engine, read_engine=engine)
    assert sessions.resume(there, opened_.secret) is None
    assert told.left_out == ("session",)
    with reading(engine) as connection:
        assert connection.execute(select(t.session)).all() == []


def test_neither_the_key_nor_the_fence_nor_a_token_is_in_it(ledger: Ledger, tmp_path: Path) -> None:
    token = access.create_token(ledger, role="auditor")
    key_file = ledger.settings.signing_key_file
    fence = key_file.with_name(f"{key_file.name}.checkpoint")
    assert fence.is_file()
    backup.backup(ledger.engine, tmp_path / "a", origin=ORIGIN)
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"tables", MANIFEST}
        told = b"".join(archive.read(name) for name in archive.namelist())
    seed = key_file.read_text().strip().split("+", 4)[4]  # base64, which may hold a plus sign
    secret = base64.b64decode(seed)[1:]
    for form in (seed.encode(), secret, base64.b64encode(secret), secret.hex().encode(), token.encode()):
        assert form not in told


@pytest.mark.postgresql
def test_the_role_of_the_service_may_back_up_and_not_restore(postgresql_url: str, elsewhere: Elsewhere, tmp_path: Path) -> None:
    owner, role = connect(postgresql_url), f"backs_up_{os.getpid()}"
    empty = elsewhere("postgresql")
    with owner.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        grants.grant(connection, role)
    service, there = (connect(engine.url.set(username=role)) for engine in (owner, empty))
    try:
        lived_in(tmp_path, service)
        told = backup.backup(service, tmp_path / "a", origin=ORIGIN)
        assert told.size == head_of(owner).size
        with pytest.raises(DBAPIError, match="permission denied"):
            backup.restore(there, tmp_path / "a")
    finally:
        for engine in (service, there):
            engine.dispose()
        with owner.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
        owner.dispose()


def test_it_is_one_state_whatever_is_written_meanwhile(ledger: Ledger, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """An entry is recorded between any two tables."""
    size, numbers = head_of(ledger.engine).size, count(2000)

    def write(done: int, total: int) -> None:
        grow(ledger, next(numbers))

    told = backup.backup(ledger.engine, tmp_path / "a", origin=ORIGIN, progress=write)
    assert told.size == size < head_of(ledger.engine).size
    engine = elsewhere("sqlite")
    backup.restore(engine, tmp_path / "a")
    assert list(check(replace(ledger, engine=engine, read_engine=engine, tile_roots={}))) == []


def head_of(engine: Engine) -> log.Head:
    with reading(engine) as connection:
        return log.read_head(connection)


def test_progress_is_told_to_the_last_row(ledger: Ledger, elsewhere: Elsewhere, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    manifest = backup.backup(ledger.engine, tmp_path / "a", origin=ORIGIN, progress=lambda *of: told.append(of))
    assert told == sorted(told)
    assert told[-1] == (manifest.rows, manifest.rows)
    told.clear()
    backup.restore(elsewhere("sqlite"), tmp_path / "a", progress=lambda *of: told.append(of))
    assert told == sorted(told)
    assert told[-1] == (3 * manifest.rows, 3 * manifest.rows)


@pytest.mark.postgresql
def test_memory_does_not_grow_with_the_log(engine: Engine, elsewhere: Elsewhere, tmp_path: Path) -> None:
    peaks, to = [], "postgresql" if engine.dialect.name == "sqlite" else "sqlite"
    for size in (3_000, 9_000):
        fill(engine, size)
        file = tmp_path / str(size)
        backup.backup(engine, file, origin=ORIGIN)  # what is loaded once is loaded
        target = elsewhere(to)
        tracemalloc.start()
        backup.backup(engine, file, origin=ORIGIN)
        backup.restore(target, file)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert head_of(target).root == head_of(engine).root
    assert peaks[1] < 1.5 * peaks[0]


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_file_is_its_owners_alone_and_takes_the_place_of_the_one_before(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("of yesterday")
    file.chmod(0o644)
    mask = os.umask(0)
    try:
        backup.backup(ledger.engine, file, origin=ORIGIN)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert zipfile.is_zipfile(file)


def test_a_backup_that_breaks_off_leaves_the_one_before_and_nothing_else(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "a"
    file.write_text("of yesterday")

    def stops(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.backup(ledger.engine, file, origin=ORIGIN, progress=stops)
    assert [(path, path.read_text()) for path in folder.iterdir()] == [(file, "of yesterday")]


def test_what_is_no_ordinary_file_is_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(NoBackup, match="no ordinary file"):
        backup.backup(ledger.engine, pipe, origin=ORIGIN)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_database_without_a_ledger_is_not_backed_up(elsewhere: Elsewhere, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="no ledger in the database"):
        backup.backup(elsewhere("sqlite"), tmp_path / "a", origin=ORIGIN)
    assert not (tmp_path / "a").exists()


def test_a_schema_of_a_release_to_come_is_neither_backed_up_nor_restored(
    engine: Engine, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    file = tmp_path / "a"
    backup.backup(engine, file, origin=ORIGIN)
    changed(file, lambda told: told | {"revision": "9999"})
    target = elsewhere("sqlite")
    with pytest.raises(NoBackup, match=r"the backup is at revision 9999, which release .* does not know"):
        backup.restore(target, file)
    assert tables_in(target) == []
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NoBackup, match="the database is at revision 9999"):
        backup.backup(engine, tmp_path / "b", origin=ORIGIN)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE log_head SET recorded_at = 'long ago'", "log_head: a row holds in recorded_at"),
        ("UPDATE in_force SET begins = 'then'", "in_force: a row holds in begins"),
        ("UPDATE in_force SET begins = '20200101'", "in_force: a row holds in begins"),
        ("UPDATE deal_line SET related_party = 2", "deal_line: a row holds in related_party"),
        ("UPDATE token SET hash = 'x' WHERE id = 1", "token: a row holds in hash"),
    ],
)
def test_what_no_writer_puts_into_a_row_is_pointed_out(sqlite_url: str, tmp_path: Path, statement: str, where: str) -> None:
    """SQLite stores anything anywhere."""
    engine = connect(sqlite_url)
    lived_in(tmp_path, engine)
    with engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(NoBackup, match=where):
        backup.backup(engine, tmp_path / "a", origin=ORIGIN)
    assert not (tmp_path / "a").exists()
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TABLE pool_line", "the database lacks pool_line and cannot be backed up"),
        ("ALTER TABLE pool_line DROP COLUMN ends", "the database lacks pool_line.ends and cannot be backed up"),
        ("ALTER TABLE pool_line ADD COLUMN remark TEXT", "pool_line.remark is not of this release, and a backup"),
    ],
)
def test_a_database_that_lost_a_table_or_a_column_or_was_given_one_is_not_backed_up(
    engine: Engine, tmp_path: Path, statement: str, told: str
) -> None:
    """What is not in the file could not be missed before it is needed."""
    with engine.begin() as connection:
        connection.execute(text(statement))
    with pytest.raises(NoBackup, match=told):
        backup.backup(engine, tmp_path / "a", origin=ORIGIN)
    assert not (tmp_path / "a").exists()


# --- where to --------------------------------------------------------------------------------------------------------


def add_a_token(engine: Engine) -> None:
    access.create_token(ledger_in(Path("nowhere"), engine), role="auditor")


@pytest.mark.parametrize("keeps", [lambda engine: fill(engine, 1), add_a_token], ids=["an entry", "a token"])
def test_it_is_restored_into_an_empty_database_only(engine: Engine, tmp_path: Path, keeps: Callable[[Engine], None]) -> None:
    backup.backup(engine, tmp_path / "a", origin=ORIGIN)
    keeps(engine)
    before = content(engine)
    with pytest.raises(NoBackup, match="the database holds a ledger already"):
        backup.restore(engine, tmp_path / "a")
    assert content(engine) == before


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_database_that_was_only_migrated_is_empty(sqlite_url: str, elsewhere: Elsewhere, tmp_path: Path, kind: str) -> None:
    source = connect(sqlite_url)
    told = backup.backup(lived_in(tmp_path, source).engine, tmp_path / "a", origin=ORIGIN)
    target = elsewhere(kind)
    migrate(target)
    assert backup.restore(target, tmp_path / "a") == told
    assert content(target) == content(source)
    source.dispose()


def test_a_restored_ledger_is_backed_up_and_restored_again(ledger: Ledger, elsewhere: Elsewhere, tmp_path: Path) -> None:
    first = backup.backup(ledger.engine, tmp_path / "0", origin=ORIGIN)
    for number in range(2):
        target = elsewhere("sqlite")
        backup.restore(target, tmp_path / str(number))
        assert backup.backup(target, tmp_path / str(number + 1), origin=ORIGIN).tables == first.tables


def test_an_empty_ledger_has_a_backup_too(engine: Engine, elsewhere: Elsewhere, tmp_path: Path) -> None:
    told = backup.backup(engine, tmp_path / "a", origin=ORIGIN)
    assert (told.size, told.recorded_at) == (0, None)
    target = elsewhere("sqlite")
    backup.restore(target, tmp_path / "a")
    play(ledger_in(tmp_path, target))


# --- harmed ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path) -> Iterator[Path]:
    engine = connect(sqlite_url)
    lived_in(tmp_path, engine)
    backup.backup(engine, tmp_path / "good", origin=ORIGIN)
    yield tmp_path / "good"
    engine.dispose()


def refused(path: Path, target: Engine) -> str:
    """Why a file is refused; nothing was written."""
    with pytest.raises(NoBackup) as refusal:
        backup.restore(target, path)
    with closing(sqlite3.connect(str(target.url.database))) as plain:
        assert plain.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert refusal.value.zh != refusal.value.en
    return refusal.value.en


def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(file: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    data, target, cut = file.read_bytes(), elsewhere("sqlite"), tmp_path / "cut"
    for end in (0, 1, 100, len(data) // 3, len(data) // 2, len(data) - 3000, len(data) - 22, len(data) - 1):
        cut.write_bytes(data[:end])
        assert "cut off or damaged" in refused(cut, target)


def test_a_bit_that_turned_is_found_or_means_nothing(file: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Bytes of a zip that say nothing about its contents (days, versions) may be anything; all others are found out."""
    data, harmed = bytearray(file.read_bytes()), tmp_path / "harmed"
    with opened(file) as whole:
        wanted = whole.manifest
    target, luck, found = elsewhere("sqlite"), random.Random(7), 0
    directory = data.rindex(b"PK\x01\x02")
    for place in [*luck.sample(range(len(data)), 60), *luck.sample(range(directory - 2000, len(data)), 60)]:
        data[place] ^= 1 << luck.randrange(8)
        harmed.write_bytes(data)
        try:
            with opened(harmed) as read:
                assert read.manifest == wanted
                assert {name: sum(1 for _ in read.lines(name)) for name in wanted.tables}
        except NoBackup:
            found += 1
            if found % 20 == 1:
                refused(harmed, target)
        data[place] ^= data[place] ^ file_byte(file, place)
    assert found > 60


def file_byte(file: Path, place: int) -> int:
    with file.open("rb") as whole:
        whole.seek(place)
        return whole.read(1)[0]


def changed(
    file: Path,
    manifest: Callable[[dict[str, Any]], dict[str, Any]] = lambda told: told,
    tables: Callable[[str, bytes], bytes] = lambda name, data: data,
    *,
    more: Mapping[str, bytes] | None = None,
) -> None:
    """Write the file again with other contents, its digests right."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(contents.pop(MANIFEST))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            table = name.removeprefix("tables/").removesuffix(".jsonl")
            data = tables(table, data)
            archive.writestr(name, data)
            told["tables"][table] |= {"rows": data.count(b"\n"), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in (more or {}).items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, json.dumps(manifest(told)))


def without(told: dict[str, Any], table: str) -> dict[str, Any]:
    return told | {"tables": {name: one for name, one in told["tables"].items() if name != table}}


def with_table(told: dict[str, Any], table: str, **more: Any) -> dict[str, Any]:
    return told | {"tables": told["tables"] | {table: told["tables"][table] | more}}


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (lambda told: told | {"version": 2}, "of another format or version"),
        (lambda told: told | {"format": "zip"}, "of another format or version"),
        (lambda told: [told], "no manifest"),
        (lambda told: {"format": told["format"], "version": 1}, "no manifest"),
        (lambda told: told | {"revision": 5}, "no manifest"),
        (lambda told: with_table(told, "entry", rows=-1), "no manifest"),
        (lambda told: with_table(told, "entry", rows=True), "no manifest"),
        (lambda told: with_table(told, "entry", rows=told["tables"]["entry"]["rows"] - 1), "entry is not what the manifest tells"),
        (lambda told: with_table(told, "token", sha256="0" * 64), "token is not what the manifest tells"),
        (lambda told: with_table(told, "token", columns=[["id", "int"]]), "not those of revision"),
        (lambda told: without(told, "barred"), "its members are not those of its manifest"),
        (lambda told: told | {"revision": "0001"}, "not those of revision 0001"),
        (lambda told: told | {"log": told["log"] | {"size": told["log"]["size"] + 1}}, "which is not what its manifest tells"),
        (lambda told: told | {"log": told["log"] | {"root": "AAAA"}}, "which is not what its manifest tells"),
    ],
)
def test_a_manifest_that_speaks_of_something_else_is_refused(
    file: Path, elsewhere: Elsewhere, manifest: Callable[[dict[str, Any]], dict[str, Any]], why: str
) -> None:
    changed(file, manifest)
    assert why in refused(file, elsewhere("sqlite"))


def line_of(name: str, spoil: Callable[[list[Any]], Any]) -> Callable[[str, bytes], bytes]:
    """Another first line of a table."""

    def spoilt(table: str, data: bytes) -> bytes:
        first, _, rest = data.partition(b"\n")
        return json.dumps(spoil(json.loads(first))).encode() + b"\n" + rest if table == name else data

    return spoilt


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        (line_of("entry", lambda row: row[:-1]), "entry: a line is no row of it"),
        (line_of("entry", lambda row: {"index": 0}), "entry: a line is no row of it"),
        (line_of("entry", lambda row: ["0", *row[1:]]), "entry: a line holds in index"),
        (line_of("entry", lambda row: [None, *row[1:]]), "entry: a line holds in index"),
        (line_of("entry", lambda row: [True, *row[1:]]), "entry: a line holds in index"),
        (line_of("entry", lambda row: [*row[:-1], "not base64!"]), "entry: a line holds in leaf_hash"),
        (line_of("in_force", lambda row: [row[0], "2020-02-30", *row[2:]]), "in_force: a line holds in begins"),
        (line_of("disclosure", lambda row: [row[0], "\ud800"]), "disclosure: a line holds in disclosure"),
        (lambda table, data: data * 2 if table == "log_head" else data, "there is one head, not 2"),
        (lambda table, data: b"" if table == "log_head" else data, "log_head came out of the database other than it went in"),
        (line_of("log_head", lambda row: [row[0], row[1] - 1, *row[2:]]), "log_head"),
        (lambda table, data: data[:-1] if table == "token" else data, "token is not what the manifest tells"),
    ],
)
def test_lines_that_are_no_rows_are_refused_though_their_digest_is_right(
    file: Path, elsewhere: Elsewhere, tables: Callable[[str, bytes], bytes], why: str
) -> None:
    changed(file, tables=tables)
    assert why in refused(file, elsewhere("sqlite"))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_an_entry_that_is_missing_or_stands_twice_is_refused_by_the_guards_of_the_log(
    file: Path, elsewhere: Elsewhere, kind: str
) -> None:
    def gap(table: str, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        return b"".join([*lines[:5], *lines[6:]]) if table == "entry" else data

    def twice(table: str, data: bytes) -> bytes:
        return data.splitlines(keepends=True)[0] + data if table == "checkpoint" else data

    target, good = elsewhere(kind), file.read_bytes()
    for harm in (gap, twice):
        file.write_bytes(good)
        changed(file, tables=harm)
        with pytest.raises(DBAPIError, match=r"append-only|has no entry before it"):
            backup.restore(target, file)
        assert tables_in(target) == []


def test_nothing_else_is_in_the_file(file: Path, elsewhere: Elsewhere) -> None:
    changed(file, more={"tables/session.jsonl": b""})
    assert "its members are not those of its manifest" in refused(file, elsewhere("sqlite"))


def test_a_file_that_is_written_by_somebody_else_is_told_apart(elsewhere: Elsewhere, tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"PK\x05\x06" + bytes(18), b"SQLite format 3\0" * 100)):
        path = tmp_path / str(number)
        path.write_bytes(data)
        assert "cut off or damaged" in refused(path, elsewhere("sqlite"))


def test_a_file_that_changes_between_the_two_readings_is_refused(file: Path, elsewhere: Elsewhere) -> None:
    with opened(file) as read:
        manifest = replace(read.manifest, tables=dict(read.manifest.tables))
    with opened(file) as read:
        read.manifest = replace(manifest, tables=manifest.tables | {"entry": replace(manifest.tables["entry"], sha256="0")})  # type: ignore[misc]
        with pytest.raises(NoBackup, match="entry was changed while it was read"):
            list(read.lines("entry"))


def test_a_manifest_is_read_as_it_was_written(file: Path) -> None:
    with opened(file) as read:
        assert Manifest.parse(read.manifest.to_bytes()) == read.manifest


def test_a_table_is_written_as_it_comes(tmp_path: Path) -> None:
    def fill_in(writer: Writer) -> None:
        kept = writer.table("entry", {"index": "int"}, iter([(2, b"[0]\n[1]\n"), (1, b"[2]\n")]))
        assert (kept.rows, kept.sha256) == (3, hashlib.sha256(b"[0]\n[1]\n[2]\n").hexdigest())
        writer.manifest(Manifest("0", "0005", "o", "t", 3, b"r", None, {"entry": kept}, ()))

    with written(tmp_path / "a") as writer:
        fill_in(writer)
    with opened(tmp_path / "a") as read:
        assert list(read.lines("entry")) == [b"[0]", b"[1]", b"[2]"]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_service_that_runs_already_waits_and_goes_on_behind_what_was_restored(
    file: Path, elsewhere: Elsewhere, kind: str
) -> None:
    target = elsewhere(kind)
    migrate(target)
    met: list[int] = []

    def write() -> None:
        with writing(target) as connection:
            met.append(log.lock_head(connection).size)

    writer = Thread(target=write)

    def begin(done: int, total: int) -> None:
        if done > total / 2 and not writer.ident:
            writer.start()

    told = backup.restore(target, file, progress=begin)
    writer.join(30)
    assert met == [told.size]
