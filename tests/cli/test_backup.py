"""`pool-ledger backup` and `restore` at the keyboard: what they print, how they end, and what they remind of."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ledger.actions.publish import publish
from ledger.cli.main import cli
from ledger.store.database import connect
from tests.actions.publishing import grow, ledger_in
from tests.actions.scene import play

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a played and published ledger; whatever it does, it does not end in a traceback."""
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)
    engine = connect(sqlite_url)
    ledger = ledger_in(tmp_path, engine, origin="ledger.example/log")
    play(ledger)
    publish(ledger)
    engine.dispose()
    monkeypatch.setenv("LEDGER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LEDGER_ORIGIN", "ledger.example/log")
    monkeypatch.setenv("LEDGER_SIGNING_KEY_FILE", str(ledger.settings.signing_key_file))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "en_GB.UTF-8")

    def ran(*words: str | Path, **settings: str) -> Result:
        result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="pool-ledger", env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return ran


def test_a_backup_tells_its_file_and_what_is_not_in_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    result = run("backup", file)
    assert (result.exit_code, result.stdout) == (0, f"{file}\n")
    counts, apart = result.stderr.splitlines()
    assert counts.startswith("34 entries, ")
    assert "The signing key and the checkpoint beside it are not in it" in apart
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_is_restored_into_another_folder_and_checked(run: Run, tmp_path: Path) -> None:
    file, new = tmp_path / "a.backup", f"sqlite:///{tmp_path}/other/ledger.db"
    run("backup", file)
    result = run("restore", file, LEDGER_DATABASE_URL=new)
    assert (result.exit_code, result.stdout) == (0, "")
    told = result.stderr.splitlines()
    assert told[0].startswith("34 entries, ")
    assert told[1:] == [
        "Run `pool-ledger check` now.",
        "Tokens revoked and people barred since the backup are let in again: go through `pool-ledger token list`, and revoke them "
        "again. Whoever was signed in on a page signs in anew.",
    ]
    checked = run("check", LEDGER_DATABASE_URL=new)
    assert (checked.exit_code, checked.stdout) == (0, "")


@pytest.mark.postgresql
def test_on_postgresql_it_reminds_of_the_rights_of_the_service(run: Run, tmp_path: Path, postgresql_url: str) -> None:
    run("backup", tmp_path / "a")
    result = run("restore", tmp_path / "a", LEDGER_DATABASE_URL=postgresql_url)
    assert result.exit_code == 0
    assert "Run `pool-ledger migrate --grant ROLE`" in result.stderr
    assert run("check", LEDGER_DATABASE_URL=postgresql_url).exit_code == 0


def test_a_restore_tells_at_once_that_the_signing_guard_will_refuse(run: Run, tmp_path: Path) -> None:
    file, new = tmp_path / "a", {"LEDGER_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    run("backup", file)
    engine = connect(os.environ["LEDGER_DATABASE_URL"])
    ledger = ledger_in(tmp_path, engine, origin="ledger.example/log")
    grow(ledger, 500, 3)
    publish(ledger)
    engine.dispose()
    result = run("restore", file, **new)
    assert result.exit_code == 0  # it is restored, whatever may be done with it
    assert "It cannot be published now: " in result.stderr
    assert "tells of 37 entries that were signed, and this database holds 34" in result.stderr
    chinese = run("restore", file, LC_ALL="zh_CN.UTF-8", LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/third.db")
    assert "现在不能发布:" in chinese.stderr
    assert "数据库比已签署的日志旧" in chinese.stderr
    assert run("check", **new).exit_code == 1  # and the check finds it: the fence knows of more


def test_a_restore_on_a_machine_without_the_key_says_which_key_is_wanted(run: Run, tmp_path: Path) -> None:
    run("backup", tmp_path / "a")
    new = {"LEDGER_DATABASE_URL": f"sqlite:///{tmp_path}/new.db", "LEDGER_SIGNING_KEY_FILE": str(tmp_path / "no.key")}
    result = run("restore", tmp_path / "a", **new)
    assert result.exit_code == 0
    assert "put the file back from its safe copy" in result.stderr
    assert not (tmp_path / "no.key").exists()


def test_another_name_of_the_log_is_pointed_out(run: Run, tmp_path: Path) -> None:
    run("backup", tmp_path / "a")
    result = run(
        "restore", tmp_path / "a", LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/new.db", LEDGER_ORIGIN="other.example/log"
    )  # fmt: skip
    assert "Note: this log was published as ledger.example/log, and LEDGER_ORIGIN is other.example/log." in result.stderr


@pytest.mark.parametrize(("locale", "words"), [("en_GB.UTF-8", "holds a ledger already"), ("zh_CN.UTF-8", "数据库中已有账本")])
def test_a_database_that_holds_something_is_not_touched(run: Run, tmp_path: Path, locale: str, words: str) -> None:
    run("backup", tmp_path / "a")
    result = run("restore", tmp_path / "a", LC_ALL=locale)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert run("check").exit_code == 0


@pytest.mark.parametrize(("locale", "words"), [("en_GB.UTF-8", "cut off or damaged"), ("zh_CN.UTF-8", "不完整或已损坏")])
def test_a_cut_file_is_refused_and_leaves_no_database(run: Run, tmp_path: Path, locale: str, words: str) -> None:
    file = tmp_path / "a"
    run("backup", file)
    file.write_bytes(file.read_bytes()[:-100])
    result = run("restore", file, LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/new.db", LC_ALL=locale)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert not (tmp_path / "new.db").exists()


def test_wrong_use_is_2_and_what_cannot_be_written_1(run: Run, tmp_path: Path) -> None:
    assert run("backup").exit_code == 2
    assert run("backup", tmp_path).exit_code == 2
    assert run("restore").exit_code == 2
    assert run("restore", tmp_path / "missing").exit_code == 2
    result = run("backup", tmp_path / "no" / "folder" / "a")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No such file or directory" in result.stderr
    assert run("backup", tmp_path / "a", LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/none.db").exit_code == 1


def test_what_commands_change_is_appended_to_the_log_of_commands(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "commands.log"
    here, new = {"LEDGER_COMMAND_LOG": str(log)}, {"LEDGER_DATABASE_URL": f"sqlite:///{tmp_path}/new.db"}
    token = run("token", "create", "--role", "recorder", "--centre", "c1", "--name", "张三", **here).stdout.strip()
    run("token", "revoke", "1", **here)
    run("token", "bar", "somebody", **here)
    run("token", "unbar", "somebody", **here)
    run("backup", tmp_path / "a", **here)
    run("restore", tmp_path / "a", **here, **new)
    run("migrate", **here, **new)
    run("rebuild", **here, **new)
    run("check", **here, **new)  # changes nothing
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    told = [line["event"] for line in lines]
    assert told == [
        "token made", "token revoked", "subject barred", "subject let in again", "backup written", "backup restored", "migrated",
        "rows made anew",
    ]  # fmt: skip
    made, revoked = lines[:2]
    assert (made["token"], made["role"], made["centre"], made["name"]) == (1, "recorder", "c1", "张三")
    assert revoked["token"] == 1
    assert all({"timestamp", "level", "pid"} <= line.keys() for line in lines)
    assert token not in log.read_text(encoding="utf-8")


def test_what_cannot_be_appended_to_it_is_told_beside_what_was_done(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "commands.log"
    log.symlink_to(tmp_path / "no folder" / "commands.log")
    result = run("token", "bar", "somebody", LEDGER_COMMAND_LOG=str(log))
    assert result.exit_code == 0
    assert f"{log}: No such file or directory" in result.stderr
    assert "subject barred" in result.stderr


def test_a_misspelt_setting_is_told(run: Run) -> None:
    result = run("token", "list", LEDGER_DATABSE_URL="sqlite:////nowhere")
    assert result.exit_code == 0
    assert result.stderr == "LEDGER_DATABSE_URL is no setting; LEDGER_DATABASE_URL is\n"
