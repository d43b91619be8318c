"""The key of the log in the shell: made once, shown alone, never written over and never exchanged for another."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.cli.main import cli
from ledger.config import Settings
from ledger.proof.notes import VerifierKey
from ledger.signing import load_key
from tests.filling import fill

Run = Callable[..., Result]
ORIGIN = "ledger.example/log"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.key"


@pytest.fixture
def run(sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "LEDGER_DATABASE_URL": sqlite_url, "LEDGER_SIGNING_KEY_FILE": str(file), "LEDGER_ORIGIN": ORIGIN, "LC_ALL": "en_GB.UTF-8",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def ran(*words: str, **settings: str) -> Result:
        result = CliRunner().invoke(cli, words, prog_name="pool-ledger", env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return ran


def publish_something(url: str, file: Path, origin: str = ORIGIN) -> None:
    ledger = Ledger.open(Settings(database_url=url, signing_key_file=file, origin=origin))
    fill(ledger.engine, 3)
    publish(ledger)
    ledger.engine.dispose()


def refused(result: Result, *words: str) -> None:
    assert (result.exit_code, result.stdout) == (1, "")
    for word in words:
        assert word in result.stderr, result.stderr


def test_a_new_key_is_for_its_owner_only_and_its_verifier_key_stands_alone(run: Run, file: Path) -> None:
    made = run("key", "new")
    assert made.exit_code == 0
    key = VerifierKey.parse(made.stdout.removesuffix("\n"))
    assert key.name == ORIGIN
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in made.stderr
    assert "backups" in made.stderr
    kept = load_key(file)
    assert kept is not None
    assert kept.key == key
    secret = file.read_text().strip().rpartition("+")[2]
    assert secret not in made.output
    shown = run("key", "show")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, made.stdout, "")


def test_a_key_that_is_there_is_not_written_over(run: Run, file: Path) -> None:
    run("key", "new")
    before = file.read_bytes()
    refused(run("key", "new"), str(file), "not written over", "key show")
    assert file.read_bytes() == before


def test_whatever_lies_in_the_place_of_the_key_is_left_alone(run: Run, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("something else\n")
    refused(run("key", "new"), str(file))
    refused(run("key", "show"), str(file), "does not hold a whole private key")
    assert file.read_text() == "something else\n"


def test_a_log_that_was_published_gets_no_second_key(run: Run, file: Path, sqlite_url: str) -> None:
    publish_something(sqlite_url, file)
    kept = load_key(file)
    assert kept is not None
    file.rename(file.with_name("safe"))
    refused(run("key", "new"), str(file), kept.key.id.hex(), "safe copy", "new LEDGER_ORIGIN")
    refused(run("key", "new", LEDGER_ORIGIN="other.example/log"), ORIGIN, "LEDGER_ORIGIN")
    elsewhere = file.with_name("another.key")
    refused(run("key", "new", LEDGER_SIGNING_KEY_FILE=str(elsewhere)), kept.key.id.hex())
    assert not file.exists()
    assert not elsewhere.exists()


def test_a_key_that_is_missing_is_said_to_be(run: Run, file: Path) -> None:
    refused(run("key", "show"), str(file), "key new")
    refused(run("key", "show", LC_ALL="zh_CN.UTF-8"), str(file), "不存在")


def test_a_key_that_others_may_read_is_pointed_out(run: Run, file: Path) -> None:
    made = run("key", "new")
    file.chmod(0o640)
    shown = run("key", "show")
    assert (shown.exit_code, shown.stdout) == (0, made.stdout)
    assert "chmod 600" in shown.stderr


def test_a_key_is_shown_without_asking_the_database(run: Run, file: Path, tmp_path: Path) -> None:
    made = run("key", "new")
    shown = run("key", "show", LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/nowhere/none.db")
    assert (shown.exit_code, shown.stdout) == (0, made.stdout)
    assert not (tmp_path / "nowhere").exists()


def test_the_service_signs_with_the_key_that_was_made(run: Run, file: Path, sqlite_url: str) -> None:
    made = run("key", "new")
    publish_something(sqlite_url, file)
    assert run("key", "show").stdout == made.stdout
    assert f"\u2014 {ORIGIN} " in file.with_name(f"{file.name}.checkpoint").read_text()
