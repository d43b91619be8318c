"""The verifier as one file: it needs Python and nothing else, and anybody who builds it gets the same bytes."""

import ast
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger.actions import pack
from ledger.cli.main import cli
from ledger.proof.archive import Opened
from tests.bundles import draft_of, scene
from tests.proof.signers import LOG

# No environment, no working folder, no site-packages: what is not in Python itself or in the file is not there.
ALONE = (sys.executable, "-I", "-S")

# Runs the file inside this Python, then says which modules have been imported, whatever the file ended with.
WATCHED = """
import runpy, sys
file, *words = sys.argv[1:]
sys.argv, sys.path[0] = [file, *words], file
try:
    runpy.run_path(file, run_name="__main__")
finally:
    print("\\n".join(sorted(name for name in sys.modules)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("verifier") / "verify.pyz"
    path.write_bytes(pack.verifier())
    return path


def ran(*words: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, **environment})


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_it_runs_with_python_alone(file, tmp_path):
    done = ran(*ALONE, file, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--key" in done.stdout
    assert done.stderr == ""


def test_it_imports_nothing_but_the_standard_library_and_itself(file):
    done = ran(*ALONE, "-c", WATCHED, file, "--help")
    assert done.returncode == 0
    assert only_itself(done.stderr)


def only_itself(modules: str) -> bool:
    tops = {name.partition(".")[0] for name in modules.splitlines()}
    # What Python's own build was configured with has a name of its own, and no module of ours asks for it.
    others = {top for top in tops if top not in sys.stdlib_module_names and not top.startswith("_")}
    return others == {"ledger", "rfc8785"}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("bundle") / "bundle.zip"
    path.write_bytes(draft_of(scene(), "two-years", "c1").packed())
    return path


def test_it_verifies_a_bundle_and_imports_nothing_for_it(file, bundle):
    done = ran(*ALONE, "-c", WATCHED, file, bundle, "--key", str(LOG.key), "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert only_itself(done.stderr)
    assert "ledger.kpi.scorecard" in done.stderr


@pytest.mark.parametrize("old", [b"", b'{"disclosure":"W'])
def test_it_says_what_the_command_says(file, bundle, tmp_path, old):
    """Of a good bundle, and of one in which a disclosure was changed."""
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle.read_bytes().replace(old, old[:-1] + b"V", 1) if old else bundle.read_bytes())
    words = ("verify", str(path), "--key", str(LOG.key), "--json", "--lang", "zh")
    command = CliRunner().invoke(cli, words)
    alone = ran(*ALONE, "-X", "utf8", file, *words[1:])
    assert (alone.returncode, alone.stdout) == (command.exit_code, command.stdout)
    assert command.exit_code == (1 if old else 0)
    assert json.loads(alone.stdout)["ok"] is not bool(old)


def test_every_module_in_it_can_be_imported_there(file):
    """Those that a function imports when it needs them are among them."""
    names = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in members(file) if name.endswith(".py")]
    names.remove("__main__")
    code = "import sys, importlib; sys.path.insert(0, sys.argv[1]); [importlib.import_module(name) for name in sys.argv[2:]]"
    done = ran(*ALONE, "-c", code, file, *names)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"ledger.actions.verify.cli", "ledger.proof.archive", "rfc8785"} <= {*names}


def test_it_carries_the_licence_of_what_it_carries(file):
    assert b"Apache License" in members(file)["rfc8785/LICENSE"]


def test_it_carries_our_modules_as_they_are(file):
    home = Path(pack.__file__).parents[2]
    ours = {name: data for name, data in members(file).items() if name.startswith("ledger/")}
    assert {name: data for name, data in ours.items() if (home / name).read_bytes() != data} == {}
    assert not any(name.startswith(("ledger/store", "ledger/web", "ledger/cli", "ledger/config")) for name in ours)


def test_the_same_sources_give_the_same_bytes(tmp_path):
    paths = [tmp_path / name for name in ("one.pyz", "two.pyz")]
    for seed, path in enumerate(paths):
        command = (sys.executable, "-m", "ledger", "verifier", "--output", path)
        done = ran(*command, cwd=Path(pack.__file__).parents[2], PYTHONHASHSEED=str(seed), TZ="Asia/Shanghai" if seed else "UTC")
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}\n"
    assert paths[0].read_bytes() == paths[1].read_bytes() == pack.verifier()
    assert os.access(paths[0], os.X_OK)


def test_behind_its_first_line_it_is_a_container_like_any_export(file, tmp_path):
    first, rest = file.read_bytes().split(b"\n", 1)
    assert first == b"#!/usr/bin/env python3"
    (tmp_path / "rest.zip").write_bytes(rest)
    with Opened(tmp_path / "rest.zip") as opened:
        assert list(opened.wrong()) == []
        assert opened.names == sorted(opened.names)


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 4, 0), (2, 7, 18)])
def test_an_older_python_is_told_so_plainly(file, version):
    code = f"import runpy, sys; sys.version_info = {version}; runpy.run_path(sys.argv[1], run_name='__main__')"
    done = ran(*ALONE, "-X", "utf8", "-c", code, file)
    assert done.returncode == 1
    assert done.stderr.startswith("This needs Python 3.11 or newer; here is ")
    assert "需要 Python 3.11" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_lines_can_be_read_by_any_python_3(file):
    assert ast.parse(members(file)["__main__.py"], feature_version=(3, 4))


@pytest.mark.parametrize("module", ["ledger.cli.proofs", "ledger.facts.identifiers", "ledger.store.tables"])
def test_what_needs_another_library_is_not_packed(monkeypatch, module):
    monkeypatch.setattr(pack, "START", module)
    with pytest.raises(pack.CannotPack, match=r"imports (click|stdnum|sqlalchemy)"):
        pack.verifier()


def test_a_start_that_has_moved_is_not_passed_over(monkeypatch):
    monkeypatch.setattr(pack, "START", "ledger.actions.verify.nowhere")
    with pytest.raises(pack.CannotPack, match=r"there is no ledger\.actions\.verify\.nowhere"):
        pack.verifier()


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["bundle.zip", "--key", "a+b+c", "--json"], ["--since", "old", "--", "-x"], []], ids=" ".join
)
def test_the_command_hands_all_its_words_on(monkeypatch, words):
    def main(handed: Sequence[str]) -> int:
        assert list(handed) == words
        return 3

    monkeypatch.setattr("ledger.actions.verify.cli.main", main)
    assert CliRunner().invoke(cli, ["verify", *words]).exit_code == 3


def test_both_commands_are_told_among_the_others():
    told = CliRunner().invoke(cli, ["--help"]).output
    assert "verify " in told
    assert "verifier " in told
