"""Ready means: the database answers in time, has the schema of this release, and takes entries. Anything else is told, in time."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, create_engine, text
from structlog.testing import capture_logs

from ledger.actions.ledger import Ledger
from ledger.actions.readiness import ANSWER_SECONDS, Readiness, readiness
from ledger.store import log
from ledger.store.database import connect, writing
from ledger.store.grants import grant
from ledger.store.schema import newest_revision
from tests.actions.scene import found, ledger_on
from tests.conftest import Elsewhere
from tests.faults.cluster import cluster, standby_of
from tests.faults.service import prepare
from tests.web.service import Service, problem_of, running

SLACK_SECONDS = 2.0
PASSWORD = "a-secret-of-the-database"


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    made = ledger_on(engine)
    found(made)
    return made


def told(found: Readiness) -> list[tuple[str, str]]:
    assert all(problem.code == "unavailable" and problem.zh for problem in found.problems)
    return [(problem.path, problem.en) for problem in found.problems]


def test_a_database_in_order_is_ready_and_tells_the_size_of_its_log(ledger: Ledger) -> None:
    assert readiness(ledger) == Readiness(10)


def test_somebody_who_writes_makes_it_no_less_ready(ledger: Ledger) -> None:
    with writing(ledger.engine) as connection:
        log.lock_head(connection)
        assert readiness(ledger) == Readiness(10)


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_another_schema_is_told_with_both_revisions(ledger: Ledger, revision: str) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    [(path, words)] = told(readiness(ledger))
    assert path == "database"
    assert words == f"the schema is at revision {revision}, and this release works with {newest_revision()}"


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_database_without_a_ledger_is_not_ready(ledger: Ledger, elsewhere: Elsewhere, kind: str) -> None:
    engine = elsewhere(kind)
    with engine.connect() as connection:  # on SQLite this makes the file
        connection.execute(text("SELECT 1"))
    assert told(readiness(on(ledger, engine))) == [("database", "there is no ledger in the database")]


def on(ledger: Ledger, engine: Engine) -> Ledger:
    return replace(ledger, engine=engine, read_engine=engine)


def test_a_file_that_is_gone_is_not_made_anew(sqlite_url: str, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'gone.db'}")
    assert told(readiness(ledger_on(engine))) == [("database", "the database cannot be reached")]
    assert not (tmp_path / "gone.db").exists()
    engine.dispose()


def test_a_file_that_may_not_be_written_is_read_only(migrated_file: Path) -> None:
    with TemporaryDirectory() as folder:  # where nobody gets in
        Path(folder).chmod(0o777)
        path = Path(shutil.copyfile(migrated_file, f"{folder}/ledger.db"))
        path.chmod(0o444)
        engine = connect(f"sqlite:///{path}")
        with as_nobody():
            seen = readiness(ledger_on(engine))
        engine.dispose()
    assert told(seen) == [("database", "the database is read-only: it takes no entries")]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write to whatever it likes."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.postgresql
def test_a_postgresql_that_is_read_only_is_told(postgresql_url: str) -> None:
    engine = connect(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET default_transaction_read_only = on")
    engine.dispose()
    assert told(readiness(ledger_on(engine))) == [("database", "the database is read-only: it takes no entries")]
    engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "taken", ["INSERT ON entry", "SELECT ON session", "INSERT ON session", "UPDATE (last_used_at) ON token", "SELECT ON barred"]
)
def test_a_role_that_lacks_any_right_of_the_service_is_told_what_to_do(postgresql_url: str, taken: str) -> None:
    owner, role = connect(postgresql_url), f"lacks_a_right_{os.getpid()}"
    with owner.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        grant(connection, role)
    engine = connect(owner.url.set(username=role))
    assert told(readiness(ledger_on(engine))) == []
    with owner.begin() as connection:
        connection.exec_driver_sql(f"REVOKE {taken} FROM {role}")
    try:
        [(_, words)] = told(readiness(ledger_on(engine)))
        assert "run `pool-ledger migrate --grant`" in words
    finally:
        engine.dispose()
        with owner.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
        owner.dispose()


@pytest.mark.postgresql
def test_a_standby_is_fit_to_read_from_and_not_to_write_to(tmp_path: Path) -> None:
    with cluster() as primary, standby_of(primary) as standby:
        place = prepare(primary.url, tmp_path)
        here, there = connect(place.url), connect(standby.url)
        ledger = ledger_on(here)
        until = time.monotonic() + 20
        while readiness(replace(ledger, read_engine=there)).size < place.size:  # it follows
            assert time.monotonic() < until
        assert readiness(replace(ledger, read_engine=there)).problems == ()
        assert told(readiness(on(ledger, there))) == [("database", "the database is a standby: it takes no entries")]
        here.dispose()
        there.dispose()


# --- what does not answer --------------------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def engine_at(port: int) -> Engine:
    return create_engine(f"postgresql+psycopg2://ledger:{PASSWORD}@127.0.0.1:{port}/ledger", hide_parameters=True)


def test_a_server_that_hangs_is_not_waited_for_and_holds_one_thread_whoever_asks(ledger: Ledger, silent: int) -> None:
    hung = on(ledger, engine_at(silent))
    before, began = threading.active_count(), time.monotonic()
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: readiness(hung), range(12)))
    assert time.monotonic() - began < ANSWER_SECONDS + SLACK_SECONDS
    assert all(answer.problems for answer in answers)
    assert threading.active_count() <= before + 1


def test_whatever_hangs_the_answer_comes_in_time_and_the_next_at_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that swallows what is sent to it, for instance: no driver gives up on that by itself."""
    goes_on = threading.Event()
    monkeypatch.setattr("ledger.actions.readiness.glance", lambda *_, **__: goes_on.wait(30))
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert told(readiness(ledger)) == [("database", "the database does not answer in time")]
        took.append(time.monotonic() - began)
    goes_on.set()
    assert took[0] < ANSWER_SECONDS + SLACK_SECONDS
    assert max(took[1:]) < SLACK_SECONDS
    monkeypatch.undo()
    until = time.monotonic() + 20
    while readiness(ledger).problems:
        assert time.monotonic() < until


def test_a_server_that_is_away_is_told_without_its_address_and_logged_once(ledger: Ledger) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    away = on(ledger, engine_at(port))
    with capture_logs() as lines:
        for _ in range(3):
            assert told(readiness(away)) == [("database", "the database cannot be reached")]
    assert [line["event"] for line in lines] == ["not ready"]
    assert "Connection refused" in lines[0]["reasons"][0]
    assert PASSWORD not in repr(lines)


def test_a_database_for_reads_that_is_away_is_told_apart(ledger: Ledger) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    assert told(readiness(replace(ledger, read_engine=engine_at(port)))) == [("read_database", "the database cannot be reached")]


def test_what_is_well_again_is_ready_again(sqlite_url: str, tmp_path: Path) -> None:
    engine = connect(sqlite_url)
    ledger, path = ledger_on(engine), Path(str(engine.url.database))
    away = path.rename(tmp_path / "away.db")
    with capture_logs() as lines:
        assert readiness(ledger).problems
        away.rename(path)
        assert readiness(ledger) == Readiness(0)
    assert [line["event"] for line in lines] == ["not ready", "ready again"]
    engine.dispose()


# --- over HTTP -------------------------------------------------------------------------------------------------------


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    with running(sqlite_url) as service:
        yield service


def test_readyz_answers_503_with_all_that_is_wrong(service: Service) -> None:
    assert service.nobody.get("/readyz").json == {"status": "ready", "size": 0}
    path = Path(str(service.ledger.engine.url.database))
    path.rename(path.with_name("away.db"))
    answer = service.nobody.get("/readyz", Accept_Language="en")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    problem = problem_of(answer)
    assert problem["errors"] == [{"path": "database", "code": "unavailable", "message": "the database cannot be reached"}]
    assert str(path) not in answer.text
    assert service.nobody.get("/healthz").status_code == 200
