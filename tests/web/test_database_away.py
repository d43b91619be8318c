"""A service that is started while its database is away: it says so to everybody, and works as soon as the database is there."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.actions.ledger import NotMigrated
from ledger.app import create_app
from ledger.config import Settings
from ledger.store.database import LostRights, connect
from ledger.store.schema import migrate
from tests.web.service import Service, problem_of

DOORS = ("/v1/entries", "/v1/programmes", "/metrics")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database is to be; a folder is in the way, so it cannot even be made."""
    file = tmp_path / "ledger.db"
    file.mkdir()
    return file


@pytest.fixture
def service(file: Path, tmp_path: Path) -> Iterator[Service]:
    started = Service(create_app(Settings(database_url=f"sqlite:///{file}", signing_key_file=tmp_path / "signing.key")))
    yield started
    started.ledger.engine.dispose()


def test_it_lives_and_refuses_with_503_until_the_database_is_there(service: Service, file: Path, migrated_file: Path) -> None:
    assert service.nobody.get("/healthz").status_code == 200
    assert service.nobody.get("/readyz").status_code == 503
    for door in DOORS:
        refused = service.nobody.get(door)
        assert problem_of(refused)["code"] == "unavailable"
        assert int(refused.headers["Retry-After"]) > 0
    assert problem_of(service.nobody.post("/v1/entries", {}))["code"] == "unavailable"
    file.rmdir()
    shutil.copyfile(migrated_file, file)
    for door in ("/v1/entries", "/metrics"):
        assert problem_of(service.nobody.get(door))["code"] == "unauthenticated"
    assert service.nobody.get("/readyz").status_code == 200


def test_a_database_that_comes_with_another_schema_is_not_touched(service: Service, file: Path) -> None:
    file.rmdir()
    for door in DOORS:
        told = problem_of(service.nobody.get(door))
        assert (told["code"], "migrate" in str(told)) == ("unavailable", False)  # how to mend it is not everybody's business
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_database_that_is_there_with_another_schema_ends_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated, match="pool-ledger migrate"):
        create_app(Settings(database_url=f"sqlite:///{tmp_path / 'ledger.db'}"))


def test_a_schema_of_a_later_release_asks_for_that_release(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'ledger.db'}")
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(NotMigrated, match="revision 9999, of a release after this one"):
        create_app(Settings(database_url=str(engine.url)))


def test_a_right_that_was_taken_away_is_a_database_that_cannot_be_used_for_now(
    house: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise LostRights("SELECT", None, Exception("permission denied for table entry"))

    monkeypatch.setattr("ledger.actions.entries.one", fail)
    refused = house.as_("auditor").get("/v1/entries/0")
    assert problem_of(refused)["code"] == "unavailable"
    assert "permission denied for table entry" in capsys.readouterr().err
