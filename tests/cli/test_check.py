"""`pool-ledger check` as a monitor and a person meet it: one object or one line of counts, notes, and the exit code."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.cli import care
from ledger.cli.main import cli
from ledger.store import tables as t
from ledger.store.database import connect
from tests.actions.publishing import ORIGIN, grow, key_file, key_of, ledger_in
from tests.actions.scene import play
from tests.proof.signers import W1

Run = Callable[..., Result]


@pytest.fixture
def ledger(sqlite_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """Everything said, signed once, and gone on with."""
    engine = connect(sqlite_url)
    made = ledger_in(tmp_path, engine)
    play(made)
    publish(made)
    grow(made, 900)
    yield made
    engine.dispose()


@pytest.fixture
def run(ledger: Ledger, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEDGER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("LEDGER_SIGNING_KEY_FILE", str(key_file(tmp_path)))
    monkeypatch.setenv("LEDGER_ORIGIN", ORIGIN)

    def ran(*words: str, **settings: str) -> Result:
        result = CliRunner().invoke(cli, ("check", *words), prog_name="pool-ledger", env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return ran


def spoil(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(update(t.deal_line).values(centre="c9"))


def told(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_monitor_reads_one_object(run: Run, ledger: Ledger) -> None:
    result = run("--json")
    summary = told(result)
    with ledger.read() as now:
        known = now.known_at(now.size)
        signed = now.known_at(now.size - 1)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (summary["ok"], summary["deviations"], summary["deviation_count"], summary["notes"]) == (True, [], 0, [])
    assert (summary["size"], summary["root"]) == (known["size"], known["root"])
    assert summary["checkpoint"] == {"size": signed["size"], "root": signed["root"], "signed_at": "2026-03-01T00:00:00.000000Z"}
    assert (summary["entries"], summary["disclosures"], summary["tiles"]) == (known["size"], known["size"], 0)
    assert (summary["checkpoints"], summary["cosignatures"]) == (1, 0)
    with ledger.engine.connect() as connection:
        rows = sum(len(connection.execute(table.select()).all()) for table in t.DERIVED)
    assert summary["rows"] == rows
    assert summary["seconds"] > 0


def test_a_monitor_is_told_every_deviation_by_table_and_entry_up_to_a_bound(
    run: Run, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(ledger)
    result = run("--json")
    summary = told(result)
    assert (result.exit_code, summary["ok"]) == (1, False)
    assert summary["deviation_count"] == len(summary["deviations"]) > 1
    assert all(set(one) == {"table", "entry", "what"} for one in summary["deviations"])
    assert any(one["table"] == "deal_line" and isinstance(one["entry"], int) for one in summary["deviations"])
    monkeypatch.setattr(care, "TOLD_MAX", 1)
    again = told(run("--json"))
    assert (len(again["deviations"]), again["deviation_count"]) == (1, summary["deviation_count"])


def test_a_person_reads_the_deviations_and_in_the_end_one_line_of_counts(run: Run, ledger: Ledger) -> None:
    with ledger.read() as now:
        size = now.size
    result = run()
    assert (result.exit_code, result.stdout) == (0, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{size} entries, 0 tiles, 1 checkpoints, 0 cosignatures, ")
    assert line.endswith(" rows: no deviation")
    spoil(ledger)
    result = run()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith(f" rows: {len(result.stdout.splitlines())} deviations")


def test_without_its_key_file_signatures_are_verified_by_a_key_that_is_given(run: Run, ledger: Ledger, tmp_path: Path) -> None:
    key = str(key_of(ledger))
    elsewhere = {"LEDGER_SIGNING_KEY_FILE": str(tmp_path / "elsewhere.key")}
    assert any("were not verified" in line for line in run(**elsewhere).stderr.splitlines())
    result = run("--key", key, **elsewhere)
    assert (result.exit_code, "were not verified" in result.stderr) == (0, False)
    assert not (tmp_path / "elsewhere.key").exists()


def test_a_key_of_somebody_else_is_told(run: Run) -> None:
    result = run("--key", str(W1.key))
    assert result.exit_code == 1
    assert f"key: the key is that of {W1.name}, and the log is {ORIGIN}" in result.stdout.splitlines()


def test_a_key_that_is_none_is_a_wrong_use(run: Run) -> None:
    assert run("--key", "?").exit_code == 2


def test_a_ledger_that_nobody_signed_says_so(run: Run, tmp_path: Path, migrated_file: Path) -> None:
    result = run(LEDGER_DATABASE_URL=f"sqlite:///{migrated_file}", LEDGER_SIGNING_KEY_FILE=str(tmp_path / "new.key"))
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0].startswith("no checkpoint was signed yet")


def test_another_database_is_not_the_one_that_was_signed(run: Run, migrated_file: Path) -> None:
    result = run(LEDGER_DATABASE_URL=f"sqlite:///{migrated_file}")
    assert result.exit_code == 1
    assert "fence: the log lost entries after its last checkpoint was signed" in result.stdout


def test_a_key_file_and_a_fence_that_cannot_be_read_are_told(run: Run, tmp_path: Path) -> None:
    key = key_file(tmp_path)
    key.write_text("nothing\n")
    fence = key.with_name(key.name + ".checkpoint")
    fence.write_bytes(b"nothing\n")
    result = run()
    assert result.exit_code == 1
    assert {line.partition(":")[0] for line in result.stdout.splitlines()} == {"key", "fence"}
    fence.unlink()
    fence.mkdir()
    assert f"fence: {fence} cannot be read" in run().stdout
