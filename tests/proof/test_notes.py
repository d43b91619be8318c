"""Signed notes: the examples of the specifications byte for byte, one spelling for each note, and none that survives a change."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.merkle import Damaged
from ledger.proof.notes import (
    COSIGNATURE,
    ED25519,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    BadKey,
    Note,
    Signature,
    VerifierKey,
    check_name,
    cosigned,
    from_base64,
    shown,
    timestamp_of,
    to_base64,
    verified,
)
from tests.proof.signers import LOG, W1, W2, Signer, bruised, flipped, signed

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
LOG_EXAMPLE = Signer("example.com/log/testdata", bytes.fromhex("eca663f499017d2365c27c7a7679158d43cfec1330bdb259290afbd0d21777a0"))
LOG_EXAMPLE_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
CHECKPOINT_TEXT = "example.com/log/testdata\n2\nT1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=\n"
CHECKPOINT_LINE = (
    "— example.com/log/testdata M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk=\n"
)
WITNESS_EXAMPLE = Signer("witness.example.com/w1", bytes(range(32)), COSIGNATURE)
WITNESS_EXAMPLE_KEY = "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_EXAMPLE_LINE = (
    "— witness.example.com/w1 "
    "oAWfEQAAAABkGFDLAtlkszHMwpJ6F2zzyNflOxyNcHyzL1Ww3QYbLS97xbLkbfnGGJlNkM6xpcJxTty7Z5oMWaCeQyHmjDv7QbZ5AQ==\n"
)
TEXT = "一段文字\nof two lines\n"

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1, max_size=20)
CONTROLS = "".join(map(chr, range(32))).replace("\n", "")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROLS)).map("{}\n".format)
SIGNATURES = st.builds(Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
NOTES = st.builds(Note, TEXTS, st.lists(SIGNATURES, min_size=1, max_size=4).map(tuple))
KEYS = st.builds(VerifierKey, NAMES, st.sampled_from([ED25519, COSIGNATURE]), st.binary(min_size=32, max_size=32))


# --- the examples of the specifications


def test_the_example_of_the_specification_verifies():
    key = VerifierKey.parse(EXAMPLE_KEY)
    note = Note.parse(EXAMPLE)
    assert (key.name, key.type, key.id.hex()) == ("example.com/foo", ED25519, "530d903a")
    assert note.text == "This is an example message.\n"
    assert verified(note, [key]) == (key,)
    assert note.to_bytes() == EXAMPLE


def test_a_checkpoint_is_signed_byte_for_byte_as_other_logs_sign_it():
    note = signed(CHECKPOINT_TEXT, LOG_EXAMPLE)
    assert note.signatures[0].line == CHECKPOINT_LINE
    assert note.to_bytes() == f"{CHECKPOINT_TEXT}\n{CHECKPOINT_LINE}".encode()
    assert verified(note, [VerifierKey.parse(LOG_EXAMPLE_KEY)]) == (LOG_EXAMPLE.key,)


def test_a_witness_signs_byte_for_byte_as_other_witnesses_do():
    line = WITNESS_EXAMPLE.sign(CHECKPOINT_TEXT, at=1679315147)
    assert line.line == WITNESS_EXAMPLE_LINE
    assert timestamp_of(line) == 1679315147
    assert cosigned(1679315147, CHECKPOINT_TEXT) == b"cosignature/v1\ntime 1679315147\n" + CHECKPOINT_TEXT.encode()
    assert VerifierKey.parse(WITNESS_EXAMPLE_KEY).verifies(CHECKPOINT_TEXT, line.data)


@pytest.mark.parametrize(
    ("signer", "vkey"), [(LOG_EXAMPLE, LOG_EXAMPLE_KEY), (WITNESS_EXAMPLE, WITNESS_EXAMPLE_KEY)], ids=["log", "witness"]
)
def test_a_key_is_written_as_others_write_it(signer, vkey):
    assert str(signer.key) == vkey
    assert VerifierKey.parse(vkey) == signer.key


# --- keys


@given(KEYS)
def test_a_key_is_read_as_it_was_written(key):
    assert VerifierKey.parse(str(key)) == key


def as_text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def vkey(name: str, data: bytes) -> str:
    """A text with the right id for whatever it holds."""
    key_id = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8]
    return f"{name}+{key_id}+{to_base64(data)}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "three parts", id="nothing"),
        pytest.param("example.com/foo", "three parts", id="a name only"),
        pytest.param("example.com/foo+530d903a", "three parts", id="no key"),
        pytest.param(EXAMPLE_KEY.replace("530d903a", "530D903A"), "eight digits", id="capitals in the id"),
        pytest.param(EXAMPLE_KEY.replace("530d903a", "0530d903a"), "eight digits", id="an id of nine digits"),
        pytest.param(EXAMPLE_KEY.replace("530d903a", "530d903b"), "530d903a", id="the id of another key"),
        pytest.param(EXAMPLE_KEY.replace("/foo", "/bar"), "does not belong", id="another name"),
        pytest.param(EXAMPLE_KEY[:-1] + "l", "does not belong", id="another key"),
        pytest.param(EXAMPLE_KEY + "\n", "base64", id="a line feed"),
        pytest.param(EXAMPLE_KEY[:-4], "32 bytes", id="a short key"),
        pytest.param(EXAMPLE_KEY[:-1], "base64", id="a letter less"),
        pytest.param(vkey("a", b"\x01" + bytes(31)).rstrip("="), "base64", id="no padding"),
        pytest.param("a+00000000+", "base64", id="an empty key"),
        pytest.param(vkey("a", b"\x01"), "32 bytes", id="a type only"),
        pytest.param(vkey("a", b"\x01" + bytes(33)), "32 bytes", id="a long key"),
        pytest.param(vkey("a", b"\x02" + bytes(32)), "type 0x02", id="an ECDSA key"),
        pytest.param(vkey("a", b"\x06" + bytes(1312)), "type 0x06", id="an ML-DSA key"),
        pytest.param(vkey("", b"\x01" + bytes(32)), "empty", id="no name"),
        pytest.param(vkey("a b", b"\x01" + bytes(32)), "space", id="a space in the name"),
        pytest.param("\ud800" + EXAMPLE_KEY, "UTF-8", id="half a surrogate pair"),
    ],
)
def test_a_text_that_is_no_key_is_refused_with_the_reason(text, why):
    with pytest.raises(BadKey, match=why):
        VerifierKey.parse(text)


@given(st.text() | st.builds("{}+{}+{}".format, st.text(), st.text(), st.text()) | bruised(EXAMPLE_KEY.encode()).map(as_text))
def test_whatever_text_comes_it_is_a_key_in_its_one_spelling_or_a_bad_key(text):
    try:
        key = VerifierKey.parse(text)
    except BadKey:
        return
    assert str(key) == text


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\u00a0b", "a\u3000b", "a\u2028", "a+b", "a\nb", "a\x00b", "\x1f", "a\tb", "\udc80"], ids=ascii
)
def test_a_name_has_no_space_no_plus_and_no_control_character(name):
    with pytest.raises(BadKey):
        check_name(name)
    with pytest.raises(BadKey):
        VerifierKey(name, ED25519, bytes(32))
    with pytest.raises(BadKey):
        Signature(name, bytes(4), b"signature")


@pytest.mark.parametrize("name", ["ledger.example/log", "示例.中国/日志", "a", "—", "a=b/c#d"])
def test_a_name_may_be_in_any_language(name):
    check_name(name)
    assert verified(Note.parse(signed(TEXT, Signer(name, bytes(32))).to_bytes()), [Signer(name, bytes(32)).key])


def test_one_public_key_has_another_id_for_another_use():
    as_log, as_witness = (Signer("a", bytes(32), kind).key for kind in (ED25519, COSIGNATURE))
    assert as_log.public == as_witness.public
    assert as_log.id != as_witness.id


# --- one spelling


@given(NOTES)
def test_a_note_is_read_as_it_was_written(note):
    assert Note.parse(note.to_bytes()) == note
    assert [Signature.parse(one.line) for one in note.signatures] == list(note.signatures)


@given(st.binary() | bruised(EXAMPLE) | bruised(signed(TEXT, LOG, W1).to_bytes()))
def test_whatever_bytes_come_they_are_a_note_in_its_one_spelling_or_damaged(data):
    try:
        note = Note.parse(data)
    except Damaged:
        return
    assert note.to_bytes() == data


def note_of(*lines: str) -> bytes:
    return "".join(["A text.\n\n", *lines]).encode()


LINE = LOG.sign("A text.\n").line
BLOB = LINE.split(" ")[2].removesuffix("\n")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "blank line", id="nothing"),
        pytest.param(b"A text.\n", "blank line", id="no signatures"),
        pytest.param(b"A text.\n\n", "carries 0 signatures", id="an end after the blank line"),
        pytest.param(f"A text.\n{LINE}".encode(), "blank line", id="no blank line"),
        pytest.param(f"\n{LINE}".encode(), "blank line", id="no text"),
        pytest.param(note_of(LINE, "\n"), "carries 0 signatures", id="a blank line at the end"),
        pytest.param(note_of(LINE, "\n", LINE)[:-1], "line feed", id="no line feed at the end"),
        pytest.param(note_of(LINE, "more\n"), "dash", id="something after the signatures"),
        pytest.param(note_of(LINE.replace("—", "-")), "dash", id="a hyphen for the dash"),
        pytest.param(note_of(LINE.replace("—", "–")), "dash", id="a short dash"),
        pytest.param(note_of(LINE.replace("— ", "—")), "dash", id="no space after the dash"),
        pytest.param(note_of(LINE.replace("— ", "—  ")), "name|base64", id="two spaces after the dash"),
        pytest.param(note_of(LINE.replace(f" {BLOB}", f"  {BLOB}")), "base64", id="two spaces before the signature"),
        pytest.param(note_of(LINE.replace("\n", " \n")), "base64", id="a space at the end"),
        pytest.param(note_of(LINE.replace(f" {BLOB}", "")), "no key id", id="no signature"),
        pytest.param(note_of(f"— a {to_base64(b'1234')}\n"), "no key id", id="a key id only"),
        pytest.param(note_of(f"— a+b {BLOB}\n"), "plus", id="a plus in the name"),
        pytest.param(note_of(f"— a\u00a0b {BLOB}\n"), "space", id="a space of another kind in the name"),
        pytest.param(note_of(f"— a {BLOB.rstrip('=')}\n"), "base64", id="no padding"),
        pytest.param(note_of(f"— a {base64.urlsafe_b64encode(bytes([255] * 9)).decode()}\n"), "base64", id="the other alphabet"),
        pytest.param(note_of("— a MTIzNDV=\n"), "base64", id="bits beyond the last byte"),
        pytest.param(note_of(LINE.replace("\n", "\r\n")), "base64|control", id="lines as on Windows"),
        pytest.param(b"A text.\r\n\n" + LINE.encode(), "control", id="a carriage return in the text"),
        pytest.param(b"A\ttext.\n\n" + LINE.encode(), "control", id="a tab in the text"),
        pytest.param(b"A\x00text.\n\n" + LINE.encode(), "control", id="a zero byte in the text"),
        pytest.param(b"A\xfftext.\n\n" + LINE.encode(), "UTF-8 at byte 1", id="no UTF-8"),
        pytest.param(b"A\xed\xa0\x80text.\n\n" + LINE.encode(), "UTF-8", id="half a surrogate pair"),
        pytest.param(b"A\xc1\x81text.\n\n" + LINE.encode(), "UTF-8", id="an A in two bytes"),
        pytest.param(b"A" * MAX_NOTE_BYTES + b"\n\n" + LINE.encode(), "are not read", id="a million letters"),
    ],
)
def test_bytes_that_are_no_note_are_refused_with_the_reason(data, why):
    with pytest.raises(Damaged, match=why):
        Note.parse(data)


def test_the_text_ends_at_the_last_blank_line():
    text = "First.\n\n— this looks like a signature and is text\n\n\nLast.\n\n"
    note = Note.parse(signed(text, LOG).to_bytes())
    assert note.text == text
    assert verified(note, [LOG.key]) == (LOG.key,)


def test_only_a_line_feed_ends_a_line():
    text = "one\u2028line\u2029and\u0085no more\n"
    line = Signature("name\u200b", bytes(4), b"a signature")
    assert Note.parse(Note(text, (line,)).to_bytes()) == Note(text, (line,))


@pytest.mark.parametrize(
    ("text", "signatures", "why"),
    [
        ("no line feed", (LOG.sign("x\n"),), "line feed"),
        ("", (LOG.sign("x\n"),), "line feed"),
        ("a\rb\n", (LOG.sign("x\n"),), "control"),
        ("\ud800\n", (LOG.sign("x\n"),), "UTF-8"),
        ("unsigned\n", (), "0 signatures"),
    ],
)
def test_no_note_is_made_that_could_not_be_read(text, signatures, why):
    with pytest.raises(Damaged, match=why):
        Note(text, signatures)


@pytest.mark.parametrize("count", [1, 16, MAX_SIGNATURES])
def test_a_note_carries_many_signatures(count):
    unknown = [Signature(f"w{number}", bytes(4), b"unknown") for number in range(1, count)]
    note = Note(TEXT, (*unknown, LOG.sign(TEXT)))
    assert Note.parse(note.to_bytes()) == note
    assert verified(note, [LOG.key]) == (LOG.key,)


def test_a_note_does_not_carry_any_number_of_signatures():
    lines = "".join(Signature(f"w{n}", bytes(4), b"unknown").line for n in range(MAX_SIGNATURES + 1))
    with pytest.raises(Damaged, match="more than 100"):
        Note.parse(f"{TEXT}\n{lines}".encode())


@pytest.mark.parametrize(
    "line", ["", "\n", "— a b", "— a MTIzNDU=", "— a MTIzNDU=\n\n", "— a MTIzNDU=\n— a MTIzNDU=\n", "— a MTIzNDU= \n"], ids=ascii
)
def test_a_witness_answers_with_whole_lines(line):
    with pytest.raises(Damaged):
        Signature.parse(line)
    assert Signature.parse("— a MTIzNDU=\n") == Signature("a", b"1234", b"5")


@given(st.binary(max_size=40))
def test_base64_has_one_spelling(data):
    text = to_base64(data)
    assert from_base64(text) == data
    for other in (f"{text}=", f"{text}\n", f" {text}", f"{text}A", f"{text[:-1]}é", text.swapcase(), text.rstrip("=")):
        assert from_base64(other) is None or to_base64(from_base64(other)) == other


@pytest.mark.parametrize(
    "text", ["=", "A", "AA", "AAA", "AA=", "AB==", "AAB=", "AA==AA==", "AA\n==", "AA==\n", "A-A=", "AAé="], ids=ascii
)
def test_what_is_nearly_base64_is_not_read(text):
    assert from_base64(text) is None


# --- who signed


def test_the_keys_that_signed_are_named_in_the_order_in_which_they_were_asked_for():
    note = signed(TEXT, W2, LOG)
    assert verified(note, [LOG.key, W1.key, W2.key]) == (LOG.key, W2.key)
    assert verified(note, [W2.key, LOG.key, LOG.key]) == (W2.key, LOG.key)


def test_a_line_of_an_unknown_key_is_ignored():
    known = LOG.sign(TEXT)
    same_name = Signature(LOG.name, bytes(4), b"x" * 64)
    same_id = Signature("other.example", LOG.key.id, b"x" * 64)
    assert verified(Note(TEXT, (same_name, known, same_id)), [LOG.key]) == (LOG.key,)
    with pytest.raises(Damaged, match="known here"):
        verified(Note(TEXT, (same_name, same_id)), [LOG.key])


def test_one_bad_line_of_a_known_key_spoils_the_note():
    bad = Signature(W1.name, W1.key.id, W1.sign("another text\n").data)
    note = Note(TEXT, (LOG.sign(TEXT), bad))
    assert verified(note, [LOG.key]) == (LOG.key,)
    with pytest.raises(Damaged, match=r"w1\.example \(key id .*does not hold"):
        verified(note, [LOG.key, W1.key])


def test_a_good_line_does_not_excuse_a_bad_one_of_the_same_key():
    good, bad = LOG.sign(TEXT), LOG.sign("another text\n")
    for lines in ((good, bad), (bad, good)):
        with pytest.raises(Damaged, match="does not hold"):
            verified(Note(TEXT, lines), [LOG.key])


def test_a_note_that_nobody_known_signed_is_refused():
    with pytest.raises(Damaged, match=r"no key that is known here: w1\.example"):
        verified(signed(TEXT, LOG), [W1.key])
    with pytest.raises(Damaged, match="known here: none"):
        verified(signed(TEXT, LOG), [])


def test_a_witness_may_cosign_twice_at_two_times():
    note = Note(TEXT, (W1.sign(TEXT, at=1), W1.sign(TEXT, at=2)))
    assert verified(note, [W1.key]) == (W1.key,)


def test_a_signature_of_one_kind_does_not_hold_as_the_other():
    """The same private key on both sides: what differs is what was signed."""
    as_log, as_witness = (Signer("a", bytes(32), kind) for kind in (ED25519, COSIGNATURE))
    assert not as_witness.key.verifies(TEXT, bytes(8) + as_log.sign(TEXT).data)
    assert not as_log.key.verifies(TEXT, as_witness.sign(TEXT, at=0).data[8:])
    assert not as_log.key.verifies(TEXT, as_witness.sign(TEXT, at=0).data)


def test_the_time_is_part_of_what_a_witness_signs():
    data = W1.sign(TEXT, at=1000).data
    assert W1.key.verifies(TEXT, data)
    assert not W1.key.verifies(TEXT, (1001).to_bytes(8, "big") + data[8:])


@pytest.mark.parametrize("at", [0, 1, 2**63 - 1])
def test_a_witness_signs_at_any_time_that_fits(at):
    line = W1.sign(TEXT, at=at)
    assert timestamp_of(line) == at
    assert W1.key.verifies(TEXT, line.data)


def test_a_time_beyond_63_bits_is_refused():
    data = (2**63).to_bytes(8, "big") + W1.private.sign(b"cosignature/v1\ntime 9223372036854775808\n" + TEXT.encode())
    assert not W1.key.verifies(TEXT, data)
    with pytest.raises(Damaged, match="not a time"):
        timestamp_of(Signature(W1.name, W1.key.id, data))
    for at in (-1, 2**63):
        with pytest.raises(ValueError, match="time"):
            cosigned(at, TEXT)


@pytest.mark.parametrize("length", [1, 8, 64, 71, 73])
def test_a_cosignature_has_72_bytes(length):
    data = W1.sign(TEXT).data.ljust(length, b"\x00")[:length]
    assert not W1.key.verifies(TEXT, data)
    with pytest.raises(Damaged, match="not a time"):
        timestamp_of(Signature(W1.name, W1.key.id, data))


# --- no note survives a change


def survives(data: bytes, *signers: Signer) -> bool:
    try:
        verified(Note.parse(data), [one.key for one in signers])
    except Damaged:
        return False
    return True


@pytest.mark.parametrize("signer", [LOG, W1], ids=["log", "witness"])
def test_no_byte_of_a_note_can_be_changed(signer):
    data = signed(TEXT, signer).to_bytes()
    assert survives(data, signer)
    assert [other for other in flipped(data) if survives(other, signer)] == []


@given(bruised(signed(TEXT, LOG).to_bytes()))
def test_a_note_with_one_signature_does_not_survive_a_change(data):
    assert not survives(data, LOG)


@given(bruised(signed(TEXT, LOG, W1, W2).to_bytes()))
def test_no_change_of_a_text_survives_however_many_signed(data):
    """A line may be lost, or become one of somebody unknown; the text may not change."""
    if survives(data, LOG, W1, W2):
        assert Note.parse(data).text == TEXT


def test_a_message_repeats_no_more_of_a_strangers_text_than_it_should():
    assert shown("a\x1b[31mb\n\u202e") == '"a\ufffd[31mb\ufffd\ufffd"'
    assert shown("x" * 1000) == f'"{"x" * 80}…"'
