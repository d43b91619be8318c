"""The proof of one entry: that its leaf stands in the log that the key signs, and that what is at hand is what the leaf commits to.

- The checkpoint is checked as in a bundle; the path leads from the leaf to its root.
- What the file attaches (`extra`) is vouched for by nobody: only the leaf computed from it, once it is in the tree, makes it true.
- An entry at hand is a receipt, a line of disclosures.jsonl, or the leaf itself; each of its fields is compared that the log holds.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.actions.verify.files import canonical, parsed
from ledger.actions.verify.head import Trust, head_of
from ledger.actions.verify.opening import NotNormal, entry_in
from ledger.actions.verify.report import Report
from ledger.facts.days import micros
from ledger.facts.entries import Entry, value_of
from ledger.proof.entryproofs import EntryProof
from ledger.proof.leaves import Leaf, digest, parse_leaf
from ledger.proof.merkle import Damaged, leaf_hash, verify_inclusion

# What a receipt says beside the entry: it changes as the log goes on, or was for the one who recorded.
DERIVED: Final = ("reversed_by", "verdict", "warnings", "proof")
CHECKS: Final = ("proof", "signature", "leaf", "inclusion", "disclosure")


class AtHand(NamedTuple):
    """The file that --entry names, and what is in it."""

    file: str
    data: bytes


def verify_proof(path: str, trust: Trust, at_hand: AtHand | None = None) -> Report:
    """Raises OSError where there is no file to read."""
    report = Report("proof", path)
    for name in CHECKS if at_hand is None else (*CHECKS, "entry"):
        report.check(name)
    data = Path(path).read_bytes()
    try:
        _check(data, path, trust, at_hand, report)
    except Exception as error:
        report.deviate("proof", "broke", path, why=f"{type(error).__name__}: {error}")
    report.note("limits")
    return report


def _check(data: bytes, path: str, trust: Trust, at_hand: AtHand | None, report: Report) -> None:
    try:
        proof = EntryProof.parse(data)
    except Damaged as damage:
        report.deviate("proof", "unreadable", path, what=damage.what, why=damage.why)
        for name in report.checks:
            if name != "proof":
                report.skip(name, "proof")
        return
    report.facts["index"] = proof.index
    head = head_of(proof.checkpoint, path, trust, report)
    if head is not None:
        report.facts.update(origin=head.origin, size=head.size)
    leaf, disclosure = _attached(proof, path, report)
    if leaf is None and proof.extra is None and at_hand is not None:
        leaf = _leaf_at_hand(at_hand.data)
    place = _leaf(leaf, path, proof.index, report)
    if head is None or leaf is None:
        report.skip("inclusion", "signature" if head is None else "leaf")
    else:
        report.tell("inclusion", index=proof.index, size=head.size)
        if proof.index >= head.size:
            report.deviate("inclusion", "beyond", path, entry=proof.index, index=proof.index, size=head.size)
        elif not verify_inclusion(proof.index, head.size, leaf_hash(leaf), proof.hashes, head.root):
            report.deviate("inclusion", "not-in", path, entry=proof.index, index=proof.index)
    entry = None
    if place is None:
        report.skip("disclosure", "leaf")
    elif disclosure is None:
        del report.checks["disclosure"]
        report.note("leaf-only")
    else:
        entry = _opened(disclosure, place, proof.index, path, report)
    if at_hand is not None:
        _compare(at_hand, proof.index, leaf, place, disclosure, entry, report)
    if place is not None and head is not None and report.ok:
        report.closing = ("proof", {"index": proof.index, "stream": place.stream, "seq": place.seq, "size": head.size})


def _attached(proof: EntryProof, path: str, report: Report) -> tuple[bytes | None, str | None]:
    """The leaf and the disclosure that the proof brings along."""
    if proof.extra is None:
        return None, None
    try:
        told = parsed(proof.extra)
        has_form = isinstance(told, dict) and told.keys() == {"disclosure", "leaf"}
        if not has_form or not all(isinstance(text, str) for text in told.values()):
            raise ValueError("is not an object of disclosure and leaf")
        if canonical(told) != proof.extra:
            raise ValueError("is not canonical JSON")
    except ValueError as error:
        report.deviate("leaf", "extra", path, entry=proof.index, why=str(error))
        return None, None
    return told["leaf"].encode(), told["disclosure"]


def _leaf_at_hand(data: bytes) -> bytes | None:
    """The leaf, where the file is one; an editor may have ended it with a line feed."""
    leaf = data.removesuffix(b"\n")
    try:
        parse_leaf(leaf)
    except Damaged:
        return None
    return leaf


def _leaf(leaf: bytes | None, path: str, index: int, report: Report) -> Leaf | None:
    if leaf is None:
        if not report.check("leaf").found:
            report.deviate("leaf", "none", path, entry=index)
        return None
    try:
        place = parse_leaf(leaf)
    except Damaged as damage:
        report.deviate("leaf", "form", path, entry=index, why=damage.why)
        return None
    report.tell("leaf", stream=place.stream, seq=place.seq)
    report.facts.update(stream=place.stream, seq=place.seq)
    return place


def _opened(disclosure: str, place: Leaf, index: int, path: str, report: Report) -> Entry | None:
    try:
        if digest(disclosure) != place.digest:
            report.deviate("disclosure", "digest", path, entry=index)
        entry, _ = entry_in(disclosure, index=index, stream=place.stream, seq=place.seq)
    except NotNormal as wrong:
        report.deviate("disclosure", "not-normal", path, entry=index)
        entry = wrong.entry
    except (Damaged, UnicodeEncodeError) as error:
        report.deviate("disclosure", "unreadable", path, entry=index, why=str(error))
        return None
    recorded_at = value_of(entry)["recorded_at"]
    if micros(entry.recorded_at) // 1_000_000 != place.ts:
        report.deviate("disclosure", "second", path, entry=index, recorded_at=recorded_at, ts=place.ts)
    report.tell("disclosure", kind=entry.kind, recorded_at=recorded_at)
    return entry


# --- the entry at hand -----------------------------------------------------------------------------------------------


def _compare(
    at_hand: AtHand, index: int, leaf: bytes | None, place: Leaf | None, disclosure: str | None, entry: Entry | None, report: Report
) -> None:
    """Each field of the entry at hand with what the log holds."""
    if leaf is not None and at_hand.data.removesuffix(b"\n") == leaf:
        report.tell("entry", fields=1)
        return
    try:
        said = parsed(at_hand.data)
        if not isinstance(said, dict):
            raise ValueError("is not an object")
    except ValueError as error:
        report.deviate("entry", "unreadable", at_hand.file, entry=index, why=str(error))
        return
    if leaf is None or place is None:
        report.skip("entry", "leaf")
        return
    if "_sd" in said:
        _fields(at_hand, index, said, parsed(leaf), report)
    elif disclosure is None:
        report.deviate("entry", "unopened", at_hand.file, entry=index)
    elif "disclosure" in said:
        _fields(at_hand, index, said, {"disclosure": disclosure, "index": index}, report)
    elif entry is None:
        report.skip("entry", "disclosure")
    else:
        held = {"index": index, "centre": place.stream, "seq": place.seq, **value_of(entry)}
        held["leaf_hash"] = b64encode(leaf_hash(leaf)).decode()
        derived = [name for name in DERIVED if name in said]
        if derived:
            report.note("derived", fields=", ".join(derived))
        _fields(at_hand, index, {name: said[name] for name in said if name not in DERIVED}, held, report)


def _fields(at_hand: AtHand, index: int, said: Mapping[str, Any], held: Mapping[str, Any], report: Report) -> None:
    for name in sorted({*said, *held}):
        if name not in said:
            report.deviate("entry", "missing", at_hand.file, entry=index, field=name)
        elif name not in held or not _same(said[name], held[name]):
            stated, found = (json.dumps(of.get(name), ensure_ascii=False) for of in (said, held))
            report.deviate("entry", "differs", at_hand.file, entry=index, field=name, stated=stated, found=found)
    report.tell("entry", fields=len(held))


def _same(said: Any, held: Any) -> bool:
    """Equal as JSON: 1 is not true."""
    try:
        return canonical(said) == canonical(held)
    except ValueError:
        return False
