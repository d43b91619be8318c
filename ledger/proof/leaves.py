"""What stands in a leaf: a salted commitment to a value, and the value's disclosure (RFC 9901, RFC 8785).

- The salt is 32 random bytes, drawn for one entry, never derived, used twice or logged: amounts can be guessed, salts cannot.
- A disclosure is the base64url text of ["salt", "entry", value]. It is the record: it is kept as written, its *text* is hashed,
  and nobody writes it anew to check it.
- A leaf commits to the digest and binds it into its stream: number, hash of the stream's leaf before, second of recording.
- A leaf has one spelling (RFC 8785); a leaf in any other is refused.

What a value means, and that the numbers of a stream have no gap, is for others to say.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from ledger.proof.merkle import Damaged
from ledger.proof.strict import named_once, no_integer

SALT_BYTES = 32
LABEL = "entry"
MAX_SAFE_INTEGER = 2**53 - 1  # beyond it readers in other languages see another number

# The last of 43 characters carries four bits, so only 16 of the 64 can stand there.
_HASH_TEXT = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_NUMBER = r"0|[1-9][0-9]{0,15}"
_STREAM = r"[a-z0-9][a-z0-9-]{1,30}"  # needs no escape in JSON, so that a leaf can be written and read as plain text
# One leaf as it must lie: digest, prev, seq, stream, ts. For who reads them by the million; `parse_leaf` says what is wrong.
LEAF = re.compile(
    rf'\{{"_sd":\["({_HASH_TEXT})"\],"_sd_alg":"sha-256","prev":"({_HASH_TEXT}|)","seq":({_NUMBER}),'
    rf'"stream":"({_STREAM})","t":"entry","ts":({_NUMBER}),"v":1\}}'.encode()
)


_SALT = re.compile(_HASH_TEXT)

# The signs of RFC 4648 section 5 as those of section 4; the two that only section 4 has become strangers.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/~~~")
# What can stand last in a text of 4n + 1, 2, 3 signs: one sign is no byte, and the bits beyond the last byte are nought.
_LAST_SIGNS = ("", "", "AQgw", "AEIMQUYcgkosw048")


@dataclass(frozen=True, slots=True)
class Leaf:
    """The public part of an entry. `prev_hash` is the leaf hash of the stream's entry before, None for its first."""

    stream: str
    seq: int
    prev_hash: bytes | None
    digest: str
    ts: int


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def disclosure(value: Mapping[str, Any], salt: bytes) -> str:
    """The text that opens a leaf: to be kept as it is."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    text = rfc8785.dumps([_base64url(salt), LABEL, dict(value)])
    # What is kept for ever must be readable for ever: a fraction, which `opened` refuses, must not get in.
    _json(text.decode("utf-8"))
    return _base64url(text)


def digest(disclosure: str) -> str:
    return _base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def opened(disclosure: str) -> dict[str, Any]:
    """The value in a disclosure; that the leaf commits to it is checked by comparing `digest`."""
    try:
        parts = _json(_from_base64url(disclosure).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Damaged("disclosure", f"is not JSON in base64url ({error})") from error
    if not isinstance(parts, list) or len(parts) != 3:
        raise Damaged("disclosure", "is not an array of three: salt, name, value")
    salt, label, value = parts
    if not isinstance(salt, str) or not _SALT.fullmatch(salt):
        raise Damaged("disclosure", f"its salt is not {SALT_BYTES} bytes in base64url")
    if label != LABEL:
        raise Damaged("disclosure", f'its name is not "{LABEL}"')
    if not isinstance(value, dict):
        raise Damaged("disclosure", "its value is not an object")
    return value


def leaf(stream: str, seq: int, prev_hash: bytes | None, digest: str, ts: int) -> bytes:
    """The bytes that go into the tree."""
    prev = "" if prev_hash is None else _base64url(prev_hash)
    data = (
        f'{{"_sd":["{digest}"],"_sd_alg":"sha-256","prev":"{prev}","seq":{seq:d},'
        f'"stream":"{stream}","t":"entry","ts":{ts:d},"v":1}}'
    ).encode()
    # Read back before it is used: a leaf that nobody could parse must never get an index.
    try:
        parse_leaf(data)
    except Damaged as unreadable:
        raise ValueError(f"this leaf could not be read again: {unreadable.why}") from unreadable
    return data


def parse_leaf(data: bytes) -> Leaf:
    if not (match := LEAF.fullmatch(data)):
        raise Damaged("leaf", _what_is_wrong_with(data))
    sd, prev, seq, stream, ts = (group.decode("ascii") for group in match.groups())
    found = Leaf(stream, int(seq), _from_base64url(prev) if prev else None, sd, int(ts))
    if max(found.seq, found.ts) > MAX_SAFE_INTEGER:
        raise Damaged("leaf", "a number is beyond what JSON readers share")
    if (found.seq == 0) != (found.prev_hash is None):
        raise Damaged("leaf", f"number {found.seq} of its stream, but prev is {prev!r}")
    return found


def _what_is_wrong_with(data: bytes) -> str:
    """Why the bytes are no leaf, for the one who must find out where they were changed."""
    try:
        value = _json(data.decode("utf-8"))
        canonical = rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({error})"
    return "is not in canonical form" if canonical != data else "is canonical JSON, but not a leaf of version 1"


def _json(text: str) -> Any:
    """JSON that every reader reads alike: no fractions, no name twice, no number beyond 2**53, no half characters."""
    value = _DECODER.decode(text)
    if "\\u" in text:
        # An escape can spell half of a surrogate pair, which is no text in UTF-8.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > MAX_SAFE_INTEGER:
        raise ValueError("an integer is beyond what JSON readers share")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=named_once, parse_int=_integer, parse_float=no_integer, parse_constant=no_integer)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _from_base64url(text: str) -> bytes:
    """The bytes of their one spelling: no padding, no sign of another alphabet, no stray bits at the end."""
    rest = len(text) % 4
    if rest and text[-1] not in _LAST_SIGNS[rest]:
        raise ValueError("not base64url without padding")
    return binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-rest % 4), strict_mode=True)
