"""Beside each good bundle stand its spoiled twins, and each is named."""

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from ledger.actions.verify import kept, opening, spill
from ledger.actions.verify.bundle import verify_bundle
from ledger.actions.verify.head import Trust
from ledger.actions.verify.report import Report
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import EMPTY_ROOT
from ledger.proof.notes import Note, Signature
from ledger.proof.policies import Group, Policy, Witness
from tests.actions.verify.spoiling import MALLORY, STRANGER, Named, Spoil, flip, index_of, on_draft, twins
from tests.bundles import Draft, draft_of, packed, scene
from tests.proof.signers import LOG, ORIGIN, W1, W2, W3, W4, Signer, signed

TRUST = Trust(LOG.key)


@cache
def good() -> Draft:
    """c1's bundle in a log of 283 entries, of which the last ten came later."""
    return draft_of(scene(padding=230, after=10), "two-years", "c1", known_at=273)


def verified(data: bytes, folder: Path, trust: Trust = TRUST, processes: int | None = None) -> Report:
    path = folder / "bundle.zip"
    path.write_bytes(data)
    return verify_bundle(str(path), trust, processes=processes)


def names(report: Report, wanted: Named) -> bool:
    return any(
        (one.check, one.code) == (wanted.check, wanted.code)
        and wanted.file in (None, one.file)
        and wanted.entry in (None, one.entry)
        for check in report.checks.values()
        for one in check.kept
    )


def told(report: Report) -> str:
    return "\n".join(report.as_text("en"))


def test_the_good_bundle_holds(tmp_path):
    report = verified(good().packed(), tmp_path)
    assert report.ok, told(report)
    assert [check.name for check in report.checks.values()] == [
        "container", "signature", "tree", "streams", "disclosures", "manifest", "policy", "programme", "figures", "contested",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [44, 255, 256, 257, 511, 512, 513, 700])
@pytest.mark.parametrize("known_at", [None, 43])
def test_a_good_bundle_of_a_log_of_any_size_holds(tmp_path, size: int, known_at: int | None):
    report = verified(draft_of(scene(after=size - 43), "two-years", "c1", known_at=known_at).packed(), tmp_path)
    assert report.ok, told(report)
    assert report.checks["tree"].told["size"] == size


@pytest.mark.parametrize(("spoil", "wanted"), [pytest.param(s, w, id=name) for name, s, w in twins(good())])
def test_a_spoiled_twin_is_named(tmp_path, spoil: Spoil, wanted: tuple[Named, ...]):
    report = verified(spoil(good()), tmp_path)
    assert not report.ok
    for one in wanted:
        assert names(report, one), f"{one} is not named in\n{told(report)}"
    assert not [code for check in report.checks.values() for one in check.kept if (code := one.code) == "broke"], told(report)


@pytest.mark.parametrize(
    "told_otherwise", [{"contested": []}, {"foreign": []}, {"on": "2027-12-31"}, {"programme_digest": "0" * 64}]
)
def test_what_stands_in_no_leaf_is_the_word_of_the_key_alone(tmp_path, told_otherwise: dict[str, Any]):
    """Whoever passes a bundle on could leave verdicts out, or say that nothing is contested, and count again."""
    draft = deepcopy(good())
    files = draft.files()
    draft.manifest |= told_otherwise
    forged = draft.files()
    genuine = json.loads(files["manifest.json"])["signature"]
    as_far_as_without_the_key = {**forged, "manifest.json": with_signature(forged["manifest.json"], genuine)}
    assert names(verified(packed(as_far_as_without_the_key), tmp_path), Named("manifest", "signature", "manifest.json"))


@pytest.mark.parametrize("words", ["", "AAAA", "not base64", "x" * 92])
def test_a_signature_of_no_form_is_none(tmp_path, words: str):
    files = good().files()
    spoilt = {**files, "manifest.json": with_signature(files["manifest.json"], words)}
    assert names(verified(packed(spoilt), tmp_path), Named("manifest", "signature", "manifest.json"))


def with_signature(manifest: bytes, words: str) -> bytes:
    return rfc8785.dumps(json.loads(manifest) | {"signature": words})


def test_one_bad_line_of_a_trusted_witness_is_enough(tmp_path):
    draft = deepcopy(good())
    files = draft.files()
    note = Note.parse(files["log/checkpoint"])
    line = W1.sign(note.text)
    bad = replace(line, data=line.data[:-1] + bytes([line.data[-1] ^ 1]))
    policy = Policy((LOG.key,), (Witness("w1", W1.key),), (), "w1")
    for lines in ((line, bad), (bad, line)):
        twice = {**files, "log/checkpoint": Note(note.text, (*note.signatures, *lines)).to_bytes()}
        assert names(verified(packed(twice), tmp_path, Trust(LOG.key, policy)), Named("signature", "cosignature", "log/checkpoint"))


SPOILS = [(name, spoil) for name, spoil, _ in twins(good())]


@pytest.mark.parametrize(
    ("spoil", "processes"),
    [*(pytest.param(s, 2, id=name) for name, s in SPOILS), *(pytest.param(s, 1, id=f"alone: {name}") for name, s in SPOILS[::5])],
)
def test_a_twin_spoiled_is_found_in_portions_and_by_several_too(tmp_path, monkeypatch, spoil: Spoil, processes: int):
    in_one = verified(spoil(good()), tmp_path, processes=1)
    monkeypatch.setattr(kept, "ENTRY_BYTES", 1)
    monkeypatch.setattr(kept, "PORTION_ENTRIES", 4000)
    monkeypatch.setattr(spill, "PENDING_BYTES", 500)
    monkeypatch.setattr(opening, "BATCH", 10)
    in_portions = verified(spoil(good()), tmp_path, processes=processes)
    assert in_portions.as_json("en") == in_one.as_json("en")


@pytest.mark.parametrize("name", good().files())
def test_a_flipped_bit_is_found_in_each_file(tmp_path, name: str):
    files = good().files()
    whole = packed(files)
    at = whole.index(files[name]) + len(files[name]) // 2
    report = verified(flip(whole, at), tmp_path)
    assert not report.ok
    assert names(report, Named("container", "spelling", name)), told(report)


# --- heads ---------------------------------------------------------------------------------------------------------------


def test_a_wrong_key_is_said_to_have_signed_nothing(tmp_path):
    report = verified(good().packed(), tmp_path, Trust(MALLORY.key))
    assert names(report, Named("signature", "not-signed", "log/checkpoint"))
    assert names(report, Named("policy", "other-key", "policy.txt"))


def test_a_key_of_another_log_is_named_as_such(tmp_path):
    assert names(verified(good().packed(), tmp_path, Trust(STRANGER.key)), Named("signature", "origin", "log/checkpoint"))


def cut_back(draft: Draft) -> None:
    draft.log = draft.log[: draft.manifest["known_at"]]


def test_a_log_that_goes_on_from_an_older_checkpoint_holds(tmp_path):
    old = deepcopy(good())
    cut_back(old)
    report = verified(good().packed(), tmp_path, Trust(LOG.key, since=old.note, since_file="old"))
    assert report.ok, told(report)
    assert report.checks["since"].told == {"old_size": 273}


def test_a_log_that_was_rolled_back_is_found_by_an_older_checkpoint_and_by_nothing_else(tmp_path):
    data = on_draft(cut_back)(good())
    assert verified(data, tmp_path).ok
    report = verified(data, tmp_path, Trust(LOG.key, since=good().note, since_file="old"))
    assert [(one.code, one.values) for one in report.checks["since"].kept] == [("rolled-back", {"old": 283, "new": 273})]
    assert [name for name, check in report.checks.items() if not check.ok] == ["since"]


def test_a_log_that_was_rewritten_is_found_by_an_older_checkpoint(tmp_path):
    """The log says another amount throughout, figures and all, and signs."""
    entries = scene(padding=230, after=10)
    index = index_of(good(), "L-1")
    entries[index] = replace(entries[index], fact=replace(entries[index].fact, amount=999_00))
    data = draft_of(entries, "two-years", "c1", known_at=273).packed()
    assert verified(data, tmp_path).ok
    report = verified(data, tmp_path, Trust(LOG.key, since=good().note, since_file="old"))
    assert names(report, Named("since", "rewritten"))


@pytest.mark.parametrize(
    ("old", "code"),
    [
        pytest.param(b"", "unreadable", id="an empty file"),
        pytest.param(signed(good().checkpoint.text, MALLORY).to_bytes(), "unreadable", id="a checkpoint that somebody signed"),
        pytest.param(signed(Checkpoint("x", 1, bytes(32)).text, LOG).to_bytes(), "origin", id="a checkpoint of another log"),
    ],
)
def test_an_older_checkpoint_is_not_believed_either(tmp_path, old: bytes, code: str):
    assert names(verified(good().packed(), tmp_path, Trust(LOG.key, since=old, since_file="old")), Named("since", code))


def test_an_empty_log_is_the_beginning_of_any(tmp_path):
    old = signed(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text, LOG).to_bytes()
    assert verified(good().packed(), tmp_path, Trust(LOG.key, since=old, since_file="old")).ok


# --- witnesses -----------------------------------------------------------------------------------------------------------

TWO_OF_THREE = Policy(
    (LOG.key,),
    tuple(Witness(f"w{number}", one.key) for number, one in enumerate((W1, W2, W3), 1)),
    (Group("most", 2, ("w1", "w2", "w3")),),
    "most",
)


@pytest.mark.parametrize(("signers", "holds"), [((W1, W3), True), ((W2,), False), ((), False), ((W4, W1), False)])
def test_cosignatures_count_by_the_policy_of_the_one_who_verifies(tmp_path, signers: tuple[Signer, ...], holds: bool):
    draft = replace(good(), signers=(LOG, *signers))
    report = verified(draft.packed(), tmp_path, Trust(LOG.key, TWO_OF_THREE))
    assert report.ok is holds
    assert names(report, Named("signature", "quorum", "log/checkpoint")) is not holds


def test_a_cosignature_that_does_not_hold_is_named(tmp_path):
    text = good().checkpoint.text
    false = Signature(W1.name, W1.key.id, W2.sign(text).data)
    files = good().files()
    files["log/checkpoint"] = Note(text, (LOG.sign(text), false)).to_bytes()
    report = verified(packed(files), tmp_path, Trust(LOG.key, TWO_OF_THREE))
    assert names(report, Named("signature", "cosignature", "log/checkpoint"))


def test_witnesses_that_only_the_bundle_names_are_told_and_not_believed(tmp_path):
    draft = replace(good(), signers=(LOG, W1, W2), policy=TWO_OF_THREE)
    report = verified(draft.packed(), tmp_path)
    assert report.ok, told(report)
    assert report.checks["signature"].told["cosignatures"] == 2
    assert "own-witnesses" in dict(report.notes)
    assert "own-witnesses" not in dict(verified(draft.packed(), tmp_path, Trust(LOG.key, TWO_OF_THREE)).notes)


# --- bundles of all streams ------------------------------------------------------------------------------------------------


@cache
def province() -> Draft:
    return draft_of(scene(padding=3, after=4), "province", "420000", known_at=46)


def test_a_bundle_of_all_streams_holds_and_takes_nothing_as_given(tmp_path):
    report = verified(province().packed(), tmp_path)
    assert report.ok, told(report)
    assert report.closing == ("all", {"own": 46, "own_wanted": 46, "foreign": 0, "stream": "", "streams": 4})
    assert report.checks["contested"].told == {"lines": 2, "recomputed": True}
    assert "foreign" not in dict(report.notes)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        pytest.param(
            lambda d: d.disclosures.pop(0),
            Named("disclosures", "withheld", "disclosures.jsonl", 0),
            id="the first entry is withheld",
        ),
        pytest.param(
            lambda d: d.manifest.update(contested=[]),
            Named("contested", "left-out", "manifest.json", index_of(province(), "L-2")),
            id="contested lines are left out",
        ),
        pytest.param(
            lambda d: d.manifest["contested"].insert(0, {"entry": index_of(d, "L-1"), "line": 2, "by": 3}),
            Named("contested", "not-so", "manifest.json", index_of(province(), "L-1")),
            id="a line is called contested that is not",
        ),
        pytest.param(
            lambda d: d.manifest["streams"].pop(), Named("manifest", "differs", "manifest.json"), id="a stream is left off the list"
        ),
    ],
)
def test_a_spoiled_bundle_of_all_streams_is_named(tmp_path, change: Any, wanted: Named):
    report = verified(on_draft(change)(province()), tmp_path)
    assert not report.ok
    assert names(report, wanted), told(report)


# --- limits --------------------------------------------------------------------------------------------------------------


def test_a_long_list_is_kept_short_and_counted(tmp_path):
    report = verified(on_draft(lambda d: d.disclosures.clear())(draft_of(scene(150), "province", "420000")), tmp_path)
    disclosures = report.checks["disclosures"]
    assert (len(disclosures.kept), disclosures.found) == (100, 193)
    assert "93 more" in told(report)


def test_the_instant_of_an_entry_that_is_not_disclosed_is_proven_to_the_second(tmp_path):
    """The last entry below known_at is c2's."""
    draft = draft_of(scene(padding=0, after=5), "two-years", "c1", known_at=45)
    report = verified(draft.packed(), tmp_path)
    assert report.ok, told(report)
    assert dict(report.notes)["microseconds"] == {"entry": 44}
    for card in draft.scorecards.values():
        card["known_at"]["recorded_at"] = "2025-09-01T00:00:01.000000Z"
    report = verified(draft.packed(), tmp_path)
    assert names(report, Named("figures", "known-at", "scorecards.json", 44)), told(report)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"hello", b"\n" * 5000], ids=repr)
def test_what_is_no_bundle_is_said_to_be_none(tmp_path, data: bytes):
    report = verified(data, tmp_path)
    assert [check.ok for check in report.checks.values()].count(True) == 0


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_no_bundle(tmp_path, keep: float):
    whole = good().packed()
    assert names(verified(whole[: int(len(whole) * keep)], tmp_path), Named("container", "spelling"))


@pytest.mark.parametrize("spoil", [lambda data: data + b"\0", lambda data: b"\0" + data], ids=["behind", "in front"])
def test_a_byte_outside_the_container_is_found(tmp_path, spoil: Any):
    assert not verified(spoil(good().packed()), tmp_path).ok
