"""Trees to test with: the definitions of RFC 6962 over lists in memory, and readers over such a list.

Slow and plain on purpose. What `ledger.proof` answers by another road must be equal to this.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache

from ledger.proof.merkle import TileReader
from ledger.proof.tiles import derived

# The eight leaves that implementations of Certificate Transparency test with.
CT_ENTRIES = [b"", b"\x00", b"\x10", *(bytes(range(first, first + length)) for first, length in ((0x20, 2), (0x30, 2), (0x40, 4)))]
CT_ENTRIES += [bytes(range(0x50, 0x58)), bytes(range(0x60, 0x70))]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaves(count: int) -> list[bytes]:
    """The leaf hashes of the entries "0", "1", "2" ..."""
    return [sha256(b"\x00%d" % number) for number in range(count)]


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(hashes: Sequence[bytes]) -> bytes:
    """Merkle Tree Hash, section 2.1."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:]))


def path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF(m, D[n], b), section 2.1.2."""
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def reader_over(hashes: Sequence[bytes]) -> TileReader:
    """The tiles of a tree whose leaf hashes are all in memory, each hash by the definition in C2SP tlog-tiles."""

    @cache
    def read(level: int, n: int) -> list[bytes]:
        span = 256**level
        row = range(n * 256, min((n + 1) * 256, len(hashes) // span))
        return [mth(hashes[i * span : (i + 1) * span]) for i in row]

    return read


def kept_reader(hashes: Sequence[bytes], tiles: dict[tuple[int, int], bytes]) -> TileReader:
    """The same tree as the store has it: full tiles, and leaf hashes."""
    return derived(len(hashes), lambda level, n: tiles[level, n], lambda start, stop: hashes[start:stop])


def flipped(data: bytes) -> Iterator[bytes]:
    """The bytes with one bit turned over: in the first byte, in the last, and in one between."""
    for at in (0, len(data) // 2, len(data) - 1):
        yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
