"""The command line as people and scripts meet it: answers on stdout, everything else on stderr, and no traceback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from ledger.actions.access import identify
from ledger.actions.keeper import write_down
from ledger.cli.main import cli
from ledger.store import tables as t
from ledger.store.database import connect
from ledger.store.schema import revision_of
from tests.actions.scene import ledger_on, licence, patent, play

Run = Callable[..., Result]
OFFICE = ("--name", "湖北省知识产权局", "--kind", "province_office", "--region", "420000")


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against a migrated database; whatever it does, it does not end in a traceback."""
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEDGER_DATABASE_URL", url)
    monkeypatch.setenv("LEDGER_SIGNING_KEY_FILE", str(tmp_path / "signing.key"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "en_GB.UTF-8")

    def ran(*words: str, **settings: str) -> Result:
        result = CliRunner().invoke(cli, words, prog_name="pool-ledger", env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return ran


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = connect(url)
    yield opened
    opened.dispose()


@pytest.fixture
def at(engine: Engine) -> dict[str, int]:
    return play(ledger_on(engine))


def jsonl(path: Path, *said: tuple[str, dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps({"kind": kind, "body": body}) + "\n" for kind, body in said))
    return path


# --- setting up ------------------------------------------------------------------------------------------------------


def test_migrate_brings_an_empty_file_to_the_schema_and_can_be_repeated(run: Run, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/folder/new.db"
    for _ in range(2):
        assert run("migrate", LEDGER_DATABASE_URL=new).exit_code == 0
    engine = connect(new)
    assert revision_of(engine) is not None
    engine.dispose()


def test_rights_are_given_on_postgresql_only(run: Run) -> None:
    result = run("migrate", "--grant", "service")
    assert result.exit_code == 1
    assert "on PostgreSQL only" in result.stderr


@pytest.mark.postgresql
def test_migrate_gives_a_role_its_rights_and_says_which_role_is_missing(run: Run, postgresql_url: str) -> None:
    result = run("migrate", "--grant", "nobody_here", LEDGER_DATABASE_URL=postgresql_url)
    assert (result.exit_code, result.stderr) == (
        1, "Error: there is no database role nobody_here: make it first, by CREATE ROLE … LOGIN\n"
    )  # fmt: skip
    engine = connect(postgresql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE granted_here")
    try:
        assert run("migrate", "--grant", "granted_here", LEDGER_DATABASE_URL=postgresql_url).exit_code == 0
        with engine.begin() as connection:
            rights = connection.exec_driver_sql("SELECT has_table_privilege('granted_here', 'entry', 'INSERT')").scalar()
        assert rights
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP OWNED BY granted_here")
            connection.exec_driver_sql("DROP ROLE granted_here")
        engine.dispose()


def test_an_office_is_founded_by_its_first_entry(run: Run) -> None:
    result = run("centre", "add", "hb-ipo", *OFFICE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "entry 0: office hb-ipo\n"


def test_several_offices_are_founded_and_each_only_once(run: Run) -> None:
    run("centre", "add", "hb-ipo", *OFFICE)
    assert run("centre", "add", "js-ipo", "--name", "江苏", "--kind", "province_office", "--region", "320000").exit_code == 0
    again = run("centre", "add", "hb-ipo", *OFFICE)
    assert (again.exit_code, again.stderr) == (1, "Error: code: hb-ipo is registered already, by entry 0\n")


def test_centres_are_not_founded_here(run: Run) -> None:
    assert run("centre", "add", "c1", "--name", "中心", "--kind", "centre", "--region", "420100").exit_code == 2


def test_everything_wrong_with_an_office_is_said_at_once(run: Run) -> None:
    result = run("centre", "add", "X!", "--name", " ", "--kind", "city_office", "--region", "42")
    assert result.exit_code == 1
    assert [line.removeprefix("Error: ").partition(":")[0] for line in result.stderr.splitlines()] == ["code", "name", "region"]


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_stands_alone_on_stdout(run: Run) -> None:
    run("centre", "add", "hb-ipo", *OFFICE)
    for words in (("recorder", "--centre", "c1"), ("authority", "--centre", "hb-ipo", "--region", "420000"), ("reader",)):
        result = run("token", "create", "--role", *words)
        assert result.exit_code == 0
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}\n", result.stdout)


def test_a_centre_that_is_not_registered_yet_is_pointed_out(run: Run, at: dict[str, int]) -> None:
    assert "c9 is not registered yet" in run("token", "create", "--role", "recorder", "--centre", "c9").stderr
    assert run("token", "create", "--role", "recorder", "--centre", "c1").stderr == ""


def test_tokens_are_listed_without_themselves_and_revoked_by_number(run: Run, at: dict[str, int]) -> None:
    token = run("token", "create", "--role", "recorder", "--centre", "c1", "--name", "张三").stdout.strip()
    assert run("token", "revoke", "1").exit_code == 0
    [_, _, row] = run("token", "list").stdout.splitlines()
    assert row.split()[:4] == ["1", "recorder", "c1", "张三"]
    assert len(row.split()) == 6  # made and revoked
    assert token not in row
    assert run("token", "revoke", "1").exit_code == 1


def test_a_token_may_end_by_itself(run: Run, url: str) -> None:
    run("token", "create", "--role", "reader", "--expires", "2999-12-31")
    run("token", "create", "--role", "reader", "--days", "90", "--name", "for a quarter")
    titles, _, first, second = run("token", "list").stdout.splitlines()
    assert re.split(r"  +", titles) == ["id", "role", "centre", "region", "name", "created", "expires", "last used", "revoked"]
    assert first.split()[-1] == "2999-12-31T16:00:00Z"  # when that day ends in China
    created, expires = (datetime.fromisoformat(text) for text in second.split()[-2:])
    assert expires - created == timedelta(days=90)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--expires", "2020-01-01"), 1),
        (("--expires", "tomorrow"), 2),
        (("--expires", "20300101"), 2),
        (("--days", "0"), 2),
        (("--days", "1000000"), 2),
        (("--days", "9", "--expires", "2999-12-31"), 1),
    ],
)
def test_an_end_that_is_none_or_past_makes_no_token(run: Run, words: tuple[str, ...], code: int) -> None:
    result = run("token", "create", "--role", "reader", *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert run("token", "list").stdout == ""


def test_when_a_token_was_used_last_is_told(run: Run, engine: Engine) -> None:
    ledger = ledger_on(engine)
    used, _ = (run("token", "create", "--role", "reader").stdout.strip() for _ in range(2))
    assert identify(ledger, used) is not None
    write_down(ledger)
    _, _, first, second = run("token", "list").stdout.splitlines()
    assert first.split()[-1] == "2026-03-01T00:00:00Z"
    assert len(second.split()) == len(first.split()) - 1


def test_a_subject_of_the_issuer_is_barred_by_name_and_let_in_again(run: Run) -> None:
    assert run("token", "bar", "u-17").exit_code == 0
    assert run("token", "bar", "u-17").stderr == "Error: sub: u-17 is barred already\n"
    [titles, _, row] = run("token", "list").stdout.splitlines()
    assert titles.split() == ["subject", "barred", "lifted"]
    assert [row.split()[0], len(row.split())] == ["u-17", 2]
    assert run("token", "unbar", "u-17").exit_code == 0
    assert run("token", "unbar", "u-17").stderr == "Error: sub: u-17 is not barred\n"
    run("token", "create", "--role", "reader")
    *_, row = run("token", "list").stdout.splitlines()
    assert len(row.split()) == 3
    assert "\n\nsubject" in run("token", "list").stdout


def test_a_token_for_nobody_is_refused_in_one_sentence(run: Run) -> None:
    result = run("token", "create", "--role", "authority", "--centre", "hb-ipo")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: centre: there is no office hb-ipo yet: found it by `pool-ledger centre add`\n"


def test_a_chinese_locale_is_answered_in_chinese(run: Run) -> None:
    result = run("token", "create", "--role", "recorder", LC_ALL="zh_CN.UTF-8")
    assert result.stderr == "Error: centre: 角色 recorder 须指明机构\n"


# --- files and figures -----------------------------------------------------------------------------------------------


def test_a_file_is_imported_and_skipped_the_second_time(run: Run, at: dict[str, int], tmp_path: Path) -> None:
    file = jsonl(tmp_path / "new.jsonl", patent(90), licence("L-9", [90]))
    assert run("import", str(file), "--centre", "c1").stdout == "new.jsonl: 2 recorded, 0 recorded already\n"
    assert run("import", str(file), "--centre", "c1").stdout == "new.jsonl: 0 recorded, 2 recorded already\n"


def test_bad_lines_of_a_file_are_named_and_end_with_1(run: Run, at: dict[str, int], tmp_path: Path) -> None:
    file = jsonl(tmp_path / "bad.jsonl", patent(90), licence("L-9", [91]), ("patent", {}))
    result = run("import", str(file), "--centre", "c1")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0].startswith("line 2: lines.0.patent_id: ")
    assert {line.split(":")[0] for line in lines[1:]} == {"line 3"}
    assert result.stdout == "bad.jsonl: 0 recorded, 0 recorded already, 1 in order but not recorded, 2 wrong\n"


def test_a_dry_run_of_a_good_file_ends_with_0(run: Run, at: dict[str, int], tmp_path: Path) -> None:
    file = jsonl(tmp_path / "new.jsonl", patent(90))
    result = run("import", str(file), "--centre", "c1", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "new.jsonl: 0 recorded, 0 recorded already, 1 in order but not recorded\n")


def test_a_scorecard_is_shown_as_a_table(run: Run, at: dict[str, int]) -> None:
    result = run("score", "hubei-2025", "c1", "--on", "2025-12-31")
    assert result.exit_code == 0
    assert "2025-08-01 … 2027-07-31" in result.stdout
    assert "on 2025-12-31" in result.stdout
    assert "level recorded" in result.stdout


def test_a_scorecard_speaks_chinese_in_a_chinese_locale(run: Run, at: dict[str, int]) -> None:
    assert "完成率" in run("score", "hubei-2025", "c1", LC_ALL="zh_CN.UTF-8").stdout


def test_a_scorecard_as_json_is_the_answer_of_the_api(run: Run, at: dict[str, int]) -> None:
    asked = ("--on", "2025-12-31", "--known-at", str(at["licence"]), "--level", "verified")
    card = json.loads(run("score", "hubei-2025", "c1", *asked, "--json").stdout)
    assert (card["subject"], card["on"], card["level"], card["known_at"]["size"]) == ("c1", "2025-12-31", "verified", at["licence"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing", "c1"), "there is no programme nothing"),
        (("hubei-2025", "c9"), "c9 takes no part in hubei-2025"),
        (("hubei-2025", "c1", "--known-at", "99999"), "known_at: the log holds"),
        (("hubei-2025", "c1", "--known-at", "yesterday"), "known_at: "),
    ],
)
def test_a_scorecard_that_cannot_be_had_is_refused_in_one_sentence(
    run: Run, at: dict[str, int], words: tuple[str, ...], said: str
) -> None:
    result = run("score", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {said}")
    assert len(result.stderr.splitlines()) == 1


def test_faults_of_a_programme_are_told_with_file_and_key(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "mine.toml"
    bad.write_text('[metric.mine]\nfrom = "licence"\ncount = "lines"\ncolour = "red"\n')
    result = run("programmes", "check", str(bad))
    assert result.exit_code == 1
    assert all(line.startswith(str(bad)) for line in result.stdout.splitlines())
    assert "metric.mine.colour" in result.stdout


def test_a_programme_in_order_is_said_to_be(run: Run, tmp_path: Path) -> None:
    good = tmp_path / "mine.toml"
    good.write_text('[metric.mine]\nfrom = "licence"\ncount = "lines"\nunit = "次"\nlabel = { zh = "许可", en = "Licences" }\n'
                    'date = ["registered_on"]\n')  # fmt: skip
    result = run("programmes", "check", str(good))
    assert (result.exit_code, result.stdout.partition(":")[0]) == (0, "in order")


def test_programmes_are_checked_without_a_database(run: Run, tmp_path: Path) -> None:
    assert run("programmes", "check", str(tmp_path), LEDGER_DATABASE_URL="postgresql://nobody@127.0.0.1:1/x").exit_code == 0


# --- care ------------------------------------------------------------------------------------------------------------


def test_a_ledger_in_order_passes_the_check(run: Run, at: dict[str, int]) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_check_names_an_altered_row_and_a_rebuild_mends_it(run: Run, at: dict[str, int], engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(t.deal_line).where(t.deal_line.c.entry == at["licence"]).values(amount=7))
    result = run("check")
    assert result.exit_code == 1
    assert f"entry {at['licence']}: deal_line: line 1, since " in result.stdout
    assert run("rebuild").exit_code == 0
    assert run("check").exit_code == 0


@pytest.mark.slow
def test_the_sample_year_is_shown_once_and_has_fresh_tokens_each_time(run: Run, url: str) -> None:
    first, second = run("demo"), run("demo")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "wh-photonics" in first.stdout.partition("speaks for")[0]
    assert second.stdout.startswith("speaks for")
    tokens = [set(re.findall(r"[A-Za-z0-9_-]{43}$", result.stdout, re.MULTILINE)) for result in (first, second)]
    assert len(tokens[0]) == len(tokens[1]) == 10
    assert not tokens[0] & tokens[1]
    assert "nothing was loaded" in second.stderr
    assert run("check").exit_code == 0


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_database_without_schema_says_what_to_do(run: Run, tmp_path: Path) -> None:
    result = run("token", "list", LEDGER_DATABASE_URL=f"sqlite:///{tmp_path}/empty.db")
    assert result.exit_code == 1
    assert "run `pool-ledger migrate`" in result.stderr


@pytest.mark.parametrize("command", [("migrate",), ("token", "list")])
def test_a_database_of_a_later_release_is_left_alone(run: Run, engine: Engine, command: tuple[str, ...]) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    result = run(*command)
    assert result.exit_code == 1
    assert "9999" in result.stderr


@pytest.mark.parametrize("command", [("migrate",), ("token", "list"), ("check",), ("serve",)])
def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, LEDGER_DATABASE_URL="postgresql://ledger:geheim@127.0.0.1:1/ledger")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database does not answer: ")
    assert len(result.stderr.splitlines()) == 1
    assert "geheim" not in result.output


@pytest.mark.parametrize("name", ["LEDGER_DATABASE_URL", "LEDGER_READ_DATABASE_URL"])
def test_an_address_that_is_none_is_not_repeated(run: Run, name: str) -> None:
    result = run("token", "list", **{name: "postgresql://ledger:geheim@127.0.0.1:port/ledger"})
    assert (result.exit_code, result.stderr) == (1, f"Error: {name} is no address of a database\n")


def test_wrong_settings_are_all_named(run: Run) -> None:
    result = run("token", "list", LEDGER_ORIGIN="https://x/", LEDGER_DATABASE_URL="mysql://x")
    assert result.exit_code == 1
    assert "LEDGER_ORIGIN" in result.stderr
    assert "LEDGER_DATABASE_URL" in result.stderr


def test_faulty_programmes_of_the_settings_are_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[metric.x]\ncolour = 1\n")
    result = run("token", "list", LEDGER_PROGRAMMES=str(tmp_path))
    assert result.exit_code == 1
    assert "metric.x.colour" in result.stderr


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("token", "create"), ("token", "create", "--role", "king"), ("token", "revoke", "x"), ("score", "a"),
     ("centre", "add"), ("import", "/no/such/file", "--centre", "c1"), ("score", "a", "b", "--on", "2025-02-30")],
)  # fmt: skip
def test_a_wrong_use_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_help_waits_for_no_database_driver() -> None:
    code = "import sys, ledger.cli.main; print([m for m in ('sqlalchemy', 'alembic', 'marshmallow', 'flask') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "ledger", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pool-ledger ")
