"""What a log signs: its name, its size and its root (C2SP tlog-checkpoint 1.0.0).

- Three lines and no more. The format allows further ones, but nobody can audit what they say, so here they are refused.
- The size is written without leading zeros, the root in base64 with padding; size 0 carries the empty root.
- A checkpoint counts if the log's key signed it under the name that its first line gives.

The note around it is `ledger.proof.notes`; whether two checkpoints belong to one log is `ledger.proof.merkle.verify_consistency`.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.proof.merkle import EMPTY_ROOT, HASH_BYTES, Damaged
from ledger.proof.notes import Note, VerifierKey, from_base64, shown, to_base64, verified

MAX_SIZE: Final = 2**63 - 1  # readers in other languages keep a size in a signed number of 64 bits

# The number of digits is bounded, so that no stranger makes us count through a million of them.
NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")

_ORIGIN = re.compile(r"[^\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: `root` (32 bytes) is the hash over its first `size` leaves."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise Damaged("checkpoint", "the name of its log is empty or holds a control character")
        if not 0 <= self.size <= MAX_SIZE:
            raise Damaged("checkpoint", f"a log has no size {self.size}")
        if len(self.root) != HASH_BYTES:
            raise Damaged("checkpoint", f"its root has {len(self.root)} bytes, not {HASH_BYTES}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Damaged("checkpoint", "an empty log has another root than the empty one")

    @property
    def text(self) -> str:
        """The text of the note, three lines."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Raises `Damaged` for anything that `text` would not write in just these characters."""
        lines = text.split("\n")
        if len(lines) != 4 or lines.pop():
            raise Damaged("checkpoint", "is not three lines, each with its line feed: the name of a log, its size and its root")
        origin, size, encoded = lines
        if not NUMBER.fullmatch(size):
            raise Damaged("checkpoint", f"its size {shown(size)} is not a number without leading zeros")
        if (root := from_base64(encoded)) is None:
            raise Damaged("checkpoint", "its root is not base64 with padding")
        return cls(origin, int(size), root)


def opened(data: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint in the signed note `data`, if it is of the log that `key` belongs to and that key signed it.

    Raises `Damaged` otherwise. Cosignatures are left to whoever has a policy.
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise Damaged("checkpoint", f"speaks for the log {shown(checkpoint.origin)}, and the key is that of {shown(key.name)}")
    verified(note, [key])
    return checkpoint
