"""Checkpoints: the example of another log byte for byte, three lines in one spelling, and only under the log's own key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.checkpoints import MAX_SIZE, Checkpoint, opened
from ledger.proof.merkle import EMPTY_ROOT, Damaged, Frontier, leaf_hash
from ledger.proof.notes import Note, Signature, VerifierKey
from tests.proof.signers import LOG, ORIGIN, W1, Signer, bruised, flipped, signed

EXAMPLE = (
    "example.com/log/testdata\n2\nT1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=\n\n"
    "— example.com/log/testdata M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk=\n"
).encode()
EXAMPLE_KEY = VerifierKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
ROOT = "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4="
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

ORIGINS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
HASHES = st.binary(min_size=32, max_size=32)
CHECKPOINTS = st.builds(Checkpoint, ORIGINS, st.integers(1, MAX_SIZE), HASHES)
CHECKPOINT = Checkpoint(ORIGIN, 70_001, b"\x05" * 32)


def test_the_example_of_another_log_is_read():
    tree = Frontier()
    tree.extend(map(leaf_hash, (b"one", b"two")))
    checkpoint = opened(EXAMPLE, EXAMPLE_KEY)
    assert checkpoint == Checkpoint("example.com/log/testdata", 2, tree.root())
    assert checkpoint.text == Note.parse(EXAMPLE).text


def test_the_checkpoint_of_an_empty_log_carries_the_empty_root():
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT).text == f"{ORIGIN}\n0\n{EMPTY}\n"
    assert Checkpoint.parse(f"{ORIGIN}\n0\n{EMPTY}\n").root == EMPTY_ROOT
    with pytest.raises(Damaged, match="empty"):
        Checkpoint.parse(f"{ORIGIN}\n0\n{ROOT}\n")


# --- one spelling


@given(CHECKPOINTS)
def test_a_checkpoint_is_read_as_it_was_written(checkpoint):
    assert Checkpoint.parse(checkpoint.text) == checkpoint


@given(st.text() | bruised(CHECKPOINT.text.encode()).map(lambda data: data.decode(errors="surrogateescape")))
def test_whatever_text_comes_it_is_a_checkpoint_in_its_one_spelling_or_damaged(text):
    try:
        checkpoint = Checkpoint.parse(text)
    except Damaged:
        return
    assert checkpoint.text == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "three lines", id="nothing"),
        pytest.param(f"a\n2\n{ROOT}", "three lines", id="no line feed at the end"),
        pytest.param("a\n2\n", "three lines", id="no root"),
        pytest.param(f"a\n2\n{ROOT}\nmore\n", "three lines", id="an extension"),
        pytest.param(f"a\n2\n{ROOT}\n\n", "three lines", id="an empty line"),
        pytest.param(f"\n2\n{ROOT}\n", "empty", id="no name"),
        pytest.param(f"a\tb\n2\n{ROOT}\n", "control", id="a tab in the name"),
        pytest.param(f"a\n\n{ROOT}\n", "size", id="no size"),
        pytest.param(f"a\n02\n{ROOT}\n", "leading zeros", id="a leading zero"),
        pytest.param(f"a\n00\n{EMPTY}\n", "leading zeros", id="nought in two digits"),
        pytest.param(f"a\n+2\n{ROOT}\n", "size", id="a plus sign"),
        pytest.param(f"a\n-2\n{ROOT}\n", "size", id="a negative size"),
        pytest.param(f"a\n 2\n{ROOT}\n", "size", id="a space before the size"),
        pytest.param(f"a\n2_0\n{ROOT}\n", "size", id="an underscore in the size"),
        pytest.param(f"a\n2.0\n{ROOT}\n", "size", id="a fraction"),
        pytest.param(f"a\n٢\n{ROOT}\n", "size", id="an Arabic digit"),
        pytest.param(f"a\n２\n{ROOT}\n", "size", id="a full-width digit"),
        pytest.param(f"a\n{2**63}\n{ROOT}\n", "size", id="more than 63 bits"),
        pytest.param(f"a\n{'9' * 5000}\n{ROOT}\n", "size", id="five thousand digits"),
        pytest.param(f"a\n2\n{ROOT[:-1]}\n", "base64", id="no padding"),
        pytest.param(f"a\n2\n{ROOT[:-2]}5=\n", "base64", id="bits beyond the last byte"),
        pytest.param(f"a\n2\n{ROOT} \n", "base64", id="a space after the root"),
        pytest.param(f"a\n2\n{EMPTY.replace('+', '-').replace('/', '_')}\n", "base64", id="the other alphabet"),
        pytest.param("a\n2\n\n", "0 bytes", id="an empty root"),
        pytest.param(f"a\n2\n{ROOT[:-4]}\n", "30 bytes", id="a short root"),
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused_with_the_reason(text, why):
    with pytest.raises(Damaged, match=why):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, bytes(32)),
        ("a\nb", 1, bytes(32)),
        ("a", -1, bytes(32)),
        ("a", 2**63, bytes(32)),
        ("a", 1, bytes(31)),
        ("a", 0, bytes(32)),
    ],
)
def test_no_checkpoint_is_made_that_could_not_be_read(origin, size, root):
    with pytest.raises(Damaged, match="checkpoint"):
        Checkpoint(origin, size, root)


# --- whose it is


def test_a_checkpoint_counts_under_the_key_of_its_log():
    assert opened(signed(CHECKPOINT.text, LOG).to_bytes(), LOG.key) == CHECKPOINT
    assert opened(signed(CHECKPOINT.text, W1, LOG).to_bytes(), LOG.key) == CHECKPOINT


def test_the_checkpoint_of_another_log_does_not_count_even_if_our_key_signed_it():
    other = Checkpoint("other.example/log", 1, bytes(32))
    with pytest.raises(Damaged, match=r'the log "other\.example/log".* that of "ledger\.example/log"'):
        opened(signed(other.text, LOG).to_bytes(), LOG.key)


def test_a_checkpoint_that_only_a_witness_signed_does_not_count():
    with pytest.raises(Damaged, match="no key that is known"):
        opened(signed(CHECKPOINT.text, W1).to_bytes(), LOG.key)


def test_a_checkpoint_that_another_key_signed_under_the_same_name_does_not_count():
    impostor = Signer(ORIGIN, b"\x02" * 32)
    with pytest.raises(Damaged, match="no key that is known"):
        opened(signed(CHECKPOINT.text, impostor).to_bytes(), LOG.key)
    line = Signature(ORIGIN, LOG.key.id, impostor.sign(CHECKPOINT.text).data)
    with pytest.raises(Damaged, match="does not hold"):
        opened(Note(CHECKPOINT.text, (line,)).to_bytes(), LOG.key)


def test_a_signed_text_that_is_no_checkpoint_does_not_count():
    with pytest.raises(Damaged, match="three lines"):
        opened(signed(f"{CHECKPOINT.text}more\n", LOG).to_bytes(), LOG.key)


def counts(data: bytes) -> bool:
    try:
        opened(data, LOG.key)
    except Damaged:
        return False
    return True


def test_no_byte_of_a_signed_checkpoint_can_be_changed():
    data = signed(CHECKPOINT.text, LOG).to_bytes()
    assert counts(data)
    assert [other for other in flipped(data) if counts(other)] == []


@given(st.binary() | bruised(signed(CHECKPOINT.text, LOG).to_bytes()))
def test_no_other_bytes_count(data):
    assert not counts(data)
