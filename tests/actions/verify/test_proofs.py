"""The proof of one entry against the key, and the entry at hand against the proof."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from ledger.actions.verify.head import Trust
from ledger.actions.verify.proof import AtHand, verify_proof
from ledger.actions.verify.report import Report
from ledger.facts.entries import value_of
from ledger.proof import leaves
from ledger.proof.entryproofs import EntryProof
from ledger.proof.merkle import leaf_hash
from ledger.proof.policies import Policy
from tests.actions.verify.spoiling import MALLORY, index_of, leaf_with
from tests.bundles import Draft, disclosure_of, draft_of, salt_of, scene
from tests.proof.signers import LOG, signed
from tests.proof.trees import path

TRUST = Trust(LOG.key)


@cache
def good() -> Draft:
    return draft_of(scene(), "two-years", "c1")


def extra(disclosure: str, leaf: bytes) -> bytes:
    return rfc8785.dumps({"disclosure": disclosure, "leaf": leaf.decode()})


def proof_of(index: int, draft: Draft | None = None) -> EntryProof:
    draft = draft or good()
    hashes = [leaf_hash(leaf) for leaf in draft.log]
    attached = extra(disclosure_of(draft.entries[index]), draft.log[index])
    return EntryProof(index, tuple(path(index, hashes)), draft.note, attached)


L1 = index_of(good(), "L-1")
PROOF = proof_of(L1)


def receipt(**told: Any) -> dict[str, Any]:
    """What GET /v1/entries/{index} answers."""
    entry = good().entries[L1]
    return {
        "index": L1, "centre": entry.centre, "seq": entry.seq, **value_of(entry),
        "leaf_hash": b64encode(leaf_hash(good().log[L1])).decode(),
        "reversed_by": None, "verdict": "verified", "warnings": [], "proof": f"/v1/entries/{L1}/proof",
    } | told  # fmt: skip


def verified(proof: EntryProof | bytes, folder: Path, at_hand: Any = None, trust: Trust = TRUST) -> Report:
    path = folder / "entry.tlog-proof"
    path.write_bytes(proof if isinstance(proof, bytes) else proof.to_bytes())
    if at_hand is not None and not isinstance(at_hand, bytes):
        at_hand = json.dumps(at_hand, ensure_ascii=False, indent=2).encode()
    return verify_proof(str(path), trust, None if at_hand is None else AtHand("entry.json", at_hand))


def named(report: Report) -> set[tuple[str, str]]:
    return {(one.check, one.code) for check in report.checks.values() for one in check.kept}


@pytest.mark.parametrize("index", range(len(good().entries)))
def test_every_entry_can_be_proven(tmp_path, index: int):
    report = verified(proof_of(index), tmp_path)
    assert report.ok, "\n".join(report.as_text("en"))
    entry = good().entries[index]
    assert report.closing == ("proof", {"index": index, "stream": entry.centre, "seq": entry.seq, "size": len(good().log)})


@pytest.mark.parametrize(
    "at_hand",
    [
        pytest.param(receipt(), id="a receipt"),
        pytest.param({"disclosure": disclosure_of(good().entries[L1]), "index": L1}, id="a line of the disclosures"),
        pytest.param(good().log[L1], id="the leaf"),
        pytest.param(good().log[L1] + b"\n", id="the leaf and a line feed"),
        pytest.param(json.loads(good().log[L1]), id="the leaf, set in lines"),
    ],
)
def test_what_is_at_hand_may_be_a_receipt_a_disclosure_or_the_leaf(tmp_path, at_hand: Any):
    report = verified(PROOF, tmp_path, at_hand)
    assert report.ok, "\n".join(report.as_text("en"))


@pytest.mark.parametrize(
    ("at_hand", "field"),
    [
        (receipt(index=L1 + 1), "index"),
        (receipt(index=True), "index"),
        (receipt(centre="c2"), "centre"),
        (receipt(seq=0), "seq"),
        (receipt(kind="transfer"), "kind"),
        (receipt(recorded_at="2025-09-01T00:00:00.000000Z"), "recorded_at"),
        (receipt(recorded_by="me"), "recorded_by"),
        (receipt(body=receipt()["body"] | {"amount": "1.00"}), "body"),
        (receipt(evidence=[{"sha256": "0" * 64}]), "evidence"),
        (receipt(leaf_hash="AAAA"), "leaf_hash"),
        (receipt(remark="new"), "remark"),
        ({"disclosure": disclosure_of(good().entries[0]), "index": L1}, "disclosure"),
        ({"disclosure": disclosure_of(good().entries[L1]), "index": 0}, "index"),
        (json.loads(good().log[L1]) | {"seq": 99}, "seq"),
    ],
)
def test_a_field_that_differs_is_named(tmp_path, at_hand: Mapping[str, Any], field: str):
    report = verified(PROOF, tmp_path, at_hand)
    assert [(one.code, one.file, one.entry, one.values["field"]) for one in report.checks["entry"].kept] == [
        ("differs", "entry.json", L1, field)
    ]


def test_a_field_that_is_left_out_is_named(tmp_path):
    at_hand = {name: value for name, value in receipt().items() if name != "body"}
    assert [one.values for one in verified(PROOF, tmp_path, at_hand).checks["entry"].kept] == [{"field": "body"}]


@pytest.mark.parametrize("at_hand", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a":1.5}'])
def test_what_is_no_entry_is_said_to_be_none(tmp_path, at_hand: bytes):
    assert ("entry", "unreadable") in named(verified(PROOF, tmp_path, at_hand))


def test_what_a_receipt_says_beside_the_entry_is_told_to_be_unproven(tmp_path):
    assert dict(verified(PROOF, tmp_path, receipt()).notes)["derived"] == {"fields": "reversed_by, verdict, warnings, proof"}


# --- a proof without the entry -------------------------------------------------------------------------------------------

BARE = replace(PROOF, extra=None)


def test_a_proof_without_its_leaf_proves_nothing(tmp_path):
    report = verified(BARE, tmp_path)
    assert not report.ok
    assert ("leaf", "none") in named(report)
    assert report.checks["inclusion"].ok is None


def test_a_proof_without_its_leaf_takes_the_leaf_at_hand(tmp_path):
    report = verified(BARE, tmp_path, good().log[L1])
    assert report.ok, "\n".join(report.as_text("en"))
    assert "leaf-only" in dict(report.notes)


def test_another_leaf_at_hand_is_not_in_the_log_there(tmp_path):
    assert ("inclusion", "not-in") in named(verified(BARE, tmp_path, good().log[L1 + 1]))


def test_a_receipt_says_nothing_of_a_leaf_that_is_not_there(tmp_path):
    report = verified(BARE, tmp_path, receipt())
    assert not report.ok
    assert report.checks["entry"].ok is None


# --- spoiled proofs ------------------------------------------------------------------------------------------------------


def with_extra(disclosure: str | None = None, leaf: bytes | None = None) -> EntryProof:
    return replace(PROOF, extra=extra(disclosure or disclosure_of(good().entries[L1]), leaf or good().log[L1]))


def altered(change: Callable[[dict[str, Any]], None]) -> str:
    return good().rewrite(L1, change)


ANOTHER_SALT = leaves.disclosure(value_of(good().entries[L1]), salt_of(99_999))
COARSE = altered(lambda value: value["body"].update(amount="300"))


@pytest.mark.parametrize(
    ("proof", "wanted"),
    [
        pytest.param(replace(PROOF, index=L1 + 1), ("inclusion", "not-in"), id="another index"),
        pytest.param(replace(PROOF, index=5000), ("inclusion", "beyond"), id="an index beyond the checkpoint"),
        pytest.param(replace(PROOF, hashes=PROOF.hashes[:-1]), ("inclusion", "not-in"), id="a hash is missing"),
        pytest.param(replace(PROOF, hashes=PROOF.hashes[::-1]), ("inclusion", "not-in"), id="hashes in another order"),
        pytest.param(replace(PROOF, hashes=(*PROOF.hashes, bytes(32))), ("inclusion", "not-in"), id="a hash too many"),
        pytest.param(
            replace(PROOF, checkpoint=signed(good().checkpoint.text, MALLORY).to_bytes()), ("signature", "not-signed"),
            id="a checkpoint that somebody signed",
        ),
        pytest.param(
            replace(PROOF, checkpoint=draft_of(scene(after=1), "two-years", "c1").note), ("inclusion", "not-in"),
            id="a later checkpoint of the same log",
        ),
        pytest.param(with_extra(leaf=good().log[L1 + 1]), ("inclusion", "not-in"), id="another leaf"),
        pytest.param(with_extra(leaf=leaf_with(good().log[L1], seq=77)), ("inclusion", "not-in"), id="an altered leaf"),
        pytest.param(with_extra(leaf=good().log[L1] + b" "), ("leaf", "form"), id="a leaf that is not canonical"),
        pytest.param(with_extra(disclosure_of(good().entries[0])), ("disclosure", "digest"), id="another disclosure"),
        pytest.param(with_extra(ANOTHER_SALT), ("disclosure", "digest"), id="another salt"),
        pytest.param(with_extra(altered(lambda v: v["body"].update(amount="1.00"))), ("disclosure", "digest"), id="another amount"),
        pytest.param(with_extra("AAAA"), ("disclosure", "unreadable"), id="a disclosure that says nothing"),
        pytest.param(with_extra("é"), ("disclosure", "unreadable"), id="a disclosure that is no ASCII"),
        pytest.param(with_extra(COARSE), ("disclosure", "not-normal"), id="a disclosure that is not normal"),
        pytest.param(replace(PROOF, extra=b"{}"), ("leaf", "extra"), id="something else attached"),
        pytest.param(replace(PROOF, extra=b'{"leaf":1,"disclosure":2}'), ("leaf", "extra"), id="numbers attached"),
        pytest.param(replace(PROOF, extra=PROOF.extra + b" "), ("leaf", "extra"), id="a blank attached"),  # type: ignore[operator]
        pytest.param(b"c2sp.org/tlog-proof@v1\nindex 0\n", ("proof", "unreadable"), id="half a proof"),
        pytest.param(PROOF.to_bytes()[:-1], ("proof", "unreadable"), id="a proof that is cut off"),
    ],
)  # fmt: skip
def test_a_spoiled_proof_is_named(tmp_path, proof: EntryProof | bytes, wanted: tuple[str, str]):
    report = verified(proof, tmp_path, receipt())
    assert not report.ok
    assert wanted in named(report), "\n".join(report.as_text("en"))
    assert "broke" not in {code for _, code in named(report)}


def test_a_quorum_is_asked_of_a_proof_too(tmp_path):
    policy = Policy.parse(f"log {LOG.key}\nwitness w {WITNESS}\nquorum w\n")
    assert ("signature", "quorum") in named(verified(PROOF, tmp_path, trust=Trust(LOG.key, policy)))


WITNESS = "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
