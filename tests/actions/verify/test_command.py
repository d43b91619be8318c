"""`verify FILE`: exit codes, languages, where the key comes from, and what it needs to run."""

import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ledger.actions.verify import cli
from ledger.actions.verify.cli import main
from tests.actions.verify.spoiling import MALLORY, nth_own, on_draft
from tests.actions.verify.test_proofs import BARE, L1, PROOF, good, receipt
from tests.bundles import Draft, draft_of, scene
from tests.proof.signers import LOG, W1, W2

KEY = str(LOG.key)
FORBIDDEN = (
    "sqlalchemy", "flask", "marshmallow", "click", "cryptography", "stdnum", "environs", "psycopg2", "alembic", "sqlite3",
    "ledger.store", "ledger.web", "ledger.config", "ledger.app", "ledger.cli", "schemas",
)  # fmt: skip


@cache
def whole() -> bytes:
    return good().packed()


@pytest.fixture
def bundle(tmp_path) -> str:
    path = tmp_path / "bundle.zip"
    path.write_bytes(whole())
    return str(path)


@pytest.fixture
def proof(tmp_path) -> str:
    path = tmp_path / "entry.tlog-proof"
    path.write_bytes(PROOF.to_bytes())
    return str(path)


def written(folder: Path, name: str, data: bytes | str) -> str:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


# --- what it answers -----------------------------------------------------------------------------------------------------


def test_a_good_bundle_is_0_and_says_so_in_one_line(bundle, capsys):
    assert main([bundle, "--key", KEY, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert "stream c1: complete, 14 of 14; from other streams 20 entries, taken as given\n" in told
    assert "Not proven: what was never submitted to the log" in told
    assert "NOT OK" not in told


def test_the_same_in_chinese(bundle, capsys):
    assert main([bundle, "--key", KEY, "--lang=zh"]) == 0
    told = capsys.readouterr().out
    assert "c1 的登记完整:14 条中 14 条;其他来源 20 条,照原样采信\n" in told
    assert "结论:全部成立" in told


def test_a_spoiled_bundle_is_1_and_every_deviation_has_file_and_entry(tmp_path, capsys):
    def withhold(draft: Draft) -> None:
        draft.disclosures = [one for one in draft.disclosures if one[0] != nth_own(draft, 5)]

    path = written(tmp_path, "b.zip", on_draft(withhold)(good()))
    assert main([path, "--key", KEY, "--lang", "en"]) == 1
    told = capsys.readouterr().out
    index = nth_own(good(), 5)
    assert f"    disclosures.jsonl, entry {index}: number 5 of stream c1 is withheld\n" in told
    assert "stream c1: not shown to be complete, 13 of 14; from other streams 20 entries\n" in told


def test_json_says_the_same_to_a_program(bundle, capsys):
    assert main([bundle, "--key", KEY, "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert {name: told["bundle"][name] for name in ("subject", "programme", "known_at", "on")} == {
        "subject": "c1", "programme": "two-years", "known_at": 43, "on": "2026-06-30",
    }  # fmt: skip
    assert [check["check"] for check in told["checks"] if not check["ok"]] == []
    assert next(check["told"] for check in told["checks"] if check["check"] == "disclosures") == {
        "own": 14, "own_wanted": 14, "foreign": 20,
    }  # fmt: skip
    assert told["deviations"] == []
    assert {note["code"] for note in told["notes"]} == {"foreign", "contested", "no-since", "no-witness", "programme", "limits"}


def test_json_names_each_deviation(tmp_path, capsys):
    path = written(tmp_path, "b.zip", on_draft(lambda draft: draft.manifest.update(foreign=[]))(good()))
    assert main([path, "--key", KEY, "--json", "--lang", "en"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["deviations"][0] == {
        "check": "disclosures", "file": "disclosures.jsonl", "entry": 0, "line": 1, "code": "undeclared",
        "message": "comes from stream hb-ipo, and is not listed as foreign in the manifest",
    }  # fmt: skip


def test_a_good_proof_is_0(proof, tmp_path, capsys):
    entry = written(tmp_path, "entry.json", json.dumps(receipt()))
    assert main([proof, "--key", KEY, "--entry", entry, "--lang", "en"]) == 0
    assert f"entry {L1} (number 3 of stream c1) stands among the 43 that the checkpoint signs" in capsys.readouterr().out


def test_a_proof_of_another_entry_is_1(proof, tmp_path, capsys):
    entry = written(tmp_path, "entry.json", json.dumps(receipt(seq=4)))
    assert main([proof, "--key", KEY, "--entry", entry, "--lang", "en"]) == 1
    assert f"entry {L1}: says 4 as seq, and the log 3" in capsys.readouterr().out


def test_a_bare_proof_takes_the_leaf(tmp_path):
    path, leaf = written(tmp_path, "p", BARE.to_bytes()), written(tmp_path, "leaf", good().log[L1])
    assert main([path, "--key", KEY, "--entry", leaf, "--quiet"]) == 0
    assert main([path, "--key", KEY, "--quiet"]) == 1


def test_quiet_answers_by_the_exit_code_alone(bundle, capsys):
    assert main([bundle, "--key", KEY, "--quiet"]) == 0
    assert main([bundle, "--key", str(MALLORY.key), "--quiet"]) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("locale", "words"), [("zh_CN.UTF-8", "结论:全部成立"), ("C", "Result: everything holds")])
def test_without_lang_the_locale_says_which_language(bundle, capsys, monkeypatch, locale, words):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, locale)
    assert main([bundle, "--key", KEY]) == 0
    assert words in capsys.readouterr().out


# --- keys, policies, older checkpoints ---------------------------------------------------------------------------------------


def test_the_key_may_lie_in_a_file(bundle, tmp_path):
    assert main([bundle, "--key", written(tmp_path, "log.vkey", f"{KEY}\n"), "--quiet"]) == 0


def test_the_key_may_come_with_the_policy(bundle, tmp_path):
    assert main([bundle, "--policy", written(tmp_path, "p", f"log {KEY}\nquorum none\n"), "--quiet"]) == 0


def test_a_policy_asks_for_its_witnesses(tmp_path, bundle):
    policy = written(tmp_path, "p", f"log {KEY}\nwitness a {W1.key}\nwitness b {W2.key}\ngroup g all a b\nquorum g\n")
    seen = written(tmp_path, "seen.zip", on_draft(lambda draft: draft.__dict__.update(signers=(LOG, W1, W2)))(good()))
    assert main([bundle, "--policy", policy, "--quiet"]) == 1
    assert main([seen, "--policy", policy, "--quiet"]) == 0


def test_an_older_checkpoint_is_continued_or_not(tmp_path, bundle, capsys):
    later = draft_of(scene(after=3), "two-years", "c1").note
    assert main([bundle, "--key", KEY, "--since", written(tmp_path, "same", good().note), "--quiet"]) == 0
    assert main([bundle, "--key", KEY, "--since", written(tmp_path, "later", later), "--lang", "en"]) == 1
    assert "the log had 46 entries, and has 43 now: it was rolled back" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "place"),
    [
        pytest.param([], "FILE", id="no file is named"),
        pytest.param(["BUNDLE"], "--key", id="no key"),
        pytest.param(["BUNDLE", "--key", "nonsense"], "--key", id="no key and no file"),
        pytest.param(["BUNDLE", "--key", KEY[:-4] + "AAA="], "--key", id="a key that was copied badly"),
        pytest.param(["BUNDLE", "--key", str(W1.key)], "--key", id="the key of a witness"),
        pytest.param(["BUNDLE", "--key", "POLICY"], "policy", id="a file that holds no key"),
        pytest.param(["nothing-there.zip", "--key", KEY], "nothing-there.zip", id="no such file"),
        pytest.param([".", "--key", KEY], ".", id="a folder"),
        pytest.param(["BUNDLE", "--key", KEY, "--since", "nothing-there"], "--since nothing-there", id="no older checkpoint"),
        pytest.param(["BUNDLE", "--key", KEY, "--policy", "BUNDLE"], "bundle.zip", id="a policy that is none"),
        pytest.param(["BUNDLE", "--key", str(MALLORY.key), "--policy", "POLICY"], "--key", id="a policy for another log"),
        pytest.param(["BUNDLE", "--key", KEY, "--entry", "POLICY"], "--entry", id="an entry with a bundle"),
        pytest.param(["PROOF", "--key", KEY, "--since", "POLICY"], "--since", id="an older checkpoint with a proof"),
        pytest.param(["BUNDLE", "--key", KEY, "--lang", "fr"], "--lang", id="a language we do not speak"),
        pytest.param(["BUNDLE", "--key", KEY, "--loud"], "--loud", id="an unknown word"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_wrong_use_is_2_and_one_sentence_that_names_the_place(bundle, proof, tmp_path, capsys, words, place, language):
    policy = written(tmp_path, "policy", f"log {KEY}\nquorum none\n")
    files = {"BUNDLE": bundle, "PROOF": proof, "POLICY": policy}
    given = [files.get(word, word) for word in words]
    assert main(given if "--lang" in given else [*given, "--lang", language]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert place in told.err


def test_help_is_0(capsys):
    assert main(["--help"]) == 0
    assert "--since" in capsys.readouterr().out


def test_progress_is_shown_to_people_only(bundle, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(cli, "PAUSE_SECONDS", 0)
        assert main([bundle, "--key", KEY, "--quiet"]) == 0
        assert ("%" in stream.getvalue()) is shown


# --- what it needs ---------------------------------------------------------------------------------------------------------

RUN = """
import sys
from ledger.actions.verify.cli import main
code = main(sys.argv[1:])
print("\\n".join(sorted(sys.modules)))
sys.exit(code)
"""


def test_neither_database_nor_web_nor_any_library_but_one_is_imported(bundle, proof, tmp_path):
    for words in ([bundle], [proof, "--entry", written(tmp_path, "e", json.dumps(receipt()))]):
        done = subprocess.run(
            [sys.executable, "-c", RUN, *words, "--key", KEY, "--quiet"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        modules = done.stdout.split()
        assert "rfc8785" in modules
        assert [name for name in modules for bad in FORBIDDEN if name == bad or name.startswith(f"{bad}.")] == []


def test_it_can_be_run_as_a_module(bundle):
    words = [sys.executable, "-m", "ledger.actions.verify", bundle, "--key", KEY, "--lang", "zh"]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0
    assert "结论:全部成立" in done.stdout.decode()


def test_a_report_is_utf_8_whatever_the_locale(bundle):
    done = subprocess.run(
        [sys.executable, "-m", "ledger.actions.verify", bundle, "--key", KEY, "--lang", "zh"],
        capture_output=True, check=False, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "结论" in done.stdout.decode()


