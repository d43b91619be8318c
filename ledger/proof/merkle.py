"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1) with SHA-256: hashes, roots, proofs and their checks.

- A leaf is hashed with a zero byte before it, a node with a one byte: no leaf can pass for a node.
- A tree of n > 1 leaves splits at the largest power of two below n; an odd node is never doubled.
- `Frontier` grows a tree and forgets the leaves; everything else reads hashes through a `TileReader`.
- A check takes what strangers send, of any length, and answers True or False. It never raises.

Where tiles come from is not known here (`ledger.proof.tiles` has their geometry, the store keeps them), nor what a leaf says.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
TILE_LEVELS = 8  # a tile is a subtree of this many levels
TILE_WIDTH = 1 << TILE_LEVELS

# The hashes of tile n of a tile level, from its first one on, as far as they exist.
TileReader = Callable[[int, int], Sequence[bytes]]


class Damaged(ValueError):
    """Bytes that were kept, or handed to us as kept, are not what they must be."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(slots=True)
class Frontier:
    """A growing tree, kept as the roots of its full binary subtrees, largest first: one for each bit set in its size."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def append(self, leaf_hash: bytes) -> None:
        if len(leaf_hash) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf_hash)}")
        # Adding one leaf is adding one to a binary number: every trailing one carries.
        carry, size = leaf_hash, self.size
        while size & 1:
            carry, size = node_hash(self.roots.pop(), carry), size >> 1
        self.roots.append(carry)
        self.size += 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        for one in leaf_hashes:
            self.append(one)

    def root(self) -> bytes:
        if not self.roots:
            return EMPTY_ROOT
        *larger, root = self.roots
        for one in reversed(larger):
            root = node_hash(one, root)
        return root

    def to_bytes(self) -> bytes:
        return b"".join(self.roots)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            raise Damaged("frontier", f"{len(data)} bytes cannot stand for a tree of {size} leaves")
        return cls(size, [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])


def fold(row: Sequence[bytes]) -> bytes:
    """The root over a row of hashes whose number is a power of two."""
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def root_at(tiles: TileReader, size: int) -> bytes:
    """The root that the tree had at `size`; `tiles` may belong to a later, larger tree."""
    if size < 0:
        raise ValueError(f"a tree has no size {size}")
    return _root_of(tiles, 0, size)


def inclusion(tiles: TileReader, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` stands in the tree of `size`: its siblings, the leaf's own first (RFC 9162 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    first, last, siblings = 0, size, []
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            siblings.append((middle, last))
            last = middle
        else:
            siblings.append((first, middle))
            first = middle
    return [_root_of(tiles, *span) for span in reversed(siblings)]


def consistency(tiles: TileReader, old_size: int, new_size: int) -> list[bytes]:
    """The proof that the tree of `old_size` is the beginning of the tree of `new_size` (RFC 9162 2.1.4.1)."""
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of {old_size} leaves is not the beginning of one of {new_size}")
    if old_size in (0, new_size):
        return []
    first, last, nodes = 0, new_size, []
    while old_size < last:
        middle = first + _split(last - first)
        if old_size <= middle:
            nodes.append((middle, last))
            last = middle
        else:
            nodes.append((first, middle))
            first = middle
    # The reader of the proof knows the old root already: it is left out where it is itself the node to start from.
    if first > 0:
        nodes.append((first, last))
    return [_root_of(tiles, *span) for span in reversed(nodes)]


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size or not _are_hashes(leaf_hash, root, *proof):
        return False
    at, last, running = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            running = node_hash(sibling, running)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            running = node_hash(running, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and running == root


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2, and the two cases it leaves out: an empty old tree, and two trees of one size."""
    if not 0 <= old_size <= new_size or not _are_hashes(old_root, new_root, *proof):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    if old_size == new_size:
        return not proof and old_root == new_root
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    path = list(proof) if at else [old_root, *proof]
    if not path:
        return False
    old_running = new_running = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_running, new_running = node_hash(node, old_running), node_hash(node, new_running)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_running = node_hash(new_running, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old_running == old_root and new_running == new_root


def _split(leaves: int) -> int:
    """The largest power of two below `leaves` (at least 2)."""
    return 1 << (leaves - 1).bit_length() - 1


def _root_of(tiles: TileReader, first: int, last: int) -> bytes:
    """The root over the leaves first <= i < last, where `first` is a multiple of a power of two that is not below their number."""
    leaves = last - first
    if leaves == 0:
        return EMPTY_ROOT
    if leaves & (leaves - 1) == 0:
        return _subtree(tiles, leaves.bit_length() - 1, first // leaves)
    middle = first + _split(leaves)
    return node_hash(_root_of(tiles, first, middle), _root_of(tiles, middle, last))


def _subtree(tiles: TileReader, level: int, index: int) -> bytes:
    """The root of a full binary subtree: the `index`-th one of 2**level leaves."""
    tile_level, above = divmod(level, TILE_LEVELS)
    first, wanted = index << above, 1 << above
    tile, start = divmod(first, TILE_WIDTH)
    row = tiles(tile_level, tile)[start : start + wanted]
    if len(row) != wanted:
        raise Damaged(f"tile {tile_level}/{tile}", f"hashes {start} to {start + wanted - 1} are needed and are not all there")
    return fold(row)


def _are_hashes(*candidates: bytes) -> bool:
    # Of another length, two neighbours could share out their bytes anew and still hash to the same node.
    return all(len(one) == HASH_BYTES for one in candidates)
