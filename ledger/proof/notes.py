"""Signed notes, the keys that verify them, and the cosignatures of witnesses (C2SP signed-note 1.0.0, tlog-cosignature 1.0.1).

- A note is a text, a blank line and signature lines; it is split at its *last* blank line, and what is signed is the text.
- A key is known by its name and an id of four bytes, which is computed anew from the key whenever one is loaded.
- Lines of unknown keys are ignored. One line of a known key that does not hold spoils the whole note.
- Whatever can be read here is written again byte for byte: one note, one spelling.

What the text says is for others to read (`ledger.proof.checkpoints`), and so is whether the right keys signed. Nothing here signs.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.proof import ed25519
from ledger.proof.merkle import Damaged

ED25519: Final = 0x01  # signs the text as it is
COSIGNATURE: Final = 0x04  # signs the text together with the witness's time

MAX_SIGNATURES: Final = 100  # readers must take 16; more than this is no note but an attempt to keep us busy
MAX_NOTE_BYTES: Final = 1_000_000
MAX_TIMESTAMP: Final = 2**63 - 1

_ID_BYTES: Final = 4
_SHOWN_MAX: Final = 80
_TIMESTAMP_BYTES: Final = 8
_COSIGNATURE_BYTES: Final = _TIMESTAMP_BYTES + ed25519.SIGNATURE_BYTES
_LINE_START: Final = "— "
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all below the space but the line feed


class BadKey(ValueError):
    """A text that is no verifier key, or a name that no key can have; the message says why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name that it signs under. As text it is a vkey: name+id+key."""

    name: str
    type: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.type not in (ED25519, COSIGNATURE):
            raise BadKey(f"a key of type {self.type:#04x} is not known here, only {ED25519:#04x} and {COSIGNATURE:#04x}")
        if len(self.public) != ed25519.KEY_BYTES:
            raise BadKey(f"an Ed25519 key has {ed25519.KEY_BYTES} bytes, not {len(self.public)}")

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.type]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Raises `BadKey`, also where the id in the text is not the one that belongs to name and key."""
        # Base64 has plus signs of its own, and a name has none: only the first two divide.
        name, _, rest = text.partition("+")
        key_id, plus, encoded = rest.partition("+")
        if not plus:
            raise BadKey("a verifier key has three parts with a plus sign between them: name, key id and key")
        if not _KEY_ID.fullmatch(key_id):
            raise BadKey("the key id of a verifier key is eight digits, 0 to 9 and a to f")
        if not (data := from_base64(encoded)):
            raise BadKey("the last part of a verifier key is not base64 with padding")
        key = cls(name, data[0], data[1:])
        if key.id.hex() != key_id:
            raise BadKey(f"the key id {key_id} does not belong to this name and key; theirs is {key.id.hex()}")
        return key

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:_ID_BYTES]

    def verifies(self, text: str, data: bytes) -> bool:
        """Whether `data` is this key's signature of `text`; that of a witness is its time (8 bytes), then the signature itself."""
        if self.type == ED25519:
            return ed25519.verify(self.public, data, text.encode())
        if len(data) != _COSIGNATURE_BYTES or (timestamp := _leading_number(data)) > MAX_TIMESTAMP:
            return False
        return ed25519.verify(self.public, data[_TIMESTAMP_BYTES:], cosigned(timestamp, text))


@dataclass(frozen=True, slots=True)
class Signature:
    """What one line below a note says. `data` is the signature itself, without the id: 64 bytes, those of a witness 72."""

    name: str
    key_id: bytes
    data: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.key_id) != _ID_BYTES or not self.data:
            raise ValueError(f"there is no key id of {_ID_BYTES} bytes with a signature after it")

    @property
    def line(self) -> str:
        """With its line feed."""
        return f"{_LINE_START}{self.name} {to_base64(self.key_id + self.data)}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """The inverse of `line`, raises `Damaged`; that is all that a witness answers."""
        if not line.startswith(_LINE_START) or not line.endswith("\n"):
            raise Damaged("signature line", "does not start with a dash and a space, or does not end with a line feed")
        name, _, encoded = line[len(_LINE_START) : -1].partition(" ")
        if (data := from_base64(encoded)) is None:
            raise Damaged("signature line", "is not a name, a space and base64 with padding")
        try:
            return cls(name, data[:_ID_BYTES], data[_ID_BYTES:])
        except ValueError as error:
            raise Damaged("signature line", str(error)) from error


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, in the order of their lines; whether they hold is for `verified` to say."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n"):
            raise Damaged("note", "its text does not end with a line feed")
        if _CONTROL.search(self.text):
            raise Damaged("note", "holds a control character other than the line feed")
        if not _is_unicode(self.text):
            raise Damaged("note", "cannot be written as UTF-8")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise Damaged("note", f"carries {len(self.signatures)} signatures, not 1 to {MAX_SIGNATURES}")

    def to_bytes(self) -> bytes:
        return f"{self.text}\n{''.join(one.line for one in self.signatures)}".encode()

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Raises `Damaged` for anything that `to_bytes` would not write in just these bytes."""
        if len(data) > MAX_NOTE_BYTES:
            raise Damaged("note", f"has {len(data)} bytes; more than {MAX_NOTE_BYTES} are not read")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Damaged("note", f"is not UTF-8 at byte {error.start}") from error
        if (blank := whole.rfind("\n\n")) < 0:
            raise Damaged("note", "has no blank line between a text and signatures")
        text, signed = whole[: blank + 1], whole[blank + 2 :]
        if signed.count("\n") > MAX_SIGNATURES:
            raise Damaged("note", f"carries more than {MAX_SIGNATURES} signatures")
        # splitlines() would also break lines at signs that are no line feeds.
        lines = [f"{line}\n" for line in signed.split("\n")]
        if lines.pop() != "\n":
            raise Damaged("note", "does not end with a line feed")
        return cls(text, tuple(map(Signature.parse, lines)))


def verified(note: Note, keys: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Those of `keys` that signed the note, at least one, in their order.

    Raises `Damaged` if none of them did, and if one signature under the name and id of one of them does not hold.
    """
    good: set[VerifierKey] = set()
    for signature in note.signatures:
        for key in keys:
            if (key.name, key.id) != (signature.name, signature.key_id):
                continue
            if not key.verifies(note.text, signature.data):
                raise Damaged("note", f"the signature of {key.name} (key id {key.id.hex()}) does not hold for this text")
            good.add(key)
    if not good:
        names = ", ".join(f"{key.name} (key id {key.id.hex()})" for key in keys) or "none"
        raise Damaged("note", f"is signed by no key that is known here: {names}")
    return tuple(key for key in dict.fromkeys(keys) if key in good)


def cosigned(timestamp: int, text: str) -> bytes:
    """What a witness signs at `timestamp` (POSIX seconds): it has seen no larger tree of this log by then than in `text`."""
    if not 0 <= timestamp <= MAX_TIMESTAMP:
        raise ValueError(f"a cosignature cannot carry the time {timestamp}")
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def timestamp_of(signature: Signature) -> int:
    """When a witness cosigned, in POSIX seconds; raises `Damaged` for a line that is no cosignature."""
    if len(signature.data) != _COSIGNATURE_BYTES or (timestamp := _leading_number(signature.data)) > MAX_TIMESTAMP:
        raise Damaged("signature line", f"that of {shown(signature.name)} is not a time and an Ed25519 signature")
    return timestamp


def check_name(name: str) -> None:
    """Raises `BadKey` for what cannot be the name of a key, and so of a log or a witness."""
    if not name:
        raise BadKey("the name of a key is empty")
    if "+" in name or any(sign.isspace() for sign in name) or _CONTROL.search(name):
        raise BadKey("the name of a key holds a space, a plus sign or a control character")
    if not _is_unicode(name):
        raise BadKey("the name of a key cannot be written as UTF-8")


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """The bytes behind standard base64 with padding (RFC 4648 section 4), or None for any other spelling of any bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # The decoder lets pass what stands in the unused bits of the last letter, and after the padding.
    return data if to_base64(data) == text else None


def shown(text: str) -> str:
    """What a message may repeat of a text from outside: not too much of it, and nothing that a terminal would obey."""
    start = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:_SHOWN_MAX])
    return f'"{start}{"…" if len(text) > _SHOWN_MAX else ""}"'


def _leading_number(data: bytes) -> int:
    return int.from_bytes(data[:_TIMESTAMP_BYTES], "big")


def _is_unicode(text: str) -> bool:
    """False for a text with half of a surrogate pair, which JSON can bring in and UTF-8 cannot say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
