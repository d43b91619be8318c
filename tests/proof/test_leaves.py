"""Leaves and disclosures: the vectors of RFC 9901 and of the format's own page, one spelling, and spoiled twins that are named."""

import base64
import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.proof.leaves import Leaf, digest, disclosure, leaf, new_salt, opened, parse_leaf
from ledger.proof.merkle import Damaged, leaf_hash

SALT = bytes(range(32))
VALUE = {
    "body": {
        "action": "open",
        "industry": "photonics",
        "name": "光通信专利池",
        "on": "2025-08-20",
        "operator": "91420100551000410W",
        "pool_id": "Q1",
    },
    "evidence": [],
    "kind": "pool",
    "recorded_at": "2025-09-10T02:11:09.123456Z",
    "recorded_by": "recorder@c1",
}
DIGEST = "zLxOGzDLX-AV1K7GEdIUL58J0LlqABMM5HgPFJVdl_o"
LEAF = (
    b'{"_sd":["zLxOGzDLX-AV1K7GEdIUL58J0LlqABMM5HgPFJVdl_o"],"_sd_alg":"sha-256","prev":"","seq":0,'
    b'"stream":"c1","t":"entry","ts":1757470269,"v":1}'
)
LEAF_HASH = base64.b64decode("EDGeOGocK7rO0Jbk130HeaeIIJ21lYTJiF/cs/38zCI=")
SECOND = leaf("c1", 1, LEAF_HASH, DIGEST, 1757470270)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | INTEGERS | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)
STREAMS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,30}", fullmatch=True)
HASHES = st.binary(min_size=32, max_size=32)
NUMBERS = st.integers(0, 2**53 - 1)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def packed(text: str | bytes) -> str:
    """A disclosure of any JSON, right or wrong."""
    return b64url(text.encode() if isinstance(text, str) else text)


# --- disclosures


def test_the_digest_is_taken_over_the_text_as_in_rfc_9901():
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest(text) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"


def test_the_known_value_has_its_known_digest_leaf_and_hash():
    assert digest(disclosure(VALUE, SALT)) == DIGEST
    assert leaf("c1", 0, None, DIGEST, 1757470269) == LEAF
    assert leaf_hash(LEAF) == LEAF_HASH


@given(VALUES, HASHES)
def test_what_is_disclosed_is_what_was_said(value, salt):
    text = disclosure(value, salt)
    assert opened(text) == value
    assert text == b64url(rfc8785.dumps([b64url(salt), "entry", value]))


@given(VALUES, HASHES, HASHES)
def test_one_value_under_two_salts_has_two_digests(value, one, other):
    same = digest(disclosure(value, one)) == digest(disclosure(value, other))
    assert same == (one == other)


def test_a_salt_is_32_bytes_and_never_the_same():
    salts = {new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert {len(salt) for salt in salts} == {32}


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match=f"not {length}"):
        disclosure(VALUE, bytes(length))


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, "\ud800", object(), {1: "x"}, {"\udc00": 1}])
def test_a_value_that_could_not_be_read_again_is_not_written(value):
    with pytest.raises(ValueError):  # noqa: PT011  the words are those of the canonical encoder
        disclosure({"amount": value}, SALT)


def test_a_disclosure_in_another_spelling_of_json_is_read_and_keeps_its_own_digest():
    spaced = packed(json.dumps([b64url(SALT), "entry", VALUE], indent=1))
    assert opened(spaced) == VALUE
    assert digest(spaced) == b64url(hashlib.sha256(spaced.encode()).digest()) != DIGEST


GOOD_SALT = json.dumps(b64url(SALT))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "not JSON", id="nothing"),
        pytest.param("!!!!", "not JSON", id="no base64url"),
        pytest.param("盐", "not JSON", id="not even ASCII"),
        pytest.param(disclosure(VALUE, SALT) + "=", "not JSON", id="padding"),
        pytest.param(disclosure(VALUE, SALT) + "\n", "not JSON", id="a line end"),
        pytest.param(" " + disclosure(VALUE, SALT), "not JSON", id="a space"),
        pytest.param(disclosure(VALUE, SALT)[:8] + "\n" + disclosure(VALUE, SALT)[8:], "not JSON", id="a line end within"),
        pytest.param(packed('["~~~","entry",{}]').replace("-", "+"), "not JSON", id="a sign of the other alphabet"),
        pytest.param(packed("[[]]")[:-1] + "R", "not JSON", id="stray bits at the end"),
        pytest.param(packed("[[[]]]")[:5], "not JSON", id="a sign too many"),
        pytest.param(packed(b'["\xff"]'), "not JSON", id="no UTF-8"),
        pytest.param(packed("\ufeff[]"), "not JSON", id="a byte order mark"),
        pytest.param(packed("[1,2"), "not JSON", id="cut short"),
        pytest.param(packed("[" * 100_000), "not JSON", id="a tower of brackets"),
        pytest.param(packed("{}"), "array of three", id="an object"),
        pytest.param(packed(f'[{GOOD_SALT},"entry"]'), "array of three", id="two elements"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{}},{{}}]'), "array of three", id="four elements"),
        pytest.param(packed('["_26bc4LT-ac6q2KI6cBW5es","entry",{}]'), "its salt", id="a short salt"),
        pytest.param(packed('["' + "A" * 42 + 'B","entry",{}]'), "its salt", id="a salt with stray bits"),
        pytest.param(packed('["' + "A" * 43 + '=","entry",{}]'), "its salt", id="a padded salt"),
        pytest.param(packed('["盐","entry",{}]'), "its salt", id="a salt of other letters"),
        pytest.param(packed('[7,"entry",{}]'), "its salt", id="a number for a salt"),
        pytest.param(packed(f'[{GOOD_SALT},"family_name",{{}}]'), "its name", id="another name"),
        pytest.param(packed(f"[{GOOD_SALT},null,{{}}]"), "its name", id="no name"),
        pytest.param(packed(f'[{GOOD_SALT},"entry","Möbius"]'), "not an object", id="a text for a value"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",[]]'), "not an object", id="a list for a value"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":1,"a":2}}]'), "stands twice", id="a name twice"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":1.5}}]'), "1.5 is not an integer", id="a fraction"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":1e2}}]'), "1e2 is not an integer", id="an exponent"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":NaN}}]'), "NaN is not an integer", id="not a number"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":-Infinity}}]'), "-Infinity is not", id="no end"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":9007199254740992}}]'), "beyond", id="a number that others round"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":-9007199254740992}}]'), "beyond", id="the same below zero"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":{"9" * 5000}}}]'), "not JSON", id="a number without end"),
        pytest.param(packed(f'[{GOOD_SALT},"entry",{{"a":"\\ud800"}}]'), "surrogates", id="half a character"),
    ],
)
def test_a_spoiled_disclosure_is_refused_and_says_why(text, why):
    with pytest.raises(Damaged, match=f"disclosure: .*{why}") as refusal:
        opened(text)
    assert refusal.value.what == "disclosure"


def test_an_escape_that_spells_a_whole_character_is_read():
    assert opened(packed(f'[{GOOD_SALT},"entry",{{"a":"\\u4e13\\ud83d\\ude00"}}]')) == {"a": "专😀"}


def test_the_largest_number_that_all_readers_share_is_read():
    assert opened(disclosure({"n": 2**53 - 1, "m": 1 - 2**53}, SALT)) == {"n": 2**53 - 1, "m": 1 - 2**53}


# --- leaves


def test_a_leaf_says_what_was_put_into_it():
    assert parse_leaf(LEAF) == Leaf(stream="c1", seq=0, prev_hash=None, digest=DIGEST, ts=1757470269)
    assert parse_leaf(SECOND) == Leaf(stream="c1", seq=1, prev_hash=LEAF_HASH, digest=DIGEST, ts=1757470270)
    assert b'"prev":"EDGeOGocK7rO0Jbk130HeaeIIJ21lYTJiF_cs_38zCI"' in SECOND


@given(STREAMS, NUMBERS, HASHES, HASHES, NUMBERS)
def test_a_leaf_is_canonical_json_and_can_be_read_again(stream, seq, prev, hashed, ts):
    prev_hash = prev if seq else None
    data = leaf(stream, seq, prev_hash, b64url(hashed), ts)
    assert data == rfc8785.dumps(
        {
            "_sd": [b64url(hashed)],
            "_sd_alg": "sha-256",
            "prev": b64url(prev) if seq else "",
            "seq": seq,
            "stream": stream,
            "t": "entry",
            "ts": ts,
            "v": 1,
        }
    )
    assert parse_leaf(data) == Leaf(stream, seq, prev_hash, b64url(hashed), ts)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param(b'"seq":1', b'"seq": 1', "canonical form", id="a space"),
        pytest.param(b'"v":1}', b'"v":1}\n', "canonical form", id="a line end"),
        pytest.param(b'"seq":1', b'"seq":1,"seq":1', "stands twice", id="a name twice"),
        pytest.param(b'"t":"entry","ts":1757470270', b'"ts":1757470270,"t":"entry"', "canonical form", id="two names changed over"),
        pytest.param(b'"c1"', b'"\\u0063\\u0031"', "canonical form", id="an escape"),
        pytest.param(b'"seq":1', b'"seq":1.0', "not an integer", id="a fraction"),
        pytest.param(b'"seq":1', b'"seq":01', "not JSON", id="a zero in front"),
        pytest.param(b'"seq":1', b'"seq":9007199254740992', "a number is beyond", id="a number that others round"),
        pytest.param(b'"ts":1757470270', b'"ts":9007199254740992', "a number is beyond", id="a time that others round"),
        pytest.param(b'"ts":1757470270', b'"ts":-1', "not a leaf", id="a time before all time"),
        pytest.param(b'"seq":1', b'"seq":"1"', "not a leaf", id="a number as text"),
        pytest.param(b'"seq":1', b'"seq":true', "not a leaf", id="a truth for a number"),
        pytest.param(b'"v":1', b'"v":2', "not a leaf", id="another version"),
        pytest.param(b'"v":1', b'"v":1,"w":1', "not a leaf", id="one name more"),
        pytest.param(b',"v":1', b"", "not a leaf", id="one name less"),
        pytest.param(b'"sha-256"', b'"sha-512"', "not a leaf", id="another hash"),
        pytest.param(b'"entry"', b'"heads"', "not a leaf", id="another type"),
        pytest.param(b'"c1"', b'"C1"', "not a leaf", id="a stream in capitals"),
        pytest.param(b'"c1"', b'"c"', "not a leaf", id="a stream of one letter"),
        pytest.param(b'"c1"', '"中心"'.encode(), "not a leaf", id="a stream in Chinese"),
        pytest.param(DIGEST.encode(), b"", "not a leaf", id="no digest"),
        pytest.param(DIGEST.encode(), DIGEST.encode() + b'","' + DIGEST.encode(), "not a leaf", id="two digests"),
        pytest.param(DIGEST.encode(), DIGEST[:-1].encode() + b"p", "not a leaf", id="a digest with stray bits"),
        pytest.param(b"EDGeOGocK7rO", b"EDGeOGocK7r", "not a leaf", id="a short prev"),
        pytest.param(b'cs_38zCI"', b'cs_38zCJ"', "not a leaf", id="a prev with stray bits"),
        pytest.param(b'"seq":1', b'"seq":0', "number 0 of its stream", id="a first leaf after another"),
        pytest.param(b"EDGeOGocK7rO0Jbk130HeaeIIJ21lYTJiF_cs_38zCI", b"", "number 1 of its stream", id="a later leaf after none"),
        pytest.param(b'"c1"', b'"c\xff"', "not JSON", id="no UTF-8"),
        pytest.param(SECOND, b"", "not JSON", id="nothing"),
        pytest.param(SECOND, b"[" * 100_000, "not JSON", id="a tower of brackets"),
        pytest.param(SECOND, b'{"a":"\\udc00"}', "not JSON", id="half a character"),
        pytest.param(SECOND, b"[]", "not a leaf", id="an empty list"),
    ],
)
def test_a_spoiled_leaf_is_refused_and_says_why(old, new, why):
    assert SECOND.count(old) == 1
    with pytest.raises(Damaged, match=f"leaf: .*{why}") as refusal:
        parse_leaf(SECOND.replace(old, new))
    assert refusal.value.what == "leaf"


@given(st.integers(0, len(SECOND) - 1), st.integers(0, 7))
def test_no_bit_of_a_leaf_can_change_unseen(at, bit):
    spoiled = SECOND[:at] + bytes([SECOND[at] ^ 1 << bit]) + SECOND[at + 1 :]
    assert leaf_hash(spoiled) != leaf_hash(SECOND)
    try:
        read = parse_leaf(spoiled)
    except Damaged:
        return
    assert read != parse_leaf(SECOND)


@pytest.mark.parametrize(
    ("stream", "seq", "prev", "hashed", "ts"),
    [
        pytest.param('c1","x":"', 0, None, DIGEST, 1, id="a stream that writes JSON of its own"),
        pytest.param("C1", 0, None, DIGEST, 1, id="a stream in capitals"),
        pytest.param("c1", -1, LEAF_HASH, DIGEST, 1, id="a number below zero"),
        pytest.param("c1", 0, LEAF_HASH, DIGEST, 1, id="a first leaf after another"),
        pytest.param("c1", 1, None, DIGEST, 1, id="a later leaf after none"),
        pytest.param("c1", 1, LEAF_HASH[:31], DIGEST, 1, id="a prev that is no hash"),
        pytest.param("c1", 1, b"", DIGEST, 1, id="an empty prev"),
        pytest.param("c1", 0, None, DIGEST + "=", 1, id="a padded digest"),
        pytest.param("c1", 0, None, DIGEST, -1, id="a time before all time"),
        pytest.param("c1", 0, None, DIGEST, 2**53, id="a time that others round"),
    ],
)
def test_a_leaf_that_could_not_be_read_again_is_not_written(stream, seq, prev, hashed, ts):
    with pytest.raises(ValueError, match="this leaf could not be read again"):
        leaf(stream, seq, prev, hashed, ts)
