"""Proofs of single entries as files: the example byte for byte, one spelling, and a reason for each proof that does not hold."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoints import Checkpoint
from ledger.proof.entryproofs import EntryProof, verify_entry
from ledger.proof.merkle import Damaged, leaf_hash
from ledger.proof.notes import VerifierKey, to_base64
from tests.proof.signers import LOG, ORIGIN, W1, W2, Signer, bruised, flipped, signed
from tests.proof.trees import mth, path

EXAMPLE = """\
c2sp.org/tlog-proof@v1
index 1
0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=

example.com/log/testdata
2
T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=

— example.com/log/testdata M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk=
— witness.example.com/w1 oAWfEQAAAABkGFDLAtlkszHMwpJ6F2zzyNflOxyNcHyzL1Ww3QYbLS97xbLkbfnGGJlNkM6xpcJxTty7Z5oMWaCeQyHmjDv7QbZ5AQ==
""".encode()
EXAMPLE_KEY = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")

ENTRIES = [b"entry %d" % number for number in range(13)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
CHECKPOINT = Checkpoint(ORIGIN, len(ENTRIES), mth(HASHES))
NOTE = signed(CHECKPOINT.text, LOG, W1).to_bytes()


def proof_of(index: int, extra: bytes | None = None) -> EntryProof:
    return EntryProof(index, tuple(path(index, HASHES)), NOTE, extra)


PROOF = proof_of(5, b'{"leaf":"entry 5"}')
PROOFS = st.builds(
    EntryProof,
    st.integers(0, 2**63 - 2),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.sampled_from([NOTE, signed(CHECKPOINT.text, W2).to_bytes()]),
    st.none() | st.binary(min_size=1, max_size=100),
)


def test_the_example_is_written_and_read_byte_for_byte():
    proof = EntryProof.parse(EXAMPLE)
    assert (proof.index, proof.hashes, proof.extra) == (1, (leaf_hash(b"one"),), None)
    assert proof.checkpoint == EXAMPLE.partition(b"\n\n")[2]
    assert proof.to_bytes() == EXAMPLE
    assert verify_entry(proof, b"two", EXAMPLE_KEY).size == 2


def test_extra_data_stands_on_the_second_line():
    lines = PROOF.to_bytes().split(b"\n")
    assert lines[:3] == [b"c2sp.org/tlog-proof@v1", b"extra eyJsZWFmIjoiZW50cnkgNSJ9", b"index 5"]


# --- one spelling


@given(PROOFS)
def test_a_proof_is_read_as_it_was_written(proof):
    assert EntryProof.parse(proof.to_bytes()) == proof


@given(st.binary() | bruised(EXAMPLE) | bruised(PROOF.to_bytes()))
def test_whatever_bytes_come_they_are_a_proof_in_its_one_spelling_or_damaged(data):
    try:
        proof = EntryProof.parse(data)
    except Damaged:
        return
    assert proof.to_bytes() == data


V1 = "c2sp.org/tlog-proof@v1"
HASH = to_base64(HASHES[0])


def file_of(*lines: str, note: bytes = NOTE) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode() + note


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "blank line", id="nothing"),
        pytest.param(NOTE, "c2sp.org/tlog-proof@v1", id="a checkpoint alone"),
        pytest.param(file_of("c2sp.org/tlog-proof@v2", "index 5", ""), "does not start", id="another version"),
        pytest.param(file_of("c2sp.org/tlog-proof@v1 ", "index 5", ""), "does not start", id="a space after the header"),
        pytest.param(b"\xef\xbb\xbf" + file_of(V1, "index 5", ""), "does not start", id="a byte order mark"),
        pytest.param(file_of(V1, ""), "no index", id="no index"),
        pytest.param(file_of(V1, HASH, "index 5", ""), "no index", id="the index after a hash"),
        pytest.param(file_of(V1, "index 5", "extra AA==", ""), "a hash is not", id="extra after the index"),
        pytest.param(file_of(V1, "extra AA==", "extra AA==", "index 5", ""), "no index", id="extra twice"),
        pytest.param(file_of(V1, "extra AA==", ""), "no index", id="extra alone"),
        pytest.param(file_of(V1, "extra ", "index 5", ""), "is empty", id="empty extra"),
        pytest.param(file_of(V1, "extra", "index 5", ""), "no index", id="extra without a space"),
        pytest.param(file_of(V1, "extra AB==", "index 5", ""), "extra data is not base64", id="extra with idle bits"),
        pytest.param(file_of(V1, "extra é", "index 5", ""), "extra data is not base64", id="extra in no base64"),
        pytest.param(file_of(V1, "index 05", ""), "leading zeros", id="a leading zero"),
        pytest.param(file_of(V1, "index -1", ""), "leading zeros", id="a negative index"),
        pytest.param(file_of(V1, "index ５", ""), "leading zeros", id="a full-width digit"),
        pytest.param(file_of(V1, "index ", ""), "leading zeros", id="an empty index"),
        pytest.param(file_of(V1, f"index {'9' * 5000}", ""), "leading zeros", id="five thousand digits"),
        pytest.param(file_of(V1, f"index {2**63 - 1}", ""), "no log has an entry", id="an index of 63 bits"),
        pytest.param(file_of(V1, "index 5", HASH[:-1], ""), "a hash is not base64", id="a hash without padding"),
        pytest.param(file_of(V1, "index 5", HASH[:-4], ""), "32 bytes", id="a short hash"),
        pytest.param(file_of(V1, "index 5", f" {HASH}", ""), "a hash is not base64", id="a space before a hash"),
        pytest.param(file_of(V1, "index 5", *[HASH] * 64, ""), "64 hashes", id="more hashes than any tree is high"),
        pytest.param(file_of(V1, "index 5", HASH, "", ""), "checkpoint|signature|note", id="two blank lines"),
        pytest.param(file_of(V1, "index 5", HASH, "", note=b""), "note", id="no checkpoint"),
        pytest.param(file_of(V1, "index 5", HASH, "", note=NOTE[:-1]), "note", id="the checkpoint cut off"),
        pytest.param(file_of(V1, "index 5", HASH, "", note=CHECKPOINT.text.encode()), "note", id="no signatures"),
        pytest.param(
            file_of(V1, "index 5", "", note=signed("A text.\n", LOG).to_bytes()), "three lines", id="another note"
        ),
        pytest.param(file_of(V1, "index 5", "").replace(b"\n", b"\r\n"), "blank line", id="lines as on Windows"),
        pytest.param(b"c2sp.org/tlog-proof@v1\n" * 200_000, "are not read", id="four million bytes"),
    ],
)
def test_bytes_that_are_no_proof_are_refused_with_the_reason(data, why):
    with pytest.raises(Damaged, match=why):
        EntryProof.parse(data)


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"index": 2**63 - 1},
        {"hashes": (b"short",)},
        {"hashes": (bytes(32),) * 64},
        {"extra": b""},
        {"checkpoint": b"no note"},
    ],
    ids=str,
)
def test_no_proof_is_made_that_could_not_be_read(change):
    with pytest.raises(Damaged):
        replace(PROOF, **change)


# --- what it proves


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_every_entry_of_a_log_is_proven(index):
    assert verify_entry(EntryProof.parse(proof_of(index).to_bytes()), ENTRIES[index], LOG.key) == CHECKPOINT


def test_the_only_entry_of_a_log_needs_no_hashes():
    checkpoint = Checkpoint(ORIGIN, 1, leaf_hash(b"only"))
    proof = EntryProof(0, (), signed(checkpoint.text, LOG).to_bytes())
    assert proof.to_bytes().startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + ORIGIN.encode())
    assert verify_entry(EntryProof.parse(proof.to_bytes()), b"only", LOG.key) == checkpoint


def test_extra_data_proves_nothing_and_spoils_nothing():
    assert verify_entry(replace(PROOF, extra=b"whatever"), ENTRIES[5], LOG.key) == CHECKPOINT


OTHER = Checkpoint(ORIGIN, len(ENTRIES), bytes(32))
ELSEWHERE = Checkpoint("other.example/log", CHECKPOINT.size, CHECKPOINT.root)
IMPOSTOR = Signer(ORIGIN, b"\x02" * 32)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"index": 4}, "the leaf is not entry 4", id="another index"),
        pytest.param({"index": 13}, "its index 13 is beyond the 13 entries", id="an index beyond the log"),
        pytest.param({"hashes": PROOF.hashes[:-1]}, "the leaf is not entry 5", id="a hash less"),
        pytest.param({"hashes": (*PROOF.hashes, bytes(32))}, "the leaf is not entry 5", id="a hash more"),
        pytest.param({"hashes": PROOF.hashes[::-1]}, "the leaf is not entry 5", id="the hashes backwards"),
        pytest.param({"checkpoint": signed(OTHER.text, LOG).to_bytes()}, "the leaf is not entry 5", id="another root"),
        pytest.param({"checkpoint": signed(ELSEWHERE.text, LOG).to_bytes()}, "the log .other.example/log", id="another log"),
        pytest.param({"checkpoint": signed(CHECKPOINT.text, IMPOSTOR).to_bytes()}, "no key that is known", id="another key"),
        pytest.param({"checkpoint": signed(CHECKPOINT.text, W1).to_bytes()}, "no key that is known", id="a witness alone"),
    ],
)
def test_a_proof_that_does_not_hold_is_refused_with_the_reason(change, why):
    assert verify_entry(PROOF, ENTRIES[5], LOG.key)
    with pytest.raises(Damaged, match=why):
        verify_entry(replace(PROOF, **change), ENTRIES[5], LOG.key)


@pytest.mark.parametrize("leaf", [b"", b"entry 4", b"entry 5 ", b"\x00entry 5", HASHES[5]])
def test_a_proof_is_of_one_leaf(leaf):
    with pytest.raises(Damaged, match="the leaf is not entry 5"):
        verify_entry(PROOF, leaf, LOG.key)


def test_a_damaged_proof_names_the_part_and_the_reason():
    with pytest.raises(Damaged) as caught:
        verify_entry(PROOF, b"another", LOG.key)
    assert (caught.value.what, caught.value.why) == ("entry proof", "the leaf is not entry 5 of the log that the checkpoint signs")


def holds(data: bytes) -> bool:
    try:
        verify_entry(EntryProof.parse(data), ENTRIES[5], LOG.key)
    except Damaged:
        return False
    return True


def test_no_byte_of_what_counts_in_a_proof_can_be_changed():
    """What does not count is extra data and the lines of unknown keys: this proof has neither."""
    data = replace(PROOF, extra=None, checkpoint=signed(CHECKPOINT.text, LOG).to_bytes()).to_bytes()
    assert holds(data)
    assert [other for other in flipped(data) if holds(other)] == []


@given(bruised(replace(PROOF, extra=None, checkpoint=signed(CHECKPOINT.text, LOG).to_bytes()).to_bytes()))
def test_no_proof_survives_a_change(data):
    assert not holds(data)
