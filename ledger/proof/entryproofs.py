"""The proof that an entry stands in the log, as a file to keep: C2SP tlog-proof@v1, by custom named `.tlog-proof`.

- It holds the entry's index, the hashes that lead from its leaf to the root, and the signed checkpoint with all its signatures.
- The entry itself must come from elsewhere. `extra` may bring it along, but nothing vouches for it: only a leaf computed anew does.
- A proof has one spelling.

What an entry means, and how `extra` is filled, is for others to say; and so is which witnesses must have cosigned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ledger.proof.checkpoints import MAX_SIZE, NUMBER, Checkpoint, opened
from ledger.proof.merkle import HASH_BYTES, Damaged, leaf_hash, verify_inclusion
from ledger.proof.notes import Note, VerifierKey, from_base64, shown, to_base64

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = MAX_SIZE.bit_length()  # a tree is no higher
MAX_PROOF_BYTES: Final = 4_000_000

_EXTRA: Final = "extra "
_INDEX: Final = "index "


@dataclass(frozen=True, slots=True)
class EntryProof:
    """`hashes` starts with the leaf's sibling; `checkpoint` is the signed note, byte for byte; nobody has signed `extra`."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index < MAX_SIZE:
            raise Damaged("entry proof", f"no log has an entry {self.index}")
        if len(self.hashes) > MAX_HASHES:
            raise Damaged("entry proof", f"holds {len(self.hashes)} hashes; no tree is higher than {MAX_HASHES}")
        if any(len(one) != HASH_BYTES for one in self.hashes):
            raise Damaged("entry proof", f"holds a hash that has not {HASH_BYTES} bytes")
        if self.extra == b"":
            raise Damaged("entry proof", "its extra data is empty; without any, the line is left out")
        Checkpoint.parse(Note.parse(self.checkpoint).text)

    def to_bytes(self) -> bytes:
        return "".join(f"{line}\n" for line in self._lines()).encode("ascii") + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "EntryProof":
        """Raises `Damaged` for anything that `to_bytes` would not write in just these bytes."""
        if len(data) > MAX_PROOF_BYTES:
            raise Damaged("entry proof", f"has {len(data)} bytes; more than {MAX_PROOF_BYTES} are not read")
        head, blank, checkpoint = data.partition(b"\n\n")
        if not blank:
            raise Damaged("entry proof", "has no blank line between the hashes and the checkpoint")
        # Bytes that are no ASCII become signs that neither a number nor base64 has.
        header, *lines = head.decode("ascii", errors="replace").split("\n")
        if header != HEADER:
            raise Damaged("entry proof", f"does not start with the line {HEADER}")
        extra = None
        if lines and lines[0].startswith(_EXTRA):
            extra = _bytes_in(lines.pop(0).removeprefix(_EXTRA), "its extra data")
        if not lines or not lines[0].startswith(_INDEX):
            raise Damaged("entry proof", "has no index where one belongs")
        if not NUMBER.fullmatch(index := lines.pop(0).removeprefix(_INDEX)):
            raise Damaged("entry proof", f"its index {shown(index)} is not a number without leading zeros")
        return cls(int(index), tuple(_bytes_in(line, "a hash") for line in lines), checkpoint, extra)

    def _lines(self) -> Iterator[str]:
        yield HEADER
        if self.extra is not None:
            yield f"{_EXTRA}{to_base64(self.extra)}"
        yield f"{_INDEX}{self.index}"
        yield from map(to_base64, self.hashes)
        yield ""


def verify_entry(proof: EntryProof, leaf: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint that covers the entry: `leaf` (its bytes, not their hash) stands at `proof.index` in the log of `key`.

    Raises `Damaged`, which says what does not hold.
    """
    checkpoint = opened(proof.checkpoint, key)
    if proof.index >= checkpoint.size:
        raise Damaged("entry proof", f"its index {proof.index} is beyond the {checkpoint.size} entries that the checkpoint covers")
    if not verify_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint.root):
        raise Damaged("entry proof", f"the leaf is not entry {proof.index} of the log that the checkpoint signs")
    return checkpoint


def _bytes_in(text: str, what: str) -> bytes:
    if (data := from_base64(text)) is None:
        raise Damaged("entry proof", f"{what} is not base64 with padding")
    return data
