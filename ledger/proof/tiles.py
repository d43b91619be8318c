"""How the tree is cut into tiles and bundles (C2SP tlog-tiles), and what they are called.

- A full tile is 256 hashes. On level 0 they are leaf hashes; hash i of a level above is the root of the full tile i below.
- A partial tile is the beginning of a full one, for ever; it is never hashed upward, and an empty one does not exist.
- Only full tiles are kept. `derived` answers for the partial ones: at most 255 leaf hashes, or roots of full tiles below.
- An entry bundle holds the entries behind one tile of level 0, each after its length in two bytes.
- A path has one spelling. Anything else is no path.

Keeping, serving and caching are left to the store and the doors.
"""

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass

from ledger.proof.merkle import HASH_BYTES, TILE_WIDTH, Damaged, TileReader, fold

TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 0xFFFF
ENTRIES = "entries"  # stands in a path where a hash tile has its level

# Six groups reach beyond any tile of a tree of 2**64 leaves, and keep the number small enough to be parsed without a thought.
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """A hash tile by level and number, or with level None the entry bundle of that number; a width below 256 is a partial one."""

    level: int | None
    n: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_LEVEL:
            raise ValueError(f"there is no tile level {self.level}")
        if self.n < 0:
            raise ValueError(f"there is no tile {self.n}")
        if not 1 <= self.width <= TILE_WIDTH:
            raise ValueError(f"a tile is 1 to {TILE_WIDTH} wide, not {self.width}")

    @property
    def path(self) -> str:
        return tile_path(self.level, self.n, self.width)

    def exists_at(self, size: int) -> bool:
        """Whether a tree of `size` leaves holds all of it: true as well of a partial tile that has since grown."""
        return self.n * TILE_WIDTH + self.width <= hashes_at(self.level or 0, size)


def tile_path(level: int | None, n: int, width: int = TILE_WIDTH) -> str:
    """The path below the log's prefix, without a slash in front; level None is the entry bundle."""
    tile = Tile(level, n, width)
    rest, last = divmod(tile.n, 1000)
    groups = [f"{last:03}"]
    while rest:
        rest, group = divmod(rest, 1000)
        groups.insert(0, f"x{group:03}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{ENTRIES if level is None else level}/{'/'.join(groups)}{partial}"


def parse_tile_path(text: str) -> Tile | None:
    """The tile that `text` names in the one right spelling, or None."""
    if not (match := _PATH.fullmatch(text)):
        return None
    level, groups, width = match.groups()
    try:
        tile = Tile(
            None if level == ENTRIES else int(level),
            int(groups.replace("x", "").replace("/", "")),
            TILE_WIDTH if width is None else int(width),
        )
    except ValueError:
        return None
    return tile if tile.path == text else None


def hashes_at(level: int, size: int) -> int:
    """How many hashes the level has in a tree of `size` leaves."""
    return size >> (TILE_WIDTH.bit_length() - 1) * level


def width_at(level: int, n: int, size: int) -> int:
    """How many hashes tile `n` of the level holds in a tree of `size` leaves: 0 where there is no such tile yet."""
    return min(max(hashes_at(level, size) - n * TILE_WIDTH, 0), TILE_WIDTH)


def resources_at(size: int) -> list[Tile]:
    """Every hash tile that a log of `size` leaves must offer, by level and number; the bundles are those of level 0."""
    tiles: list[Tile] = []
    level = 0
    while hashes := hashes_at(level, size):
        full, rest = divmod(hashes, TILE_WIDTH)
        tiles += (Tile(level, n) for n in range(full))
        if rest:
            tiles.append(Tile(level, full, rest))
        level += 1
    return tiles


def bundles_at(size: int) -> list[Tile]:
    """Every entry bundle that a log of `size` leaves must offer."""
    return [Tile(None, tile.n, tile.width) for tile in resources_at(size) if tile.level == 0]


def full_tiles_between(old_size: int, new_size: int) -> list[tuple[int, int]]:
    """The tiles, (level, n), that become full while the tree grows; a tile comes after those it is built from."""
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree does not grow from {old_size} to {new_size}")
    tiles: list[tuple[int, int]] = []
    level = 0
    while full := hashes_at(level, new_size) // TILE_WIDTH:
        tiles += ((level, n) for n in range(hashes_at(level, old_size) // TILE_WIDTH, full))
        level += 1
    return tiles


def build(level: int, n: int, hashes: TileReader) -> bytes:
    """The bytes of a full tile. `hashes` is asked for the 256 leaf hashes, or for the 256 full tiles one level below."""
    if level == 0:
        row = list(hashes(0, n))
    else:
        row = [tile_root(hashes(level - 1, child)) for child in range(n * TILE_WIDTH, (n + 1) * TILE_WIDTH)]
    if len(row) != TILE_WIDTH or any(len(one) != HASH_BYTES for one in row):
        raise Damaged(f"tile {level}/{n}", f"is not {TILE_WIDTH} hashes of {HASH_BYTES} bytes")
    return b"".join(row)


def completed(size: int, new: Sequence[bytes], hashes: TileReader) -> Iterator[tuple[int, int, bytes]]:
    """The tiles (level, n, bytes) that the leaf hashes `new` complete in a tree of `size`, in an order in which they can be kept.

    `hashes` is the tree as it stands at `size`. It is asked for nothing if no tile becomes full, for the open tile of level 0
    if one does, and on the levels above for the full tiles below that were there before.
    """
    built: dict[tuple[int, int], Sequence[bytes]] = {}

    def grown(level: int, n: int) -> Sequence[bytes]:
        if (row := built.get((level, n))) is not None:
            return row
        if level > 0 or (n + 1) * TILE_WIDTH <= size:
            return hashes(level, n)
        start = n * TILE_WIDTH
        before = list(hashes(0, n))[: size - start] if start < size else []
        return [*before, *new[max(start - size, 0) : start + TILE_WIDTH - size]]

    for level, n in full_tiles_between(size, size + len(new)):
        data = build(level, n, grown)
        built[level, n] = tile_hashes(data)
        yield level, n, data


def derived(
    size: int,
    full_tile: Callable[[int, int], bytes],
    leaf_hashes: Callable[[int, int], Sequence[bytes]],
    roots: MutableMapping[tuple[int, int], bytes] | None = None,
) -> TileReader:
    """The reader over a tree of `size` of which only the full tiles and the leaf hashes are kept.

    `full_tile(level, n)` gives the bytes of a full tile, `leaf_hashes(start, stop)` those of the leaves of the open one.
    `roots` remembers the roots of full tiles, which never change: pass one that lives longer than the reader, since the
    open tile of level 1 needs up to 255 of them.
    """
    known: MutableMapping[tuple[int, int], bytes] = {} if roots is None else roots

    def root(level: int, n: int) -> bytes:
        if (level, n) not in known:
            known[level, n] = tile_root(tile_hashes(full_tile(level, n)))
        return known[level, n]

    def read(level: int, n: int) -> Sequence[bytes]:
        width = width_at(level, n, size)
        if width == TILE_WIDTH:
            return tile_hashes(full_tile(level, n))
        start = n * TILE_WIDTH
        if level == 0:
            return leaf_hashes(start, start + width) if width else []
        return [root(level - 1, child) for child in range(start, start + width)]

    return read


def tile_hashes(data: bytes) -> list[bytes]:
    """The hashes in the bytes of a tile, full or partial."""
    if not data or len(data) > TILE_BYTES or len(data) % HASH_BYTES:
        raise Damaged("tile", f"{len(data)} bytes are not 1 to {TILE_WIDTH} hashes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def tile_root(row: Sequence[bytes]) -> bytes:
    """The root of a full tile: one hash of the level above."""
    if len(row) != TILE_WIDTH:
        raise Damaged("tile", f"holds {len(row)} hashes; only a full one is hashed upward")
    return fold(row)


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise ValueError(f"a bundle holds 1 to {TILE_WIDTH} entries, not {len(entries)}")
    if (longest := max(map(len, entries))) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, not {longest}")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_entry_bundle(data: bytes, count: int) -> list[bytes]:
    """The entries of a bundle that must hold exactly `count` of them."""
    entries: list[bytes] = []
    at = 0
    for number in range(count):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise Damaged("entry bundle", f"ends within entry {number} of {count}")
        entries.append(data[start:at])
    if at != len(data):
        raise Damaged("entry bundle", f"holds {len(data) - at} bytes after its {count} entries")
    return entries
