"""A backup taken while many write, restored elsewhere; and the log that was published since is not signed a second time.

The whole story with real files: gunicorn, its writers, `pool-ledger` as a program of its own, another folder, the other database.
"""

import http.client
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import create_engine

from ledger.config import Settings
from ledger.signing import Fence, load_key
from ledger.store import log
from ledger.store.database import reading
from tests.actions.scene import patent
from tests.conftest import database
from tests.faults.cluster import Cluster, cluster
from tests.faults.drill import Place, Server, Tally, Told, audit, serving, writing
from tests.faults.service import ROOT, prepare
from tests.faults.test_workers import after_some_writes, crew_at
from tests.postgres import run as run_as_server
from tests.postgres import unprivileged, wait_until
from tests.witness import witness

SECONDS = 20.0


@pytest.fixture
def empty_database(postgresql_server: str) -> Iterator[str]:
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with database(admin, f"ledger_restored_{os.getpid()}") as url:
        yield url
    admin.dispose()


def pool_ledger(place: Place, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with the settings of a place."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    environment |= {"LEDGER_DATABASE_URL": place.url, "LEDGER_SIGNING_KEY_FILE": str(place.key_file), "LC_ALL": "C.UTF-8", **more}
    told = [sys.executable, "-m", "ledger", *map(str, words)]
    return subprocess.run(told, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def checkpoint(port: int) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request("GET", "/log/checkpoint")
        answer = line.getresponse()
        return answer.status, answer.read().decode()


def fenced(place: Place) -> int:
    note = Fence(place.key_file).read()
    return 0 if note is None else int(note.splitlines()[1])


def recorded(place: Place) -> int:
    with place.ledger() as ledger, reading(ledger.engine) as connection:
        return log.read_head(connection).size


def moved(place: Place, url: str, folder: Path) -> Place:
    """Another machine: an empty database, and the key from its safe copy."""
    folder.mkdir()
    there = replace(place, url=url, folder=folder)
    shutil.copy2(place.key_file, there.key_file)
    return there


def record(server: Server, number: int) -> int:
    """The index of an entry that was taken."""
    kind, body = patent(number)
    said = json.dumps({"kind": kind, "centre": "c1", "body": body}).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as line:
        told = {"Authorization": f"Bearer {server.place.tokens['c1']}", "Content-Type": "application/json"}
        line.request("POST", "/v1/entries", said, told)
        answer = line.getresponse()
        receipt = json.loads(answer.read())
        assert answer.status == 201, receipt
        index: int = receipt["index"]
        return index


def of_the_backup(told: Told, size: int) -> Told:
    """What a crew was told before a backup of so many entries was taken; the rest is gone with the machine."""
    kept = {key: one for key, one in told.acknowledged.items() if one.receipts[-1]["index"] < size}
    return Told({key: told.sent[key] for key in kept}, kept, faults=told.faults)


@pytest.mark.postgresql
def test_a_backup_under_load_is_restored_on_an_empty_machine_and_is_not_signed_back(
    sqlite_place: Place, empty_database: str, luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    """From SQLite to PostgreSQL; the fence was kept."""
    place, file = sqlite_place, tmp_path / "ledger.backup"
    with serving(place) as server, writing(crew_at(server, luck)) as crew:
        after_some_writes(crew, luck)
        done = pool_ledger(place, "backup", file)
        assert (done.returncode, done.stdout) == (0, f"{file}\n"), done.stderr
        crew.wait_for(10)
        told = crew.finish()
        wait_until(lambda: fenced(place) == recorded(place), SECONDS)  # all of it was published
        server.stop()
        tally.add(audit(place, told, server))
    signed = fenced(place)

    # Elsewhere, with the key alone: everything up to the backup is there, and in order.
    there = moved(place, empty_database, tmp_path / "there")
    assert (done := pool_ledger(there, "restore", file)).returncode == 0, done.stderr
    size = recorded(there)
    assert place.size < size < signed
    assert (checked := pool_ledger(there, "check")).returncode == 0, checked.stdout
    audit(there, of_the_backup(told, size))

    # With what was kept of the first machine, the guard knows better.
    shutil.copy2(Fence(place.key_file).path, Fence(there.key_file).path)
    assert (checked := pool_ledger(there, "check")).returncode == 1
    assert checked.stdout.startswith("fence"), checked.stdout
    with serving(there) as server:
        wait_until(lambda: "cannot publish" in server.told(), SECONDS)
        assert checkpoint(server.port)[0] == 503  # readers have seen a later one
        assert [record(server, number) for number in (9_500_000, 9_500_001)] == [size, size + 1]  # entries are taken all the same
        assert checkpoint(server.port)[0] == 503
        server.stop()
    lines = [json.loads(line) for line in server.told().splitlines() if "cannot publish" in line]
    assert f"tells of {signed} entries that were signed, and this database holds {size}" in lines[0]["en"]
    assert fenced(there) == signed


@pytest.mark.postgresql
def test_without_the_fence_a_witness_knows_what_was_published(
    postgresql_place: Place, luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    """From PostgreSQL to SQLite; the fence is lost with the machine."""
    place, file, signer = postgresql_place, tmp_path / "ledger.backup", load_key(postgresql_place.key_file)
    assert signer is not None
    with witness("w1", signer.key) as one:
        policy = tmp_path / "policy"
        policy.write_text(f"witness w1 {one.key} {one.url}\nquorum w1\n")
        more = {"LEDGER_WITNESSES": str(policy)}
        with serving(place, more=more) as server, writing(crew_at(server, luck)) as crew:
            after_some_writes(crew, luck)
            assert pool_ledger(place, "backup", file, **more).returncode == 0
            crew.wait_for(10)
            told = crew.finish()
            wait_until(lambda: one.seen.get(Settings.origin, (0, b""))[0] == recorded(place), SECONDS)
            server.stop()
        tally.add(audit(place, told, server))
        signed = one.seen[Settings.origin][0]
        there = moved(place, f"sqlite:///{tmp_path / 'there' / 'ledger.db'}", tmp_path / "there")
        assert pool_ledger(there, "restore", file, **more).returncode == 0
        size = recorded(there)
        assert place.size < size < signed
        assert pool_ledger(there, "check", **more).returncode == 0
        with serving(there, more=more) as server:
            assert record(server, 9_500_000) == size
            wait_until(lambda: "the witness w1 tells of" in server.told(), SECONDS)
            server.stop()
        assert one.seen[Settings.origin][0] == signed
        assert fenced(there) <= size  # not one checkpoint of what was recorded here


def test_point_in_time_recovery_brings_back_every_acknowledged_entry(
    luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    """A base backup and the archived log of PostgreSQL, to its last record: nothing is lost, and publishing goes on."""
    with cluster() as primary:
        archive, base = primary.folder / "archive", primary.folder / "base"
        for folder in (archive, base):
            folder.mkdir(mode=0o700)
            if drop := unprivileged():
                os.chown(folder, drop["user"], drop["group"])
        primary.ask("ALTER SYSTEM SET archive_mode = on")
        primary.ask(f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'")
        primary.stop()
        primary.start()
        place = prepare(primary.url, tmp_path)
        with serving(place) as server, writing(crew_at(server, luck)) as crew:
            after_some_writes(crew, luck)
            words = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-D", base, "-X", "stream", "-c", "fast"]
            run_as_server([primary.bin / "pg_basebackup", *words], primary.folder, unprivileged())
            crew.wait_for(10)
            told = crew.finish()
            wait_until(lambda: fenced(place) == recorded(place), SECONDS)
            server.stop()
        primary.ask("SELECT pg_switch_wal()")
        archived = "SELECT last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) FROM pg_stat_archiver"
        wait_until(lambda: primary.ask(archived) == [(True,)], SECONDS)
        signed = fenced(place)
        primary.kill()  # and its data folder is gone for good
        shutil.rmtree(primary.data)
        primary.data = base
        (base / "recovery.signal").touch()
        with open(base / "postgresql.auto.conf", "a", encoding="utf-8") as settings:
            settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
        primary.start(wait=False)
        wait_until(lambda: is_open(primary), SECONDS * 2)
        assert recorded(place) == signed
        tally.add(audit(place, told))  # publishes: the fence is where it was


def is_open(primary: Cluster) -> bool:
    """Whether it has recovered, and takes entries."""
    with suppress(psycopg2.OperationalError):
        return primary.ask("SELECT NOT pg_is_in_recovery()") == [(True,)]
    return False

