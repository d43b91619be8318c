"""`pool-ledger export`: a file is whole or it is not there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, delete

from ledger.actions.bundle import bundle
from ledger.cli.main import cli
from ledger.facts.actors import Actor
from ledger.signing import load_key
from ledger.store import tables as t
from ledger.store.database import connect
from tests.actions.publishing import ledger_in, with_settings
from tests.actions.scene import play
from tests.actions.test_check import Scene

Run = Callable[..., Result]
ASKED = ("export", "bundle", "--programme", "hubei-2025", "--subject", "c1", "--on", "2026-03-01")
NAME = "hubei-2025_c1_2026-03-01_34.zip"


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    opened = connect(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def scene(engine: Engine, tmp_path: Path) -> Scene:
    ledger = with_settings(ledger_in(tmp_path, engine), signing_key_file=tmp_path / "signing.key")
    return Scene(ledger, engine, play(ledger))


@pytest.fixture
def run(scene: Scene, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """In an empty folder, on the ledger of the scene."""
    for name in [name for name in os.environ if name.startswith("LEDGER_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "LEDGER_DATABASE_URL": sqlite_url, "LEDGER_SIGNING_KEY_FILE": str(scene.ledger.settings.signing_key_file),
        "LEDGER_ORIGIN": scene.ledger.settings.origin, "LC_ALL": "en_GB.UTF-8",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def ran(*words: str) -> Result:
        result = CliRunner().invoke(cli, words, prog_name="pool-ledger")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return ran


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


def test_a_bundle_is_written_under_the_name_that_says_what_it_is(run: Run, scene: Scene) -> None:
    result = run(*ASKED)
    assert (result.exit_code, result.stdout) == (0, f"{NAME}\n")
    assert files() == {NAME}
    asked = {"programme": "hubei-2025", "subject": "c1", "known_at": "34"}
    with bundle(scene.ledger, Actor("auditor", "auditor"), **asked) as made:  # its day is the scene's, 1 March
        assert Path(NAME).read_bytes() == b"".join(made.chunks())


def test_what_was_exported_can_be_verified_in_the_shell(run: Run, scene: Scene) -> None:
    run(*ASKED, "--known-at", "30", "-o", "mine.zip")
    assert files() == {"mine.zip"}
    signer = load_key(scene.ledger.settings.signing_key_file)
    assert signer is not None
    assert run("verify", "mine.zip", "--key", str(signer.key)).exit_code == 0
    data = bytearray(Path("mine.zip").read_bytes())
    data[len(data) // 2] ^= 1
    Path("mine.zip").write_bytes(data)
    assert run("verify", "mine.zip", "--key", str(signer.key)).exit_code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--programme", "nothing"), "no programme nothing"),
        (("--subject", "nobody"), "nobody takes no part"),
        (("--known-at", "35"), "the log holds 34 entries"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence_and_no_file(run: Run, words: tuple[str, str], told: str) -> None:
    result = run(*ASKED, *words)
    assert result.exit_code == 1
    assert told in result.stderr
    assert files() == set()


def test_a_bundle_that_breaks_off_leaves_nothing_behind_and_the_older_file_alone(run: Run, scene: Scene) -> None:
    Path(NAME).write_bytes(b"an older one")
    scene.alter(lambda c, _: c.execute(delete(t.disclosure).where(t.disclosure.c.entry == scene.at["licence"])))
    result = run(*ASKED)
    assert result.exit_code == 1
    assert "the log is damaged" in result.stderr
    assert files() == {NAME}
    assert Path(NAME).read_bytes() == b"an older one"
