"""Settings: what the environment says, what holds when it says nothing, and how a wrong word in it is answered."""

import dataclasses
import os
from pathlib import Path

import pytest

from ledger.config import BadSettings, Settings


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)


def test_a_service_that_is_told_nothing_keeps_all_it_has_under_var():
    assert Settings.from_environment() == Settings(
        database_url="sqlite:///var/ledger.db",
        read_database_url=None,
        origin="localhost/log",
        signing_key_file=Path("var/signing.key"),
        programmes=(),
    )


def test_every_setting_is_read_from_its_variable(monkeypatch, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    told = {
        "LEDGER_DATABASE_URL": "postgresql://ledger:secret@db/ledger",
        "LEDGER_READ_DATABASE_URL": "postgresql+psycopg2://ledger@/ledger?host=/run/pg",
        "LEDGER_ORIGIN": "ledger.example/log",
        "LEDGER_SIGNING_KEY_FILE": "/etc/ledger/key",
        "LEDGER_PROGRAMMES": f"{tmp_path}/a:{tmp_path}/b",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert settings == Settings(
        database_url=told["LEDGER_DATABASE_URL"],
        read_database_url=told["LEDGER_READ_DATABASE_URL"],
        origin="ledger.example/log",
        signing_key_file=Path("/etc/ledger/key"),
        programmes=(tmp_path / "a", tmp_path / "b"),
    )
    assert {f"LEDGER_{f.name.upper()}" for f in dataclasses.fields(settings)} == set(told)


def test_all_that_is_wrong_is_named_in_one_message(monkeypatch, tmp_path):
    monkeypatch.setenv("LEDGER_DATABASE_URL", "mysql://root:hunter2@db/ledger")
    monkeypatch.setenv("LEDGER_READ_DATABASE_URL", "sqlite://")
    monkeypatch.setenv("LEDGER_ORIGIN", "https://ledger.example/log")
    monkeypatch.setenv("LEDGER_SIGNING_KEY_FILE", str(tmp_path))
    monkeypatch.setenv("LEDGER_PROGRAMMES", f"{tmp_path}:{tmp_path}/absent")
    with pytest.raises(BadSettings) as caught:
        Settings.from_environment()
    assert set(caught.value.problems) == {
        "LEDGER_DATABASE_URL",
        "LEDGER_READ_DATABASE_URL",
        "LEDGER_ORIGIN",
        "LEDGER_SIGNING_KEY_FILE",
        "LEDGER_PROGRAMMES",
    }
    assert len(str(caught.value).splitlines()) == 1 + len(caught.value.problems)
    assert f"{tmp_path}/absent" in caught.value.problems["LEDGER_PROGRAMMES"]
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ledger.db", id="a bare file name"),
        pytest.param("sqlite:ledger.db", id="no slashes"),
        pytest.param("sqlite:///:memory:", id="a database in memory"),
        pytest.param("sqlite://ledger.db", id="two slashes make the file a host"),
        pytest.param("postgresql+psycopg://db/ledger", id="a driver that is not installed"),
        pytest.param("postgresql://[db/ledger", id="an address that cannot be taken apart"),
    ],
)
def test_a_database_that_could_not_keep_a_ledger_is_refused(monkeypatch, url):
    monkeypatch.setenv("LEDGER_DATABASE_URL", url)
    with pytest.raises(BadSettings, match="LEDGER_DATABASE_URL"):
        Settings.from_environment()


@pytest.mark.parametrize("origin", ["ledger example", "ledger.example/log/", "a+b", "ledger\u00a0log", "ledger\nlog", "http://ledger"])
def test_an_origin_that_no_signed_note_could_carry_is_refused(monkeypatch, origin):
    monkeypatch.setenv("LEDGER_ORIGIN", origin)
    with pytest.raises(BadSettings, match="LEDGER_ORIGIN"):
        Settings.from_environment()


def test_an_emptied_variable_is_as_good_as_none(monkeypatch):
    for setting in dataclasses.fields(Settings):
        monkeypatch.setenv(f"LEDGER_{setting.name.upper()}", "")
    assert Settings.from_environment() == Settings()


def test_a_password_does_not_show_in_a_traceback(monkeypatch):
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://ledger:hunter2@db/ledger")
    monkeypatch.setenv("LEDGER_READ_DATABASE_URL", "postgresql://ledger:hunter3@db/ledger")
    assert "hunter" not in repr(Settings.from_environment())


def test_a_setting_cannot_be_changed_once_it_is_read():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().origin = "elsewhere/log"
